/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* From Dovecot's userdb interface to the directory: recipients, doveadm -u, and
   the list of everybody, and who may write from which address. */

#include "auth-compat.h"
#include "log-escape.h"
#include "sender-question.h"
#include "server-state.h"
#include "campus-directory.h"
#include "campus-settings.h"
#include "driver-campus.h"

struct campus_userdb_module {
	struct userdb_module module;
	struct campus_directory *directory;
};

struct campus_userdb_request {
	struct auth_request *auth_request;
	struct campus_directory *directory;
	userdb_callback_t *callback;
};

struct campus_userdb_iterate_context {
	struct userdb_iterate_context ctx;
	struct campus_iterator *iterator;
};

static int campus_userdb_create(pool_t pool,
				const struct auth_compat_source *source,
				struct userdb_module **module_r,
				const char **error_r)
{
	struct campus_userdb_module *module =
		p_new(pool, struct campus_userdb_module, 1);

	if (driver_campus_open(pool, source, &module->directory, error_r) < 0)
		return -1;
	*module_r = &module->module;
	return 0;
}

AUTH_COMPAT_PREINIT(campus_userdb_preinit, userdb_module, campus_userdb_create,
		    "userdb")

static struct campus_directory *
campus_userdb_directory(struct userdb_module *_module)
{
	struct campus_userdb_module *module =
		container_of(_module, struct campus_userdb_module, module);
	return module->directory;
}

static void campus_userdb_init(struct userdb_module *module)
{
	driver_campus_init(campus_userdb_directory(module), &module->blocking);
}

static void campus_userdb_deinit(struct userdb_module *_module)
{
	struct campus_userdb_module *module =
		container_of(_module, struct campus_userdb_module, module);
	campus_directory_close(&module->directory);
}

/* It holds the auth request until it is answered. */
static struct campus_userdb_request *
campus_userdb_request_begin(struct auth_request *auth_request,
			    userdb_callback_t *callback)
{
	struct campus_userdb_request *request =
		p_new(auth_request->pool, struct campus_userdb_request, 1);

	auth_request_ref(auth_request);
	request->auth_request = auth_request;
	request->directory =
		campus_userdb_directory(auth_request->userdb->userdb);
	request->callback = callback;
	return request;
}

/* Is this the look-up after a login that the campus passdb let in? Then the
   user is a canonical name. Other passdbs may leave an alias there. */
static bool
campus_userdb_follows_campus(const struct auth_request *auth_request)
{
	return auth_request->fields.successful &&
	       auth_request->passdb != NULL &&
	       strcmp(auth_request->passdb->passdb->iface.name,
		      passdb_campus.name) == 0;
}

static void campus_userdb_answer(enum auth_found found,
				 const struct directory_account *account,
				 void *context)
{
	struct campus_userdb_request *request = context;
	struct auth_request *auth_request = request->auth_request;
	enum userdb_result result = USERDB_RESULT_INTERNAL_FAILURE;

	if (found == AUTH_FOUND_NONE) {
		result = USERDB_RESULT_USER_UNKNOWN;
	} else if (found == AUTH_FOUND_ONE &&
		   campus_userdb_follows_campus(auth_request) &&
		   strcmp(account->uid, auth_request->fields.user) != 0) {
		e_error(authdb_event(auth_request),
			"campus: the directory answers for '%s', who logged "
			"in, with '%s'; look at who else has that name",
			log_escape(auth_request->fields.user), account->uid);
	} else if (found == AUTH_FOUND_ONE) {
		const struct driver_campus_fields fields = driver_campus_fields(
			campus_directory_settings(request->directory),
			authdb_event(auth_request), account, PROJECT_ROLE_NONE,
			NULL);
		auth_request_set_userdb_field(auth_request, "user",
					      account->uid);
		for (unsigned int i = 0; i < fields.count; i++) {
			auth_request_set_userdb_field(auth_request,
						      fields.fields[i].name,
						      fields.fields[i].value);
		}
		if (auth_compat_add_userdb_fields(auth_request) == 0)
			result = USERDB_RESULT_OK;
	}
	request->callback(result, auth_request);
	auth_request_unref(&auth_request);
}

static void campus_userdb_sender_answer(enum campus_sender_verdict verdict,
					void *context)
{
	struct campus_userdb_request *request = context;
	struct auth_request *auth_request = request->auth_request;
	const struct campus_settings *set =
		campus_directory_settings(request->directory);
	enum userdb_result result = USERDB_RESULT_INTERNAL_FAILURE;

	if (verdict == CAMPUS_SENDER_NO) {
		result = USERDB_RESULT_USER_UNKNOWN;
	} else if (verdict == CAMPUS_SENDER_YES) {
		/* A session may only ask for what belongs to its own uid. */
		auth_request_set_userdb_field(auth_request, "uid",
					      set->mail_uid);
		auth_request_set_userdb_field(auth_request, "gid",
					      set->mail_gid);
		auth_request_set_userdb_field(auth_request,
					      SENDER_QUESTION_FIELD,
					      SENDER_QUESTION_YES);
		result = USERDB_RESULT_OK;
	}
	request->callback(result, auth_request);
	auth_request_unref(&auth_request);
}

/* No recipient is looked up, but whether a person may write from an address. */
static void campus_userdb_sender(struct auth_request *auth_request,
				 userdb_callback_t *callback)
{
	const char *text = auth_request->fields.original_username != NULL ?
				   auth_request->fields.original_username :
				   auth_request->fields.user;
	struct campus_userdb_request *request;
	const char *person, *address;

	if (auth_request->fields.requested_login_user != NULL ||
	    sender_question_parse(text, &person, &address) < 0) {
		callback(USERDB_RESULT_USER_UNKNOWN, auth_request);
		return;
	}
	request = campus_userdb_request_begin(auth_request, callback);
	campus_directory_sender(request->directory, person, address,
				authdb_event(auth_request),
				campus_userdb_sender_answer, request);
}

static void campus_userdb_tell_server(unsigned int number, const char *state,
				      void *context)
{
	auth_request_set_userdb_field(
		context, t_strdup_printf(SERVER_STATE_FIELD "%u", number),
		state);
}

/* Is it doveadm that wants to know how the servers are? Never after a login.
   The answer has no uid, so that Dovecot gives it only to whom it gives
   everybody's. */
static bool campus_userdb_asks_for_servers(const struct auth_request *request)
{
	return request->master != NULL && !request->fields.successful &&
	       null_strcmp(auth_compat_service(request),
			   SERVER_STATE_SERVICE) == 0;
}

static void campus_userdb_lookup(struct auth_request *auth_request,
				 userdb_callback_t *callback)
{
	struct campus_userdb_request *request;
	/* After a login the user is the canonical name; what was typed then is
	   no recipient. */
	const char *name =
		auth_request->fields.successful ||
				auth_request->fields.original_username == NULL ?
			auth_request->fields.user :
			auth_request->fields.original_username;

	if (null_strcmp(auth_compat_service(auth_request),
			SENDER_QUESTION_SERVICE) == 0) {
		campus_userdb_sender(auth_request, callback);
		return;
	}
	if (campus_userdb_asks_for_servers(auth_request)) {
		campus_directory_tell_servers(campus_userdb_tell_server,
					      auth_request);
		callback(USERDB_RESULT_OK, auth_request);
		return;
	}
	if (!auth_request->fields.successful &&
	    auth_request->fields.requested_login_user != NULL) {
		/* Core has cut "physics*abcd0001", which is no recipient. */
		e_info(authdb_event(auth_request),
		       "campus: unknown recipient: a login name was given");
		callback(USERDB_RESULT_USER_UNKNOWN, auth_request);
		return;
	}
	request = campus_userdb_request_begin(auth_request, callback);
	campus_directory_find(request->directory, name,
			      authdb_event(auth_request), campus_userdb_answer,
			      request);
}

static void campus_userdb_iterate_name(const char *name, bool failed,
				       void *context)
{
	struct campus_userdb_iterate_context *ctx = context;

	if (failed)
		ctx->ctx.failed = TRUE;
	ctx->ctx.callback(name, ctx->ctx.context);
}

static struct userdb_iterate_context *
campus_userdb_iterate_init(struct auth_request *auth_request,
			   userdb_iter_callback_t *callback, void *context)
{
	struct campus_userdb_iterate_context *ctx =
		i_new(struct campus_userdb_iterate_context, 1);

	ctx->ctx.auth_request = auth_request;
	ctx->ctx.callback = callback;
	ctx->ctx.context = context;
	ctx->iterator = campus_directory_iterate(
		campus_userdb_directory(auth_request->userdb->userdb),
		authdb_event(auth_request), campus_userdb_iterate_name, ctx);
	return &ctx->ctx;
}

static void campus_userdb_iterate_next(struct userdb_iterate_context *_ctx)
{
	struct campus_userdb_iterate_context *ctx =
		container_of(_ctx, struct campus_userdb_iterate_context, ctx);
	campus_iterator_next(ctx->iterator);
}

static int campus_userdb_iterate_deinit(struct userdb_iterate_context *_ctx)
{
	struct campus_userdb_iterate_context *ctx =
		container_of(_ctx, struct campus_userdb_iterate_context, ctx);
	int ret = ctx->ctx.failed ? -1 : 0;

	campus_iterator_deinit(&ctx->iterator);
	i_free(ctx);
	return ret;
}

struct userdb_module_interface userdb_campus = {
	.name = "campus",

	.preinit = campus_userdb_preinit,
	.init = campus_userdb_init,
	.deinit = campus_userdb_deinit,

	.lookup = campus_userdb_lookup,

	.iterate_init = campus_userdb_iterate_init,
	.iterate_next = campus_userdb_iterate_next,
	.iterate_deinit = campus_userdb_iterate_deinit,
};
