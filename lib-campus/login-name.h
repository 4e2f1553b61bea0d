/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef LOGIN_NAME_H
#define LOGIN_NAME_H

/* The grammar of login names: who logs in, and whose mailbox is meant. */

struct login_name_settings {
	/* The Windows (NetBIOS) name of the domain, CAMPUS; "" = none */
	const char *netbios_domain;
	/* Mail-like names of the same domain, such as campus.example;
	   NULL-terminated, may be empty */
	const char *const *login_domains;
};

struct login_name {
	/* as typed: a uid or an address; never NULL */
	const char *person;
	/* the configured spelling (netbios_domain, or the first of
	   login_domains where there is none) if a domain stood before a
	   separator in the login name, else NULL */
	const char *domain;
	/* as typed: name or address of the mailbox; NULL = the person's own */
	const char *mailbox;
};

/* Read what somebody typed. The separators \ and / are equal; "mailbox*person"
   is Dovecot's master-user form; authzid (NULL or "" = none) is SASL's
   authorization identity (RFC 4616), a mailbox or a whole login name. Every
   part obeys name_check_typed(). Does no look-up: whether the mailbox is the
   person's own by another spelling, only the directory can tell. Returns 0 with
   name_r's strings on the data stack, or -1 with *error_r a short phrase
   ("unknown domain OTHER", escaped for a log). */
int login_name_parse(const struct login_name_settings *set, const char *typed,
		     const char *authzid, struct login_name *name_r,
		     const char **error_r);

/* Read a recipient or a name given to doveadm -u: a uid or an address, a
   +detail before the @ (or at the end of a uid) left out. Never the grammar
   above: \, / and * are refused. Returns as login_name_parse(). */
int login_name_parse_recipient(const char *typed, const char **name_r,
			       const char **error_r);

#endif
