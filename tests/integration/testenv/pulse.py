# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Does the auth process go on with everything else? Somebody whom no directory
is asked about, who logs in all the time."""

import contextlib
import pathlib

from .load import Watch

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


class Pulse(Watch):
    """That person's logins, one after the other, for a with block."""

    def __init__(self, campus):
        super().__init__(campus)
        self.auth = campus.auth()
        self.failed = 0

    def __exit__(self, *error):
        super().__exit__(*error)
        self.auth.close()

    def _once(self):
        self.failed += not self.auth.login(NAME, PASSWORD).ok

    def is_even(self):
        """No login had to wait for 50 ms, but for one in a hundred on a busy
        machine, and that one not for long."""
        assert not self.failed and self.waits
        late = sorted(wait for wait in self.waits if wait > 0.05)
        assert len(late) <= 1 + len(self.waits) // 100, late
        assert not late or late[-1] < 0.3, late
