# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Logins that are waited for by their line in the log: it comes at once, while
Dovecot 2.3 answers refusals late, and says what they took by our own measure."""

import itertools
import re
import time

from .wait import until

# failures.md, Time; and what a busy machine adds to it
LOGIN_MSECS, DOWN_MSECS, BACK_SECONDS = 8000, 100, 1.0
SLACK_MSECS = 60

# A client's address for each try, so that its lines are told from others.
_numbers = itertools.count(1)


def try_logins(campus, auth, logins):
    """Start these at once, and wait until all are through: their ids, for
    auth.replies(), and their lines."""
    number = next(_numbers)
    address = f"127.77.{number // 250}.{number % 250 + 1}"
    mark = campus.log.mark()
    ids = [auth.start(login.name, login.password, login.authzid,
                      address=address) for login in logins]
    lines = campus.log.wait_for(
        rf"[,(]{re.escape(address)}[,)].*campus: login \w+: .* typed=", mark,
        len(ids))
    return ids, lines


def milliseconds(lines):
    return [int(re.search(r" (\d+) ms typed=", line).group(1))
            for line in lines]


def failures(campus, auth, logins):
    """Start these at once, and wait until all are through: the milliseconds
    that each took by our own measure. None of them ends but as a temporary
    failure."""
    _, lines = try_logins(campus, auth, logins)
    assert all("campus: login failed: " in line for line in lines), lines
    return milliseconds(lines)


def seconds_until_ok(campus, auth, login):
    """How long it takes from now on until this login works."""
    begin = time.monotonic()
    until(lambda: "campus: login ok" in try_logins(
        campus, auth, [login])[1][0], "a login works again", deadline=5)
    return time.monotonic() - begin
