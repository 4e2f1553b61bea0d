# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service rows A1 to A5, A8 and A10: who gets in, in every spelling on every
protocol, and what the others are told."""

import pytest

from testenv import answers
from testenv.people import (ALICE, BOB, CAROL, DAVE, DOMAIN, ERIN, FRANK, GRACE,
                            Login, own_logins, own_names, project_logins)
from testenv.wire import PROTOCOLS, side_by_side

WRONG = "not-the-right-one"


def ask(campus, protocol, logins):
    return side_by_side(lambda login: campus.answer(protocol, login), logins,
                        workers=48)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_own_mailbox_in_every_spelling(campus, protocol):
    logins = own_logins(ALICE)
    replies = ask(campus, protocol, logins)
    refused = [(str(login), reply) for login, reply in zip(logins, replies)
               if not campus_accepts(protocol, reply)]
    assert not refused
    assert len(set(replies)) == 1


def campus_accepts(protocol, reply):
    from testenv.wire import CLASSES
    return CLASSES[protocol].accepted(reply)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_project_mailbox_in_every_spelling(campus, protocol):
    logins = project_logins(ALICE, "physics")
    replies = ask(campus, protocol, logins)
    refused = [(str(login), reply) for login, reply in zip(logins, replies)
               if not campus_accepts(protocol, reply)]
    assert not refused
    assert len(set(replies)) == 1


def test_every_spelling_opens_the_same_folders(campus, marked):
    """By IMAP: the message that lies in physics is there, alice's are not."""
    def look(login):
        with campus.logged_in("imap", login) as imap:
            reply, _ = imap.command("EXAMINE INBOX")
            assert reply.startswith(b"OK"), reply
            reply, found = imap.command(
                f'SEARCH SUBJECT "{marked["physics"]}"')
            assert reply.startswith(b"OK"), reply
            _, status = imap.command("STATUS INBOX (MESSAGES UIDVALIDITY)")
            return found, status
    seen = side_by_side(look, project_logins(ALICE, "physics"))
    assert all(result == seen[0] for result in seen), seen
    assert seen[0][0][0] != b"* SEARCH", "the message is not there"

    own = side_by_side(look, own_logins(ALICE))
    assert all(result == own[0] for result in own), own
    assert own[0][0][0] == b"* SEARCH", "alice's INBOX is that of physics"


def test_pop3_opens_the_project_mailbox(campus, marked):
    def uidls(login):
        # One session at a time may hold the POP3 lock.
        with campus.logged_in("pop3", login) as pop3:
            lines = pop3.multi("UIDL")
            subjects = pop3.multi(f"TOP {len(lines)} 0")
            pop3.command("QUIT")
            return lines, subjects
    seen = [uidls(login) for login in project_logins(ALICE, "physics")[:6]]
    assert all(lines == seen[0][0] for lines, _ in seen)
    assert any(marked["physics"].encode() in line for line in seen[0][1])


def test_sieve_opens_the_project_mailbox(campus):
    """A script put there under one name is there under the others."""
    script = b'keep;\r\n'
    logins = project_logins(ALICE, "physics")
    with campus.logged_in("sieve", logins[0]) as sieve:
        reply = sieve.command(b'PUTSCRIPT "shared" {%d+}\r\n%s' %
                              (len(script), script))
        assert sieve.accepted(reply), reply

    def scripts(login):
        with campus.logged_in("sieve", login) as sieve:
            return sieve.command("LISTSCRIPTS")
    try:
        assert all(b'"shared"' in reply
                   for reply in side_by_side(scripts, logins))
        assert b'"shared"' not in scripts(Login(ALICE.uid, ALICE.password))
    finally:
        with campus.logged_in("sieve", logins[0]) as sieve:
            sieve.command('DELETESCRIPT "shared"')


@pytest.mark.parametrize("how", ("quoted", "atom", "literal", "plain"))
def test_backslash_in_every_imap_form(campus, how):
    login = Login("CAMPUS\\abcd0001\\physics", ALICE.password)
    with campus.connect("imap") as imap:
        reply = imap.login(login, how)
        assert imap.accepted(reply), reply


def test_submission_auth_login(campus):
    """The older SASL mechanism, where the server offers it."""
    login = Login("CAMPUS\\abcd0001\\physics", ALICE.password)
    with campus.connect("submission") as smtp:
        assert b"AUTH PLAIN LOGIN" in smtp.ehlo or b"LOGIN" in smtp.ehlo
        assert smtp.accepted(smtp.login(login, "login"))


def test_owner_through_a_group(campus):
    """history's owner is a group, and dave is its member."""
    login = Login("CAMPUS/abcd0004/history", DAVE.password)
    for protocol in PROTOCOLS:
        campus.logged_in(protocol, login).close()


def wrong_password_logins():
    """Everything that must look like a wrong password."""
    logins = list(own_logins(ALICE, WRONG))
    logins += project_logins(ALICE, "physics", WRONG)
    # nobody; and somebody whose right to the mailbox does not matter yet
    logins += [Login(name, WRONG) for name in (
        "nobody77", f"nobody77@{DOMAIN}", "CAMPUS\\nobody77",
        "CAMPUS/nobody77/physics", "nobody77/physics", "physics*nobody77",
        "CAMPUS/abcd0001/no-such-mailbox", "CAMPUS/abcd0004/physics",
        "CAMPUS/abcd0002/physics", "physics", f"physics@{DOMAIN}")]
    logins.append(Login("nobody78", ALICE.password))
    # bad syntax with a right password
    logins += [Login(name, ALICE.password) for name in (
        "OTHER\\abcd0001", "OTHER\\abcd0001\\physics", "abcd0001/",
        "\\abcd0001", "CAMPUS\\a\\b\\c", "abcd0001 ", "abcd(0001)")]
    # expired and locked people with a wrong password; locked is not told
    logins += [Login(ERIN.uid, WRONG), Login(FRANK.uid, WRONG),
               Login(FRANK.uid, FRANK.password),
               Login(f"CAMPUS/{FRANK.uid}/physics", FRANK.password)]
    # mailbox as person
    logins.append(Login("chemistry", ALICE.password))
    return logins


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_wrong_password_beats_everything(campus, protocol):
    text = answers.same(ask(campus, protocol, wrong_password_logins()),
                        answers.WRONG_PASSWORD, protocol)
    assert "expired" not in text.lower()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_empty_password(campus, protocol):
    wrong = campus.answer(protocol, Login(ALICE.uid, WRONG))
    logins = [Login(name, "") for name in own_names(ALICE)[:4]] + \
        list(project_logins(ALICE, "physics", ""))[:4] + [Login("nobody77", "")]
    replies = side_by_side(lambda login: campus.answer(protocol, login, "plain"),
                           logins)
    assert set(replies) == {wrong}


def not_permitted_logins():
    """Right passwords for mailboxes that are not there or not theirs."""
    logins = []
    for person, mailbox in ((DAVE, "physics"), (ALICE, "chemistry"),
                            (ALICE, "no-such-mailbox"),
                            (ALICE, "abcd0002"), (ALICE, BOB.mail),
                            (BOB, "history"), (CAROL, "chemistry"),
                            (GRACE, "history")):
        if "@" in mailbox:
            logins += [Login(f"CAMPUS/{person.uid}/{mailbox}", person.password),
                       Login(person.uid, person.password, mailbox)]
        else:
            logins += project_logins(person, mailbox)
    return logins


@pytest.fixture(scope="module")
def not_permitted(campus):
    """The sentence for "not permitted", by protocol."""
    texts = {}
    for protocol in PROTOCOLS:
        texts[protocol] = answers.same(
            ask(campus, protocol, not_permitted_logins()),
            answers.NOT_PERMITTED, protocol)
    return texts


def test_not_permitted_answers_alike(not_permitted):
    """Unknown, strange and not permitted mailboxes answer with the same bytes
    in every spelling, and with the same sentence on every protocol."""
    assert len(set(not_permitted.values())) == 1, not_permitted
    assert "[" not in not_permitted["imap"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_expired_password_is_told(campus, protocol):
    replies = ask(campus, protocol, own_logins(ERIN) +
                  project_logins(ERIN, "physics")[:6])
    text = answers.same(replies, answers.EXPIRED, protocol)
    assert "expired" in text.lower()
    assert not text.startswith("[")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_locked_account_is_not_told(campus, protocol):
    wrong = campus.answer(protocol, Login(ALICE.uid, WRONG))
    replies = ask(campus, protocol, own_logins(FRANK)[:6])
    assert set(replies) == {wrong}
