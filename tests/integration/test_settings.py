# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Settings that must stop the start, with a sentence that names the trouble."""

import pytest

from testenv.people import ALICE, BOB, CAROL, DAVE, GRACE, Login
from testenv.wait import until

BAD = [
    ("campus_servers", "http://localhost", "http://localhost"),
    ("campus_servers", "", "name at least one server"),
    ("campus_servers", "ldap://", "names no host"),
    ("campus_servers", "ldap://localhost " * 33, "more than 32 servers"),
    ("campus_server_order", "random", "neither listed nor balanced"),
    ("campus_starttls", "maybe", "maybe"),
    ("campus_tls_ca_file", "/nonexistent/ca.pem", "/nonexistent/ca.pem"),
    ("campus_service_dn", "", "campus_service_dn"),
    ("campus_service_password_file", "", "campus_service_password_file"),
    ("campus_service_password_file", "/nonexistent/secret",
     "/nonexistent/secret"),
    ("campus_people_base", "", "campus_people_base"),
    ("campus_people_filter", "(uid=", "campus_people_filter"),
    ("campus_people_filter", "(objectClass=a)(objectClass=b)",
     "campus_people_filter"),
    ("campus_projects_filter", "objectClass=x)(|(uid=*)",
     "campus_projects_filter"),
    ("campus_uid_attribute", "uid)(uid=*", "campus_uid_attribute"),
    ("campus_alias_attributes", "mail *", "campus_alias_attributes"),
    ("campus_domain", "CAM/PUS", "campus_domain"),
    ("campus_login_domains", "campus.example a@b", "campus_login_domains"),
    ("campus_mail_home", "/srv/mail", "%{user}"),
    ("campus_mail_home", "/srv/%{home}/%{user}", "campus_mail_home"),
    ("campus_mail_home", "srv/%{user}", "campus_mail_home"),
    ("campus_mail_uid", "no-such-system-user", "no-such-system-user"),
    ("campus_mail_uid", "0", "campus_mail_uid"),
    ("campus_mail_gid", "no-such-system-group", "no-such-system-group"),
    ("campus_owner_protocols", "imap carrier-pigeon", "carrier-pigeon"),
    ("campus_smtp_user", "persons", "campus_smtp_user: 'persons' is neither"),
    ("campus_smtp_user", "", "campus_smtp_user: '' is neither"),
    ("campus_group_depth", "many", "campus_group_depth"),
    ("campus_bind_connections", "0", "campus_bind_connections"),
    ("campus_login_timeout", "soon", "campus_login_timeout"),
    ("campus_bind_budget", "1", "set 2 or more"),
    ("campus_expire_attribute", "1.3.6.1.1.1.1.10", "numeric OID"),
    ("campus_tls_ca_file", "/nonexistent.pem", "campus_tls_ca_file: "),
    ("campus_bind_budget", "-1", "campus_bind_budget"),
    ("campus_bind_budget", "101", "campus_bind_budget"),
    ("campus_bind_budget_interval", "0", "campus_bind_budget_interval"),
    ("campus_bind_budget_interval", "25h", "campus_bind_budget_interval"),
    ("campus_locked_codes", "49", "campus_locked_codes"),
    ("campus_decoy_dn", "decoy", "campus_decoy_dn"),
    ("campus_expired_text", "[ALERT] x", "campus_expired_text"),
]


def refuses_to_start(campus, name, value, sentence):
    """The auth service (or Dovecot itself) does not start, and says why."""
    mark = campus.log.mark()
    campus.dovecot.stop()
    try:
        campus.dovecot.configure(campus={name: value})
        done = campus.dovecot.start(check=False)

        def said():
            # Again and again: Dovecot now and then loses the last line of a
            # process that ends.
            if done.returncode == 0:
                campus.dovecot.wake_auth()
            text = done.stderr.decode() + campus.log.since(mark)
            return [line for line in text.splitlines()
                    if ("Fatal" in line or "Error" in line) and sentence in line]
        try:
            until(said, f"a line about {name} with {sentence!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{done.stderr.decode()}"
                                 f"{campus.log.since(mark)}") from None
    finally:
        campus.dovecot.reset()
        campus.dovecot.restart()


@pytest.mark.parametrize("name,value,sentence", BAD)
def test_bad_setting(second_campus, name, value, sentence):
    if value == "" and second_campus.dovecot.series == "2.4":
        value = '""'
    elif second_campus.dovecot.series == "2.4" and "%" in value:
        value = f'"{value}"'
    refuses_to_start(second_campus, name, value, sentence)


def test_password_file_that_others_can_read(second_campus):
    path = second_campus.dir / "open-password"
    path.write_text("service-secret\n")
    path.chmod(0o644)
    refuses_to_start(second_campus, "campus_service_password_file", str(path),
                     str(path))


def test_empty_password_file(second_campus):
    path = second_campus.dir / "empty-password"
    path.write_text("\n")
    path.chmod(0o600)
    refuses_to_start(second_campus, "campus_service_password_file", str(path),
                     str(path))


def test_unknown_setting(second_campus):
    """On both series; on 2.4 the configuration itself is refused."""
    mark = second_campus.log.mark()
    second_campus.dovecot.stop()
    try:
        second_campus.dovecot.configure(campus={"campus_colour": "blue"})
        done = second_campus.dovecot.start(check=False)

        if done.returncode == 0:
            second_campus.dovecot.wake_auth()

        def said():
            return "campus_colour" in done.stderr.decode() + \
                second_campus.log.since(mark)
        until(said, "a line about campus_colour")
    finally:
        second_campus.dovecot.reset()
        second_campus.dovecot.restart()


def test_shipped_files_are_clean(second_campus):
    """doveconf -n has nothing to say about them."""
    done = second_campus.exec("doveconf", "-n")
    assert done.stderr == b""
    assert b"campus" in done.stdout
    for word in (b"service-secret", b"admin-secret"):
        assert word not in done.stdout


def test_missing_characters_are_warned_of(second_campus):
    """auth_username_chars without / and \\ shuts project logins out."""
    mark = second_campus.log.mark()
    with second_campus.dovecot.configured(
            core="auth_username_chars = "
                 "abcdefghijklmnopqrstuvwxyz01234567890.-_@"):
        second_campus.dovecot.until_ready()
        line = second_campus.log.wait_for("Warning: .*auth_username_chars",
                                          mark)[0]
        assert "campus" in line


@pytest.mark.parametrize("chars_format", ("%Lu", "%Ln"))
def test_any_username_format(second_campus, chars_format):
    """auth_username_format translates names before they are looked up; ours
    come from what was typed."""
    if second_campus.dovecot.series == "2.4":
        chars_format = {"%Lu": "%{user | lower}",
                        "%Ln": "%{user | username | lower}"}[chars_format]
    with second_campus.dovecot.configured(
            core=f'auth_username_format = "{chars_format}"\n'), \
            second_campus.auth() as auth:
        for name, mailbox in (("CAMPUS\\ABCD0001\\physics", "physics"),
                              ("ABCD0001@campus.example/physics", "physics"),
                              ("alice@old-campus.example", ALICE.uid),
                              ("physics*abcd0001", "physics")):
            reply = auth.login(name, ALICE.password)
            assert reply.ok and reply.user == mailbox, name


# service name as Dovecot and Postfix send it -> protocol of the setting
SERVICES = {"imap": "imap", "pop3": "pop3", "submission": "submission",
            "smtp": "submission", "sieve": "sieve", "managesieve": "sieve"}


def project_login(person):
    return Login(f"CAMPUS/{person.uid}/physics", person.password)


def test_roles_and_protocols_are_settings(second_campus):
    """Each role has the protocols that are set, and no more."""
    allowed = {ALICE: {"imap"}, BOB: {"imap", "sieve"},
               GRACE: {"imap", "sieve"}, CAROL: set(), DAVE: set()}
    settings = {"campus_owner_protocols": "imap",
                "campus_member_protocols": "imap sieve",
                "campus_reader_protocols": ""}
    with second_campus.dovecot.configured(campus=settings), \
            second_campus.auth() as auth:
        asked = [(person, service) for person in allowed
                 for service in sorted(SERVICES)]
        replies = auth.logins([(project_login(person), service)
                               for person, service in asked])
        for (person, service), reply in zip(asked, replies):
            assert reply.ok == (SERVICES[service] in allowed[person]), \
                (person, service)


def test_event_has_the_names_as_fields(second_campus):
    if second_campus.dovecot.series == "2.3":
        core = "event_exporter tests {\n  format = json\n" \
               "  format_args = time-rfc3339\n  transport = log\n}\n"
    else:
        core = "event_exporter tests {\n  driver = log\n  format = json\n" \
               "  time_format = rfc3339\n}\n"
    core += "metric campus_logins {\n  exporter = tests\n" \
            "  filter = event=campus_login_finished\n}\n"
    with second_campus.dovecot.configured(core=core):
        mark = second_campus.log.mark()
        with second_campus.auth() as auth:
            assert auth.login("CAMPUS\\abcd0001\\physics", ALICE.password).ok
            assert not auth.logins([project_login(DAVE)])[0].ok
        lines = second_campus.log.wait_for("campus_login_finished", mark, 2)
        for part in ('"person":"abcd0001"', '"mailbox":"physics"',
                     '"role":"owner"', '"rule":"owner"', '"protocol":"imap"'):
            assert part in lines[0]
        assert '"person":"abcd0004"' in lines[1]
