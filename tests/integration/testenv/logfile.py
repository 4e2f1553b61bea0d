# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A log file that grows while a test runs."""

import re

from .wait import DEADLINE, until


class LogFile:
    def __init__(self, path):
        self.path = path

    def mark(self):
        """Where the log ends now: give it to the functions below."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def since(self, mark=0):
        try:
            with open(self.path, "rb") as file:
                file.seek(mark)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def lines(self, pattern, mark=0):
        expression = re.compile(pattern)
        return [line for line in self.since(mark).splitlines()
                if expression.search(line)]

    def wait_for(self, pattern, mark=0, count=1, deadline=DEADLINE):
        """Wait for lines that match; returns all that are there then."""
        def enough():
            found = self.lines(pattern, mark)
            return found if len(found) >= count else None
        try:
            return until(enough, f"{count} x {pattern!r} in {self.path}",
                         deadline)
        except AssertionError as error:
            tail = "\n".join(self.since(mark).splitlines()[-40:])
            raise AssertionError(f"{error}\n{tail}") from None
