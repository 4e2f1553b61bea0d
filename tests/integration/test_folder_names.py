# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Names that no sensible program sends: each is refused, or is a folder of its
own, or the one that it stands for; never another folder's mail, and no process
falls over."""

import re

import pytest

from testenv.folders import ROLES, Folders, encoded, newcomer
from testenv.storages import STORAGES, storage_core

# What becomes of a name: no folder; one of its own; one or the other, as the
# storage can; or a folder that is there.
REFUSED, OWN, EITHER = "refused", "own", "either"

LEVELS = b".a"

# Below the root: tried with the prefix and without.
NAMES = (
    # length: of a component, of the whole, and how many levels
    (b"x" * 200, OWN), (b"x" * 255, EITHER), (b"x" * 256, REFUSED),
    (b"x" * 1000, REFUSED), (b"x" * 5000, REFUSED),
    (b"Sent." + b"x" * 200, OWN), (b"Sent." + b"x" * 255, EITHER),
    (b"Sent." + b"x" * 256, REFUSED), (b"Sent" * 64, REFUSED),
    (b"Sent" + 40 * LEVELS, OWN), (b"Sent" + 80 * LEVELS, EITHER),
    (b"Sent" + 5000 * LEVELS, REFUSED),
    (b"Sent Items" + 5000 * LEVELS, REFUSED),
    (b"a" + 5000 * LEVELS, REFUSED), (b"Sent" + 5000 * b".", REFUSED),
    # modified UTF-7, well and badly formed
    (b"&-", OWN), (b"Sent&-", OWN), (b"&-Sent", OWN),
    (b"&", REFUSED), (b"&Jjo", REFUSED), (b"&Jjo!", REFUSED),
    (b"&AFM-ent", REFUSED), (b"Sen&AHQ-", REFUSED), (b"&AGE-", REFUSED),
    (b"&U,BTFw-&ZeVnLIqe-", REFUSED), (b"&2AA-", REFUSED),
    (b"&3AA-", REFUSED), (b"Sent&", REFUSED), (b"&AAA-", REFUSED),
    (b"Sent&AAA-", REFUSED), (b"Sent&AAE-x", REFUSED), (b"&AC4-", REFUSED),
    # 8-bit bytes: no name in IMAP, UTF-8 or not
    ("Éléments envoyés".encode(), REFUSED), ("Gelöschte".encode(), REFUSED),
    (b"\xff\xfe", REFUSED), (b"Sent\xff", REFUSED), (b"\xed\xa0\x80", REFUSED),
    (b"Gel\xf6schte Elemente", REFUSED), (b"\xc0\xae\xc0\xae", REFUSED),
    # ways out of the tree
    (b".", REFUSED), (b"..", REFUSED), (b"...", REFUSED), (b"../x", REFUSED),
    (b"Sent/../INBOX", REFUSED), (b"Sent/../../x", REFUSED),
    (b"Sent.../x", REFUSED), (b"../abcd0001/Maildir", REFUSED),
    (b"/etc/passwd", EITHER), (b"~/x", EITHER), (b"~root/x", EITHER),
    # the other separator
    (b"a/b", EITHER), (b"Sent/2024", EITHER), (b"/Sent", EITHER),
    (b"Sent/", EITHER),
    # separators where there is nothing between
    (b"Sent..x", REFUSED), (b"Sent..", REFUSED), (b".Sent", REFUSED),
    (b"Sent Items..x", REFUSED), (b"..Sent", REFUSED), (b"", REFUSED),
    # other names in other names
    (b"Sent.Sent", OWN), (b"Sent.Trash", OWN), (b"Trash.Sent Items", OWN),
    (b"Sent Items.Sent", OWN), (b"Projects.Sent", OWN),
    (b"Projects.Sent Items", OWN), (b"Sent.INBOX", OWN),
    # almost other names
    (b" Sent", OWN), (b"Sent ", OWN), (b" ", OWN), (b"Sents", OWN),
    (b'Sent"', OWN), (b"Sent\\", OWN), (b"\\Sent", OWN), (b"(Sent)", OWN),
    # control characters
    (b"\x01", REFUSED), (b"Sent\x01", REFUSED), (b"Se\tnt", REFUSED),
    (b"Sent\n", REFUSED), (b"Sent\r\nx", REFUSED), (b"Sent\x7f", REFUSED),
    # wildcards are letters to every command but LIST
    (b"*", OWN), (b"%", OWN), (b"Sent*", OWN), (b"S%nt", OWN),
    (b"Sent.%", OWN), (b"Sent.*", OWN),
    # files of the storages
    (b"cur", EITHER), (b"new", EITHER), (b"tmp", EITHER),
    (b"dovecot.index", OWN), (b"storage", OWN),
    (b"mailboxes", OWN), (b"dbox-Mails", EITHER),
    (b"Sent.dbox-Mails", EITHER), (b"Sent.cur", EITHER),
)

# Whole names that begin with INBOX.
INBOX_NAMES = (
    (b"inbox", "INBOX"), (b"InBoX", "INBOX"), (b"INBOX.INBOX", "INBOX"),
    (b"inbox.INBOX", "INBOX"), (b"INBOX.INBOX.x", REFUSED),
    (b"INBOX.inbox", REFUSED), (b"INBOX.inbox.Sent", REFUSED),
    (b"INBOX.INBOX.INBOX", REFUSED), (b"INBOX..INBOX", REFUSED),
    (b"INBOX..Sent", REFUSED), (b"INBOX/Sent", EITHER), (b"INBOXx", OWN),
    (b"INBOX ", OWN), (b"INBOX.x", OWN), (b"inbox.x", OWN),
    (b"inbox.Sent Items", "Sent Items"), (b"INBOX.SENT", "Sent Items"),
)

CASES = [(prefix + name, becomes) for name, becomes in NAMES
         for prefix in (b"", b"INBOX.")] + list(INBOX_NAMES)


def case_id(value):
    text = value.decode("latin-1").encode("unicode_escape").decode() \
        if isinstance(value, bytes) else value
    return text if len(text) < 24 else f"{text[:16]}~{len(value)}"


@pytest.fixture(scope="module", params=STORAGES)
def site(request, second_campus):
    dovecot = second_campus.dovecot
    with dovecot.configured(storage_core(dovecot.series, request.param)):
        mark = second_campus.log.mark()
        yield second_campus
        assert not second_campus.log.lines(
            r"Panic|Fatal|assertion|signal 11|core dumped", mark)


@pytest.fixture(scope="module")
def person(site):
    with newcomer(site) as person:
        yield person


@pytest.fixture(scope="module")
def folders(site, person):
    """Somebody with a message in each folder."""
    with Folders(site, person) as folders:
        folders.do("CREATE Projects")
        for name in ("INBOX", "Projects", *ROLES.values()):
            folders.put(name, f"in {name}")
        yield folders


def ask(folders, command, name):
    """The tagged answer, and the untagged ones; the name goes as a literal."""
    folders.imap.send(b"a " + command.replace(
        b"{n}", b"{%d+}\r\n%s" % (len(name), name)) + b"\r\n")
    return folders.imap.answer()


def state(folders):
    """Every folder that can be selected, and what it holds."""
    return {line for line in folders.do(
        'LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT UIDVALIDITY))')
        if line.startswith(b"* STATUS")}


def refuse(folders, commands, name):
    for command in commands:
        reply, _ = ask(folders, command, name)
        assert reply.startswith((b"NO ", b"BAD ")), (command, reply)


OPENING = (b"EXAMINE {n}", b"STATUS {n} (MESSAGES)", b"APPEND {n} {1+}\r\nx",
           b"SUBSCRIBE {n}", b"DELETE {n}", b"RENAME {n} Other",
           b"RENAME Projects {n}")


def check_refused(folders, name):
    refuse(folders, OPENING, name)
    folders.do("EXAMINE INBOX")
    refuse(folders, (b"COPY 1 {n}", b"MOVE 1 {n}"), name)
    reply, listed = ask(folders, b'LIST "" {n}', name)
    assert reply.startswith((b"OK ", b"NO ", b"BAD ")), reply
    # LIST takes wildcards, and more names than could be
    assert not listed or set(name) & set(b"*%\xc3") or \
        name in (b"", b"INBOX."), listed
    folders.do("UNSELECT")


def check_own(folders, name, before):
    """A folder by itself, from the beginning to its end."""
    assert len(state(folders) - before) == 1
    reply, lines = ask(folders, b"EXAMINE {n}", name)
    assert reply.startswith(b"OK ") and b"* 0 EXISTS" in lines, reply
    folders.do("UNSELECT")
    reply, _ = ask(folders, b"APPEND {n} {1+}\r\nx", name)
    assert reply.startswith(b"OK [APPENDUID "), reply
    _, lines = ask(folders, b"STATUS {n} (MESSAGES)", name)
    assert lines[0].endswith(b"(MESSAGES 1)")
    _, listed = ask(folders, b'LIST "" {n}', name)
    assert listed
    for command in (b"SUBSCRIBE {n}", b"UNSUBSCRIBE {n}", b"RENAME {n} Other",
                    b"RENAME Other {n}", b"DELETE {n}"):
        reply, _ = ask(folders, command, name)
        assert reply.startswith(b"OK "), (command, reply)


def check_stands_for(folders, name, folder):
    def opened(name):
        _, lines = ask(folders, b"EXAMINE {n}", name)
        return [line for line in lines if b"EXISTS" in line or b"UIDV" in line]
    assert opened(name) == opened(encoded(folders.full(folder)).encode()) != []
    folders.do("UNSELECT")
    refuse(folders, (b"DELETE {n}", b"RENAME Projects {n}"), name)


@pytest.mark.parametrize("name, becomes", CASES, ids=case_id)
def test_name(folders, name, becomes):
    before = state(folders)
    reply, _ = ask(folders, b"CREATE {n}", name)
    made = reply.startswith(b"OK")
    if becomes == EITHER:
        becomes = OWN if made else REFUSED
    if becomes == OWN:
        assert made, reply
        check_own(folders, name, before)
    elif becomes == REFUSED:
        assert reply.startswith((b"NO ", b"BAD ")), reply
        check_refused(folders, name)
    else:
        check_stands_for(folders, name, becomes)
    assert state(folders) == before


@pytest.mark.parametrize("name, answer", (
    (b"Sent.", b"OK "), (b"INBOX.Gesendet.", b"OK "),
    (b"Sent Items.", b"NO [ALREADYEXISTS]"),
    (b"INBOX.SENT ITEMS.", b"NO [ALREADYEXISTS]"),
    (b"INBOX.", b"NO ["), (b"Sent..", b"NO [CANNOT]")), ids=case_id)
def test_separator_at_the_end(folders, name, answer):
    """CREATE may end so (RFC 3501, 6.3.3); no folder is called so."""
    before = state(folders)
    reply, _ = ask(folders, b"CREATE {n}", name)
    assert reply.startswith(answer), reply
    check_refused(folders, name)
    assert state(folders) == before


@pytest.mark.parametrize("name", (b"Sent\0", b"\0", b"Sent\0Trash", b"x\0"),
                         ids=case_id)
def test_nul(site, person, name):
    """To Dovecot a name ends there, or is none."""
    with Folders(site, person) as folders:
        before = state(folders)
        reply, _ = ask(folders, b"CREATE {n}", name)
        with Folders(site, person) as other:
            assert len(state(other) - before) == int(name[0] == ord("x"))
            other.imap.command("DELETE x")
            assert state(other) == before
        assert reply.startswith(b"OK" if name[0] else (b"NO", b"BAD")), reply


SIEVE_NAMES = ("..", "Sent/../INBOX", "Sent..x", "INBOX.INBOX.x", "x" * 300,
               "Sent" + ".a" * 3000, "INBOX.")


def test_sieve_and_doveadm(site, person, folders):
    """The other doors: what is no folder's name goes to INBOX."""
    before = state(folders)
    for name in SIEVE_NAMES:
        site.doveadm("sieve", "put", "-a", "-u", person.name, "bad",
                     stdin=b'require ["fileinto", "mailbox"]; '
                           b'fileinto :create "%s";' % name.encode())
        reply = site.deliver(f"{person.name}@campus.example", "by sieve")
        assert reply.startswith(b"250"), reply
        for verb in ("create", "delete"):
            done = site.exec("doveadm", "mailbox", verb, "-u", person.name,
                             name, check=False)
            assert done.returncode != 0, (verb, name)
    inbox = rb"\* STATUS INBOX "
    assert {line for line in state(folders) if not re.match(inbox, line)} == \
        {line for line in before if not re.match(inbox, line)}
    assert folders.subjects("INBOX").count("by sieve") == len(SIEVE_NAMES)
