# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row F4: in a project mailbox \\Seen is everybody's, or with one setting
of Dovecot's each person's own; only then readers may set it."""

import re

from testenv.people import ALICE, BOB, CAROL
from testenv.projects import Session, new_project

PRIVATE = {
    "2.3": "mail_location = maildir:~/Maildir:INDEXPVT=~/seen/%{auth_user}\n",
    "2.4": "mail_index_private_path = ~/seen/%{auth_user}\n"}


class Reader(Session):
    """One person's look at the INBOX of a project."""

    def do(self, command):
        lines = self.ok(command)
        assert lines is not None, command
        return b"\n".join(lines)

    def unseen(self):
        return int(re.search(rb"UNSEEN (\d+)",
                             self.do("STATUS INBOX (UNSEEN)")).group(1))

    def read(self, *flags):
        """Mark the first message; the flags that it has then."""
        self.do("SELECT INBOX")
        self.do(f"UID STORE 1 +FLAGS.SILENT ({' '.join(flags)})")
        found = re.search(rb"FLAGS \(([^)]*)\)",
                          self.do("UID FETCH 1 (FLAGS)")).group(1)
        self.do("UNSELECT")
        return set(found.decode().split()) - {"\\Recent"}

    def rights(self):
        return self.do("MYRIGHTS INBOX").split()[-1].decode()


def fill(project):
    for number in (1, 2):
        reply = project.campus.deliver(f"{project.uid}@campus.example",
                                       f"message {number}")
        assert reply.startswith(b"250"), reply


def test_shared_as_shipped(second_campus):
    with new_project(second_campus) as project:
        fill(project)
        with Reader(project, BOB) as bob:
            assert bob.unseen() == 2
            assert bob.read("\\Seen", "\\Flagged") == {"\\Seen", "\\Flagged"}
        with Reader(project, ALICE) as alice:
            assert alice.unseen() == 1
        with Reader(project, CAROL) as carol:
            assert carol.rights() == "lr"
            assert carol.unseen() == 1
            assert carol.read("\\Seen") == {"\\Seen", "\\Flagged"}
            carol.do("SELECT INBOX")
            carol.do("UID STORE 2 +FLAGS (\\Seen)")
            carol.do("UNSELECT")
            assert carol.unseen() == 1


def test_each_persons_own(second_campus):
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(core=PRIVATE[series]), \
            new_project(second_campus) as project:
        fill(project)
        with Reader(project, CAROL) as carol:
            assert carol.rights() == "lrs"
            assert carol.unseen() == 2
            # \Seen is hers, other flags are not
            assert carol.read("\\Seen", "\\Flagged") == {"\\Seen"}
            assert carol.unseen() == 1
        with Reader(project, ALICE) as alice:
            assert alice.unseen() == 2
            assert alice.read("\\Flagged") == {"\\Flagged"}
        with Reader(project, BOB) as bob:
            assert bob.unseen() == 2
            assert bob.read("\\Seen") == {"\\Seen", "\\Flagged"}
        for person, unseen in ((ALICE, 2), (BOB, 1), (CAROL, 1)):
            with Reader(project, person) as reader:
                assert reader.unseen() == unseen, person
        # POP3 marks what was read for who has read it
        with project.logged_in(ALICE, "pop3") as conn:
            conn.multi("RETR 2")
            conn.command("QUIT")
        for person, unseen in ((ALICE, 1), (BOB, 1), (CAROL, 1)):
            with Reader(project, person) as reader:
                assert reader.unseen() == unseen, person
