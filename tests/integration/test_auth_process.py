# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The auth process under load: one person's slow binds, its sudden end, and
reloads of the configuration. Never somebody else's mailbox."""

import contextlib
import os
import threading
import time
from dataclasses import dataclass, field
from statistics import median

import pytest

from testenv.fakedirectory import FakeDirectory
from testenv.people import ALICE, BOB, CAROL, SUFFIX, Login
from testenv.pulse import NAME, PASSWORD, configured_with_pulse
from testenv.tries import milliseconds, try_logins
from testenv.wait import until

# How often; more by CAMPUS_RELOADS=1000 and CAMPUS_KILLS=100.
RELOADS = int(os.environ.get("CAMPUS_RELOADS", "30"))
KILLS = int(os.environ.get("CAMPUS_KILLS", "5"))
SLOW_SECONDS = 5.0
BACK_SECONDS = 1.0


# -- one person's binds

NINE = [f"quick{number}" for number in range(9)]


def person_entry(uid):
    return uid.encode(), f"uid={uid},ou=people,{SUFFIX}", {"uid": [uid]}


def test_slow_binds_of_one_person(second_campus, authority):
    """Others wait no longer because of them, and the server is not blamed."""
    campus = second_campus
    nine = [Login(uid, "x") for uid in NINE]
    with FakeDirectory(*authority.issue("good")) as fake, \
            campus.dovecot.configured(campus={
                "campus_servers": fake.uri,
                "campus_tls_ca_file": authority.ca}), campus.auth() as auth:
        fake.entries = [person_entry(uid) for uid in (*NINE, "slow01")]
        fake.slow_binds = {f"uid=slow01,ou=people,{SUFFIX}".encode():
                           SLOW_SECONDS}
        mark = campus.log.mark()

        def rounds():
            took = []
            for _ in range(10):
                _, lines = try_logins(campus, auth, nine)
                assert all("login ok" in line for line in lines), lines
                took += milliseconds(lines)
            return sorted(took)
        rounds()
        alone = rounds()
        slow = [auth.start("slow01", "x") for _ in range(2)]
        beside = rounds()
        replies = auth.replies(slow)
        assert all(reply.temporary for reply in replies.values())
        after = rounds()
        usual = max(median(alone), median(after))
        assert median(beside) <= 2 * usual + 20, (alone, beside, after)
        assert beside[-1] < 1000, beside
        assert not campus.log.lines(r"campus: ldap\(", mark)


# -- its end, and reloads

@dataclass
class Asker:
    """Somebody who logs in on IMAP again and again."""
    login: Login
    mailbox: str
    stock: bool = False
    # what came of it: "ok", "somebody else's", "cut", or the answer
    seen: list = field(default_factory=list)


class Crowd:
    """They look whose mailbox they are in. Half of them are a stock passdb's:
    what their login processes say is Dovecot's own doing."""

    def __init__(self, campus):
        self.campus = campus
        self.ending = threading.Event()
        self.askers = [Asker(Login(person.uid, person.password), person.uid)
                       for person in (ALICE, BOB, CAROL)]
        self.askers.append(Asker(Login("CAMPUS/abcd0001/physics",
                                       ALICE.password), "physics"))
        self.askers += [Asker(Login(NAME, PASSWORD), NAME, stock=True)
                        for _ in range(len(self.askers))]
        self.threads = [threading.Thread(target=self._run, args=(asker,),
                                         daemon=True) for asker in self.askers]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a login hangs"

    def _run(self, asker):
        while not self.ending.is_set():
            try:
                asker.seen.append(self._once(asker))
            except (OSError, AssertionError):
                asker.seen.append("cut")
                # nobody hammers at a closed door
                self.ending.wait(0.05)

    def _once(self, asker):
        with self.campus.connect("imap") as imap:
            reply = imap.login(asker.login)
            if not imap.accepted(reply):
                return reply.decode() or "cut"
            imap.command("SELECT INBOX")
            _, subjects = imap.command(
                "FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")
            text = b"".join(subjects)
            if b"whose " not in text or f"whose {asker.mailbox}!".encode() in text:
                return "ok"
            return "somebody else's"

    def all_again(self):
        """Wait until each of them got in once more."""
        before = [asker.seen.count("ok") for asker in self.askers]
        until(lambda: all(asker.seen.count("ok") > count for asker, count in
                          zip(self.askers, before)), "everybody logs in")

    def count(self, what, stock=False):
        return sum(what in seen for asker in self.askers
                   if asker.stock == stock for seen in asker.seen)


@pytest.fixture(scope="module")
def campus(second_campus):
    with configured_with_pulse(second_campus):
        for mailbox in ("abcd0001", "abcd0002", "abcd0003", "physics"):
            reply = second_campus.deliver(f"{mailbox}@campus.example",
                                          f"whose {mailbox}!")
            assert reply.startswith(b"250"), reply
        yield second_campus


def auth_pid(campus):
    """Of the auth service, which may just be on its way."""
    def pid():
        with contextlib.suppress(OSError, AssertionError), \
                campus.auth() as auth:
            return auth.server_pid
    return until(pid, "the auth service answers")


def back(campus):
    """Seconds until a login works."""
    begin = time.monotonic()

    def works():
        with contextlib.suppress(OSError, AssertionError), \
                campus.auth() as auth:
            return auth.login(ALICE.uid, ALICE.password).ok
    until(works, "a login works again")
    return time.monotonic() - begin


def descriptors(campus):
    return len(os.listdir(f"/proc/{auth_pid(campus)}/fd"))


def nobody_was_wronged(crowd, times):
    assert crowd.count("somebody else's") == 0
    # each works after all
    for asker in crowd.askers:
        assert "ok" in asker.seen, asker
    # A login process says so by itself when the auth process goes away in the
    # middle of a login: one for each that was under way, whoever's it was.
    for stock in (False, True):
        refused = crowd.count("AUTHENTICATIONFAILED", stock)
        assert refused <= times * len(crowd.askers) // 2, (stock, refused)


def soon_back(took):
    """As a rule; the machine is busy with the crowd, too."""
    assert median(took) < BACK_SECONDS, took
    assert max(took) < 10 * BACK_SECONDS, took


def settled(campus, before):
    until(lambda: descriptors(campus) <= before + 6,
          "the auth process has no more descriptors than before")


def test_killed_under_load(campus):
    back(campus)
    before, took = descriptors(campus), []
    with Crowd(campus) as crowd:
        for _ in range(KILLS):
            crowd.all_again()
            campus.dovecot.kill(auth_pid(campus))
            took.append(back(campus))
    nobody_was_wronged(crowd, KILLS)
    soon_back(took)
    settled(campus, before)


def test_reloaded_under_load(campus):
    back(campus)
    before, took = descriptors(campus), []
    with Crowd(campus) as crowd:
        crowd.all_again()
        for _ in range(RELOADS):
            campus.doveadm("reload")
            took.append(back(campus))
        crowd.all_again()
    nobody_was_wronged(crowd, RELOADS)
    soon_back(took)
    settled(campus, before)
