# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The settings of the special folders: what each does, for everybody and for one
user, and that a bad one is told and never guessed."""

import contextlib

import pytest

from testenv.folders import Folders, encoded, newcomer
from testenv.people import ALICE, Login
from testenv.wire import quoted


def plugin(series, settings):
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return f"plugin {{\n{lines}}}\n" if series == "2.3" else lines


def block(name, **settings):
    lines = "".join(f"    {key} = {value}\n" for key, value in settings.items())
    return f'namespace inbox {{\n  mailbox "{name}" {{\n{lines}  }}\n}}\n'


def leads_to(folders, name):
    """The folder that a name means, None if it means nothing."""
    command = f"STATUS {quoted(encoded(name)).decode()} (UIDVALIDITY)"
    reply, untagged = folders.imap.command(command)
    if not reply.startswith(b"OK"):
        assert reply.startswith(b"NO"), reply
        return None
    validity = untagged[0].rsplit(b"(", 1)[1]
    found = [folder for folder in folders.names() if folders.do(
        f"STATUS {folders.quoted(folder)} (UIDVALIDITY)")[0]
             .rsplit(b"(", 1)[1] == validity]
    return [name.removeprefix(folders.prefix) for name in found]


def check(campus, login, meant):
    with Folders(campus, login) as folders:
        for name, folder in meant.items():
            expected = None if folder is None else [folder]
            assert leads_to(folders, name) == expected, name


# Settings, or mailbox blocks, and what names mean then.
SITES = {
    "as shipped": ({}, "", {
        "Sent": "Sent Items", "Papierkorb": "Deleted Items",
        "Archives": None, "archive": "Archive", "Entwurf": None}),
    "policies": ({"campus_folder_trash_policy": "off",
                  "campus_folder_sent_policy": "reject",
                  "campus_folder_archive_policy": "alias"}, "", {
        "Trash": None, "deleted items": "Deleted Items", "Sent": None,
        "SENT ITEMS": "Sent Items", "Archives": "Archive",
        "Spam": "Junk E-mail"}),
    "more names": ({"campus_folder_junk_aliases": "Verdacht, Papierkorb ,",
                    "campus_folder_extended_aliases": "yes"}, "", {
        "verdacht": "Junk E-mail", "Papierkorb": "Junk E-mail",
        "Trash": "Deleted Items", "Bản nháp": "Drafts"}),
    "other folders": ({}, block("Sent Items", special_use="", auto="no") +
                      block("Versandt", special_use="\\Sent",
                            auto="subscribe") +
                      block("Junk E-mail", special_use="", auto="no"), {
        "Sent": "Versandt", "Sent Items": "Versandt", "VERSANDT": "Versandt",
        "Spam": None, "Junk E-mail": None, "Trash": "Deleted Items"}),
}


@pytest.mark.parametrize("site", SITES)
def test_site(second_campus, site):
    settings, core, meant = SITES[site]
    dovecot = second_campus.dovecot
    with dovecot.configured(core + plugin(dovecot.series, settings)), \
            newcomer(second_campus) as person:
        check(second_campus, person, meant)


def test_one_user(second_campus):
    """A field of the userdb overrides a setting, for that user only."""
    dovecot = second_campus.dovecot
    # what comes first is asked first
    first = dovecot.etc / "conf.d/00-test.conf"
    users = second_campus.dir / "users"
    place = f"args = username_format=%n {users}" if dovecot.series == "2.3" \
        else f"passwd_file_path = {users}"
    name = "" if dovecot.series == "2.3" else "first "
    first.write_text(f"userdb {name}{{\n  driver = passwd-file\n  {place}\n"
                     "  result_success = continue-ok\n"
                     "  result_failure = continue\n}\n")
    with contextlib.ExitStack() as stack:
        stack.callback(first.unlink)
        one = stack.enter_context(newcomer(second_campus))
        other = stack.enter_context(newcomer(second_campus))
        users.write_text(
            f"{one.name}:::::::userdb_campus_folder_trash_policy=off\n")
        stack.enter_context(dovecot.configured())
        check(second_campus, one, {"Trash": None, "Sent": "Sent Items"})
        check(second_campus, other,
              {"Trash": "Deleted Items", "Sent": "Sent Items"})


# A bad setting, and words of the sentence that tells it.
BAD_VALUES = (
    ("campus_folder_sent_policy", "sometimes", ("'sometimes'",)),
    ("campus_folder_junk_policy", "Off", ("'Off'",)),
    ("campus_folder_extended_aliases", "maybe", ("'maybe'", "yes", "no")),
)
BAD_SITES = {
    "another's folder": ({"campus_folder_sent_aliases": "drafts"}, "",
                         ("'drafts'", "sent", "drafts")),
    "one name, two roles": ({"campus_folder_sent_aliases": "Outgoing",
                             "campus_folder_junk_aliases": "OUTGOING"}, "",
                            ("'OUTGOING'", "sent", "junk")),
    "wildcard": ({"campus_folder_trash_aliases": "Bin*"}, "",
                 ("'Bin*'", "trash", "wildcard")),
    "separator": ({"campus_folder_trash_aliases": "Bin.2"}, "",
                  ("'Bin.2'", "trash", "separator")),
    "two folders": ({}, block("Sent", special_use="\\Sent"),
                    ("'Sent'", "'Sent Items'", "\\Sent")),
    "folder's separator": ({}, block("Drafts", special_use="") +
                           block("My.Drafts", special_use="\\Drafts"),
                           ("'My.Drafts'", "drafts", "separator")),
    "no name for Maildir": ({}, block("Drafts", special_use="", auto="no") +
                            block("My/Drafts", special_use="\\Drafts"),
                            ("'My/Drafts'", "\\Drafts", "storage")),
    "made by itself": ({}, block("Trash", auto="create"),
                       ("'Trash'", "auto = create", "'Deleted Items'")),
}


def test_other_separator(second_campus):
    """Dovecot's own refusal comes first."""
    with written(second_campus, {}, "namespace bare {\n  separator = /\n}\n"):
        said(second_campus.exec("doveadm", "mailbox", "list", "-u", ALICE.uid,
                                check=False), ("same separator",))


@contextlib.contextmanager
def written(campus, settings, core=""):
    """Settings that doveadm reads, while Dovecot runs with its own."""
    campus.dovecot.configure(core + plugin(campus.dovecot.series, settings))
    try:
        yield
    finally:
        campus.dovecot.reset()


def said(done, words):
    text = done.stderr.decode()
    assert done.returncode != 0, text
    for word in words:
        assert word in text, text


@pytest.mark.parametrize("name, value, words", BAD_VALUES)
def test_bad_value(second_campus, name, value, words):
    with written(second_campus, {name: value}):
        said(second_campus.exec("doveadm", "mailbox", "list", "-u", ALICE.uid,
                                check=False), (name, *words))
        if second_campus.dovecot.series == "2.4":
            # wrong by itself: Dovecot does not start with it
            said(second_campus.exec("doveconf", "-n", check=False),
                 (name, *words))


@pytest.mark.parametrize("case", BAD_SITES)
def test_bad_site(second_campus, case):
    settings, core, words = BAD_SITES[case]
    with written(second_campus, settings, core):
        said(second_campus.exec("doveadm", "mailbox", "list", "-u", ALICE.uid,
                                check=False), ("campus_folders: ", *words))


def test_bad_site_is_told_to_nobody_else(second_campus):
    """IMAP ends, delivery is put off, and the log has the sentence."""
    settings, core, words = BAD_SITES["one name, two roles"]
    dovecot = second_campus.dovecot
    with dovecot.configured(core + plugin(dovecot.series, settings)):
        mark = second_campus.log.mark()
        with second_campus.connect("imap") as imap:
            reply = imap.login(Login(ALICE.uid, ALICE.password))
            if reply.startswith(b"OK"):
                reply, _ = imap.command("SELECT INBOX")
            assert reply == b"" or reply.startswith(b"* BYE"), reply
            assert b"OUTGOING" not in reply
        reply = second_campus.deliver(ALICE.mail, "put off")
        assert reply.startswith(b"4"), reply
        for service in (rf"imap\({ALICE.uid}", "lmtp"):
            line = second_campus.log.wait_for(
                rf"{service}.*Error: .*campus_folders: ", mark)[0]
            assert all(word in line for word in words), line
