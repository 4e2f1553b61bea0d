# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Two servers, each with its own fault at the same time: soon a temporary
failure, never another answer, and one that is well again is enough."""

import contextlib
import itertools

import pytest

from testenv.faultproxy import FIRST_ANSWER_BYTES, PASS, Fault, FaultProxy
from testenv.people import ALICE, Login
from testenv.pulse import Pulse, configured_with_pulse
from testenv.tries import (BACK_SECONDS, DOWN_MSECS, LOGIN_MSECS, SLACK_MSECS,
                           failures, seconds_until_ok, try_logins)

OWN = Login(ALICE.uid, ALICE.password)
WRONG = Login(ALICE.uid, "wrong")
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)

FAULTS = {
    "breaks off": Fault("reset", "request"),
    "never answers": Fault("silence", "connect"),
    "takes binds only": Fault("silence", after=FIRST_ANSWER_BYTES),
    "ten seconds late": Fault("delay", seconds=10),
}


class Wires:
    """A Dovecot whose two servers are one slapd behind two proxies."""

    def __init__(self, campus, proxies):
        self.campus, self.proxies = campus, proxies

    def lines(self, auth, *logins):
        return try_logins(self.campus, auth, logins)[1]

    def fail(self, auth):
        """Temporary failures: the milliseconds of the slowest."""
        return max(failures(self.campus, auth, (OWN, WRONG, PROJECT)))

    def back(self, auth):
        assert seconds_until_ok(self.campus, auth, OWN) < BACK_SECONDS


@pytest.fixture(scope="module")
def wires(second_campus):
    with contextlib.ExitStack() as stack:
        proxies = [stack.enter_context(FaultProxy(second_campus.port("ldap")))
                   for _ in range(2)]
        stack.enter_context(configured_with_pulse(second_campus, settings={
            "campus_servers": " ".join(proxy.uri for proxy in proxies),
            "campus_starttls": "no", "campus_bind_budget": "0"}))
        yield Wires(second_campus, proxies)


@pytest.mark.parametrize("first,second",
                         itertools.combinations_with_replacement(FAULTS, 2))
def test_pair(wires, first, second):
    with wires.campus.auth() as auth, Pulse(wires.campus) as pulse:
        wires.back(auth)
        for proxy, fault in zip(wires.proxies, (first, second)):
            proxy.fault = FAULTS[fault]
            proxy.drop()
        assert wires.fail(auth) <= LOGIN_MSECS
        # both are known to be down now
        for _ in range(3):
            assert wires.fail(auth) <= DOWN_MSECS + SLACK_MSECS
        # either of them is enough
        for well, broken in (wires.proxies[::-1], wires.proxies):
            well.fault = PASS
            wires.back(auth)
            lines = wires.lines(auth, *(OWN, PROJECT) * 5)
            assert all(f" server={well.uri} " in line and
                       "campus: login ok" in line for line in lines), lines
            line, = wires.lines(auth, WRONG)
            assert "campus: login refused: " in line
            well.fault = broken.fault
            well.drop()
            assert wires.fail(auth) <= LOGIN_MSECS
        for proxy in wires.proxies:
            proxy.fault = PASS
        wires.back(auth)
    pulse.is_even()
