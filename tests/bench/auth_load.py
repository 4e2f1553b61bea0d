# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The programs in C that make load, and the proxy that makes a server far
away: how they are run, and what they say."""

import subprocess
from dataclasses import dataclass

# Of one run, in seconds; and how many logins a second it makes at the least.
LONGEST, SLOWEST = 900, 300


@dataclass(frozen=True)
class Account:
    """One login: what is typed, the password, whose mailbox is opened. raw is
    what stands for {1} in a plan."""
    typed: str
    password: str
    mailbox: str
    raw: str


def parse(line):
    """NAME=NUMBER … as a dict"""
    return {name: float(value) for name, value in
            (word.split("=") for word in line.split())}


class Loads:
    """Each method returns what the program reports: rate, wrong …"""

    def __init__(self, build_dir):
        self.programs = build_dir / "tests/bench"

    def run(self, name, arguments, lines, on_ready=None, may_fail=False,
            longest=LONGEST, **more):
        with subprocess.Popen(
                [self.programs / name, *map(str, arguments)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, encoding="utf-8", **more) as process:
            if on_ready is not None:
                process.stdout.readline()
                on_ready()
            try:
                report, errors = process.communicate("\n".join(lines) + "\n",
                                                     longest)
            finally:
                process.kill()
        if process.returncode != 0:
            raise RuntimeError(f"{name}: {errors}")
        report = parse(report)
        if may_fail:
            report["rate"] *= 1 - report["wrong"] / report["logins"]
        elif report["wrong"] > 0:
            raise RuntimeError(f"{name}: {report['wrong']:.0f} of "
                               f"{report['logins']:.0f} wrong: {errors}")
        return report

    def auth(self, campus, accounts, outstanding, seconds=0, count=0,
             expected="ok", may_fail=False):
        return self.run(
            "auth-load", (campus.dir / "run/auth-client", outstanding, seconds,
                          count, expected),
            [f"{account.typed}\t{account.password}\t{account.mailbox}"
             for account in accounts], may_fail=may_fail,
            longest=max(LONGEST, count / SLOWEST))

    def ldap(self, server, plan, accounts, outstanding, seconds, on_ready):
        """server: (URI, StartTLS, CA file, service DN, its password, number of
        bind connections). on_ready is called when all are open."""
        uri, starttls, ca_file, service, secret, binds = server
        return self.run(
            "ldap-load", (uri, starttls, service, secret, binds, plan,
                          outstanding, seconds, 0),
            [f"{account.raw}\t{account.password}\t{account.mailbox}"
             for account in accounts],
            on_ready, env={"LDAPTLS_CACERT": str(ca_file)})

    def imap(self, campus, accounts, outstanding, seconds=0, count=0):
        return self.run(
            "imap-load", (campus.port("imaps"), outstanding, seconds, count),
            [f"{account.typed}\t{account.password}" for account in accounts])


class DelayProxy:
    """A server on this machine, as far away as one likes."""

    def __init__(self, build_dir, port, server_port):
        self.process = subprocess.Popen(
            [build_dir / "tests/bench/delay-proxy", str(port),
             str(server_port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii")
        self.msecs = None
        self.set_round_trip(0)

    @property
    def pid(self):
        return self.process.pid

    def set_round_trip(self, msecs):
        """From now on. What has passed so far: bytes, both ways."""
        self.msecs = msecs
        self.process.stdin.write(f"{int(msecs * 1000)}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("delay-proxy has ended")
        return parse(line)

    def passed(self):
        return self.set_round_trip(self.msecs)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)
