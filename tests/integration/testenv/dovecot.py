# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The campus' Dovecot: other settings for the time of a test, restart, and
what its processes are."""

import contextlib
import functools
import os
import pathlib
import signal
import socket

from .wait import stat_fields, until, until_gone, until_stopped


class Dovecot:
    def __init__(self, campus):
        self.campus = campus
        self.etc = campus.dir / "etc/dovecot"
        self.args_file = self.etc / "dovecot-campus.conf.ext"
        self.drop_in = self.etc / "conf.d/zz-test.conf"
        self.original_args = None
        # what stays in the drop-in between tests
        self.base = ""

    def keep_original(self):
        if self.series == "2.3":
            self.original_args = self.args_file.read_bytes()

    @functools.cached_property
    def series(self):
        """2.3 or 2.4"""
        version = self.campus.exec("dovecot", "--version").stdout.decode()
        return ".".join(version.split(".")[:2])

    def configure(self, core="", campus=None):
        """Write settings over the shipped ones: core as text, campus ones as
        a dict. Takes effect at the next start."""
        lines = [f"{name} = {value}"
                 for name, value in (campus or {}).items()]
        if self.series == "2.3":
            self.drop_in.write_text(self.base + core + "\n")
            self.args_file.write_bytes(
                self.original_args + b"\n" + "\n".join(lines).encode() + b"\n")
        else:
            self.drop_in.write_text(
                self.base + core + "\n" + "\n".join(lines) + "\n")

    def reset(self):
        self.drop_in.write_text(self.base)
        if self.series == "2.3":
            self.args_file.write_bytes(self.original_args)

    def master_pid(self):
        path = self.campus.dir / "run/master.pid"
        try:
            return int(path.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def stop(self):
        """End all its processes at once: Dovecot's own way takes seconds."""
        pid = self.master_pid()
        if pid is None or not pathlib.Path(f"/proc/{pid}").exists():
            return
        # the master first, so that it starts no others once it has stopped
        os.kill(pid, signal.SIGSTOP)
        until_stopped(pid)
        family = [pid, *children(pid)]
        for member in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        for member in family:
            until_gone(member)
        (self.campus.dir / "run/master.pid").unlink()

    def start(self, check=True):
        """Start Dovecot; its ports listen when this returns."""
        # Its children inherit what it writes to: a file, not a pipe of ours.
        output = self.campus.dir / "log/dovecot-start.log"
        done = self.campus.exec(
            "sh", "-c", f"ulimit -n 8192; exec dovecot >{output} 2>&1",
            check=False)
        done.stderr = output.read_bytes()
        if done.returncode == 0:
            until(self.is_recorded, "Dovecot's master runs")
        elif check:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return done

    def is_recorded(self):
        """Does the master run, and does ./demo know which it is?"""
        pid = self.master_pid()
        return pid is not None and self.campus.record("dovecot", pid)

    def restart(self):
        self.stop()
        self.start()

    @contextlib.contextmanager
    def configured(self, core="", campus=None):
        """A Dovecot with these settings for the time of a with block."""
        self.configure(core, campus)
        try:
            self.restart()
            yield self
        finally:
            self.reset()
            self.restart()

    @staticmethod
    def kill(pid):
        os.kill(pid, signal.SIGKILL)
        until_gone(pid)

    @staticmethod
    def resident_kib(pid):
        """Memory of a process that is its own."""
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        values = dict(line.split(":", 1) for line in status.splitlines())
        return int(values["RssAnon"].split()[0])

    def wake_auth(self):
        """Have the auth service started, which may end at once."""
        with contextlib.suppress(OSError), \
                socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.campus.dir / "run/auth-client"))

    def until_ready(self):
        """Wait until the auth service answers (its module may have to wait for
        the directory first)."""
        def ready():
            try:
                self.campus.auth().close()
                return True
            except (OSError, AssertionError):
                return False
        until(ready, "the auth service answers")


def children(pid):
    """Process ids of the children of a process."""
    found = []
    for path in pathlib.Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                parent = int(stat_fields(path.name)[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                found.append(int(path.name))
    return found
