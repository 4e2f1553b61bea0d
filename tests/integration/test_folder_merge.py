# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""doveadm campus folders check and merge: folders from before find their way
into the special folders, and no message is ever lost or doubled."""

import collections
import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import re
import shutil
import threading

import pytest

from testenv.people import BOB, CAROL, EVERYBODY, Login
from testenv.wire import side_by_side

EX_TEMPFAIL = 75
MAIL_UID = 5000
SPECIAL = ("INBOX", "INBOX.Drafts", "INBOX.Sent Items", "INBOX.Deleted Items",
           "INBOX.Junk E-mail", "INBOX.Archive")
STORAGES = ("maildir", "sdbox", "mdbox")

# What changes the disk, and how many of them lie between two kills.
STEPS = (("link,linkat", 1), ("rename,renameat,renameat2", 1),
         ("unlink,unlinkat", 1), ("mkdir,mkdirat,rmdir", 1),
         ("fsync,fdatasync", 1), ("write,pwrite64,writev", 4),
         ("ftruncate,fallocate", 1))


def storage_core(series, storage, extra=""):
    """The mail of everybody in that format."""
    if series == "2.3":
        place = {"maildir": "maildir:~/Maildir"}.get(
            storage, f"{storage}:~/{storage}")
        return f"mail_location = {place}\n{extra}"
    path = {"maildir": "~/Maildir"}.get(storage, f"~/{storage}")
    return f"mail_driver = {storage}\nmail_path = {path}\n{extra}"


def quota_core(series):
    if series == "2.3":
        return """
protocol doveadm {
  mail_plugins = $mail_plugins quota
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=30K
}
"""
    return """
mail_plugins {
  quota = yes
}
quota "User quota" {
  driver = count
  storage_size = 30K
}
"""


Message = collections.namedtuple("Message", "folder guid flags date text")


class Mailbox:
    """One person's mail, made anew, and looked at from below the plugin."""

    def __init__(self, campus, person=BOB):
        self.campus = campus
        self.person = person
        self.user = person.uid
        self.home = campus.dir / "mail" / self.user
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        os.chown(self.home, MAIL_UID, MAIL_UID)

    # -- doveadm, with and without our plugin

    def doveadm(self, *command, check=True):
        return self.campus.exec("doveadm", *command, check=check)

    def below(self, *command, form=None):
        """doveadm without our plugin: names are what they are on disk."""
        words = 2 if command[0] in ("mailbox", "flags") else 1
        return self.doveadm(
            "-o", "mail_plugins=", *(("-f", form) if form else ()),
            *command[:words], "-u", self.user, *command[words:]
        ).stdout.decode()

    def merge(self, *options, check=True):
        return self.doveadm("-f", "tab", "campus", "folders", "merge", "-u",
                            self.user, *options, check=check)

    def merged(self):
        """Merge without a complaint; the rows, by folder."""
        done = self.merge()
        # a Dovecot that has just started may keep doveadm's statistics waiting
        said = [line for line in done.stderr.splitlines()
                if line and b"/stats-writer " not in line]
        assert not said, said
        return rows(done.stdout)

    def check(self):
        return rows(self.doveadm("-f", "tab", "campus", "folders", "check",
                                 "-u", self.user).stdout)

    # -- what is there

    def create(self, *names):
        self.below("mailbox", "create", *names)

    def save(self, folder, text, flags="", date=1500000000):
        """Messages with these texts, as import brings them."""
        tree = self.campus.dir / "import"
        shutil.rmtree(tree, ignore_errors=True)
        name = folder.removeprefix("INBOX.")
        inside = tree / f".{name}"
        for part in ("cur", "new", "tmp"):
            (inside / part).mkdir(parents=True)
            (tree / part).mkdir()
        texts = [text] if isinstance(text, str) else text
        for number, text in enumerate(texts):
            # a GUID of its own
            serial = hashlib.md5(f"{folder} {text}".encode()).hexdigest()
            path = inside / "cur" / f"{date + number}.{serial}.x:2,{flags}"
            path.write_text(f"From: a@campus.example\nSubject: {text}\n\n"
                            f"{text}\n")
            os.utime(path, (date + number, date + number))
        own(tree)
        self.below("import", f"maildir:{tree}", "INBOX", "mailbox", name,
                   "all")

    def keyword(self, folder, keyword, *search):
        self.below("flags", "add", keyword, "mailbox", folder, *search)

    def folders(self):
        """All but those that everybody has."""
        names = self.below("mailbox", "list").splitlines()
        return sorted(name for name in names if name not in SPECIAL)

    def messages(self):
        """Every message, sorted, with what a mail program would show."""
        text = self.below(
            "fetch", "mailbox guid flags date.received hdr.subject", "all",
            form="json")
        return sorted(Message(item["mailbox"], item["guid"],
                              frozenset(item["flags"].split()) - {"\\Recent"},
                              item["date.received"], item["hdr.subject"])
                      for item in json.loads(text))

    def texts(self, folder):
        return sorted(message.text for message in self.messages()
                      if message.folder == folder)

    def subscribed(self):
        return set(self.below("mailbox", "list", "-s").splitlines())

    def tree(self):
        """Everything on disk: names, modes and contents."""
        return snapshot(self.home)


def rows(output):
    """doveadm's -f tab as dicts, by folder."""
    lines = output.decode().splitlines()
    names = lines[0].split("\t")
    table = [dict(zip(names, line.split("\t"))) for line in lines[1:]]
    return {row["folder"]: row for row in table}


def own(tree):
    for path in (tree, *tree.rglob("*")):
        os.chown(path, MAIL_UID, MAIL_UID, follow_symlinks=False)


def snapshot(tree):
    """All but Dovecot's indexes, which any look may change."""
    found = {}
    for path in sorted(tree.rglob("*")):
        if path.name.startswith(("dovecot.index", "dovecot.list.index")):
            continue
        stat = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() \
            if path.is_file() else ""
        found[str(path.relative_to(tree))] = (stat.st_mode, content)
    return found


def moved(messages):
    """The same messages where they belong after a merge."""
    names = {"Sent": "Sent Items", "Sent Messages": "Sent Items",
             "Trash": "Deleted Items"}

    def target(folder):
        parts = folder.split(".")
        if len(parts) > 1:
            parts[1] = names.get(parts[1], parts[1])
        return ".".join(parts)
    return sorted(message._replace(folder=target(message.folder))
                  for message in messages)


@pytest.fixture(scope="module", params=STORAGES)
def storage(request, second_campus):
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(
            core=storage_core(series, request.param)):
        yield request.param


@pytest.fixture
def box(second_campus, storage):
    del storage
    return Mailbox(second_campus)


@pytest.fixture
def full_box(box):
    """Folders of all kinds; only Sent and Trash are legacy ones."""
    box.create("INBOX.Sent", "INBOX.Sent.2024", "INBOX.Sent.2024.May",
               "INBOX.Trash", "INBOX.Sent Items", "INBOX.Projects.Sent")
    box.save("INBOX.Sent", ["one", "two", "three"], "S", 1500000000)
    box.save("INBOX.Sent", "answered", "RFS", 1600000000)
    box.save("INBOX.Sent", "draft", "DT", 1100000000)
    box.keyword("INBOX.Sent", "$Label1", "subject", "two")
    box.keyword("INBOX.Sent", "Wichtig", "subject", "two")
    box.save("INBOX.Sent.2024", ["four", "five"])
    box.save("INBOX.Sent.2024.May", "six", "S")
    box.save("INBOX.Trash", "seven")
    box.save("INBOX.Sent Items", "there before", "S")
    box.save("INBOX.Projects.Sent", "not ours")
    box.below("mailbox", "subscribe", "INBOX.Sent", "INBOX.Sent.2024")
    return box


##
## check
##

def test_check_without_legacy_folders(box):
    table = box.check()
    assert set(table) == {"INBOX.Drafts", "INBOX.Sent Items",
                          "INBOX.Deleted Items", "INBOX.Junk E-mail",
                          "INBOX.Archive"}
    assert {row["role"] for row in table.values()} == \
        {"drafts", "sent", "trash", "junk", "archive"}
    assert {row["messages"] for row in table.values()} == {"0"}


def test_check_shows_what_is_there(full_box):
    table = full_box.check()
    sent = table["INBOX.Sent"]
    assert sent["role"] == "sent"
    assert sent["into"] == "INBOX.Sent Items"
    assert (sent["messages"], sent["unread"], sent["children"]) == \
        ("5", "1", "2")
    assert sent["note"] == "" and sent["scripts"] == ""
    assert table["INBOX.Sent.2024"]["into"] == "INBOX.Sent Items.2024"
    assert table["INBOX.Sent.2024"]["children"] == "1"
    assert table["INBOX.Sent Items"]["messages"] == "1"
    assert table["INBOX.Trash"]["role"] == "trash"
    assert "INBOX.Projects.Sent" not in table


def test_check_finds_sieve_scripts(full_box):
    sieve = full_box.home / "sieve"
    sieve.mkdir()
    (sieve / "lists.sieve").write_text(
        'require ["fileinto", "mailbox"];\n'
        'if mailboxexists "INBOX.Sent" { fileinto "Trash"; }\n')
    (sieve / "other.sieve").write_text('redirect "Sent@campus.example";\n')
    (full_box.home / ".dovecot.sieve").symlink_to("sieve/lists.sieve")
    own(sieve)
    table = full_box.check()
    assert table["INBOX.Sent"]["scripts"] == "lists.sieve"
    assert table["INBOX.Trash"]["scripts"] == "lists.sieve"
    assert table["INBOX.Sent.2024"]["scripts"] == ""


def test_formats(full_box):
    done = full_box.doveadm("-f", "json", "campus", "folders", "check", "-u",
                            full_box.user)
    assert {row["folder"] for row in json.loads(done.stdout)} >= \
        {"INBOX.Sent", "INBOX.Trash"}
    done = full_box.doveadm("-f", "flow", "campus", "folders", "merge", "-n",
                            "-u", full_box.user)
    assert b"folder=INBOX.Sent " in done.stdout
    done = full_box.doveadm("campus", "folders", "check", "-u", full_box.user)
    assert done.stdout.startswith(b"role ")


##
## merge
##

def test_merge(full_box):
    before = full_box.messages()
    table = full_box.merged()
    assert {row["result"] for row in table.values()} == {"merged"}
    assert table["INBOX.Sent"]["copied"] == "5"
    assert full_box.messages() == moved(before)
    assert full_box.folders() == [
        "INBOX.Projects", "INBOX.Projects.Sent", "INBOX.Sent Items.2024",
        "INBOX.Sent Items.2024.May"]


def test_second_run_does_nothing(full_box):
    full_box.merged()
    full_box.check()
    messages = full_box.messages()
    before = full_box.tree()
    assert full_box.merged() == {}
    assert full_box.tree() == before
    assert full_box.messages() == messages


def test_dry_run_changes_nothing(full_box):
    # what any look into a folder leaves
    full_box.check()
    messages = full_box.messages()
    before = full_box.tree()
    table = rows(full_box.merge("--dry-run").stdout)
    assert full_box.tree() == before
    assert {row["result"] for row in table.values()} == {"would be merged"}
    assert {name: row["copied"] for name, row in table.items()} == {
        "INBOX.Sent": "5", "INBOX.Sent.2024": "2",
        "INBOX.Sent.2024.May": "1", "INBOX.Trash": "1"}
    full_box.check()
    assert full_box.tree() == before
    assert full_box.messages() == messages


def test_subscriptions(full_box):
    full_box.merged()
    subscribed = full_box.subscribed()
    assert "INBOX.Sent Items.2024" in subscribed
    assert "INBOX.Sent Items" in subscribed
    assert not {name for name in subscribed
                if re.match(r"INBOX\.Sent(\.|$)", name)}
    # it was not, and is not now
    assert "INBOX.Sent Items.2024.May" not in subscribed


def test_several_names_of_one_role(box):
    box.create("INBOX.Sent", "INBOX.Sent Messages", "INBOX.sent items",
               "INBOX.Gesendet")
    for folder in ("INBOX.Sent", "INBOX.Sent Messages", "INBOX.sent items",
                   "INBOX.Gesendet"):
        box.save(folder, f"from {folder}")
    box.merged()
    assert box.folders() == []
    assert len(box.texts("INBOX.Sent Items")) == 4


def test_message_in_both_folders(box):
    """One that a killed run has copied, or a person: it is there once, with
    all flags."""
    box.create("INBOX.Sent", "INBOX.Sent Items")
    box.save("INBOX.Sent", ["both", "only here"], "S")
    box.below("copy", "INBOX.Sent Items", "mailbox", "INBOX.Sent", "subject",
              "both")
    box.below("flags", "replace", "\\Flagged Here", "mailbox",
              "INBOX.Sent Items", "all")
    box.keyword("INBOX.Sent", "There", "subject", "both")
    table = box.merged()
    assert table["INBOX.Sent"]["copied"] == "1"
    assert table["INBOX.Sent"]["there before"] == "1"
    flags = {message.text: message.flags for message in box.messages()}
    assert flags == {"both": {"\\Seen", "\\Flagged", "Here", "There"},
                     "only here": {"\\Seen"}}


def test_equal_copies_in_the_source(box):
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", "twice", "S")
    box.below("copy", "INBOX.Sent", "mailbox", "INBOX.Sent", "all")
    assert len({message.guid for message in box.messages()}) == 1
    box.merged()
    assert box.texts("INBOX.Sent Items") == ["twice"]


def test_uid_and_answer_of_the_target_stay(box):
    """Programs that know the target's UIDs need not load it anew."""
    box.create("INBOX.Sent", "INBOX.Sent Items")
    box.save("INBOX.Sent Items", ["old one", "old two"])
    box.save("INBOX.Sent", "new")
    fetch = ("fetch", "uid hdr.subject", "mailbox", "INBOX.Sent Items", "all")
    status = ("mailbox", "status", "uidvalidity", "INBOX.Sent Items")
    before, validity = box.below(*fetch), box.below(*status)
    box.merged()
    assert box.below(*fetch).startswith(before)
    assert box.below(*status) == validity


def test_many_messages(box):
    """More than a batch, and what a terminal is told."""
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", [f"message {number:04}" for number in range(1050)])
    done = box.doveadm("-v", "-f", "tab", "campus", "folders", "merge", "-u",
                       box.user)
    assert b"1000 of 1050 messages" in done.stderr
    assert box.texts("INBOX.Sent Items") == \
        [f"message {number:04}" for number in range(1050)]
    assert box.folders() == []


def test_all_users(second_campus, storage):
    del storage
    boxes = [Mailbox(second_campus, person) for person in (BOB, CAROL)]
    for box in boxes:
        box.create("INBOX.Sent")
        box.save("INBOX.Sent", f"of {box.user}")
    done = second_campus.exec("doveadm", "-f", "tab", "campus", "folders",
                              "merge", "-A")
    assert done.stdout.startswith(b"Username\trole\t")
    for box in boxes:
        assert box.texts("INBOX.Sent Items") == [f"of {box.user}"]
        assert box.folders() == []


##
## What may go wrong
##

def test_one_folder_does_not_stop_the_others(full_box):
    """A name that is too long below the new parent stays, and says so."""
    name = "INBOX.Sent." + "x" * 235
    full_box.create(name)
    full_box.save(name, "long")
    done = full_box.merge(check=False)
    table = rows(done.stdout)
    left = {folder for folder, row in table.items() if row["result"] == "left"}
    if left:
        assert done.returncode == EX_TEMPFAIL
        assert left == {name, "INBOX.Sent"}
        assert b"is still below it" in done.stderr
        assert full_box.texts(name) == ["long"]
    assert table["INBOX.Trash"]["result"] == "merged"
    assert "INBOX.Sent.2024" not in full_box.folders()
    assert len(full_box.texts("INBOX.Sent Items")) == 6


@pytest.mark.parametrize("storage", ["maildir"], indirect=True)
def test_another_message_with_the_same_guid(box):
    """Files of one name, as copied about by hand: both are kept."""
    for folder, text in (("Sent", "one text"), ("Sent Items", "another text")):
        for name in ("cur", "new", "tmp"):
            (box.home / f"Maildir/.{folder}" / name).mkdir(parents=True)
        (box.home / f"Maildir/.{folder}/cur/1500000000.M1.x:2,S").write_text(
            f"Subject: {text}\n\n{text}\n")
    own(box.home)
    box.save("INBOX.Sent", "a third")
    assert len({message.guid for message in box.messages()}) == 2
    table = box.merged()
    assert table["INBOX.Sent"]["copied"] == "2"
    assert box.texts("INBOX.Sent Items") == ["a third", "another text",
                                             "one text"]
    assert len({message.guid for message in box.messages()}) == 3


@contextlib.contextmanager
def small_disk(box, size="600k"):
    """The person's mail on a file system of its own."""
    where = str(box.home)
    box.campus.exec("mount", "-t", "tmpfs", "-o",
                    f"size={size},uid={MAIL_UID},gid={MAIL_UID},mode=0700",
                    "tmpfs", where)
    try:
        yield where
    finally:
        box.campus.exec("umount", where)


def test_disk_full(box):
    with small_disk(box) as where:
        box.create("INBOX.Sent")
        box.save("INBOX.Sent", [f"message {number}" for number in range(30)])
        before = box.messages()
        box.campus.exec("sh", "-c", f"cat /dev/zero >{where}/filler", check=False)
        done = box.merge(check=False)
        assert done.returncode == EX_TEMPFAIL, done
        assert b"'INBOX.Sent' is not merged into 'INBOX.Sent Items': " in \
            done.stderr
        assert b"anic" not in done.stderr
        box.campus.exec("rm", f"{where}/filler")
        assert {message.text for message in box.messages()} == \
            {message.text for message in before}
        box.merged()
        assert box.messages() == moved(before)


def test_read_only(box):
    with small_disk(box) as where:
        box.create("INBOX.Sent")
        box.save("INBOX.Sent", ["one", "two"])
        before = box.messages()
        box.campus.exec("mount", "-o", "remount,ro", where)
        done = box.merge(check=False)
        assert done.returncode == EX_TEMPFAIL, done
        assert b"'INBOX.Sent' is not merged into 'INBOX.Sent Items': " in \
            done.stderr
        assert b"anic" not in done.stderr
        box.campus.exec("mount", "-o", "remount,rw", where)
        assert box.messages() == before
        box.merged()
        assert box.messages() == moved(before)


def killed(box, step, number):
    """Merge, killed at the Nth system call of a kind. False if it was not."""
    done = box.campus.exec(
        "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={step}", "-e",
        f"inject={step}:signal=KILL:when={number}", "doveadm", "-f", "tab",
        "campus", "folders", "merge", "-u", box.user, check=False)
    assert b"anic" not in done.stderr
    return done.returncode != 0


def some_time_passes(box):
    """Locks of a process that was killed grow old: Dovecot looks at once
    whether the process lives, and needs not wait three minutes until it takes
    one away that names none."""
    for lock in (*box.home.rglob("*.lock"), *box.home.rglob("*.newlock")):
        if lock.suffix == ".newlock" or lock.stat().st_size == 0:
            lock.unlink()
        else:
            os.utime(lock, (1600000000, 1600000000))


def without_guids(messages):
    return sorted(message._replace(guid="") for message in messages)


def test_killed_at_every_step(box, storage, tmp_path):
    """Whatever a run that was killed has left, the next one goes on from it:
    nothing is lost, nothing is there twice."""
    box.create("INBOX.Sent", "INBOX.Sent.2024")
    box.save("INBOX.Sent", ["one", "two"], "S")
    box.save("INBOX.Sent.2024", "three")
    box.keyword("INBOX.Sent", "$Label1", "subject", "two")
    box.below("mailbox", "subscribe", "INBOX.Sent")
    # A file that a Maildir was about to get keeps all but its GUID.
    expected = without_guids(moved(box.messages()))
    kept = tmp_path / "kept"
    shutil.copytree(box.home, kept, symlinks=True)

    def kill_at_each(item):
        person, (step, stride) = item
        mailbox = Mailbox(box.campus, person)
        for number in itertools.count(1, stride):
            shutil.rmtree(mailbox.home)
            shutil.copytree(kept, mailbox.home, symlinks=True)
            own(mailbox.home)
            runs = 1
            if not killed(mailbox, step, number):
                return number - 1
            some_time_passes(mailbox)
            # Where Dovecot has to mend a broken mdbox first, that run fails.
            while mailbox.merge(check=False).returncode != 0:
                runs += 1
                assert runs < 3, (step, number, mailbox.merge(check=False))
            if storage == "mdbox":
                # finds the half of a message that the process was writing
                mailbox.doveadm("purge", "-u", person.uid, check=False)
                mailbox.below("purge")
            assert without_guids(mailbox.messages()) == expected, \
                (step, number)
            assert mailbox.folders() == ["INBOX.Sent Items.2024"]
            assert "INBOX.Sent" not in mailbox.subscribed()
        return None

    kills = side_by_side(kill_at_each, list(zip(EVERYBODY, STEPS)), workers=4)
    assert sum(kills) > 50, kills


def test_delivery_meanwhile(box):
    """What is delivered into the folder that is being merged is merged, too."""
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", [f"message {number:03}" for number in range(500)])
    script = box.home / ".dovecot.sieve"
    script.write_text('require "fileinto"; fileinto "INBOX.Sent";\n')
    os.chown(script, MAIL_UID, MAIL_UID)
    delivered = []
    done = threading.Event()

    def deliver():
        while not done.is_set():
            subject = f"delivered {len(delivered):03}"
            reply = box.campus.deliver(box.person.mail, subject)
            assert reply.startswith(b"250"), reply
            delivered.append(subject)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        box.merge(check=False)
    finally:
        done.set()
        thread.join()
    box.merged()
    assert delivered
    assert sorted(message.text for message in box.messages()) == sorted(
        [f"message {number:03}" for number in range(500)] + delivered)
    assert "INBOX.Sent" not in box.folders()


def test_two_merges_at_once(box):
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", [f"message {number:03}" for number in range(500)])
    side_by_side(lambda _: box.merge(check=False), range(3), workers=3)
    box.merged()
    assert box.texts("INBOX.Sent Items") == \
        [f"message {number:03}" for number in range(500)]
    assert box.folders() == []


def test_open_in_a_mail_program(box):
    """The old folder is selected while it is merged."""
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", ["one", "two"])
    with box.campus.logged_in(
            "imap", Login(box.user, box.person.password)) as imap:
        reply, _ = imap.command('SELECT "INBOX.Sent"')
        assert reply.startswith(b"OK"), reply
        box.merged()
        imap.command("NOOP")
    assert box.texts("INBOX.Sent Items") == ["one", "two"]
    with box.campus.logged_in(
            "imap", Login(box.user, box.person.password)) as imap:
        reply, untagged = imap.command('SELECT "INBOX.Sent"')
        assert reply.startswith(b"OK"), reply
        assert b"* 2 EXISTS" in untagged


##
## Quota, ACL, settings
##

def test_over_quota(second_campus):
    """A merge needs no room, so that quota does not stand in its way."""
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(core=quota_core(series)):
        box = Mailbox(second_campus)
        box.create("INBOX.Sent")
        box.save("INBOX.Sent", [f"message {number} " + "x" * 900
                                for number in range(60)])
        before = box.messages()
        text = second_campus.doveadm("-f", "tab", "quota", "get", "-u",
                                     box.user)
        assert int(text.splitlines()[1].split("\t")[2]) > 30, text
        box.merged()
        assert box.messages() == moved(before)


def acl(box, folder, *lines):
    path = box.home / "Maildir" / f".{folder}" / "dovecot-acl"
    if not lines:
        return path.read_text() if path.exists() else None
    path.write_text("".join(f"{line}\n" for line in lines))
    os.chown(path, MAIL_UID, MAIL_UID)
    return None


def test_acl_is_not_widened(second_campus):
    box = Mailbox(second_campus)
    box.create("INBOX.Sent", "INBOX.Sent Items", "INBOX.Trash")
    box.save("INBOX.Sent", "private")
    box.save("INBOX.Sent Items", "shared")
    box.save("INBOX.Trash", "rubbish")
    acl(box, "Sent Items", "group=staff lr")
    done = box.merge(check=False)
    assert done.returncode == EX_TEMPFAIL
    assert b"gives group=staff more rights" in done.stderr
    table = rows(done.stdout)
    assert table["INBOX.Sent"]["result"] == "left"
    assert table["INBOX.Trash"]["result"] == "merged"
    assert box.texts("INBOX.Sent") == ["private"]
    assert "group=staff" in box.check()["INBOX.Sent"]["note"]
    # What the sentence says to do
    acl(box, "Sent", "group=staff lr")
    box.merged()
    assert box.texts("INBOX.Sent Items") == ["private", "shared"]
    assert acl(box, "Sent Items") == "group=staff lr\n"


def test_new_folder_gets_the_acl(second_campus):
    """A folder made by the merge has the old one's ACL, not its parent's."""
    box = Mailbox(second_campus)
    box.create("INBOX.Sent", "INBOX.Sent.2024", "INBOX.Sent.2025",
               "INBOX.Sent Items")
    for folder in ("Sent", "Sent.2024", "Sent.2025"):
        box.save(f"INBOX.{folder}", folder)
    acl(box, "Sent", "user=abcd0003 lr")
    acl(box, "Sent.2024", "user=abcd0003 l")
    acl(box, "Sent Items", "user=abcd0003 lr")
    box.merged()
    assert acl(box, "Sent Items.2024") == "user=abcd0003 l\n"
    assert acl(box, "Sent Items.2025") is None
    assert acl(box, "Sent Items") == "user=abcd0003 lr\n"


def test_no_right_of_the_owner_stands_in_the_way(second_campus):
    """An owner who may only read, by an ACL of Courier's time."""
    box = Mailbox(second_campus)
    box.create("INBOX.Sent")
    box.save("INBOX.Sent", "read only")
    acl(box, "Sent", "owner lr")
    box.merged()
    assert box.texts("INBOX.Sent Items") == ["read only"]


def set_core(series, **settings):
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return f"plugin {{\n{lines}}}\n" if series == "2.3" else lines


def test_policy_off(second_campus):
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(core=set_core(
            series, campus_folder_sent_policy="off",
            campus_folder_trash_policy="reject")):
        box = Mailbox(second_campus)
        box.create("INBOX.Sent", "INBOX.Trash", "INBOX.Sortie")
        assert set(box.merged()) == {"INBOX.Trash"}
    with second_campus.dovecot.configured(core=set_core(
            series, campus_folder_sent_aliases="Sortie")):
        assert set(box.merged()) == {"INBOX.Sent", "INBOX.Sortie"}


def test_bad_settings(second_campus):
    """Nothing is merged by settings that make no sense."""
    series = second_campus.dovecot.series
    core = set_core(series, campus_folder_sent_aliases="Deleted Items")
    with second_campus.dovecot.configured(core=core):
        box = Mailbox(second_campus)
        box.create("INBOX.Sent")
        for command in ("check", "merge"):
            done = box.doveadm("campus", "folders", command, "-u", box.user,
                               check=False)
            assert done.returncode not in (0, -6), done
            assert b"Deleted Items" in done.stderr
        assert "INBOX.Sent" in box.folders()


def test_usage(second_campus):
    done = second_campus.exec("doveadm", "campus", "folders", "merge",
                              "--nonsense", check=False)
    assert done.returncode == 64
    for command in ("check", "merge"):
        done = second_campus.exec("doveadm", "campus", "folders", command,
                                  "-u", "nobody77", check=False)
        assert (done.returncode, done.stdout) == (67, b""), done
        assert b"User doesn't exist" in done.stderr
