# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Entries that a directory should not have, or that only look alike: refuse on
doubt, and never take one for the other."""

import contextlib
import datetime

import pytest

from testenv.people import ALICE, BOB, DAVE, Login
from testenv.lmtp import Lmtp
from testenv.wire import PROTOCOLS, side_by_side

PASSWORD = "test-secret"


def recipient(campus, address):
    with Lmtp(("127.0.0.1", campus.port("lmtp")), campus.ca) as lmtp:
        return lmtp.recipient(address)


def test_two_entries_with_one_uid(campus, auth):
    """Temporary, in every spelling and for mail too; the log names both."""
    with campus.directory.person("twin", rdn="twin one") as one, \
            campus.directory.person("twin", rdn="twin two") as two:
        mark = campus.log.mark()
        for name in ("twin", "CAMPUS/twin", "twin@campus.example",
                     "CAMPUS\\twin\\physics"):
            reply = auth.login(name, PASSWORD)
            assert not reply.ok and reply.temporary, name
        line = campus.log.wait_for("Error.*twin one", mark)[0]
        assert one in line and two in line
        assert recipient(campus, "twin").startswith(b"451 4.3.0")
        assert recipient(campus, "twin@campus.example").startswith(b"451")


@pytest.mark.parametrize("attribute", ("mail", "campusMailAlias"))
def test_two_people_with_one_address(campus, auth, attribute):
    address = {attribute: "shared@campus.example"}
    with campus.directory.person("share1", **address), \
            campus.directory.person("share2", **address):
        mark = campus.log.mark()
        reply = auth.login("shared@campus.example", PASSWORD)
        assert not reply.ok and reply.temporary
        campus.log.wait_for("share1.*share2|share2.*share1", mark)
        assert recipient(campus, "shared@campus.example").startswith(b"451")
        # by uid there is no doubt
        assert auth.login("share1", PASSWORD).ok


@pytest.mark.parametrize("taken", (ALICE.mail, ALICE.address))
def test_unique_address_beats_an_alias(campus, auth, taken):
    """Somebody's alias is someone else's address or uid: the latter's it is,
    and the collision is logged."""
    with campus.directory.person("greedy", campusMailAlias=taken) as dn:
        mark = campus.log.mark()
        reply = auth.login(taken, ALICE.password)
        assert reply.ok and reply.user == ALICE.uid
        campus.log.wait_for(dn, mark)
        assert not auth.login(taken, PASSWORD).ok
        assert recipient(campus, taken).startswith(b"250")
        reply = campus.deliver(taken, f"for the owner of {taken}")
        assert reply.startswith(b"250")
        assert f"for the owner of {taken}" in campus.subjects(ALICE.uid)


def test_alias_that_is_a_uid(campus, auth):
    """Without @ a name is a uid only."""
    with campus.directory.person("greedy", campusMailAlias="abcd0001"):
        assert auth.login("abcd0001", ALICE.password).user == ALICE.uid
        assert not auth.login("abcd0001", PASSWORD).ok


@pytest.mark.parametrize("uid", ("root", "dovecot", "owner", "anyone",
                                 "anonymous", "authenticated",
                                 "administrators", "campus.example", "campus",
                                 "..", "a/b", "-dash", "sp ace", "x" * 65,
                                 "a@b@c", "caf\u00e9"))
def test_uid_that_must_not_become_a_name(campus, auth, uid):
    """Reserved, or no fit name for a directory: never let in, an error that
    names it, and no mailbox of that name."""
    with campus.directory.person(uid, rdn="odd one",
                                 mail="odd.one@campus.example"):
        mark = campus.log.mark()
        reply = auth.login("odd.one@campus.example", PASSWORD)
        assert not reply.ok and reply.temporary, reply
        campus.log.wait_for("Error.*odd one", mark)
        assert recipient(campus, "odd.one@campus.example").startswith(b"451")
        assert uid not in campus.doveadm("user", "*").split()
    assert not (campus.dir / "mail" / uid / "Maildir").exists() \
        or uid in ("..",)


def test_upper_case_uid_becomes_lower_case(campus, auth):
    with campus.directory.person("MixedCase"):
        for name in ("mixedcase", "MixedCase", "MIXEDCASE@campus.example"):
            reply = auth.login(name, PASSWORD)
            assert reply.ok and reply.user == "mixedcase"


def test_person_and_project_of_one_uid(campus, auth):
    """Two entries, one identity: nobody gets in, no mail is misdelivered."""
    with campus.directory.person("physics", rdn="false physics"):
        mark = campus.log.mark()
        for login in (Login("physics", PASSWORD),
                      Login("CAMPUS/abcd0001/physics", ALICE.password)):
            reply = auth.logins([login])[0]
            assert not reply.ok and reply.temporary, login
        campus.log.wait_for("false physics", mark)
        assert recipient(campus, "physics").startswith(b"451")
    assert auth.login("CAMPUS/abcd0001/physics", ALICE.password).ok


def test_person_as_mailbox(campus, auth):
    """Not even one whom the entry names as owner."""
    alice = campus.directory.person_dn(ALICE.uid)
    elsewhere = auth.login("CAMPUS/abcd0001/no-such-mailbox",
                           ALICE.password).without_name()
    for name in ("CAMPUS/abcd0001/abcd0002", f"CAMPUS/abcd0001/{BOB.mail}",
                 "abcd0002*abcd0001"):
        assert auth.login(name, ALICE.password).without_name() == elsewhere
    with contextlib.ExitStack() as stack:
        dn = campus.directory.person_dn(BOB.uid)
        classes = campus.directory.attributes(dn)["objectClass"]
        stack.enter_context(campus.directory.changed(
            dn, objectClass=[*classes, b"campusProject"], campusOwner=alice))
        reply = auth.login("CAMPUS/abcd0001/abcd0002", ALICE.password)
        assert not reply.ok


def test_uid_with_a_domain_is_found_by_itself(campus, auth):
    """... and never by somebody else who has it as an alias."""
    uid = "q.at@campus.example"
    with campus.directory.person(uid, mail="quentin@campus.example"), \
            campus.directory.person("eve3", campusMailAlias=uid):
        for name in (uid, "quentin@campus.example"):
            reply = auth.login(name, PASSWORD)
            assert reply.ok and reply.user == uid
        assert campus.doveadm("user", "-f", "home",
                              uid).strip().endswith(f"/{uid}")


def test_uid_with_a_domain_may_be_an_address_of_the_other_kind(campus, auth):
    """A person's uid that a project mailbox has for an alias, and the reverse:
    they have two homes."""
    uid = "q.at@campus.example"
    directory = campus.directory
    with directory.person(uid, mail="quentin@campus.example"), \
            directory.changed(directory.project_dn("physics"),
                              campusMailAlias=uid):
        for name in (uid, "quentin@campus.example"):
            reply = auth.login(name, PASSWORD)
            assert reply.ok and reply.user == uid
    with directory.project(uid, campusOwner=directory.person_dn(ALICE.uid)), \
            directory.person("eve4", campusMailAlias=uid):
        reply = auth.login(f"{ALICE.uid}/{uid}", ALICE.password)
        assert reply.ok and reply.user == uid


def test_many_entries_of_one_name_are_named(campus, auth):
    """More than we ask for."""
    alias = "shared@campus.example"
    uids = [f"share{number}" for number in range(4)]
    with contextlib.ExitStack() as stack:
        for uid in uids:
            stack.enter_context(campus.directory.person(
                uid, campusMailAlias=alias))
        mark = campus.log.mark()
        reply = auth.login(alias, PASSWORD)
        assert not reply.ok and reply.temporary
        line, = campus.log.wait_for("rule=person-unsure", mark)
    assert f"have the name '{alias}'" in line
    assert sum(f"'uid={uid}," in line for uid in uids) == 3


def test_uid_that_is_another_ones_login_name(campus, auth):
    """uid@login-domain of one and the whole uid of the other: unclear."""
    with campus.directory.person("abcd0001@campus.example",
                                 mail="stranger@campus.example"):
        for password in (ALICE.password, PASSWORD):
            reply = auth.login("abcd0001@campus.example", password)
            assert not reply.ok and reply.temporary
        assert recipient(campus,
                         "abcd0001@campus.example").startswith(b"451")
        assert auth.login("abcd0001", ALICE.password).ok


@pytest.mark.parametrize("local", ("eve=8", "eve!8", "eve#8", "eve$8", "eve?8",
                                   "eve^8", "eve`8", "eve{8}", "eve|8",
                                   "eve~8", "o'neil", "a&b"))
def test_characters_of_an_address(campus, auth, local):
    """What RFC 5322 lets stand in an address is not refused unasked."""
    with campus.directory.person("eve8", mail=f"{local}@campus.example"):
        reply = auth.login(f"{local}@campus.example", PASSWORD)
        assert reply.ok and reply.user == "eve8"
        assert recipient(campus, f"{local}@campus.example").startswith(b"250")


def test_alias_of_a_person_and_address_of_a_project(campus, auth):
    """The unique address is meant, not the alias of who asks."""
    alice = campus.directory.person_dn(ALICE.uid)
    with campus.directory.changed(alice, campusMailAlias=[
            "alice@campus.example", "alice@old-campus.example",
            "chemistry@campus.example"]):
        mark = campus.log.mark()
        reply = auth.login("abcd0001/chemistry@campus.example", ALICE.password)
        assert not reply.ok and reply.fields["code"] == "user_disabled"
        campus.log.wait_for("Warning.*chemistry@campus.example", mark)
        reply = auth.login("abcd0002/chemistry@campus.example", BOB.password)
        assert reply.ok and reply.user == "chemistry"


def test_alias_of_a_project_and_address_of_a_person(campus, auth):
    """Nobody opens another person's address, whatever a project says."""
    with campus.directory.changed(campus.directory.project_dn("physics"),
                                  campusMailAlias=BOB.mail):
        reply = auth.login(f"abcd0001/{BOB.mail}", ALICE.password)
        assert not reply.ok and reply.fields["code"] == "user_disabled"
        reply = auth.login(f"abcd0002/{BOB.mail}", BOB.password)
        assert reply.ok and reply.user == BOB.uid


@pytest.mark.parametrize("value", ("%{foo", "%{env:PATH}", "5G%"))
def test_value_that_dovecot_would_expand(campus, value):
    """Left out, with an error; the mailbox stays open."""
    dn = campus.directory.project_dn("physics")
    with campus.directory.changed(dn, campusMailHost=value):
        mark = campus.log.mark()
        assert campus.doveadm("user", "-f", "home", "physics").strip()
        campus.log.wait_for("Error.*campus_mail_host is left out", mark)
        login = Login("CAMPUS/abcd0001/physics", ALICE.password)
        campus.logged_in("imap", login).command("LOGOUT")


def test_mailbox_as_person(campus, auth):
    """A password on the project's entry lets nobody in."""
    wrong = auth.login("nobody79", "wrong").without_name()
    classes = campus.directory.attributes(
        campus.directory.project_dn("physics"))["objectClass"]
    with campus.directory.project(
            "staffed", userPassword=PASSWORD,
            objectClass=[*classes, b"simpleSecurityObject"]):
        for name in ("staffed", "staffed@campus.example", "CAMPUS/staffed",
                     "CAMPUS/staffed/physics", "CAMPUS/staffed/staffed"):
            assert auth.login(name, PASSWORD).without_name() == wrong, name


def days_from_now(days):
    return str((datetime.datetime.now(datetime.timezone.utc) -
                datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
               .days + days)


def test_expired_account(campus, auth):
    """shadowExpire: as a locked one, that is, as a wrong password; but mail
    still arrives."""
    dn = campus.directory.person_dn(DAVE.uid)
    classes = campus.directory.attributes(dn)["objectClass"]
    if b"shadowAccount" not in classes:
        classes = [*classes, b"shadowAccount"]
    with campus.directory.changed(dn, objectClass=classes,
                                  shadowExpire=days_from_now(-1)):
        for protocol in PROTOCOLS:
            login = Login(DAVE.uid, DAVE.password)
            wrong, expired = side_by_side(
                lambda login, protocol=protocol:
                campus.answer(protocol, login),
                (Login(DAVE.uid, "wrong"), login))
            assert expired == wrong
        assert recipient(campus, DAVE.mail).startswith(b"250")
    with campus.directory.changed(dn, objectClass=classes,
                                  shadowExpire=days_from_now(2)):
        assert auth.login(DAVE.uid, DAVE.password).ok


def test_revoked_ownership_counts_at_once(campus, auth):
    dn = campus.directory.project_dn("physics")
    login = Login("CAMPUS/abcd0001/physics", ALICE.password)
    assert auth.logins([login])[0].ok
    with campus.directory.changed(dn, campusOwner=campus.directory.person_dn(
            DAVE.uid)):
        assert not auth.logins([login])[0].ok
        assert auth.login("CAMPUS/abcd0004/physics", DAVE.password).ok
    assert auth.logins([login])[0].ok


def test_mail_host_is_handed_on(campus):
    dn = campus.directory.project_dn("physics")
    with campus.directory.changed(dn, campusMailHost="mail2.campus.example"):
        assert campus.doveadm("user", "-f", "campus_mail_host",
                              "physics").strip() == "mail2.campus.example"


@pytest.mark.parametrize("name", ("mail.campus.example", "5000", "x=y"))
def test_directory_values_name_no_field(campus, name):
    """A value with a field's syntax stays a value."""
    dn = campus.directory.project_dn("physics")
    value = f"{name}\tuid=0\thome=/"
    with campus.directory.changed(dn, campusMailHost=value):
        done = campus.exec("doveadm", "user", "-f", "uid", "physics",
                           check=False)
        assert done.stdout.strip() != b"0"
