# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A terminal for programs that want a person in front of them: what they draw
is read, keys are pressed when the screen says what they wait for."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

ROWS, COLUMNS = 24, 80
DEADLINE = 30.0
# Colours, cursor movements and the like, which may stand inside a word's line.
ESCAPES = re.compile(rb"\x1b(\[[0-9;?>]*[a-zA-Z]|[()][A-Z0-9]|[=>78M])"
                     rb"|[\x0e\x0f]")


class Terminal:
    """One program in a terminal of its own."""

    def __init__(self, argv, env):
        self.drawn = b""
        self.seen = 0
        self.end = time.monotonic() + DEADLINE
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                # ncurses refuses a terminal without a size
                fcntl.ioctl(0, termios.TIOCSWINSZ,
                            struct.pack("4H", ROWS, COLUMNS, 0, 0))
                os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", **env)
                os.execvp(argv[0], [str(arg) for arg in argv])
            finally:
                os._exit(127)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.kill(self.pid, 9)
        except ProcessLookupError:
            pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def text(self):
        """All that was drawn so far, without what only moves and colours."""
        return ESCAPES.sub(b" ", self.drawn).decode("utf-8", "replace")

    def _read(self):
        """More of what it draws; False at its end."""
        ready, _, _ = select.select([self.fd], [], [],
                                    max(0.0, self.end - time.monotonic()))
        if not ready:
            raise AssertionError(f"not within {DEADLINE:g} s:\n{self.text()}")
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.drawn += data
        return bool(data)

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def wait_for(self, what):
        """Until it has drawn this after what was waited for before."""
        while True:
            found = self.text().find(what, self.seen)
            if found >= 0:
                self.seen = found + len(what)
                return
            if not self._read():
                raise AssertionError(f"ended without {what!r}:\n{self.text()}")

    def wait_for_end(self):
        while self._read():
            pass
        return self.text()
