/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */

/* The message that a mailbox gets when it has passed its first level. */

#include "lib.h"
#include "str.h"
#include "unichar.h"
#include "message-date.h"
#include "message-header-encode.h"
#include "log-escape.h"
#include "quota-message.h"

/* RFC 5322 allows 998; what is filled in takes some. */
#define QUOTA_MESSAGE_LINE_MAX 800

static const char quota_message_default[] =
	"The mailbox {mailbox} is nearly full\n"
	"The mailbox {mailbox} holds {used}.\n"
	"\n"
	"With more than {send} nothing can be sent from it.\n"
	"With {receive} it is full: mail to it goes back to the sender.\n"
	"\n"
	"Please delete what is no longer needed. Messages count until they are\n"
	"also gone from the folder for deleted ones.\n";

enum quota_word {
	QUOTA_WORD_MAILBOX,
	QUOTA_WORD_USED,
	/* and the levels behind it */
	QUOTA_WORD_LEVEL,
	QUOTA_WORD_COUNT = QUOTA_WORD_LEVEL + QUOTA_LEVEL_COUNT
};

static const char *const quota_words[QUOTA_WORD_COUNT] = {
	[QUOTA_WORD_MAILBOX] = "{mailbox}",
	[QUOTA_WORD_USED] = "{used}",
	[QUOTA_WORD_LEVEL + QUOTA_LEVEL_WARN] = "{warn}",
	[QUOTA_WORD_LEVEL + QUOTA_LEVEL_SEND] = "{send}",
	[QUOTA_WORD_LEVEL + QUOTA_LEVEL_RECEIVE] = "{receive}",
};

/* Which word does the text begin with? QUOTA_WORD_COUNT = none. */
static enum quota_word quota_word_find(const char *text)
{
	enum quota_word word;

	for (word = 0; word < QUOTA_WORD_COUNT; word++) {
		if (strncmp(text, quota_words[word],
			    strlen(quota_words[word])) == 0)
			break;
	}
	return word;
}

/* Returns NULL, or what is wrong with it. */
static const char *quota_text_error(const char *text)
{
	size_t len = 0;

	if (!uni_utf8_str_is_valid(text))
		return "it is not UTF-8";
	if (strspn(text, " \t\r\n") > 0)
		return "its first line is the subject, and must not be empty "
		       "or begin with a space";
	for (; *text != '\0'; text++) {
		unsigned char c = *text;

		len = c == '\n' ? 0 : len + 1;
		if (len > QUOTA_MESSAGE_LINE_MAX)
			return "it has a line of more than 800 bytes";
		if (c == 0x7f ||
		    (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
			return "it holds a control character";
		if (c == '{' && quota_word_find(text) == QUOTA_WORD_COUNT) {
			size_t end = strcspn(text, "} \n");

			return t_strdup_printf(
				"'%s' is none of {mailbox}, {used}, {warn}, "
				"{send} and {receive}",
				log_escape(t_strndup(text, end + 1)));
		}
	}
	return NULL;
}

int quota_message_check_text(const char *text, const char **error_r)
{
	const char *error = quota_text_error(text);

	if (error == NULL)
		return 0;
	*error_r = t_strconcat("campus_quota_warn_text: ", error, NULL);
	return -1;
}

static bool quota_word_append(string_t *dest, enum quota_word word,
			      const struct quota_message *message)
{
	uint64_t bytes;

	if (word == QUOTA_WORD_MAILBOX) {
		str_append(dest, message->mailbox);
		return TRUE;
	}
	bytes = word == QUOTA_WORD_USED ?
			message->used :
			message->levels[word - QUOTA_WORD_LEVEL];
	str_append(dest, quota_limit_text(bytes));
	return word == QUOTA_WORD_USED || bytes != 0;
}

/* Returns FALSE if the line is to be left out. */
static bool quota_line_append(string_t *dest, const char *line,
			      const struct quota_message *message)
{
	while (*line != '\0') {
		enum quota_word word = quota_word_find(line);

		if (word == QUOTA_WORD_COUNT)
			str_append_c(dest, *line++);
		else if (!quota_word_append(dest, word, message))
			return FALSE;
		else
			line += strlen(quota_words[word]);
	}
	return TRUE;
}

void quota_message_write(string_t *dest, const struct quota_message *message)
{
	const char *text =
		*message->text == '\0' ? quota_message_default : message->text;
	const char *const *lines = t_strsplit(
		t_str_rtrim(t_str_replace(text, '\r', ' '), " \n"), "\n");
	string_t *line = t_str_new(128);

	(void)quota_line_append(line, *lines++, message);
	str_printfa(dest, "From: <%s>\nTo: <%s>\nSubject: ", message->from,
		    message->to);
	message_header_encode(t_str_rtrim(str_c(line), " "), dest);
	str_printfa(dest,
		    "\nDate: %s\nMessage-ID: <%s>\n"
		    "Auto-Submitted: auto-generated\n"
		    "MIME-Version: 1.0\n"
		    "Content-Type: text/plain; charset=utf-8\n"
		    "Content-Transfer-Encoding: 8bit\n\n",
		    message_date_create(message->time), message->id);
	for (; *lines != NULL; lines++) {
		str_truncate(line, 0);
		if (quota_line_append(line, t_str_rtrim(*lines, " "), message))
			str_printfa(dest, "%s\n", str_c(line));
	}
}
