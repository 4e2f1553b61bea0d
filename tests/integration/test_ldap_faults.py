# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The wire to the only directory server breaks, in each way a wire can: soon a
temporary failure, nobody else waits, the server is not hammered, the log not
flooded, and all is well once the fault is over."""

import contextlib
import os
import time

import pytest

from testenv.faultproxy import FIRST_ANSWER_BYTES, PASS, Fault, FaultProxy
from testenv.people import ALICE, Login
from testenv.pulse import Pulse, configured_with_pulse
from testenv.tries import (BACK_SECONDS, DOWN_MSECS, LOGIN_MSECS, SLACK_MSECS,
                           failures, milliseconds, seconds_until_ok,
                           try_logins)

OWN = Login(ALICE.uid, ALICE.password)
LOGINS = (OWN, Login(ALICE.uid, "wrong"),
          Login("CAMPUS/abcd0001/physics", ALICE.password))
FAILOVER_MSECS = 200


class Wire:
    """A campus whose Dovecot asks its slapd through a proxy."""

    def __init__(self, campus, proxy):
        self.campus, self.proxy = campus, proxy
        self.mark = campus.log.mark()
        self.begin = time.monotonic()

    def start(self, fault):
        """From now on; what was open breaks."""
        self.proxy.fault = fault
        self.proxy.drop()
        self.mark = self.campus.log.mark()
        self.begin = time.monotonic()

    def logins(self, auth, logins):
        """Temporary failures: the milliseconds that each took."""
        return failures(self.campus, auth, logins)

    def is_not_hammered(self):
        """Since the fault began. The first connection is no reconnect."""
        took = time.monotonic() - self.begin
        assert self.proxy.most_in_a_second(self.begin) <= 1 + 5
        lines = self.campus.log.lines(r"campus: ldap\(", self.mark)
        assert len(lines) <= took + 2, lines

    @staticmethod
    def descriptors(auth):
        return len(os.listdir(f"/proc/{auth.server_pid}/fd"))

    def back(self, auth):
        """The fault is over: seconds until a login works."""
        self.proxy.fault = PASS
        return seconds_until_ok(self.campus, auth, OWN)


@contextlib.contextmanager
def wire_to(campus, **settings):
    with FaultProxy(campus.port("ldap")) as proxy, \
            configured_with_pulse(campus, settings={
                "campus_servers": proxy.uri, **settings}):
        yield Wire(campus, proxy)


@pytest.fixture(scope="module")
def wire(request, second_campus):
    """Without TLS a byte on the wire is a byte of LDAP."""
    settings = {"plain": {"campus_starttls": "no"}, "secured": {}}
    with wire_to(second_campus, **settings[request.param]) as wire:
        yield wire


plain = pytest.mark.parametrize("wire", ["plain"], indirect=True)
secured = pytest.mark.parametrize("wire", ["secured"], indirect=True)


def all_temporary(wire, auth, faults):
    """Each fault in turn, until a connection has met it."""
    wire.back(auth)
    descriptors = wire.descriptors(auth)
    with Pulse(wire.campus) as pulse:
        wire.start(faults[0])
        for fault in faults:
            wire.proxy.fault = fault
            hits = wire.proxy.hits
            while wire.proxy.hits == hits:
                took = wire.logins(auth, LOGINS)
                assert max(took) < 1000, (fault, took)
        wire.is_not_hammered()
        assert wire.back(auth) < BACK_SECONDS
    pulse.is_even()
    assert wire.descriptors(auth) <= descriptors + 10


RESETS = [Fault("reset", "connect"), Fault("close", "connect"),
          Fault("reset", "request"), Fault("close", "request")]


@secured
def test_reset(wire):
    with wire.campus.auth() as auth:
        all_temporary(wire, auth, RESETS)


@plain
def test_reset_after_some_bytes(wire):
    """From our own bind's answer into the first search's."""
    with wire.campus.auth() as auth:
        all_temporary(wire, auth, [Fault("reset", after=count)
                                    for count in range(65)])


@secured
def test_close_after_some_bytes_of_tls(wire):
    """In the answer to StartTLS, in the handshake, and behind it."""
    with wire.campus.auth() as auth:
        all_temporary(wire, auth, [
            Fault(then, after=count) for count in (0, 7, 14, 15, 100, 1000)
            for then in ("reset", "close")])


# Some with TLS and some without, where it is all the same.
SILENCES = {
    "accepts and never answers": ("secured", Fault("silence", "connect")),
    "silent after the request for StartTLS": (
        "secured", Fault("silence", "request")),
    "silent after the answer to StartTLS": (
        "secured", Fault("silence", after=FIRST_ANSWER_BYTES)),
    "silent in the TLS handshake": (
        "secured", Fault("silence", after=FIRST_ANSWER_BYTES + 100)),
    "a byte a second in the TLS handshake": (
        "secured", Fault("trickle", after=FIRST_ANSWER_BYTES)),
    "silent after our own bind": (
        "plain", Fault("silence", after=FIRST_ANSWER_BYTES)),
    "half a reply": ("plain", Fault("silence", after=FIRST_ANSWER_BYTES + 20)),
    "a byte a second": ("plain", Fault("trickle")),
    "ten seconds late": ("plain", Fault("delay", seconds=10)),
}


@pytest.mark.parametrize("wire,fault", SILENCES.values(), ids=SILENCES.keys(),
                         indirect=["wire"])
def test_silence(wire, fault):
    with wire.campus.auth() as auth, Pulse(wire.campus) as pulse:
        assert wire.back(auth) < BACK_SECONDS
        wire.start(fault)
        took = wire.logins(auth, LOGINS * 3)
        assert max(took) <= LOGIN_MSECS, took
        # the server is known to be down now
        for _ in range(5):
            took = wire.logins(auth, LOGINS)
            assert max(took) <= DOWN_MSECS + SLACK_MSECS, took
        wire.is_not_hammered()
        assert wire.back(auth) < BACK_SECONDS
    pulse.is_even()


@plain
def test_open_connections_fall_silent(wire):
    """Nothing breaks off, but no more answers come on what is open; new
    connections are fine. One time-out, then they are used."""
    with wire.campus.auth() as auth, Pulse(wire.campus) as pulse:
        assert wire.back(auth) < BACK_SECONDS
        wire.proxy.fault = Fault("silence")
        took = wire.logins(auth, [OWN] * 3)
        assert max(took) <= LOGIN_MSECS, took
        assert wire.back(auth) < BACK_SECONDS
    pulse.is_even()


@pytest.mark.parametrize("fault", (
    Fault("reset", "connect"), Fault("reset", "request"), Fault("reset"),
    Fault("close", after=FIRST_ANSWER_BYTES), Fault("reset", after=60)))
def test_second_server_takes_over(second_campus, fault):
    """The first one's wire breaks: nobody notices."""
    with FaultProxy(second_campus.port("ldap")) as proxy, \
            second_campus.dovecot.configured(campus={
                "campus_servers": f"{proxy.uri} {second_campus.directory.uri}",
                "campus_starttls": "no"}), second_campus.auth() as auth:
        _, lines = try_logins(second_campus, auth, [OWN])
        assert f"server={proxy.uri} " in lines[0]
        proxy.fault = fault
        proxy.drop()
        while not proxy.hits:
            _, lines = try_logins(second_campus, auth, [OWN] * 3)
            assert all("login ok" in line for line in lines), lines
            assert max(milliseconds(lines)) <= FAILOVER_MSECS + SLACK_MSECS, \
                lines
