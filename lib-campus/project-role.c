/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* What a person is to a project mailbox, and the protocols that go with it. */

#include "lib.h"
#include "log-escape.h"
#include "right-set.h"
#include "project-role.h"

enum project_protocol {
	PROJECT_PROTOCOL_IMAP = 0x01,
	PROJECT_PROTOCOL_POP3 = 0x02,
	PROJECT_PROTOCOL_SUBMISSION = 0x04,
	PROJECT_PROTOCOL_SIEVE = 0x08
};

/* Dovecot's name of a service, the protocol it counts as, and whether settings
   call the protocol by that name */
static const struct {
	const char *service;
	enum project_protocol protocol;
	bool setting;
} project_services[] = {
	{ "imap", PROJECT_PROTOCOL_IMAP, TRUE },
	{ "pop3", PROJECT_PROTOCOL_POP3, TRUE },
	{ "submission", PROJECT_PROTOCOL_SUBMISSION, TRUE },
	{ "sieve", PROJECT_PROTOCOL_SIEVE, TRUE },
	{ "smtp", PROJECT_PROTOCOL_SUBMISSION, FALSE },
	{ "managesieve", PROJECT_PROTOCOL_SIEVE, FALSE },
};

static const char *const project_role_names[PROJECT_ROLE_COUNT] = {
	[PROJECT_ROLE_NONE] = "none",
	[PROJECT_ROLE_READER] = "reader",
	[PROJECT_ROLE_MEMBER] = "member",
	[PROJECT_ROLE_OWNER] = "owner",
};

const char *project_role_name(enum project_role role)
{
	i_assert((unsigned int)role < PROJECT_ROLE_COUNT);
	return project_role_names[role];
}

int project_role_from_name(const char *name, enum project_role *role_r)
{
	for (unsigned int i = 0; i < PROJECT_ROLE_COUNT; i++) {
		if (strcmp(project_role_names[i], name) == 0) {
			*role_r = (enum project_role)i;
			return 0;
		}
	}
	return -1;
}

unsigned int project_role_rights(enum project_role role, bool seen_is_private)
{
	switch (role) {
	case PROJECT_ROLE_OWNER:
		return RIGHT_SET_ALL;
	case PROJECT_ROLE_MEMBER:
		return RIGHT_SET_ALL & ~RIGHT_ADMIN;
	case PROJECT_ROLE_READER:
		return RIGHT_LOOKUP | RIGHT_READ |
		       (seen_is_private ? RIGHT_WRITE_SEEN : 0);
	case PROJECT_ROLE_NONE:
	case PROJECT_ROLE_COUNT:
		break;
	}
	return 0;
}

int project_role_parse(struct project_role_settings *set,
		       enum project_role role, const char *protocols,
		       const char **error_r)
{
	const char *const *words = t_strsplit_spaces(protocols, " \t");
	unsigned int i, bits = 0;

	i_assert(role > PROJECT_ROLE_NONE && role < PROJECT_ROLE_COUNT);

	for (; *words != NULL; words++) {
		for (i = 0; i < N_ELEMENTS(project_services); i++) {
			if (project_services[i].setting &&
			    strcmp(project_services[i].service, *words) == 0)
				break;
		}
		if (i == N_ELEMENTS(project_services)) {
			*error_r = t_strdup_printf(
				"'%s' is not a protocol for the role %s; "
				"use imap, pop3, submission and sieve",
				log_escape(*words), project_role_name(role));
			return -1;
		}
		bits |= project_services[i].protocol;
	}
	set->protocols[role] = bits;
	return 0;
}

bool project_role_may_use(const struct project_role_settings *set,
			  enum project_role role, const char *service)
{
	unsigned int i;

	/* "No role" may nothing, whatever a table says. */
	if (role <= PROJECT_ROLE_NONE || role >= PROJECT_ROLE_COUNT ||
	    service == NULL)
		return FALSE;
	for (i = 0; i < N_ELEMENTS(project_services); i++) {
		if (strcmp(project_services[i].service, service) == 0) {
			return (set->protocols[role] &
				project_services[i].protocol) != 0;
		}
	}
	return FALSE;
}

bool project_role_may_send(const struct project_role_settings *set,
			   enum project_role role)
{
	return role != PROJECT_ROLE_READER &&
	       project_role_may_use(set, role, "submission");
}
