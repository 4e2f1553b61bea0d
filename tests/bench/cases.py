# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What is measured: the table at the end."""

import statistics
from dataclasses import dataclass
from typing import Callable, Optional

from measure import private_kib, wall_us
from sessions import ImapSession
from testenv.people import ALICE, BOB, CAROL, DAVE, Login

# Who has how many folders besides the special ones. Deliveries go to another.
FOLDERS = {20: ALICE, 200: BOB, 2000: CAROL}
RECIPIENT = DAVE

# A role's canonical folder, and what a program may call it: one that is only
# read, with messages in it, and one that is stored into.
READ = ("Sent Items", "Sent")
STORE = ("Deleted Items", "Trash")
# Who has an entry in the ACL of the folder that is read.
SHARED_WITH = ("abcd0004", "-abcd0005", "group=staff", "-group=guests")
MESSAGES = 200

MESSAGE = (b"From: bob.baker@campus.example\r\n"
           b"To: alice.archer@campus.example\r\nSubject: A message\r\n\r\n" +
           20 * b"Text of a message.\r\n")


@dataclass(frozen=True)
class Case:
    """ours and stock take the open sessions and return a cost."""
    name: str
    ours: Callable
    stock: Optional[Callable]
    unit: str = "us"
    # what a round's turns come to, and how many there are for a side
    sum_up: Callable = min
    turns: int = 4
    # at most so many times stock's cost, or so much more than it
    most_times: Optional[float] = None
    most_above: Optional[float] = None

    @property
    def target(self):
        if self.most_times is not None:
            return f"<= {self.most_times:.2f}"
        if self.most_above is not None:
            return f"<= +{self.most_above:g} {self.unit}"
        return "-"


def repeat(side, folders, command, count):
    """A command on the connection of the one with so many folders."""
    def work(sessions):
        session = sessions.imap[side, folders]
        # STATUS of the selected folder would be another matter
        session.run(["SELECT INBOX"])
        text = command(session) if callable(command) else command
        return session.cpu_us([text] * count)
    return work


def both(name, folders, command, count, **more):
    """The same command, on ours and on stock."""
    return Case(name, repeat("ours", folders, command, count),
                repeat("stock", folders, command, count), **more)


# How often in a row with how many folders, so that a turn takes some 20 ms.
LISTS = (('LIST "" "*"', {20: 200, 200: 30, 2000: 3}),
         ('LIST "" "%"', {20: 500, 200: 250, 2000: 40}),
         ('LSUB "" "*"', {20: 400, 200: 60, 2000: 5}))
# Names without the prefix, which stock does not know.
BARE_LIST = ('LIST "" "S*"', {20: 500, 200: 250, 2000: 40})


def lists():
    for command, counts in LISTS:
        for folders, count in counts.items():
            yield both(f"{command}, {folders} folders", folders, command,
                       count, most_times=1.05)
    command, counts = BARE_LIST
    for folders, count in counts.items():
        yield Case(f"{command} (bare), {folders} folders",
                   repeat("ours", folders, command, count), None)


def append(name):
    return b"APPEND " + name.encode() + b" {%d+}\r\n" % len(MESSAGE) + MESSAGE


# Commands as functions of the folder's name: on which folder, how often in a
# row. What is stored makes the next one dearer: no least, a mean.
BY_NAME = (
    ("SELECT", "SELECT {}".format, READ, 150, {}),
    ("STATUS", "STATUS {} (MESSAGES UIDNEXT UNSEEN)".format, READ, 800, {}),
    ("APPEND", append, STORE, 10, {"sum_up": statistics.fmean, "turns": 8}))


def names():
    for verb, command, (canonical, alias), count, how in BY_NAME:
        # command and names as they are now, for the functions live longer
        def by_canonical(session, command=command, name=canonical):
            return command(session.own(name))

        def by_alias(session, command=command, name=alias):
            return command(session.own(name))

        def by_bare_alias(_, command=command, name=alias):
            return command(f'"{name}"')

        yield both(f"{verb} PREFIX{canonical}", 20, by_canonical, count, **how)
        for spelling, by_name in ((f"PREFIX{alias}", by_alias),
                                  (alias, by_bare_alias)):
            yield Case(f"{verb} {spelling} (stock: ours, PREFIX{canonical})",
                       repeat("ours", 20, by_name, count),
                       repeat("ours", 20, by_canonical, count),
                       most_times=1.05, **how)


def rights():
    """By stock's acl and imap_acl, which are in both."""
    for command in ("MYRIGHTS", "GETACL"):
        def by_name(session, command=command):
            return f"{command} {session.own(READ[0])}"

        yield both(f"{command} PREFIX{READ[0]}", 20, by_name, 500,
                   most_times=1.0)


def login(side):
    person = FOLDERS[20]

    def once(campus):
        who = Login(person.uid, person.password)
        with campus.logged_in("imap", who) as imap:
            imap.command("LOGOUT")

    def work(sessions):
        return wall_us(lambda: once(sessions.campus[side]))
    return work


def memory(side, folders):
    """A fresh process each time: what it has after the usual beginning."""
    def work(sessions):
        session = ImapSession(sessions.campus[side], FOLDERS[folders])
        try:
            session.run(["SELECT INBOX", 'LIST "" "*"'])
            return private_kib(session.pid)
        finally:
            session.close()
    return work


def delivery(side):
    def work(sessions):
        return sessions.lmtp[side].cpu_us(RECIPIENT.mail, 10)
    return work


def processes():
    yield Case("IMAP login to logout, TLS, wall time", login("ours"),
               login("stock"), sum_up=statistics.median, turns=16,
               most_times=1.10)
    for folders in (20, 2000):
        yield Case(f"memory of an imap process, {folders} folders",
                   memory("ours", folders), memory("stock", folders), "kB",
                   turns=1, most_above=200)
    yield Case("LMTP delivery", delivery("ours"), delivery("stock"),
               sum_up=statistics.fmean, turns=8)


CASES = (*lists(), *names(), *rights(), *processes())
