# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The directory says how large a mailbox may be, for people and for projects;
what it says badly does not count."""

import contextlib
import re
import threading

import pytest

from testenv.folders import Folders, newcomer, ok
from testenv.people import ALICE, PROJECTS, Login, own_logins, project_logins
from testenv.quotas import fields_of, limit_of

KB = 1 << 10
MB = 1 << 20
GB = 1 << 30
# What 90-campus.conf says for everybody.
DEFAULT = 5 * GB
PROJECT = "physics"


@contextlib.contextmanager
def limited(campus, uid, **attributes):
    """Other values of a person's or a project's quota."""
    directory = campus.directory
    dn = directory.project_dn(uid) if uid in PROJECTS else \
        directory.person_dn(uid)
    with directory.changed(dn, **attributes):
        yield


def limit_field(campus, bytes_):
    """The field by which Dovecot's plugin takes a limit."""
    return {"2.3": ("quota_rule", f"*:bytes={bytes_}"),
            "2.4": ("quota_storage_size", f"{bytes_}B")}[campus.dovecot.series]


## Limits

VALUES = (("1048576", MB), ("1m", MB), ("500MB", 500 * MB), ("10G", 10 * GB),
          ("2t", 2 << 40), ("9223372036854775807", (1 << 63) // 100 // KB * KB))


@pytest.mark.parametrize("value, limit", VALUES)
def test_value(campus, value, limit):
    with newcomer(campus) as person, \
            limited(campus, person.name, campusQuota=value), \
            campus.logged_in("imap", person) as imap:
        assert limit_of(imap) // MB == limit // MB


BAD = ("0", "0G", "-1", "-5G", "+5G", "12Q", "5G, 6G", "unlimited", "5 G",
       "9223372036854775808", "18446744073709551616", "8388608T", "1.5G",
       "5G\tquota_rule=*:ignore", "50%", "%{env:HOME}")


@pytest.mark.parametrize("value", BAD)
def test_bad_value(campus, value):
    """One line in the log says whose value it is; the default counts."""
    with newcomer(campus) as person, \
            limited(campus, person.name, campusQuota=value):
        mark = campus.log.mark()
        with campus.logged_in("imap", person) as imap:
            assert limit_of(imap) == DEFAULT
        lines = campus.log.wait_for("campusQuota is left out", mark)
        assert len(lines) == 1 and "Error" in lines[0], lines
        assert f"'uid={person.name},ou=people,dc=campus,dc=example'" \
            in lines[0]
        shown = value.replace("\t", "\\x09")
        assert f"Quota '{shown}' is " in lines[0]
        # deliveries and doveadm ask the userdb
        reply = campus.deliver(f"{person.name}@campus.example", "x")
        assert reply.startswith(b"250"), reply
        fields = fields_of(campus, person.name)
        assert not {"quota_rule", "quota_storage_size"} & set(fields)


## Levels

@pytest.mark.parametrize("levels, counts, bad", (
    # warn, send, receive
    (("1M", "2M", "3M"), (1, 2, 3), ()),
    (("2M", "2M", "2M"), (2, 2, 2), ()),
    (("1M", "2M", None), (1, 2, None), ()),
    (("4M", None, "3M"), (None, None, 3), ("Warn",)),
    (("1M", "4M", "3M"), (1, None, 3), ("Send",)),
    (("2M", "1M", "3M"), (None, 1, 3), ("Warn",)),
    (("x", "0", "-1"), (None, None, None), ("Warn", "Send", "")),
))
def test_levels(campus, levels, counts, bad):
    attributes = ("campusQuotaWarn", "campusQuotaSend", "campusQuota")
    with newcomer(campus) as person, \
            limited(campus, person.name, **dict(zip(attributes, levels))):
        mark = campus.log.mark()
        fields = fields_of(campus, person.name)
        names = ("campus_quota_warn", "campus_quota_send",
                 limit_field(campus, 0)[0])
        expected = (lambda mb: str(mb * MB), lambda mb: str(mb * MB),
                    lambda mb: limit_field(campus, mb * MB)[1])
        for name, value, count in zip(names, expected, counts):
            assert fields.get(name) == (count and value(count)), name
        for level in bad:
            campus.log.wait_for(f" campusQuota{level} is left out", mark)
        for attribute in attributes:
            lines = campus.log.lines(f" {attribute} is left out", mark)
            assert len(lines) == (attribute[11:] in bad), (attribute, lines)


## Whose limit

def test_change_counts_at_the_next_session(campus):
    """And at the next delivery; nothing is restarted."""
    text = "It is more than a kilobyte, in many lines of one kind.\n" * 40
    with newcomer(campus) as person:
        address = f"{person.name}@campus.example"
        for value, limit, reply in (("3M", 3 * MB, b"250"),
                                    ("1K", KB, b"552 5.2.2"),
                                    ("4G", 4 * GB, b"250"),
                                    (None, DEFAULT, b"250")):
            with limited(campus, person.name, campusQuota=value):
                with campus.logged_in("imap", person) as imap:
                    assert limit_of(imap) == limit
                assert campus.deliver(address, "x", text).startswith(reply)


@pytest.mark.parametrize("login", own_logins(ALICE), ids=str)
def test_own_mailbox_by_every_name(campus, login):
    with limited(campus, ALICE.uid, campusQuota="3G"), \
            limited(campus, PROJECT, campusQuota="7G"), \
            campus.logged_in("imap", login) as imap:
        assert limit_of(imap) == 3 * GB


@pytest.mark.parametrize("login", project_logins(ALICE, PROJECT), ids=str)
def test_project_by_every_name(campus, login):
    """The project's limit counts, not that of the person."""
    with limited(campus, ALICE.uid, campusQuota="3G"), \
            limited(campus, PROJECT, campusQuota="7G"), \
            campus.logged_in("imap", login) as imap:
        assert limit_of(imap) == 7 * GB


@pytest.mark.parametrize("who", ("bob", "carol"))
def test_project_by_members_and_readers(campus, who):
    login = {"bob": Login("CAMPUS/abcd0002/physics", "bob-secret"),
             "carol": Login("CAMPUS/abcd0003/physics", "carol-secret")}[who]
    with limited(campus, PROJECT, campusQuota="7G"), \
            campus.logged_in("imap", login) as imap:
        assert limit_of(imap) == 7 * GB


@pytest.mark.parametrize("name", (
    "INBOX", "inbox", "Sent", "INBOX.Sent", "Sent Items", "INBOX.Gesendet",
    "Papierkorb", "INBOX.Drafts", "New", "INBOX.New.Below"))
def test_every_name_of_a_folder(campus, name):
    """One root for all of them, whether there is such a folder or not."""
    with limited(campus, PROJECT, campusQuota="7G"), campus.logged_in(
            "imap", Login("CAMPUS/abcd0001/physics", ALICE.password)) as imap:
        assert limit_of(imap, name) == 7 * GB


## Enforcement

LIMIT = 2 * MB
SIZE = 600 * KB
FITS = LIMIT // SIZE
TEXT = (b"Subject: a big one\r\n\r\n" +
        b"It fills the mailbox, and fills it, until nothing more fits.\r\n" *
        (SIZE // 62 + 1))[:SIZE - 2] + b"\r\n"
LITERAL = b"{%d+}\r\n" % SIZE + TEXT
SMALL = b"{20+}\r\nSubject: x\r\n\r\nx\r\n\r\n"


def used(imap):
    text = b"\n".join(ok(imap.command("GETQUOTAROOT INBOX")))
    return int(re.search(rb"\(STORAGE (\d+) ", text).group(1)) * KB


@pytest.fixture(params=("own", "project"))
def full(request, campus):
    """A mailbox into which nothing large fits, and its address."""
    with contextlib.ExitStack() as stack:
        directory = campus.directory
        if request.param == "own":
            login = stack.enter_context(newcomer(campus))
            uid = login.name
            dn = directory.person_dn(uid)
        else:
            uid = "full"
            dn = stack.enter_context(directory.project(
                uid, campusOwner=directory.person_dn(ALICE.uid)))
            login = Login(f"CAMPUS/{ALICE.uid}/{uid}", ALICE.password)
        stack.enter_context(directory.changed(dn, campusQuota=str(LIMIT)))
        folders = stack.enter_context(Folders(campus, login))
        folders.do("CREATE Projects")
        for _ in range(FITS):
            ok(folders.imap.command(b"APPEND INBOX " + LITERAL))
        folders.do("SELECT INBOX")
        yield folders.imap, uid
        # the project's mailbox is used again
        folders.do("SELECT INBOX")
        folders.do("STORE 1:* +FLAGS.SILENT (\\Deleted)")
        folders.do("EXPUNGE")
        folders.do("DELETE Projects")


def test_refused_alike(campus, full):
    imap, uid = full
    before = used(imap)
    commands = [b"APPEND INBOX " + LITERAL,
                b"APPEND INBOX " + SMALL + b" " + LITERAL,
                b"APPEND INBOX CATENATE (TEXT " + LITERAL + b")",
                b"COPY 1 INBOX.Projects", b"UID COPY 1:* Sent"]
    if campus.dovecot.series == "2.4":
        # one goes, so that only more than one message's room is refused
        commands.append(b"REPLACE 1 INBOX " + LITERAL.replace(
            b"{%d+}\r\n" % SIZE, b"{%d+}\r\n" % (3 * SIZE)) + 2 * TEXT)
    for command in commands:
        reply, _ = imap.command(command)
        assert reply.startswith(b"NO [OVERQUOTA]"), (command[:40], reply)
    address = f"{uid}@campus.example"
    text = TEXT.decode().replace("\r\n", "\n") * 20
    assert campus.deliver(address, "big", text).startswith(b"552 5.2.2")
    assert used(imap) == before
    # what takes no room, or little, goes
    ok(imap.command("MOVE 1 Projects"))
    ok(imap.command(b"APPEND INBOX " + SMALL))
    assert campus.deliver(address, "small").startswith(b"250")


def test_fileinto(campus, full):
    imap, uid = full
    campus.doveadm("sieve", "put", "-a", "-u", uid, "folders",
                   stdin=b'require ["fileinto", "mailbox"];\n'
                         b'fileinto :create "Projects.New";\n')
    address = f"{uid}@campus.example"
    text = TEXT.decode().replace("\r\n", "\n") * 20
    before = used(imap)
    assert campus.deliver(address, "big", text).startswith(b"552 5.2.2")
    assert used(imap) == before
    assert campus.deliver(address, "small").startswith(b"250")
    campus.doveadm("mailbox", "delete", "-u", uid, "INBOX.Projects.New")
    campus.doveadm("sieve", "delete", "-a", "-u", uid, "folders", check=False)


SESSIONS = 50


def test_many_sessions(campus):
    """At most one message a session goes over the limit."""
    size = 64 * KB
    literal = b"{%d+}\r\n" % size + TEXT[:size - 2] + b"\r\n"
    with contextlib.ExitStack() as stack:
        person = stack.enter_context(newcomer(campus))
        stack.enter_context(limited(campus, person.name,
                                    campusQuota=str(20 * size)))
        sessions = [stack.enter_context(campus.logged_in("imap", person))
                    for _ in range(SESSIONS)]
        counts = [0] * SESSIONS
        start = threading.Barrier(SESSIONS)

        def fill(number):
            start.wait()
            while counts[number] < 30:
                reply, _ = sessions[number].command(b"APPEND INBOX " + literal)
                if not reply.startswith(b"OK"):
                    assert reply.startswith(b"NO [OVERQUOTA]"), reply
                    return
                counts[number] += 1

        threads = [threading.Thread(target=fill, args=(number,))
                   for number in range(SESSIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 20 <= sum(counts) <= 20 + SESSIONS, counts
        # and then there is an end
        for session in sessions:
            reply, _ = session.command(b"APPEND INBOX " + literal)
            assert reply.startswith(b"NO [OVERQUOTA]"), reply
