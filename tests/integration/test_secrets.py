# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Where passwords must not be: in a log, and in the memory of the auth process
once a login is over."""

import base64
import contextlib
import itertools
import re

import pytest

from testenv.people import ALICE, ERIN, PROJECTS, SUFFIX, Login
from testenv.wait import until
from testenv.wire import PROTOCOLS, side_by_side

RIGHT = "Xq7-right-secret"
DECOY = "Xq7-decoy-secret"
STRANGER = "198.51.100.66"
# what a login needs to be told apart from others
NAME = "quiet01"
# how each protocol can send a password
FORMS = {"imap": ("quoted", "atom", "literal", "plain"),
         "pop3": ("user", "plain"), "submission": ("login", "plain")}


@pytest.fixture
def campus(second_campus):
    return second_campus


@pytest.fixture
def quiet(campus):
    """Somebody whose password is nowhere else, an owner of a project mailbox;
    and a decoy whose password is known to this test only."""
    with contextlib.ExitStack() as stack:
        dn = stack.enter_context(campus.directory.person(NAME, RIGHT))
        stack.enter_context(campus.directory.project("quiet-box",
                                                     campusOwner=dn))
        stack.enter_context(campus.directory.changed(
            f"cn=decoy,ou=services,{SUFFIX}", userPassword=DECOY))
        yield dn


# Dovecot refuses these names itself, before it asks a passdb.
NEVER_ASKED = [(f"{NAME}(", ""), ("", "")]


def names():
    """One's own mailbox, project mailboxes that are and are not permitted, and
    that do not exist, by both passdbs; people who do not exist, and what is no
    name."""
    for mailbox in ("quiet-box", *PROJECTS[:1], "no-such-mailbox"):
        for name in (NAME, "nobody77"):
            yield f"CAMPUS\\{name}\\{mailbox}", ""
            yield f"{mailbox}*{name}", ""
            yield name, mailbox
    for name in (NAME, "nobody77", f"OTHER/{NAME}", "physics"):
        yield name, ""


def everything(campus, secrets, more=()):
    """Every way in, with each of these secrets."""
    for protocol in PROTOCOLS:
        logins = [Login(name, secret, authzid)
                  for name, authzid in (*names(), *more) if name
                  for secret in secrets]
        side_by_side(lambda login, protocol=protocol:
                     campus.answer(protocol, login), logins)
        for how in FORMS.get(protocol, ()):
            side_by_side(lambda login, protocol=protocol, how=how:
                         campus.answer(protocol, login, how),
                         [Login(NAME, secret) for secret in secrets])
    with campus.auth() as auth:
        auth.logins([Login(name, secret, authzid)
                     for name, authzid in (*names(), *more)
                     for secret in secrets], address=STRANGER)


def written(secrets):
    """These secrets in every form in which they might be written down."""
    for secret in secrets:
        yield secret.encode()
        yield secret.encode().hex().encode()
        yield base64.b64encode(secret.encode())
        for name, authzid in (*names(), *NEVER_ASKED):
            yield base64.b64encode(f"{authzid}\0{name}\0{secret}".encode())


def test_passwords_are_in_no_log(campus, quiet):
    """With all of Dovecot's debugging but the passwords on; right and wrong
    ones, refused by the budget and not, and with the directory away."""
    counter = itertools.count()

    def wrong(count):
        return [f"Xq7-wrong-secret-{next(counter)}" for _ in range(count)]

    core = "auth_verbose = yes\nauth_debug = yes\n" \
           "log_debug = category=auth OR category=mail OR category=campus\n"
    if campus.dovecot.series == "2.3":
        core += "mail_debug = yes\n"
    used = [RIGHT, DECOY, "service-secret"]
    for settings in ({}, {"campus_bind_budget": "0"}):
        with campus.dovecot.configured(core=core, campus=settings):
            mark = campus.log.mark()
            secrets = [RIGHT, DECOY, *wrong(3)]
            used += secrets
            with campus.auth() as auth:
                for _ in range(2):
                    auth.login(NAME, secrets[-1])
            everything(campus, secrets, NEVER_ASKED)
            if not settings:
                campus.log.wait_for("rule=bind-budget", mark)
                campus.log.wait_for("rule=wrong-again", mark)
                campus.log.wait_for("budget spent: ", mark)
            campus.log.wait_for("rule=wrong-password", mark)
            campus.log.wait_for("rule=person-unknown", mark)
            campus.directory.pause()
            try:
                secrets = [RIGHT, *wrong(1)]
                used += secrets
                with campus.auth() as auth:
                    auth.logins([Login(NAME, secret) for secret in secrets])
            finally:
                campus.directory.resume()
            campus.log.wait_for("campus: login failed", mark)
            assert "Debug: " in campus.log.since(mark)
            assert NAME in campus.log.since(mark)
            until(lambda: campus.exec("doveadm", "user", NAME,
                                      check=False).returncode == 0,
                  "the directory is found again")
    used += [ALICE.password, ERIN.password]
    for path in sorted((campus.dir / "log").iterdir()):
        if path.name == "build.log":
            continue
        # Dovecot 2.3's submission-login, when it debugs, writes down all that
        # clients send.
        data = re.sub(rb"submission-login: Debug: .* AUTH .*", b"",
                      path.read_bytes())
        for secret in written(set(used)):
            assert secret not in data, \
                [line for line in data.split(b"\n") if secret in line][:3]


def copies(pid, secrets):
    """Where these are in what a process has written in its memory: a few bytes
    before and behind each."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            place = re.match(r"(\w+)-(\w+) .w.. \S+ \S+ \S+ *(.*)", line)
            if not place or place[3].startswith("[v"):
                continue
            begin, end = int(place[1], 16), int(place[2], 16)
            memory.seek(begin)
            data = memory.read(end - begin)
            found += [data[max(0, match.start() - 48):match.end() + 16]
                      for secret in secrets
                      for match in re.finditer(re.escape(secret), data)]
    return found


def test_passwords_do_not_stay_in_memory(campus, quiet):
    """Once logins are over, neither the module nor libldap holds their
    passwords; Dovecot's own buffers may hold one or two for a while, as with
    its own passdb."""
    wrong = [f"Xq7-wrong-secret-{number}" for number in range(3)]
    for settings in ({}, {"campus_bind_budget": "0"}):
        with campus.dovecot.configured(campus=settings), \
                campus.auth() as auth:
            everything(campus, [RIGHT, DECOY, *wrong])
            secrets = [secret.encode() for secret in (RIGHT, DECOY, *wrong)]

            def left(auth=auth, secrets=secrets):
                # a reply comes a moment before its request ends
                auth.login(ALICE.uid, ALICE.password)
                return copies(auth.server_pid, secrets)
            try:
                until(lambda: len(left()) <= 2, "passwords are forgotten")
            except AssertionError:
                raise AssertionError(left()) from None
            # a simple bind (RFC 4511 4.2) that libldap may have kept
            binds = [bytes((0x80, len(secret))) + secret for secret in secrets]
            assert not copies(auth.server_pid, binds)
            # so that the above means something: this is found
            assert copies(auth.server_pid, [b"service-secret"])
