/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef DOVEADM_COMPAT_H
#define DOVEADM_COMPAT_H

/* doveadm's interface to mail commands, as far as it differs between the
   series. */

#include "dovecot-compat.h"
#include "doveadm-mail.h"

/* Define a static init function that calls function(ctx). */
#if DOVECOT_VERSION_MINOR >= 4
#define DOVEADM_COMPAT_INIT(name, function)                                    \
	static void name(struct doveadm_mail_cmd_context *ctx)                 \
	{                                                                      \
		function(ctx);                                                 \
	}
#else
#define DOVEADM_COMPAT_INIT(name, function)                                    \
	static void name(struct doveadm_mail_cmd_context *ctx,                 \
			 const char *const args[] ATTR_UNUSED)                 \
	{                                                                      \
		function(ctx);                                                 \
	}
#endif

/* Was the option given? */
static inline bool doveadm_compat_flag(struct doveadm_mail_cmd_context *ctx,
				       const char *name)
{
#if DOVECOT_VERSION_MINOR >= 4
	return doveadm_cmd_param_flag(ctx->cctx, name);
#else
	bool value;

	return doveadm_cmd_param_bool(ctx->cctx, name, &value) && value;
#endif
}

/* 2.3 asks about each option of a mail command, also about those that are
   looked up with doveadm_compat_flag(): it is known. */
#if DOVECOT_VERSION_MINOR >= 4
#define DOVEADM_COMPAT_KNOW_OPTIONS(ctx)
#else
static inline bool
doveadm_compat_know_option(struct doveadm_mail_cmd_context *ctx ATTR_UNUSED,
			   int c ATTR_UNUSED)
{
	return TRUE;
}
#define DOVEADM_COMPAT_KNOW_OPTIONS(ctx)                                       \
	(ctx)->v.parse_arg = doveadm_compat_know_option
#endif

#endif
