# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Strangers who guess passwords: they learn nothing and lock nobody out."""

import calendar
import contextlib
import re
import time
import zlib

import ldap
import pytest

from testenv import answers
from testenv.fakedirectory import FakeDirectory, message, result
from testenv.faultproxy import Fault, FaultProxy
from testenv.logfile import LogFile
from testenv.people import (ALICE, DAVE, DOMAIN, GRACE, NETBIOS, SUFFIX, Login,
                            Person, own_names, project_logins)
from testenv.wait import until
from testenv.wire import PROTOCOLS, side_by_side

# The shipped campus_bind_budget; a directory that locks after one more.
BUDGET = 4
STRICT = f"cn=strict,ou=policies,{SUFFIX}"
# What a directory may tell of a password: settings of its policy, and how
# often it is asked about one that was wrong and has not been set since. A note
# of a failed bind changes the entry; only the second shows that there are
# notes.
LOCKS = {"pwdMaxFailure": str(BUDGET + 1)}
AGES = {"pwdMaxAge": "15552000"}
TELLS = {"changes": ({}, 1), "failures": (LOCKS, 2), "age": (AGES, 1),
         "age and failures": ({**LOCKS, **AGES}, 1)}
HOME, OFFICE = "192.0.2.10", "192.0.2.140"
STRANGER, ELSEWHERE = "198.51.100.66", "203.0.113.66"
UNKNOWN = "nobody"


@pytest.fixture
def campus(second_campus):
    return second_campus


@pytest.fixture(scope="module")
def policy(second_campus):
    """Five wrong passwords lock an account, for good."""
    with second_campus.directory.entry(
            STRICT, objectClass=["device", "pwdPolicy"], cn="strict",
            pwdAttribute="userPassword", pwdLockout="TRUE",
            pwdMaxFailure=str(BUDGET + 1)):
        yield STRICT


@contextlib.contextmanager
def somebody(campus, test, **more):
    """With a project mailbox that is hers, and a name that no other test
    has."""
    name = f"victim{zlib.crc32(test.encode())}"
    person = Person(name, f"{name}.v@{DOMAIN}", f"{name}-secret",
                    (f"{name}.alias@{DOMAIN}",))
    with campus.directory.person(
            name, person.password, person.mail,
            campusMailAlias=list(person.aliases), **more) as dn, \
            campus.directory.project(f"{name}-box", campusOwner=dn):
        yield person


@pytest.fixture
def victim(campus, policy, request):
    """Somebody whose account such a directory would lock."""
    with somebody(campus, request.node.name,
                  pwdPolicySubentry=policy) as person:
        yield person


@pytest.fixture
def told(campus, request):
    """Somebody, and how often one wrong password is asked about: for tests with
    @tells."""
    settings, binds = TELLS[request.param]
    name = request.param.split()[-1] + str(len(settings))
    with campus.directory.entry(
            f"cn={name},ou=policies,{SUFFIX}", cn=name,
            objectClass=["device", "pwdPolicy"], pwdAttribute="userPassword",
            pwdLockout="TRUE", **settings) as policy, \
            somebody(campus, request.node.name,
                     pwdPolicySubentry=policy) as person:
        yield person, binds


def tells(*kinds):
    return pytest.mark.parametrize("told", kinds, indirect=True)


def guesses(person, count, word="guess"):
    """Wrong passwords, under every name the person has."""
    names = [Login(name, "") for name in own_names(person)]
    names += project_logins(person, f"{person.uid}-box")
    return [Login(names[number % len(names)].name, f"{word}-{number}",
                  names[number % len(names)].authzid)
            for number in range(count)]


def is_locked(campus, person):
    dn = campus.directory.person_dn(person.uid)
    found = campus.directory.connect().search_s(
        dn, 0, "(objectClass=*)", ["pwdAccountLockedTime"])
    return "pwdAccountLockedTime" in found[0][1]


def failed_binds(campus, person):
    """How many wrong passwords the directory has on record."""
    dn = campus.directory.person_dn(person.uid)
    found = campus.directory.connect().search_s(
        dn, 0, "(objectClass=*)", ["pwdFailureTime"])
    return len(found[0][1].get("pwdFailureTime", []))


@contextlib.contextmanager
def fresh_budget(campus, **settings):
    """With other settings."""
    with campus.dovecot.configured(campus=settings):
        yield


# -- the budget

def test_without_a_budget_a_stranger_locks_people_out(campus, victim):
    """So that the tests below mean something."""
    with fresh_budget(campus, campus_bind_budget="0"), campus.auth() as auth:
        assert auth.login(victim.uid, victim.password, address=HOME).ok
        auth.logins(guesses(victim, 20), address=STRANGER)
        assert is_locked(campus, victim)
        assert not auth.login(victim.uid, victim.password, address=HOME).ok


@pytest.mark.parametrize("at_once", (1, 50))
def test_stranger_locks_nobody_out(campus, victim, at_once):
    """One by one, or all at once; the victim logs in between."""
    with campus.auth() as auth:
        assert auth.login(victim.uid, victim.password, address=HOME).ok
        replies = []
        tries = guesses(victim, 50)
        for begin in range(0, len(tries), at_once):
            replies += auth.logins(tries[begin:begin + at_once],
                                   address=STRANGER)
            assert auth.login(victim.uid, victim.password, address=OFFICE).ok
        assert not any(reply.ok for reply in replies)
        temporary = [reply.temporary for reply in replies]
        # once it is spent it stays so, as far as the order is known
        assert temporary.count(False) == BUDGET // 2
        if at_once == 1:
            assert temporary == sorted(temporary)
        replies = auth.logins(guesses(victim, 10, "more"), address=ELSEWHERE)
        assert all(reply.temporary for reply in replies)
        # not even the right one is told
        assert auth.login(victim.uid, victim.password,
                          address=ELSEWHERE).temporary
        for login in project_logins(victim, f"{victim.uid}-box"):
            reply = auth.logins([login], address=HOME)[0]
            assert reply.ok and reply.user == f"{victim.uid}-box", login
    assert not is_locked(campus, victim)


def test_attackers_in_all_networks(campus, victim):
    """Strangers, and somebody in a network of the victim's: her other one is
    left, and the directory does not lock."""
    with campus.auth() as auth:
        for address in (HOME, "192.0.3.1"):
            assert auth.login(victim.uid, victim.password, address=address).ok
        auth.logins(guesses(victim, 20), address=STRANGER)
        auth.logins(guesses(victim, 20, "home"), address=HOME)
        assert failed_binds(campus, victim) == BUDGET - 1
        assert auth.login(victim.uid, victim.password, address=HOME).temporary
        auth.logins(guesses(victim, 20, "third"), address="192.0.3.2")
        assert failed_binds(campus, victim) == BUDGET
    assert not is_locked(campus, victim)


@tells(*TELLS)
def test_old_password_in_a_phone(campus, told):
    """The same wrong password, again and again, from here and there, is soon no
    longer asked about, and stays a wrong password; other people there are not
    concerned."""
    victim, binds = told
    with campus.auth() as auth:
        assert auth.login(victim.uid, victim.password, address=HOME).ok
        mark = campus.log.mark()
        for address in (HOME, HOME, HOME, STRANGER, ELSEWHERE):
            replies = auth.logins([Login(name, "old-secret")
                                   for name in own_names(victim)],
                                  address=address)
            assert not any(reply.ok or reply.temporary for reply in replies)
        assert len(campus.log.lines(
            f"person={victim.uid} .*rule=wrong-password ", mark)) == binds
        assert auth.login(victim.uid, victim.password, address=HOME).ok
        assert auth.login(ALICE.uid, ALICE.password, address=STRANGER).ok
        # it is her password from now on, and so it is asked again
        assert not auth.login(victim.uid, "new-secret", address=HOME).ok
        dn = campus.directory.person_dn(victim.uid)

        def set_new():
            with campus.directory.changed(dn, userPassword="new-secret",
                                          pwdReset="FALSE"):
                return auth.login(victim.uid, "new-secret", address=HOME).ok
        # the time stamp of an entry has whole seconds
        until(set_new, "the new password is right")


@contextlib.contextmanager
def without_use_lockout(campus):
    """A slapd, as by default, that calls all passwords of a locked account
    wrong."""
    conn = ldap.initialize(campus.directory.uri)
    conn.simple_bind_s("cn=admin,cn=config", "admin-secret")
    overlay = conn.search_s("cn=config", ldap.SCOPE_SUBTREE,
                            "(olcPPolicyUseLockout=TRUE)", ["1.1"])[0][0]
    conn.modify_s(overlay, [(ldap.MOD_REPLACE, "olcPPolicyUseLockout",
                             b"FALSE")])
    try:
        yield
    finally:
        conn.modify_s(overlay, [(ldap.MOD_REPLACE, "olcPPolicyUseLockout",
                                 b"TRUE")])
        conn.unbind_s()


@pytest.mark.parametrize("ends", ("by the administrator", "by itself"))
@tells("failures", "age and failures")
def test_right_password_while_locked(campus, told, ends):
    """Once the lock has ended it is right again."""
    victim, _ = told
    dn = campus.directory.person_dn(victim.uid)
    conn = campus.directory.connect()
    policy = conn.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", [
        "pwdPolicySubentry"])[0][1]["pwdPolicySubentry"][0].decode()
    seconds = "0" if ends == "by the administrator" else "2"
    with without_use_lockout(campus), \
            campus.directory.changed(policy, pwdLockoutDuration=seconds), \
            campus.auth() as auth:
        while not is_locked(campus, victim):
            with pytest.raises(ldap.INVALID_CREDENTIALS):
                ldap.initialize(campus.directory.uri).simple_bind_s(dn, "guess")
        reply = auth.login(victim.uid, victim.password, address=HOME)
        assert not reply.ok and not reply.temporary
        if seconds == "0":
            conn.modify_s(dn, [(ldap.MOD_DELETE, "pwdAccountLockedTime", None)])
        else:
            locked = conn.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", [
                "pwdAccountLockedTime"])[0][1]["pwdAccountLockedTime"][0]
            over = calendar.timegm(time.strptime(
                locked[:14].decode(), "%Y%m%d%H%M%S")) + int(seconds) + 1
            until(lambda: time.time() > over, "the lock has run out")
        assert auth.login(victim.uid, victim.password, address=HOME).ok


@tells("failures", "age")
def test_right_password_after_the_end(campus, told):
    """Once the administrator gives the account more time it is right again."""
    victim, _ = told
    dn = campus.directory.person_dn(victim.uid)
    with without_use_lockout(campus), campus.auth() as auth:
        with campus.directory.changed(dn, pwdEndTime="20200101000000Z"):
            reply = auth.login(victim.uid, victim.password, address=HOME)
            assert not reply.ok and not reply.temporary
        assert auth.login(victim.uid, victim.password, address=HOME).ok


def test_right_password_many_times_at_once(campus, victim):
    """From a network that has never been seen: they wait for the first."""
    with campus.auth() as auth:
        replies = auth.logins(
            [Login(victim.uid, victim.password)] * 50 +
            list(project_logins(victim, f"{victim.uid}-box")), address=HOME)
        assert all(reply.ok for reply in replies)
    assert failed_binds(campus, victim) == 0


def test_a_typo_costs_others_nothing(campus, victim):
    """Behind one address, with one of them under attack from there."""
    with campus.auth() as auth:
        auth.logins(guesses(victim, 20), address=HOME)
        assert auth.login(victim.uid, victim.password, address=HOME).temporary
        for _ in range(BUDGET):
            assert auth.login(ALICE.uid, ALICE.password, address=HOME).ok
        reply = auth.login(ALICE.uid, "typo", address=HOME)
        assert not reply.ok and not reply.temporary


def test_trouble_does_not_count(campus, victim):
    """Passwords of which the directory said nothing."""
    with campus.auth() as auth:
        assert auth.login(victim.uid, victim.password, address=HOME).ok
        campus.directory.pause()
        try:
            replies = auth.logins(guesses(victim, 5, "lost"), address=HOME)
            assert all(reply.temporary for reply in replies)
        finally:
            campus.directory.resume()
        until(lambda: auth.login(victim.uid, victim.password,
                                 address=HOME).ok, "the directory is back")
        for number in range(BUDGET - 1):
            reply = auth.login(victim.uid, f"typo-{number}", address=HOME)
            assert not reply.ok and not reply.temporary


def test_budget_comes_back(campus, victim):
    with fresh_budget(campus, campus_bind_budget_interval="2s"), \
            campus.auth() as auth:
        auth.logins(guesses(victim, 20), address=STRANGER)
        assert auth.login(victim.uid, victim.password,
                          address=ELSEWHERE).temporary
        until(lambda: auth.login(victim.uid, victim.password,
                                 address=ELSEWHERE).ok, "the budget is back")


# Where failures alone are told one wrong password counts twice.
@tells("changes", "age", "age and failures")
def test_unknown_people_look_alike(campus, told):
    """The same answers in the same order, whoever it is and whatever the
    spelling."""
    victim, _ = told

    def answers_to(uid):
        spellings = (uid, f"{uid}@{DOMAIN}", f"{NETBIOS}\\{uid}", uid.upper(),
                     f"{uid}/physics", f"physics*{uid}")
        with campus.auth() as auth:
            return [auth.login(spellings[number % len(spellings)], password,
                               address=STRANGER).without_name()
                    for number, password in enumerate(
                        ("a", "a", "b", "a", "c", "b", "d", "e"))]
    with campus.auth() as auth:
        until(lambda: auth.login(DAVE.uid, DAVE.password).ok,
              "the directory is reached")
    known = answers_to(victim.uid)
    assert known == answers_to(UNKNOWN + victim.uid)
    assert len({str(answer) for answer in known}) == 2


def test_answer_on_each_protocol(campus, victim):
    """As trouble in the directory: a program tries again, and asks nobody for
    another password."""
    with campus.auth() as auth:
        auth.logins(guesses(victim, 20))
    for protocol in PROTOCOLS:
        logins = [Login(victim.uid, victim.password),
                  Login(victim.uid, "wrong"),
                  *project_logins(victim, f"{victim.uid}-box")[:4]]
        replies = side_by_side(
            lambda login, protocol=protocol: campus.answer(protocol, login),
            logins)
        answers.same(replies, answers.TEMPORARY, protocol)


def test_one_line_tells_what_to_do(campus, victim):
    mark = campus.log.mark()
    line = f"budget spent: person={victim.uid} "
    with campus.auth() as auth:
        auth.logins(guesses(victim, 40), address=STRANGER)

        def told():
            # one a second in all, and there may have been another one
            auth.login(victim.uid, "guess", address=STRANGER)
            return campus.log.lines(line, mark)
        until(told, "the line")
        auth.logins(guesses(victim, 40, "more"), address=STRANGER)
    campus.log.wait_for("rule=bind-budget", mark, 80 - BUDGET // 2)
    lines = campus.log.lines(line, mark)
    assert len(lines) == 1, lines
    assert f"person={victim.uid} network=198.51.100.0/24 until=20" in lines[0]
    assert not campus.log.lines("Error: ", mark)


# -- the time of an answer

ROUND_TRIP = 0.6


@pytest.fixture(scope="module")
def far_away(second_campus):
    """A directory that is so far away that round trips can be told apart by
    the time, however busy this machine is."""
    with FaultProxy(second_campus.port("ldap")) as proxy, \
            second_campus.dovecot.configured(campus={
                "campus_servers": proxy.uri, "campus_bind_budget": "0",
                "campus_connect_timeout": "10s",
                "campus_operation_timeout": "10s",
                "campus_login_timeout": "20s"}):
        proxy.fault = Fault("delay", seconds=ROUND_TRIP)
        with second_campus.auth() as auth:
            # all connections that will be needed
            until(lambda: auth.login(ALICE.uid, ALICE.password).ok,
                  "the directory is reached")
            auth.logins([Login(ALICE.uid, ALICE.password)] * 8)
        yield second_campus


def round_trips(campus, logins):
    """What the directory work of each of these logins took, in round trips;
    and the rules that decided."""
    counts, rules = [], []
    for number, login in enumerate(logins):
        mark = campus.log.mark()
        address = f"10.9.8.{number + 1}"
        with campus.auth() as auth:
            auth.logins([login], address=address)
        line = campus.log.wait_for(
            rf"{re.escape(address)}\b.*campus: login ", mark)[0]
        counts.append(int(re.search(r" (\d+) ms", line)[1]) /
                      (ROUND_TRIP * 1000))
        rules.append(re.search(r"rule=(\S+)", line)[1])
    return [int(count) for count in counts], rules


def test_unknown_people_take_as_many_round_trips(far_away):
    counts, rules = round_trips(far_away, [
        Login(name, "wrong") for name in (
            ALICE.uid, "nobody77", ALICE.mail, f"nobody77@{DOMAIN}",
            "CAMPUS/abcd0001/physics", "CAMPUS/nobody77/physics",
            "CAMPUS/nobody77/no-such-mailbox", "physics*nobody77")])
    assert rules == ["wrong-password", "person-unknown"] * 2 + \
        ["wrong-password"] + ["person-unknown"] * 3
    assert counts == [2] * len(counts)


def test_unknown_mailboxes_take_as_many_round_trips(far_away):
    """For somebody in no group, and for one in groups in groups."""
    for person, trips in ((ALICE, 2), (DAVE, 3), (GRACE, 5)):
        counts, rules = round_trips(far_away, [
            Login(f"CAMPUS/{person.uid}/{mailbox}", person.password)
            for mailbox in ("chemistry", "no-such-mailbox",
                            f"nobody77@{DOMAIN}", "abcd0003")])
        assert rules == ["not-permitted"] + ["mailbox-unknown"] * 3
        assert counts == [trips] * len(counts), person


def test_decoy_lets_nobody_in(campus):
    """Not even with the decoy's own password, to which the server says yes."""
    decoy = f"cn=decoy,ou=services,{SUFFIX}"
    unknown = [Login(name, "decoy-secret") for name in (
        "nobody77", "decoy", f"decoy@{DOMAIN}", "CAMPUS/nobody77/physics")]
    with campus.directory.changed(decoy, userPassword="decoy-secret"), \
            campus.auth() as auth:
        mark = campus.log.mark()
        slapd_log = LogFile(campus.dir / "log/slapd.log")
        slapd_mark = slapd_log.mark()
        replies = auth.logins(unknown)
        assert not any(reply.ok or reply.temporary for reply in replies)
        assert len(campus.log.wait_for("rule=person-unknown", mark, 4)) == 4
        # with success, each name but those that were tried with it before
        slapd_log.wait_for(f'BIND dn="{decoy}" mech=SIMPLE', slapd_mark)


def test_decoy_that_is_not_there(campus):
    """Its binds alone do not tell, and so it is looked for, once."""
    nowhere = f"cn=nowhere,ou=services,{SUFFIX}"
    slapd_log = LogFile(campus.dir / "log/slapd.log")
    for decoy, lines in ((f"cn=decoy,ou=services,{SUFFIX}", 0), (nowhere, 1)):
        slapd_mark = slapd_log.mark()
        mark = campus.log.mark()
        with fresh_budget(campus, campus_decoy_dn=decoy), \
                campus.auth() as auth:
            for number in range(3):
                assert not auth.login(f"nobody{number}", "wrong").ok
            slapd_log.wait_for(f'SRCH base="{decoy}" scope=0', slapd_mark)
            assert len(campus.log.wait_for("rule=person-unknown", mark, 3)) == 3
            if lines:
                campus.log.wait_for(f"Warning: .*campus: campus_decoy_dn="
                                    f"'{nowhere}'", mark)
        assert len(slapd_log.lines(f'SRCH base="{decoy}"', slapd_mark)) == 1
        assert len(campus.log.lines("campus_decoy_dn", mark)) == lines


def test_decoy_at_a_busy_server(campus, authority):
    """That says nothing of it: it is looked for again."""
    with FakeDirectory(*authority.issue("good")) as fake:
        fake.bind_code = 49
        fake.replies["cn=decoy"] = lambda number: message(
            number, result(0x65, 51, b"busy"))
        mark = campus.log.mark()
        with fresh_budget(campus, campus_servers=fake.uri,
                          campus_tls_ca_file=authority.ca), \
                campus.auth() as auth:
            assert not auth.login("nobody1", "wrong").ok
            until(lambda: fake.replied, "the server said so")
            del fake.replies["cn=decoy"]
            until(lambda: not auth.login("nobody2", "wrong").temporary,
                  "the server is asked again")
            line, = campus.log.wait_for("campus: campus_decoy_dn", mark)
            assert "(LDAP result code 0)" in line


def test_without_a_decoy(campus):
    with fresh_budget(campus, campus_decoy_dn='""' if campus.dovecot.series ==
                      "2.4" else ""), campus.auth() as auth:
        reply = auth.login("nobody77", "wrong")
        assert not reply.ok and not reply.temporary


@pytest.mark.parametrize("told", (True, False))
def test_old_password_where_changes_are_not_told(campus, authority, told):
    """It may be the right one by now, and so it is tried, and counts."""
    with FakeDirectory(*authority.issue("good")) as fake:
        more = {"modifyTimestamp": ["20260101000000Z"]} if told else {}
        fake.entries = [(b"abcd0001", f"uid=abcd0001,ou=people,{SUFFIX}",
                         {"uid": ["abcd0001"], "mail": [ALICE.mail], **more,
                          "objectClass": ["campusPerson"]})]
        with fresh_budget(campus, campus_servers=fake.uri,
                          campus_tls_ca_file=authority.ca), \
                campus.auth() as auth:
            assert auth.login(ALICE.uid, "right").ok
            fake.bind_code = 49
            before = fake.count("bind")
            replies = [auth.login(ALICE.uid, "old", address=STRANGER)
                       for _ in range(4)]
            assert fake.count("bind") - before == (1 if told else 2)
            assert [reply.temporary for reply in replies] == \
                ([False] * 4 if told else [False, False, True, True])
            if not told:
                fake.bind_code = 0
                assert auth.login(ALICE.uid, "old").ok
