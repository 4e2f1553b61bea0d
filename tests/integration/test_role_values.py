# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Which role a person has is asked in one request of a server that can leave
out values (RFC 3876), and role by role of one that cannot, or does it badly:
the same roles, and never a higher one."""

import os
import signal

import pytest

from testenv.fakedirectory import VALUES_FILTER, FakeDirectory
from testenv.people import ALICE, BOB, SUFFIX, Login
from testenv.wait import until, until_gone

PROJECT = f"uid=physics,ou=projects,{SUFFIX}"
ALICE_DN = f"uid={ALICE.uid},ou=people,{SUFFIX}"
BOB_DN = f"uid={BOB.uid},ou=people,{SUFFIX}"
ALICE_ENTRY = {"uid": [ALICE.uid], "mail": [ALICE.mail]}
LOGIN = Login(f"CAMPUS/{ALICE.uid}/physics", ALICE.password)
OWNER, MEMBER, READER = "campusOwner", "campusMember", "campusReader"
UNKNOWN_CRITICAL = 12


@pytest.fixture(scope="module")
def fake(second_campus):
    with FakeDirectory() as server:
        with second_campus.dovecot.configured(campus={
                "campus_servers": server.uri, "campus_starttls": "no",
                "campus_member_of_attribute": "memberOf"}):
            yield server


@pytest.fixture
def forgotten(second_campus):
    """A new auth process, which knows of no server what it cannot do."""
    with second_campus.auth() as auth:
        pid = auth.server_pid
    os.kill(pid, signal.SIGTERM)
    until_gone(pid)
    second_campus.dovecot.until_ready()


@pytest.fixture
def login(second_campus, fake):
    """A login to the project: its role, and how many requests asked for all
    roles at once, and for one."""
    def work():
        seen, mark = len(fake.requests), second_campus.log.mark()
        with second_campus.auth() as auth:
            auth.login(LOGIN.name, LOGIN.password)
        line = second_campus.log.wait_for("campus: login .*mailbox=physics",
                                          mark)[0]
        asked = [request for name, _, request in fake.requests[seen:]
                 if name == "search" and PROJECT.encode() in request]
        at_once = sum(VALUES_FILTER in request for request in asked)
        return (line.partition("role=")[2].split()[0], at_once,
                len(asked) - at_once)
    return work


def project(fake, shown, held=()):
    """shown: of the entry, when all roles are asked at once (None: it does not
    match). held: the attributes that hold the person when asked one by one."""
    fake.values_code = 0
    fake.entries = [(b"abcd0001", ALICE_DN, ALICE_ENTRY),
                    # (uid=physics)
                    (b"\x04\x03uid\x04\x07physics", PROJECT,
                     {"uid": ["physics"]})]
    if shown is not None:
        fake.entries.append((lambda request: VALUES_FILTER in request, PROJECT,
                             shown))
    for attribute in held:
        fake.entries.append((lambda request, name=attribute.encode():
                             name in request and VALUES_FILTER not in request,
                             PROJECT, {}))


SPELLINGS = (ALICE_DN, ALICE_DN.upper(), ALICE_DN.replace(",", " , "),
             ALICE_DN.replace("abcd", "\\61bcd"))
AT_ONCE = [({OWNER: [dn]}, "owner") for dn in SPELLINGS] + [
    ({MEMBER: [ALICE_DN]}, "member"),
    ({READER: [ALICE_DN]}, "reader"),
    ({READER: [ALICE_DN], MEMBER: [ALICE_DN]}, "member"),
    ({READER: [ALICE_DN], MEMBER: [ALICE_DN], OWNER: [ALICE_DN]}, "owner"),
    # one that leaves too many
    ({READER: [BOB_DN, ALICE_DN], OWNER: [BOB_DN]}, "reader"),
    ({OWNER: [BOB_DN, b"uid=\0", "", "no DN"], MEMBER: [BOB_DN, ALICE_DN]},
     "member"),
    ({OWNER: [BOB_DN, ALICE_DN.replace("people", "others"),
              f"cn=x,{ALICE_DN}", ALICE_DN.partition(",")[2]],
      MEMBER: [ALICE_DN]}, "member"),
    (None, "none"),
]


@pytest.mark.parametrize("shown,role", AT_ONCE)
def test_at_once(fake, login, shown, role):
    project(fake, shown)
    assert login() == (role, 1, 0)
    assert login() == (role, 1, 0)


BADLY = {
    "other people's only": {OWNER: [BOB_DN], MEMBER: [BOB_DN]},
    "no values": {},
    "empty attributes": {OWNER: [], MEMBER: []},
    "no DN": {OWNER: ["alice", b"uid=abcd0001\0"]},
    "a subtype": {READER: [ALICE_DN], "campusFounder": [ALICE_DN]},
    "an option": {READER: [ALICE_DN], f"{OWNER};lang-de": [ALICE_DN]},
}


@pytest.mark.parametrize("attribute,role", (
    (OWNER, "owner"), (MEMBER, "member"), (READER, "reader"), (None, "none")))
@pytest.mark.parametrize("shown", BADLY.values(), ids=BADLY)
def test_badly(fake, forgotten, login, shown, attribute,
               role):
    """Asked role by role then, and from then on."""
    project(fake, shown, [attribute] if attribute else [])
    assert login() == (role, 1, 3)
    assert login() == (role, 0, 3)


def test_many_groups(fake, forgotten, login):
    """More names than go into one request: one tells the role, the other one
    has to be asked again, in which nothing is left to ask."""
    project(fake, None)
    fake.entries[0] = (b"abcd0001", ALICE_DN, {
        **ALICE_ENTRY, "memberOf": [f"cn=g{number},dc=elsewhere"
                                    for number in range(60)]})
    fake.entries += [
        (lambda request: VALUES_FILTER in request and
         ALICE_DN.encode() in request, PROJECT, {OWNER: [ALICE_DN]}),
        (lambda request: VALUES_FILTER in request and
         ALICE_DN.encode() not in request, PROJECT, {})]
    assert login() == ("owner", 2, 0)


def test_unknown_control(second_campus, fake, forgotten, login):
    project(fake, {OWNER: [ALICE_DN]}, [READER])
    fake.values_code = UNKNOWN_CRITICAL
    assert login() == ("reader", 1, 3)
    assert login() == ("reader", 0, 3)

    # it may be another one when it comes back
    fake.values_code = 0
    fake.mode = "reset"
    fake.drop()
    with second_campus.auth() as auth:
        until(lambda: auth.login(ALICE.uid, ALICE.password).temporary,
              "the server is down")
        fake.mode = "answer"
        until(lambda: auth.login(ALICE.uid, ALICE.password).ok,
              "the server is usable again")
    assert login() == ("owner", 1, 0)


@pytest.mark.parametrize("code", (1, 2, 3, 4, 10, 11, 32, 50, 51, 52, 53, 80))
def test_other_codes(second_campus, fake, code):
    """Trouble is trouble: not asked in another way, and nobody's role."""
    project(fake, {OWNER: [ALICE_DN]}, [OWNER])
    with second_campus.auth() as auth:
        until(lambda: auth.login(LOGIN.name, LOGIN.password).ok,
              "the server is usable")
        fake.values_code = code
        seen = len(fake.requests)
        assert auth.login(LOGIN.name, LOGIN.password).temporary
    asked = [VALUES_FILTER in request for name, _, request in
             fake.requests[seen:] if PROJECT.encode() in request]
    assert asked == [True]
