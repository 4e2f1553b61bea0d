# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The message that a mailbox gets when it has passed its first level."""

import contextlib
import email
import email.policy
import os
import re
import threading
import time

import pytest

from testenv.folders import newcomer, ok
from testenv.lmtp import Lmtp
from testenv.people import ALICE, BOB, CAROL
from testenv.projects import new_project
from testenv.wait import until, until_gone

KB = 1 << 10
# CRLF, as the quota counts
TEXT = b"Subject: fills\r\n\r\n" + b"It takes some room.\r\n" * 100


@pytest.fixture
def person(campus):
    """Somebody who is to be warned from 1 KB on."""
    with newcomer(campus) as login, levels(campus, login.name, Warn="1K"):
        yield login


@contextlib.contextmanager
def levels(campus, uid, **values):
    """Levels of a person's or a project's mailbox: Warn, Send, and (with the
    name Receive) the limit."""
    directory = campus.directory
    dn = directory.person_dn(uid) if uid.startswith(("newcomer", "abcd")) \
        else directory.project_dn(uid)
    attributes = {f"campusQuota{name.replace('Receive', '')}": value
                  for name, value in values.items()}
    with directory.changed(dn, **attributes):
        yield


def save(campus, uid, text=TEXT, folder="INBOX"):
    """Put a message in, without a session that would warn."""
    campus.doveadm("save", "-u", uid, "-m", folder, stdin=text)


def warnings(campus, uid):
    """The messages of the system's own in a mailbox."""
    text = campus.doveadm("-f", "json", "fetch", "-u", uid, "text", "mailbox",
                          "INBOX", "header", "Auto-Submitted",
                          "auto-generated")
    found = text.split('"text":')[1:]
    return [email.message_from_string(
        part.rsplit('"', 1)[0].lstrip('"').encode().decode("unicode_escape")
        .replace("\r\n", "\n"), policy=email.policy.default)
        for part in found]


def subjects(campus, uid):
    return [message["Subject"] for message in warnings(campus, uid)]


def warned(campus, uid, count=1):
    """Wait for so many; there are no more of them."""
    until(lambda: len(subjects(campus, uid)) >= count, "the warning is there")
    found = subjects(campus, uid)
    assert found == [f"The mailbox {uid} is nearly full"] * count, found


def stamp_of(campus, uid):
    return campus.dir / "mail" / uid / ".campus-quota-mailed"


def process_of(campus, protocol, mark):
    """The process of the session that has logged in since."""
    line = campus.log.wait_for(rf"{protocol}-login: .* mpid=\d+", mark)[-1]
    return int(re.search(r" mpid=(\d+)", line).group(1))


def visit(campus, login, protocol):
    """A session that does nothing; it has ended when this returns."""
    mark = campus.log.mark()
    with campus.logged_in(protocol, login) as session:
        pid = process_of(campus, protocol, mark)
        session.command("QUIT" if protocol == "pop3" else "LOGOUT")
    until_gone(pid)


def deliver(campus, uid, text="It takes some room.\n" * 100):
    reply = campus.deliver(f"{uid}@campus.example", "fills", text)
    assert reply.startswith(b"250"), reply


## The message

def test_message(campus, person):
    with levels(campus, person.name, Send="1M", Receive="2M"):
        deliver(campus, person.name)
        warned(campus, person.name)
        message, = warnings(campus, person.name)
    assert message["From"] == "postmaster@campus.example"
    assert message["To"] == f"{person.name}@campus.example"
    assert message["Date"].datetime
    assert message["Message-ID"].endswith("@campus.example>")
    assert message["MIME-Version"] == "1.0"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    body = message.get_content()
    assert body.startswith(f"The mailbox {person.name} holds ")
    assert "With more than 1024 KB nothing can be sent from it.\n" in body
    assert "With 2048 KB it is full: " in body
    # nothing that an MTA would add
    assert message["Received"] is None and message["Return-Path"] is None


def test_message_is_new(campus, person):
    """A program that is open sees it come."""
    with campus.logged_in("imap", person) as imap:
        ok(imap.command("SELECT INBOX"))
        deliver(campus, person.name)
        until(lambda: any(line.endswith(b" 2 EXISTS") for line in
                          ok(imap.command("NOOP"))) or
              b"(MESSAGES 2)" in b"".join(
                  ok(imap.command("STATUS INBOX (MESSAGES)"))),
              "the program sees it")
        lines = b"\n".join(ok(imap.command("FETCH 2 (FLAGS ENVELOPE)")))
        assert b"nearly full" in lines and b"\\Seen" not in lines


## When

def test_by_delivery(campus, person):
    """Once a day, however much comes."""
    for _ in range(3):
        deliver(campus, person.name)
    warned(campus, person.name)
    stamp = stamp_of(campus, person.name)
    # somebody else's, written a moment after this one has looked at the clock
    moment = time.time() + 5
    os.utime(stamp, (moment, moment))
    deliver(campus, person.name)
    warned(campus, person.name)
    # a day later, and by a clock that was wrong once
    for count, shift in ((2, -25), (3, 25)):
        other = stamp.stat().st_mtime + shift * 60 * 60
        os.utime(stamp, (other, other))
        for _ in range(2):
            deliver(campus, person.name)
        warned(campus, person.name, count)


@pytest.mark.parametrize("protocol", ("imap", "pop3"))
def test_by_session(campus, person, protocol):
    """Who gets no mail, but whose mailbox is large."""
    visit(campus, person, protocol)
    save(campus, person.name)
    for _ in range(3):
        visit(campus, person, protocol)
        warned(campus, person.name)


def test_pop3_gets_it(campus, person):
    save(campus, person.name)
    visit(campus, person, "pop3")
    warned(campus, person.name)
    with campus.logged_in("pop3", person) as pop3:
        lines = pop3.multi("RETR 2")
        assert b"Auto-Submitted: auto-generated" in lines


def test_by_append(campus, person):
    with campus.logged_in("imap", person) as imap:
        ok(imap.command(b"APPEND INBOX {%d+}\r\n" % len(TEXT) + TEXT))
    warned(campus, person.name)


def test_by_dovecot_lda(campus, person):
    for _ in range(2):
        campus.exec("/usr/lib/dovecot/dovecot-lda", "-d", person.name,
                    stdin=TEXT)
        warned(campus, person.name)


def test_level(campus):
    """Below it and at it: nothing; above: a message."""
    with newcomer(campus) as person:
        save(campus, person.name)
        for level, count in ((len(TEXT) + 1, 0), (len(TEXT), 0),
                             (len(TEXT) - 1, 1)):
            with levels(campus, person.name, Warn=str(level)):
                visit(campus, person, "pop3")
                assert len(subjects(campus, person.name)) == count, level
        assert stamp_of(campus, person.name).exists()


def test_no_level(campus):
    with newcomer(campus) as person:
        deliver(campus, person.name)
        visit(campus, person, "imap")
        assert not subjects(campus, person.name)
        assert not stamp_of(campus, person.name).exists()


def test_not_by_doveadm(campus, person):
    save(campus, person.name)
    campus.doveadm("index", "-u", person.name, "*")
    campus.doveadm("fetch", "-u", person.name, "uid", "all")
    assert not subjects(campus, person.name)
    assert not stamp_of(campus, person.name).exists()


SESSIONS = 50


def test_many_at_once(campus, person):
    """Fifty sessions that end together: one message."""
    save(campus, person.name)
    sessions, processes = [], []
    for number in range(SESSIONS):
        protocol = ("imap", "pop3")[number % 2]
        mark = campus.log.mark()
        sessions.append(campus.logged_in(protocol, person))
        processes.append(process_of(campus, protocol, mark))
    start = threading.Barrier(SESSIONS)
    mark = campus.log.mark()

    def end(session):
        start.wait()
        session.close()

    threads = [threading.Thread(target=end, args=(session,))
               for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for pid in processes:
        until_gone(pid)
    warned(campus, person.name)
    visit(campus, person, "imap")
    warned(campus, person.name)
    assert not campus.log.lines("campus_quota: cannot", mark)


def test_many_deliveries_at_once(campus, person):
    replies = []
    start = threading.Barrier(10)

    def bring():
        start.wait()
        replies.append(campus.deliver(f"{person.name}@campus.example", "fills",
                                      "It takes some room.\n" * 100))

    threads = [threading.Thread(target=bring) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(reply.startswith(b"250") for reply in replies), replies
    warned(campus, person.name)


def test_several_recipients(campus, person):
    """One message to two who are both to be warned."""
    with newcomer(campus) as other, levels(campus, other.name, Warn="1K"):
        with Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca) as lmtp:
            lmtp.command("MAIL FROM:<sender@elsewhere.example>")
            for name in (person.name, other.name):
                reply = lmtp.command(f"RCPT TO:<{name}@campus.example>")
                assert reply.startswith(b"250"), reply
            lmtp.command("DATA")
            lmtp.send(TEXT + b".\r\n")
            for _ in range(2):
                assert lmtp.answer().startswith(b"250")
        warned(campus, person.name)
        warned(campus, other.name)


## Whose mailbox

def test_project(campus):
    """In the project's mailbox, by its level; the person's own has none."""
    with new_project(campus) as project, \
            levels(campus, project.uid, Warn="1K"), \
            levels(campus, ALICE.uid, Warn="1"):
        before = subjects(campus, ALICE.uid)
        save(campus, project.uid)
        visit(campus, project.login(BOB), "imap")
        warned(campus, project.uid)
        visit(campus, project.login(ALICE), "pop3")
        warned(campus, project.uid)
        assert subjects(campus, ALICE.uid) == before


@pytest.mark.parametrize("protocol", ("imap", "pop3"))
def test_readers_write_nothing(campus, protocol):
    with new_project(campus) as project, \
            levels(campus, project.uid, Warn="1K"):
        save(campus, project.uid)
        visit(campus, project.login(CAROL), protocol)
        assert not subjects(campus, project.uid)
        assert not stamp_of(campus, project.uid).exists()


def test_whatever_the_acl(campus):
    """It is the system's message, not the member's."""
    with new_project(campus) as project, \
            levels(campus, project.uid, Warn="1K"):
        save(campus, project.uid)
        project.set_acl("INBOX", f"-user={BOB.uid} iwp")
        visit(campus, project.login(BOB), "imap")
        warned(campus, project.uid)


## Trouble

@pytest.mark.parametrize("protocol", ("lmtp", "pop3"))
def test_over_the_whole_quota(campus, person, protocol):
    """Nothing comes in any more, but for the message that says so."""
    save(campus, person.name)
    with levels(campus, person.name, Receive="2K"):
        if protocol == "pop3":
            visit(campus, person, "pop3")
        else:
            reply = campus.deliver(f"{person.name}@campus.example", "more")
            assert reply.startswith(b"552 5.2.2"), reply
        warned(campus, person.name)
        reply = campus.deliver(f"{person.name}@campus.example", "more")
        assert reply.startswith(b"552 5.2.2"), reply
        warned(campus, person.name)


def test_stamp_cannot_be_written(campus, person):
    """No message: there would be one with each delivery."""
    save(campus, person.name)
    stamp = stamp_of(campus, person.name)
    stamp.symlink_to("/nonexistent/file")
    mark = campus.log.mark()
    deliver(campus, person.name)
    visit(campus, person, "imap")
    campus.log.wait_for("campus_quota: cannot warn of the mailbox's size: "
                        "cannot note in '.*mailed' ", mark, count=2)
    assert not subjects(campus, person.name)
    # mended
    stamp.unlink()
    deliver(campus, person.name)
    warned(campus, person.name)


def test_home_cannot_be_written(campus, person):
    save(campus, person.name)
    home = campus.dir / "mail" / person.name
    home.chmod(0o500)
    try:
        mark = campus.log.mark()
        deliver(campus, person.name)
        campus.log.wait_for("campus_quota: cannot warn .*Permission denied",
                            mark)
    finally:
        home.chmod(0o700)
    assert not subjects(campus, person.name)


def test_message_cannot_be_saved(campus, person):
    """The delivery, which goes into another folder, is not harmed; the next
    one tries again."""
    campus.doveadm("sieve", "put", "-a", "-u", person.name, "folders",
                   stdin=b'require ["fileinto", "mailbox"];\n'
                         b'fileinto :create "Projects";\n')
    deliver(campus, person.name, "small\n")
    save(campus, person.name)
    tmp = campus.dir / "mail" / person.name / "Maildir" / "tmp"
    tmp.chmod(0o500)
    try:
        mark = campus.log.mark()
        deliver(campus, person.name)
        campus.log.wait_for("campus_quota: cannot warn of the mailbox's size: "
                            ".*Permission denied", mark)
        assert len(campus.subjects(person.name, "INBOX.Projects")) == 2
    finally:
        tmp.chmod(0o700)
    assert not subjects(campus, person.name)
    deliver(campus, person.name)
    warned(campus, person.name)
