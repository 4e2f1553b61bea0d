# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Senders on sites with other settings, and without a directory."""

import pytest

from testenv.people import ALICE, BOB, CAROL, Login
from testenv.wait import until

PHYSICS = "physics@campus.example"


def mail_from(campus, login, address):
    with campus.logged_in("submission", login) as smtp:
        return smtp.command(f"MAIL FROM:<{address}>")


def own(person):
    return Login(person.uid, person.password)


def test_members_may_not_send_where_they_have_no_submission(second_campus):
    campus = second_campus
    with campus.dovecot.configured(
            campus={"campus_member_protocols": "imap pop3"}):
        assert mail_from(campus, own(BOB), PHYSICS).startswith(b"553 5.7.1")
        assert mail_from(campus, own(ALICE), PHYSICS).startswith(b"250")
        assert mail_from(campus, own(BOB), BOB.mail).startswith(b"250")


def test_readers_may_not_send_even_with_submission(second_campus):
    """They may log in, and write in their own name."""
    campus = second_campus
    login = Login("CAMPUS/abcd0003/physics", CAROL.password)
    with campus.dovecot.configured(
            campus={"campus_reader_protocols": "imap pop3 submission"}):
        for name in (login, own(CAROL)):
            assert mail_from(campus, name, PHYSICS).startswith(b"553 5.7.1")
            assert mail_from(campus, name, CAROL.mail).startswith(b"250")


@pytest.mark.parametrize("who,expected", (("person", "abcd0002"),
                                          ("mailbox", "physics")))
def test_whom_postfix_sees(second_campus, who, expected):
    campus = second_campus
    login = Login("CAMPUS\\abcd0002\\physics", BOB.password)
    with campus.dovecot.configured(campus={"campus_smtp_user": who}):
        # Postfix gives up its port for a minute if nobody answers it.
        campus.dovecot.until_ready()
        mark = campus.postfix_log.mark()
        with campus.logged_in("smtp", login) as smtp:
            assert smtp.command(f"MAIL FROM:<{CAROL.mail}>"
                                ).startswith(b"250")
            assert smtp.command(f"RCPT TO:<{ALICE.mail}>"
                                ).startswith(b"553 5.7.1")
        campus.postfix_log.wait_for(f"not owned by user {expected};", mark)
        # everywhere else it is the mailbox, and the person beside it
        text = campus.doveadm("auth", "login", "-x", "service=submission",
                              login.name, login.password)
        assert "user=physics" in text and "master_user=abcd0002" in text


def test_directory_away(second_campus):
    """Not now is neither yes nor no; and the session goes on."""
    campus = second_campus
    with campus.logged_in("submission", own(ALICE)) as smtp:
        campus.directory.kill()
        try:
            mark = campus.log.mark()
            for address in (ALICE.mail, PHYSICS, "nobody77@campus.example"):
                reply = smtp.command(f"MAIL FROM:<{address}>")
                assert reply.startswith(b"451 4.3.0"), reply
            campus.log.wait_for("campus: sender not checked: person=abcd0001 "
                                f"sender={PHYSICS}: .*ldap://127.0.0.1", mark)
        finally:
            campus.directory.start()
        until(lambda: smtp.command(f"MAIL FROM:<{PHYSICS}>"
                                   ).startswith(b"250"), "an answer again")


def test_person_is_gone(second_campus):
    """Whose entry is deleted may no longer write, in an open session."""
    campus = second_campus
    with campus.directory.person("leaver", mail="leaver@campus.example"):
        smtp = campus.logged_in("submission", Login("leaver", "test-secret"))
        assert smtp.command("MAIL FROM:<leaver@campus.example>"
                            ).startswith(b"250")
        smtp.command("RSET")
    with smtp:
        assert smtp.command("MAIL FROM:<leaver@campus.example>"
                            ).startswith(b"553 5.7.1")


def test_address_of_two(second_campus):
    """An address that two projects have is an error of the directory."""
    campus = second_campus
    address = "twice@campus.example"
    with campus.directory.project("twice1", mail=address), \
            campus.directory.project("twice2", mail=address):
        reply = mail_from(campus, own(ALICE), address)
        assert reply.startswith(b"451 4.3.0"), reply
