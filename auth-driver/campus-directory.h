/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef CAMPUS_DIRECTORY_H
#define CAMPUS_DIRECTORY_H

#include "net.h"
#include "auth-verdict.h"
#include "directory-map.h"

/* What Dovecot asks of the directory: may this person log in, and to which
   mailbox; where is this recipient's mail; who is there at all. Knows no LDAP
   library and no auth request. */

struct campus_directory;
struct campus_setting_values;
struct campus_settings;

/* The directory of these settings: one for all passdbs and userdbs that say the
   same. Connects to nothing yet. Returns 0, or -1 with *error_r a sentence. */
int campus_directory_open(const struct campus_setting_values *values,
			  struct event *event_parent,
			  struct campus_directory **directory_r,
			  const char **error_r);
/* Requests that are still open end with AUTH_RESULT_INTERNAL_FAILURE when the
   last user is gone. */
void campus_directory_close(struct campus_directory **directory);

const struct campus_settings *
campus_directory_settings(const struct campus_directory *directory);
/* Make the connections that the first login would wait for. */
void campus_directory_warm_up(struct campus_directory *directory);

/* One login. The strings must stay valid until the callback. */
struct campus_login_query {
	/* what the client sent, untranslated */
	const char *typed;
	/* SASL's authorization identity, or what stood before "*"; NULL = none
	 */
	const char *authzid;
	const char *password;
	/* imap, pop3 …; may be NULL */
	const char *service;
	/* where the client is; family 0 = not known */
	struct ip_addr client;
	/* the request's event: lines and events of this login hang on it */
	struct event *event;
};

struct campus_login_answer {
	struct auth_verdict verdict;
	/* reason for the client, NULL = none */
	const char *reason;
	/* set if the verdict is OK */
	const struct directory_account *person;
	/* what is opened: the person's own (== person) or a project mailbox */
	const struct directory_account *mailbox;
	/* PROJECT_ROLE_NONE for the person's own mailbox */
	enum project_role role;
	/* names of the person's groups, with commas between them; NULL = the
	   session is not told */
	const char *groups;
};
typedef void campus_login_callback_t(const struct campus_login_answer *answer,
				     void *context);

/* Decide about a login; the decision is logged. The callback may be called
   before this returns. The answer lives until the callback returns. */
void campus_directory_login(struct campus_directory *directory,
			    const struct campus_login_query *query,
			    campus_login_callback_t *callback, void *context);

/* found is AUTH_FOUND_ONE with an account, or NONE, or UNSURE (already logged).
 */
typedef void campus_find_callback_t(enum auth_found found,
				    const struct directory_account *account,
				    void *context);

/* Find the mailbox of a recipient: a person's or a project's, by uid or any
   address. The callback may be called before this returns. */
void campus_directory_find(struct campus_directory *directory, const char *name,
			   struct event *event,
			   campus_find_callback_t *callback, void *context);

/* Zero is doubt, already logged. */
enum campus_sender_verdict {
	CAMPUS_SENDER_UNSURE,
	CAMPUS_SENDER_NO,
	CAMPUS_SENDER_YES
};
typedef void campus_sender_callback_t(enum campus_sender_verdict verdict,
				      void *context);

/* May the person of this canonical name write mail from that address: the
   person's own, or that of a project mailbox in which the role allows it
   (project_role_may_send())? The callback may be called before this returns. */
void campus_directory_sender(struct campus_directory *directory,
			     const char *person, const char *address,
			     struct event *event,
			     campus_sender_callback_t *callback, void *context);

/* The servers of all directories of this process, for an administrator: calls
   the function with the state of each (server-state.h) as text. */
typedef void campus_server_callback_t(unsigned int number, const char *state,
				      void *context);
void campus_directory_tell_servers(campus_server_callback_t *callback,
				   void *context);

/* Every mailbox of the directory, one call of next() a name. */
struct campus_iterator;
/* name = NULL at the end; then failed tells whether it is a complete one. */
typedef void campus_iterate_callback_t(const char *name, bool failed,
				       void *context);
struct campus_iterator *
campus_directory_iterate(struct campus_directory *directory,
			 struct event *event,
			 campus_iterate_callback_t *callback, void *context);
/* Ask for the next name; asking twice before it comes is asking once. */
void campus_iterator_next(struct campus_iterator *iterator);
void campus_iterator_deinit(struct campus_iterator **iterator);

#endif
