# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""RFC 9208 over IMAP: capabilities, and how much EXPUNGE would free; and the
alert of a mailbox that is nearly full."""

import contextlib
import os
import re

import pytest

from testenv.folders import Folders, encoded, newcomer, ok
from testenv.people import ALICE, BOB, CAROL
from testenv.projects import new_project
from testenv.quotas import tokens
from testenv.wire import quoted

SMALL = b"Subject: x\r\n\r\nx\r\n"
LARGE = b"Subject: y\r\n\r\n" + b"It is longer.\r\n" * 100


def append(folders, name, *flags_and_texts):
    for flags, text in flags_and_texts:
        ok(folders.imap.command(
            f"APPEND {folders.quoted(name)} ({flags}) "
            f"{{{len(text)}+}}\r\n".encode() + text))


def status(lines):
    """The STATUS responses, as name: items."""
    found = {}
    for line in lines:
        match = re.fullmatch(
            rb'\* STATUS (?:"((?:[^"\\]|\\.)*)"|(\S+)) \((.*)\)', line)
        if match:
            name = re.sub(rb"\\(.)", rb"\1", match.group(1) or b"") or \
                match.group(2)
            assert name not in found, lines
            found[name.decode()] = match.group(3).decode()
    return found


@pytest.fixture
def filled(folders):
    """Two deleted messages in Projects, and one that is not."""
    folders.do("CREATE Projects")
    append(folders, "Projects", ("\\Deleted", SMALL), ("", LARGE),
           ("\\Deleted \\Seen", LARGE))
    return folders


BYTES = len(SMALL) + len(LARGE)


## Capabilities

def test_capability(folders):
    assert tokens(folders.imap) == {"QUOTA", "QUOTA=RES-STORAGE"}


def test_setquota_is_refused(folders):
    reply, _ = folders.imap.command('SETQUOTA "User quota" (STORAGE 1)')
    assert reply.split()[0] in (b"NO", b"BAD")


## STATUS

@pytest.mark.parametrize("items, answer", (
    ("DELETED", "DELETED 2"),
    ("DELETED-STORAGE", f"DELETED-STORAGE {BYTES}"),
    ("deleted-Storage deleteD", f"DELETED 2 DELETED-STORAGE {BYTES}"),
    ("DELETED DELETED", "DELETED 2"),
    ("MESSAGES DELETED UNSEEN", "MESSAGES 3 UNSEEN 2 DELETED 2"),
    ("DELETED MESSAGES", "MESSAGES 3 DELETED 2"),
    ("DELETED-STORAGE SIZE",
     f"SIZE {BYTES + len(LARGE)} DELETED-STORAGE {BYTES}"),
    ("MESSAGES", "MESSAGES 3"),
))
def test_status(filled, items, answer):
    assert status(filled.do(f"STATUS Projects ({items})")) == \
        {"Projects": answer}
    filled.do("SELECT Projects")
    assert status(filled.do(f"STATUS Projects ({items})")) == \
        {"Projects": answer}


@pytest.mark.parametrize("arguments", (
    "Projects ()", "Projects (DELETED NONSENSE)", "Projects (NONSENSE)",
    "Projects DELETED", "Projects ((DELETED))", "Projects (\"DELETED\")",
    "(DELETED)", "", "Nowhere (DELETED)", "Nowhere (MESSAGES DELETED)",
    "INBOX.Nowhere (DELETED-STORAGE)", "\"&bad\" (DELETED)"))
def test_status_is_refused(filled, arguments):
    """As the stock command refuses, and the session goes on."""
    reply, lines = filled.imap.command(f"STATUS {arguments}")
    assert reply.split()[0] in (b"NO", b"BAD"), reply
    assert not status(lines)
    assert "Nowhere" not in arguments or reply.startswith(b"NO"), reply
    if arguments.startswith("Nowhere"):
        stock, _ = filled.imap.command("STATUS Nowhere (MESSAGES)")
        assert re.sub(rb" \(\d.*", b"", reply) == \
            re.sub(rb" \(\d.*", b"", stock)
    assert status(filled.do("STATUS Projects (DELETED)")) == \
        {"Projects": "DELETED 2"}


@pytest.mark.parametrize("command", (
    "STATUS INBOX (DELETED X)", 'LIST "" "*" RETURN (STATUS (DELETED X))'))
def test_too_many_errors(folders, command):
    """The session ends, and says why."""
    for _ in range(30):
        reply, lines = folders.imap.command(command)
        if not reply.startswith(b"BAD"):
            break
    assert reply.startswith(b"* BYE Too many"), (reply, lines)
    assert folders.imap.line() == b""


NAMES = ("Sent", "INBOX.Gesendet", "SENT ITEMS", "Sent Items.2024",
         "Übung", "a b", 'say "so"', "x) (y", "{3}", "STATUS x (1)",
         "INBOX.back\\slash")


@pytest.mark.parametrize("name", NAMES)
def test_status_by_every_name(folders, name):
    """The answer has the name as it was given."""
    if not folders.imap.command(
            f"STATUS {folders.quoted(name)} (MESSAGES)")[0].startswith(b"OK"):
        folders.do(f"CREATE {folders.quoted(name)}")
    append(folders, name, ("\\Deleted", SMALL))
    sent = encoded(name)
    answer = {sent: f"DELETED 1 DELETED-STORAGE {len(SMALL)}"}
    items = "(DELETED DELETED-STORAGE)"
    assert status(folders.do(
        f"STATUS {folders.quoted(name)} {items}")) == answer
    assert status(folders.do(
        f"STATUS {{{len(sent)}+}}\r\n{sent} {items}")) == answer
    # LIST has it for the name that it shows
    lines = folders.do(f'LIST "" {folders.quoted(name)} '
                       f"RETURN (STATUS {items})")
    assert status(lines) == answer


def test_expunge_frees_what_was_told(filled):
    """What is used goes down by as much, in steps of 1024."""
    def used():
        text = b"\n".join(filled.do("GETQUOTAROOT INBOX"))
        return int(re.search(rb"STORAGE (\d+) ", text).group(1))
    append(filled, "Projects", *[("\\Deleted", LARGE)] * 20)
    before = used()
    text = status(filled.do("STATUS Projects (DELETED-STORAGE)"))["Projects"]
    filled.do("SELECT Projects")
    filled.do("EXPUNGE")
    assert abs(before - used() - int(text.split()[1]) / 1024) <= 1
    assert status(filled.do("STATUS Projects (DELETED DELETED-STORAGE)")) == \
        {"Projects": "DELETED 0 DELETED-STORAGE 0"}


def test_changes_by_others(campus, person, filled):
    with Folders(campus, person) as other:
        other.do("SELECT Projects")
        other.do("STORE 2 +FLAGS (\\Deleted)")
        assert status(filled.do("STATUS Projects (DELETED)")) == \
            {"Projects": "DELETED 3"}
        other.do("EXPUNGE")
        assert status(filled.do("STATUS Projects (MESSAGES DELETED)")) == \
            {"Projects": "MESSAGES 0 DELETED 0"}


def test_recent_stays(filled):
    """Nobody's \\Recent is taken by asking."""
    filled.do("STATUS Projects (DELETED DELETED-STORAGE)")
    lines = filled.do("SELECT Projects")
    assert b"* 3 RECENT" in lines


## LIST

def test_list_status(filled):
    for command in ('LIST "" "*"', 'LIST "" ("INBOX" "INBOX.*")',
                    'LIST () "" "*"', 'LIST "INBOX." "*"'):
        lines = filled.do(f"{command} RETURN (CHILDREN STATUS (MESSAGES "
                          "DELETED) SPECIAL-USE)")
        listed = [line for line in lines if line.startswith(b"* LIST ")]
        answers = status(lines)
        assert len(listed) == len(answers) >= 6, lines
        assert answers.pop("INBOX.Projects") == "MESSAGES 3 DELETED 2"
        assert set(answers.values()) == {"MESSAGES 0 DELETED 0"}
        # each behind its own folder
        for name in answers:
            first, second = [line for line in lines
                             if re.search(rb'[ "]%s["]?( \(.*)?$' %
                                          re.escape(name.encode()), line)]
            assert first.startswith(b"* LIST") and \
                second.startswith(b"* STATUS")


def test_list_status_of_ours_only(filled):
    lines = filled.do('LIST "" "*Projects" RETURN (STATUS (DELETED-STORAGE))')
    assert status(lines) == {"INBOX.Projects": f"DELETED-STORAGE {BYTES}"}


@pytest.mark.parametrize("arguments", (
    '"" "*" RETURN (STATUS)', '"" "*" RETURN (STATUS (NONSENSE DELETED))',
    '"" "*" RETURN (STATUS ())', '"" "*" RETURN STATUS (DELETED)',
    '"" RETURN (STATUS (DELETED))', 'RETURN (STATUS (DELETED))'))
def test_list_is_left_to_stock(filled, arguments):
    reply, lines = filled.imap.command(f"LIST {arguments}")
    assert not status(lines), (reply, lines)
    filled.do("NOOP")


def test_long_list(folders):
    """More than fits into a buffer, and another command behind it."""
    names = [f"INBOX.{'x' * 60}{number}" for number in range(60)]
    for name in names:
        folders.do(f"CREATE {name}")
    append(folders, names[30], ("\\Deleted", SMALL))
    folders.imap.send(b'b LIST "" "*" RETURN (STATUS (DELETED MESSAGES))\r\n'
                      b"a STATUS INBOX (DELETED)\r\n")
    lines = ok(folders.imap.answer())
    end, = [number for number, line in enumerate(lines)
            if line.startswith(b"b OK")]
    answers = status(lines[:end])
    assert [answers[name] for name in names] == \
        ["MESSAGES 0 DELETED 0"] * 30 + ["MESSAGES 1 DELETED 1"] + \
        ["MESSAGES 0 DELETED 0"] * 29
    assert status(lines[end:]) == {"INBOX": "DELETED 0"}


## Rights

def test_rights(campus):
    """Who may not read a folder learns no number; who may not see it does not
    learn that there is one."""
    items = "(DELETED DELETED-STORAGE)"
    with new_project(campus) as project, contextlib.ExitStack() as stack:
        project.create("Open")
        project.create("Seen", "-user=abcd0003 r")
        project.create("Hidden", "-user=abcd0003 lrwstipekxa",
                       "-user=abcd0002 l")
        sessions = {person: stack.enter_context(project.logged_in(person))
                    for person in (ALICE, BOB, CAROL)}
        for imap in sessions.values():
            lines = ok(imap.command(f"STATUS INBOX.Open {items}"))
            assert status(lines)["INBOX.Open"].startswith("DELETED 1 ")
        assert status(ok(sessions[ALICE].command(
            f"STATUS INBOX.Hidden {items}")))
        imap = sessions[CAROL]
        nowhere, _ = imap.command("STATUS INBOX.Nowhere (DELETED)")
        for name, code in (("Seen", rb"NO \[NOPERM\]"),
                           ("Hidden", rb"NO .*exist")):
            reply, lines = imap.command(f"STATUS INBOX.{name} {items}")
            assert re.match(code, reply) and not lines, (reply, lines)
            if name == "Hidden":
                assert without_time(reply.replace(b"Hidden", b"Nowhere")) == \
                    without_time(nowhere)
        lines = ok(imap.command(f'LIST "" "*" RETURN (STATUS {items})'))
        assert not [line for line in lines if b"Hidden" in line], lines
        assert "INBOX.Seen" not in status(lines)
        assert "INBOX.Open" in status(lines)


def without_time(reply):
    return re.sub(rb" \(\d[^)]*\)\.?$", b"", reply)

## The first level

def alerts(campus, login):
    """The alerts of a login."""
    with campus.connect("imap") as imap:
        imap.send(b"a LOGIN %s %s\r\nb NOOP\r\n" % (
            quoted(login.name), quoted(login.password)))
        lines = []
        while not lines or not lines[-1].startswith(b"b "):
            lines.append(imap.line())
            assert lines[-1], lines
        assert any(line.startswith(b"a OK") for line in lines), lines
        return [line.decode() for line in lines if b"[ALERT]" in line]


def fill(campus, login, size):
    with Folders(campus, login) as folders:
        append(folders, "INBOX", ("", LARGE * (size // len(LARGE) + 1)))


def test_alert(campus):
    """Once a day, from the first level on, and never before."""
    text = "* OK [ALERT] This mailbox is nearly full, with {} of {}. " \
        "Please delete what is no longer needed."
    with newcomer(campus) as person, campus.directory.changed(
            campus.directory.person_dn(person.name),
            campusQuotaWarn="100K", campusQuota="1M"):
        stamp = campus.dir / f"mail/{person.name}/.campus-quota-warned"
        assert not alerts(campus, person)
        fill(campus, person, 50 << 10)
        assert not alerts(campus, person)
        fill(campus, person, 60 << 10)
        found, = alerts(campus, person)
        assert re.fullmatch(re.escape(text.format("@", "1024 KB"))
                            .replace("@", r"11\d KB"), found)
        assert stamp.exists()
        assert not alerts(campus, person)
        yesterday = stamp.stat().st_mtime - 25 * 60 * 60
        os.utime(stamp, (yesterday, yesterday))
        assert alerts(campus, person) and not alerts(campus, person)
        # a clock that was wrong once
        tomorrow = stamp.stat().st_mtime + 25 * 60 * 60
        os.utime(stamp, (tomorrow, tomorrow))
        assert alerts(campus, person) and not alerts(campus, person)


def test_alert_in_a_project(campus):
    """Each person is told, by the project's levels."""
    with new_project(campus) as project, campus.directory.changed(
            campus.directory.project_dn(project.uid), campusQuotaWarn="1K"):
        fill(campus, project.login(ALICE), 2 << 10)
        with campus.directory.changed(
                campus.directory.person_dn(ALICE.uid), campusQuotaWarn="1"):
            for person in (ALICE, BOB, CAROL):
                found, = alerts(campus, project.login(person))
                assert "of 5120 MB" in found
                assert not alerts(campus, project.login(person))


def test_alert_cannot_be_noted(campus):
    """The log says so, and the person is told all the same."""
    with newcomer(campus) as person, campus.directory.changed(
            campus.directory.person_dn(person.name), campusQuotaWarn="1K"):
        fill(campus, person, 2 << 10)
        stamp = campus.dir / f"mail/{person.name}/.campus-quota-warned"
        stamp.unlink(missing_ok=True)
        stamp.symlink_to("/nonexistent/file")
        mark = campus.log.mark()
        assert alerts(campus, person) and alerts(campus, person)
        campus.log.wait_for("imap_campus_quota: cannot note in '.*warned' "
                            "that a warning was given: ", mark, count=2)
