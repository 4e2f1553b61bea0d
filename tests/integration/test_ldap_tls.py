# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A directory server whose TLS is not what it must be: a temporary failure, the
reason in the log in words that one can act on, and no password on the wire."""

import pytest

from testenv.certificates import Authority
from testenv.fakedirectory import FakeDirectory, Trap, message, result
from testenv.people import ALICE, SUFFIX, Login
from testenv.wait import until

OWN = Login(ALICE.uid, ALICE.password)
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)
STARTTLS_ANSWER = 0x78
TRAP = Trap()


def say(*arguments):
    return lambda number: message(number, result(STARTTLS_ANSWER, *arguments))


# what is wrong: the certificate, the mode, the answer to StartTLS; and what
# the log says of it
FAULTS = {
    "expired": ("expired", "answer", None, "certificate has expired"),
    "not yet valid": ("early", "answer", None, "certificate is not yet valid"),
    "another host": ("other", "answer", None,
                     "certificate is not for localhost"),
    "unknown CA": ("unknown", "answer", None, "campus_tls_ca_file"),
    "TLS 1.1 at most": ("good", "old-tls", None, "has to offer TLS 1.2"),
    "StartTLS refused": ("good", "no-starttls", None,
                         r"refuses StartTLS: Protocol error \(no TLS\)"),
    "answers in clear behind StartTLS": (
        "good", "inject", None, "sends data in clear after StartTLS"),
    "handshake is cut": (
        "good", "cut-tls", None,
        "TLS handshake failed: the server closed the connection|"
        "TLS handshake failed: Connection reset"),
    "StartTLS is busy": ("good", "answer", say(51, b"later"),
                         r"refuses StartTLS: Server is busy \(later\)"),
    "StartTLS refers": (
        "good", "answer", lambda number: message(
            number, TRAP.referral(STARTTLS_ANSWER)),
        "refuses StartTLS: Referral"),
    "another answer to StartTLS": (
        "good", "answer", lambda number: message(number, result(0x61, 0)),
        "answer to StartTLS makes no sense"),
    "StartTLS without a code": (
        "good", "answer", lambda number: message(
            number, b"\x78\x06\x0a\x00\x04\x00\x04\x00"),
        "answer to StartTLS is no LDAP"),
    "an answer to another request": (
        "good", "answer", lambda number: message(
            number + 1, result(STARTTLS_ANSWER, 0)),
        "waiting for the answer to StartTLS"),
    "TLS at once": ("good", "answer",
                    lambda number: b"\x15\x03\x01\x00\x02\x02\x28",
                    "answer to StartTLS is no LDAP"),
}


@pytest.fixture(scope="module")
def certificates(authority, tmp_path_factory):
    unknown = Authority(tmp_path_factory.mktemp("unknown"))
    return {"good": authority.issue("good"),
            "expired": authority.issue("expired", years=(2020, 2021)),
            "early": authority.issue("early", years=(2048, 2049)),
            "other": authority.issue("other", host="elsewhere.example"),
            "unknown": unknown.issue("unknown")}


@pytest.fixture(scope="module")
def fake(second_campus, authority, certificates):
    with FakeDirectory(*certificates["good"]) as fake:
        fake.entries = [(b"abcd0001", f"uid=abcd0001,ou=people,{SUFFIX}",
                         {"uid": ["abcd0001"], "mail": [ALICE.mail]})]
        with second_campus.dovecot.configured(campus={
                "campus_servers": fake.uri, "campus_connect_timeout": "500ms",
                "campus_tls_ca_file": authority.ca}):
            yield fake


@pytest.mark.parametrize("fault", FAULTS)
def test_tls_that_is_wrong(second_campus, fake, certificates, fault):
    which, mode, starttls, reason = FAULTS[fault]
    with second_campus.auth() as auth:
        # so that the refusals mean something
        until(lambda: auth.logins([OWN])[0].ok, "all is well", deadline=5)
        fake.certificate, fake.key = certificates[which]
        fake.mode = mode
        if starttls is not None:
            fake.replies = {"starttls": starttls}
        fake.drop()
        fake.requests = []
        mark = second_campus.log.mark()
        try:
            for reply in auth.logins([OWN, PROJECT]) + auth.logins([OWN]):
                assert not reply.ok and reply.temporary, reply
            second_campus.log.wait_for(reason, mark)
        finally:
            fake.certificate, fake.key = certificates["good"]
            fake.mode, fake.replies = "answer", {}
    # not even a search went out, and nothing in clear
    assert {name for name, _, _ in fake.requests} == {"extended"}
    assert not any(secret in content for _, _, content in fake.requests
                   for secret in (ALICE.password.encode(), b"service-secret"))
    assert not TRAP.caught()
