# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The drop-in for a busy site: processes that serve one user after the other
keep nothing of the one before."""

import contextlib
import pathlib
import re

import pytest

from testenv.people import ALICE, BOB, DAVE, Login
from testenv.wait import until

TOP = pathlib.Path(__file__).parents[2]
OWN = Login(ALICE.uid, ALICE.password)
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)


def busy_core(series, prefix):
    text = (TOP / f"conf.d/{series}/91-campus-busy.conf").read_text()
    # One process that serves imap, so that it must be the same again.
    text += "\nservice imap {\n  process_limit = 1\n}\n"
    text += f'mail_log_prefix = "{prefix}"\n'
    if series == "2.3":
        # in protocol imap a line of its own wins over the global one
        text += "protocol imap {\n  mail_plugins = campus_folders " \
                "imap_campus_folders mail_log notify\n}\nplugin {\n" \
                "  mail_log_events = mailbox_create\n}\n"
    else:
        text += "mail_plugins {\n  mail_log = yes\n  notify = yes\n}\n" \
                "mail_log_events = mailbox_create\n"
    return text


# Everything that the session has of its user, in each line it logs.
PREFIXES = {
    "2.3": "imap(%u person=%{auth_user} role=<%{userdb:campus_role}> "
           "quota=<%{userdb:quota_rule}>)<%{pid}>: ",
    "2.4": "imap(%{user} person=%{auth_user} "
           "role=<%{userdb:campus_role | default('')}> "
           "quota=<%{userdb:quota_storage_size | default('')}>)<%{process:pid}>: ",
}


@pytest.fixture(scope="module")
def busy(second_campus):
    series = second_campus.dovecot.series
    directory = second_campus.directory
    with contextlib.ExitStack() as stack:
        stack.enter_context(directory.changed(
            directory.project_dn("physics"), campusQuota="7G"))
        stack.enter_context(second_campus.dovecot.configured(
            core=busy_core(series, PREFIXES[series])))
        for mailbox in ("physics", "abcd0001", "abcd0002"):
            reply = second_campus.deliver(f"{mailbox}@campus.example",
                                          f"reuse {mailbox}")
            assert reply.startswith(b"250"), reply
        yield second_campus


class Session:
    """What one IMAP session sees: enough to tell whose it is."""
    number = 0

    def __init__(self, campus, login):
        self.campus = campus
        self.mark = campus.log.mark()
        self.imap = campus.logged_in("imap", login)
        Session.number += 1
        name = f"made{Session.number}"
        reply, _ = self.imap.command(f"CREATE {name}")
        assert reply.startswith(b"OK"), reply
        line = campus.log.wait_for(f"imap.*{name}", self.mark)[0]
        found = re.search(
            r"imap\((?P<user>\S+) person=(?P<person>\S*) "
            r"role=<(?P<role>\S*)> quota=<(?P<quota>\S*)>\)<(?P<pid>\d+)>",
            line)
        assert found, line
        self.seen = found.groupdict()
        self.pid = int(self.seen.pop("pid"))
        reply, listed = self.imap.command('LIST "" *')
        self.folders = listed
        self.imap.command("SELECT INBOX")
        _, self.subjects = self.imap.command(
            "FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")
        self.imap.command(f"DELETE {name}")

    def holds(self, subject):
        return any(subject.encode() in line for line in self.subjects)

    def logout(self):
        self.imap.command("LOGOUT")
        self.imap.close()
        # the process takes the next one only when it is done with this
        self.campus.log.wait_for(r"imap.*(Logged out|Disconnected)", self.mark)


def expect(session, user, role, quota):
    assert session.seen["user"] == user
    assert session.seen["person"] == ("abcd0001" if role else user)
    assert session.seen["role"] == role
    # *:bytes=… in 2.3, …B in 2.4
    assert re.sub(r"[^\d]", "", session.seen["quota"]) == quota
    for mailbox in ("physics", "abcd0001", "abcd0002"):
        assert session.holds(f"reuse {mailbox}") == (mailbox == user)


KINDS = {
    "own": (OWN, "abcd0001", "", ""),
    "project": (PROJECT, "physics", "owner", str(7 << 30)),
    "other person": (Login(BOB.uid, BOB.password), "abcd0002", "", ""),
}


@pytest.mark.parametrize("order", (("own", "project"), ("project", "own"),
                                   ("project", "other person"),
                                   ("other person", "project")),
                         ids="-".join)
def test_nothing_is_left_for_the_next(busy, order):
    pids = []
    for kind in (*order, order[0]):
        login, user, role, quota = KINDS[kind]
        session = Session(busy, login)
        expect(session, user, role, quota)
        pids.append(session.pid)
        session.logout()
    assert len(set(pids)) == 1, "the process was not used again"


@pytest.mark.parametrize("order", (("own", "project"), ("project", "own")),
                         ids="-".join)
def test_client_that_is_cut_off(busy, order):
    """The first goes without a word, in the middle of a command."""
    login, user, role, quota = KINDS[order[0]]
    session = Session(busy, login)
    session.imap.send(b"a APPEND INBOX {100}\r\n")
    session.imap.line()
    session.imap.close()
    busy.log.wait_for(r"imap.*(Disconnected|Connection closed)", session.mark)
    login, user, role, quota = KINDS[order[1]]
    after = Session(busy, login)
    expect(after, user, role, quota)
    assert after.pid == session.pid
    after.logout()


@pytest.mark.parametrize("order", (("own", "project"), ("project", "own")),
                         ids="-".join)
def test_process_that_is_killed(busy, order):
    login, *_ = KINDS[order[0]]
    session = Session(busy, login)
    busy.dovecot.kill(session.pid)
    session.imap.close()
    login, user, role, quota = KINDS[order[1]]
    after = until(lambda: next_session(busy, login), "the next login works")
    expect(after, user, role, quota)
    assert after.pid != session.pid
    after.logout()


def next_session(campus, login):
    try:
        return Session(campus, login)
    except (AssertionError, ConnectionError):
        return None


def test_login_processes_serve_everybody(busy):
    """All four protocols with login processes that never end."""
    for _ in range(3):
        for protocol in ("pop3", "submission", "sieve"):
            for login in (OWN, PROJECT, Login(DAVE.uid, DAVE.password)):
                busy.logged_in(protocol, login).close()
