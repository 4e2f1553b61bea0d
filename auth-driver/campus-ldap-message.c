/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* Requests and libldap's messages: how one is sent, what an answer says. */

#include "lib.h"
#include "array.h"
#include "log-escape.h"
#include "unichar.h"
#include "campus-ldap-private.h"

/* The entries of one answer, or of one page, are no larger in all. */
#define MAX_ENTRIES_BYTES (4 * 1024 * 1024)

static int request_send_bind(LDAP *ld, struct campus_ldap_request *request)
{
	LDAPControl ppolicy = { .ldctl_oid =
					LDAP_CONTROL_PASSWORDPOLICYREQUEST };
	LDAPControl *controls[] = { &ppolicy, NULL };
	struct berval password = {
		.bv_len = strlen(request->password),
		.bv_val = request->password,
	};

	return ldap_sasl_bind(ld, request->dn, LDAP_SASL_SIMPLE, &password,
			      controls, NULL, &request->msgid);
}

static int request_send_search(LDAP *ld, struct campus_ldap_request *request)
{
	const struct campus_ldap_search *search = &request->search;
	LDAPControl paged = { .ldctl_oid = LDAP_CONTROL_PAGEDRESULTS,
			      .ldctl_iscritical = 1 };
	LDAPControl *controls[] = { &paged, NULL };
	int ret;

	if (search->page_size > 0) {
		ret = ldap_create_page_control_value(
			ld, (ber_int_t)search->page_size, request->cookie,
			&paged.ldctl_value);
		if (ret != LDAP_SUCCESS)
			return ret;
	}
	/* The cast: libldap does not write there. */
	ret = ldap_search_ext(ld, search->base,
			      search->base_only ? LDAP_SCOPE_BASE :
						  LDAP_SCOPE_SUBTREE,
			      search->filter, (char **)search->attributes, 0,
			      search->page_size > 0 ? controls : NULL, NULL,
			      NULL, (int)search->size_limit, &request->msgid);
	ldap_memfree(paged.ldctl_value.bv_val);
	return ret;
}

int campus_ldap_message_send(LDAP *ld, struct campus_ldap_request *request)
{
	return request->use == CAMPUS_LDAP_USE_BIND ?
		       request_send_bind(ld, request) :
		       request_send_search(ld, request);
}

/* error is a constant, or in the request's pool */
static void request_malformed(struct campus_ldap_request *request,
			      const char *error)
{
	if (request->malformed == NULL)
		request->malformed = error;
}

/* Keep the values of what was asked for; a server may send anything. */
static int request_add_values(struct campus_ldap_request *request,
			      struct directory_entry *entry,
			      const struct berval *name,
			      const struct berval *values)
{
	static const char range[] = ";range=";
	const char *const *asked = request->search.attributes;

	for (;; asked++) {
		size_t len;

		if (*asked == NULL)
			return 0;
		len = strlen(*asked);
		if (name->bv_len < len ||
		    strncasecmp(name->bv_val, *asked, len) != 0)
			continue;
		if (name->bv_len == len)
			break;
		if (name->bv_len > len + strlen(range) &&
		    strncasecmp(name->bv_val + len, range, strlen(range)) ==
			    0) {
			request_malformed(request,
					  "The server sent only a part of an "
					  "attribute's values (;range=)");
			return 0;
		}
	}
	for (; values != NULL && values->bv_val != NULL; values++) {
		request->entries_bytes += sizeof(*values) + values->bv_len;
		if (request->entries_bytes > MAX_ENTRIES_BYTES)
			return -1;
		directory_entry_add(request->entries_pool, entry, *asked,
				    values->bv_val, values->bv_len);
	}
	return 0;
}

int campus_ldap_message_read_entry(LDAP *ld, LDAPMessage *message,
				   struct campus_ldap_request *request)
{
	const struct campus_ldap_search *search = &request->search;
	struct directory_entry *entry;
	BerElement *ber = NULL;
	struct berval dn, name, *values;
	int ret, added = 0;

	ret = ldap_get_dn_ber(ld, message, &ber, &dn);
	if (ret != LDAP_SUCCESS || memchr(dn.bv_val, '\0', dn.bv_len) != NULL ||
	    !uni_utf8_data_is_valid((const unsigned char *)dn.bv_val,
				    dn.bv_len)) {
		request_malformed(
			request, "The server sent an entry without a valid DN");
		ber_free(ber, 0);
		return 0;
	}
	if (request->entries_pool == NULL) {
		request->entries_pool =
			pool_alloconly_create("campus ldap entries", 1024);
	}
	request->entries_bytes += sizeof(*entry) + dn.bv_len;
	entry = directory_entry_create(request->entries_pool,
				       t_strndup(dn.bv_val, dn.bv_len));
	while (added == 0 &&
	       (ret = ldap_get_attribute_ber(ld, message, ber, &name,
					     &values)) == LDAP_SUCCESS &&
	       name.bv_val != NULL) {
		added = request_add_values(request, entry, &name, values);
		ber_memfree(values);
	}
	ber_free(ber, 0);
	if (ret != LDAP_SUCCESS) {
		request_malformed(
			request,
			"The server sent an entry that cannot be read");
	} else if (!campus_ldap_dn_is_within(entry->dn, search->base,
					     search->base_only)) {
		request_malformed(
			request,
			p_strdup_printf(request->pool,
					"The server sent entry '%s', which "
					"is not below the base '%s' that was "
					"searched",
					log_escape(entry->dn),
					log_escape(search->base)));
	} else
		array_push_back(&request->entries, entry);
	return request->entries_bytes > MAX_ENTRIES_BYTES ? -1 : added;
}

/* The ppolicy response control; without one: no error. */
static int result_read_ppolicy(LDAP *ld, LDAPControl **controls, int *error_r)
{
	LDAPPasswordPolicyError error = PP_noError;
	LDAPControl *control;

	*error_r = DIRECTORY_PPOLICY_NONE;
	control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE,
				    controls, NULL);
	if (control == NULL)
		return 0;
	if (ldap_parse_passwordpolicy_control(ld, control, NULL, NULL,
					      &error) != LDAP_SUCCESS)
		return -1;
	if (error != PP_noError)
		*error_r = (int)error;
	return 0;
}

/* The cookie of the next page. A server that ignored our critical control has
   perhaps not told all: -1. */
static int result_read_page(LDAP *ld, LDAPControl **controls,
			    struct campus_ldap_request *request)
{
	struct berval cookie = { .bv_len = 0 };
	ber_int_t estimate;
	LDAPControl *control;

	ber_bvfree(request->cookie);
	request->cookie = NULL;
	control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control == NULL ||
	    ldap_parse_pageresponse_control(ld, control, &estimate, &cookie) !=
		    LDAP_SUCCESS)
		return -1;
	if (cookie.bv_len > 0)
		request->cookie = ber_bvdup(&cookie);
	ber_memfree(cookie.bv_val);
	request->answer.more = request->cookie != NULL;
	return 0;
}

static void request_read_controls(struct campus_ldap_request *request, LDAP *ld,
				  LDAPControl **controls)
{
	struct directory_bind_answer *result = &request->answer.result;

	if (request->use == CAMPUS_LDAP_USE_BIND) {
		if (result_read_ppolicy(ld, controls, &result->ppolicy_error) <
		    0) {
			request_malformed(request,
					  "The server's password policy control"
					  " cannot be read");
		}
	} else if (request->use == CAMPUS_LDAP_USE_PAGES &&
		   result->code == LDAP_SUCCESS) {
		if (result_read_page(ld, controls, request) < 0) {
			request_malformed(request,
					  "The server's paged results control"
					  " cannot be read");
		}
	}
}

void campus_ldap_message_read_result(LDAP *ld, LDAPMessage *message,
				     struct campus_ldap_request *request)
{
	struct directory_bind_answer *result = &request->answer.result;
	LDAPControl **controls = NULL;
	char *diagnostic = NULL;
	int code;

	if (ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL,
			      &controls, 0) != LDAP_SUCCESS) {
		request_malformed(request, "The server sent a result that "
					   "cannot be read");
	} else {
		result->code = code;
		if (diagnostic != NULL) {
			result->diagnostic =
				p_strdup(request->pool, diagnostic);
		}
		request_read_controls(request, ld, controls);
	}
	ldap_memfree(diagnostic);
	ldap_controls_free(controls);
}

/* Unsolicited: is it the notice of disconnection (RFC 4511 4.4.1)? Returns
   NULL, or why the connection ends. */
const char *campus_ldap_message_read_notice(LDAP *ld, LDAPMessage *message)
{
	char *oid = NULL, *diagnostic = NULL;
	const char *error = NULL;
	int code = 0;

	if (ldap_parse_extended_result(ld, message, &oid, NULL, 0) !=
		    LDAP_SUCCESS ||
	    ldap_parse_result(ld, message, &code, NULL, &diagnostic, NULL, NULL,
			      0) != LDAP_SUCCESS)
		error = "The server sent a notice that cannot be read";
	else if (oid != NULL &&
		 strcmp(oid, LDAP_NOTICE_OF_DISCONNECTION) == 0) {
		error = t_strdup_printf("The server ends the connection: %s "
					"(%s)",
					ldap_err2string(code),
					log_escape(diagnostic));
	}
	ldap_memfree(oid);
	ldap_memfree(diagnostic);
	return error;
}
