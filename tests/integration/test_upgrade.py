# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row H: the mail that Dovecot 2.3 has stored is to programs the same
under whatever Dovecot runs here. tests/data/make-store.sh made the stores."""

import re
from pathlib import Path

import pytest

from testenv.folders import newcomer
from testenv.storages import storage_core
from testenv.wire import quoted

DATA = Path(__file__).parents[1] / "data"
FOLDERS = ("INBOX", "INBOX.Sent Items", "INBOX.Clients")


def stored_home(campus, login, storage):
    """The person's home as 2.3 has left it."""
    # makes the home, with its owner
    campus.doveadm("mailbox", "status", "-u", login.name, "messages", "INBOX")
    home = campus.dir / "mail" / login.name
    owner = home.stat()
    campus.exec("rm", "-r", home)
    home.mkdir()
    campus.exec("tar", "-xzf", DATA / f"store-2.3-{storage}.tar.gz", "-C", home)
    campus.exec("chown", "-R", f"{owner.st_uid}:{owner.st_gid}", home)
    return home


def by_pop3(campus, login):
    with campus.logged_in("pop3", login) as pop3:
        lines = pop3.multi("UIDL")
        # twice, since the first one may write an index anew
        assert pop3.multi("UIDL") == lines
        pop3.command("QUIT")
    return ["UIDL " + line.decode() for line in lines]


def by_imap(campus, login):
    with campus.logged_in("imap", login) as imap:
        for folder in FOLDERS:
            reply, lines = imap.command(b"EXAMINE " + quoted(folder))
            assert reply.startswith(b"OK"), reply
            lines += imap.command("UID FETCH 1:* FLAGS")[1]
            for line in lines:
                line = re.sub(r" *\\Recent", "", line.decode())
                found = re.match(r"\* (?:OK \[(UID(?:VALIDITY|NEXT) \d+)\]|"
                                 r"(\d+ FETCH .*))", line)
                if found:
                    yield f"{folder}: {found.group(1) or found.group(2)}"


@pytest.mark.parametrize("storage", ("maildir", "sdbox"))
def test_nothing_changes_for_programs(second_campus, storage):
    expected = (DATA / f"store-2.3-{storage}.txt").read_text().splitlines()
    assert len(expected) > 10
    core = storage_core(second_campus.dovecot.series, storage)
    with second_campus.dovecot.configured(core=core), \
            newcomer(second_campus) as login:
        stored_home(second_campus, login, storage)
        for _ in range(2):
            found = by_pop3(second_campus, login) + \
                list(by_imap(second_campus, login))
            assert sorted(found) == sorted(expected)
        # and a new message comes after the others
        reply = second_campus.deliver(f"{login.name}@campus.example", "new")
        assert reply.startswith(b"250"), reply
        before = [line for line in expected if line.startswith("UIDL")]
        lines = by_pop3(second_campus, login)
        assert lines[:-1] == before
        assert lines[-1].split()[2][:8] == "00000007"
