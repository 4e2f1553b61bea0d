# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Namespaces of the site's own beside the personal folders, and below their
prefix."""

from testenv.folders import Folders, newcomer

OTHER_NAMESPACES = """
namespace other {
  prefix = Other.
  separator = .
  hidden = yes
%s
}
namespace inner {
  prefix = INBOX.Inner.
  separator = .
  hidden = yes
  subscriptions = no
%s
}
"""
PLACES = {"2.3": ("  location = maildir:~/Other", "  location = maildir:~/Inner"),
          "2.4": ("  mail_path = ~/Other\n  mail_inbox_path =",
                  "  mail_path = ~/Inner\n  mail_inbox_path =")}


def answer(folders, command):
    return folders.imap.command(command)[0]


def test_another_namespace(second_campus):
    """Nothing gets past the guard by a rename from one namespace into another,
    and a name without the prefix leads into one below the prefix."""
    dovecot = second_campus.dovecot
    with dovecot.configured(OTHER_NAMESPACES % PLACES[dovecot.series]), \
            newcomer(second_campus) as login, \
            Folders(second_campus, login) as folders:
        folders.do('EXAMINE "INBOX.Sent Items"')
        folders.do("UNSELECT")
        folders.do("CREATE Other.Mine")
        for name in ("INBOX.Sent Items", "Sent", "Deleted Items"):
            reply = answer(folders, f'RENAME "{name}" Other.Away')
            assert reply.startswith(b"NO"), (name, reply)
        for name in ("INBOX.Sent Items", "Sent", "Trash", "INBOX.INBOX.x"):
            reply = answer(folders, f'RENAME Other.Mine "{name}"')
            assert reply.startswith(b"NO"), (name, reply)
        folders.do("RENAME Other.Mine Mine")
        folders.do("RENAME INBOX.Mine Other.Mine")
        folders.do("CREATE Inner.here")
        folders.do("EXAMINE INBOX.Inner.here")
        folders.do("EXAMINE Inner.here")
        assert any(line.endswith(b" Inner.here")
                   for line in folders.do('LIST "" Inner.%'))
        folders.do("RENAME Inner.here Inner.there")
        folders.do("EXAMINE INBOX.Inner.there")
