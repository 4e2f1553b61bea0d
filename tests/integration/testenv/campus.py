# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""One whole campus: slapd, Dovecot and Postfix, started by ./demo from the files
that an admin would install."""

import pathlib
import shutil
import subprocess
import tempfile

from .authsocket import AuthSocket
from .directory import Directory
from .dovecot import Dovecot
from .logfile import LogFile
from .wire import CLASSES, PORTS

TOP = pathlib.Path(__file__).resolve().parents[3]
START_TIMEOUT = 600


class Campus:
    def __init__(self, port_base):
        # Short, since sockets have their paths in it; open, since mail
        # processes run as another user.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="campus-", dir="/tmp"))
        self.dir.chmod(0o755)
        self.port_base = port_base
        self.ca = self.dir / "ca.pem"
        self.log = LogFile(self.dir / "log/dovecot.log")
        self.postfix_log = LogFile(self.dir / "log/postfix.log")
        self.directory = Directory(self)
        self.dovecot = Dovecot(self)

    # -- life

    def start(self):
        self._demo("start", "--port-base", str(self.port_base))
        self.dovecot.keep_original()
        return self

    def stop(self):
        self.directory.disconnect()
        if (self.dir / "demo-dir").exists():
            self._demo("stop")
        shutil.rmtree(self.dir, ignore_errors=True)

    def _demo(self, verb, *options):
        done = subprocess.run(
            [TOP / "demo", verb, "--dir", self.dir, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=START_TIMEOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"./demo {verb} failed:\n" +
                               done.stdout.decode("utf-8", "replace"))

    def record(self, server, pid):
        """Tell ./demo about a server that a test has started anew, so that
        stop ends it: see DIR/pids there. False if there is no such process."""
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        started = stat.rsplit(")", 1)[1].split()[19]
        (self.dir / "pids" / server).write_text(f"{pid} {started}\n")
        return True

    # -- programs in its namespace

    def exec_argv(self, *command):
        return [str(TOP / "demo"), "exec", "--dir", str(self.dir), "--",
                *map(str, command)]

    def exec(self, *command, check=True, stdin=None, timeout=60):
        """Run a program where the demo's modules and configuration are."""
        done = subprocess.run(
            self.exec_argv(*command), input=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=timeout, check=False,
            **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        if check:
            assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done

    def doveadm(self, *arguments, check=True, stdin=None):
        """doveadm's standard output as text."""
        return self.exec("doveadm", *arguments, check=check,
                         stdin=stdin).stdout.decode()

    def auth(self):
        return AuthSocket(str(self.dir / "run/auth-client"))

    # -- its ports

    def port(self, name):
        return self.port_base + PORTS[name]

    def connect(self, protocol, tls="auto", source="127.0.0.2"):
        """An open connection: implicit TLS where there is such a port."""
        kind = CLASSES[protocol]
        if tls == "auto":
            tls = "implicit" if "implicit" in kind.port else "starttls"
        conn = kind(("127.0.0.1", self.port(kind.port[tls])), self.ca, source)
        try:
            conn.open(tls)
        except BaseException:
            conn.close()
            raise
        return conn

    def answer(self, protocol, login, how=None, source="127.0.0.2"):
        """What a login is answered, as bytes."""
        with self.connect(protocol, source=source) as conn:
            return conn.login(login, how)

    def logged_in(self, protocol, login, how=None, source="127.0.0.2"):
        """A connection that is logged in."""
        conn = self.connect(protocol, source=source)
        reply = conn.login(login, how)
        if not conn.accepted(reply):
            conn.close()
            raise AssertionError(f"{protocol} {login}: {reply!r}")
        return conn

    # -- mail

    def deliver(self, recipient, subject, text="A test message.\n",
                source="127.0.0.1"):
        """Hand one message to LMTP; the answer to RCPT, or to DATA where RCPT
        was accepted."""
        from .lmtp import Lmtp
        with Lmtp(("127.0.0.1", self.port("lmtp")), self.ca, source) as lmtp:
            return lmtp.deliver(recipient, subject, text)

    def subjects(self, mailbox, folder="INBOX"):
        """Subjects of all messages in a mailbox, by doveadm."""
        text = self.doveadm("-f", "tab", "fetch", "-u", mailbox,
                            "hdr.subject", "mailbox", folder, "all")
        return text.splitlines()[1:]
