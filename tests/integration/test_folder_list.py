# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What LIST, LSUB and LIST-EXTENDED show: by a pattern that can match a name
with the prefix such names only, by any other the spelling that was asked; each
name once, another name of a special folder only where it is spelled out; and
whatever is shown can be selected."""

import contextlib
import re

import pytest

from testenv.folders import Folders, newcomer

SPECIAL = ("INBOX.Archive", "INBOX.Deleted Items", "INBOX.Drafts",
           "INBOX.Junk E-mail", "INBOX.Sent Items")
TOP = (*SPECIAL, "INBOX.Projects", "INBOX.Summer")
BELOW = (*TOP, "INBOX.Projects.Alpha", "INBOX.Sent Items.2024")
ALL = ("INBOX", *BELOW)

# The request, and the names of the answer. Besides the special folders, which
# are subscribed by themselves, there are Projects, which is subscribed,
# Projects.Alpha, Sent Items.2024 and Summer.
REQUESTS = (
    # can match a name with the prefix
    ('LIST "" "*"', ALL),
    ('LIST "" "INBOX*"', ALL),
    ('LIST "" "I*"', ALL),
    ('LIST "" "inbox*"', ALL),
    ('LIST "" "%"', ("INBOX",)),
    ('LIST "" "INBOX"', ("INBOX",)),
    ('LIST "" "inbox"', ("INBOX",)),
    ('LIST "" "INBOX.%"', TOP),
    ('LIST "" "INBOX.*"', BELOW),
    ('LIST "" "%.%"', TOP),
    ('LIST "" "*2024"', ("INBOX.Sent Items.2024",)),
    ('LIST "" "INBOX.S%"', ("INBOX.Sent Items", "INBOX.Summer")),
    # cannot
    ('LIST "" "S*"', ("Sent Items", "Sent Items.2024", "Summer")),
    ('LIST "" "S%"', ("Sent Items", "Summer")),
    ('LIST "" "P*"', ("Projects", "Projects.Alpha")),
    ('LIST "" "Projects"', ("Projects",)),
    ('LIST "" "Projects.%"', ("Projects.Alpha",)),
    ('LIST "" "Sent Items.%"', ("Sent Items.2024",)),
    ('LIST "" "Nothing*"', ()),
    ('LIST "" "INBOXES"', ()),
    # other names of special folders: spelled out, or not
    ('LIST "" "Sent"', ("Sent",)),
    ('LIST "" "INBOX.Sent"', ("INBOX.Sent",)),
    ('LIST "" "sent items"', ("sent items",)),
    ('LIST "" "inbox.TRASH"', ("inbox.TRASH",)),
    ('LIST "" "Papierkorb"', ("Papierkorb",)),
    ('LIST "" "Gel&APY-schte Elemente"', ("Gelöschte Elemente",)),
    ('LIST "" "Gelo&Awg-schte Elemente"', ("Gelo\u0308schte Elemente",)),
    ('LIST "" "Sent.%"', ("Sent.2024",)),
    ('LIST "" "Sent.2024"', ("Sent.2024",)),
    ('LIST "" "INBOX.Sent.*"', ("INBOX.Sent.2024",)),
    ('LIST "" "Sent*"', ("Sent Items", "Sent Items.2024")),
    ('LIST "" "Tras%"', ()),
    ('LIST "" "%.Sent"', ()),
    ('LIST "" "Projects.Sent"', ()),
    # off: a name like any other
    ('LIST "" "Archives"', ()),
    ('LIST "" "archive"', ("archive",)),
    # a reference goes before the pattern
    ('LIST "INBOX." "%"', TOP),
    ('LIST "INBOX." "Sent"', ("INBOX.Sent",)),
    ('LIST "Sent." "%"', ("Sent.2024",)),
    ('LIST "Projects" ".*"', ("Projects.Alpha",)),
    # several patterns: each by itself, no name twice
    ('LIST "" ("Sent" "INBOX.Projects")', ("INBOX.Projects", "Sent")),
    ('LIST "" ("S%" "Se*" "Sent Items")',
     ("Sent Items", "Sent Items.2024", "Summer")),
    ('LIST "" ("Sent" "Gesendet")', ("Gesendet", "Sent")),
    ('LIST "" ("Sent.%" "Sent.2024" "Sent")', ("Sent", "Sent.2024")),
    ('LIST "" ("INBOX" "S%")', ("INBOX", "Sent Items", "Summer")),
    # LIST-EXTENDED and LSUB
    ('LIST (SUBSCRIBED) "" "*"', (*SPECIAL, "INBOX.Projects")),
    ('LIST (SUBSCRIBED) "" "S*"', ("Sent Items",)),
    ('LIST (SUBSCRIBED) "" "Sent"', ("Sent",)),
    ('LIST (SUBSCRIBED) "" "Summer"', ()),
    ('LIST (SUBSCRIBED RECURSIVEMATCH) "" "INBOX.%"',
     (*SPECIAL, "INBOX.Projects")),
    ('LIST (SPECIAL-USE) "" "*"', SPECIAL),
    ('LIST (SPECIAL-USE) "" "%"', ()),
    ('LIST (SPECIAL-USE) "" "INBOX.%"', SPECIAL),
    ('LIST (SPECIAL-USE) "" "S*"', ("Sent Items",)),
    ('LIST (SPECIAL-USE) "" "Trash"', ("Trash",)),
    ('LIST "" "INBOX.%" RETURN (SPECIAL-USE SUBSCRIBED CHILDREN)', TOP),
    ('LIST "" "S%" RETURN (CHILDREN)', ("Sent Items", "Summer")),
    ('LIST "" ("Sent" "Trash") RETURN (SPECIAL-USE)', ("Sent", "Trash")),
    ('LSUB "" "*"', (*SPECIAL, "INBOX.Projects")),
    ('LSUB "" "INBOX.%"', (*SPECIAL, "INBOX.Projects")),
    ('LSUB "" "S*"', ("Sent Items",)),
    ('LSUB "" "Trash"', ("Trash",)),
    ('LSUB "" "Projects"', ("Projects",)),
)

# What stands behind a name.
ATTRIBUTES = (
    ('LIST "" "Sent"', {"\\HasChildren", "\\Sent"}),
    ('LIST "" "INBOX.Sent Items"', {"\\HasChildren", "\\Sent"}),
    ('LIST "" "Sent.2024"', {"\\HasNoChildren"}),
    ('LIST "" "Papierkorb"', {"\\HasNoChildren", "\\Trash"}),
    ('LIST "" "Projects"', {"\\HasChildren"}),
    ('LIST (SUBSCRIBED) "" "Spam" RETURN (SPECIAL-USE)',
     {"\\Subscribed", "\\Junk"}),
    ('LIST "" "Entwurf" RETURN (SUBSCRIBED)', None),
    ('LIST "" "Draft" RETURN (SUBSCRIBED)', {"\\Subscribed"}),
)
# Of no matter here: whether there is new mail.
MARKS = {"\\Marked", "\\UnMarked"}


@pytest.fixture(scope="module")
def folders(campus):
    with newcomer(campus) as person, Folders(campus, person) as folders:
        for name in ("Projects", "Projects.Alpha", "Sent.2024", "Summer"):
            folders.do(f"CREATE {name}")
        folders.do("SUBSCRIBE Projects")
        yield folders


def listed(folders, request):
    command, arguments = request.split(" ", 1)
    return folders.list(arguments, command)


def check_shown(folders, names):
    """Each once, and each can be selected."""
    assert len(names) == len(set(names)), names
    for name, attributes in names:
        if not attributes & {"\\Noselect", "\\NonExistent"}:
            folders.do(f"EXAMINE {folders.quoted(name)}")


@pytest.mark.parametrize("request_, expected", REQUESTS,
                         ids=[request for request, _ in REQUESTS])
def test_list(folders, request_, expected):
    answer = listed(folders, request_)
    assert sorted(name for name, _ in answer) == sorted(expected)
    check_shown(folders, [(name, frozenset(attributes))
                          for name, attributes in answer])


@pytest.mark.parametrize("request_, expected", ATTRIBUTES,
                         ids=[request for request, _ in ATTRIBUTES])
def test_attributes(folders, request_, expected):
    answer = listed(folders, request_)
    if expected is None:
        # only in the extended table
        assert not answer
    else:
        (_, attributes), = answer
        assert attributes - MARKS == expected


def test_status_by_the_name_that_was_asked(folders):
    lines = folders.do('LIST "" ("Sent" "INBOX.Trash" "S%") '
                       'RETURN (STATUS (MESSAGES))')
    assert sorted(re.findall(rb"^\* STATUS (.*) \(MESSAGES 0\)$",
                             b"\n".join(lines), re.MULTILINE)) == [
        b'"Sent Items"', b"INBOX.Trash", b"Sent", b"Summer"]


def test_root(folders):
    line, = folders.do('LIST "" ""')
    assert line == b'* LIST (\\Noselect) "." ""'
    assert folders.prefix == "INBOX." and folders.separator == "."


@contextlib.contextmanager
def with_maildir(campus, make):
    """Somebody whose Maildir has something in it before the first login."""
    with newcomer(campus) as person:
        maildir = campus.dir / "mail" / person.name / "Maildir"
        campus.exec("sh", "-c", f"umask 077; mkdir -p '{maildir}'; "
                    f"cd '{maildir}'; mkdir -p cur new tmp; {make}; "
                    f"chown -R 5000:5000 '{maildir.parent}'")
        with Folders(campus, person) as folders:
            yield folders


def folder(name):
    return f"mkdir -p '.{name}/cur' '.{name}/new' '.{name}/tmp'"


def test_real_folder_of_that_name(campus):
    """What is there from before is shown, and is meant by its name, with what
    lies below it; the special folder has its other names still."""
    with with_maildir(campus, f"{folder('Sent')}; {folder('Sent.2019')}; "
                              f"{folder('Trash.Old')}") as folders:
        names = dict(folders.list())
        assert {"INBOX.Sent", "INBOX.Sent.2019", "INBOX.Sent Items",
                "INBOX.Trash.Old"} <= set(names)
        assert "\\Sent" not in names["INBOX.Sent"]
        check_shown(folders, [(name, frozenset(attributes))
                              for name, attributes in names.items()])
        assert listed(folders, 'LIST "" "Sent.%"')[0][0] == "Sent.2019"
        for spelling in ("Sent", "INBOX.Sent"):
            assert folders.identity(spelling) != \
                folders.identity("Sent Items")
        assert folders.identity("SENT") == folders.identity("Sent Items")
        folders.do("CREATE Sent.2020")
        assert "INBOX.Sent.2020" in folders.names()
        # only a folder below: the name itself is free
        assert folders.identity("Trash") == folders.identity("Deleted Items")
        folders.do("EXAMINE Trash.Old")
        assert [name for name, _ in listed(folders, 'LIST "" "Trash.%"')] == \
            ["Trash.Old"]
        # gone, and at once the name means the special folder
        for name in ("Sent.2020", "Sent.2019", "Sent"):
            folders.do(f"DELETE {name}")
        assert folders.identity("Sent") == folders.identity("Sent Items")


def test_old_subscriptions(campus):
    """Subscriptions to other names are not shown, but for real folders."""
    lines = "V\\t2\\n\\nSent\\nTrash\\t2020\\nPapierkorb\\nOld\\nSpam\\tOld\\n"
    with with_maildir(campus, f"{folder('Old')}; {folder('Spam.Old')}; "
                              f"printf '{lines}' >subscriptions") as folders:
        special = [*SPECIAL, "INBOX.Old", "INBOX.Spam.Old"]
        for request in ('LSUB "" "*"', 'LIST (SUBSCRIBED) "" "*"'):
            names = [name for name, _ in listed(folders, request)]
            # Trash.2020 leads to a folder that is not there
            assert sorted(set(names) - {"INBOX.Trash.2020"}) == \
                sorted(special), request
        tops = {name: attributes
                for name, attributes in listed(folders, 'LSUB "" "INBOX.%"')}
        assert sorted(tops) == sorted([*SPECIAL, "INBOX.Old", "INBOX.Spam"])
        assert "\\Noselect" in tops["INBOX.Spam"]
