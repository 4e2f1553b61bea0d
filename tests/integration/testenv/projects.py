# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Project mailboxes of a test's own, with folders whose ACL the test writes."""

import contextlib
import itertools
import os

from .people import ALICE, BOB, CAROL, NETBIOS, Login

NUMBERS = itertools.count(1)
# Who is what in every project of a test.
ROLES = {"owner": ALICE, "member": BOB, "reader": CAROL}


def message(number):
    return f"From: a@campus.example\nSubject: message {number}\n\nText.\n"


def letters(lines):
    """What MYRIGHTS answers, without the two letters of RFC 2086."""
    return "".join(c for c in lines[0].split()[-1].decode() if c not in 'cd"')


class Project:
    """A project mailbox: the test's hand in its Maildir."""

    def __init__(self, campus, uid):
        self.campus = campus
        self.uid = uid
        self.maildir = campus.dir / "mail" / uid / "Maildir"

    def login(self, person):
        return Login(f"{NETBIOS}/{person.uid}/{self.uid}", person.password)

    def logged_in(self, person, protocol="imap"):
        return self.campus.logged_in(protocol, self.login(person))

    def path(self, folder):
        return self.maildir if folder == "INBOX" else \
            self.maildir / f".{folder}"

    def give(self, path):
        """Let Dovecot's mail user own what the test has written."""
        stat = self.maildir.stat()
        os.chown(path, stat.st_uid, stat.st_gid)

    def create(self, folder, *acl, messages=("", "T")):
        """A folder with these lines in its ACL; a message for each text of
        flags."""
        self.campus.doveadm("mailbox", "create", "-u", self.uid,
                            f"INBOX.{folder}")
        for number, flags in enumerate(messages):
            path = self.path(folder) / "cur" / \
                f"{1700000000 + number}.test{number}:2,{flags}"
            path.write_text(message(number))
            self.give(path)
        self.set_acl(folder, *acl)

    def set_acl(self, folder, *lines):
        path = self.path(folder) / "dovecot-acl"
        if not lines:
            path.unlink(missing_ok=True)
            return
        # as Dovecot does it: another file in its place
        temp = path.with_suffix(".test")
        temp.write_text("".join(line + "\n" for line in lines))
        self.give(temp)
        temp.rename(path)

    def acl(self, folder):
        path = self.path(folder) / "dovecot-acl"
        return path.read_text().splitlines() if path.exists() else []


class Session:
    """One person's IMAP connection to a project mailbox."""

    def __init__(self, project, person):
        self.imap = project.logged_in(person)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.imap.close()

    def ok(self, command):
        """The untagged lines, or None if the answer is not OK."""
        reply, untagged = self.imap.command(command)
        return untagged if reply.startswith(b"OK") else None


@contextlib.contextmanager
def new_project(campus):
    """A new project mailbox for the time of a with block: Alice owns it, Bob is
    a member, Carol a reader."""
    uid = f"project{next(NUMBERS)}"
    dns = {role: campus.directory.person_dn(person.uid)
           for role, person in ROLES.items()}
    with campus.directory.project(uid, campusOwner=dns["owner"],
                                  campusMember=dns["member"],
                                  campusReader=dns["reader"]):
        project = Project(campus, uid)
        # makes the Maildir
        campus.doveadm("mailbox", "status", "-u", uid, "messages", "INBOX")
        yield project
