#!/bin/sh
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
#
# Makes a small mail store with the Dovecot of this machine, and notes what
# programs saw in it. store-2.3-maildir and store-2.3-sdbox, which
# test_upgrade.py puts before whatever Dovecot it runs with, were made with
# Dovecot 2.3 (Debian 12), in the demo:
#
#   ./demo start
#   ./demo exec -- tests/data/make-store.sh abcd0002 maildir:~/Maildir \
#       tests/data/store-2.3-maildir
#   ./demo exec -- tests/data/make-store.sh abcd0002 sdbox:~/sdbox \
#       tests/data/store-2.3-sdbox
#
# The person's own mailbox is replaced. OUTPUT.tar.gz is the home directory, and
# OUTPUT.txt has the answers of POP3 and IMAP.
set -eu
if [ $# != 3 ]; then
	echo "usage: make-store.sh PERSON MAIL-LOCATION OUTPUT" >&2
	exit 64
fi
# The machine's name becomes part of file names.
if [ "$(hostname)" != mail ]; then
	# shellcheck disable=SC2016 # the inner shell's
	exec unshare --uts sh -c 'hostname mail; exec "$0" "$@"' "$0" "$@"
fi
person=$1 location=$2 output=$3
libexec=/usr/lib/dovecot
home=$(doveadm user -f home "$person")

mail() { # COMMAND ...
	doveadm -o "mail_location=$location" "$@"
}

save() { # FOLDER NUMBER
	mail save -u "$person" -m "$1" <<-EOF
		From: Alice Archer <alice.archer@campus.example>
		To: Bob Baker <bob.baker@campus.example>
		Subject: message $2 in $1
		Message-ID: <$2@mail.campus.example>
		Date: Mon, 5 Jan 2026 0$2:00:00 +0000

		Text of message $2.
	EOF
}

rm -rf "${home:?}"
for number in 1 2 3 4 5; do
	save INBOX "$number"
done
# UIDs with a gap, and flags of all kinds
mail expunge -u "$person" mailbox INBOX uid 2
mail flags add -u "$person" '\Seen \Answered' mailbox INBOX uid 1
mail flags add -u "$person" '\Flagged Work' mailbox INBOX uid 3
save INBOX 6
save 'INBOX.Sent Items' 7
save 'INBOX.Sent Items' 8
mail flags add -u "$person" '\Seen' mailbox 'INBOX.Sent Items' all
mail mailbox create -u "$person" INBOX.Clients
mail mailbox subscribe -u "$person" INBOX.Clients

{
	printf 'UIDL\r\nQUIT\r\n' |
		"$libexec/pop3" -o "mail_location=$location" -u "$person" |
		sed -n '/^[0-9]/s/^/UIDL /p'
	for folder in INBOX 'INBOX.Sent Items' INBOX.Clients; do
		printf 'a EXAMINE "%s"\r\nb UID FETCH 1:* FLAGS\r\nc LOGOUT\r\n' \
			"$folder" |
			"$libexec/imap" -o "mail_location=$location" \
				-u "$person" |
			sed -n "s/ *\\\\Recent//
				s/^\* OK \[\(UID[A-Z]* [0-9]*\)\].*/$folder: \1/p
				s/^\* \([0-9]* FETCH\)/$folder: \1/p"
	done
} 2>/dev/null | tr -d '\r' >"$output.txt"
tar -C "$home" --sort=name --owner=0 --group=0 --numeric-owner -cf - . |
	gzip -9n >"$output.tar.gz"
