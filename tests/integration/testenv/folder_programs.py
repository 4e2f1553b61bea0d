# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Real mail programs at work in a tree of folders: those that keep a copy of
the whole tree, and those that put a message into a folder of their own name."""

import mailbox

from .programs import c_string, private, run
from .terminal import Terminal

MAILDIR_FLAGS = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered",
                 "S": "\\Seen", "T": "\\Deleted"}


class Copy:
    """A program's copy of the tree: Maildirs, one below the other, whose names
    the subclass knows."""

    def __init__(self, campus, login, path):
        self.campus, self.login = campus, login
        self.path = path / type(self).__name__
        self.store = self.path / "store"
        self.store.mkdir(parents=True)

    def __getitem__(self, name):
        return mailbox.Maildir(self.store / name, create=True)

    def put(self, name, subject, flags=""):
        """A message that the person made here."""
        message = mailbox.MaildirMessage(
            f"From: me@campus.example\nSubject: {subject}\n"
            f"Message-ID: <{subject.replace(' ', '.')}@campus.example>\n"
            "\nA test message.\n")
        message.set_subdir("cur")
        message.set_flags(flags)
        self[name].add(message)

    def flag(self, name, subject, flags):
        """The person gives a message these flags."""
        folder = self[name]
        for key, message in folder.items():
            if message["Subject"] == subject:
                message.set_flags(flags)
                folder[key] = message
                return
        raise AssertionError(f"no {subject!r} in {name}")

    def messages(self, name):
        """Subject and flags, sorted."""
        return sorted(
            (message["Subject"],
             sorted(MAILDIR_FLAGS[flag] for flag in message.get_flags()))
            for message in self[name])

    def names(self):
        return sorted(str(path.parent.relative_to(self.store))
                      for path in self.store.rglob("cur"))

    def tree(self):
        """Everything, to compare with a later time."""
        return {name: self.messages(name) for name in self.names()}


class Mbsync(Copy):
    """prefix: what the person has set, or None for what the server says."""

    def __init__(self, campus, login, path, prefix):
        super().__init__(campus, login, path)
        # Its default is the prefix that NAMESPACE says.
        setting = "" if prefix is None else \
            f"Path {prefix}" if prefix else "UseNamespace no"
        self.rc = private(self.path / "mbsyncrc", f"""
IMAPAccount campus
Host localhost
Port {campus.port('imaps')}
User {c_string(login.name)}
Pass {c_string(login.password)}
SSLType IMAPS
CertificateFile {campus.ca}

IMAPStore far
Account campus
{setting}

MaildirStore near
Path {self.store}/
Inbox {self.store}/INBOX
Flatten .

Channel campus
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState {self.path}/state/
""")
        (self.path / "state").mkdir()

    def sync(self):
        return run(["mbsync", "-c", self.rc, "-a"])


class OfflineImap(Copy):
    """prefix: none, or what the person lets the program take off and put on."""

    def __init__(self, campus, login, path, prefix):
        super().__init__(campus, login, path)
        take_off = put_on = ""
        if prefix:
            take_off = "nametrans = lambda name: " \
                f"re.sub('^{prefix}'.replace('.', '[.]'), '', name)"
            put_on = "nametrans = lambda name: " \
                f"name if name == 'INBOX' else '{prefix}' + name"
        self.rc = private(self.path / "offlineimaprc", f"""
[general]
accounts = campus
metadata = {self.path}/metadata

[Account campus]
localrepository = near
remoterepository = far

[Repository near]
type = Maildir
localfolders = {self.store}
{put_on}

[Repository far]
type = IMAP
remotehost = localhost
remoteport = {campus.port('imaps')}
remoteuser = {login.name.replace('%', '%%')}
remotepass = {login.password}
ssl = yes
sslcacertfile = {campus.ca}
auth_mechanisms = LOGIN
{take_off}
""")

    def sync(self):
        return run(["offlineimap", "-c", self.rc, "-o", "-1", "-u", "basic"],
                   env={"HOME": str(self.path)})


def mutt_delete(campus, login, path, trash, pattern="marker"):
    """Deletes the messages of INBOX that have the pattern in the subject, as
    somebody whose mutt keeps deleted messages in this folder."""
    url = f"imaps://localhost:{campus.port('imaps')}/"
    rc = private(path / "muttrc", f"""
set folder = "{url}"
set spoolfile = "{url}INBOX"
set trash = {c_string(trash)}
set imap_user = {c_string(login.name)}
set imap_pass = {c_string(login.password)}
set imap_authenticators = "plain"
set ssl_ca_certificates_file = "{campus.ca}"
set ssl_force_tls = yes
set confirmappend = no
set confirmcreate = no
set delete = yes
set move = no
set quit = yes
set wait_key = no
set sleep_time = 0
set header_cache = ""
""")
    keys = f"<delete-pattern>~s {pattern}<enter><sync-mailbox><exit>"
    with Terminal(["mutt", "-n", "-F", rc, "-e", f'push "{keys}"'],
                  {"HOME": str(path)}) as terminal:
        return terminal.wait_for_end()
