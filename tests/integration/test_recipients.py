# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Recipients and names given to doveadm, and mail on its way between people."""

import pytest

from testenv.lmtp import Lmtp
from testenv.people import (ALICE, BOB, DAVE, ERIN, EVERYBODY, FRANK, PROJECTS,
                            Login, project_names)
from testenv.wait import until

EX_NOUSER = 67
EX_TEMPFAIL = 75


def recipient(campus, address):
    with Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca) as lmtp:
        return lmtp.recipient(address)


@pytest.mark.parametrize("address", (
    "abcd0001", "ABCD0001", "abcd0001@campus.example",
    "alice.archer@campus.example", "alice@campus.example",
    "alice@old-campus.example", "alice.archer+lists@campus.example",
    "abcd0001+lists@campus.example", "abcd0001+lists",
    "physics@campus.example", "physics", "physics+lab@campus.example",
    ERIN.mail, FRANK.mail))
def test_recipient_accepted(campus, address):
    """Whoever may not log in (expired, locked) still gets mail."""
    assert recipient(campus, address).startswith(b"250")


@pytest.mark.parametrize("address", (
    "nobody77", "nobody77@campus.example", "alice@elsewhere.example",
    "*", "abcd000*", "*@campus.example", "physics*abcd0001",
    "abcd0001)(uid=*@campus.example", "root", "anyone@campus.example",
    *project_names(ALICE, "physics"), "CAMPUS/abcd0001", "CAMPUS\\abcd0001"))
def test_recipient_refused(campus, address):
    """Unknown ones, and whatever only a login may be called."""
    # In an SMTP path a backslash quotes the next character: double it.
    reply = recipient(campus, '"' + address.replace("\\", "\\\\") + '"'
                      if "@" not in address else address)
    assert reply.startswith((b"550", b"501")), reply


@pytest.mark.parametrize("address", ("alice@old-campus.example",
                                     "alice.archer+lists@campus.example",
                                     "ABCD0001@campus.example"))
def test_alias_delivers_into_the_canonical_mailbox(campus, address):
    subject = f"to {address}"
    assert campus.deliver(address, subject).startswith(b"250")
    assert subject in campus.subjects("abcd0001")


def test_doveadm_user(campus):
    for name in ("abcd0001", "alice@campus.example", "ALICE@old-campus.example",
                 "abcd0001+x@campus.example"):
        text = campus.doveadm("user", "-f", "home", name).strip()
        assert text.endswith("/abcd0001")
    assert campus.doveadm("user", "-f", "home", "physics@campus.example") \
        .strip().endswith("/physics")


@pytest.mark.parametrize("name", ("nobody77", *project_names(ALICE, "physics"),
                                  "CAMPUS/abcd0001", "physics*abcd0001"))
def test_doveadm_user_refuses_login_names(campus, name):
    done = campus.exec("doveadm", "user", name, check=False)
    # a * in it makes doveadm list what matches
    assert b"home" not in done.stdout
    if "*" not in name:
        assert done.returncode == EX_NOUSER, done


def test_doveadm_lists_everybody(campus):
    listed = campus.doveadm("user", "*").split()
    expected = sorted([person.uid for person in EVERYBODY] + list(PROJECTS))
    assert sorted(listed) == expected
    assert sorted(campus.doveadm("user", "abcd*").split()) == \
        [person.uid for person in EVERYBODY]


def test_doveadm_lists_more_than_one_page(campus):
    """slapd's size limit of 500 and pages must not matter."""
    directory = campus.directory
    base = directory.person_dn(DAVE.uid).split(",", 1)[1]
    conn = directory.connect()
    classes = directory.attributes(directory.person_dn(DAVE.uid))["objectClass"]
    names = [f"many{number:04}" for number in range(1200)]
    added = []
    try:
        for name in names:
            dn = f"uid={name},{base}"
            conn.add_s(dn, [("objectClass", classes), ("uid", name.encode()),
                            ("cn", name.encode()), ("sn", b"Many"),
                            ("mail", f"{name}@campus.example".encode())])
            added.append(dn)
        listed = campus.doveadm("user", "many*").split()
        assert sorted(listed) == names
    finally:
        for dn in added:
            conn.delete_s(dn)


def arrives(campus, mailbox, subject):
    until(lambda: subject in campus.subjects(mailbox),
          f"{subject!r} in {mailbox}")


def send(campus, protocol, login, sender, recipients, subject):
    with campus.logged_in(protocol, login) as smtp:
        assert smtp.command(f"MAIL FROM:<{sender}>").startswith(b"250")
        for address in recipients:
            reply = smtp.command(f"RCPT TO:<{address}>")
            assert reply.startswith(b"250"), reply
        assert smtp.command("DATA").startswith(b"354")
        reply = smtp.command(f"From: {sender}\r\nTo: {recipients[0]}\r\n"
                             f"Subject: {subject}\r\n\r\nHello\r\n.")
        assert reply.startswith(b"250"), reply
        smtp.command("QUIT")


def test_mail_from_alice_to_bob_and_physics(campus):
    """Through Dovecot's submission, Postfix and LMTP."""
    send(campus, "submission", Login(ALICE.uid, ALICE.password), ALICE.mail,
         [BOB.mail, "physics@campus.example"], "to bob and physics")
    arrives(campus, BOB.uid, "to bob and physics")
    arrives(campus, "physics", "to bob and physics")


def test_mail_from_physics_to_bob(campus):
    send(campus, "submission",
         Login("CAMPUS/abcd0001/physics", ALICE.password),
         "physics@campus.example", [BOB.mail], "physics writes to bob")
    arrives(campus, BOB.uid, "physics writes to bob")


def test_unknown_recipient_is_refused_on_the_way(campus):
    """Nobody of that name: Postfix learns it from LMTP, nothing is lost in a
    mailbox of that name."""
    reply = campus.deliver("nobody77@campus.example", "to nobody")
    assert reply.startswith(b"550"), reply
