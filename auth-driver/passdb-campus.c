/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From Dovecot's passdb interface to the directory, and from the verdict to
   Dovecot's results and fields. */

#include "auth-compat.h"
#include "campus-directory.h"
#include "campus-settings.h"
#include "driver-campus.h"

struct campus_passdb_module {
	struct passdb_module module;
	struct campus_directory *directory;
};

struct campus_passdb_request {
	struct auth_request *auth_request;
	struct campus_directory *directory;
	verify_plain_callback_t *callback;
};

static int campus_passdb_create(pool_t pool,
				const struct auth_compat_source *source,
				struct passdb_module **module_r,
				const char **error_r)
{
	struct campus_passdb_module *module =
		p_new(pool, struct campus_passdb_module, 1);

	if (driver_campus_open(pool, source, &module->directory, error_r) < 0)
		return -1;
	/* default_cache_key stays NULL: a cached answer would outlive a
	   revocation. */
	*module_r = &module->module;
	return 0;
}

AUTH_COMPAT_PREINIT(campus_passdb_preinit, passdb_module, campus_passdb_create,
		    "passdb")

static struct campus_directory *
campus_passdb_directory(struct passdb_module *_module)
{
	struct campus_passdb_module *module =
		container_of(_module, struct campus_passdb_module, module);
	return module->directory;
}

static void campus_passdb_init(struct passdb_module *module)
{
	driver_campus_init(campus_passdb_directory(module), &module->blocking);
}

static void campus_passdb_deinit(struct passdb_module *_module)
{
	struct campus_passdb_module *module =
		container_of(_module, struct campus_passdb_module, module);
	campus_directory_close(&module->directory);
}

/* A login as oneself stays an ordinary one. A project login becomes a
   master-user login, which core finishes: user = mailbox, master_user = person.
   Postfix knows one name only. */
static void campus_passdb_set_fields(struct auth_request *auth_request,
				     const struct campus_settings *set,
				     const struct campus_login_answer *answer)
{
	const struct directory_account *mailbox = answer->mailbox;
	enum project_role role = answer->role;

	if (set->smtp_person &&
	    null_strcmp(auth_compat_service(auth_request), "smtp") == 0) {
		mailbox = answer->person;
		role = PROJECT_ROLE_NONE;
	}
	auth_request_set_field(auth_request, "user", answer->person->uid, NULL);
	if (role == PROJECT_ROLE_NONE)
		auth_compat_make_ordinary(auth_request);
	else
		auth_request_set_field(auth_request, "login_user", mailbox->uid,
				       NULL);

	const struct driver_campus_fields fields = driver_campus_fields(
		set, authdb_event(auth_request), mailbox, role, answer->groups);
	for (unsigned int i = 0; i < fields.count; i++) {
		auth_request_set_field(
			auth_request,
			t_strconcat("userdb_", fields.fields[i].name, NULL),
			fields.fields[i].value, NULL);
	}
}

static void campus_passdb_answer(const struct campus_login_answer *answer,
				 void *context)
{
	static const enum passdb_result results[] = {
		[AUTH_RESULT_OK] = PASSDB_RESULT_OK,
		[AUTH_RESULT_PASSWORD_MISMATCH] =
			PASSDB_RESULT_PASSWORD_MISMATCH,
		[AUTH_RESULT_USER_UNKNOWN] = PASSDB_RESULT_USER_UNKNOWN,
		[AUTH_RESULT_USER_DISABLED] = PASSDB_RESULT_USER_DISABLED,
		[AUTH_RESULT_INTERNAL_FAILURE] = PASSDB_RESULT_INTERNAL_FAILURE,
	};
	struct campus_passdb_request *request = context;
	struct auth_request *auth_request = request->auth_request;
	enum passdb_result result = results[answer->verdict.result];

	if (result == PASSDB_RESULT_OK) {
		campus_passdb_set_fields(
			auth_request,
			campus_directory_settings(request->directory), answer);
		if (auth_compat_add_passdb_fields(auth_request) < 0)
			result = PASSDB_RESULT_INTERNAL_FAILURE;
	} else if (answer->reason != NULL) {
		auth_request_set_field(auth_request, "reason", answer->reason,
				       NULL);
	}
	request->callback(result, auth_request);
	auth_request_unref(&auth_request);
}

static void campus_passdb_verify_plain(struct auth_request *auth_request,
				       const char *password,
				       verify_plain_callback_t *callback)
{
	struct campus_passdb_request *request =
		p_new(auth_request->pool, struct campus_passdb_request, 1);
	/* Typed, not translated: auth_username_format may have cut away the
	   domain or the case. */
	const struct campus_login_query query = {
		.typed = auth_request->fields.original_username,
		.authzid = auth_request->fields.requested_login_user,
		.password = password,
		.service = auth_compat_service(auth_request),
		.client = auth_request->fields.remote_ip,
		.event = authdb_event(auth_request),
	};

	auth_request_ref(auth_request);
	auth_compat_wipe_response(auth_request);
	request->auth_request = auth_request;
	request->directory =
		campus_passdb_directory(auth_request->passdb->passdb);
	request->callback = callback;
	campus_directory_login(request->directory, &query, campus_passdb_answer,
			       request);
}

/* The directory compares passwords and gives none away. Without this function
   core would answer "scheme not available", which some mechanisms take for
   success. */
static void
campus_passdb_lookup_credentials(struct auth_request *auth_request,
				 lookup_credentials_callback_t *callback)
{
	e_info(authdb_event(auth_request),
	       "campus: refused: only mechanisms that send the password (PLAIN, "
	       "LOGIN) can be checked against the directory");
	callback(PASSDB_RESULT_USER_DISABLED, NULL, 0, auth_request);
}

struct passdb_module_interface passdb_campus = {
	.name = "campus",

	.preinit = campus_passdb_preinit,
	.init = campus_passdb_init,
	.deinit = campus_passdb_deinit,

	.verify_plain = campus_passdb_verify_plain,
	.lookup_credentials = campus_passdb_lookup_credentials,
};
