/* Copyright (c) 2026 dovecot-campus authors, see the included COPYING file */
#ifndef FOLDER_GUIDS_H
#define FOLDER_GUIDS_H

/* Which messages a folder holds, by their GUIDs: Dovecot's name for a message,
   which a copy keeps. */

struct mail;
struct mailbox;
struct folder_guids;

/* An empty set for an open folder, which must stay open. */
struct folder_guids *folder_guids_init(struct mailbox *box);
void folder_guids_deinit(struct folder_guids **guids);

/* See what is in the folder now: what has arrived since the last time is added.
   Returns 0, or -1 with an error in the mailbox. */
int folder_guids_refresh(struct folder_guids *guids);

/* The UID of the message with this GUID, or 0 if the folder has none. */
uint32_t folder_guids_find(const struct folder_guids *guids, const char *guid);

/* A process that is killed while it puts a message into a Maildir may leave the
   file without its GUID. So Maildirs know messages by date and size, too. */
struct folder_guids_like {
	struct folder_guids_like *next;
	uint32_t uid;
};

/* UIDs of the messages that are as old and as large as this one; NULL if there
   is none, or in another storage. Returns 0, or -1 with an error in the mail's
   mailbox. */
int folder_guids_find_like(const struct folder_guids *guids, struct mail *mail,
			   const struct folder_guids_like **list_r);

#endif
