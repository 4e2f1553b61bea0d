# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service rows B1 to B3 and A12: ports, no password in clear, and many people
in one mailbox."""

import contextlib
import ssl
import time

import pytest

from testenv.people import ALICE, Login
from testenv.wire import CLASSES, Connection, plain, quoted, side_by_side

LOGIN = Login("CAMPUS/abcd0001/physics", ALICE.password)
PORTS = (("imap", "implicit"), ("imap", "starttls"),
         ("pop3", "implicit"), ("pop3", "starttls"),
         ("submission", "implicit"), ("submission", "starttls"),
         ("sieve", "starttls"))


@pytest.mark.parametrize("protocol,tls", PORTS)
def test_every_port(campus, protocol, tls):
    with campus.connect(protocol, tls) as conn:
        assert conn.sock.version() in ("TLSv1.2", "TLSv1.3")
        assert conn.accepted(conn.login(LOGIN))


@pytest.mark.parametrize("protocol,tls", PORTS)
def test_certificate_is_verified_by_clients(campus, protocol, tls):
    """The certificate is for localhost and 127.0.0.1, and signed by ca.pem."""
    kind = CLASSES[protocol]
    conn = kind(("127.0.0.1", campus.port(kind.port[tls])), None)
    with conn, pytest.raises(ssl.SSLCertVerificationError):
        conn.open(tls)


def test_imap_login_is_disabled_before_tls(campus):
    with campus.connect("imap", None) as imap:
        assert b"STARTTLS" in imap.greeting
        assert b"LOGINDISABLED" in imap.greeting
        assert b"AUTH=" not in imap.greeting
        reply, _ = imap.command(b"LOGIN " + quoted(ALICE.uid) + b" " +
                                quoted(ALICE.password))
        assert reply.startswith(b"NO [PRIVACYREQUIRED]"), reply
        reply, _ = imap.command(b"AUTHENTICATE PLAIN " +
                                plain(ALICE.uid, ALICE.password))
        assert not imap.accepted(reply)


def test_pop3_password_before_tls(campus):
    with campus.connect("pop3", None) as pop3:
        capabilities = pop3.multi("CAPA")
        assert b"STLS" in capabilities
        assert b"USER" not in capabilities
        assert not any(line.startswith(b"SASL P") for line in capabilities)
        reply = pop3.command(f"USER {ALICE.uid}")
        assert reply.startswith(b"-ERR"), reply
        reply = pop3.command(b"AUTH PLAIN " + plain(ALICE.uid, ALICE.password))
        assert reply.startswith(b"-ERR"), reply


def test_submission_password_before_tls(campus):
    with campus.connect("submission", None) as smtp:
        assert b"STARTTLS" in smtp.ehlo
        assert b"AUTH" not in smtp.ehlo
        reply = smtp.command(b"AUTH PLAIN " + plain(ALICE.uid, ALICE.password))
        assert reply.startswith(b"5"), reply


def test_postfix_password_before_tls(campus):
    with campus.connect("smtp", None) as smtp:
        assert b"STARTTLS" in smtp.ehlo
        assert b"AUTH" not in smtp.ehlo


def test_sieve_password_before_tls(campus):
    with campus.connect("sieve", None) as sieve:
        assert b'"STARTTLS"' in sieve.greeting
        assert b'"SASL" ""' in sieve.greeting
        reply = sieve.login(LOGIN)
        assert not sieve.accepted(reply), reply


def test_same_name_and_password_everywhere(campus):
    """B3, in one go over all ports."""
    def login(item):
        with campus.connect(*item) as conn:
            return conn.accepted(conn.login(LOGIN))
    assert all(side_by_side(login, PORTS * 2))


def test_twenty_people_with_five_connections_each(campus):
    """A12: behind one address, all in one mailbox at the same time, while
    somebody there keeps typing a wrong password."""
    directory = campus.directory
    with contextlib.ExitStack() as stack:
        people = [f"crowd{number:02}" for number in range(20)]
        for uid in people:
            stack.enter_context(directory.person(uid, f"{uid}-password"))
        group = stack.enter_context(directory.group(
            "crowd", [directory.person_dn(uid) for uid in people]))
        stack.enter_context(directory.project("crowded", campusOwner=group))

        address = "127.0.0.77"
        wrong = side_by_side(
            lambda number: campus.answer(
                "imap", Login("crowd00", "wrong"), source=address),
            range(8))
        assert all(reply.startswith(b"NO") for reply in wrong)

        begin = time.monotonic()
        logins = [Login(f"CAMPUS/{uid}/crowded", f"{uid}-password")
                  for uid in people for _ in range(5)]
        sessions = side_by_side(
            lambda login: campus.logged_in("imap", login, source=address),
            logins, workers=20)
        for session in sessions:
            stack.callback(session.close)
        # no penalty: each would have waited up to 15 s
        assert time.monotonic() - begin < 60
        assert len(sessions) == 100
        for session in sessions:
            session.send(b"a SELECT INBOX\r\n")
        for session in sessions:
            reply, _ = session.answer()
            assert reply.startswith(b"OK"), reply

        # and by POP3 and submission from there, beside them
        for protocol in ("pop3", "submission", "sieve"):
            campus.logged_in(protocol, logins[0], source=address).close()


def test_unknown_commands_do_not_help(campus):
    """A client that speaks before STARTTLS has that thrown away."""
    with Connection(("127.0.0.1", campus.port("imap")), campus.ca) as conn:
        conn.line()
        conn.send(b"a STARTTLS\r\nb LOGIN x y\r\n")
        assert conn.line().startswith(b"a OK")
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            conn.start_tls()
            conn.send(b"c NOOP\r\n")
            while line := conn.line():
                assert not line.startswith(b"b ")
                if line.startswith(b"c "):
                    break
