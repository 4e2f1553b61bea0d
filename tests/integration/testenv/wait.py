# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Waiting for a condition, never for a time."""

import os
import pathlib
import select
import threading
import time

DEADLINE = 20.0
POLL_SECONDS = 0.02


def until(condition, what, deadline=DEADLINE):
    """Return the first true result of condition(); fail after the deadline."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline:g} s: {what}")
        pause.wait(POLL_SECONDS)


def stat_fields(pid):
    """State, parent … of a process: what /proc/PID/stat says after its name. Of
    a thread: PID/task/THREAD."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return stat.rsplit(")", 1)[1].split()


def until_stopped(pid):
    """Wait until no thread of a process runs any more after SIGSTOP."""
    until(lambda: all(stat_fields(f"{pid}/task/{thread}")[0] == "T"
                      for thread in os.listdir(f"/proc/{pid}/task")),
          f"process {pid} stops")


def until_gone(pid, deadline=DEADLINE):
    """Wait until a process that may not be our child has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ready, _, _ = select.select([fd], [], [], deadline)
        if not ready:
            raise AssertionError(f"process {pid} did not end in {deadline:g} s")
    finally:
        os.close(fd)
