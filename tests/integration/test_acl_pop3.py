# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row H: a project mailbox by POP3, alone and beside others."""

import re
import threading

import pytest

from testenv.people import ALICE, BOB, CAROL, Login, project_names
from testenv.programs import c_string, private, run
from testenv.projects import new_project

POLLS = 100
REFUSED = (b"-ERR [SYS/PERM] You may read this mailbox, but not delete from "
           b"it: nothing was deleted")


@pytest.fixture
def project(campus):
    with new_project(campus) as project:
        for number in range(1, 5):
            deliver(project, f"message {number}")
        yield project


def deliver(project, subject):
    reply = project.campus.deliver(f"{project.uid}@campus.example", subject)
    assert reply.startswith(b"250"), reply


def flags(project):
    """UID and flags of each message, as the owner sees them."""
    with project.logged_in(ALICE) as conn:
        assert conn.command("EXAMINE INBOX")[0].startswith(b"OK")
        return [line.replace(b" \\Recent", b"").replace(b"\\Recent", b"")
                for line in conn.command("UID FETCH 1:* (FLAGS)")[1]
                if b"FETCH" in line]


def uidls(conn):
    return [line.split()[1] for line in conn.multi("UIDL")]


@pytest.mark.parametrize("entries", ((), ("user=abcd0003 w",),
                                     ("user=abcd0003 wstikx",)),
                         ids=("reader", "w", "all-but-e"))
def test_deletions_are_refused_at_quit(project, entries):
    """DELE says +OK, as Dovecot always does; QUIT does not."""
    project.set_acl("INBOX", *entries)
    before = flags(project)
    with project.logged_in(CAROL, "pop3") as conn:
        assert len(conn.multi("RETR 1")) > 3
        assert conn.command("DELE 1").startswith(b"+OK")
        assert conn.command("DELE 3").startswith(b"+OK")
        assert conn.command("QUIT") == REFUSED
    if not entries:
        assert flags(project) == before
    assert len(flags(project)) == 4


def test_reading_changes_nothing(project):
    """A reader's RETR leaves no \\Seen, and QUIT is content."""
    before = flags(project)
    with project.logged_in(CAROL, "pop3") as conn:
        conn.multi("RETR 1")
        conn.multi("TOP 2 0")
        assert conn.command("QUIT").startswith(b"+OK")
    # an end without QUIT
    with project.logged_in(CAROL, "pop3") as conn:
        conn.multi("RETR 2")
        conn.command("DELE 2")
    assert flags(project) == before


def test_reset(project):
    with project.logged_in(CAROL, "pop3") as conn:
        conn.command("DELE 1")
        assert conn.command("RSET").startswith(b"+OK")
        assert conn.command("QUIT").startswith(b"+OK")


def test_hidden_inbox_is_not_opened(project):
    project.set_acl("INBOX", "-user=abcd0003 r")
    with project.campus.connect("pop3") as conn:
        conn.login(project.login(CAROL))
        assert conn.command("STAT").startswith(b"-ERR") or not conn.line()


def test_three_at_once(project):
    """Two people by POP3 and one by IMAP do not shut each other out, and each
    sees what the others leave."""
    with project.logged_in(ALICE, "pop3") as alice, \
            project.logged_in(BOB, "pop3") as bob, \
            project.logged_in(CAROL, "pop3") as carol, \
            project.logged_in(BOB) as imap:
        assert imap.command("SELECT INBOX")[0].startswith(b"OK")
        for conn in (alice, bob, carol):
            assert conn.command("STAT").startswith(b"+OK 4 ")
        assert alice.command("DELE 1").startswith(b"+OK")
        assert bob.command("DELE 2").startswith(b"+OK")
        assert alice.command("QUIT") == b"+OK Logging out, messages deleted."
        assert bob.command("QUIT") == b"+OK Logging out, messages deleted."
        assert carol.multi("RETR 4")
        imap.command("NOOP")
        assert imap.command("UID SEARCH ALL")[1][-1] == b"* SEARCH 3 4"


def test_uidls_are_those_of_every_spelling_and_series(project):
    """UID and UIDVALIDITY in hexadecimal, the default of both series, and
    nothing of who asks or how."""
    header = (project.maildir / "dovecot-uidlist").read_text().splitlines()[0]
    validity = int(re.search(r" V(\d+)", header).group(1))
    expected = [f"{uid:08x}{validity:08x}".encode() for uid in range(1, 5)]
    logins = [Login(name, person.password)
              for person in (ALICE, BOB, CAROL)
              for name in project_names(person, project.uid)]
    for login in logins:
        with project.campus.logged_in("pop3", login) as conn:
            assert uidls(conn) == expected, login


def fetchmail_once(project, login, tmp_path):
    """Leaves the mail on the server, and takes what is new."""
    rc = private(tmp_path / "rc", f"""
poll localhost service {project.campus.port('pop3s')} protocol pop3 uidl
  user {c_string(login.name)} password {c_string(login.password)}
  ssl sslcertck sslcertfile "{project.campus.ca}"
  keep mda "cat >> {tmp_path}/box"
""")
    run(["fetchmail", "--nosyslog", "--nodetach", "-f", rc,
         "--pidfile", tmp_path / "pid", "--idfile", tmp_path / "ids"],
        env={"FETCHMAILHOME": str(tmp_path), "HOME": str(tmp_path)},
        accept=(0, 1))


def fetchmail_found(project, tmp_path):
    del project
    return re.findall(r"^Subject: (.*)$", (tmp_path / "box").read_text(),
                      re.M)


def getmail_once(project, login, tmp_path):
    rc = private(tmp_path / "rc", f"""
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {project.campus.port('pop3s')}
username = {login.name}
password = {login.password}
ca_certs = {project.campus.ca}

[destination]
type = MDA_lmtp
host = 127.0.0.1
port = {project.campus.port('lmtp')}
override = {project.uid}-copies@campus.example

[options]
read_all = false
delete = false
""")
    text = run(["getmail", "--getmaildir", tmp_path, "--rcfile", rc])
    assert "error" not in text.lower(), text


def getmail_found(project, tmp_path):
    del tmp_path
    return project.campus.subjects(f"{project.uid}-copies")


@pytest.mark.parametrize("poll_once,copies,person", (
    (fetchmail_once, fetchmail_found, BOB),
    (getmail_once, getmail_found, CAROL)), ids=("fetchmail", "getmail"))
def test_leave_on_server(campus, project, tmp_path, poll_once, copies, person):
    """A hundred polls, while others deliver and look: each message comes once,
    and none goes."""
    stop = threading.Event()

    def neighbour():
        while not stop.is_set():
            with project.logged_in(ALICE, "pop3") as conn:
                conn.multi("UIDL")
                conn.command("QUIT")
            stop.wait(0.2)

    thread = threading.Thread(target=neighbour)
    with campus.directory.project(
            f"{project.uid}-copies",
            campusOwner=campus.directory.person_dn(ALICE.uid)):
        thread.start()
        try:
            for poll in range(POLLS):
                if poll in (20, 21, 60):
                    deliver(project, f"message during poll {poll}")
                poll_once(project, project.login(person), tmp_path)
            found = copies(project, tmp_path)
        finally:
            stop.set()
            thread.join()
    expected = [f"message {number}" for number in range(1, 5)] + \
        [f"message during poll {poll}" for poll in (20, 21, 60)]
    assert sorted(found) == sorted(expected)
    assert len(flags(project)) == len(expected)
