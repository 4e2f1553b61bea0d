# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service rows A8, A9 and A11: roles, the protocols that each may use, and
that the session and the log know both names."""

import pytest

from testenv.people import ALICE, BOB, CAROL, DAVE, GRACE, Login
from testenv.wire import PROTOCOLS, side_by_side

SERVICES = ("imap", "pop3", "submission", "smtp", "sieve", "managesieve")
OTHER_SERVICES = ("xmpp", "lmtp", "doveadm", "http", "IMAP4", "indexer")


def project_login(person):
    return Login(f"CAMPUS/{person.uid}/physics", person.password)


@pytest.mark.parametrize("service", SERVICES)
def test_owner_may_use_every_protocol(auth, service):
    reply = auth.logins([project_login(ALICE)], service=service)[0]
    # Postfix is told the person
    assert reply.ok
    assert reply.user == (ALICE.uid if service == "smtp" else "physics")


def test_other_services_refuse_project_logins(auth):
    """It is the project that is refused there, not the person."""
    strangers = auth.logins([(project_login(DAVE), service)
                             for service in OTHER_SERVICES])
    refused = auth.logins([(project_login(ALICE), service)
                           for service in OTHER_SERVICES])
    own = auth.logins([(Login(ALICE.uid, ALICE.password), service)
                       for service in OTHER_SERVICES])
    for service, reply, stranger, ordinary in zip(OTHER_SERVICES, refused,
                                                  strangers, own):
        assert not reply.ok, service
        assert reply.without_name() == stranger.without_name(), service
        assert ordinary.ok, service


# Service row A11: who is what in physics, and the protocols that go with it.
ALLOWED = ((BOB, "member", {"imap", "pop3", "submission", "smtp"}),
           (GRACE, "member", {"imap", "pop3", "submission", "smtp"}),
           (CAROL, "reader", {"imap", "pop3"}))


@pytest.mark.parametrize("person,role,allowed", ALLOWED,
                         ids=("group", "nested", "direct"))
def test_each_role_has_its_protocols(campus, auth, person, role, allowed):
    """Where the role may not be used the answer is a stranger's."""
    mark = campus.log.mark()
    asked = auth.logins([(project_login(someone), service)
                         for someone in (DAVE, person)
                         for service in SERVICES])
    for service, stranger, reply in zip(SERVICES, asked, asked[len(SERVICES):]):
        assert reply.ok == (service in allowed), service
        if not reply.ok:
            assert reply.without_name() == stranger.without_name(), service
        assert auth.login(person.uid, person.password, service=service).ok
    for answer, protocol in (("ok", "imap"), ("refused", "sieve")):
        line = campus.log.wait_for(
            rf"campus: login {answer}: person={person.uid} mailbox=physics "
            rf".*protocol={protocol} ", mark)[0]
        assert f"role={role}" in line


def test_postfix_sasl_takes_every_spelling(campus):
    """A real Postfix that asks Dovecot (smtpd_sasl_type=dovecot)."""
    for name in ("abcd0001", "CAMPUS\\abcd0001\\physics",
                 "CAMPUS/abcd0001/physics", "abcd0001/physics"):
        with campus.connect("smtp", "starttls") as smtp:
            reply = smtp.login(Login(name, ALICE.password))
            assert smtp.accepted(reply), (name, reply)


def test_postfix_sasl_knows_the_roles(campus):
    """A member may send, a reader and a stranger may not."""
    with campus.connect("smtp", "starttls") as smtp:
        assert smtp.accepted(smtp.login(project_login(BOB)))

    def refuse(person):
        with campus.connect("smtp", "starttls") as smtp:
            reply = smtp.login(project_login(person))
            assert reply.startswith(b"535 5.7.8"), reply
        with campus.connect("smtp", "starttls") as smtp:
            assert smtp.accepted(smtp.login(
                Login(person.uid, person.password)))
    side_by_side(refuse, (CAROL, DAVE))


def test_auth_login_shows_user_and_master_user(campus):
    text = campus.doveadm("auth", "login", "-x", "service=imap",
                          "CAMPUS\\abcd0001\\physics", ALICE.password)
    assert "user=physics" in text
    assert "master_user=abcd0001" in text
    assert "campus_role=owner" in text


def test_own_login_has_no_master_user(campus):
    text = campus.doveadm("auth", "login", "-x", "service=imap",
                          "CAMPUS\\abcd0001", ALICE.password)
    assert "user=abcd0001" in text
    assert "master_user=abcd0001" not in text
    assert "campus_role" not in text


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_log_names_both(campus, protocol):
    mark = campus.log.mark()
    conn = campus.logged_in(protocol, Login("CAMPUS\\abcd0001\\physics",
                                            ALICE.password))
    with conn:
        line = campus.log.wait_for(r"campus: login ok: ", mark)[0]
        for part in ("person=abcd0001", "mailbox=physics", "role=owner",
                     "rule=owner", f"protocol={protocol}", "server=ldap://"):
            assert part in line
        login = campus.log.wait_for(r"(imap|pop3|submission|managesieve)-login: "
                                    r".*(Login|Logged in)", mark)[0]
        assert "physics" in login and "abcd0001" in login
        if protocol in ("imap", "pop3"):
            conn.command("SELECT INBOX" if protocol == "imap" else "STAT")
        conn.command("LOGOUT" if protocol in ("imap", "sieve") else "QUIT")
    # what the mail process itself writes
    process = {"sieve": "(manage)?sieve"}.get(protocol, protocol)
    for line in campus.log.wait_for(rf" {process}\(", mark):
        assert "physics" in line and "abcd0001" in line


def test_log_has_the_canonical_name_of_an_alias(campus):
    mark = campus.log.mark()
    with campus.logged_in("imap", Login("alice@campus.example",
                                        ALICE.password)) as conn:
        conn.command("SELECT INBOX")
        conn.command("LOGOUT")
    login = campus.log.wait_for(r"imap-login: .*(Login|Logged in)", mark)[0]
    assert "user=<abcd0001>, person=<abcd0001>" in login
    assert "(abcd0001 person=abcd0001)" in \
        campus.log.wait_for(r" imap\(", mark)[0]


def test_many_at_once_are_all_served(auth):
    """A burst is answered as each of them alone would be."""
    replies = auth.logins([project_login(ALICE)] * 300)
    assert all(reply.ok for reply in replies)
    replies = auth.logins([project_login(DAVE)] * 300)
    assert not any(reply.ok or reply.temporary for reply in replies)


def test_who_shows_the_mailbox(campus):
    with campus.logged_in("imap", project_login(ALICE)):
        assert "physics" in campus.doveadm("who")


def test_nested_groups_and_their_depth(campus, auth):
    """A chain of groups gives the owner's role as deep as the setting (5) and
    no deeper; a circle of groups ends."""
    directory = campus.directory
    dave = directory.person_dn(DAVE.uid)
    base = directory.group_dn("physics-lab").split(",", 1)[1]

    def chain(length, index=1):
        """cn=chain-1 holds chain-2 … holds dave"""
        member = dave if index == length else f"cn=chain-{index + 1},{base}"
        with directory.group(f"chain-{index}", [member]):
            if index == length:
                yield
            else:
                yield from chain(length, index + 1)

    def login():
        return auth.login(f"CAMPUS/{DAVE.uid}/chained", DAVE.password).ok

    with directory.project("chained", campusOwner=f"cn=chain-1,{base}"):
        for length, expected in ((1, True), (3, True), (5, True), (8, False)):
            for _ in chain(length):
                assert login() == expected, length
        with directory.group("chain-1", [f"cn=chain-2,{base}"]), \
                directory.group("chain-2", [f"cn=chain-1,{base}"]):
            assert not login()
