# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The two Dovecots: ours as shipped, and stock, the same without the plugins;
one directory, and equal mail."""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from cases import (FOLDERS, MESSAGES, READ, RECIPIENT, SHARED_WITH, STORE,
                   append)
from sessions import ImapSession, LmtpSession, serving
from testenv.campus import Campus
from testenv.wait import until_gone

# What stock is without: for all protocols, and for IMAP.
PLUGINS = {
    "all": (("campus_folders", "campus_acl", "campus_quota"),
            ("imap_campus_folders", "imap_campus_acl", "imap_campus_quota")),
    "folders": (("campus_folders",), ("imap_campus_folders",))}
# Stock's ports lie so far above ours.
STOCK_PORTS = 5000
# For both: what the disk takes for a sync differs by half from one to the next.
SAME = "mail_fsync = never\n"
# Folders in one folder, and commands sent at once, while folders are made.
FAMILY = 10
PIPELINE = 50


@contextlib.contextmanager
def running(port_base, plugins):
    """Both campuses, ready to be measured."""
    with contextlib.ExitStack() as stack:
        campuses = {}
        for side, base in (("ours", port_base),
                           ("stock", port_base + STOCK_PORTS)):
            campuses[side] = Campus(base)
            stack.callback(campuses[side].stop)
            stack.push(functools.partial(tell, side, campuses[side]))
            campuses[side].start()
        ours, stock = campuses["ours"], campuses["stock"]
        ours.dovecot.configure(SAME)
        ours.dovecot.restart()
        stock.dovecot.configure(SAME + without_plugins(stock, plugins), {
            "campus_servers": f"ldap://127.0.0.1:{ours.port('ldap')}",
            "campus_tls_ca_file": ours.ca})
        stock.dovecot.restart()
        fill(ours)
        check_plugins(ours, stock)
        ours.dovecot.stop()
        stock.dovecot.stop()
        copy_mail(ours, stock)
        ours.dovecot.start()
        stock.dovecot.start()
        yield campuses


def tell(side, campus, kind, *_):
    """After a failure: what the Dovecot had to say."""
    log = campus.dir / "log/dovecot.log"
    if kind is not None and issubclass(kind, Exception) and log.exists():
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        print(f"The end of {side}'s log:",
              *(line[:500] for line in lines[-10:]), sep="\n", file=sys.stderr)


def without_plugins(campus, plugins):
    """The settings that take our mail plugins out, and nothing else."""
    everywhere, imap = PLUGINS[plugins]
    if campus.dovecot.series == "2.4":
        def off(names):
            return "mail_plugins {\n" + "".join(
                f"  {name} = no\n" for name in names) + "}\n"
        return off(everywhere) + f"protocol imap {{\n{off(imap)}}}\n"
    # A list of words, in 2.3 one for each protocol.
    ours = everywhere + imap
    lines = [f"mail_plugins = {others(campus, ours)}"]
    for protocol in ("imap", "pop3", "lmtp", "lda", "submission", "sieve",
                     "doveadm"):
        lines.append(f"protocol {protocol} {{\n  mail_plugins = "
                     f"{others(campus, ours, '-f', f'protocol={protocol}')}\n}}")
    return "\n".join(lines)


def others(campus, ours, *options):
    words = campus.exec("doveconf", *options, "-h", "mail_plugins").stdout
    return " ".join(word for word in words.decode().split()
                    if word not in ours)


def fill(campus):
    """Make the folders, and the messages of the folder with many names."""
    for count, person in FOLDERS.items():
        session = ImapSession(campus, person)
        names = [session.own(f"Area {number // FAMILY:03}",
                             f"Part {number % FAMILY}")
                 if number % FAMILY else
                 session.own(f"Area {number // FAMILY:03}")
                 for number in range(count)]
        commands = [f"{verb} {name}" for name in names
                    for verb in ("CREATE", "SUBSCRIBE")]
        for start in range(0, len(commands), PIPELINE):
            session.run(commands[start:start + PIPELINE])
        session.close()
    session = ImapSession(campus, FOLDERS[20])
    name = session.own(READ[0])
    for _ in range(0, MESSAGES, PIPELINE):
        session.run([append(name)] * PIPELINE)
    session.run([f"SETACL {name} {who} lr" for who in SHARED_WITH])
    # no more new messages
    session.run([f"SELECT {name}"])
    session.close()


def copy_mail(source, target):
    """The same mail, while both are stopped; by programs that keep owners."""
    # Dovecot looks again and again into a Maildir that has changed just now.
    subprocess.run(["find", source.dir / "mail", "-type", "d", "-exec", "touch",
                    "-d", "-1 hour", "{}", "+"], check=True)
    shutil.rmtree(target.dir / "mail")
    subprocess.run(["cp", "-a", source.dir / "mail", target.dir / "mail"],
                   check=True)


def swap_mail(campuses):
    """Let the two change their mail, in the middle of a round: where it lies on
    the disk makes some per cent too."""
    mine, theirs = (campus.dir / "mail" for campus in campuses.values())
    spare = mine.with_name("mail.swap")
    os.rename(mine, spare)
    os.rename(theirs, mine)
    os.rename(spare, theirs)


def check_plugins(ours, stock):
    """Is the difference what it is meant to be?"""
    for campus, wanted in ((ours, True), (stock, False)):
        session = ImapSession(campus, RECIPIENT)
        with open(f"/proc/{session.pid}/maps", encoding="utf-8") as maps:
            loaded = "campus_folders_plugin.so" in maps.read()
        session.close()
        if loaded != wanted:
            raise RuntimeError("campus_folders is " +
                               ("not " if wanted else "") + "loaded in " +
                               ("ours" if wanted else "stock"))


def forget_stored(campus):
    """Put away what was stored, while nobody uses it: how long the history of
    a folder is makes half of what the next message costs. Nothing is deleted,
    since a disk is slow to give deleted inodes away again."""
    mail = campus.dir / "mail"
    for path in (mail / FOLDERS[20].uid / "Maildir" / f".{STORE[0]}",
                 mail / RECIPIENT.uid):
        if path.exists():
            path.rename(tempfile.mkdtemp(dir=mail, prefix="stored-"))


class Sessions:
    """Connections for half a round, each to a new process: where the memory of
    a process happens to lie makes some per cent, and is drawn anew this way."""

    def __init__(self, campuses):
        self.campus = campuses
        self.imap = {}
        self.lmtp = {}

    def __enter__(self):
        for campus in self.campus.values():
            forget_stored(campus)
        for side, campus in self.campus.items():
            for folders, person in FOLDERS.items():
                self.imap[side, folders] = ImapSession(campus, person)
            self.lmtp[side] = LmtpSession(campus)
            # The first one makes the folder.
            session = self.imap[side, 20]
            session.run([append(session.own(STORE[0]))])
            self.lmtp[side].cpu_us(RECIPIENT.mail, 1)
        return self

    def __exit__(self, *_):
        for session in (*self.imap.values(), *self.lmtp.values()):
            session.close()
        for campus in self.campus.values():
            # An lmtp process waits for more.
            for pid in serving(campus, "lmtp"):
                os.kill(pid, signal.SIGTERM)
                until_gone(pid)
