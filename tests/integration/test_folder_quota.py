# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The quota holds by every name of a folder and on every way into it: what the
mailbox holds never passes the limit."""

import re

import pytest

from testenv.folders import Folders, newcomer, ok

LIMIT = 20 << 20
SIZE = 3 << 20
FITS = LIMIT // SIZE

QUOTA = {
    "2.3": """
mail_plugins = campus_folders quota
protocol imap {
  mail_plugins = campus_folders quota imap_campus_folders imap_quota
}
protocol lmtp {
  mail_plugins = campus_folders quota sieve
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=20M
  quota_grace = 0
}
""",
    "2.4": """
mail_plugins {
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_quota = yes
  }
}
quota "User quota" {
  driver = count
  storage_size = 20M
  storage_grace = 0
}
"""}

SENT = ("Sent Items", "INBOX.Sent Items", "SENT ITEMS", "Sent", "INBOX.Sent",
        "inbox.gesendet", "Sent.2024", "INBOX.Sent Items.2024")
OTHER = ("Projects", "INBOX.Projects")

TEXT = (b"From: somebody@elsewhere.example\r\nSubject: a big one\r\n\r\n" +
        b"It fills the mailbox, and fills it, until nothing more fits.\r\n" *
        (SIZE // 62 + 1))[:SIZE - 2] + b"\r\n"
LITERAL = b"{%d+}\r\n" % SIZE + TEXT

# Each would add a message where none fits. {n} is the name, {m} a message.
REFUSED = (
    "APPEND {n} {m}",
    "APPEND {n} CATENATE (TEXT {m})",
    "COPY 1 {n}",
    "UID COPY 1:* {n}",
    "COPY 1 INBOX",
    "APPEND INBOX {m}",
)


@pytest.fixture(scope="module")
def site(second_campus):
    dovecot = second_campus.dovecot
    with dovecot.configured(QUOTA[dovecot.series]):
        yield second_campus


def ask(folders, command, name):
    """The answer to a command with the name and messages filled in."""
    reply, _ = folders.imap.command(
        command.encode().replace(b"{n}", folders.quoted(name).encode())
        .replace(b"{m}", LITERAL))
    return reply


def used(folders, name):
    """What the quota of the folder says is used, in bytes, and its limit."""
    text = b"\n".join(folders.do(f"GETQUOTAROOT {folders.quoted(name)}"))
    used, limit = re.search(rb"\(STORAGE (\d+) (\d+)", text).groups()
    return int(used) << 10, int(limit) << 10


def stored(campus, person):
    """The bytes of all messages in the mailbox, as doveadm counts them."""
    text = campus.doveadm("-f", "tab", "fetch", "-u", person.name,
                          "size.virtual", "all")
    return sum(map(int, text.split()[1:]))


def check_full(campus, folders, person, name):
    """As much is there as fits, and the quota says so."""
    assert used(folders, name) == (FITS * SIZE, LIMIT)
    assert stored(campus, person) == FITS * SIZE


@pytest.mark.parametrize("name", (*SENT, *OTHER))
def test_full_by_a_name(site, name):
    with newcomer(site) as person, Folders(site, person) as folders:
        if not ask(folders, "STATUS {n} (MESSAGES)", name).startswith(b"OK"):
            ok(folders.imap.command(f"CREATE {folders.quoted(name)}"))
        # several at once: all or none
        reply = ask(folders, "APPEND {n}" + " {m}" * (FITS + 1), name)
        assert reply.startswith(b"NO [OVERQUOTA]"), reply
        assert used(folders, name) == (0, LIMIT)
        for _ in range(FITS):
            assert ask(folders, "APPEND {n} {m}", name).startswith(b"OK")
        check_full(site, folders, person, name)

        folders.do(f"SELECT {folders.quoted(name)}")
        for command in REFUSED:
            reply = ask(folders, command, name)
            assert reply.startswith(b"NO [OVERQUOTA]"), (command, reply)
        check_full(site, folders, person, name)

        # what only moves fits
        for command, target in (("MOVE 1 {n}", "INBOX"), ("SELECT {n}", "INBOX"),
                                ("UID MOVE 1 {n}", name)):
            assert ask(folders, command, target).startswith(b"OK"), command
        check_full(site, folders, person, name)

        # a new folder has no quota of its own
        for new in ("New", "Sent.New"):
            folders.do(f"CREATE {new}")
            reply = ask(folders, "APPEND {n} {m}", new)
            assert reply.startswith(b"NO [OVERQUOTA]"), reply
        check_full(site, folders, person, name)


def test_full_by_many_names(site):
    """A message by each name: as many as if there were only one."""
    with newcomer(site) as person, Folders(site, person) as folders:
        folders.do("CREATE Sent.2024")
        folders.do("CREATE Projects")
        replies = [ask(folders, "APPEND {n} {m}", name)
                   for name in (*SENT, *OTHER)]
        assert [reply.split()[0] for reply in replies] == \
            [b"OK"] * FITS + [b"NO"] * (len(replies) - FITS)
        check_full(site, folders, person, "Sent")


SCRIPT = """require ["fileinto", "mailbox"];
if header :contains "Subject" "by prefix" { fileinto "INBOX.Sent"; }
elsif header :contains "Subject" "by alias" { fileinto "Gesendet"; }
elsif header :contains "Subject" "below" { fileinto :create "Sent.2024"; }
elsif header :contains "Subject" "created" { fileinto :create "Projects.New"; }
"""
SUBJECTS = ("by prefix", "by alias", "below it", "created", "kept")


def test_delivery(site):
    """LMTP and Sieve: what does not fit goes back to the sender."""
    with newcomer(site) as person, Folders(site, person) as folders:
        site.doveadm("sieve", "put", "-a", "-u", person.name, "folders",
                     stdin=SCRIPT.encode())
        address = f"{person.name}@campus.example"
        small = "it fits\n"
        for subject in SUBJECTS:
            reply = site.deliver(address, subject, small)
            assert reply.startswith(b"250"), (subject, reply)
        for _ in range(FITS):
            assert ask(folders, "APPEND {n} {m}", "Sent").startswith(b"OK")
        before = stored(site, person)
        for subject in SUBJECTS:
            reply = site.deliver(address, subject,
                                 TEXT.decode().replace("\r\n", "\n"))
            assert reply.startswith(b"552 5.2.2"), (subject, reply)
        assert stored(site, person) == before <= LIMIT
