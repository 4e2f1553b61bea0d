# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Every IMAP command that names a mailbox, by every spelling: the answer is the
one that the canonical name gets, and no second folder comes to be."""

import re
import unicodedata

import pytest

from testenv.folders import Folders, encoded, message, newcomer
from testenv.wire import quoted

PLUGINS = {
    "2.3": """
mail_plugins = campus_folders acl quota
protocol imap {
  mail_plugins = campus_folders acl quota imap_campus_folders imap_acl imap_quota
  imap_metadata = yes
}
mail_attribute_dict = file:%h/dovecot-attributes
plugin {
  acl = vfile
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=20M
}
""",
    "2.4": """
mail_plugins {
  acl = yes
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_acl = yes
    imap_quota = yes
  }
  imap_metadata = yes
}
mail_attribute {
  dict file {
    path = %{home}/dovecot-attributes
  }
}
acl_driver = vfile
quota "User quota" {
  driver = count
}
quota_storage_size = 20M
"""}

SETTINGS = {
    "2.3": "plugin {{\n  {}\n}}\n",
    "2.4": "{}\n"}

NAMESPACES = """
namespace inbox {{
  prefix = INBOX{0}
  separator = {0}
}}
namespace bare {{
  separator = {0}
}}
namespace shared {{
  disabled = yes
}}
"""

CANONICAL = "Sent Items"
# How people say it, below the root; prefixed and bare are both tried.
FOLDED = ("sent items", "SENT ITEMS")
ALIASES = ("Sent", "sent", "SENT", "Sent Messages", "sent-mail", "Gesendet",
           unicodedata.normalize("NFC", "Éléments envoyés"),
           unicodedata.normalize("NFD", "éléments ENVOYÉS"), "Отправленные")

LITERAL = message("a test")

# Before these, INBOX has eight messages and the folder none. {n} is the name.
COMMANDS = (
    "STATUS {n} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)",
    'LIST "" {n}',
    'LIST (SUBSCRIBED) "" {n} RETURN (SPECIAL-USE)',
    'LSUB "" {n}',
    "SUBSCRIBE {n}",
    "UNSUBSCRIBE {n}",
    "APPEND {n} (\\Seen) {literal}",
    "APPEND {n} {literal} {literal}",
    "APPEND {n} CATENATE (TEXT {literal})",
    "SELECT INBOX",
    "COPY 1 {n}",
    "UID COPY 2 {n}",
    "MOVE 1 {n}",
    "UID MOVE 2 {n}",
    "REPLACE 1 {n} {literal}",
    "UID REPLACE 4 {n} {literal}",
    "EXAMINE {n}",
    "FETCH 1:* (UID FLAGS)",
    "SELECT {n}",
    "STATUS {n} (MESSAGES UIDNEXT)",
    "COPY 1 {n}",
    "STORE 1:* +FLAGS.SILENT (\\Deleted)",
    "UID EXPUNGE 1:2",
    "CLOSE",
    "GETACL {n}",
    "MYRIGHTS {n}",
    "LISTRIGHTS {n} abcd0002",
    "SETACL {n} abcd0002 lr",
    "GETACL {n}",
    "DELETEACL {n} abcd0002",
    "GETACL {n}",
    "GETQUOTAROOT {n}",
    'SETMETADATA {n} (/private/comment "a comment")',
    "GETMETADATA {n} /private/comment",
    "NOTIFY SET (MAILBOXES {n} (MessageNew MessageExpunge))",
    "NOTIFY NONE",
    "RENAME Ordinary {n}",
    "RENAME {n} Elsewhere",
    "DELETE {n}",
    "SELECT {n}",
    "DELETE {n}",
    "NOOP",
    "UNSELECT",
)
# Those that fail where there is no folder.
OPENING = ("APPEND", "COPY", "DELETE", "EXAMINE", "MOVE", "RENAME", "SELECT {n}",
           "STATUS", "SUBSCRIBE", "UID COPY", "UID MOVE")


@pytest.fixture(scope="module", params=(
    ("alias", "."), ("alias", "/"), ("reject", "."), ("off", ".")),
    ids=lambda param: f"{param[0]}{param[1]}")
def site(request, second_campus):
    """A campus with one policy for \\Sent and one prefix."""
    policy, separator = request.param
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(
            PLUGINS[series] + NAMESPACES.format(separator) +
            SETTINGS[series].format(f"campus_folder_sent_policy = {policy}")):
        yield second_campus, policy, separator


class Dialogue:
    """One new mailbox, in which a folder is called by one of its names."""

    def __init__(self, folders, name, real=CANONICAL):
        self.folders = folders
        self.name = quoted(encoded(name))
        folders.do("CREATE Ordinary")
        for number in range(8):
            folders.put("INBOX", f"number {number}")
        # what is not the same in every mailbox, or by every name
        self.unlike = [
            (rb"newcomer\d+", b"PERSON"),
            (rb" \([0-9. +]+ secs\)", b""),
            # our own errors call it by its name
            (b"'%s'" % CANONICAL.encode(), b"'THE FOLDER'"),
            # Dovecot takes the selected folder by another name for another
            # folder: it does not complain, and counts recent mail otherwise
            (rb"\[CLIENTBUG\] Status on selected mailbox", b"Status")]
        for number, folder in enumerate(("INBOX", folders.full(real))):
            validity, _ = folders.identity(folder)
            self.unlike.append((rb"(UIDVALIDITY |APPENDUID |COPYUID )%d" %
                                validity, rb"\1VALIDITY%d" % number))
        # errors and metadata tell the real name
        for spelling in sorted((self.name, folders.quoted(
                folders.full(real)).encode()), key=len, reverse=True):
            spelling = re.escape(spelling.strip(b'"'))
            self.unlike.append((rb'(?<![\\\w])"?%s(?!\w)"?' % spelling,
                                b"NAME"))
        folders.do("UNSELECT")
        self.has_replace = b"REPLACE" in folders.do("CAPABILITY")[0]

    def ask(self, command):
        """The answer, as it would be by any other name in any mailbox."""
        literal = b"{%d+}\r\n" % len(LITERAL) + LITERAL
        reply, untagged = self.folders.imap.command(
            command.encode().replace(b"{n}", self.name)
            .replace(b"{literal}", literal))
        return [self._alike(line) for line in [*untagged, reply]
                if not line.endswith(b" RECENT")]

    def _alike(self, line):
        for pattern, text in self.unlike:
            line = re.sub(pattern, text, line)
        return line

    def all(self):
        return [(command, self.ask(command)) for command in COMMANDS
                if self.has_replace or "REPLACE" not in command]


def dialogue(campus, name):
    """All commands by one name, in a new mailbox; and the folders there are
    then."""
    with newcomer(campus) as person, Folders(campus, person) as folders:
        answers = Dialogue(folders, name.format(p=folders.prefix)).all()
        return answers, folders.names()


@pytest.fixture(scope="module")
def canonical(site):
    campus, _, _ = site
    return dialogue(campus, "{p}" + CANONICAL)


def below(prefix, names):
    return [prefix + name for name in names]


@pytest.mark.parametrize("name", [CANONICAL, *below("{p}", FOLDED), *FOLDED])
def test_own_name(site, canonical, name):
    """However the folder's own name is written, whatever the policy."""
    campus, _, _ = site
    answers, folders = dialogue(campus, name)
    for (command, lines), (_, expected) in zip(answers, canonical[0]):
        assert lines == expected, command
    assert folders == canonical[1]


@pytest.mark.parametrize("name", [*below("{p}", ALIASES), *ALIASES])
def test_alias(site, canonical, name):
    """Other names: the same answers, or those to a name that means nothing."""
    campus, policy, _ = site
    answers, folders = dialogue(campus, name)
    assert folders == canonical[1] if policy != "off" else True
    for (command, lines), (_, expected) in zip(answers, canonical[0]):
        if policy == "alias":
            assert lines == expected, command
        elif policy == "reject" and command.startswith(OPENING):
            assert lines[-1].startswith((b"NO ", b"BAD No mailbox")), \
                (command, lines)
        elif policy == "off" and command.startswith("RENAME Ordinary"):
            assert lines[-1].startswith(b"OK"), (command, lines)


SUBFOLDER = ("STATUS {n} (MESSAGES)", "APPEND {n} {literal}", "SELECT {n}",
             "FETCH 1 (FLAGS)", 'LIST "" {n}', "MYRIGHTS {n}", "SUBSCRIBE {n}",
             'LSUB "" {n}', "UNSUBSCRIBE {n}", "RENAME {n} Moved",
             "RENAME Moved {n}", "SELECT INBOX", "COPY 1 {n}", "DELETE {n}",
             "STATUS {n} (MESSAGES)")


@pytest.mark.parametrize("name", ["{p}Sent{s}2024", "Sent{s}2024",
                                  "Gesendet{s}2024", "SENT ITEMS{s}2024"])
def test_subfolder(site, name):
    """What lies below the folder is reached by each of its names."""
    campus, policy, separator = site
    if policy != "alias" and "ITEMS" not in name:
        # there a name like any other, or one that must not be
        return
    answers = []
    real = f"{CANONICAL}{separator}2024"
    for spelling in ("{p}" + real, name):
        with newcomer(campus) as person, Folders(campus, person) as folders:
            folders.do(f"CREATE {folders.quoted(folders.full(real))}")
            there = Dialogue(folders, spelling.format(p=folders.prefix,
                                                      s=separator), real)
            answers.append([(command, there.ask(command))
                            for command in SUBFOLDER])
    assert answers[0] == answers[1]


def test_create_where_the_folder_may_not_be_selected(site):
    """Then CREATE of another name gets the answer of the folder's own."""
    campus, policy, _ = site
    with newcomer(campus) as person, Folders(campus, person) as folders:
        name = folders.quoted(folders.full(CANONICAL))
        folders.do(f"SETACL {name} owner la")
        folders.do(f"SETACL {name} {person.name} la")
        assert folders.imap.command(f"SELECT {name}")[0].startswith(b"NO ")
        own, _ = folders.imap.command(f"CREATE {name}")
        assert own.startswith(b"NO [ALREADYEXISTS]")
        if policy == "alias":
            other, _ = folders.imap.command("CREATE Sent")
            assert other.split(b" (")[0] == own.split(b" (")[0]


def test_without_the_imap_plugin(second_campus):
    """The capability goes with the plugin behind it; what is refused to every
    program is refused still."""
    off = {"2.3": "protocol imap {\n  mail_plugins = campus_folders\n}\n",
           "2.4": "protocol imap {\n  mail_plugins {\n"
                  "    imap_campus_folders = no\n  }\n}\n"}
    with second_campus.dovecot.configured(off[second_campus.dovecot.series]), \
            newcomer(second_campus) as person, \
            Folders(second_campus, person) as folders:
        line, = folders.do("CAPABILITY")
        assert b"CREATE-SPECIAL-USE" not in line
        reply, _ = folders.imap.command("DELETE Sent")
        assert reply.startswith(b"NO [CANNOT]")
