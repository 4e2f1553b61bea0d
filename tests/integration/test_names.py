# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Names from outside, good and bad: the rows of tests/data/login-names.tsv and
what people with time on their hands type."""

import pathlib

import pytest

from testenv.people import ALICE, BOB, Login
from testenv.wire import side_by_side

WRONG = "not-the-right-one"


def rows():
    path = pathlib.Path(__file__).parents[1] / "data/login-names.tsv"
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield ["" if field == "-" else field for field in line.split("\t")]


def names(accepted):
    return [(row[0], row[1], row[4]) for row in rows()
            if (row[5] == "") == accepted]


@pytest.fixture(scope="module")
def wrong(campus):
    """What a wrong password is answered."""
    with campus.auth() as auth:
        reply = auth.login(ALICE.uid, WRONG)
        assert not reply.ok
        return reply.without_name()


@pytest.mark.parametrize("typed,authzid,mailbox", names(accepted=True))
def test_accepted_row(auth, typed, authzid, mailbox):
    reply = auth.login(typed, ALICE.password, authzid)
    project = "physics" in mailbox
    assert reply.ok, reply
    assert reply.user == ("physics" if project else ALICE.uid)


def test_refused_rows(campus, auth, wrong):
    """In the auth protocol and in IMAP: as a wrong password, whichever
    password it is."""
    refused = names(accepted=False)
    assert len(refused) >= 10
    for password in (ALICE.password, WRONG):
        logins = [Login(typed, password, authzid)
                  for typed, authzid, _ in refused]
        for login, reply in zip(logins, auth.logins(logins)):
            assert reply.without_name() == wrong, str(login)
    replies = side_by_side(lambda login: campus.answer("imap", login, "plain"),
                           logins)
    assert len(set(replies)) == 1


BAD_NAMES = {
    "star": "*", "star behind": "abcd000*", "open": "(", "close": ")",
    "escaped star": "\\2a", "filter": "*)(uid=*",
    "filter at the end": "abcd0001)(objectClass=*",
    "or": "abcd0001)(|(uid=abcd0001",
    "control": "abcd0001\x01", "escape": "\x1b[2Jabcd0001",
    "delete": "abcd\x7f0001", "newline": "abcd0001\n", "tab": "abcd0001\tx",
    "C1": "abcd\u00850001", "invalid UTF-8": b"abcd0001\xff",
    "overlong slash": b"CAMPUS\xc0\xafabcd0001",
    "overlong NUL": b"abcd0001\xc0\x80", "surrogate": b"abcd\xed\xa0\x800001",
    "bidi": "abcd\u202e0001", "isolate": "\u2066abcd0001\u2069",
    "zero width": "abcd\u200b0001", "joiner": "abcd0001\u200d",
    "BOM": "\ufeffabcd0001", "soft hyphen": "abcd\u00ad0001",
    "full width": "\uff41bcd0001", "full width digits": "abcd\uff10\uff10\uff10\uff11",
    "ligature": "o\ufb03ce", "decomposed": "jose\u0301",
    "leading space": " abcd0001", "trailing space": "abcd0001 ",
    "no-break space": "abcd0001\u00a0", "doubled space": "alice  archer",
    "DN": "uid=abcd0001,ou=people,dc=campus,dc=example",
    "256 bytes": "a" * 256, "256 bytes of address": "a" * 239 + "@campus.example.",
    "line separator": "abcd0001\u2028", "empty": "",
    "two at": "alice@campus.example@campus.example",
    "only at": "@campus.example", "bare at": "abcd0001@",
    "dot": ".", "path": "../abcd0001",
}


def test_bad_person(auth, wrong):
    """Nobody gets in as such a person, and it looks like a wrong password."""
    logins = [Login(name, password) for name in BAD_NAMES.values()
              for password in (ALICE.password, WRONG)]
    for login, reply in zip(logins, auth.logins(logins)):
        assert not reply.ok, login
        # ../abcd0001 reads as person .. and mailbox abcd0001; no such person
        assert reply.without_name() == wrong, login


def test_bad_mailbox(auth, wrong):
    """The same as a mailbox of alice's: never let in, never "try later"; what
    the grammar refuses looks like a wrong password, the rest like any
    mailbox that is not hers."""
    elsewhere = auth.login("CAMPUS/abcd0001/no-such-mailbox",
                           ALICE.password).without_name()
    logins = []
    for kind, name in BAD_NAMES.items():
        if kind == "empty":
            continue
        name = name if isinstance(name, bytes) else name.encode()
        logins.append(Login(b"CAMPUS/abcd0001/" + name, ALICE.password))
    for login, reply in zip(logins, auth.logins(logins)):
        assert not reply.ok, login
        assert reply.without_name() in (wrong, elsewhere), login


def test_bad_authzid(auth):
    logins = [Login(ALICE.uid, ALICE.password, name)
              for kind, name in BAD_NAMES.items() if kind != "empty"]
    for login, reply in zip(logins, auth.logins(logins)):
        assert not reply.ok and not reply.temporary, login


@pytest.mark.parametrize("name", ("abcd0001\0x", "\0abcd0001", "abcd\0" "0001"))
def test_nul(auth, name):
    """SASL PLAIN ends a part at a NUL: Dovecot's own parser refuses it."""
    reply = auth.login(name, ALICE.password)
    assert not reply.ok and not reply.temporary


def test_nul_as_imap_literal(campus):
    with campus.connect("imap") as imap:
        imap.send(b"a LOGIN {9}\r\n")
        assert imap.line().startswith(b"+")
        imap.send(b"abcd\0" b"0001 {12}\r\n")
        reply, _ = imap.answer()
        assert not imap.accepted(reply)


@pytest.mark.parametrize("protocol", ("imap", "pop3", "submission", "sieve"))
def test_ten_kilobytes(campus, protocol):
    """Too long for Dovecot's own parsers: no answer but a refusal, and the
    service goes on."""
    with campus.connect(protocol) as conn:
        try:
            assert not conn.accepted(
                conn.login(Login("a" * 10240, ALICE.password)))
        except (BrokenPipeError, ConnectionResetError):
            pass
    campus.logged_in(protocol, Login(ALICE.uid, ALICE.password)).close()


@pytest.mark.parametrize("name", ("ABCD0001", "aBcD0001", "campus/ABCD0001",
                                  "ALICE.ARCHER@CAMPUS.EXAMPLE",
                                  "Alice@Old-Campus.Example"))
def test_letter_case_is_one_identity(auth, name):
    reply = auth.login(name, ALICE.password)
    assert reply.ok and reply.user == ALICE.uid


def test_detail_is_not_for_logins(auth, wrong):
    assert auth.login("alice+lists@campus.example",
                      ALICE.password).without_name() == wrong


def test_naming_oneself_is_an_ordinary_login(auth):
    for login in (Login("abcd0002/abcd0002", BOB.password),
                  Login("abcd0002", BOB.password, "ABCD0002"),
                  Login("abcd0002", BOB.password, BOB.mail),
                  Login(f"CAMPUS/abcd0002/{BOB.mail}", BOB.password),
                  Login("abcd0002*abcd0002", BOB.password)):
        reply = auth.logins([login])[0]
        assert reply.ok and reply.user == BOB.uid, login


def test_empty_passwords_cost_no_memory(campus, auth):
    """Stock loses about 6 kB a try. As many at once each time, so that what
    memory they need while they wait is there already."""
    def tries(rounds):
        for _ in range(rounds):
            auth.logins([Login("CAMPUS/abcd0001/physics", "")] * 500)
        return campus.dovecot.resident_kib(auth.server_pid)
    before = tries(2)
    after = tries(4)
    assert after - before < 4 * 500
