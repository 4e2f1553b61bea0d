/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Tells the administrator of a decoy that is not there: a bind as it fails as
   one with a wrong password does, only sooner, which is what it is against. */

#include "lib.h"
#include "array.h"
#include "campus-decoy.h"
#include "campus-directory-private.h"

static void campus_decoy_answer(const struct campus_ldap_answer *answer,
				void *context)
{
	const struct directory_bind_answer *result = &answer->result;
	struct campus_directory *directory = context;
	struct event *event;

	if (result->outcome != DIRECTORY_OUTCOME_ANSWERED ||
	    (result->code != DIRECTORY_CODE_SUCCESS &&
	     result->code != DIRECTORY_CODE_NO_SUCH_OBJECT &&
	     result->code != DIRECTORY_CODE_INSUFFICIENT_ACCESS)) {
		/* ask the next time */
		directory->decoy_checked = FALSE;
		return;
	}
	if (result->code == DIRECTORY_CODE_SUCCESS &&
	    array_count(answer->entries) > 0)
		return;
	event = campus_directory_event_create(directory->event);
	e_warning(event,
		  "campus_decoy_dn='%s': %s shows campus_service_dn no such "
		  "entry (LDAP result code %d), so a name that nobody has may "
		  "be answered sooner than a wrong password; create the entry, "
		  "or let campus_service_dn see it",
		  directory->set.decoy_dn, answer->server, result->code);
	event_unref(&event);
}

void campus_decoy_check(struct campus_directory *directory,
			struct campus_ldap *ldap)
{
	static const char *const no_attributes[] = { "1.1", NULL };
	const struct campus_ldap_search search = {
		.base = directory->set.decoy_dn,
		.base_only = TRUE,
		.filter = "(objectClass=*)",
		.attributes = no_attributes,
		.timeout_msecs = directory->set.login_timeout_msecs,
	};

	if (directory->decoy_checked)
		return;
	directory->decoy_checked = TRUE;
	(void)campus_ldap_search(ldap, &search, campus_decoy_answer, directory);
}
