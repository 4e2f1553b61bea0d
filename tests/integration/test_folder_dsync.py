# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""doveadm sync and backup see the folders that are there, by their own names:
no message is lost or doubled, a second run has nothing to do, and every name
means afterwards what it should."""

import collections

import pytest

from testenv.folders import Folders, message, newcomer

ROLES = ("drafts", "sent", "trash", "junk")
# Where messages are from the start, and where more come later: folders from
# before, as mail programs made them, among today's. No folder is new on both
# sides: between two Maildirs dsync then asks for one run more without end, with
# or without the plugin (2.3.19).
OLD = ("INBOX", "Sent Items", "Sent", "Sent.2019", "Trash")
NEW = {"here": ("INBOX", "Sent Items", "Sent", "Deleted"),
       "there": ("INBOX", "Sent Items", "Sent", "Papierkorb")}
LEGACY = ("Sent", "Sent.2019", "Trash", "Deleted", "Papierkorb")

# Which sides get more mail, and what is where afterwards: the old messages and
# those of these sides. A backup would take away what only its target has.
VERBS = {
    "sync": ("here there", "here there", "here there"),
    "sync -1": ("here there", "here", "here there"),
    "sync -1 -R": ("here there", "here there", "there"),
    "backup": ("here", "here", "here"),
    "backup -R": ("there", "there", "there"),
}
AGAIN = b"Mailbox changes caused a desync. You may want to run dsync again"


class Side:
    """A mailbox of somebody: the one at home, or another that doveadm finds in
    a place."""

    def __init__(self, campus, person, place=None):
        self.campus, self.person = campus, person
        self.options = []
        if place is not None and campus.dovecot.series == "2.3":
            self.options = ["-o", f"mail_location={place}"]
        elif place is not None:
            driver, path = place.split(":")
            self.options = ["-o", f"mail_driver={driver}",
                            "-o", f"mail_path={path}"]
            if driver != "maildir":
                self.options += ["-o", "mail_inbox_path="]

    def doveadm(self, *command, **more):
        verb = command[:1 if command[0] in ("fetch", "save") else 2]
        return self.campus.doveadm(*self.options, "-f", "tab", *verb, "-u",
                                   self.person.name, *command[len(verb):],
                                   **more)

    def fill(self, name, places):
        """Messages in each folder, not so many on each side: dsync passes over
        a folder with the same counters. Before the plugin came a name meant
        what it says."""
        subjects = [f"{name} {number}" for number in range(
            2 if name == "there" else 1)]
        plugin = "plugin/" if self.campus.dovecot.series == "2.3" else ""
        options, self.options = self.options, self.options + [
            option for role in ROLES for option in (
                "-o", f"{plugin}campus_folder_{role}_policy=off")]
        for folder in places:
            full = folder if folder == "INBOX" else f"INBOX.{folder}"
            if folder in LEGACY and not (name != "old" and folder in OLD):
                self.doveadm("mailbox", "create", full)
            for subject in subjects:
                self.doveadm("save", "-m", full,
                             stdin=message(f"{folder} {subject}"))
        self.options = options
        return collections.Counter(
            (folder, f"{folder} {subject}")
            for folder in places for subject in subjects)

    def mail(self):
        """How often each message is in each folder."""
        lines = self.doveadm("fetch", "mailbox hdr.subject", "all")
        return collections.Counter(
            tuple(line.removeprefix("INBOX.").split("\t"))
            for line in lines.splitlines()[1:])

    def state(self):
        """What a run that has nothing to do leaves alone."""
        return (self.doveadm("fetch", "mailbox uid guid flags hdr.subject",
                             "all"),
                self.doveadm("mailbox", "status",
                             "messages uidvalidity uidnext guid", "*"))


@pytest.fixture
def quiet(campus):
    """Nothing went wrong, for any of the processes."""
    mark = campus.log.mark()
    yield
    assert campus.log.lines("Panic|Fatal|Error|Warning", mark) == []


def run(campus, person, verb, place, runs=1):
    """Dovecot itself may ask for one run more."""
    for _ in range(runs):
        done = campus.exec("doveadm", *verb.split(), "-u", person.name, place,
                           check=False)
        if done.returncode == 0:
            break
        assert done.returncode == 2 and AGAIN in done.stderr, done.stderr
    assert (done.returncode, done.stderr) == (0, b"")


def check_names(campus, person, mail):
    """Real folders have their own names; any other leads where it should."""
    expected = collections.defaultdict(list)
    for folder, subject in mail.elements():
        expected[folder].append(subject)
    with Folders(campus, person) as folders:
        for name, meant in (
                ("Gesendet", "Sent Items"), ("INBOX.sent items", "Sent Items"),
                ("Sent Messages", "Sent Items"),
                ("Deleted Messages", "Deleted Items"),
                *((name, name) for name in LEGACY if name in expected)):
            _, uids = folders.identity(name)
            assert len(uids) == len(expected[meant]), name
            assert folders.subjects(meant) == sorted(expected[meant])


@pytest.mark.parametrize("storage", ("maildir", "sdbox", "mdbox"))
@pytest.mark.parametrize("verb", VERBS)
def test_folders_from_before(campus, quiet, verb, storage):
    changed, *after = VERBS[verb]
    with newcomer(campus) as person:
        path = f"{campus.dir}/mail/{person.name}-there"
        place = f"{storage}:{path}"
        here, there = Side(campus, person), Side(campus, person, place)
        sides = {"here": here, "there": there}
        mail = {"old": here.fill("old", OLD)}
        if storage == "maildir":
            # as somebody who moves mail from host to host would
            campus.exec("cp", "-a", f"{campus.dir}/mail/{person.name}/Maildir",
                        path)
        else:
            run(campus, person, "backup", place)
        assert here.mail() == there.mail() == mail["old"]
        for name in changed.split():
            mail[name] = sides[name].fill(name, NEW[name])
        expected = [sum((mail[name] for name in names.split()), mail["old"])
                    for names in after]

        run(campus, person, verb, place, runs=3)
        assert [here.mail(), there.mail()] == expected
        check_names(campus, person, expected[0])

        # that look has made the special folders
        run(campus, person, verb, place)
        state = here.state(), there.state()
        run(campus, person, verb, place)
        assert (here.state(), there.state()) == state
        assert [here.mail(), there.mail()] == expected
