# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What a session and the userdb say about a mailbox's quota."""

import re

from .folders import Folders, ok


def limit_of(imap, name="INBOX"):
    """The limit in bytes that GETQUOTAROOT and GETQUOTA agree on."""
    lines = ok(imap.command(f"GETQUOTAROOT {Folders.quoted(name)}"))
    root, = [re.search(rb' ("[^"]*"|\S+)$', line).group(1) for line in lines
             if line.startswith(b"* QUOTAROOT ")]
    quota, = [line for line in lines if line.startswith(b"* QUOTA ")]
    assert [quota] == ok(imap.command(b"GETQUOTA " + root)), lines
    found = re.fullmatch(rb"\* QUOTA (.*) \(STORAGE (\d+) (\d+)\)", quota)
    assert found and found.group(1) == root, quota
    return int(found.group(3)) << 10


def fields_of(campus, uid):
    """The userdb fields of a mailbox."""
    lines = campus.doveadm("user", uid).splitlines()[1:]
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def tokens(imap):
    line, = [line for line in ok(imap.command("CAPABILITY"))
             if line.startswith(b"* CAPABILITY ")]
    return {token for token in line.decode().split()[2:]
            if token.startswith("QUOTA")}
