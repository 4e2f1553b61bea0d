/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The directory as all passdbs and userdbs share it: settings and servers. */

#include "lib.h"
#include "array.h"
#include "hash.h"
#include "safe-memset.h"
#include "log-escape.h"
#include "campus-attempt.h"
#include "server-state.h"
#include "campus-setting-values.h"
#include "campus-directory-private.h"

static struct event_category event_category_campus = { .name = "campus" };

static struct campus_directory *directories = NULL;

struct event *campus_directory_event_create(struct event *parent)
{
	struct event *event = event_create(parent);
	enum log_type level = event_get_min_log_level(event);

	event_add_category(event, &event_category_campus);
	event_set_append_log_prefix(event, "campus: ");
	event_set_min_log_level(event, I_MIN(level, LOG_TYPE_INFO));
	return event;
}

static void campus_directory_free(struct campus_directory *directory)
{
	char *password = (char *)directory->set.service_password;

	campus_servers_deinit(&directory->servers);
	i_assert(directory->attempts_head == NULL);
	bind_budget_deinit(&directory->budget);
	if (password != NULL)
		safe_memset(password, 0, strlen(password));
	hash_table_destroy(&directory->told_groups);
	pool_unref(&directory->told_groups_pool);
	event_unref(&directory->event);
	pool_unref(&directory->pool);
}

int campus_directory_open(const struct campus_setting_values *values,
			  struct event *event_parent,
			  struct campus_directory **directory_r,
			  const char **error_r)
{
	struct campus_directory *directory;
	pool_t pool;

	for (directory = directories; directory != NULL;
	     directory = directory->next) {
		if (campus_setting_values_equal(directory->values, values)) {
			directory->refcount++;
			*directory_r = directory;
			return 0;
		}
	}

	pool = pool_alloconly_create("campus directory", 4096);
	directory = p_new(pool, struct campus_directory, 1);
	directory->pool = pool;
	directory->refcount = 1;
	directory->values = campus_setting_values_dup(pool, values);
	directory->event = event_create(event_parent);
	event_add_category(directory->event, &event_category_campus);
	directory->told_groups_pool =
		pool_alloconly_create("campus told groups", 1024);
	hash_table_create(&directory->told_groups, default_pool, 0,
			  strcase_hash, strcasecmp);
	if (campus_settings_parse(pool, directory->values, &directory->set,
				  error_r) < 0 ||
	    campus_servers_init(&directory->set, directory->event,
				&directory->servers, error_r) < 0) {
		campus_directory_free(directory);
		return -1;
	}
	directory->budget = campus_attempt_budget(&directory->set);
	directory->next = directories;
	directories = directory;
	*directory_r = directory;
	return 0;
}

void campus_directory_close(struct campus_directory **_directory)
{
	struct campus_directory *directory = *_directory, *other, **p;

	*_directory = NULL;
	if (directory == NULL)
		return;
	/* The process ends. Dovecot frees its passdbs and userdbs one after
	   the other, and 2.4 with them what a request needs: so all requests
	   end before the first of them is gone. */
	for (other = directories; other != NULL; other = other->next)
		campus_servers_close(other->servers);
	if (--directory->refcount > 0)
		return;
	for (p = &directories; *p != NULL; p = &(*p)->next) {
		if (*p == directory) {
			*p = directory->next;
			break;
		}
	}
	campus_directory_free(directory);
}

const struct campus_settings *
campus_directory_settings(const struct campus_directory *directory)
{
	return &directory->set;
}

void campus_directory_warm_up(struct campus_directory *directory)
{
	campus_servers_warm_up(directory->servers);
}

void campus_directory_tell_servers(campus_server_callback_t *callback,
				   void *context)
{
	const struct campus_directory *directory;
	struct server_state state;
	unsigned int number = 0;

	for (directory = directories; directory != NULL;
	     directory = directory->next) {
		unsigned int count = campus_servers_count(directory->servers);

		for (unsigned int i = 0; i < count; i++) {
			campus_servers_state(directory->servers, i, &state);
			callback(number++, server_state_write(&state), context);
		}
	}
}

bool campus_directory_enter(struct campus_directory *directory,
			    const char **error_r)
{
	if (directory->open_count >= directory->set.queue_size) {
		*error_r = t_strdup_printf(
			"campus_queue_size=%u logins and look-ups wait for the "
			"directory already; look why it is slow, and raise the "
			"setting only if it can take more",
			directory->set.queue_size);
		return FALSE;
	}
	directory->open_count++;
	return TRUE;
}

void campus_directory_leave(struct campus_directory *directory)
{
	i_assert(directory->open_count > 0);
	directory->open_count--;
}

const char *campus_directory_says(const struct directory_bind_answer *result)
{
	return t_strdup_printf("LDAP result code %d (%s)", result->code,
			       *result->diagnostic == '\0' ?
				       "without a text" :
				       log_escape(result->diagnostic));
}

bool campus_directory_answer_ok(const struct campus_ldap_answer *answer,
				const char *what, const char *base,
				const char **error_r)
{
	if (answer->result.outcome != DIRECTORY_OUTCOME_ANSWERED) {
		*error_r = t_strdup_printf("%s: %s", what, answer->error);
		return FALSE;
	}
	if (answer->result.code != DIRECTORY_CODE_SUCCESS) {
		*error_r = t_strdup_printf(
			"%s: %s answered with %s below '%s'; check the base "
			"and what campus_service_dn may read there",
			what, answer->server,
			campus_directory_says(&answer->result), base);
		return FALSE;
	}
	if (answer->referrals && array_count(answer->entries) == 0) {
		*error_r = t_strdup_printf(
			"%s: %s answered with referrals only below '%s', and "
			"they are never followed; use a base that this server "
			"holds",
			what, answer->server, base);
		return FALSE;
	}
	return TRUE;
}
