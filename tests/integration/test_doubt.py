# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What is not answered, each question in turn, and what is answered oddly:
nobody gets in, nobody is told that anything is wrong with name or password, and
the server is blamed where it is to blame."""

import contextlib

import pytest

from testenv.fakedirectory import FakeDirectory
from testenv.people import ALICE, BOB, DAVE, SUFFIX, Login
from testenv.wait import until

PEOPLE, PROJECTS = f"ou=people,{SUFFIX}", f"ou=projects,{SUFFIX}"
MAIL = "project@campus.example"
OWN = Login(ALICE.uid, ALICE.password)
# By its address, so that the search for a person of the mailbox's name is one
# of its own.
PROJECT = Login(f"{ALICE.uid}/{MAIL}", ALICE.password)
NOBODY = Login("nobody77", "wrong")


class Fake(FakeDirectory):
    """Some people, of whom Alice owns a mailbox. Says nothing to requests that
    have all of these bytes, and counts them."""

    def __init__(self, campus):
        super().__init__(campus.dir / "tls/server.pem",
                         campus.dir / "tls/server.key")
        self.entries = [
            *((who.uid.encode(), f"uid={who.uid},{PEOPLE}",
               {"uid": [who.uid], "mail": [who.mail],
                "objectClass": ["campusPerson"]})
              for who in (ALICE, BOB, DAVE)),
            (MAIL.encode(), f"uid=box,{PROJECTS}",
             {"uid": ["box"], "mail": [MAIL],
              "objectClass": ["campusProject"]}),
            (b"campusowner", f"uid=box,{PROJECTS}", {})]
        self.silent_for, self.unanswered = None, 0

    def _reply(self, sock, number, asked, answer):
        name, _, content = self.requests[-1]
        words = self.silent_for
        if words is not None and name == words[0] and all(
                word in content.lower() for word in words[1:]):
            self.unanswered += 1
            return
        super()._reply(sock, number, asked, answer)


@contextlib.contextmanager
def asking(campus, fake, **settings):
    with campus.dovecot.configured(campus={
            "campus_servers": fake.uri, "campus_bind_budget": "0",
            **settings}):
        campus.dovecot.until_ready()
        yield


@pytest.fixture
def fake(second_campus):
    with Fake(second_campus) as server:
        yield server


QUESTIONS = {
    "own: person": (OWN, ("search", b"ou=people", ALICE.uid.encode())),
    "own: its name": (OWN, ("search", b"ou=projects", ALICE.uid.encode())),
    "own: groups": (OWN, ("search", b"ou=groups")),
    "own: bind": (OWN, ("bind", ALICE.uid.encode())),
    "project: person": (PROJECT, ("search", b"ou=people", b"shadowexpire")),
    "project: mailbox": (PROJECT, ("search", b"ou=projects", MAIL.encode())),
    "project: its name": (PROJECT, ("search", b"ou=people", b"\x04\x03box")),
    "project: role": (PROJECT, ("search", b"campusowner")),
    "project: groups": (PROJECT, ("search", b"ou=groups")),
    "project: bind": (PROJECT, ("bind", ALICE.uid.encode())),
    "nobody: bind": (NOBODY, ("bind", b"cn=decoy")),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_login_is_out_of_time(second_campus, fake, question):
    """The server still has time, the login has not."""
    login, silent_for = QUESTIONS[question]
    good = login is not NOBODY
    with asking(second_campus, fake, campus_operation_timeout="20s",
                campus_login_timeout="1s"), second_campus.auth() as auth:
        reply = auth.login(login.name, login.password)
        assert reply.ok == good and not reply.temporary
        fake.silent_for = silent_for
        mark = second_campus.log.mark()
        reply = auth.login(login.name, login.password)
        assert not reply.ok and reply.temporary
        assert fake.unanswered == 1
        second_campus.log.wait_for("campus: login failed: ", mark)


def test_each_unanswered_search_is_the_servers_fault(second_campus, fake):
    """However the milliseconds of its timer are rounded."""
    with asking(second_campus, fake, campus_operation_timeout="300ms"), \
            second_campus.auth() as auth:
        for _ in range(25):
            until(lambda: auth.login(OWN.name, OWN.password).ok,
                  "the server is usable")
            mark, before = second_campus.log.mark(), fake.connections
            fake.silent_for = QUESTIONS["own: person"][1]
            reply = auth.login(OWN.name, OWN.password)
            assert not reply.ok and reply.temporary
            line, = second_campus.log.wait_for("campus: login failed", mark)
            assert "No answer to a search within 300 ms" in line
            fake.silent_for = None
            until(lambda: fake.connections > before, "a new connection")


def test_binds_of_several_people_hang(second_campus, fake):
    """Those of one or two are theirs, those of three the server's fault."""
    down = r"ldap\(.*\): .*No answer to a bind within 500 ms"
    with asking(second_campus, fake, campus_operation_timeout="500ms"), \
            second_campus.auth() as auth:
        assert auth.login(OWN.name, OWN.password).ok
        fake.silent_for = ("bind", b"ou=people")
        mark = second_campus.log.mark()
        for who in (ALICE, ALICE, BOB):
            reply = auth.login(who.uid, who.password)
            assert not reply.ok and reply.temporary
        assert not second_campus.log.lines(down, mark)
        reply = auth.login(DAVE.uid, DAVE.password)
        assert not reply.ok and reply.temporary
        second_campus.log.wait_for(down, mark)


@pytest.mark.parametrize("code", (19, 49, 53))
def test_refused_people_are_not_the_servers_fault(second_campus, fake, code):
    with asking(second_campus, fake), second_campus.auth() as auth:
        assert auth.login(OWN.name, OWN.password).ok
        mark, before = second_campus.log.mark(), fake.connections
        fake.bind_code = code
        for who in (ALICE, BOB, DAVE) * 2:
            reply = auth.login(who.uid, "wrong")
            assert not reply.ok and reply.temporary == (code != 49)
        fake.bind_code = 0
        assert auth.login(OWN.name, OWN.password).ok
        assert fake.connections == before
        assert not second_campus.log.lines(r"ldap\(.*\): ", mark)


def test_locked_codes(second_campus, fake):
    """Codes that mean "locked" at this site are no trouble."""
    with asking(second_campus, fake, campus_locked_codes="19 53"), \
            second_campus.auth() as auth:
        for code, temporary in ((19, False), (53, False), (50, True)):
            fake.bind_code = code
            mark = second_campus.log.mark()
            reply = auth.login(OWN.name, OWN.password)
            assert not reply.ok and reply.temporary == temporary
            line, = second_campus.log.wait_for("campus: login ", mark)
            assert f"LDAP result code {code} (" in line
            assert ("rule=account-locked " in line) != temporary


def test_too_many_at_once(second_campus, fake):
    """More than campus_queue_size: a temporary failure at once."""
    with asking(second_campus, fake, campus_queue_size="5",
                campus_operation_timeout="2s"), second_campus.auth() as auth:
        assert auth.login(OWN.name, OWN.password).ok
        fake.silent_for = QUESTIONS["own: person"][1]
        mark = second_campus.log.mark()
        replies = auth.logins([OWN] * 8)
        assert all(not reply.ok and reply.temporary for reply in replies)
        lines = second_campus.log.wait_for("campus: login failed", mark, 8)
        assert sum("campus_queue_size=5 " in line for line in lines) == 3


@pytest.mark.parametrize("code", (1, 51, 53, 80, "silent"))
def test_nobody_fails_as_people_do(second_campus, fake, code):
    """While the server takes no binds a name that nobody has is no other."""
    with asking(second_campus, fake, campus_operation_timeout="1s"), \
            second_campus.auth() as auth:
        for login in (Login(ALICE.uid, "wrong"), NOBODY):
            until(lambda: auth.login(OWN.name, OWN.password).ok,
                  "the server is usable")
            if code == "silent":
                fake.silent_for = ("bind", b"ou=")
            else:
                fake.bind_code, fake.bind_diagnostic = code, "so it is"
            mark = second_campus.log.mark()
            reply = auth.login(login.name, login.password)
            assert not reply.ok and reply.temporary
            line, = second_campus.log.wait_for("campus: login failed", mark)
            if code != "silent":
                assert f"LDAP result code {code} (so it is)" in line
            fake.silent_for, fake.bind_code = None, 0
