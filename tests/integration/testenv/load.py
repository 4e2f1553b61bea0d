# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A steady stream of logins, and a watch over the auth process itself."""

import contextlib
import pathlib
import re
import select
import threading
import time
from dataclasses import dataclass

from .wait import DEADLINE, until

PER_SECOND = 25


@dataclass
class Done:
    """One login as its client saw it; times in seconds of the clock."""
    began: float
    ended: float
    ok: bool
    temporary: bool

    @property
    def took(self):
        return self.ended - self.began


class Load:
    """Logins at an even rate on a connection to the auth service, for the time
    of a with block; at its end all of them are answered."""

    def __init__(self, campus, login, rate=PER_SECOND):
        self.campus, self.login, self.rate = campus, login, rate
        self.done = []
        self.mark = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.error = None

    def __enter__(self):
        self.mark = self.campus.log.mark()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(60)
        assert not self.thread.is_alive(), "logins were left without an answer"
        if self.error is not None:
            raise self.error

    def _run(self):
        try:
            with self.campus.auth() as auth:
                self._serve(auth)
        except (OSError, AssertionError) as error:
            self.error = error

    def _serve(self, auth):
        began, due = {}, time.monotonic()
        while began or not self.ending.is_set():
            now = time.monotonic()
            if now >= due and not self.ending.is_set():
                began[auth.start(self.login.name, self.login.password)] = now
                due += 1 / self.rate
            wait = max(0, due - now) if not self.ending.is_set() else 0.1
            if select.select([auth.sock], [], [], wait)[0]:
                for number, reply in auth.available().items():
                    self.done.append(Done(began.pop(number), time.monotonic(),
                                          reply.ok, reply.temporary))

    def more(self, count, what="logins go on"):
        """Wait until so many more have been answered."""
        want = len(self.done) + count
        until(lambda: len(self.done) >= want or self.error, what,
              DEADLINE + 2 * count / self.rate)

    def all_ok(self):
        assert self.done
        bad = [done for done in self.done if not done.ok]
        assert not bad, (len(bad), bad[:3], self.campus.log.lines(
            "login (failed|refused)", self.mark)[:3])

    def none_wrong(self):
        """Let in or told to try again: nothing else."""
        wrong = [done for done in self.done if not done.ok and
                 not done.temporary]
        assert not wrong, wrong[:3]

    def msecs(self, mark=None, what="login", count=None):
        """What each took by the module's own measure, in the order of their
        ends; or of those since a mark that ended so, and at least count."""
        lines = self.campus.log.wait_for(
            rf"campus: {what}.* ms typed=", self.mark if mark is None else mark,
            len(self.done) if count is None else count)
        return [int(re.search(r" (\d+) ms typed=", line)[1]) for line in lines]


def run_delay(pid, thread=None):
    """For how many seconds of its life it was ready and had no processor."""
    path = pathlib.Path(f"/proc/{pid}/task/{thread or pid}/schedstat")
    return int(path.read_text().split()[1]) / 1e9


class Watch:
    """How long the auth process's event loop is busy with one thing: what a new
    client waits for its greeting, in seconds. The time in which the machine let
    the process or the client wait for a processor is no fault of theirs."""

    def __init__(self, campus):
        self.campus = campus
        self.waits = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(60)

    def _once(self):
        with contextlib.suppress(OSError):
            self.campus.auth().close()

    def _run(self):
        def without_processor():
            return run_delay(pid) + run_delay("self", threading.get_native_id())
        with self.campus.auth() as auth:
            pid = auth.server_pid
        while not self.ending.wait(0.02):
            began, lost = time.monotonic(), without_processor()
            self._once()
            took = time.monotonic() - began
            self.waits.append(max(0, took - (without_processor() - lost)))
