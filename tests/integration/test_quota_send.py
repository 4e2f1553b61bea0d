# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Nothing is sent from a mailbox that has passed its second level: by Dovecot's
submission service, and by a Postfix that asks campus-send-status."""

import contextlib
import smtplib

import pytest

from testenv.folders import Folders, newcomer
from testenv.people import ALICE, BOB, Login
from testenv.projects import new_project
from testenv.wait import until

# CRLF, as the quota counts
TEXT = b"Subject: fills\r\n\r\n" + b"It takes some room.\r\n" * 100
REFUSED = "552 5.2.2 This mailbox holds "
both = pytest.mark.parametrize("protocol", ("submission", "smtp"))


def save(campus, uid):
    campus.doveadm("save", "-u", uid, "-m", "INBOX", stdin=TEXT)


@contextlib.contextmanager
def sends_up_to(campus, dn, size):
    with campus.directory.changed(dn, campusQuotaSend=size and str(size)):
        yield


def tries(session, sender):
    """What a message is answered, as far as its recipient; Postfix says no
    only there, and says of what."""
    reply = session.command(f"MAIL FROM:<{sender}>")
    if reply.startswith(b"250"):
        reply = session.command(f"RCPT TO:<{ALICE.mail}>")
        session.command("RSET")
    return reply.decode().replace(f"<{sender}>: Sender address rejected: ", "")


def address(login):
    return f"{login.name}@campus.example"


def answer(campus, protocol, login, sender=None):
    with campus.logged_in(protocol, login) as session:
        return tries(session, sender or address(login))


@both
def test_level(campus, protocol):
    """Below it and at it mail goes, above it does not; what the directory says
    counts at once."""
    with newcomer(campus) as person:
        dn = campus.directory.person_dn(person.name)
        save(campus, person.name)
        for size, sent in ((len(TEXT) + 1, True), (len(TEXT), True),
                           (len(TEXT) - 1, False), ("1", False),
                           ("1G", True), (None, True), ("nonsense", True)):
            with sends_up_to(campus, dn, size):
                reply = answer(campus, protocol, person)
                assert reply.startswith("250" if sent else REFUSED), \
                    (size, reply)


@both
def test_sentence(campus, protocol):
    with newcomer(campus) as person, sends_up_to(
            campus, campus.directory.person_dn(person.name), "1K"):
        save(campus, person.name)
        reply = answer(campus, protocol, person)
        assert reply == (
            "552 5.2.2 This mailbox holds 2118 bytes, and with more than 1024 "
            "bytes nothing can be sent from it. Delete what is no longer "
            "needed")


@both
def test_after_tidying_up(campus, protocol):
    """Within one session: each message is looked at."""
    with newcomer(campus) as person, sends_up_to(
            campus, campus.directory.person_dn(person.name), "1K"), \
            campus.logged_in(protocol, person) as session:
        assert tries(session, address(person)).startswith("250")
        save(campus, person.name)
        assert tries(session, address(person)).startswith(REFUSED)
        with Folders(campus, person) as folders:
            folders.do("SELECT INBOX")
            folders.do("STORE 1:* +FLAGS.SILENT (\\Deleted)")
            folders.do("EXPUNGE")
        assert tries(session, address(person)).startswith("250")


def test_all_is_sent_at_once(campus):
    """A message in a chunk behind MAIL, before it is refused."""
    mark = campus.log.mark()
    with newcomer(campus) as person, sends_up_to(
            campus, campus.directory.person_dn(person.name), "1K"):
        save(campus, person.name)
        with campus.logged_in("submission", person) as session:
            session.send(f"MAIL FROM:<{address(person)}>\r\n"
                         f"RCPT TO:<{ALICE.mail}>\r\n"
                         "BDAT 6 LAST\r\nX: y\r\nNOOP\r\n".encode())
            codes = [int(session.answer()[:3]) for _ in range(4)]
            assert codes == [552, 503, 503, 250]
    assert not campus.log.lines("Panic:", mark)


@both
def test_message_goes(campus, protocol):
    """Below the level everything is as it was, and mail still comes in."""
    with newcomer(campus) as person, newcomer(campus) as other, sends_up_to(
            campus, campus.directory.person_dn(person.name), "1K"):
        with campus.logged_in(protocol, person) as session:
            session.command(f"MAIL FROM:<{address(person)}>")
            session.command(f"RCPT TO:<{address(other)}>")
            assert session.command("DATA").startswith(b"354")
            session.send(TEXT)
            assert session.command(".").startswith(b"250")
        save(campus, person.name)
        assert answer(campus, protocol, person).startswith(REFUSED)
        reply = campus.deliver(address(person), "comes in")
        assert reply.startswith(b"250")


@both
@pytest.mark.parametrize("who", (ALICE, BOB), ids=("owner", "member"))
def test_project(campus, protocol, who):
    """In submission the level is that of the mailbox that is logged in; Postfix
    sees the person, as shipped."""
    directory = campus.directory
    own = Login(who.uid, who.password)
    with new_project(campus) as project:
        save(campus, project.uid)
        save(campus, who.uid)
        logins = {True: project.login(who), False: own}
        of_project = {
            "submission": {True: REFUSED, False: "250"},
            "smtp": {True: "250", False: "250"}}[protocol]
        of_person = {
            "submission": {True: "250", False: REFUSED},
            "smtp": {True: REFUSED, False: REFUSED}}[protocol]
        for dn, expected in (
                (directory.project_dn(project.uid), of_project),
                (directory.person_dn(who.uid), of_person)):
            with sends_up_to(campus, dn, "1"):
                for kind, login in logins.items():
                    reply = answer(campus, protocol, login, who.mail)
                    assert reply.startswith(expected[kind]), (dn, kind, reply)


@both
def test_by_every_name(campus, protocol):
    """The level is found whatever the mailbox was called at login."""
    with sends_up_to(campus, campus.directory.person_dn(ALICE.uid), "1"):
        save(campus, ALICE.uid)
        for name in (ALICE.mail, f"CAMPUS\\{ALICE.uid}", ALICE.uid.upper()):
            reply = answer(campus, protocol, Login(name, ALICE.password),
                           ALICE.mail)
            assert reply.startswith(REFUSED), (name, reply)


@both
def test_trouble(campus, protocol):
    """Who may send cannot be told: try again later."""
    with newcomer(campus) as person, sends_up_to(
            campus, campus.directory.person_dn(person.name), "1K"):
        save(campus, person.name)
        # what is no directory cannot be counted
        cur = campus.dir / "mail" / person.name / "Maildir/cur"
        aside = cur.rename(cur.with_name("aside"))
        cur.write_text("")
        for index in cur.parent.glob("dovecot*"):
            index.unlink()
        try:
            mark = campus.log.mark()
            assert answer(campus, protocol, person) == {
                "submission": "451", "smtp": "450"}[protocol] + \
                " 4.3.0 It cannot be told at the moment how full this " \
                "mailbox is. Try again later"
            campus.log.wait_for(f"campus_quota: cannot tell whether "
                                f"'{person.name}' may send: ", mark)
        finally:
            cur.unlink()
            aside.rename(cur)
        assert answer(campus, protocol, person).startswith(REFUSED)


def test_one_level_after_the_other(campus):
    """A mailbox that grows, as Postfix and its owner see it."""
    with newcomer(campus) as person, newcomer(campus) as other, \
            campus.directory.changed(
                campus.directory.person_dn(person.name), campusQuotaWarn="1K",
                campusQuotaSend="8K", campusQuota="12K"):
        def arrives():
            with campus.logged_in("smtp", other) as session:
                session.command(f"MAIL FROM:<{address(other)}>")
                return session.command(
                    f"RCPT TO:<{address(person)}>")

        def inbox():
            return campus.subjects(person.name)
        assert arrives().startswith(b"250") and not inbox()
        reply = campus.deliver(address(person), "fills",
                               TEXT.decode().replace("\r\n", "\n"))
        assert reply.startswith(b"250"), reply
        warning = f"The mailbox {person.name} is nearly full"
        until(lambda: inbox() == ["fills", warning], "the warning")
        assert answer(campus, "smtp", person).startswith("250")
        assert arrives().startswith(b"250")
        for _ in range(3):
            save(campus, person.name)
        assert answer(campus, "smtp", person).startswith(REFUSED)
        assert arrives().startswith(b"250")
        save(campus, person.name)
        with campus.directory.changed(
                campus.directory.person_dn(person.name), campusQuota="9K"):
            reply = arrives()
            assert reply.startswith(b"552 5.2.2 ") and \
                reply.endswith(b"Mailbox is full"), reply
            assert answer(campus, "smtp", person).startswith(REFUSED)
        assert inbox().count(warning) == 1


def test_postfix_without_a_login(campus):
    """Nobody has logged in: nobody's mailbox is looked at."""
    with sends_up_to(campus, campus.directory.person_dn(ALICE.uid), "1"):
        save(campus, ALICE.uid)
        with smtplib.SMTP("127.0.0.1", campus.port("smtp")) as smtp:
            smtp.ehlo("client.campus.example")
            code, _ = smtp.mail(ALICE.mail)
            assert code == 250
            code, text = smtp.rcpt(BOB.mail)
            assert code == 250, text
