/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DIRECTORY_OUTCOME_H
#define DIRECTORY_OUTCOME_H

/* How one request to the directory ended, in words that know no LDAP library.
 */

enum directory_outcome {
	/* All but DIRECTORY_OUTCOME_ANSWERED is trouble: no conclusion about a
	   person. Zero is trouble too, so that an answer nobody filled in is
	   no success. */
	DIRECTORY_OUTCOME_NO_SERVER,
	DIRECTORY_OUTCOME_TIMEOUT,
	/* refused, reset, TLS failure, closed half-way, malformed answer */
	DIRECTORY_OUTCOME_TRANSPORT,
	/* too many requests wait already */
	DIRECTORY_OUTCOME_QUEUE_FULL,
	/* our own bind, the service account's, was refused */
	DIRECTORY_OUTCOME_SERVICE_BIND,
	/* the answer goes over one of our own caps */
	DIRECTORY_OUTCOME_LIMIT,
	/* The server gave its whole answer: look at the result code. */
	DIRECTORY_OUTCOME_ANSWERED
};

/* Result codes of RFC 4511 that mean something to us. */
#define DIRECTORY_CODE_SUCCESS 0
#define DIRECTORY_CODE_SIZE_LIMIT 4
#define DIRECTORY_CODE_CONSTRAINT_VIOLATION 19
#define DIRECTORY_CODE_NO_SUCH_OBJECT 32
#define DIRECTORY_CODE_INAPPROPRIATE_AUTHENTICATION 48
#define DIRECTORY_CODE_INVALID_CREDENTIALS 49
#define DIRECTORY_CODE_INSUFFICIENT_ACCESS 50
#define DIRECTORY_CODE_BUSY 51
#define DIRECTORY_CODE_UNAVAILABLE 52
#define DIRECTORY_CODE_UNWILLING 53

/* Errors of the password policy response control
   (draft-behera-ldap-password-policy 6.2). */
enum directory_ppolicy {
	DIRECTORY_PPOLICY_NONE = -1,
	DIRECTORY_PPOLICY_PASSWORD_EXPIRED = 0,
	DIRECTORY_PPOLICY_ACCOUNT_LOCKED = 1,
	DIRECTORY_PPOLICY_CHANGE_AFTER_RESET = 2
	/* 3 to 8 speak of changing a password */
};

/* The answer to a person's bind. */
struct directory_bind_answer {
	enum directory_outcome outcome;
	/* LDAP result code, valid when answered */
	int code;
	/* the draft's number, or DIRECTORY_PPOLICY_NONE */
	int ppolicy_error;
	/* diagnosticMessage, never NULL; Active Directory's "data 52e" is here
	 */
	const char *diagnostic;
};

#endif
