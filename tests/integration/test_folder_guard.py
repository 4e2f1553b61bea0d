# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What must not happen to special folders, and what CREATE answers by each kind
of name."""

import pytest

from testenv.folders import Folders, newcomer

SPECIAL = ("Drafts", "Sent Items", "Deleted Items", "Junk E-mail", "Archive")
# Each by a name of its own, by another letter case and, where there is one, by
# a name of other programs; with and without the prefix.
NAMES = {"Drafts": ("Drafts", "DRAFTS", "Draft", "Brouillons"),
         "Sent Items": ("Sent Items", "sent items", "Sent", "Gesendet"),
         "Deleted Items": ("Deleted Items", "DELETED items", "Trash", "Bin"),
         "Junk E-mail": ("Junk E-mail", "junk e-mail", "Spam", "Bulk Mail"),
         "Archive": ("Archive", "ARCHIVE")}
SPELLINGS = [(prefix + name, folder) for folder, names in NAMES.items()
             for name in names for prefix in ("", "INBOX.")]
OWN = [(name, folder) for name, folder in SPELLINGS
       if name.lower().endswith(folder.lower())]
OTHER = [pair for pair in SPELLINGS if pair not in OWN]


@pytest.fixture(scope="module")
def person(campus):
    with newcomer(campus) as login:
        yield login


@pytest.fixture
def folders(folders):
    yield folders
    # nothing that is asked here changes anything
    folders.check_roles()


def answer(folders, command):
    return folders.imap.command(command)[0]


@pytest.mark.parametrize("name, folder", SPELLINGS)
def test_delete_and_rename(folders, name, folder):
    reply = answer(folders, f'DELETE "{name}"')
    assert reply.startswith(b"NO [CANNOT] "), reply
    assert f"'{folder}' is a special folder".encode() in reply
    reply = answer(folders, f'RENAME "{name}" "Elsewhere"')
    assert reply.startswith(b"NO [CANNOT] "), reply
    assert f"'{folder}' is a special folder".encode() in reply
    folders.do("CREATE Mine")
    reply = answer(folders, f'RENAME Mine "{name}"')
    assert reply.startswith(b"NO [ALREADYEXISTS] "), reply
    assert f"'{folder}' is a special folder".encode() in reply
    folders.do("DELETE Mine")


@pytest.mark.parametrize("name, folder", SPELLINGS)
def test_delete_keeps_the_session(folders, campus, person, name, folder):
    """Also where the folder is selected, here and in another session."""
    with Folders(campus, person) as other:
        for session in (folders, other):
            session.do(f'SELECT "{folder}"')
        assert answer(folders, f'DELETE "{name}"').startswith(b"NO [CANNOT]")
        for session in (folders, other):
            session.do("NOOP")
            session.do("UID SEARCH ALL")
            session.do("UNSELECT")


@pytest.mark.parametrize("folder", SPECIAL)
def test_inbox_and_root(folders, folder):
    """What the folders lie in cannot be taken away from under them."""
    for command in ("DELETE INBOX", "DELETE INBOX.", 'DELETE ""',
                    "RENAME INBOX. Elsewhere"):
        assert answer(folders, command).startswith((b"NO", b"BAD")), command
    folders.do(f'EXAMINE "{folder}"')


@pytest.mark.parametrize("name, folder", OTHER)
def test_create_by_another_name(folders, name, folder):
    """OK, and nothing happens; also with a separator at the end."""
    for suffix in ("", "."):
        assert answer(folders, f'CREATE "{name}{suffix}"').startswith(b"OK"), \
            folder


@pytest.mark.parametrize("name, folder", OWN)
def test_create_by_its_own_name(folders, name, folder):
    reply = answer(folders, f'CREATE "{name}"')
    assert reply.startswith(b"NO [ALREADYEXISTS]"), (folder, reply)


@pytest.mark.parametrize("name", ["sent items", "INBOX.Sent Items", "Trash",
                                  "INBOX.Bin"])
def test_create_before_anybody_opened_it(campus, name):
    """A special folder exists from the first login on."""
    with newcomer(campus) as person, Folders(campus, person) as folders:
        expected = b"NO [ALREADYEXISTS]" if "ent" in name else b"OK"
        assert answer(folders, f'CREATE "{name}"').startswith(expected)
        folders.check_roles()


def test_create_below(folders):
    assert answer(folders, "CREATE Sent.2024").startswith(b"OK")
    # another name of what is there now, and its own
    assert answer(folders, "CREATE Gesendet.2024").startswith(b"OK")
    assert answer(folders, 'CREATE "sent items.2024"').startswith(
        b"NO [ALREADYEXISTS]")
    folders.do('RENAME Sent.2024 "INBOX.Sent Items.2025"')
    folders.do("DELETE Gesendet.2025")


# CREATE-SPECIAL-USE (RFC 6154, 3): the folder and what is asked for it.
USES = (
    ("New", "(\\Sent)", b"NO [USEATTR]"),
    ("New", "(\\Flagged)", b"NO [USEATTR]"),
    ("New", "(\\All)", b"NO [USEATTR]"),
    ("New", "(\\Nonsense)", b"NO [USEATTR]"),
    ("New", "(\\Sent \\Trash)", b"NO [USEATTR]"),
    ("Sent", "(\\Trash)", b"NO [USEATTR]"),
    ("Sent", "(\\Sent \\Trash)", b"NO [USEATTR]"),
    ("Sent.New", "(\\Sent)", b"NO [USEATTR]"),
    ("Sent Items", "(\\Trash)", b"NO [USEATTR]"),
    ("Sent", "(\\Sent)", b"OK"),
    ("INBOX.Papierkorb", "(\\trash)", b"OK"),
    ("Sent", "()", b"OK"),
    ("Sent Items", "(\\Sent)", b"NO [ALREADYEXISTS]"),
    ("sent items", "()", b"NO [ALREADYEXISTS]"),
)


@pytest.mark.parametrize("name, uses, expected", USES)
def test_create_with_use(folders, name, uses, expected):
    reply = answer(folders, f'CREATE "{name}" (USE {uses})')
    assert reply.startswith(expected), reply


@pytest.mark.parametrize("parameters", [
    "(USE)", "(USE \\Sent)", "(FOO)", "()", "USE (\\Sent)", "(USE (\\Sent)) x",
    '(USE ("\\\\Sent"))', "(USE ((\\Sent)))"])
def test_create_with_what_is_no_use(folders, parameters):
    reply = answer(folders, f"CREATE New {parameters}")
    assert reply.startswith((b"BAD", b"NO [USEATTR]")), reply


def test_create_with_literals(folders):
    folders.imap.send(b"a CREATE {4}\r\n")
    assert folders.imap.line().startswith(b"+")
    folders.imap.send(b"Sent (USE (\\Sent))\r\n")
    assert folders.imap.answer()[0].startswith(b"OK")
    assert answer(folders, "CREATE {4+}\r\nSent").startswith(b"OK")
    assert answer(folders, "CREATE").startswith(b"BAD")
    assert answer(folders, "DELETE").startswith(b"BAD")
    assert answer(folders, "NOTIFY").startswith(b"BAD")


def test_empty_use_makes_a_folder(folders):
    folders.do("CREATE Plain (USE ())")
    folders.do("DELETE Plain")


def test_capability(folders):
    line, = folders.do("CAPABILITY")
    assert b" CREATE-SPECIAL-USE" in line


# -- no second INBOX below INBOX

@pytest.mark.parametrize("name", ["INBOX.INBOX", "INBOX.INBOX.x",
                                  "INBOX.inbox.x", "inbox.Inbox.x.y"])
def test_no_second_inbox(folders, campus, person, name):
    reply = answer(folders, f"CREATE {name}")
    assert reply.startswith(b"NO [CANNOT] "), reply
    folders.do("CREATE Mine")
    reply = answer(folders, f"RENAME Mine {name}")
    folders.do("DELETE Mine")
    assert reply.startswith(b"NO [ALREADYEXISTS] " if name == "INBOX.INBOX"
                            else b"NO [CANNOT] "), reply
    if name == "INBOX.INBOX":
        # to Dovecot that is INBOX
        assert folders.identity(name) == folders.identity("INBOX")
    else:
        assert answer(folders, f"SELECT {name}").startswith(b"NO ")
    done = campus.exec("doveadm", "mailbox", "create", "-u", person.name, name,
                       check=False)
    assert done.returncode != 0
    assert b"no second INBOX" in done.stderr


def test_doveadm(folders, campus, person):
    """The same at the administrator's command line."""
    for name in ("Sent Items", "Sent", "INBOX.Papierkorb"):
        done = campus.exec("doveadm", "mailbox", "delete", "-u", person.name,
                           name, check=False)
        assert done.returncode != 0 and b"special folder" in done.stderr
        done = campus.exec("doveadm", "mailbox", "rename", "-u", person.name,
                           name, "Elsewhere", check=False)
        assert done.returncode != 0 and b"special folder" in done.stderr
    del folders


def test_rename_below_itself_by_two_spellings(folders):
    folders.do("CREATE Mine")
    for old, new in (("Mine", "INBOX.Mine.x"), ("INBOX.Mine", "Mine.x"),
                     ("Mine", "Mine.x")):
        assert answer(folders, f"RENAME {old} {new}").startswith(b"NO")
    folders.do("DELETE Mine")
