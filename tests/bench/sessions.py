# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""IMAP and LMTP connections to one Dovecot, and the processes that serve."""

import contextlib
import re
from pathlib import Path

from measure import cpu_us
from testenv.dovecot import children
from testenv.lmtp import Lmtp
from testenv.people import Login

TAGGED = b"\r\na "


def serving(campus, name):
    """Process ids of a Dovecot's processes with this name."""
    return {pid for pid in children(campus.dovecot.master_pid())
            if command(pid) == name}


def command(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    return None


class ImapSession:
    """A person's IMAP connection, and its imap process."""

    def __init__(self, campus, person):
        before = serving(campus, "imap")
        self.imap = campus.logged_in("imap", Login(person.uid, person.password))
        # One process a session, in Dovecot's own settings and in ours.
        (self.pid,) = serving(campus, "imap") - before
        self.prefix, self.separator = self.namespace()

    def namespace(self):
        """Prefix and separator of the person's own folders."""
        reply, lines = self.imap.command("NAMESPACE")
        found = re.match(rb'\* NAMESPACE \(\("([^"]*)" "(.)"\)', lines[0])
        if found is None:
            raise RuntimeError(f"NAMESPACE: {lines} {reply}")
        return found[1].decode(), found[2].decode()

    def own(self, *path):
        """A folder's full name, in quotes."""
        return f'"{self.prefix}{self.separator.join(path)}"'

    def run(self, commands):
        """Send many commands at once and read all answers, which must be OK.
        Answers are not taken apart: the client is not what is measured."""
        commands = [command.encode() if isinstance(command, str) else command
                    for command in commands]
        self.imap.send(b"".join(b"a " + line + b"\r\n" for line in commands))
        answer = bytearray(b"\r\n")
        tagged = counted = 0
        # Dovecot may answer them in another order.
        while tagged < len(commands) or not answer.endswith(b"\r\n"):
            data = self.imap.sock.recv(1 << 18)
            if not data:
                raise RuntimeError(f"the server hung up: {answer[-300:]!r}")
            answer += data
            tagged += answer.count(TAGGED, counted)
            # so far back that no tag is overlooked, nor counted twice
            counted = len(answer) - len(TAGGED) + 1
        if answer.count(TAGGED + b"OK ") != len(commands):
            bad = re.search(rb"\r\na (NO|BAD) [^\r]*", answer)
            raise RuntimeError(f"{commands[0][:80]!r}: {bad and bad[0]!r}")

    def cpu_us(self, commands):
        """CPU time of the imap process for one of these commands."""
        before = cpu_us(self.pid)
        self.run(commands)
        return (cpu_us(self.pid) - before) / len(commands)

    def close(self):
        self.imap.command("LOGOUT")
        self.imap.close()


class LmtpSession:
    """An MTA's connection, and the lmtp process."""

    def __init__(self, campus):
        self.campus = campus
        self.lmtp = Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca)

    def used(self):
        return sum(map(cpu_us, serving(self.campus, "lmtp")))

    def cpu_us(self, recipient, count):
        """CPU time of the lmtp processes for one delivery."""
        before = self.used()
        for _ in range(count):
            reply = self.lmtp.deliver(recipient, "A message", "Text.\n" * 20)
            if not reply.startswith(b"250"):
                raise RuntimeError(f"LMTP to {recipient}: {reply!r}")
        return (self.used() - before) / count

    def close(self):
        self.lmtp.command("QUIT")
        self.lmtp.close()
