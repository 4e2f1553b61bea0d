# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What is in a mailbox, as the server shows it over IMAP under the canonical
names: the truth that programs are compared with."""

import base64
import contextlib
import itertools
import re

from .people import Login
from .wire import quoted

# The special folders of the campus as shipped, by their special use.
ROLES = {"\\Drafts": "Drafts", "\\Sent": "Sent Items",
         "\\Trash": "Deleted Items", "\\Junk": "Junk E-mail",
         "\\Archive": "Archive"}
NUMBERS = itertools.count(1)


@contextlib.contextmanager
def newcomer(campus):
    """Somebody whose mailbox is new, for the time of a with block: a login."""
    uid = f"newcomer{next(NUMBERS)}"
    with campus.directory.person(uid, mail=f"{uid}@campus.example"):
        yield Login(uid, "test-secret")


def encoded(name):
    """A folder's name as IMAP wants it: modified UTF-7 (RFC 3501, 5.1.3)."""
    def shift(match):
        data = base64.b64encode(match.group().encode("utf-16-be"))
        return "&" + data.decode().rstrip("=").replace("/", ",") + "-"
    return re.sub("[^ -~]+", shift, name.replace("&", "&-"))


def decoded(name):
    def unshift(match):
        text = match.group(1).replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)) \
            .decode("utf-16-be") if text else "&"
    return re.sub("&([^-]*)-", unshift, name)


def ok(answer):
    """The untagged lines of a command that must succeed."""
    reply, untagged = answer
    assert reply.startswith(b"OK"), (reply, untagged)
    return untagged


class Folders:
    """One IMAP connection, logged in, that looks at folders and changes them."""

    def __init__(self, campus, login):
        self.imap = campus.logged_in("imap", login)
        line, = [line for line in self.do("NAMESPACE")
                 if line.startswith(b"* NAMESPACE")]
        found = re.match(rb'\* NAMESPACE \(\("([^"]*)" "(.)"\)\)', line)
        self.prefix, self.separator = (part.decode()
                                       for part in found.groups())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.imap.close()

    def do(self, command):
        return ok(self.imap.command(command))

    def full(self, name):
        """A name below the root, as NAMESPACE says that it is to be written."""
        return name if name == "INBOX" else self.prefix + name

    @staticmethod
    def quoted(name):
        return quoted(encoded(name)).decode()

    # -- names

    def list(self, arguments='"" "*"', command="LIST"):
        """Names and attributes, as they come."""
        found = []
        for line in self.do(f"{command} {arguments}"):
            match = re.match(rb'\* (?:X?LIST|LSUB) \(([^)]*)\) (?:NIL|"[^"]*") '
                             rb'(?:"(.*)"|(\S+))$', line)
            if match:
                name = match.group(2) or match.group(3)
                found.append((decoded(name.decode()),
                              set(match.group(1).decode().split())))
        return found

    def names(self, command="LIST"):
        return sorted(name for name, _ in self.list(command=command))

    def check_roles(self, *others):
        """Each role is there once, and besides INBOX and what is shared only
        these others."""
        listed = [entry for entry in self.list()
                  if not entry[0].startswith(f"{self.prefix}#shared")]
        for use, name in ROLES.items():
            assert [found for found, attributes in listed
                    if use in attributes] == [self.full(name)], listed
        expected = ["INBOX", *map(self.full, [*ROLES.values(), *others])]
        assert sorted(name for name, _ in listed) == sorted(expected), listed

    def identity(self, name):
        """UIDVALIDITY and all UIDs of a folder; the name as a client sends
        it."""
        lines = self.do(f"EXAMINE {self.quoted(name)}")
        validity, = re.findall(rb"\[UIDVALIDITY (\d+)\]", b"\n".join(lines))
        uids, = [line for line in self.do("UID SEARCH ALL")
                 if line.startswith(b"* SEARCH")]
        return int(validity), [int(uid) for uid in uids.split()[2:]]

    # -- messages

    def messages(self, name):
        """Subject, flags and UID of each message of a folder."""
        self.do(f"EXAMINE {self.quoted(self.full(name))}")
        found = []
        for line in self.do("UID FETCH 1:* (FLAGS "
                            "BODY.PEEK[HEADER.FIELDS (SUBJECT)])"):
            match = re.search(rb"UID (\d+) FLAGS \(([^)]*)\)", line)
            subject = re.search(rb"Subject: ([^\r\n]*)", line)
            if match and subject:
                flags = frozenset(match.group(2).decode().split()) - \
                    {"\\Recent"}
                found.append((subject.group(1).decode(), flags,
                              int(match.group(1))))
        return found

    def subjects(self, name):
        return sorted(subject for subject, _, _ in self.messages(name))

    def tree(self):
        """All that a program could have changed: folders with their messages
        and what the next UID would be."""
        tree = {}
        for name, attributes in self.list():
            if attributes & {"\\Noselect", "\\NonExistent"}:
                continue
            status = self.do(f"STATUS {self.quoted(name)} "
                             "(UIDVALIDITY UIDNEXT)")
            bare = name.removeprefix(self.prefix)
            tree[bare] = (re.sub(rb".*\(", b"", status[0]),
                          sorted(self.messages(bare), key=lambda m: m[2]))
        return tree

    def append(self, name, subject, flags=""):
        """Put a message there; the name as a client sends it. The answer."""
        text = message(subject)
        reply, _ = self.imap.command(
            f"APPEND {self.quoted(name)} ({flags}) {{{len(text)}}}")
        assert reply.startswith(b"+"), reply
        self.imap.send(text + b"\r\n")
        reply, _ = self.imap.answer()
        return reply

    def put(self, name, subject, flags=""):
        reply = self.append(self.full(name), subject, flags)
        assert reply.startswith(b"OK"), reply


def message(subject):
    return (f"From: Somebody <somebody@elsewhere.example>\r\n"
            f"Subject: {subject}\r\n"
            f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
            f"Message-ID: <{subject.replace(' ', '.')}@elsewhere.example>\r\n"
            f"\r\nA test message.\r\n").encode()
