# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Users for whom a userdb's fields say otherwise: what each field does, that a
wrong one stops this user's mail and nobody else's, with a sentence in the log,
and that a process that serves one after the other keeps them apart."""

import contextlib
import itertools
import pathlib
import re

import pytest

from testenv.folders import Folders
from testenv.people import Login

TOP = pathlib.Path(__file__).parents[2]
PASSWORD = "test-secret"
PROBES = itertools.count(1)

BLOCK = "namespace/inbox/mailbox/"
SLASH = {"namespace/inbox/prefix": "INBOX/", "namespace/inbox/separator": "/",
         "namespace/bare/separator": "/", "namespace/shared/disabled": "yes"}

# userdb fields; then what names lead to: a folder, None if they are names like
# any other, or False if no such folder may be made.
USERS = {
    "shipped": ({}, {
        "Sent": "Sent Items", "Gesendet": "Sent Items",
        "INBOX.Gesendet": "Sent Items", "SENT ITEMS": "Sent Items",
        "INBOX.INBOX": "INBOX",
        "Papierkorb": "Deleted Items", "Spam": "Junk E-mail",
        "Archives": None, "ARCHIVE": "Archive", "Enviadas": None}),
    "off": ({"campus_folder_trash_policy": "off"}, {
        "Papierkorb": None, "INBOX.Trash": None,
        "deleted items": "Deleted Items", "Sent": "Sent Items"}),
    "reject": ({"campus_folder_sent_policy": "reject"}, {
        "Gesendet": False, "INBOX.Sent": False, "Sent.2024": False,
        "sent items": "Sent Items", "Trash": "Deleted Items"}),
    "archive": ({"campus_folder_archive_policy": "alias"}, {
        "Archives": "Archive", "INBOX.Archiv": "Archive"}),
    "aliases": ({"campus_folder_junk_aliases": "Verdacht,Papierkorb"}, {
        "verdacht": "Junk E-mail", "Papierkorb": "Junk E-mail",
        "Trash": "Deleted Items"}),
    "extended": ({"campus_folder_extended_aliases": "yes"}, {
        "Enviadas": "Sent Items", "Sent": "Sent Items"}),
    # Dovecot's own way to override what a block says
    "name": ({BLOCK + "Sent Items/name": "Gesendet"}, {
        "Sent": "Gesendet", "Sent Items": "Gesendet",
        "INBOX.gesendet": "Gesendet", "Trash": "Deleted Items"}),
    "slash": (SLASH, {
        "Sent": "Sent Items", "INBOX/Papierkorb": "Deleted Items",
        "INBOX/INBOX": "INBOX"}),
    "role": ({BLOCK + "Junk E-mail/special_use": "\\Flagged"}, {
        "Spam": None, "Sent": "Sent Items"}),
}

# userdb fields, and words of the sentence in the log
WRONG = {
    "policy": ({"campus_folder_sent_policy": "sometimes"},
               ("campus_folder_sent_policy", "'sometimes'")),
    "policy-case": ({"campus_folder_junk_policy": "Off"},
                    ("campus_folder_junk_policy", "'Off'")),
    "boolean": ({"campus_folder_extended_aliases": "maybe"},
                ("campus_folder_extended_aliases", "'maybe'")),
    "canonical": ({"campus_folder_sent_aliases": "drafts"},
                  ("'drafts'", "role sent", "role drafts")),
    "two": ({"campus_folder_sent_aliases": "Outgoing",
             "campus_folder_junk_aliases": "OUTGOING"},
            ("'OUTGOING'", "role junk", "role sent")),
    "wildcard": ({"campus_folder_trash_aliases": "Bin*"},
                 ("'Bin*'", "role trash", "wildcard")),
    "separator": ({"campus_folder_trash_aliases": "Bin.2"},
                  ("'Bin.2'", "role trash", "separator '.'")),
    "inbox": ({"campus_folder_trash_aliases": "Inbox"},
              ("'Inbox'", "role trash")),
    "twice": ({BLOCK + "Sent/special_use": "\\Sent"},
              ("'Sent'", "'Sent Items'", "special_use \\Sent")),
    "name": ({BLOCK + "Drafts/name": "My.Drafts"},
             ("'My.Drafts'", "drafts", "separator '.'")),
    "dot": (SLASH | {BLOCK + "Drafts/name": "My.Drafts"},
            ("'My.Drafts'", "special_use \\Drafts", "'.'")),
    "same": ({BLOCK + "Drafts/name": "archive"},
             ("role drafts", "role archive")),
    "auto": ({BLOCK + "Sent/auto": "create"},
             ("'Sent'", "auto = create", "'Sent Items'",
              "campus_folder_sent_policy")),
    "bare": ({"namespace/bare/separator": "/", "namespace/bare/list": "no"},
             ("'/'", "'.'", "inbox=yes")),
}


def userdb(campus, users):
    """A userdb ahead of the shipped ones that gives each user the fields."""
    if campus.dovecot.series == "2.3":
        # A blank in a section's name is \_ in the key.
        path = campus.dir / "fields"
        path.write_text("".join(
            f"{user}:::::::" + " ".join(
                f"userdb_{key.replace(' ', chr(92) + '_')}={value}"
                for key, value in fields.items()) + "\n"
            for user, fields in users.items()))
        return f"userdb {{\n  driver = passwd-file\n" \
               f"  args = username_format=%n {path}\n" \
               "  result_success = continue-ok\n  result_failure = continue\n" \
               "}\n"
    text = ""
    for user, fields in users.items():
        path = campus.dir / f"fields-{user}"
        # LMTP asks by address
        path.write_text(f"{user}:::::::\n{user}@campus.example:::::::\n")
        text += f"userdb {user} {{\n  driver = passwd-file\n" \
                f"  passwd_file_path = {path}\n" \
                "  result_success = continue-ok\n" \
                "  result_failure = continue\n  fields {\n" + "".join(
                    f'    "{key}" = "{value}"\n'.replace("\\", "\\\\")
                    for key, value in fields.items()) + "  }\n}\n"
    return text


@pytest.fixture(scope="module")
def site(second_campus):
    """Users with fields of their own, and one process that serves all."""
    dovecot = second_campus.dovecot
    users = {f"set-{case}": fields for case, (fields, _) in USERS.items()} | \
            {f"bad-{case}": fields for case, (fields, _) in WRONG.items()}
    busy = TOP / f"conf.d/{dovecot.series}/91-campus-busy.conf"
    # The order of userdbs is that of the files.
    first = dovecot.etc / "conf.d/00-test.conf"
    with contextlib.ExitStack() as stack:
        for user in users:
            stack.enter_context(second_campus.directory.person(
                user, PASSWORD, f"{user}@campus.example"))
        stack.callback(first.unlink)
        first.write_text(userdb(second_campus, users))
        stack.enter_context(dovecot.configured(
            core=busy.read_text() + "service imap {\n  process_limit = 1\n}\n"))
        yield second_campus


def leads_to(folders, name):
    """Which folder is meant by a name? See USERS."""
    status, _ = folders.imap.command(f"STATUS {folders.quoted(name)} (UIDNEXT)")
    if status.startswith(b"OK"):
        subject = f"probe {next(PROBES)}"
        assert folders.append(name, subject).startswith(b"OK")
        folder, = [folder for folder, (_, messages) in folders.tree().items()
                   if subject in [found for found, _, _ in messages]]
        return folder
    reply, _ = folders.imap.command(f"CREATE {folders.quoted(name)}")
    if reply.startswith(b"NO [CANNOT]"):
        return False
    assert reply.startswith(b"OK"), reply
    assert name.removeprefix(folders.prefix) in folders.tree()
    folders.do(f"DELETE {folders.quoted(name)}")
    return None


def expect(campus, login, meant):
    with Folders(campus, login) as folders:
        assert {name: leads_to(folders, name) for name in meant} == meant
        folders.imap.command("LOGOUT")


@pytest.mark.parametrize("case", USERS)
def test_fields_of_a_user(site, case):
    expect(site, Login(f"set-{case}", PASSWORD), USERS[case][1])


def test_refusal_names_the_folder(site):
    with Folders(site, Login("set-reject", PASSWORD)) as folders:
        reply, _ = folders.imap.command("CREATE INBOX.Gesendet")
        assert b"'Sent Items'" in reply


@pytest.mark.parametrize("case", USERS)
def test_delivery_to_a_user(site, case):
    """LMTP opens the mail of whoever has such fields."""
    reply = site.deliver(f"set-{case}@campus.example", f"to {case}")
    assert reply.startswith(b"250"), reply


def no_mail(campus, login, words):
    """Nobody opens that mail; the log says why in a sentence with the words."""
    def said(mark, service):
        line = campus.log.wait_for(
            rf"{service}.*{login.name}.*: campus_folders: ", mark)[0]
        for word in words:
            assert word in line, line

    mark = campus.log.mark()
    with campus.connect("imap") as imap:
        reply = imap.login(login)
        if reply.startswith(b"OK"):
            reply, untagged = imap.command("SELECT INBOX")
            assert reply == b"" or reply.startswith(b"* BYE"), reply
            reply += b"".join(untagged)
    assert not any(word.encode() in reply for word in words), reply
    said(mark, "imap")
    mark = campus.log.mark()
    reply = campus.deliver(f"{login.name}@campus.example", "never")
    assert reply.startswith(b"4"), reply
    said(mark, "lmtp")
    done = campus.exec("doveadm", "mailbox", "list", "-u", login.name,
                       check=False)
    assert done.returncode != 0 and done.stdout == b""
    for word in words:
        assert word in done.stderr.decode(), done.stderr


@pytest.mark.parametrize("case", WRONG)
def test_wrong_fields_of_a_user(site, case):
    no_mail(site, Login(f"bad-{case}", PASSWORD), WRONG[case][1])


def test_one_process_serves_all(site):
    """What one user's fields say is gone for the next user, after one whose
    mail could not be opened, too."""
    def served_by(user):
        mark = site.log.mark()
        expect(site, Login(user, PASSWORD), USERS[user[4:]][1])
        line = site.log.wait_for(rf"imap\({user} .*Logged out", mark)[0]
        return re.search(r">?<(\d+)>", line).group(1)

    order = ["set-off", "set-shipped", "set-name", "set-slash", "set-reject",
             "set-role", "set-extended", "set-shipped"]
    assert len({served_by(user) for user in order}) == 1
    for user in order[:3]:
        with site.connect("imap") as imap:
            imap.login(Login("bad-dot", PASSWORD))
        served_by(user)
