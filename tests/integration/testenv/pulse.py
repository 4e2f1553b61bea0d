# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Does the auth process go on with everything else? Somebody whom no directory
is asked about, who logs in all the time."""

import contextlib
import pathlib
import threading
import time

NAME, PASSWORD = "static01", "static-secret"
# ./demo's owner of all mail
MAIL_UID = 5000


@contextlib.contextmanager
def configured_with_pulse(campus, core="", settings=None):
    """A Dovecot with these settings that knows this person from a file, before
    it asks the directory."""
    users = campus.dir / "static-users"
    home = pathlib.Path(campus.doveadm("user", "-f", "home",
                                       "abcd0001").strip()).parent / NAME
    users.write_text(f"{NAME}:{{PLAIN}}{PASSWORD}::::::userdb_uid={MAIL_UID} "
                     f"userdb_gid={MAIL_UID} userdb_home={home}\n")
    users.chmod(0o644)
    first = campus.dovecot.etc / "conf.d/00-static.conf"
    first.write_text(
        f"passdb {{\n  driver = passwd-file\n  args = {users}\n}}\n"
        if campus.dovecot.series == "2.3" else
        f"passdb passwd-file {{\n  passwd_file_path = {users}\n}}\n")
    try:
        with campus.dovecot.configured(core=core, campus=settings):
            try:
                yield
            finally:
                first.unlink()
    finally:
        first.unlink(missing_ok=True)


class Pulse:
    """That person's logins, one after the other, for a with block."""
    PAUSE = 0.005

    def __init__(self, campus):
        self.auth = campus.auth()
        # seconds that each took
        self.took = []
        self.failed = 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        self.auth.close()

    def _run(self):
        while not self.ending.wait(self.PAUSE):
            begin = time.monotonic()
            self.failed += not self.auth.login(NAME, PASSWORD).ok
            self.took.append(time.monotonic() - begin)

    def is_even(self):
        """No login had to wait for 50 ms; but the machine may have been busy,
        so a few in a hundred may, and none for long."""
        assert not self.failed and len(self.took) > 20, len(self.took)
        late = sorted(took for took in self.took if took > 0.05)
        assert len(late) <= 3 + len(self.took) // 50, late
        assert not late or late[-1] < 0.4, late
