# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row F3: groups of the directory, nested ones too, as groups in ACLs:
those of who acts, all of them or no session."""

import contextlib
import re

import pytest

from testenv.fakedirectory import FakeDirectory, ber, message
from testenv.people import ALICE, BOB, CAROL, DAVE, GRACE, SUFFIX, Login
from testenv.projects import new_project
from testenv.wait import until
from testenv.wire import PROTOCOLS

GROUPS = f"ou=groups,{SUFFIX}"
# What Dovecot hands on from a login to the mail process: campus-groups.c.
MAX_BYTES = 6144


@pytest.fixture
def campus(second_campus):
    """One for all tests here, since some change its settings."""
    return second_campus


@pytest.fixture
def auth(second_campus):
    with second_campus.auth() as socket:
        yield socket


def own(person):
    return Login(person.uid, person.password)


def fields(campus, login):
    """What the userdb says about a login."""
    text = campus.doveadm("auth", "login", "-x", "service=imap", login.name,
                          login.password)
    return dict(line.strip().partition("=")[::2]
                for line in text.split("userdb extra fields:", 1)[1].splitlines()
                if "=" in line)


def groups(campus, login):
    """The groups of a login, None without that field."""
    value = fields(campus, login).get("acl_groups")
    if value is None:
        return None
    nobody = "-" if campus.dovecot.series == "2.3" else ""
    return [] if value == nobody else value.split(",")


def is_temporary(auth, login):
    reply = auth.logins([login])[0]
    return not reply.ok and reply.temporary


def rights(campus, login, folder):
    with campus.logged_in("imap", login) as conn:
        reply, lines = conn.command(f"MYRIGHTS {folder}")
        return "".join(sorted(lines[0].split()[-1].decode())) \
            if reply.startswith(b"OK") else ""


@contextlib.contextmanager
def many_groups(directory, member, names):
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(directory.group(name, [member]))
        yield


# -- which groups

@pytest.mark.parametrize("person,expected", (
    (ALICE, []),
    (BOB, ["physics-lab", "science"]),
    (DAVE, ["history-dept"]),
    (GRACE, ["interns", "physics-lab", "science"]),
), ids=("none", "nested", "direct", "three-deep"))
def test_own_mailbox(campus, person, expected):
    assert groups(campus, own(person)) == expected
    assert groups(campus, Login(person.mail, person.password)) == expected


@pytest.mark.parametrize("name", ("CAMPUS/abcd0002/chemistry",
                                  "CAMPUS\\abcd0002\\chemistry",
                                  "chemistry*abcd0002"))
def test_project_mailbox_has_the_groups_of_who_acts(campus, name):
    said = fields(campus, Login(name, BOB.password))
    assert said["master_user"] == BOB.uid
    assert said["acl_groups"] == "physics-lab,science"


def test_groups_that_the_project_is_in_are_not_meant(campus):
    directory = campus.directory
    with directory.group("mailboxes", [directory.project_dn("chemistry")]):
        assert groups(campus, Login("CAMPUS/abcd0002/chemistry",
                                    BOB.password)) == ["physics-lab",
                                                       "science"]


@pytest.mark.parametrize("name", (GRACE.uid, GRACE.mail, "physics"))
def test_nobody_acts_in_a_delivery(campus, name):
    assert "acl_groups" not in campus.doveadm("user", name)


def test_circle(campus):
    directory = campus.directory
    with directory.group("round-a", [directory.person_dn(DAVE.uid),
                                     f"cn=round-b,{GROUPS}"]), \
            directory.group("round-b", [f"cn=round-a,{GROUPS}"]):
        assert groups(campus, own(DAVE)) == ["history-dept", "round-a",
                                             "round-b"]


def test_a_change_counts_at_the_next_login(campus):
    directory = campus.directory
    with directory.group("newly", [directory.person_dn(DAVE.uid)]):
        assert groups(campus, own(DAVE)) == ["history-dept", "newly"]
    assert groups(campus, own(DAVE)) == ["history-dept"]


def test_more_than_a_page(campus):
    """600 groups do not fit into one page, nor into slapd's usual limit."""
    directory = campus.directory
    names = [f"g{number:03}" for number in range(600)]
    with many_groups(directory, directory.person_dn(DAVE.uid), names):
        assert groups(campus, own(DAVE)) == [*names, "history-dept"]


# -- names

def test_group_of_two_names(campus):
    directory = campus.directory
    with directory.entry(f"cn=Two,{GROUPS}", objectClass="groupOfNames",
                         cn=["Two", "zwei"],
                         member=directory.person_dn(DAVE.uid)):
        assert groups(campus, own(DAVE)) == ["history-dept", "two", "zwei"]


@pytest.mark.parametrize("name", ("the staff", "staff,all", "-dash", "owner",
                                  "anyone", "campus.example", "campus",
                                  "x" * 65, "%{env:PATH}", "a=b", "caf\u00e9"))
def test_name_that_is_none(campus, name):
    """Left out, and told once; it still counts for roles."""
    directory = campus.directory
    with directory.entry(f"ou=odd {name.encode().hex()},{GROUPS}",
                         objectClass=["groupOfNames", "extensibleObject"],
                         ou=f"odd {name.encode().hex()}", cn=name,
                         member=directory.person_dn(DAVE.uid)) as dn, \
            directory.project("odd", campusOwner=dn):
        mark = campus.log.mark()
        for _ in range(3):
            assert groups(campus, own(DAVE)) == ["history-dept"]
        said = fields(campus, Login("CAMPUS/abcd0004/odd", DAVE.password))
        assert said["campus_role"] == "owner"
        assert said["acl_groups"] == "history-dept"
        line, = campus.log.wait_for("Error: .*no group in ACLs", mark)
        assert dn in line


def test_groups_within_a_bad_one_count(campus):
    directory = campus.directory
    with directory.group("the Middle", [directory.person_dn(DAVE.uid)]) as dn, \
            directory.group("outer", [dn]):
        assert groups(campus, own(DAVE)) == ["history-dept", "outer"]


# -- all of them, or a temporary failure

def test_names_that_dovecot_cannot_carry(campus, auth):
    """A mail process reads at most 8 kB about its user. One name more than
    there is room for is no session without groups, but a temporary failure."""
    directory = campus.directory
    # with "history-dept" and commas this is the longest list that may be
    names = [f"n{number:063}" for number in range(94)]
    rest = MAX_BYTES - len(",".join(names)) - len(",history-dept,")
    names.append("z" * rest)
    dave = directory.person_dn(DAVE.uid)
    with many_groups(directory, dave, names):
        assert groups(campus, own(DAVE)) == sorted([*names, "history-dept"])
        for protocol in PROTOCOLS:
            campus.logged_in(protocol, own(DAVE)).close()
        with directory.group("o", [dave]):
            mark = campus.log.mark()
            assert is_temporary(auth, own(DAVE))
            line, = campus.log.wait_for("campus: login failed: .*groups-unsure",
                                        mark)
            assert str(MAX_BYTES) in line and "campus_groups_filter" in line
            wrong = auth.login(DAVE.uid, "wrong")
            assert not wrong.ok and not wrong.temporary
            assert not is_temporary(auth, own(BOB))


def test_a_thousand_long_names(campus, auth):
    """64 kB, and no more groups than campus_max_groups."""
    directory = campus.directory
    with many_groups(directory, directory.person_dn(DAVE.uid),
                     [f"n{number:063}" for number in range(999)]):
        mark = campus.log.mark()
        assert is_temporary(auth, own(DAVE))
        line, = campus.log.wait_for("campus: login failed: .*groups-unsure",
                                    mark)
        assert "1000 groups" in line and "64947 bytes" in line
        wrong = auth.login(DAVE.uid, "wrong")
        assert not wrong.ok and not wrong.temporary


# -- settings and trouble: on a Dovecot of one's own

def test_over_the_cap(second_campus):
    """Also of a project login; a wrong password is still told as such, and a
    person of fewer groups gets in."""
    campus = second_campus
    mark = campus.log.mark()
    with campus.dovecot.configured(campus={"campus_max_groups": 2}):
        with campus.auth() as auth:
            assert is_temporary(auth, own(GRACE))
            line, = campus.log.wait_for("campus: login failed: ", mark)
            assert "campus_max_groups=2" in line and "groups-unsure" in line
            assert is_temporary(auth, Login("CAMPUS/abcd0007/physics",
                                            GRACE.password))
            for name in (GRACE.uid, "CAMPUS/abcd0007/physics"):
                wrong = auth.login(name, "wrong")
                assert not wrong.ok and not wrong.temporary
        assert groups(campus, own(BOB)) == ["physics-lab", "science"]


@pytest.mark.parametrize("depth,expected", (
    (0, []), (1, ["interns"]), (2, ["interns", "physics-lab"]),
    (3, ["interns", "physics-lab", "science"])))
def test_depth(second_campus, depth, expected):
    with second_campus.dovecot.configured(campus={
            "campus_group_depth": depth}):
        assert groups(second_campus, own(GRACE)) == expected


@pytest.mark.parametrize("settings", ({"campus_acl_groups": "no"},
                                      {"campus_groups_base": ""}),
                         ids=("off", "no groups"))
def test_no_field(second_campus, settings):
    with second_campus.dovecot.configured(campus=settings):
        assert groups(second_campus, own(GRACE)) is None
        assert groups(second_campus, Login("CAMPUS/abcd0002/chemistry",
                                           BOB.password)) is None


def test_off_asks_for_no_groups(second_campus):
    """An ordinary login is then as cheap as before, whatever groups are."""
    with second_campus.dovecot.configured(campus={
            "campus_acl_groups": "no", "campus_max_groups": 1}):
        with second_campus.auth() as auth:
            assert auth.logins([own(GRACE)])[0].ok


def test_in_the_place_of_configured_groups(second_campus):
    core = "acl_groups = everybody" if second_campus.dovecot.series != "2.3" \
        else "plugin {\n  acl_groups = everybody\n}"
    with second_campus.dovecot.configured(core):
        for person, keeps in ((ALICE, True), (GRACE, False)):
            with second_campus.logged_in("imap", own(person)) as conn:
                conn.command("CREATE INBOX.configured")
            path = second_campus.dir / "mail" / person.uid / \
                "Maildir/.configured/dovecot-acl"
            path.write_text("-group=everybody r\n-group=science s\n")
            path.chmod(0o644)
            left = rights(second_campus, own(person), "INBOX.configured")
            assert "r" in left
            assert ("s" in left) == keeps


def test_another_name_attribute(second_campus):
    directory = second_campus.directory
    with directory.changed(f"cn=history-dept,{GROUPS}",
                           description="Historians"):
        with second_campus.dovecot.configured(campus={
                "campus_group_name_attribute": "description"}):
            assert groups(second_campus, own(DAVE)) == ["historians"]
            # the other groups have none
            with second_campus.auth() as auth:
                mark = second_campus.log.mark()
                assert is_temporary(auth, own(BOB))
            line = second_campus.log.wait_for("campus: login failed: ", mark)[0]
            assert f"cn=physics-lab,{GROUPS}" in line and "description" in line


@pytest.mark.parametrize("name,value", (("campus_acl_groups", "maybe"),
                                        ("campus_group_name_attribute", "a b"),
                                        ("campus_group_name_attribute", "")))
def test_bad_settings(second_campus, name, value):
    campus = second_campus
    mark = campus.log.mark()
    campus.dovecot.configure(campus={name: value})
    try:
        campus.dovecot.stop()
        done = campus.dovecot.start(check=False)
        campus.dovecot.wake_auth()
        text = done.stderr.decode()
        if name not in text:
            campus.log.wait_for(f"(Fatal|Error): .*{name}", mark)
    finally:
        campus.dovecot.reset()
        campus.dovecot.restart()


def test_member_of(second_campus):
    """memberOf without a member attribute to search by: such groups are read
    by themselves, those elsewhere are no groups here. person's attribute
    "description" stands for a memberOf that the server computes."""
    directory = second_campus.directory
    people = directory.person_dn(DAVE.uid).split(",", 1)[1]
    dave = directory.person_dn(DAVE.uid)
    alone = f"cn=dynamic,{GROUPS}"
    for depth, more in ((0, []), (5, ["history-dept", "outer"])):
        with second_campus.dovecot.configured(campus={
                "campus_member_of_attribute": "description",
                "campus_group_depth": depth}), \
                directory.group("dynamic", [directory.person_dn(ALICE.uid)]), \
                directory.group("outer", [alone]), \
                directory.changed(dave, description=[
                    alone, f"cn=elsewhere,{people}"]):
            assert groups(second_campus, own(DAVE)) == sorted(["dynamic",
                                                               *more])
            # a group that the directory does not show is a group that an ACL
            # may name
            with directory.changed(dave, description=[
                    alone, f"cn=hidden,{GROUPS}"]), \
                    second_campus.auth() as auth:
                mark = second_campus.log.mark()
                assert is_temporary(auth, own(DAVE))
                line, = second_campus.log.wait_for("campus: login failed: ",
                                                   mark)
                assert "cn=hidden" in line
                wrong = auth.login(DAVE.uid, "wrong")
                assert not wrong.ok and not wrong.temporary


ALICE_DN = f"uid=abcd0001,ou=people,{SUFFIX}"
PHYSICS_DN = f"uid=physics,ou=projects,{SUFFIX}"


class DyingDirectory(FakeDirectory):
    """Breaks off, is silent, refuses, or has only part of them when it is asked
    for groups."""

    fault = None

    def _search(self, sock, number, content):
        if GROUPS.encode() in content[:60] and self.fault is not None:
            if self.fault == "refers":
                sock.sendall(message(number, ber(0x73, ber(
                    0x04, b"ldap://elsewhere.example/ou=more"))))
                super()._search(sock, number, content)
            if self.fault == "dies":
                sock.close()
                raise OSError
            if self.fault == "refuses":
                self.search_code = 50
                try:
                    super()._search(sock, number, content)
                finally:
                    self.search_code = 0
            return
        super()._search(sock, number, content)


@pytest.mark.parametrize("fault", ("dies", "is silent", "refuses",
                                   "refers"))
def test_directory_fails_between(second_campus, authority, fault):
    """The person and the password are fine; of the groups it says nothing."""
    certificate, key = authority.issue("good")
    with DyingDirectory(certificate, key) as fake:
        fake.entries = [
            (b"abcd0001", ALICE_DN, {"uid": ["abcd0001"],
                                     "mail": [ALICE.mail]}),
            (b"physics", PHYSICS_DN, {"uid": ["physics"]}),
            (ALICE_DN.encode().lower(), PHYSICS_DN, {"uid": ["physics"]}),
            (b"=uid=abcd0001", f"cn=staff,{GROUPS}", {"cn": ["staff"]}),
            (b"uid=abcd0001,ou=people", f"cn=staff,{GROUPS}",
             {"cn": ["staff"]})]
        with second_campus.dovecot.configured(campus={
                "campus_servers": fake.uri,
                "campus_tls_ca_file": authority.ca}):
            assert groups(second_campus, own(ALICE)) == ["staff"]
            fake.fault = fault
            with second_campus.auth() as auth:
                mark = second_campus.log.mark()
                assert is_temporary(auth, own(ALICE))
                line, = second_campus.log.wait_for("campus: login failed: ",
                                                   mark)
                # a connection that breaks takes other searches along
                rule = "mailbox|groups" if fault == "dies" else "groups"
                assert re.search(f"rule=({rule})-unsure .*: search for",
                                 line), line
                fake.bind_code = 49

                def is_wrong():
                    reply = auth.login(ALICE.uid, "wrong")
                    assert not reply.ok
                    return fault == "dies" or not reply.temporary
                # soon after, since one search without an answer takes the
                # server out of use
                until(is_wrong, "a wrong password is wrong")


# -- in a session

def test_entries_for_groups(campus):
    """Positive and negative, direct and nested, of who acts: Carol is in no
    group, Grace in three."""
    dave = campus.directory.person_dn(DAVE.uid)
    with new_project(campus) as project:
        project.create("groups", "group=interns i", "group=science k",
                       "-group=physics-lab r", "group=history-dept a")
        assert rights(campus, project.login(CAROL), "INBOX.groups") == "lr"
        dn = campus.directory.project_dn(project.uid)
        with campus.directory.changed(dn, campusReader=[
                dave, campus.directory.person_dn(GRACE.uid)]):
            assert set(rights(campus, project.login(GRACE),
                              "INBOX.groups")) & set("lrswtikxa") == set("ilk")
            assert set(rights(campus, project.login(DAVE),
                              "INBOX.groups")) & set("lrswtikxa") == set("lra")


def test_dovecots_own_rule(second_campus):
    """Where ACL2=UNION is off, the acl plugin alone decides by the groups."""
    core = "campus_acl_union = no"
    if second_campus.dovecot.series == "2.3":
        core = f"plugin {{\n  {core}\n}}"
    with second_campus.dovecot.configured(core), \
            second_campus.logged_in("imap", own(GRACE)) as conn:
        conn.command("CREATE INBOX.stock")
        path = second_campus.dir / "mail" / GRACE.uid / \
            "Maildir/.stock/dovecot-acl"
        for group, expected in (("science", "lr"), ("strangers", None)):
            path.unlink(missing_ok=True)
            path.write_text(f"group-override={group} lr\n")
            path.chmod(0o644)
            said = rights(second_campus, own(GRACE), "INBOX.stock")
            if expected is not None:
                assert said == expected
            else:
                assert set("lrswtikxa") <= set(said)
