# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Real mail programs at work in a tree of folders: those that keep a copy of
the whole tree, and those that put a message into a folder of their own name."""

import mailbox
import urllib.parse

from .programs import c_string, private, run
from .terminal import Terminal

MAILDIR_FLAGS = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered",
                 "S": "\\Seen", "T": "\\Deleted"}


class Copy:
    """A program's copy of the tree, in Maildirs. prefix: what the person has set
    for it, "" for none. named: folders that the person named in the settings,
    and whose place in the server's list they take."""

    def __init__(self, path, prefix, named):
        self.prefix, self.named = prefix, named or {}
        self.path = path / type(self).__name__
        self.store = self.path / "store"
        self.store.mkdir(parents=True)

    def here(self, name):
        """What a folder of the server's is called here."""
        for own, canonical in self.named.items():
            if name == canonical:
                return own
        below = "INBOX." if self.prefix == "" and name != "INBOX" else ""
        return below + name.replace("/", ".")

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
    """prefix may be None: what NAMESPACE says, its default. trash: where it puts
    what is deleted."""

    def __init__(self, campus, login, path, prefix, named=None, trash=None):
        super().__init__(path, prefix, named)
        setting = "" if prefix is None else \
            f"Path {prefix}" if prefix else "UseNamespace no"
        if trash:
            setting += f"\nTrash {c_string(trash)}"
        below = "INBOX/" if prefix == "" else ""
        left_out = [c_string(f"!{name}") for one, other in self.named.items()
                    for name in (one, below + other)]
        channels = "".join(
            f"\nChannel {name}\nFar :far:{c_string(name)}\n"
            f"Near :near:{c_string(name)}\n" for name in self.named)
        self.rc = private(self.path / "mbsyncrc", f"""
Create Both
Expunge Both
Sync All
SyncState {self.path}/state/

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
Patterns * {" ".join(left_out)}
{channels}""")
        (self.path / "state").mkdir()

    def sync(self, accept=0):
        return run(["mbsync", "-c", self.rc, "-a"], accept=(accept,))


class OfflineImap(Copy):
    """The person lets it take the prefix off and put it on."""

    def __init__(self, campus, login, path, prefix, named=None):
        super().__init__(path, prefix, named)
        left_out = [below + name for name in self.named.values()
                    for below in ("INBOX.", "INBOX/")]
        included = [prefix + name for name in self.named]
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
folderfilter = lambda name: name not in {left_out!r}
folderincludes = {included!r}
{take_off}
""")

    def sync(self):
        return run(["offlineimap", "-c", self.rc, "-o", "-1", "-u", "basic"],
                   env={"HOME": str(self.path)})


def mutt(campus, login, path, keys, settings):
    """Gives keys to a mutt with these settings besides those of the server."""
    url = f"imaps://localhost:{campus.port('imaps')}/"
    rc = private(path / "muttrc", f"""
set folder = "{url}"
set imap_user = {c_string(login.name)}
set imap_pass = {c_string(login.password)}
set imap_authenticators = "plain"
set ssl_ca_certificates_file = "{campus.ca}"
set ssl_force_tls = yes
set mbox_type = mbox
set confirmappend = no
set confirmcreate = no
set delete = yes
set move = no
set quit = yes
set wait_key = no
set sleep_time = 0
set header_cache = ""
{settings}
""")
    with Terminal(["mutt", "-n", "-F", rc, "-e", f'push "{keys}"'],
                  {"HOME": str(path)}) as terminal:
        return terminal.wait_for_end()


def mutt_delete(campus, login, path, trash, pattern="marker"):
    """Deletes the messages of INBOX that have the pattern in the subject, as
    somebody whose mutt keeps deleted messages in this folder."""
    return mutt(campus, login, path,
                f"<delete-pattern>~s {pattern}<enter><sync-mailbox><exit>",
                f'set spoolfile = "=INBOX"\nset trash = {c_string(trash)}')


def mutt_read(campus, login, path, folder):
    """The first message of a folder."""
    box = path / "mutt.box"
    screen = mutt(campus, login, path, f"<copy-message>{box}<enter><exit>",
                  f"set spoolfile = {c_string(folder)}")
    assert box.exists(), screen
    return box.read_text(errors="replace")


def imapfilter(campus, login, path, script):
    """Runs a script of the person's; "account" in it is the mailbox."""
    rc = private(path / "imapfilter.lua", f"""
options.timeout = 60
account = IMAP {{
    server = 'localhost', port = {campus.port('imaps')}, ssl = 'auto',
    username = {c_string(login.name)}, password = {c_string(login.password)},
}}
{script}
""")
    return run(["imapfilter", "-c", rc, "-t", campus.ca],
               env={"HOME": str(path), "IMAPFILTER_HOME": str(path)})


def start_alpine(campus, login, path, prefix, *arguments):
    """prefix: as the person wrote it in front of the folders' names."""
    server = f"{{localhost:{campus.port('imaps')}/ssl/user={login.name}}}"
    rc = private(path / "pinerc", f"""
user-domain=campus.example
inbox-path={server}INBOX
folder-collections=Campus {server}{prefix}[]
feature-list=auto-move-read-msgs, quit-without-confirm,
    expunge-without-confirm, expunge-without-confirm-everywhere,
    disable-password-caching, disable-password-file-saving
last-version-used=9.99
""")
    return Terminal(["alpine", "-p", rc, *arguments],
                    {"HOME": str(path), "SSL_CERT_FILE": str(campus.ca)})


def alpine(campus, login, path, prefix, keys):
    """Opens INBOX and presses each key when the screen says what stands before
    it."""
    with start_alpine(campus, login, path, prefix, "-i") as terminal:
        for screen, key in [("PASSWORD", login.password + "\r"), *keys]:
            terminal.wait_for(screen)
            terminal.press(key)
        return terminal.wait_for_end()


def alpine_read(campus, login, path, prefix, folder, subject):
    """Opens a folder and waits until it shows a message."""
    with start_alpine(campus, login, path, prefix,
                      "-i", "-f", folder) as terminal:
        terminal.wait_for("PASSWORD")
        terminal.press(login.password + "\r")
        terminal.wait_for(subject)
        terminal.press("q")
        terminal.wait_for_end()


def curl_read(campus, login, folder):
    """The first message of a folder, whose name is as IMAP wants it."""
    return run(["curl", "-sS", "--fail", "--cacert", campus.ca,
                "-u", f"{login.name}:{login.password}",
                f"imaps://localhost:{campus.port('imaps')}/"
                f"{urllib.parse.quote(folder)};MAILINDEX=1"])
