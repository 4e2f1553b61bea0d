# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS: they tell what holds, and
what they write is what was meant."""

import itertools
import re

import pytest

from testenv.folders import Folders, newcomer
from testenv.people import ALICE, BOB, CAROL
from testenv.projects import new_project
from testenv.wire import quoted

NUMBERS = itertools.count(1)
OWNER = "owner lrwstipekxacd"
EVERYBODY = "NO [CANNOT] Rights for everybody (anyone, authenticated) are not"
KEEPS = "NO [CANNOT] The owner keeps the rights l and a"

CAPABILITIES = ("IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT "
                "THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION")

# What SETACL writes: identifier, rights, the line of dovecot-acl, and the entry
# as GETACL shows it if that is not the identifier itself.
WRITTEN = (
    ("abcd0003", "lr", "user=abcd0003 lr", None),
    ("ABCD0003", "lr", "user=abcd0003 lr", "abcd0003"),
    ("user=abcd0003", "lr", "user=abcd0003 lr", "abcd0003"),
    ("user=ABCD0003", "lr", "user=abcd0003 lr", "abcd0003"),
    ("a.b@campus.example", "l", "user=a.b@campus.example l", None),
    ("group=staff", "lr", "group=staff lr", None),
    ("group=Staff", "lr", "group=staff lr", "group=staff"),
    ("$staff", "lr", "group=staff lr", "group=staff"),
    ("!$staff", "lr", "group-override=staff lr", "group-override=staff"),
    ("group-override=staff", "lr", "group-override=staff lr", None),
    ("owner", "lra", "owner lra", None),
    ("-abcd0003", "lr", "-user=abcd0003 lr", None),
    ("-ABCD0003", "lr", "-user=abcd0003 lr", "-abcd0003"),
    ("-group=staff", "lr", "-group=staff lr", None),
    ("-$staff", "lr", "-group=staff lr", "-group=staff"),
    ("-!$staff", "lr", "-group-override=staff lr", "-group-override=staff"),
    ("-anyone", "lr", "-anyone lr", None),
    ("-anonymous", "lr", "-anyone lr", "-anyone"),
    ("-authenticated", "lr", "-authenticated lr", None),
    ("-owner", "s", "-owner s", None),
)

# What SETACL refuses: identifier, rights, the beginning of the answer.
REFUSED = (
    ("anyone", "lr", EVERYBODY),
    ("anyone", "+p", EVERYBODY),
    ("anonymous", "l", EVERYBODY),
    ("authenticated", "l", EVERYBODY),
    ("owner", "lr", KEEPS),
    ("owner", "", KEEPS),
    ("owner", "-a", KEEPS),
    ("owner", "-l", KEEPS),
    ("-owner", "l", KEEPS),
    ("-owner", "+a", KEEPS),
    ("administrators", "lr", "NO [CANNOT] Name 'administrators' is reserved"),
    ("root", "lr", "NO [CANNOT] Name 'root' is reserved"),
    ("Dovecot", "lr", "NO [CANNOT] Name 'dovecot' is reserved"),
    ("Anyone", "lr", "NO [CANNOT] Name 'anyone' is reserved"),
    ("OWNER", "lr", "NO [CANNOT] Name 'owner' is reserved"),
    ("user=owner", "lr", "NO [CANNOT] Name 'owner' is reserved"),
    ("group=anyone", "lr", "NO [CANNOT] Name 'anyone' is reserved"),
    ("-group=owner", "lr", "NO [CANNOT] Name 'owner' is reserved"),
    ("group=a,b", "lr", "NO [CANNOT] Name 'a,b' is not usable"),
    ("-group=the staff", "lr", "NO [CANNOT] Name 'the staff' is not usable"),
    ("GROUP=staff", "lr", "NO [CANNOT] Name 'GROUP=staff' is not usable"),
    ("user=group=staff", "lr", "NO [CANNOT] Name 'group=staff' is not usable"),
    ("!staff", "lr", "NO [CANNOT] Name '!staff' is not usable"),
    ("a b", "lr", "NO [CANNOT] Name 'a b' is not usable"),
    ("x" * 65, "lr", "NO [CANNOT] Name 'xxxx"),
    ("x" * 256, "lr", "NO [CANNOT] The identifier 'xxxx"),
    ("", "lr", "NO [CANNOT] The identifier '' names nobody"),
    ("group=", "lr", "NO [CANNOT] The identifier 'group=' names nobody"),
    ("#anyone", "-l", "NO [CANNOT] '#anyone' is the administrator's"),
    ("-#owner", "l", "NO [CANNOT] '-#owner' is the administrator's"),
    ("abcd0003\nanyone lr", "lr", "NO [CANNOT] The identifier 'abcd0003\\x0a"),
    ("group=a\r\nanyone", "lr", "NO [CANNOT] The identifier 'group=a\\x0d"),
    ("a\tb", "lr", "NO [CANNOT] The identifier 'a\\x09b' holds a control"),
    ("abcd0003", "lrz", "BAD Error in IMAP command SETACL: There is no "
                        "right 'z'"),
    ("abcd0003", "LR", "BAD Error in IMAP command SETACL: There is no "
                       "right 'L'"),
    ("abcd0003", "+l+r", "BAD Error in IMAP command SETACL: There is no "
                         "right '+'"),
)


class Session:
    """One person's connection, with the ACL commands as functions."""

    def __init__(self, imap):
        self.imap = imap

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.imap.close()

    def ask(self, command, *args):
        """The tagged answer and the untagged lines; each argument is sent as a
        literal, which can hold all that there is."""
        self.imap.send(b"a " + command.encode())
        for arg in args:
            data = arg if isinstance(arg, bytes) else arg.encode()
            self.imap.send(b" {%d+}\r\n" % len(data) + data)
        self.imap.send(b"\r\n")
        reply, lines = self.imap.answer()
        return reply.decode("utf-8", "replace"), \
            [line.decode("utf-8", "replace") for line in lines]

    def ok(self, command, *args):
        reply, lines = self.ask(command, *args)
        assert reply.startswith("OK"), (command, args, reply)
        return lines

    def acl(self, name):
        """The entries that GETACL shows: "identifier rights"."""
        line, = self.ok("GETACL", name)
        words = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line)
        words = [word.strip('"').replace("\\\\", "\\") for word in words]
        assert words[:3] == ["*", "ACL", name], line
        return [" ".join(pair) for pair in zip(words[3::2], words[4::2])]

    def my_rights(self, name):
        line, = self.ok("MYRIGHTS", name)
        return line.split()[-1].strip('"')


@pytest.fixture(scope="module")
def project(campus):
    with new_project(campus) as project:
        yield project


@pytest.fixture
def folder(project):
    """A new folder of the project."""
    name = f"folder{next(NUMBERS)}"
    project.create(name)
    return name


@pytest.fixture(scope="module")
def alice(project):
    with Session(project.logged_in(ALICE)) as session:
        yield session


# -- what is written


@pytest.mark.parametrize("identifier, rights, line, shown", WRITTEN,
                         ids=lambda value: str(value))
def test_setacl(project, folder, alice, identifier, rights, line, shown):
    name = f"INBOX.{folder}"
    shown = f"{shown or identifier} {rights}"
    alice.ok("SETACL", name, identifier, rights)
    assert project.acl(folder)[-1].split(" ")[0] == line.split(" ")[0]
    assert sorted(project.acl(folder)[-1]) == sorted(line)
    implicit = [] if shown.startswith("owner") else [OWNER]
    assert alice.acl(name) == [shown, *implicit]
    # what is shown can be sent back, and means the same
    alice.ok("SETACL", name, shown.split(" ")[0], rights)
    assert alice.acl(name) == [shown, *implicit]
    # and is what can be taken away, by either
    alice.ok("DELETEACL", name, identifier)
    assert alice.acl(name) == [OWNER]
    assert not project.acl(folder)
    alice.ok("SETACL", name, identifier, rights)
    alice.ok("DELETEACL", name, shown.split(" ")[0])
    assert not project.acl(folder)


@pytest.mark.parametrize("steps, given", (
    (("lr", "+s"), "lrs"), (("lrs", "-s"), "lr"), (("lr", "+"), "lr"),
    (("lr", "-i"), "lr"), (("+lr",), "lr"), (("-lr",), None), (("",), None),
    (("c",), "kx"), (("d",), "et"), (("lrd", "-d"), "lr"), (("rrll",), "lr"),
    (("lr", "lrswi"), "lrwsi"), (("kxte", "-c"), "et")),
    ids=lambda value: "then".join(value) if isinstance(value, tuple) else value)
def test_setacl_modes(folder, alice, steps, given):
    """For a person, and for what is taken from him."""
    name = f"INBOX.{folder}"
    virtual = "".join(letter for letter, of in (("c", "kx"), ("d", "et"))
                      if set(of) & set(given or ""))
    for identifier in ("abcd0003", "-group=staff"):
        for rights in steps:
            alice.ok("SETACL", name, identifier, rights)
        entries = [entry for entry in alice.acl(name)
                   if entry.startswith(f"{identifier} ")]
        if given is None:
            assert not entries
            continue
        entry, = entries
        assert entry.split(" ")[1].endswith(virtual)
        assert sorted(entry.split(" ")[1]) == sorted(given + virtual)


@pytest.mark.parametrize("steps, written, mine", (
    (("-r",), "owner lwstipekxa", "lwstipekxa"),
    (("-r", "-w"), "owner lstipekxa", "lstipekxa"),
    (("+r",), "owner lrwstipekxa", "lrwstipekxa"),
    (("la",), "owner la", "la"),
    (("la", "+r"), "owner lra", "lra")),
    ids=lambda value: "then".join(value) if isinstance(value, tuple) else "")
def test_setacl_of_the_owner(project, folder, alice, steps, written, mine):
    """What is added and taken is what the owner has, written down or not."""
    name = f"INBOX.{folder}"
    for rights in steps:
        alice.ok("SETACL", name, "owner", rights)
    line, = project.acl(folder)
    assert sorted(line) == sorted(written)
    assert set(alice.my_rights(name)) - set("cd") == set(mine)
    shown, = alice.acl(name)
    assert set(shown.split(" ")[1]) - set("cd") == set(mine)
    alice.ok("DELETEACL", name, "owner")
    assert alice.acl(name) == [OWNER]
    assert alice.my_rights(name) == "lrwstipekxacd"


# -- what is refused


@pytest.mark.parametrize("identifier, rights, answer", REFUSED,
                         ids=lambda value: repr(value)[:30])
def test_setacl_is_refused(project, folder, alice, identifier, rights, answer):
    reply, lines = alice.ask("SETACL", f"INBOX.{folder}", identifier, rights)
    assert reply.startswith(answer), reply
    assert not lines
    assert not project.acl(folder)
    # LISTRIGHTS and DELETEACL agree
    if answer.startswith("NO") and not answer.startswith(KEEPS):
        assert alice.ask("LISTRIGHTS", f"INBOX.{folder}", identifier)[0] \
            .startswith(answer)
    if "identifier" in answer or "administrator's" in answer:
        assert alice.ask("DELETEACL", f"INBOX.{folder}", identifier)[0] \
            .startswith(answer)
    # too many BADs would end the session
    alice.ok("NOOP")


def test_invalid_utf8(folder, alice):
    reply, _ = alice.ask("SETACL", f"INBOX.{folder}", b"a\xffb", "lr")
    assert reply.startswith("NO [CANNOT] The identifier 'a\\xffb' is not "
                            "valid UTF-8"), reply


def test_existing_rights_for_everybody(project, folder, alice):
    """They stay until somebody takes them back, and cannot grow."""
    project.set_acl(folder, "anyone lr", "authenticated s")
    name = f"INBOX.{folder}"
    assert alice.acl(name) == ["anyone lr", "authenticated s", OWNER]
    for identifier, rights in (("anyone", "+i"), ("authenticated", "l")):
        assert alice.ask("SETACL", name, identifier, rights)[0] \
            .startswith(EVERYBODY)
    alice.ok("SETACL", name, "anyone", "-r")
    alice.ok("CREATE", f"{name}.child")
    assert alice.acl(f"{name}.child") == ["anyone l", "authenticated s", OWNER]
    # nor does everybody see them any longer
    for shared in (name, f"{name}.child"):
        alice.ok("DELETEACL", shared, "anyone")
        alice.ok("DELETEACL", shared, "authenticated")
        assert alice.acl(shared) == [OWNER]


def test_new_folder_inherits_all(project, folder, alice):
    """A copy without the bad entries would let more people in."""
    lines = ["group=a,b r", "user=ABCD0003 i", "-user=abcd0002 i", "owner kr"]
    project.set_acl(folder, *lines)
    alice.ok("CREATE", f"INBOX.{folder}.child")
    assert sorted(project.acl(f"{folder}.child")) == sorted(lines)


@pytest.mark.parametrize("verb, identifier, rights, words", (
    ("set", "anyone", ("lookup", "read"), "Rights for everybody"),
    ("add", "anyone", ("post",), "Rights for everybody"),
    ("set", "anonymous", ("lookup",), "Rights for everybody"),
    ("set", "authenticated", ("lookup",), "Rights for everybody"),
    ("set", "owner", ("lookup", "read"), "owner keeps the rights"),
    ("add", "owner", ("read",), "owner keeps the rights"),
    ("set", "owner", ("lookup", "admin", "-admin"), "owner keeps the rights"),
    ("set", "user=ABCD0003", ("lookup",), "written in small letters"),
    ("set", "user=group=staff", ("lookup",), "is not usable"),
    ("set", "group=root", ("-lookup",), "is reserved"),
    ("set", "group=a\nanyone lr", ("lookup",), "is not one line"),
    ("set", "group=a\nanyone lr", ("-lookup",), "is not one line")))
def test_doveadm_is_refused(campus, project, folder, verb, identifier, rights,
                            words):
    done = campus.exec("doveadm", "acl", verb, "-u", project.uid, "--",
                       f"INBOX.{folder}", identifier, *rights, check=False)
    assert done.returncode != 0
    assert words in done.stderr.decode(), done.stderr
    assert not project.acl(folder)


def test_doveadm(campus, project, folder, alice):
    """What may be written by it is what IMAP shows; bad entries it can take
    away."""
    name = f"INBOX.{folder}"

    def doveadm(verb, *args):
        campus.doveadm("acl", verb, "-u", project.uid, "--", name, *args)

    doveadm("set", "group=staff", "lookup", "read", "-insert")
    doveadm("set", "owner", "lookup", "admin", "read")
    doveadm("set", "anyone", "-post")
    assert alice.acl(name) == ["-anyone p", "group=staff lr", "-group=staff i",
                               "owner lra"]
    project.set_acl(folder, "user=group=staff lr", "anyone lr",
                    "-group=a,b l")
    for identifier in ("user=group=staff", "anyone", "group=a,b"):
        doveadm("delete", identifier)
    assert not project.acl(folder)


# -- what is shown, and to whom


def test_who_may(project, folder, alice):
    """Whoever cannot change the rights does not see them, and whoever cannot
    see the folder does not learn of it."""
    name, nowhere = f"INBOX.{folder}", "INBOX.nowhere"
    commands = (("GETACL",), ("SETACL", "abcd0004", "lr"),
                ("SETACL", "anyone", "lr"), ("DELETEACL", "abcd0004"),
                ("DELETEACL", "abcd0002"), ("LISTRIGHTS", "owner"),
                ("LISTRIGHTS", "anyone"), ("LISTRIGHTS", "abcd0004"))
    for person in (BOB, CAROL):
        with Session(project.logged_in(person)) as session:
            for command, *args in commands:
                reply, lines = session.ask(command, name, *args)
                assert reply.startswith("NO [NOPERM] You lack"), reply
                assert not lines
    project.set_acl(folder, "-abcd0002 l", "-user=abcd0002 lrwstipekxa",
                    "-user=abcd0003 lrwstipekxa", "user=abcd0003 p")
    project.set_acl(folder, "-user=abcd0002 lrwstipekxa",
                    "-user=abcd0003 lrwstiekxa", "user=abcd0003 p")
    for person in (BOB, CAROL):
        with Session(project.logged_in(person)) as session:
            for command, *args in (*commands, ("MYRIGHTS",)):
                reply, lines = session.ask(command, name, *args)
                other, _ = session.ask(command, nowhere, *args)
                assert reply.startswith("NO [NONEXISTENT]"), (command, reply)
                assert not lines
                assert re.sub(r" \(.*", "", reply).replace(name, nowhere) == \
                    re.sub(r" \(.*", "", other)
    project.set_acl(folder, "user=abcd0003 a")
    with Session(project.logged_in(CAROL)) as carol:
        assert carol.acl(name) == ["abcd0003 a", OWNER]
        carol.ok("SETACL", name, "abcd0003", "+i")
        assert sorted(carol.my_rights(name)) == sorted("lria")
    assert alice.acl(name) == ["abcd0003 ia", OWNER]


def test_hidden_is_not_told_from_absent(project, folder):
    """Nor by the commands that would change it."""
    name, nowhere = f"INBOX.{folder}", "INBOX.nowhere"
    project.set_acl(folder, "-user=abcd0002 lrwstipekxa",
                    "-user=abcd0003 lrwstiekxa", "user=abcd0003 p")
    commands = [("DELETE",), ("RENAME", "INBOX.renamed"), ("SELECT",),
                ("UNSUBSCRIBE",), ("SUBSCRIBE",)]
    for person in (BOB, CAROL):
        with Session(project.logged_in(person)) as session:
            for command, *args in commands:
                replies = [re.sub(r" \(.*", "", session.ask(
                    command, called, *args)[0]).replace(called, "X")
                           for called in (name, nowhere)]
                assert replies[0] == replies[1]
                if command in ("DELETE", "RENAME"):
                    assert replies[0].startswith("NO [NONEXISTENT]")
    project.set_acl(folder, "-user=abcd0002 x")
    for person in (BOB, CAROL):
        with Session(project.logged_in(person)) as session:
            for command, *args in commands[:2]:
                assert session.ask(command, name, *args)[0].startswith(
                    "NO [NOPERM]")


def test_myrights_and_entries_agree(project, folder, alice):
    name = f"INBOX.{folder}"
    for person, rights in ((ALICE, "lrwstipekxacd"), (BOB, "lrwstipekxcd"),
                           (CAROL, "lr")):
        with Session(project.logged_in(person)) as session:
            assert session.my_rights(name) == rights
    alice.ok("SETACL", name, "abcd0003", "is")
    alice.ok("SETACL", name, "-abcd0002", "c")
    for person, rights in ((BOB, "lrwstiped"), (CAROL, "lrsi")):
        with Session(project.logged_in(person)) as session:
            assert session.my_rights(name) == rights


@pytest.mark.parametrize("identifier, answer", (
    ("owner", "la r w s t i p e k x c d"),
    ("abcd0001", "la r w s t i p e k x c d"),
    ("ABCD0001", "la r w s t i p e k x c d"),
    ("abcd0002", '"" l r w s t i p e k x a c d'),
    ("group=staff", '"" l r w s t i p e k x a c d'),
    ("-abcd0002", '"" l r w s t i p e k x a c d'),
    ("-anyone", '"" l r w s t i p e k x a c d'),
    ("-owner", '"" r w s t i p e k x c d')))
def test_listrights(folder, alice, identifier, answer):
    line, = alice.ok("LISTRIGHTS", f"INBOX.{folder}", identifier)
    assert line == f"* LISTRIGHTS INBOX.{folder} {identifier} {answer}"
    # what is offered is taken
    always, *letters = answer.replace('"', "").split(" ")
    for letter in letters:
        alice.ok("SETACL", f"INBOX.{folder}", identifier, always + letter)
        alice.ok("DELETEACL", f"INBOX.{folder}", identifier)


def test_written_by_hand(project, folder, alice):
    """GETACL shows what holds: the owner's l and a cannot be left out."""
    project.set_acl(folder, "owner r", "-owner a", "user=abcd0001 i")
    assert alice.acl(f"INBOX.{folder}") == ["owner lra", "-owner a",
                                            "abcd0001 i"]
    assert sorted(alice.my_rights(f"INBOX.{folder}")) == sorted("lrai")


def test_names_that_nobody_has(campus, project, folder):
    """Entries that stock's SETACL made: shown as what they are, taken away by
    that, and told of in the log, once."""
    name = f"INBOX.{folder}"
    project.set_acl(folder, "user=group=staff lr", "user=ABCD0003 i",
                    "user=$old l", "user=administrators r",
                    '"user=two words" l', "group=staff s", "user=abcd0002 l")
    mark = campus.log.mark()
    with Session(project.logged_in(ALICE)) as alice:
        shown = alice.acl(name)
        assert sorted(shown) == sorted([
            "group=staff s", "user=$old l", "user=ABCD0003 i", "abcd0002 l",
            "user=administrators r", "user=group=staff lr",
            "user=two words l", OWNER])
        alice.acl(name)
        line, = campus.log.wait_for("users that there cannot be", mark)
        assert f"'{name}'" in line
        for word in ("user=$old", "user=ABCD0003", "user=administrators",
                     "user=group=staff", "user=two words"):
            assert word in line
        # SETACL means the others
        alice.ok("SETACL", name, "ABCD0003", "r")
        alice.ok("SETACL", name, "group=staff", "+l")
        assert "user=ABCD0003 i" in alice.acl(name)
        for word in ("user=$old", "user=ABCD0003", "user=administrators",
                     "user=group=staff", "user=two words"):
            alice.ok("DELETEACL", name, word)
        assert sorted(alice.acl(name)) == sorted([
            "group=staff ls", "abcd0002 l", "abcd0003 r", OWNER])
    assert len(campus.log.lines("users that there cannot be", mark)) == 1


# -- names of mailboxes


def test_too_many_entries(project, folder, alice):
    """A thousand are enough; what is there can be changed and taken back."""
    project.set_acl(folder, *(f"user=nobody{i} r" for i in range(1000)))
    name = f"INBOX.{folder}"
    for who in ("abcd0003", "-abcd0003"):
        assert alice.ask("SETACL", name, who, "r")[0].startswith(
            "NO [CANNOT] The folder has 1000 entries already")
    alice.ok("SETACL", name, "nobody7", "rs")
    alice.ok("DELETEACL", name, "nobody8")
    alice.ok("SETACL", name, "abcd0003", "r")
    assert len(project.acl(folder)) == 1000


@pytest.mark.parametrize("name", ("INBOX", "inbox", "Inbox", "INBOX."))
def test_inbox(project, alice, name):
    if name == "INBOX.":
        # the prefix alone is no mailbox
        assert alice.ask("GETACL", name)[0].startswith(("NO", "BAD"))
        return
    alice.ok("SETACL", name, "abcd0003", "s")
    assert alice.acl(name) == ["abcd0003 s", OWNER]
    assert project.acl("INBOX") == ["user=abcd0003 s"]
    alice.ok("DELETEACL", name, "abcd0003")
    assert alice.acl(name) == [OWNER]


@pytest.mark.parametrize("name", (
    "INBOX.Sent Items", "Sent Items", "Sent", "INBOX.Sent", "sent-mail",
    "Gesendet", "SENT ITEMS"))
def test_alias(project, alice, name):
    alice.ok("SETACL", name, "group=staff", "lr")
    assert alice.acl(name) == ["group=staff lr", OWNER]
    assert alice.acl("INBOX.Sent Items") == ["group=staff lr", OWNER]
    assert project.acl("Sent Items") == ["group=staff lr"]
    assert alice.my_rights(name) == "lrwstipekxacd"
    alice.ok("LISTRIGHTS", name, "group=staff")
    alice.ok("DELETEACL", name, "group=staff")
    assert alice.acl("INBOX.Sent Items") == [OWNER]


@pytest.mark.parametrize("name", ("INBOX.nowhere", "nowhere", "INBOX.a..b", "",
                                  "INBOX.&bad", "../x", "INBOX.../x"))
def test_no_such_mailbox(alice, name):
    for command, *args in (("GETACL",), ("MYRIGHTS",), ("LISTRIGHTS", "owner"),
                           ("SETACL", "abcd0002", "lr"),
                           ("DELETEACL", "abcd0002")):
        reply, lines = alice.ask(command, name, *args)
        assert reply.startswith("NO"), (command, reply)
        assert not lines


def test_own_mailbox(campus, person):
    with Session(campus.logged_in("imap", person)) as own:
        own.ok("CREATE", "INBOX.mine")
        for name in ("INBOX", "INBOX.mine"):
            assert own.acl(name) == [OWNER]
            assert own.my_rights(name) == "lrwstipekxacd"
            # an entry of one's own name adds nothing, and takes nothing
            own.ok("SETACL", name, person.name, "lr")
            assert own.acl(name) == [f"{person.name} lr", OWNER]
            assert own.my_rights(name) == "lrwstipekxacd"
            own.ok("SETACL", name, f"-{person.name}", "lrwstipekxa")
            assert own.my_rights(name) == "la"
            own.ok("DELETEACL", name, f"-{person.name}")
            line, = own.ok("LISTRIGHTS", name, person.name)
            assert line.endswith(f" {person.name} la r w s t i p e k x c d")


def test_shared_folder(campus, person):
    """Somebody who was given the right to change another's ACL."""
    with newcomer(campus) as friend, \
            Session(campus.logged_in("imap", person)) as own:
        own.ok("CREATE", "INBOX.mine")
        own.ok("SETACL", "INBOX.mine", friend.name, "lra")
        name = f"INBOX.#shared.{person.name}.mine"
        with Session(campus.logged_in("imap", friend)) as other:
            assert other.acl(name) == [f"{friend.name} lra", OWNER]
            assert other.my_rights(name) == "lra"
            for owner in ("owner", person.name):
                line, = other.ok("LISTRIGHTS", name, owner)
                assert line.endswith(f" {owner} la r w s t i p e k x c d")
            assert other.ask("SETACL", name, "owner", "lr")[0] \
                .startswith(KEEPS)
            other.ok("SETACL", name, friend.name, "+i")
            other.ok("SETACL", name, "owner", "-x")
        assert own.ok("MYRIGHTS", "INBOX.mine")[0].endswith("lrwstipekacd")


def test_gone_and_anew(project, folder, alice):
    """What was read of a folder does not outlive it in a session."""
    name = f"INBOX.{folder}"
    project.set_acl(folder, "-user=abcd0002 r", "user=abcd0002 x")
    with Session(project.logged_in(BOB)) as bob:
        assert sorted(bob.my_rights(name)) == sorted("lwstipekxcd")
        bob.ok("RENAME", name, f"{name}-renamed")
        assert bob.ask("MYRIGHTS", name)[0].startswith("NO [NONEXISTENT]")
        assert sorted(bob.my_rights(f"{name}-renamed")) == \
            sorted("lwstipekxcd")
        bob.ok("DELETE", f"{name}-renamed")
        for command, *args in (("MYRIGHTS",), ("GETACL",),
                               ("LISTRIGHTS", "owner")):
            assert bob.ask(command, f"{name}-renamed", *args)[0] \
                .startswith("NO [NONEXISTENT]")
        bob.ok("CREATE", f"{name}-renamed")
        assert bob.my_rights(f"{name}-renamed") == "lrwstipekxcd"
    alice.ok("CREATE", name)
    assert alice.acl(name) == [OWNER]


# -- syntax and capabilities


@pytest.mark.parametrize("command", (
    "SETACL", "SETACL INBOX", "SETACL INBOX abcd0002", "DELETEACL INBOX",
    "GETACL", "LISTRIGHTS INBOX", "MYRIGHTS", "SETACL (INBOX) abcd0002 lr",
    "SETACL INBOX (abcd0002) lr", "GETACL ()"))
def test_bad_syntax(project, command):
    with project.logged_in(ALICE) as imap:
        reply, lines = imap.command(command)
        assert reply.startswith(b"BAD"), reply
        assert not lines
        assert imap.command("NOOP")[0].startswith(b"OK")


@pytest.mark.parametrize("person", (ALICE, BOB, CAROL))
def test_capabilities(project, person):
    with project.logged_in(person) as imap:
        line, = imap.command("CAPABILITY")[1]
        tokens = line.decode().split()[2:]
        assert not set(CAPABILITIES.split()) - set(tokens), tokens
        assert "RIGHTS=texk" in tokens


def test_folders_of_other_commands(campus, person):
    """The special folders are there as before."""
    with Folders(campus, person) as folders:
        name = quoted("Sent").decode()
        folders.do(f"SETACL {name} group=staff lr")
        folders.check_roles()
