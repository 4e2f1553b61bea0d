# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Several servers: a login whose server fails goes on at the next one, servers
are looked after without logins, and a better one is taken again when it is
back."""

import contextlib
import os
import re
import signal
import socket
import time

import pytest

from testenv.directory import second_directory
from testenv.fakedirectory import (FakeDirectory, ber, ber_int, entry,
                                   message, result)
from testenv.lmtp import Lmtp
from testenv.load import Load, Watch
from testenv.people import ALICE, BOB, EVERYBODY, PROJECTS, SUFFIX, Login
from testenv.wait import until, until_gone

OWN = Login(ALICE.uid, ALICE.password)
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)
# The bounds of the service, in milliseconds at the passdb callback
CONNECT, OPERATION, LOGIN = 2000, 3000, 8000
# Dovecot cuts the end of a timer to whole milliseconds.
EARLY = 1
KILLED, STOPPED, DOWN = 1000, OPERATION + 500, 100
# How much more a login may take once a server is known to be down; and how long
# the auth process may be away. One in a hundred may be this machine's doing.
ADDED, BLOCKED = 50, 0.050
# A server that is usable again is preferred again by then
PREFERRED_SECONDS = 60


@pytest.fixture(scope="module")
def second(second_campus):
    with second_directory(second_campus) as server:
        yield server


@contextlib.contextmanager
def asking(campus, *uris, **settings):
    """A Dovecot that asks these servers."""
    with campus.dovecot.configured(campus={
            "campus_servers": " ".join(uris), **settings}):
        campus.dovecot.until_ready()
        yield campus


@pytest.fixture
def campus(second_campus, second):
    """With two servers, the first of them preferred."""
    with asking(second_campus, second_campus.directory.uri, second.uri):
        yield second_campus


@contextlib.contextmanager
def killed(server):
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextlib.contextmanager
def stopped(server):
    server.pause()
    try:
        yield
    finally:
        server.resume()


@contextlib.contextmanager
def black_hole():
    """An address where nobody answers to a SYN: the queue of connections that
    nobody accepts is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()

        def is_full():
            sock = stack.enter_context(socket.socket())
            sock.settimeout(0.3)
            try:
                sock.connect(address)
            except TimeoutError:
                return True
            return False
        until(is_full, "a full backlog")
        yield f"ldap://127.0.0.1:{address[1]}"


def percentile(values, percent):
    return sorted(values)[len(values) * percent // 100 - 1]


def one_lost(campus, fault, worst, uris=None):
    """25 logins a second while the first server goes: none fails, the worst
    takes so long, and those that come once it is known are as fast as before.
    With a fault from the beginning there is no before."""
    with contextlib.ExitStack() as stack:
        load = stack.enter_context(Load(campus, PROJECT))
        watch = stack.enter_context(Watch(campus))
        load.more(25)
        before = len(load.done)
        stack.enter_context(fault)
        load.more(50, "logins go on at the second server")
        known = time.monotonic()
        load.more(75)
        load.ending.set()
        load.thread.join(20)
        watch.ending.set()
        watch.thread.join(20)
    load.all_ok()
    msecs = load.msecs()
    assert max(msecs) <= worst, sorted(msecs)[-10:]
    after = [done.took * 1000 for done in load.done if done.began > known]
    base = [done.took * 1000 for done in load.done[:before]]
    print(f"worst {max(msecs)} ms, before {percentile(base, 50):.1f} ms, "
          f"after {percentile(after, 50):.1f} / {percentile(after, 99):.1f} ms,"
          f" loop {max(watch.waits) * 1000:.1f} ms")
    if uris is None:
        assert percentile(after, 95) <= percentile(base, 95) + ADDED, after
    else:
        assert percentile(after, 95) <= ADDED * 2, after
    assert percentile(watch.waits, 99) <= BLOCKED, sorted(watch.waits)[-10:]


def preferred_again(campus, server, mark, since):
    """Wait until logins go there again, within a minute."""
    campus.log.wait_for(
        rf"ldap\({re.escape(server.uri)}\): The server has held out", mark,
        deadline=PREFERRED_SECONDS - (time.monotonic() - since))
    mark = campus.log.mark()
    with campus.auth() as auth:
        assert auth.login(OWN.name, OWN.password).ok
    campus.log.wait_for(f"login ok: .*server={server.uri} ", mark)


def test_one_of_two_is_killed(campus):
    mark = campus.log.mark()
    one_lost(campus, killed(campus.directory), KILLED)
    preferred_again(campus, campus.directory, mark, time.monotonic())


def test_one_of_two_is_stopped(campus):
    one_lost(campus, stopped(campus.directory), STOPPED)


def test_one_of_two_swallows_packets(second_campus):
    with black_hole() as hole, \
            asking(second_campus, hole, second_campus.directory.uri):
        one_lost(second_campus, contextlib.nullcontext(), STOPPED, hole)


# -- the only server

def known_down(campus, server, mark):
    """Wait until the module says that it is; the moment."""
    campus.log.wait_for(rf"Error: .*ldap\({re.escape(server.uri)}\): ", mark)
    return time.monotonic()


def comes_back(load, since):
    """No wrong answer at any time; the first success comes within a second, and
    then none fails."""
    load.none_wrong()
    assert min(done.ended for done in load.done
               if done.ok and done.ended > since) - since <= 1
    late = [done for done in load.done if done.began > since + 1]
    assert late and all(done.ok for done in late)


def failures_at_once(load, seconds):
    """Nothing is up: for so long each login fails, and at once."""
    mark = load.campus.log.mark()
    load.more(int(seconds * load.rate))
    took = load.msecs(mark, "login failed", int(seconds * load.rate / 2))
    assert percentile(took, 95) <= DOWN, sorted(took)


def test_the_only_server_is_killed(second_campus):
    campus, server = second_campus, second_campus.directory
    with asking(campus, server.uri), Load(campus, PROJECT) as load:
        load.more(25)
        mark = campus.log.mark()
        with killed(server):
            known_down(campus, server, mark)
            failures_at_once(load, 5)
        back = time.monotonic()
        load.more(2 * load.rate)
    comes_back(load, back)


def test_the_only_server_is_stopped(second_campus):
    campus, server = second_campus, second_campus.directory
    with asking(campus, server.uri), Load(campus, PROJECT) as load:
        load.more(25)
        mark = campus.log.mark()
        with stopped(server):
            known_down(campus, server, mark)
            # those that had been sent before end by their own time
            load.more(4 * load.rate)
            failures_at_once(load, 2)
        back = time.monotonic()
        load.more(2 * load.rate)
    comes_back(load, back)
    assert max(load.msecs()) <= LOGIN + 50


def test_all_are_away_for_long(campus, second, request):
    """Reconnects are few, lines too; the first success comes soon, and the
    preferred server is preferred again."""
    first = campus.directory
    with Load(campus, PROJECT) as load:
        load.more(25)
        mark = campus.log.mark()
        with killed(first), killed(second):
            known_down(campus, first, mark)
            down = known_down(campus, second, mark)
            failures_at_once(load, request.config.getoption("--outage"))
            end = time.monotonic()
        back = time.monotonic()
        load.more(2 * load.rate)
    comes_back(load, back)
    for server in (first, second):
        lines = campus.log.lines(
            rf"Error: .*ldap\({re.escape(server.uri)}\): ", mark)
        assert len(lines) <= end - down + 3
    preferred_again(campus, first, mark, back)


# -- what sends a login on, and what does not

class Fake(FakeDirectory):
    """A server of the campus that answers for ALICE and BOB, and leaves some
    binds without an answer."""

    def __init__(self, campus):
        super().__init__(campus.dir / "tls/server.pem",
                         campus.dir / "tls/server.key")
        self.silent_for = None
        self.entries = [
            (person.uid.encode(), f"uid={person.uid},ou=people,{SUFFIX}",
             {"uid": [person.uid], "mail": [person.mail],
              "objectClass": ["campusPerson"]}) for person in (ALICE, BOB)]

    def _bind(self, sock, number, content):
        if self.silent_for is None or self.silent_for not in content:
            super()._bind(sock, number, content)

    def binds_of(self, person):
        return sum(1 for name, _, content in self.requests
                   if name == "bind" and person.uid.encode() in content)


@pytest.fixture
def fake_first(second_campus):
    """A server of ours is preferred, the demo's slapd is the other one."""
    with Fake(second_campus) as fake, \
            asking(second_campus, fake.uri, second_campus.directory.uri), \
            second_campus.auth() as auth:
        yield fake, auth


class Lister(Fake):
    """Gives a page of the list of everybody with ALICE alone in it, and breaks
    off when it is asked for the page after so many."""

    def __init__(self, campus, pages):
        super().__init__(campus)
        self.left = pages

    def _search(self, sock, number, content):
        if b"campusPerson" not in content or ALICE.uid.encode() in content:
            super()._search(sock, number, content)
        elif self.left == 0:
            sock.shutdown(socket.SHUT_RDWR)
        else:
            self.left -= 1
            _, name, attributes = self.entries[0]
            # RFC 2696: there is more
            control = ber(0x30, ber(0x04, b"1.2.840.113556.1.4.319") +
                          ber(0x04, ber(0x30, ber_int(0) +
                                        ber(0x04, b"cookie"))))
            sock.sendall(
                message(number, entry(name, {"uid": attributes["uid"]})) +
                message(number, result(0x65, 0), ber(0xA0, control)))


def server_of(campus, mark, rule="login ok: "):
    line = campus.log.wait_for(f"campus: {rule}", mark)[-1]
    return re.search(r" server=(\S+) (\d+) ms ", line).groups()


def test_fake_first_is_taken(second_campus, fake_first):
    """So that the tests below mean something."""
    fake, auth = fake_first
    mark = second_campus.log.mark()
    assert auth.login(OWN.name, OWN.password).ok
    assert server_of(second_campus, mark)[0] == fake.uri


@pytest.mark.parametrize("fault", ("bind_code", "search_code"))
@pytest.mark.parametrize("code", (51, 52))
def test_busy_server(second_campus, fake_first, fault, code):
    fake, auth = fake_first
    setattr(fake, fault, code)
    mark = second_campus.log.mark()
    assert auth.login(OWN.name, OWN.password).ok
    uri, took = server_of(second_campus, mark)
    assert uri == second_campus.directory.uri and int(took) <= 500
    reply = auth.login(ALICE.uid, "wrong")
    assert not reply.ok and not reply.temporary


@pytest.mark.parametrize("fault,code", (
    ("bind_code", 49), ("bind_code", 53), ("bind_code", 80),
    ("search_code", 1), ("search_code", 32)))
def test_answers_are_not_asked_for_twice(second_campus, fake_first, fault,
                                         code):
    """What a server says in full stands, even if another one knew better."""
    fake, auth = fake_first
    setattr(fake, fault, code)
    mark = second_campus.log.mark()
    reply = auth.login(OWN.name, OWN.password)
    assert not reply.ok and reply.temporary == (code != 49)
    assert fake.binds_of(ALICE) == (1 if fault == "bind_code" else 0)
    line = second_campus.log.wait_for("campus: login (failed|refused)", mark)[0]
    assert second_campus.directory.uri not in line


def test_service_account_is_refused_at_one(second_campus):
    with Fake(second_campus) as fake:
        fake.service_code = 49
        with asking(second_campus, fake.uri, second_campus.directory.uri), \
                second_campus.auth() as auth:
            assert all(reply.ok for reply in auth.logins([OWN] * 10))


def test_failing_server_is_left_alone(second_campus, fake_first):
    """Nobody's login fails by it; five attempts and one line a second."""
    fake, _ = fake_first
    campus = second_campus
    mark = campus.log.mark()
    fake.mode = "reset"
    before, began = fake.connections, time.monotonic()
    fake.drop()
    with Load(campus, PROJECT, rate=50) as load:
        load.more(4 * load.rate)
        took = time.monotonic() - began
        tried = fake.connections - before
    load.all_ok()
    assert 4 <= tried <= 5 * took + 5
    lines = campus.log.lines(rf"ldap\({re.escape(fake.uri)}\): ", mark)
    assert 1 <= len(lines) <= took + 2, lines


def test_one_persons_bind_hangs(second_campus, fake_first):
    """That is not the server's fault, but the person may try elsewhere."""
    fake, auth = fake_first
    fake.silent_for = BOB.uid.encode()
    for _ in range(2):
        mark = second_campus.log.mark()
        assert auth.login(BOB.uid, BOB.password).ok
        uri, took = server_of(second_campus, mark)
        assert uri == second_campus.directory.uri
        assert OPERATION - EARLY <= int(took) <= STOPPED
        mark = second_campus.log.mark()
        assert auth.login(OWN.name, OWN.password).ok
        assert server_of(second_campus, mark)[0] == fake.uri


def test_all_in_all_eight_seconds(second_campus):
    """Three servers whose binds hang: the fourth is not waited for."""
    campus = second_campus
    with contextlib.ExitStack() as stack:
        fakes = [stack.enter_context(Fake(campus)) for _ in range(3)]
        for fake in fakes:
            fake.silent_for = BOB.uid.encode()
        stack.enter_context(asking(
            campus, *(fake.uri for fake in fakes), campus.directory.uri))
        auth = stack.enter_context(campus.auth())
        mark = campus.log.mark()
        reply = auth.login(BOB.uid, BOB.password)
        assert not reply.ok and reply.temporary
        _, took = server_of(campus, mark, "login failed: ")
        assert LOGIN - EARLY <= int(took) <= LOGIN + 100
        assert [fake.binds_of(BOB) for fake in fakes] == [1, 1, 1]


def test_balanced(second_campus, second):
    campus = second_campus
    uris = campus.directory.uri, second.uri
    with asking(campus, *uris, campus_server_order="balanced"), \
            campus.auth() as auth:
        mark = campus.log.mark()
        assert all(reply.ok for reply in auth.logins([OWN] * 60))
        campus.log.wait_for("login ok: ", mark, 60)
        taken = [len(campus.log.lines(f" server={uri} ", mark))
                 for uri in uris]
        assert sum(taken) == 60 and min(taken) >= 10, taken


def test_end_while_logins_wait_for_one_another(second_campus, authority):
    """The password is tried at the second server, and those that wait for the
    result are at the first: the auth process ends in order."""
    name = "slow01"
    dn = f"uid={name},ou=people,{SUFFIX}"
    certificate = authority.issue("good")
    with FakeDirectory(*certificate) as first, \
            FakeDirectory(*certificate) as other, asking(
                second_campus, first.uri, other.uri,
                campus_tls_ca_file=authority.ca) as campus, \
            campus.auth() as auth:
        for server in (first, other):
            server.entries = [(name.encode(), dn, {"uid": [name]})]
            server.slow_binds = {dn.encode(): 60}
        mark = campus.log.mark()
        auth.start(name, "x")
        until(lambda: any(dn.encode() in content
                          for what, _, content in other.requests
                          if what == "bind"), "the bind is under way")
        asked = first.count("search")
        for _ in range(5):
            auth.start(name, "x")
        # for the name, for a project of the name, for groups
        until(lambda: first.count("search") >= asked + 15, "they wait")
        os.kill(auth.server_pid, signal.SIGTERM)
        until_gone(auth.server_pid)
        campus.log.wait_for(f"login failed: person={name}", mark, 6)
        campus.doveadm("log", "test")
        campus.log.wait_for("This is Dovecot's fatal log", mark)
        assert not campus.log.lines(r"Panic|service\(auth\).*killed", mark)


# -- look-ups without a login

def userdb_answer(campus, service, name, uid=0):
    """What the auth process answers a process of that user."""
    key = "service" if campus.dovecot.series == "2.3" else "protocol"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        os.setegid(uid)
        os.seteuid(uid)
        try:
            sock.connect(str(campus.dir / "run/auth-userdb"))
        finally:
            os.seteuid(0)
            os.setegid(0)
        with sock.makefile("rb") as file:
            sock.sendall(file.readline())
            while not file.readline().startswith(b"SPID"):
                pass
            sock.sendall(f"USER\t1\t{name}\t{key}={service}\n".encode())
            return file.readline()


def test_recipients(campus):
    with stopped(campus.directory):
        began = time.monotonic()
        assert "home" in campus.doveadm("user", BOB.uid)
        assert time.monotonic() - began <= STOPPED / 1000 + 1
        with Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca) as lmtp:
            assert lmtp.recipient(ALICE.mail).startswith(b"250")


def test_sender(campus):
    """The question of the submission service whose address it is."""
    with stopped(campus.directory):
        assert b"\tcampus_sender=yes" in userdb_answer(
            campus, "campus-sender", f"{ALICE.uid}/{ALICE.mail}")


def test_list_of_everybody(campus):
    everybody = {person.uid for person in EVERYBODY} | set(PROJECTS)
    with stopped(campus.directory):
        assert everybody <= set(campus.doveadm("user", "*").split())


@pytest.mark.parametrize("pages", (0, 1))
def test_list_breaks_off(second_campus, pages):
    """It begins again at the next server, but not once a name was given: none
    comes twice, and the list says that it is not complete."""
    campus = second_campus
    with Lister(campus, pages) as fake, \
            asking(campus, fake.uri, campus.directory.uri):
        done = campus.exec("doveadm", "user", "*", check=False)
        assert fake.left == 0
    names = done.stdout.decode().split()
    if pages == 0:
        assert done.returncode == 0
        assert {person.uid for person in EVERYBODY} <= set(names)
    else:
        assert done.returncode != 0
        assert names == [ALICE.uid]


# -- servers that nobody asks, and what an administrator sees

def states(campus):
    """doveadm's lines by server."""
    lines = campus.doveadm("-f", "tab", "campus", "servers").splitlines()
    names = lines[0].split("\t")
    return {row["server"]: row for row in (
        dict(zip(names, line.split("\t"))) for line in lines[1:])}


def test_idle_server_that_is_silent(campus, second):
    """It is found out without any login, and that it is back, too."""
    with campus.auth():
        mark = campus.log.mark()
        with stopped(second):
            campus.log.wait_for(
                rf"ldap\({second.uri}\): No (answer|success)", mark,
                deadline=10 + OPERATION / 1000 + 2)
            row = states(campus)[second.uri]
            assert row["state"] == "down" and row["next"].startswith("tried in")
            assert row["why"].startswith("No ")
        until(lambda: states(campus)[second.uri]["state"] == "on trial",
              "the other server is up again", deadline=2)


EVENTS = {
    "2.3": "event_exporter log {\n  format = json\n"
           "  format_args = time-rfc3339\n  transport = log\n}\n"
           "metric servers {\n  exporter = log\n"
           "  filter = event=campus_server_*\n}\n",
    "2.4": "event_exporter log {\n  driver = log\n  format = json\n"
           "  time_format = rfc3339\n}\n"
           "metric servers {\n  exporter = log\n"
           "  filter = event=campus_server_*\n}\n"}


def test_idle_server_goes_and_comes_back(second_campus, second):
    """Without a login: events, and what doveadm shows meanwhile."""
    campus = second_campus
    first = campus.directory
    with campus.dovecot.configured(
            core=EVENTS[campus.dovecot.series],
            campus={"campus_servers": f"{first.uri} {second.uri}"}), \
            campus.auth() as auth:
        assert auth.login(OWN.name, OWN.password).ok
        rows = until(lambda: all(int(row["connections"]) > 0
                                 for row in states(campus).values())
                     and states(campus), "connections to both")
        assert list(rows) == [first.uri, second.uri]
        for row in rows.values():
            assert row["state"] == "up" and row["why"] == row["next"] == "-"
            assert row["waiting"] == "0"
        mark = campus.log.mark()

        def event(name):
            line = campus.log.wait_for(f'"event": *"{name}"', mark,
                                       deadline=25)[0]
            assert second.uri in line
            return line
        with killed(second):
            assert "Cannot connect" in event("campus_server_down")
            assert states(campus)[second.uri]["state"] == "down"
        assert "down_msecs" in event("campus_server_up")
        row = states(campus)[second.uri]
        assert row["state"] == "on trial"
        assert row["next"].startswith("preferred in")
        event("campus_server_preferred")
        assert states(campus)[second.uri]["state"] == "up"


def test_servers_are_told_to_root_only(campus):
    question = campus, "campus-servers", "campus-servers"
    assert userdb_answer(*question).startswith(
        b"USER\t1\tcampus-servers\tcampus_server0=ldap://")
    assert userdb_answer(*question, uid=65534).startswith(b"FAIL\t1")
    # a name is a name where nobody asks for servers
    assert campus.exec("doveadm", "user", "campus-servers",
                       check=False).returncode != 0


def test_servers_without_an_auth_process(second_campus):
    """It says why it has nothing to show."""
    done = second_campus.exec("doveadm", "-o", "base_dir=/nonexistent",
                              "campus", "servers", check=False)
    assert done.returncode == 75 and b"does not tell" in done.stderr
