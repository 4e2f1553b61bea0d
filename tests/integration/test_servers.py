# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Other ways to the directory that a site may choose: ldaps, a second server,
groups that the server computes."""

import contextlib

import pytest

from testenv.people import ALICE, DAVE, Login
from testenv.wait import until

PROJECT = Login("CAMPUS/abcd0001/physics", ALICE.password)
LDAPS = 636 - 389


@contextlib.contextmanager
def listening(directory, more):
    """slapd started anew with one more URI."""
    directory.kill()
    before = directory.argv
    directory.argv = [f"{word} {more}" if word.startswith("ldap://") else word
                      for word in before]
    try:
        directory.start()
        yield
    finally:
        directory.kill()
        directory.argv = before
        directory.start()


@pytest.mark.parametrize("host", ("localhost", "127.0.0.1"))
def test_ldaps(second_campus, host):
    campus = second_campus
    port = campus.port("ldap") + LDAPS
    with listening(campus.directory, f"ldaps://127.0.0.1:{port}/"), \
            campus.dovecot.configured(campus={
                "campus_servers": f"ldaps://{host}:{port}"}), \
            campus.auth() as auth:
        mark = campus.log.mark()
        reply = auth.login(PROJECT.name, PROJECT.password)
        assert reply.ok and reply.user == "physics"
        campus.log.wait_for(f"login ok: .*server=ldaps://{host}:{port} ", mark)
        wrong = auth.login(ALICE.uid, "wrong")
        assert not wrong.ok and not wrong.temporary


def test_ldaps_checks_the_certificate(second_campus):
    """127.0.0.2 answers as well, but the certificate is not for it."""
    campus = second_campus
    port = campus.port("ldap") + LDAPS
    with listening(campus.directory, f"ldaps://127.0.0.2:{port}/"), \
            campus.dovecot.configured(campus={
                "campus_servers": f"ldaps://127.0.0.2:{port}"}), \
            campus.auth() as auth:
        reply = auth.login(PROJECT.name, PROJECT.password)
        assert not reply.ok and reply.temporary
        campus.log.wait_for("certificate is not for 127.0.0.2")


def test_next_server_while_the_first_is_away(second_campus):
    campus = second_campus
    away = f"ldap://127.0.0.1:{campus.port('ldap') + LDAPS}"
    there = f"ldap://127.0.0.1:{campus.port('ldap')}"
    with campus.dovecot.configured(campus={
            "campus_servers": f"{away} {there}"}), campus.auth() as auth:
        until(lambda: auth.login(ALICE.uid, ALICE.password).ok,
              "a login by the second server")
        # known to be down: no login fails any more
        mark = campus.log.mark()
        assert all(reply.ok for reply in auth.logins([PROJECT] * 20))
        campus.log.wait_for(
            f"login ok: .*mailbox=physics .*server={there} ", mark, 20)


def test_groups_that_the_server_computes(second_campus):
    """campus_member_of_attribute instead of a search for groups; here any
    attribute that holds DNs stands for memberOf."""
    campus = second_campus
    directory = campus.directory
    group = "cn=computed,ou=groups,dc=campus,dc=example"
    dave = directory.person_dn(DAVE.uid)
    login = Login("CAMPUS/abcd0004/chemistry", DAVE.password)
    with directory.changed(directory.project_dn("chemistry"),
                           campusOwner=group), \
            campus.dovecot.configured(campus={
                "campus_groups_base": '""' if campus.dovecot.series == "2.4"
                                      else "",
                "campus_member_of_attribute": "seeAlso"}), \
            campus.auth() as auth:
        assert not auth.logins([login])[0].ok
        with directory.changed(dave, seeAlso=group):
            reply = auth.logins([login])[0]
            assert reply.ok and reply.user == "chemistry"
        assert not auth.logins([login])[0].ok
