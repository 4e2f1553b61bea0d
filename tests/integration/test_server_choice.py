# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Several servers: a login whose server fails goes on at the next one, servers
are looked after without logins, and a better one is taken again when it is
back."""

import contextlib
import re
import socket
import time

import pytest

from testenv.directory import second_directory
from testenv.fakedirectory import FakeDirectory
from testenv.lmtp import Lmtp
from testenv.load import Load, Watch
from testenv.people import ALICE, BOB, EVERYBODY, PROJECTS, SUFFIX, Login
from testenv.wait import until

OWN = Login(ALICE.uid, ALICE.password)
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)
# The bounds of the service, in milliseconds at the passdb callback
CONNECT, OPERATION, LOGIN = 2000, 3000, 8000
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
