# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Many at once, on a busy site: whoever is idle, and whoever comes and goes
beside them, gets the right answer each time. CAMPUS_CROWD says how many
sessions, CAMPUS_CROWD_SECONDS for how long (500 and 1800 take half an hour)."""

import contextlib
import os
import pathlib
import time

import pytest

from testenv.people import ALICE, BOB, CAROL, DAVE, GRACE, Login
from testenv.wire import side_by_side

TOP = pathlib.Path(__file__).parents[2]
CROWD = int(os.environ.get("CAMPUS_CROWD", "120"))
SECONDS = float(os.environ.get("CAMPUS_CROWD_SECONDS", "10"))
# Dovecot ends a session that says nothing for half an hour.
SILENT_SECONDS = 600

# Login, and the mailbox that it opens; None = a wrong password
LOGINS = (*((Login(person.uid, person.password), person.uid)
            for person in (ALICE, BOB, CAROL, DAVE, GRACE)),
          *((Login(f"CAMPUS/{person.uid}/physics", person.password), "physics")
            for person in (ALICE, BOB, CAROL, GRACE)),
          (Login("CAMPUS/abcd0002/chemistry", BOB.password), "chemistry"))
REFUSED = ((Login("abcd0001/chemistry", ALICE.password),
            b"[AUTHORIZATIONFAILED]"),
           (Login("CAMPUS/abcd0004/physics", DAVE.password),
            b"[AUTHORIZATIONFAILED]"),
           (Login(DAVE.uid, "the same wrong one"), b"[AUTHENTICATIONFAILED]"))


@pytest.fixture(scope="module")
def crowded(second_campus):
    """A campus where each mailbox holds one message that names it."""
    campus = second_campus
    core = (TOP / f"conf.d/{campus.dovecot.series}/91-campus-busy.conf"
            ).read_text()
    # all of them come from one address
    core += (f"\nprotocol imap {{\n  mail_max_userip_connections = {CROWD}\n"
             "}\n")
    with campus.dovecot.configured(core):
        for mailbox in {mailbox for _, mailbox in LOGINS}:
            reply = campus.deliver(f"{mailbox}@campus.example",
                                   f"crowd {mailbox}")
            assert reply.startswith(b"250"), reply
        yield campus


def is_in(imap, mailbox):
    """Is this session in that mailbox, and in no other?"""
    imap.command("SELECT INBOX")
    _, lines = imap.command("FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")
    text = b"\n".join(lines)
    return {other for _, other in LOGINS
            if f"Subject: crowd {other}\r".encode() in text} == {mailbox}


def come_and_go(campus, number):
    """One login of many: None, or the answer that was not right."""
    if number % 4 == 3:
        login, code = REFUSED[number // 4 % len(REFUSED)]
        reply = campus.answer("imap", login)
        return None if code in reply else (login, reply)
    login, mailbox = LOGINS[number % len(LOGINS)]
    with campus.logged_in("imap", login) as imap:
        return None if is_in(imap, mailbox) else (login, mailbox)


def test_crowd(crowded):
    campus = crowded
    with contextlib.ExitStack() as stack:
        def come(number):
            login, mailbox = LOGINS[number % len(LOGINS)]
            return campus.logged_in("imap", login), mailbox
        sessions = side_by_side(come, range(CROWD))
        for imap, _ in sessions:
            stack.enter_context(imap)

        def all_are_where_they_were():
            return all(side_by_side(lambda one: is_in(*one), sessions))

        wrong, number, began = [], 0, time.monotonic()
        spoke = began
        while time.monotonic() < began + SECONDS:
            if time.monotonic() > spoke + SILENT_SECONDS:
                spoke = time.monotonic()
                assert all_are_where_they_were()
            batch = range(number, number + 20)
            number += len(batch)
            wrong += filter(None, side_by_side(
                lambda one: come_and_go(campus, one), batch))
        assert not wrong
        assert all_are_where_they_were()
