# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Whatever a program calls the special folders, and whether or not it knows of
the prefix: it finds the same mail as all others, and makes no folder twice."""

import contextlib
import itertools

import pytest

from testenv.folder_programs import (Mbsync, OfflineImap, alpine, alpine_read,
                                     curl_read, imapfilter, mutt_delete,
                                     mutt_read)
from testenv.folders import ROLES, Folders, encoded
from testenv.wait import until

# By the names of their own that persons' programs use.
NAMED = {"Sent": "Sent Items", "Trash": "Deleted Items"}
NUMBERS = itertools.count(1)


@pytest.fixture(params=("prefixed", "bare"))
def prefix(request, folders):
    """What somebody has set up to stand before the folders' names."""
    return folders.prefix if request.param == "prefixed" else ""


# -- one command after the other, as programs send them when they start

# What each sends, as far as it has to do with folders, and what it takes for
# whose folder. {p} is the prefix where a program has read NAMESPACE.
STARTS = {
    "Thunderbird": (
        ['ID ("name" "Thunderbird" "version" "128.5.0")', 'NAMESPACE',
         'LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)',
         'LIST (SUBSCRIBED) "" "{p}*" RETURN (SPECIAL-USE)',
         'LIST "" "INBOX"', 'LIST "" "{p}Trash"', 'CREATE "{p}Trash"',
         'SUBSCRIBE "{p}Trash"', 'LIST "" "{p}Sent"', 'CREATE "{p}Sent"',
         'SUBSCRIBE "{p}Sent"', 'STATUS "{p}Trash" (UIDNEXT MESSAGES UNSEEN)'],
        {"{p}Trash": "Deleted Items", "{p}Sent": "Sent Items",
         "{p}Drafts": "Drafts", "{p}Junk": "Junk E-mail"}),
    "Thunderbird without the prefix": (
        ['LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)', 'LSUB "" "*"',
         'LIST "" "Trash"', 'CREATE "Trash"', 'SUBSCRIBE "Trash"',
         'LIST "" "Trash"', 'LIST "" "Sent"', 'CREATE "Sent"',
         'SUBSCRIBE "Sent"', 'SELECT "Trash"'],
        {"Trash": "Deleted Items", "Sent": "Sent Items", "Drafts": "Drafts",
         "Junk": "Junk E-mail"}),
    "Apple Mail": (
        ['ID ("name" "Mac OS X Mail")', 'NAMESPACE', 'LIST "" ""',
         'LIST "" "*"', 'LIST "" "{p}%" RETURN (SPECIAL-USE)',
         'CREATE "{p}Deleted Messages"', 'SUBSCRIBE "{p}Deleted Messages"',
         'CREATE "{p}Sent Messages"', 'SUBSCRIBE "{p}Sent Messages"',
         'LSUB "" "{p}*"', 'STATUS "{p}Sent Messages" (MESSAGES UIDVALIDITY)'],
        {"{p}Deleted Messages": "Deleted Items",
         "{p}Sent Messages": "Sent Items", "{p}Junk": "Junk E-mail",
         "{p}Drafts": "Drafts"}),
    "Outlook": (
        ['LIST "" "INBOX"', 'LSUB "" "*"', 'LIST "" "Sent Items"',
         'LIST "" "Deleted Items"', 'LIST "" "Junk E-mail"',
         'SUBSCRIBE "Sent Items"', 'STATUS "Sent Items" (MESSAGES UNSEEN)'],
        {"Sent Items": "Sent Items", "Deleted Items": "Deleted Items",
         "Drafts": "Drafts", "Junk E-mail": "Junk E-mail",
         "Junk Email": "Junk E-mail"}),
    "a phone": (
        ['LIST "" "*"', 'LIST "" "Deleted Messages"',
         'CREATE "Deleted Messages"', 'SELECT "Deleted Messages"'],
        {"Deleted Messages": "Deleted Items", "Sent Messages": "Sent Items",
         "Bin": "Deleted Items", "Spam": "Junk E-mail"}),
    "a German program": (
        ['LIST "" "*"', 'LIST "" "Papierkorb"', 'CREATE "Papierkorb"',
         'SUBSCRIBE "Papierkorb"', 'CREATE "Gel&APY-schte Elemente"',
         'CREATE "Entw&APw-rfe"', 'LIST "" "Gesendete Objekte"'],
        {"Papierkorb": "Deleted Items", "Gesendete Objekte": "Sent Items",
         "Gelöschte Elemente": "Deleted Items", "Entwürfe": "Drafts",
         "Gesendet": "Sent Items", "gesendete elemente": "Sent Items"}),
}


@pytest.mark.parametrize("program", STARTS)
def test_start_of_a_program(folders, program):
    for name in ROLES.values():
        folders.put(name, f"in {name}")
    commands, meant = STARTS[program]
    subscribed = folders.names("LSUB")

    for command in commands:
        folders.do(command.replace("{p}", folders.prefix))

    folders.check_roles()
    assert folders.names("LSUB") == subscribed
    for name, canonical in meant.items():
        name = name.replace("{p}", folders.prefix)
        assert folders.identity(name) == \
            folders.identity(folders.full(canonical)), name
        # not one that it would have to make
        assert [found for found, _ in folders.list(
            f'"" {folders.quoted(name)}')] == [name]


def test_a_command_of_old_programs(folders):
    """XLIST, which Gmail had before there was RFC 6154."""
    assert folders.names("XLIST") == folders.names()


def test_webmail_tries_out_whether_it_may_make_folders(folders, prefix):
    name = f"{prefix}foldertest{next(NUMBERS)}"
    folders.do(f'CREATE "{name}"')
    assert [found for found, _ in folders.list(f'"" "{name}"')] == [name]
    folders.do(f'DELETE "{name}"')
    folders.check_roles()


def test_copy_create_copy(folders):
    """What a program does that takes any refusal for a missing folder."""
    folders.put("INBOX", "marker 1")
    validity, _ = folders.identity(folders.full("Deleted Items"))
    folders.do("SELECT INBOX")
    reply, _ = folders.imap.command('COPY 1 "Nowhere"')
    assert reply.startswith(b"NO [TRYCREATE]"), reply
    folders.do('CREATE "Trash"')
    reply, _ = folders.imap.command('COPY 1 "Trash"')
    assert reply.startswith(b"OK [COPYUID %d 1 1]" % validity), reply
    folders.check_roles()


# -- mutt, alpine and imapfilter: a message goes to a folder of their own name

@pytest.mark.parametrize("trash", (
    "=Trash", "=Deleted Messages", "={p}Trash", "=INBOX/Trash", "=Papierkorb",
    "=Deleted Items"))
def test_mutt_deletes(campus, person, folders, tmp_path, trash):
    """Mutt takes a / for the server's separator, whatever that is."""
    trash = trash.replace("{p}", folders.prefix)
    folders.put("INBOX", "marker 1", "\\Seen")
    folders.put("INBOX", "keep 1")
    screen = mutt_delete(campus, person, tmp_path, trash)
    assert folders.subjects("INBOX") == ["keep 1"], screen
    assert [message[:2] for message in folders.messages("Deleted Items")] == \
        [("marker 1", {"\\Seen"})], screen
    folders.check_roles()


@pytest.mark.parametrize("name,canonical", (
    ("Trash", "Deleted Items"), ("sent-mail", "Sent Items"),
    ("Deleted Items", "Deleted Items")))
def test_alpine_saves(campus, person, folders, tmp_path, prefix, name,
                      canonical):
    """It looks first whether there is such a folder, and would ask."""
    folders.put("INBOX", "marker 1")
    folders.put("INBOX", "keep 1")
    screen = alpine(campus, person, tmp_path, prefix,
                    [("marker", "s"), ("SAVE", f"{name}\r"), ("DEL", "q")])
    assert "Create" not in screen
    assert folders.subjects("INBOX") == ["keep 1"], screen
    assert folders.subjects(canonical) == ["marker 1"], screen
    folders.check_roles()


def test_imapfilter_moves(campus, person, folders, tmp_path):
    """It puts the prefix of NAMESPACE before the names in a script."""
    folders.put("INBOX", "marker 1")
    folders.put("INBOX", "marker 2", "\\Flagged")
    folders.put("INBOX", "keep 1")
    text = imapfilter(campus, person, tmp_path, """
account:create_mailbox('Trash')
account:subscribe_mailbox('Trash')
account.INBOX:contain_subject('marker 1'):move_messages(
    account['Deleted Messages'])
account.INBOX:contain_subject('marker 2'):copy_messages(account['Sent'])
print('found', #account['Trash']:select_all(),
      #account['Sent Items']:is_flagged())
""")
    assert "found\t1\t1" in text
    assert folders.subjects("INBOX") == ["keep 1", "marker 2"]
    assert folders.subjects("Deleted Items") == ["marker 1"]
    assert folders.subjects("Sent Items") == ["marker 2"]
    folders.check_roles()


def test_imapfilter_without_the_prefix(campus, person, folders, tmp_path):
    folders.put("INBOX", "marker 1")
    text = imapfilter(campus, person, tmp_path, """
options.namespace = false
account.INBOX:contain_subject('marker'):copy_messages(account['Trash'])
print('found', #account['%sDeleted Items']:select_all(),
      #account['Deleted Messages']:select_all())
""" % folders.prefix)
    assert "found\t1\t1" in text
    assert folders.subjects("Deleted Items") == ["marker 1"]
    folders.check_roles()


# -- mbsync and offlineimap: a copy of the whole tree

def fill(folders):
    """Some mail, and a tree of the person's own."""
    folders.do(f'CREATE {folders.quoted(folders.full("Work"))}')
    below = folders.separator.join(("Work", "2024"))
    folders.do(f"CREATE {folders.quoted(folders.full(below))}")
    folders.put("INBOX", "inbox 1")
    folders.put("INBOX", "inbox 2", "\\Seen \\Answered")
    folders.put("Sent Items", "server sent", "\\Seen")
    folders.put("Deleted Items", "server trash")
    folders.put("Work", "work 1", "\\Flagged")
    folders.put(below, "work 2")
    return "Work", below


def as_copied(folders, name):
    return sorted((subject, sorted(flags))
                  for subject, flags, _ in folders.messages(name))


COPIES = {"mbsync with the prefix": (Mbsync, "{p}"),
          "mbsync by NAMESPACE": (Mbsync, None),
          "mbsync without": (Mbsync, ""),
          "offlineimap with the prefix": (OfflineImap, "{p}"),
          "offlineimap without": (OfflineImap, "")}


@pytest.mark.parametrize("named", ({}, NAMED), ids=("listed", "named"))
@pytest.mark.parametrize("program", COPIES)
def test_copy_of_the_tree(campus, person, folders, tmp_path, program, named):
    """Both ways, and the second time there is nothing to do. Named: by names
    that the person gave in the program's settings."""
    own = fill(folders)
    kind, prefix = COPIES[program]
    copy = kind(campus, person, tmp_path,
                prefix and prefix.replace("{p}", folders.prefix), named)
    sent = copy.here("Sent Items")
    trash = copy.here("Deleted Items")
    copy.put(sent, "local sent", "S")
    copy.put(trash, "local trash", "F")

    copy.sync()
    folders.check_roles(*own)
    assert folders.subjects("Sent Items") == ["local sent", "server sent"]
    assert folders.subjects("Deleted Items") == ["local trash", "server trash"]

    # flags, both ways
    copy.flag("INBOX", "inbox 1", "FS")
    folders.do(f"SELECT {folders.quoted(folders.full('Sent Items'))}")
    folders.do('UID STORE 1:* +FLAGS (\\Flagged)')
    copy.sync()
    assert as_copied(folders, "INBOX")[0] == \
        ("inbox 1", ["\\Flagged", "\\Seen"])
    assert copy.messages(sent) == [
        ("local sent", ["\\Flagged", "\\Seen"]),
        ("server sent", ["\\Flagged", "\\Seen"])]

    # the same here and there, and it stays like that
    for name in ("INBOX", *ROLES.values(), *own):
        assert copy.messages(copy.here(name)) == as_copied(folders, name), name
    before = folders.tree(), copy.tree()
    copy.sync()
    assert (folders.tree(), copy.tree()) == before
    folders.check_roles(*own)


def test_mbsync_keeps_what_is_deleted(campus, person, folders, tmp_path,
                                      prefix):
    """It copies a message to a folder of its own name before it expunges."""
    folders.put("INBOX", "marker 1")
    folders.put("INBOX", "keep 1")
    copy = Mbsync(campus, person, tmp_path, prefix, NAMED,
                  trash="Deleted Messages")
    copy.sync()
    copy.flag("INBOX", "marker 1", "T")
    copy.sync()
    assert folders.subjects("INBOX") == ["keep 1"]
    assert folders.subjects("Deleted Items") == ["marker 1"]
    folders.check_roles()


def test_mbsync_brings_folders_of_its_own_name(campus, person, folders,
                                               tmp_path, prefix):
    """It makes them on the server: they are there already, by another name. The
    list has no such name, so from then on mbsync says that they cannot be
    opened; all else it goes on with."""
    own = fill(folders)
    copy = Mbsync(campus, person, tmp_path, prefix)
    copy.put("Sent", "local sent", "S")
    copy.put("Trash", "local trash", "F")
    copy.sync()
    folders.check_roles(*own)
    assert folders.subjects("Sent Items") == ["local sent", "server sent"]
    assert folders.subjects("Deleted Items") == ["local trash", "server trash"]

    folders.put("INBOX", "inbox 3")
    tree = folders.tree()
    text = copy.sync(accept=1)
    for name in NAMED:
        assert f"far side box {name} cannot be opened" in text
    assert folders.tree() == tree
    assert copy.messages("INBOX") == as_copied(folders, "INBOX")
    assert copy.messages("Sent") == as_copied(folders, "Sent Items")


def test_offlineimap_brings_folders_of_its_own_name(campus, person, folders,
                                                    tmp_path, prefix):
    """It makes them on the server and goes on, but since the list has no such
    name it leaves the mail in them where it is."""
    own = fill(folders)
    copy = OfflineImap(campus, person, tmp_path, prefix)
    copy.put("Sent", "local sent", "S")
    copy.put("Trash", "local trash", "F")
    tree = folders.tree()
    for _ in range(2):
        copy.sync()
        folders.check_roles(*own)
        assert folders.tree() == tree
        assert copy.messages("Sent") == [("local sent", ["\\Seen"])]
        assert copy.messages("INBOX") == as_copied(folders, "INBOX")


# -- delivery, and POP3

SCRIPT = """require ["fileinto", "mailbox"];
if header :contains "Subject" "to trash" { fileinto "Trash"; }
elsif header :contains "Subject" "to prefixed" { fileinto "%(p)sTrash"; }
elsif header :contains "Subject" "to german" { fileinto "Gelöschte Elemente"; }
elsif header :contains "Subject" "to year" {
  fileinto :create "Sent%(sep)s2024"; }
elsif header :contains "Subject" "to nested" {
  fileinto :create "%(p)s%(p)sSent"; }
elsif header :contains "Subject" "if there is" {
  if mailboxexists "Papierkorb" { fileinto "Spam"; } }
elsif header :contains "Subject" "unless" {
  if mailboxexists "Nowhere" { discard; } }
"""
DELIVERED = {"to trash": "Deleted Items", "to prefixed": "Deleted Items",
             "to german": "Deleted Items", "to year": "Sent Items{}2024",
             "to nested, which cannot be": "INBOX",
             "if there is a bin": "Junk E-mail", "unless there is": "INBOX",
             "to nobody else": "INBOX"}


def upload(campus, login, script):
    data = script.encode()
    with campus.logged_in("sieve", login) as sieve:
        sieve.send(b'PUTSCRIPT "folders" {%d+}\r\n%s\r\n' % (len(data), data))
        reply = sieve.answer()
        assert reply.startswith(b"OK"), reply
        reply = sieve.command('SETACTIVE "folders"')
        assert reply.startswith(b"OK"), reply


def test_sieve(campus, person, folders):
    upload(campus, person, SCRIPT % {"sep": folders.separator,
                                     "p": folders.prefix})
    for _ in range(2):
        for subject in DELIVERED:
            reply = campus.deliver(f"{person.name}@campus.example", subject)
            assert reply.startswith(b"250"), reply
    year = "Sent Items{}2024".format(folders.separator)
    folders.check_roles(year)
    for name in ("INBOX", *ROLES.values(), year):
        assert folders.subjects(name) == sorted(2 * [
            subject for subject, folder in DELIVERED.items()
            if folder.format(folders.separator) == name]), name


def pop3_messages(campus, login):
    with campus.logged_in("pop3", login) as pop3:
        uidls = pop3.multi("UIDL")
        return uidls, [pop3.multi(f"RETR {line.split()[0].decode()}")
                       for line in uidls]


def test_pop3_is_inbox_as_before(campus, person, folders, tmp_path):
    for number in range(3):
        folders.put("INBOX", f"inbox {number}")
    before = pop3_messages(campus, person)
    assert len(before[0]) == 3
    for name in ("Sent", "Deleted Messages", folders.full("Spam")):
        folders.append(name, "elsewhere")
        folders.do(f'CREATE "{name}"')
    folders.do("SELECT INBOX")
    folders.do('COPY 1:* "Papierkorb"')
    imapfilter(campus, person, tmp_path,
               "account.INBOX:select_all():copy_messages(account['Trash'])")
    assert pop3_messages(campus, person) == before


# -- all of them look for one message

def test_everybody_sees_one_message(campus, person, folders, tmp_path):
    reply = folders.append("Sent Messages", "marker 1")
    assert reply.startswith(b"OK [APPENDUID "), reply

    for number, folder in enumerate(("=Sent", "=INBOX/Sent Messages",
                                     "=Sent Items")):
        path = tmp_path / f"mutt{number}"
        path.mkdir()
        assert "Subject: marker 1" in mutt_read(campus, person, path, folder)
    for prefix, folder in ((folders.prefix, "Sent"), ("", "sent-mail")):
        path = tmp_path / f"alpine {folder}"
        path.mkdir()
        alpine_read(campus, person, path, prefix, folder, "marker 1")
    for folder in ("Sent", folders.full("Sent"), "Gesendete Objekte", "SENT items",
                   encoded("Éléments envoyés")):
        assert "Subject: marker 1" in curl_read(campus, person, folder)
    text = imapfilter(campus, person, tmp_path, """
print('found', #account['Sent']:contain_subject('marker 1'))
""")
    assert "found\t1" in text
    for kind, prefix in ((Mbsync, folders.prefix), (OfflineImap, "")):
        copy = kind(campus, person, tmp_path, prefix, NAMED)
        copy.sync()
        assert copy.messages("Sent") == as_copied(folders, "Sent Items")

    assert len(folders.messages("Sent Items")) == 1
    folders.check_roles()


def test_a_flag_goes_around(campus, person, folders, tmp_path):
    """Set in one program it is seen in the others, under their own names."""
    folders.put("Deleted Items", "marker 1")
    one = Mbsync(campus, person, tmp_path, folders.prefix, NAMED)
    other = OfflineImap(campus, person, tmp_path, "", NAMED)
    one.sync()
    one.flag("Trash", "marker 1", "FS")
    one.sync()
    other.sync()
    assert other.messages("Trash") == [("marker 1", ["\\Flagged", "\\Seen"])]
    with Folders(campus, person) as phone:
        phone.do('SELECT "Deleted Messages"')
        phone.do("STORE 1 +FLAGS (\\Answered)")
    one.sync()
    assert one.messages("Trash") == \
        [("marker 1", ["\\Answered", "\\Flagged", "\\Seen"])]
