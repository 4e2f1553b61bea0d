# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""ACL2=UNION: MYRIGHTS says what the entries of a folder add up to for who
acts, and what commands really allow is the same to the letter."""

import re

import pytest

from testenv.people import ALICE, BOB, CAROL, Login
from testenv.projects import Session, letters, new_project
from testenv.wire import quoted

ALL = "lrwstipekxa"
MEMBER = "lrwstipekx"

# Lines of dovecot-acl, and the rights of owner, member and reader.
RULES = (
    ((), ALL, MEMBER, "lr"),
    # entries add to the role, whatever they name
    (("user=abcd0003 i",), ALL, MEMBER, "lri"),
    (("user=abcd0003 st", "authenticated w"), ALL, MEMBER, "lrwst"),
    (("anyone k",), ALL, MEMBER, "lrk"),
    (("user=abcd0003 a",), ALL, MEMBER, "lra"),
    (("user=abcd0003 l",), ALL, MEMBER, "lr"),
    # and negative ones take away
    (("-user=abcd0002 x",), ALL, "lrwstipek", "lr"),
    (("-user=abcd0002 rwstipekx",), ALL, "l", "lr"),
    (("-anyone r",), "lwstipekxa", "lwstipekx", "l"),
    (("-authenticated lrwstipekxa",), "la", "", ""),
    (("user=abcd0003 wst", "-anyone s"), "lrwtipekxa", "lrwtipekx", "lrwt"),
    # the owner is whoever has that role
    (("owner lr",), "lra", MEMBER, "lr"),
    (("owner lr", "user=abcd0001 i"), "lria", MEMBER, "lr"),
    (("-owner ek",), "lrwstipxa", MEMBER, "lr"),
    (("-owner lra",), "lwstipekxa", MEMBER, "lr"),
    # the mailbox's own name is no person who acts
    (("-user={uid} lrwstipekxa",), ALL, MEMBER, "lr"),
    # of groups that are not theirs they have nothing
    (("group=strangers wstipekx", "-group=strangers lr"), ALL, MEMBER, "lr"),
    (("group-override=strangers a",), ALL, MEMBER, "lr"),
    # nobody knows whom a group was meant to be that cannot be one
    (("-group=Staff,all r",), "la", "", ""),
    (('"-group=the staff" r',), "la", "", ""),
    # what "doveadm acl rights" shows besides the rights is none, and nobody
    # keeps Dovecot's own rule by it
    (
        (
            "user=abcd0003 lr:union (campus_acl)",
            "user=abcd0002 lr:union",
            "-anyone r",
            "-user=abcd0002 w",
            "-user=abcd0003 w",
        ),
        "lwstipekxa",
        "lstipekx",
        "l",
    ),
)


@pytest.fixture(scope="module")
def project(campus):
    with new_project(campus) as project:
        yield project


def sorted_rights(rights):
    return "".join(letter for letter in ALL if letter in rights)


class Tried(Session):
    """What one person can do in the project."""

    def my_rights(self, name):
        """The letters; none if there is no such mailbox for this person."""
        lines = self.ok(f"MYRIGHTS {quoted(name).decode()}")
        if lines is None:
            return ""
        return letters(lines)

    def append(self, name):
        reply, _ = self.imap.command(f'APPEND "{name}" {{13}}')
        if not reply.startswith(b"+"):
            return False
        self.imap.send(b"Subject: x\r\n\r\n"[:13] + b"\r\n")
        return self.imap.answer()[0].startswith(b"OK")

    def can_store(self, uid, flag):
        if self.ok(f"UID STORE {uid} +FLAGS.SILENT ({flag})") is None:
            return False
        lines = self.ok(f"UID FETCH {uid} (FLAGS)") or []
        return any(flag.encode() in line for line in lines)

    def allowed(self, name):
        """The letters of what really happens. Without the right to read there
        is no way to try the flags' and EXPUNGE."""
        letters = ""
        if any(name.encode() in line
               for line in self.ok(f'LIST "" "{name}"') or ()):
            letters += "l"
        if self.ok(f'SELECT "{name}"') is not None:
            letters += "r"
            letters += "s" * self.can_store(1, "\\Seen")
            letters += "w" * self.can_store(1, "\\Flagged")
            letters += "t" * self.can_store(1, "\\Deleted")
            self.ok("EXPUNGE")
            if not self.ok("UID SEARCH UID 2")[0].split()[2:]:
                letters += "e"
            self.ok("UNSELECT")
        letters += "i" * self.append(name)
        letters += "k" * (self.ok(f'CREATE "{name}.child"') is not None)
        letters += "a" * (self.ok(f'GETACL "{name}"') is not None)
        if self.ok(f'RENAME "{name}" "{name}-renamed"') is not None:
            letters += "x"
            self.ok(f'RENAME "{name}-renamed" "{name}"')
        return letters


@pytest.mark.parametrize("who", ("owner", "member", "reader"))
@pytest.mark.parametrize("number", range(len(RULES)))
def test_rights_are_what_commands_allow(project, number, who):
    lines, *rights = RULES[number]
    person, expected = {"owner": (ALICE, rights[0]),
                        "member": (BOB, rights[1]),
                        "reader": (CAROL, rights[2])}[who]
    folder = f"rule{number}-{who}"
    lines = [line.format(uid=project.uid) for line in lines]
    project.create(folder, *lines)
    with Tried(project, person) as session:
        assert sorted_rights(session.my_rights(f"INBOX.{folder}")) == \
            sorted_rights(expected)
        # p is for deliveries; the root's rights, not the folder's, decide on
        # the new name of a RENAME
        possible = set(expected) - {"p"}
        if "r" not in possible:
            possible -= set("swte")
        if who == "reader":
            possible -= {"x"}
        if not possible & set("lri"):
            possible -= {"a"}
        assert sorted_rights(session.allowed(f"INBOX.{folder}")) == \
            sorted_rights(possible)


def test_a_change_is_seen_in_the_session(project):
    """Another's SETACL counts as soon as Dovecot looks at the file again, at
    the latest in the next session."""
    project.create("changes", "user=abcd0003 i")
    with Tried(project, CAROL) as carol:
        assert sorted_rights(carol.my_rights("INBOX.changes")) == "lri"
    with Tried(project, ALICE) as alice:
        assert alice.ok("SETACL INBOX.changes abcd0003 lw") is not None
        assert alice.ok("SETACL INBOX.changes -abcd0003 r") is not None
    assert sorted(project.acl("changes")) == ["-user=abcd0003 r",
                                              "user=abcd0003 lw"]
    with Tried(project, CAROL) as carol:
        assert sorted_rights(carol.my_rights("INBOX.changes")) == "lw"


def test_a_new_folder_has_its_parents_entries(project):
    project.create("parent", "user=abcd0003 k", "-user=abcd0002 x")
    with Tried(project, CAROL) as carol:
        assert carol.ok("CREATE INBOX.parent.child") is not None
        assert sorted_rights(carol.my_rights("INBOX.parent.child")) == "lrk"
    assert sorted(project.acl("parent.child")) == ["-user=abcd0002 x",
                                                   "user=abcd0003 k"]


def test_own_mailbox(campus, person):
    """The owner of a mailbox has all rights there, and keeps l and a."""
    conn = campus.logged_in("imap", person)
    with conn:
        reply, lines = conn.command("MYRIGHTS INBOX")
        assert reply.startswith(b"OK")
        assert set(lines[0].split()[-1].decode()) == set(ALL + "cd")
        assert conn.command("CREATE INBOX.mine")[0].startswith(b"OK")
    path = campus.dir / "mail" / person.name / "Maildir/.mine/dovecot-acl"
    path.write_text("-anyone lrwstipekxa\n")
    path.chmod(0o644)
    with campus.logged_in("imap", person) as conn:
        lines = conn.command("MYRIGHTS INBOX.mine")[1]
        assert lines[0].endswith(b" la"), lines


def rights_of(campus, login, name):
    with campus.logged_in("imap", login) as conn:
        reply, lines = conn.command(f"MYRIGHTS {name}")
        return letters(lines) if reply.startswith(b"OK") else ""


def test_unreadable_file(campus, project):
    """Nobody has rights, since nobody knows what the file takes away; the log
    says so."""
    project.create("unreadable", "user=abcd0003 i")
    path = project.path("unreadable") / "dovecot-acl"
    path.unlink()
    path.write_text("user=abcd0003 i\n")
    path.chmod(0o600)   # root's
    mark = campus.log.mark()
    for person in (ALICE, BOB, CAROL):
        assert rights_of(campus, project.login(person),
                         "INBOX.unreadable") == ""
    campus.log.wait_for("ACL of 'unreadable' cannot be read", mark, 3)


@pytest.mark.parametrize("line", ("user=abcd0003 lrz", "nobody lr",
                                  '"user=abcd0003 lr', "user=abcd0003 l r"))
def test_broken_file(campus, line):
    """A file that cannot be understood is an error, and gives no rights."""
    with new_project(campus) as project:
        project.create("broken", "anyone lrwstipekxa", line)
        mark = campus.log.mark()
        for person in (ALICE, BOB, CAROL):
            assert rights_of(campus, project.login(person),
                             "INBOX.broken") == ""
    assert "dovecot-acl line 2" in campus.log.wait_for("ACL file ", mark)[0]


def test_ten_thousand_entries(campus):
    with new_project(campus) as project:
        project.create("many", *(f"user=nobody{i} rs" for i in range(10000)),
                       "user=abcd0003 s")
        assert rights_of(campus, project.login(CAROL), "INBOX.many") == "lrs"


def test_listed_is_what_may_be_seen(project):
    project.create("hidden", "-user=abcd0003 l")
    project.create("hidden.below", "user=abcd0003 lr")
    with Tried(project, CAROL) as carol:
        below, = carol.ok('LIST "" "INBOX.hidden*"')
        assert below.endswith(b" INBOX.hidden.below")
        there, = [line for line in carol.ok('LIST "" "INBOX.%"')
                  if line.endswith(b" INBOX.hidden")]
        assert re.search(rb"\\Non[Ee]xistent|\\Noselect", there), there
        assert carol.ok("STATUS INBOX.hidden (MESSAGES)") is not None
    with Tried(project, BOB) as bob:
        assert len(bob.ok('LIST "" "INBOX.hidden*"')) == 2


def test_login_as_oneself(campus):
    """No role, no master user: one's own mailbox is one's own."""
    assert sorted_rights(rights_of(
        campus, Login("abcd0003", CAROL.password), "INBOX")) == ALL
