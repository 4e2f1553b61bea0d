# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What goes wrong while rights are changed or read: the ACL is the old one or
the new one, and nobody ever has more rights than before."""

import contextlib
import os
import re

import pytest

from testenv.people import ALICE, BOB, CAROL
from testenv.projects import Session, letters, new_project
from testenv.wire import quoted

# The ACL before, and what a SETACL makes of it.
BEFORE = ["user=abcd0003 s", "-user=abcd0002 x"]
IDENTIFIER, RIGHTS = "abcd0004", "lrw"
AFTER = [*BEFORE, "user=abcd0004 lrw"]

# What changes the disk.
STEPS = ("link,linkat", "rename,renameat,renameat2", "unlink,unlinkat",
         "mkdir,mkdirat,rmdir", "fsync,fdatasync", "write,pwrite64,writev",
         "ftruncate,fallocate", "chmod,fchmod,fchmodat", "openat")
# What fails as on a disk that is full or broken.
FAILURES = (("fsync", "ENOSPC"), ("fsync", "EIO"), ("rename", "ENOSPC"),
            ("rename", "EROFS"))


@pytest.fixture
def project(campus):
    with new_project(campus) as project:
        project.create("folder", *BEFORE)
        yield project


def rights(project, person, folder="folder"):
    with Session(project, person) as session:
        lines = session.ok(f"MYRIGHTS {quoted(f'INBOX.{folder}').decode()}")
        return "" if lines is None else "".join(sorted(letters(lines)))


def setacl(project, *wrapper, identifier=IDENTIFIER):
    """SETACL in an imap process of its own."""
    done = project.campus.exec(
        *wrapper, "/usr/lib/dovecot/imap", "-u", project.uid, check=False,
        stdin=f"a SETACL INBOX.folder {identifier} {RIGHTS}\r\n"
              "b LOGOUT\r\n".encode())
    assert b"anic" not in done.stderr, done.stderr
    return done


def unlock(project):
    """Dovecot takes a lock away that is two minutes old: of the ACL, and of the
    list of who shares with whom."""
    for place in (project.path("folder"), project.campus.dir / "mail"):
        for lock in place.glob("*lock"):
            lock.unlink()


def check_unharmed(project, *states):
    """One of these ACLs, and the rights that come of it."""
    assert sorted(project.acl("folder")) in [sorted(lines) for lines in states]
    assert rights(project, BOB) == "".join(sorted("lrwstipek"))
    assert rights(project, CAROL) == "lrs"


def strace(*options):
    return ("strace", "-f", "-qq", "-o", "/dev/null",
            *(word for option in options for word in ("-e", option)))


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_every_step(project, step):
    kills, changed = 0, 0
    while True:
        done = setacl(project, *strace(
            f"trace={step}", f"inject={step}:signal=KILL:when={kills + 1}"))
        unlock(project)
        if b"b OK" in done.stdout:
            break
        kills += 1
        check_unharmed(project, BEFORE, AFTER)
        changed += sorted(project.acl("folder")) == sorted(AFTER)
        project.set_acl("folder", *BEFORE)
    assert b"a OK" in done.stdout, done.stdout
    assert sorted(project.acl("folder")) == sorted(AFTER)
    if step.startswith(("openat", "write", "rename", "fsync")):
        assert kills > 0


@pytest.mark.parametrize("call, error", FAILURES)
def test_disk_fails(project, call, error):
    done = setacl(project, *strace(f"trace={call}",
                                   f"inject={call}:error={error}"))
    assert re.search(rb"^a NO ", done.stdout, re.MULTILINE), done.stdout
    assert b"dovecot-acl" in done.stderr
    check_unharmed(project, BEFORE)
    unlock(project)
    assert b"a OK" in setacl(project).stdout
    check_unharmed(project, AFTER)


@contextlib.contextmanager
def small_disk(project):
    """The folder on a file system of its own, where Dovecot is."""
    where, spare = project.path("folder"), project.maildir / "spare"
    inside = project.campus.exec
    inside("cp", "-a", where, spare)
    inside("mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", where)
    try:
        inside("sh", "-c", f"cp -a '{spare}/.' '{where}'")
        yield where
    finally:
        inside("umount", where)
        inside("rm", "-r", spare)


def test_disk_full(project):
    with small_disk(project) as where:
        def acl():
            return project.campus.exec("cat", where / "dovecot-acl") \
                .stdout.decode().splitlines()

        project.campus.exec("sh", "-c", f"cat /dev/zero >'{where}/filler'",
                            check=False)
        done = setacl(project)
        assert re.search(rb"^a NO ", done.stdout, re.MULTILINE), done.stdout
        assert re.search(rb"dovecot-acl.*No space left", done.stderr)
        assert acl() == BEFORE
        project.campus.exec("rm", where / "filler")
        assert b"a OK" in setacl(project).stdout
        assert sorted(acl()) == sorted(AFTER)


def test_two_at_once(project):
    """Both entries are there in the end, and no other is lost."""
    expected = list(BEFORE)
    with Session(project, ALICE) as one, Session(project, ALICE) as other:
        for number in range(50):
            names = [f"one{number}", f"other{number}"]
            for session, name in zip((one, other), names):
                session.imap.send(
                    f"a SETACL INBOX.folder {name} lr\r\n".encode())
            for session, name in zip((one, other), names):
                reply, _ = session.imap.answer()
                assert reply.startswith(b"OK"), reply
                expected.append(f"user={name} lr")
            assert sorted(project.acl("folder")) == sorted(expected)
    check_unharmed(project, expected)


def test_directory_in_its_place(campus, project):
    """Nobody knows what the file took away from whom. (The owner can put it
    right, if he may see the folder.)"""
    path = project.path("folder") / "dovecot-acl"
    path.unlink()
    path.mkdir()
    project.give(path)
    mark = campus.log.mark()
    for person in (BOB, CAROL):
        assert rights(project, person) == ""
        with Session(project, person) as session:
            for command in ("SELECT", "GETACL", "MYRIGHTS"):
                assert session.ok(f"{command} INBOX.folder") is None
            assert session.ok(f"SETACL INBOX.folder {person.uid} lr") is None
            assert rights(project, person) == ""
            listed = session.ok('LIST "" INBOX.folder') or ()
            assert not [line for line in listed
                        if line.endswith(b" INBOX.folder")]
    campus.log.wait_for("dovecot-acl", mark)
    # Once it is a file again, the entries hold.
    path.rmdir()
    project.set_acl("folder", *BEFORE)
    check_unharmed(project, BEFORE)


def test_directory_comes_while_somebody_looks(project):
    """acl looks at the file again after 30 seconds at the latest."""
    path = project.path("folder") / "dovecot-acl"
    with Session(project, CAROL) as carol:
        assert carol.ok("SELECT INBOX.folder") is not None
        path.unlink()
        path.mkdir()
        project.give(path)
        os.utime(path, (1600000000, 1600000000))
        lines = carol.ok("MYRIGHTS INBOX.folder")
        assert lines is None or sorted(letters(lines)) == list("lrs")
    assert rights(project, CAROL) == ""


def test_deleted_user(project):
    """An entry for somebody who is no more stays until it is taken away, and
    is in nobody's way."""
    project.set_acl("folder", *BEFORE, "user=gone0001 lrwstipekxa",
                    "-user=gone0002 lr")
    check_unharmed(project, [*BEFORE, "user=gone0001 lrwstipekxa",
                             "-user=gone0002 lr"])
    with Session(project, ALICE) as alice:
        line, = alice.ok("GETACL INBOX.folder")
        assert b" gone0001 lrwstipekxacd" in line
        assert b" -gone0002 lr" in line
        for name in ("gone0001", "-gone0002"):
            assert alice.ok(f"DELETEACL INBOX.folder {name}") is not None
    check_unharmed(project, BEFORE)


@pytest.mark.parametrize("name", ("owner", "anyone", "a,b", "the staff",
                                  "Staff"))
def test_groups_that_cannot_be(project, name):
    """In a file they give nobody anything, and take all."""
    project.set_acl("folder", *BEFORE, f'"group={name}" a')
    check_unharmed(project, project.acl("folder"))
    project.set_acl("folder", *BEFORE, f'"-group={name}" r')
    assert rights(project, ALICE) == "al"
    for person in (BOB, CAROL):
        assert rights(project, person) == ""
