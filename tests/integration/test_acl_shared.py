# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row F5: people share folders of their own, and see what is shared
with them."""

import re

import pytest

from testenv.folders import Folders, newcomer
from testenv.people import ALICE, CAROL, DAVE, Login
from testenv.projects import new_project

ROOT = "INBOX.#shared"


@pytest.fixture
def alice(campus):
    """Somebody who shares, with a folder of two messages."""
    with newcomer(campus) as login, Folders(campus, login) as folders:
        folders.login = login
        folders.do("CREATE INBOX.Recipes")
        folders.put("Recipes", "first")
        folders.put("Recipes", "second")
        yield folders


@pytest.fixture
def bob(campus):
    with newcomer(campus) as login, Folders(campus, login) as folders:
        folders.login = login
        yield folders


def share(alice, who, rights, folder="INBOX.Recipes"):
    alice.do(f"SETACL {folder} {who} {rights}")


def shared_name(alice, folder="Recipes"):
    return f"{ROOT}.{alice.login.name}.{folder}"


def refused(folders, command):
    reply, _ = folders.imap.command(command)
    return reply.startswith(b"NO")


def shared_names(folders, command="LIST"):
    return [name for name in folders.names(command) if name.startswith(ROOT)]


def test_nothing_is_there_before(alice, bob):
    """Who shares nothing shows nothing, to the word."""
    assert shared_names(bob) == []
    for command in (f"SELECT {shared_name(alice)}",
                    f"STATUS {shared_name(alice)} (MESSAGES)",
                    f"SUBSCRIBE {shared_name(alice)}",
                    f"GETACL {shared_name(alice)}",
                    f"SELECT {ROOT}.{alice.login.name}",
                    f"SELECT {ROOT}.{alice.login.name}.INBOX",
                    f"SELECT {ROOT}.nobody-of-that-name.Recipes"):
        assert refused(bob, command), command


def test_nobodys_folders_are_as_hidden_ones(alice, bob):
    """No command tells whether there is such a person, and none ends the
    session: 2.3's own MYRIGHTS crashes."""
    for person in (alice.login.name, "nobody-of-that-name", "%u", "a b"):
        for name in (f"{ROOT}.{person}", f"{ROOT}.{person}.Recipes"):
            for command in (f'MYRIGHTS "{name}"',
                            f'GETACL "{name}"',
                            f'LISTRIGHTS "{name}" abcd0001',
                            f'SETACL "{name}" abcd0001 lr',
                            f'DELETEACL "{name}" abcd0001'):
                reply, _ = bob.imap.command(command)
                assert reply.startswith(b"NO [NONEXISTENT]"), command


def test_folders_are_not_made_or_deleted_by_guess(alice, bob):
    """The answers are the same whether there is such a person or not."""
    for command in ("CREATE", "DELETE"):
        for below in ("", ".Recipes", ".nowhere"):
            names = [f"{ROOT}.{person}{below}" for person in
                     (alice.login.name, "nobody-of-that-name", "%u", "a b")]
            replies = {re.sub(rb" \(.*", b"", bob.imap.command(
                f'{command} "{name}"')[0]).replace(name.encode(), b"X")
                       for name in names}
            assert len(replies) == 1, (command, replies)
            assert replies.pop().startswith(
                {"CREATE": b"NO [NOPERM] Permission denied",
                 "DELETE": b"NO [NONEXISTENT] Mailbox doesn't exist: X"}
                [command])


def test_shared_folder_is_seen_and_used(alice, bob):
    share(alice, bob.login.name, "lrswi")
    name = shared_name(alice)
    assert shared_names(bob) == [ROOT, f"{ROOT}.{alice.login.name}", name]
    assert set(bob.do(f"MYRIGHTS {name}")[0].split()[-1]) == set(b"lrswi")
    bob.do(f"SUBSCRIBE {name}")
    assert shared_names(bob, "LSUB") == [name]
    bob.do(f"SELECT {name}")
    assert bob.do("UID SEARCH ALL")[-1] == b"* SEARCH 1 2"
    bob.do("UID STORE 1 +FLAGS (\\Flagged)")
    bob.do("UID STORE 1 +FLAGS (\\Deleted)")
    bob.do("EXPUNGE")
    assert bob.do("UID SEARCH ALL")[-1] == b"* SEARCH 1 2"
    bob.do(f"UID COPY 1 {name}")
    assert alice.subjects("Recipes") == ["first", "first", "second"]
    flags = {uid: flags for _, flags, uid in alice.messages("Recipes")}
    assert flags[1] == {"\\Flagged"}
    for command in (f"CREATE {name}.child", f"DELETE {name}",
                    f"RENAME {name} {name}2", f"GETACL {name}",
                    f"SETACL {name} {bob.login.name} lrswia"):
        assert refused(bob, command), command


def test_seen_is_each_ones_own(alice, bob):
    """What Bob has read stays unread for Alice, also in STATUS."""
    share(alice, bob.login.name, "lrs")
    name = shared_name(alice)
    bob.do(f"SELECT {name}")
    bob.do("UID STORE 1 +FLAGS (\\Seen)")
    bob.do("UNSELECT")
    assert b"UNSEEN 1)" in bob.do(f"STATUS {name} (UNSEEN)")[0]
    assert b"UNSEEN 2)" in alice.do("STATUS INBOX.Recipes (UNSEEN)")[0]


def test_right_to_see_that_is_taken_away(campus, alice, bob):
    share(alice, bob.login.name, "lr")
    name = shared_name(alice)
    assert name in shared_names(bob)
    alice.do(f"DELETEACL INBOX.Recipes {bob.login.name}")
    with Folders(campus, bob.login) as later:
        assert shared_names(later) == []
        assert refused(later, f"SELECT {name}")


def test_without_the_right_to_see(campus, alice, bob):
    """r without l: not listed, as RFC 4314 has it, but to be opened by who
    knows its name."""
    share(alice, bob.login.name, "r")
    assert shared_names(bob) == []
    assert not refused(bob, f"SELECT {shared_name(alice)}")
    with Folders(campus, Login(DAVE.uid, DAVE.password)) as dave:
        assert refused(dave, f"SELECT {shared_name(alice)}")


def test_query_of_doveadm(campus, alice, bob):
    """A shared folder is found by each of its names."""
    share(alice, bob.login.name, "lr")
    name = shared_name(alice)
    for given in (name, name.removeprefix("INBOX.")):
        text = campus.doveadm("-f", "tab", "fetch", "-u", bob.login.name,
                              "mailbox", "mailbox", given, "all")
        assert text.splitlines()[1:] == [name, name], given


def test_negative_entry_takes_from_what_others_give(campus, alice, bob):
    share(alice, bob.login.name, "lrw")
    share(alice, f"-{bob.login.name}", "w")
    with Folders(campus, bob.login) as later:
        assert later.do(f"MYRIGHTS {shared_name(alice)}")[0].endswith(b" lr")


def test_project_folder_is_shared(campus, bob):
    """Its owner shares a folder of a project mailbox with somebody who has no
    role there."""
    with new_project(campus) as project:
        project.create("Results")
        name = f"{ROOT}.{project.uid}.Results"
        with project.logged_in(CAROL) as carol:
            reply, _ = carol.command(
                f"SETACL INBOX.Results {bob.login.name} lr")
            assert reply.startswith(b"NO")
        with project.logged_in(ALICE) as owner:
            assert owner.command(f"SETACL INBOX.Results {bob.login.name} lr")[
                0].startswith(b"OK")
        assert name in shared_names(bob)
        bob.do(f"SELECT {name}")
        assert refused(bob, f"SELECT {ROOT}.{project.uid}.INBOX")


def test_special_folders_of_others_keep_their_names(alice, bob):
    """Another's "Trash" is that very folder, not one's own Deleted Items."""
    alice.do("CREATE INBOX.Things")
    share(alice, bob.login.name, "lr", '"INBOX.Deleted Items"')
    name = shared_name(alice, "Deleted Items")
    assert not refused(bob, f'STATUS "{name}" (MESSAGES)')
    assert refused(bob, f"STATUS {shared_name(alice, 'Trash')} (MESSAGES)")
