# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""When the directory server is away, slow, false or hostile: temporary
failures, the reason in the log, no password sent, and then it works again."""

import contextlib
import time

import pytest

from testenv import answers
from testenv.fakedirectory import FakeDirectory
from testenv.lmtp import Lmtp
from testenv.people import ALICE, ERIN, SUFFIX, Login, project_logins
from testenv.wait import until
from testenv.wire import PROTOCOLS, side_by_side

OWN = Login(ALICE.uid, ALICE.password)
PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)
# failures.md: a login's whole directory work takes 8 s at most; and Dovecot 2.3
# adds its delay to it.
LOGIN_BOUND = 8 + 3 + 1


@pytest.fixture
def campus(second_campus):
    return second_campus


def lmtp_answer(campus, address):
    with Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca) as lmtp:
        return lmtp.recipient(address)


def all_are_temporary(campus):
    """Every protocol, several spellings: the same bytes, and try later."""
    for protocol in PROTOCOLS:
        logins = [OWN, *project_logins(ALICE, "physics")[:8],
                  Login(ALICE.uid, "wrong"), Login("nobody77", "wrong")]
        replies = side_by_side(
            lambda login, protocol=protocol: campus.answer(protocol, login),
            logins)
        answers.same(replies, answers.TEMPORARY, protocol)
    assert lmtp_answer(campus, ALICE.mail).startswith(b"451 4.3.0")
    assert lmtp_answer(campus, "nobody77").startswith(b"451 4.3.0")


def all_is_well(campus):
    """Each of these at its first try."""
    for protocol in PROTOCOLS:
        campus.logged_in(protocol, PROJECT).close()
    assert lmtp_answer(campus, ALICE.mail).startswith(b"250")


def usable_again(campus):
    """Wait until the module has found the server again: within a second or so
    after it answers (failures.md, Time)."""
    until(lambda: campus.exec("doveadm", "user", "abcd0001",
                              check=False).returncode == 0,
          "the directory is found again", deadline=5)


def test_killed_and_back(campus):
    mark = campus.log.mark()
    campus.directory.kill()
    try:
        all_are_temporary(campus)
        campus.log.wait_for("campus: login failed: .*ldap://127.0.0.1", mark)
        done = campus.exec("doveadm", "user", "abcd0001", check=False)
        assert done.returncode == 75, done
    finally:
        campus.directory.start()
    usable_again(campus)
    all_is_well(campus)


def test_known_to_be_down_is_answered_at_once(campus):
    """100 ms, by our own measure."""
    campus.directory.kill()
    try:
        with campus.auth() as auth:
            auth.logins([OWN] * 3)
            mark = campus.log.mark()
            auth.logins([OWN] * 20)
        lines = campus.log.wait_for(r"campus: login failed: .* ms", mark, 20)
        took = [int(line.split(" ms")[0].rsplit(" ", 1)[1]) for line in lines]
        assert sorted(took)[len(took) // 2] <= 150, took
    finally:
        campus.directory.start()
    usable_again(campus)


def test_log_does_not_overflow_while_down(campus):
    """At most about one line a second and server, and the logins' own."""
    campus.directory.kill()
    try:
        with campus.auth() as auth:
            mark = campus.log.mark()
            begin = time.monotonic()
            for _ in range(3):
                auth.logins([OWN] * 20)
            took = time.monotonic() - begin
        lines = [line for line in campus.log.lines("campus: ", mark)
                 if "login failed" not in line]
        assert len(lines) <= took + 3, lines
    finally:
        campus.directory.start()
    usable_again(campus)


def test_stopped_and_back(campus):
    """SIGSTOP: the server accepts, and says nothing."""
    campus.directory.pause()
    try:
        begin = time.monotonic()
        reply = campus.answer("imap", OWN)
        assert time.monotonic() - begin < LOGIN_BOUND
        answers.same([reply], answers.TEMPORARY, "imap")
        all_are_temporary(campus)
    finally:
        campus.directory.resume()
    usable_again(campus)
    all_is_well(campus)


def test_stopped_server_does_not_block_others(campus):
    """While logins wait for the directory, the auth process goes on answering
    what needs none."""
    campus.directory.pause()
    try:
        with campus.auth() as slow, campus.auth() as quick:
            waiting = [slow.start(ALICE.uid, ALICE.password)
                       for _ in range(10)]
            begin = time.monotonic()
            reply = quick.login("CAMPUS\\a\\b\\c", "x")
            assert not reply.ok and not reply.temporary
            assert time.monotonic() - begin < 4
            replies = slow.replies(waiting)
            assert all(reply.temporary for reply in replies.values())
    finally:
        campus.directory.resume()
    usable_again(campus)


def test_away_at_start(campus):
    campus.dovecot.stop()
    campus.directory.kill()
    try:
        campus.dovecot.start()
        all_are_temporary(campus)
    finally:
        campus.directory.start()
    usable_again(campus)
    all_is_well(campus)


def test_killed_under_load(campus):
    """Logins that are on their way when the server dies end, none with a wrong
    answer, and nothing is left hanging."""
    with campus.auth() as auth:
        waiting = [auth.start(ALICE.uid, ALICE.password) for _ in range(300)]
        campus.directory.kill()
        try:
            replies = auth.replies(waiting)
        finally:
            campus.directory.start()
        assert all(reply.ok or reply.temporary for reply in replies.values())
        usable_again(campus)
        assert auth.login(ALICE.uid, ALICE.password).ok


def test_wrong_service_password(campus):
    path = campus.dir / "wrong-service-password"
    path.write_text("not-the-service-secret\n")
    path.chmod(0o600)
    mark = campus.log.mark()
    with campus.dovecot.configured(
            campus={"campus_service_password_file": path}):
        all_are_temporary(campus)
        lines = campus.log.wait_for(r"Error: .*cn=dovecot,ou=services", mark)
        assert "not-the-service-secret" not in campus.log.since(mark)
        assert lines
    all_is_well(campus)


# -- a server that lies, or is somebody else

ALICE_DN = f"uid=abcd0001,ou=people,{SUFFIX}"
PHYSICS_DN = f"uid=physics,ou=projects,{SUFFIX}"


@contextlib.contextmanager
def fake_directory(campus, authority):
    """A Dovecot that asks a server of ours."""
    with FakeDirectory(*authority.issue("good")) as fake:
        fake.entries = [
            (b"abcd0001", ALICE_DN, {"uid": ["abcd0001"],
                                     "mail": [ALICE.mail],
                                     "objectClass": ["campusPerson"]})]
        # what it says of a password is not to be remembered
        settings = {"campus_bind_budget": "0", "campus_servers": fake.uri,
                    "campus_tls_ca_file": authority.ca}
        with campus.dovecot.configured(campus=settings):
            yield fake


def is_temporary(campus, login=OWN):
    with campus.auth() as auth:
        reply = auth.logins([login])[0]
    assert not reply.ok and reply.temporary, reply


def test_fake_directory_with_good_certificate(campus, authority):
    """So that the refusals below mean something."""
    with fake_directory(campus, authority) as fake, campus.auth() as auth:
        assert auth.logins([OWN])[0].ok
        assert fake.count("bind") >= 2
        assert all(tls for name, tls, _ in fake.requests if name != "extended")


def test_plain_only_when_the_admin_says_so(campus):
    """campus_starttls = no: then, and only then, without TLS."""
    with campus.dovecot.configured(campus={"campus_starttls": "no"}), \
            campus.auth() as auth:
        assert auth.logins([PROJECT])[0].ok


def test_result_codes_of_a_search(campus, authority):
    """Any code but success is doubt, with and without entries: no "unknown
    user" for mail. (For logins: test_ldap_answers.py.)"""
    with fake_directory(campus, authority) as fake:
        entries = fake.entries
        for code in (1, 3, 4, 10, 32, 50, 80):
            fake.search_code = code
            for fake.entries in (entries, []):
                assert lmtp_answer(campus, ALICE.mail).startswith(b"451 4.3.0")
        fake.search_code, fake.entries = 0, []
        until(lambda: lmtp_answer(campus, ALICE.mail).startswith(b"550"),
              "a complete answer without an entry is a 550")


@pytest.mark.parametrize("uid", ([], ["../etc"], ["abcd0001", "abcd0009"],
                                 ["root"], ["a b"]))
def test_entry_without_a_good_uid(campus, authority, uid):
    with fake_directory(campus, authority) as fake:
        attributes = {"mail": [ALICE.mail], "objectClass": ["campusPerson"]}
        if uid:
            attributes["uid"] = uid
        fake.entries = [(b"abcd0001", ALICE_DN, attributes)]
        is_temporary(campus)
        assert lmtp_answer(campus, "abcd0001").startswith(b"451")


def test_empty_password_is_never_bound(campus, authority):
    """RFC 4513 5.1.2: such a bind would succeed."""
    with fake_directory(campus, authority) as fake, campus.auth() as auth:
        assert auth.logins([OWN])[0].ok
        before = fake.count("bind")
        for login in (Login(ALICE.uid, ""), Login("CAMPUS/abcd0001/physics", "")):
            assert not auth.logins([login])[0].ok
        assert fake.count("bind") == before


def test_locked_is_told_where_the_admin_wants_it(campus):
    """campus_tell_locked = yes: each protocol says so in its way."""
    from testenv.people import FRANK
    with campus.dovecot.configured(campus={
            "campus_tell_locked": "yes",
            "campus_locked_text": "Locked. See https://help.campus.example/"}):
        for protocol in PROTOCOLS:
            text = answers.same(
                [campus.answer(protocol, Login(FRANK.uid, FRANK.password)),
                 campus.answer(protocol, Login(FRANK.mail, FRANK.password))],
                answers.TOLD_LOCKED, protocol)
            assert text == "Locked. See https://help.campus.example/"


def test_texts_are_settings(campus):
    with campus.dovecot.configured(campus={
            "campus_expired_text": "Too old. See https://pw.campus.example/",
            "campus_not_permitted_text": "Not yours."}):
        for protocol in PROTOCOLS:
            assert answers.same(
                [campus.answer(protocol, Login(ERIN.uid, ERIN.password))],
                answers.EXPIRED, protocol) == \
                "Too old. See https://pw.campus.example/"
            assert answers.same(
                [campus.answer(protocol, Login("CAMPUS/abcd0001/chemistry",
                                               ALICE.password))],
                answers.NOT_PERMITTED, protocol) == "Not yours."


def test_must_change_is_told(campus):
    """A password that an administrator reset: the bind succeeds, the policy
    control says that it must be changed."""
    policy = f"cn=default,ou=policies,{SUFFIX}"
    with campus.directory.changed(policy, pwdMustChange="TRUE"), \
            campus.directory.person("fresh01") as dn, \
            campus.directory.changed(dn, pwdReset="TRUE"):
        with campus.auth() as auth:
            reply = auth.login("fresh01", "test-secret")
        assert not reply.ok and not reply.temporary
        assert "EXPIRED" in reply.fields["reason"]


def test_auth_cache_outlives_nothing(campus):
    """With Dovecot's auth cache on, a revocation counts at once, for people,
    for mailboxes and for passwords."""
    core = "auth_cache_size = 10M\nauth_cache_ttl = 1 hour\n" \
           "auth_cache_negative_ttl = 1 hour\n"
    directory = campus.directory
    with campus.dovecot.configured(core=core), campus.auth() as auth, \
            directory.person("leaver", "first-password") as leaver, \
            directory.project("shelved", campusOwner=leaver) as project:
        for name in ("CAMPUS/leaver/shelved", "leaver", "shelved*leaver"):
            for _ in range(2):
                assert auth.login(name, "first-password").ok
        assert not auth.login("leaver", "second-password").ok
        with directory.changed(project, campusOwner=None):
            assert not auth.login("CAMPUS/leaver/shelved",
                                  "first-password").ok
            assert not auth.login("shelved*leaver", "first-password").ok
        assert auth.login("CAMPUS/leaver/shelved", "first-password").ok
        with directory.changed(leaver, userPassword="second-password",
                               pwdReset="FALSE"):
            assert not auth.login("leaver", "first-password").ok
            assert auth.login("leaver", "second-password").ok
        assert lmtp_answer(campus, "leaver").startswith(b"250")
    assert lmtp_answer(campus, "leaver").startswith(b"550")
