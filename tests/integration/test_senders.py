# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row A11: who may write mail from which address, by Dovecot's
submission and by a real Postfix, whichever way the person has logged in."""

import re

import pytest

from testenv.people import (ALICE, BOB, CAROL, DAVE, EVERYBODY, GRACE, Login,
                            project_logins)
from testenv.wait import until
from testenv.wire import side_by_side

# dovecot-campus' submission, and Postfix' own port with SASL through Dovecot
WAYS = ("submission", "smtp")
# project mailboxes from which somebody may write: owners and members, named
# or through groups, groups in groups included
PROJECTS = {"physics": (ALICE, BOB, GRACE), "chemistry": (BOB,),
            "history": (DAVE,)}
WRITERS = (ALICE, BOB, CAROL, DAVE, GRACE)

ADDRESSES = (*(person.mail for person in EVERYBODY), *ALICE.aliases,
             *(f"{name}@campus.example" for name in PROJECTS),
             "nobody77@campus.example", "alice.archer@elsewhere.example",
             "physics@old-campus.example", "physics@elsewhere.example")


def may_write(person, address):
    """The rule once more, from the sample data."""
    name, domain = address.split("@")
    if domain == "campus.example" and name in PROJECTS:
        return person in PROJECTS[name]
    return address in (person.mail, *person.aliases)


def logins(person):
    """The ways in, by name; one project mailbox is enough for each."""
    yield "own", Login(person.uid, person.password)
    yield "address", Login(person.mail, person.password)
    for mailbox, people in PROJECTS.items():
        if person in people:
            yield mailbox, Login(f"CAMPUS\\{person.uid}\\{mailbox}",
                                 person.password)
            yield f"{mailbox} by authzid", Login(person.uid, person.password,
                                                 mailbox)


CASES = [pytest.param(way, person, login, id=f"{way}-{person.uid}-{name}")
         for way in WAYS for person in WRITERS
         for name, login in logins(person)]


def answer(smtp, sender):
    """What MAIL FROM is answered; Postfix says it at the recipient."""
    reply = smtp.command(f"MAIL FROM:<{sender}>")
    if reply.startswith(b"250"):
        reply = smtp.command("RCPT TO:<carol.cole@campus.example>")
    smtp.command("RSET")
    return reply


def refused(reply):
    return re.match(rb"553[ -]5\.7\.1 ", reply) is not None


@pytest.mark.parametrize("way,person,login", CASES)
def test_matrix(campus, way, person, login):
    def check(addresses):
        with campus.logged_in(way, login) as smtp:
            for address in addresses:
                reply = answer(smtp, address)
                if may_write(person, address):
                    assert reply.startswith(b"250"), (address, reply)
                else:
                    assert refused(reply), (address, reply)
    # Postfix delays its answers to whom it has refused ten times.
    side_by_side(check, [ADDRESSES[i::3] for i in range(3)])


@pytest.mark.parametrize("way", WAYS)
def test_every_spelling_of_the_login(campus, way):
    def check(login):
        with campus.logged_in(way, login) as smtp:
            assert answer(smtp, "physics@campus.example").startswith(b"250")
            assert answer(smtp, ALICE.mail).startswith(b"250")
            assert refused(answer(smtp, "chemistry@campus.example"))
    side_by_side(check, project_logins(ALICE, "physics"))


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_a_sender(campus, way):
    """Receipts are sent from <>."""
    with campus.logged_in(way, Login(CAROL.uid, CAROL.password)) as smtp:
        assert answer(smtp, "").startswith(b"250")


def test_a_change_counts_at_once(campus):
    """In a session that is there already."""
    directory = campus.directory
    with campus.logged_in("submission",
                          Login(DAVE.uid, DAVE.password)) as dave:
        assert refused(answer(dave, "physics@campus.example"))
        with directory.changed(
                directory.project_dn("physics"),
                campusMember=directory.person_dn(DAVE.uid)):
            assert answer(dave, "physics@campus.example").startswith(b"250")
        assert refused(answer(dave, "physics@campus.example"))


# By other spellings of an address, as recipients have them.
SPELLINGS = (("PHYSICS@Campus.Example", True), ("physics+lab@campus.example",
                                                True),
             ("abcd0001@campus.example", True), ("Alice@Old-Campus.Example",
                                                 True),
             ("abcd0002@campus.example", False),
             ("chemistry+physics@campus.example", False),
             ('"physics"@campus.example', True),
             ('"physics@campus.example"@elsewhere.example', False),
             ('"*"@campus.example', False), ("*@campus.example", False),
             ('"abcd0001/physics"@campus.example', False),
             ('"CAMPUS/abcd0001"@campus.example', False),
             ("abcd0001/physics@campus.example", False),
             ("chemistry*abcd0001@campus.example", False),
             ('")(uid=*"@campus.example', False),
             ("alice.archer)(mail=*@campus.example", False),
             ("%u@campus.example", False), ("%{user}@campus.example", False),
             ('"alice archer"@campus.example', False),
             ("physics@campus.example@elsewhere.example", False),
             (f"{'a' * 64}@{'b' * 60}.example", False))


@pytest.mark.parametrize("address,allowed", SPELLINGS)
def test_spellings_of_an_address(campus, address, allowed):
    mark = campus.log.mark()
    with campus.logged_in("submission",
                          Login(ALICE.uid, ALICE.password)) as smtp:
        reply = answer(smtp, address)
        if allowed:
            assert reply.startswith(b"250"), reply
        else:
            # 501: no address by Dovecot's own reading
            assert refused(reply) or reply.startswith(b"501"), reply
        # and the session goes on
        assert answer(smtp, ALICE.mail).startswith(b"250")
    assert not campus.log.lines("(Error|Panic|Fatal):", mark)


@pytest.mark.parametrize("sender", (BOB.mail, ALICE.mail))
def test_all_is_sent_at_once(campus, sender):
    """A message in chunks behind MAIL, before it is answered."""
    mark = campus.log.mark()
    with campus.logged_in("submission",
                          Login(ALICE.uid, ALICE.password)) as smtp:
        smtp.send(f"MAIL FROM:<{sender}>\r\nRCPT TO:<{CAROL.mail}>\r\n"
                  "BDAT 5\r\nX: y\nBDAT 2 LAST\r\n\r\nNOOP\r\n".encode())
        replies = [smtp.answer() for _ in range(5)]
        codes = [int(reply[:3]) for reply in replies]
        assert codes == ([553, 503, 503, 503, 250] if sender == BOB.mail
                         else [250] * 5), replies
    assert not campus.log.lines("(Error|Panic|Fatal):", mark)


def test_refusals_are_logged(campus):
    mark = campus.log.mark()
    with campus.logged_in("submission", Login("CAMPUS/abcd0002/physics",
                                              BOB.password)) as smtp:
        assert refused(answer(smtp, ALICE.mail))
    campus.log.wait_for("campus: sender refused: person=abcd0002 "
                        f"sender={ALICE.mail}: the address is another "
                        "person's", mark)
    campus.log.wait_for(r"submission\(physics person=abcd0002\).*: "
                        "submission_campus_sender: refused: 'abcd0002' may "
                        f"not write from '{ALICE.mail}'", mark)


def test_postfix_knows_the_person(campus):
    mark = campus.postfix_log.mark()
    with campus.logged_in("smtp", Login("CAMPUS\\abcd0002\\physics",
                                        BOB.password)) as smtp:
        assert answer(smtp, "physics@campus.example").startswith(b"250")
        assert refused(answer(smtp, CAROL.mail))
    campus.postfix_log.wait_for(
        f"reject: .*<{CAROL.mail}>: Sender address rejected: not owned by "
        "user abcd0002;", mark)


def test_mail_arrives(campus):
    """From the member, in the project's name, through both."""
    for way in WAYS:
        subject = f"From physics by {way}"
        with campus.logged_in(way, Login("CAMPUS/abcd0002/physics",
                                         BOB.password)) as smtp:
            assert smtp.command("MAIL FROM:<physics@campus.example>"
                                ).startswith(b"250")
            assert smtp.command("RCPT TO:<dave.dunn@campus.example>"
                                ).startswith(b"250")
            assert smtp.command("DATA").startswith(b"354")
            assert smtp.command(
                "From: Physics <physics@campus.example>\r\n"
                f"Subject: {subject}\r\n\r\nHello.\r\n.").startswith(b"250")
        until(lambda subject=subject: subject in campus.subjects(DAVE.uid),
              f"the message by {way}")
