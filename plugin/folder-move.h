/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_MOVE_H
#define FOLDER_MOVE_H

/* Moves the messages of one folder into another so that at each moment every
   message is in at least one of them, whatever ends the work. */

struct mailbox;

struct folder_move_counts {
	/* Messages in the source at the start. */
	unsigned int messages;
	/* Copied now, and then removed from the source. */
	unsigned int copied;
	/* Removed from the source because the target has them already. */
	unsigned int joined;
};

struct folder_move_settings {
	/* Only count; nothing is changed. */
	bool dry_run;
	/* Called between the batches; FALSE ends the work. */
	bool (*progress)(const struct folder_move_counts *counts,
			 void *context);
	void *context;
};

/* Move every message, those that arrive meanwhile included. Both are open; the
   target may be NULL with dry_run, if it does not exist yet. Flags and keywords
   of a message that is in both are united. A message whose GUID another message
   of the target has gets a new one. Counts are added up. Returns 0 if nothing
   is left; -1 with *error_r a sentence. */
int folder_move(struct mailbox *source, struct mailbox *target,
		const struct folder_move_settings *set,
		struct folder_move_counts *counts, const char **error_r);

#endif
