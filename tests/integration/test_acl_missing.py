# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Service row F6: whoever is not the owner of a project mailbox gets in only
where rights are enforced, on every protocol."""

import contextlib
import re

import pytest

from testenv.people import ALICE, BOB, CAROL, Login
from testenv.wait import until
from testenv.wire import PROTOCOLS

MAIL = ("imap", "pop3", "submission")


def physics(person):
    return Login(f"CAMPUS/{person.uid}/physics", person.password)


def first_command(campus, protocol, login):
    """Is the session there after a login that the auth process let through?
    False if Dovecot ended it before the first command."""
    with campus.connect(protocol) as conn:
        reply = conn.login(login)
        if not conn.accepted(reply):
            return False
        answer = {"imap": lambda: conn.command("NOOP")[0],
                  "pop3": lambda: conn.command("NOOP"),
                  "submission": lambda: conn.command("NOOP"),
                  "sieve": lambda: conn.command("NOOP")}[protocol]()
        return answer.startswith((b"OK", b"+OK", b"250"))


def people(protocol):
    return (BOB,) if protocol == "submission" else (BOB, CAROL)


@pytest.mark.parametrize("protocol", MAIL)
def test_shipped(second_campus, protocol):
    for person in people(protocol):
        assert first_command(second_campus, protocol, physics(person))


# What an administrator may have forgotten or lost, by series; the words are
# those of a line that says what is missing.
ACL_OFF = {"2.3": "plugin {\n  acl =\n}\n", "2.4": "acl_driver =\n"}
IGNORED = {"2.3": "plugin {\n  acl_ignore_namespace = INBOX.\n}\n",
           "2.4": "acl_ignore = yes\n"}


@pytest.mark.parametrize("core,words", (
    (ACL_OFF, "campus_acl: ACLs are off: set acl"),
    (IGNORED, "campus_acl: ACLs are ignored in the namespace"),
), ids=("off", "ignored"))
def test_rights_are_not_enforced(second_campus, core, words):
    with second_campus.dovecot.configured(
            core=core[second_campus.dovecot.series]):
        for protocol in MAIL:
            for person in people(protocol):
                mark = second_campus.log.mark()
                assert not first_command(second_campus, protocol,
                                         physics(person)), (protocol, person)
                second_campus.log.wait_for(words, mark)
        for protocol in PROTOCOLS:
            assert first_command(second_campus, protocol, physics(ALICE))
            assert first_command(second_campus, protocol,
                                 Login(BOB.uid, BOB.password))


@contextlib.contextmanager
def without_plugins(campus, *plugins):
    """A Dovecot whose configuration does not name these plugins."""
    if {"campus_acl", "imap_acl"} & set(plugins):
        # it wants both of them, and would end each session itself
        plugins += ("imap_campus_acl",)
    path = campus.dovecot.etc / "conf.d/90-campus.conf"
    shipped = path.read_text()
    text = shipped
    for plugin in plugins:
        text = re.sub(rf"(mail_plugins = .*) {plugin}\b", r"\1", text)
        text = re.sub(rf"^ *{plugin} = yes\n", "", text, flags=re.M)
    assert text != shipped
    path.write_text(text)
    try:
        with campus.dovecot.configured():
            yield
    finally:
        path.write_text(shipped)
        campus.dovecot.restart()


@contextlib.contextmanager
def without_module(campus, name):
    path, = (campus.dir / "modules").rglob(name)
    aside = campus.dir / name
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


def test_campus_acl_is_not_installed(second_campus):
    """The login itself asks for it, whatever is configured."""
    with without_plugins(second_campus, "campus_acl"), \
            without_module(second_campus, "lib04_campus_acl_plugin.so"):
        for protocol in MAIL:
            for person in people(protocol):
                mark = second_campus.log.mark()
                assert not first_command(second_campus, protocol,
                                         physics(person)), protocol
                second_campus.log.wait_for("Plugin 'campus_acl' not found",
                                           mark)
            # after a process that could not start Dovecot waits a little
            until(lambda p=protocol: first_command(
                second_campus, p, Login(ALICE.uid, ALICE.password)),
                f"{protocol} serves other people")


def test_acl_is_not_installed(second_campus):
    """2.4 does not even start on settings of a plugin that is not there."""
    with without_plugins(second_campus, "acl", "campus_acl", "imap_acl"), \
            without_module(second_campus, "lib01_acl_plugin.so"):
        if second_campus.dovecot.series != "2.3":
            done = second_campus.exec("doveconf", "-n", check=False)
            assert done.returncode != 0
            assert b"acl_driver" in done.stderr
            return
        for protocol in MAIL:
            for person in people(protocol):
                mark = second_campus.log.mark()
                assert not first_command(second_campus, protocol,
                                         physics(person)), protocol
                second_campus.log.wait_for(
                    "Plugin 'acl' not found|"
                    "campus_acl_plugin.*Plugin acl must be loaded", mark)


@pytest.mark.parametrize("plugins", (
    ("acl",), ("campus_acl",), ("imap_acl",), ("acl", "campus_acl"),
    ("acl", "campus_acl", "imap_acl"),
    ("campus_folders", "acl", "campus_acl", "imap_campus_folders",
     "imap_acl")), ids="-".join)
def test_plugin_is_not_in_the_configuration(second_campus, plugins):
    """The login asks for it, so rights are enforced all the same; but a program
    with a plugin that wants acl does not even start without it."""
    with without_plugins(second_campus, *plugins):
        for protocol in MAIL:
            needed = {"campus_acl", "imap_acl"} if protocol == "imap" else \
                {"campus_acl"}
            ends = "acl" in plugins and needed - set(plugins)
            for person in people(protocol):
                mark = second_campus.log.mark()
                assert first_command(second_campus, protocol,
                                     physics(person)) == (not ends)
                if ends:
                    second_campus.log.wait_for("Plugin acl must be loaded",
                                               mark)
        if "acl" in plugins and "imap_acl" not in plugins:
            return
        with second_campus.logged_in("imap", physics(CAROL)) as conn:
            name = "INBOX.hers" if "campus_folders" not in plugins else "hers"
            assert conn.command("SELECT INBOX")[0].startswith(
                b"OK [READ-ONLY]")
            assert conn.command(f"CREATE {name}")[0].startswith(b"NO")


MASTER = {
    "2.3": """
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {0}
  master = yes
}}
""",
    "2.4": """
passdb passwd-file {{
  driver = passwd-file
  passwd_file_path = {0}
  default_password_scheme = PLAIN
  master = yes
}}
"""}


def test_role_is_absent_or_unknown(second_campus):
    """Somebody else's master user: Dovecot lets him in, campus_acl does not,
    unless the administrator says as what."""
    path = second_campus.dovecot.etc / "masters"
    fields = f"userdb_uid=5000 userdb_gid=5000 " \
             f"userdb_home={second_campus.dir}/mail/abcd0002"
    path.write_text("boss:boss-secret::::::\n" + "".join(
        f"{name}:boss-secret::::::{fields} userdb_campus_role={role}\n"
        for name, role in (("other", "admin"), ("none", "none"),
                           ("good", "owner"), ("looker", "reader"))))
    path.chmod(0o644)
    core = MASTER[second_campus.dovecot.series].format(path)
    with second_campus.dovecot.configured(core=core):
        for name, words in (
                ("boss", "'boss' opens the mailbox 'abcd0002' of somebody "
                         "else, and the userdb says nothing"),
                ("other", "unknown role campus_role=admin"),
                ("none", "unknown role campus_role=none")):
            for protocol in MAIL:
                mark = second_campus.log.mark()
                assert not first_command(
                    second_campus, protocol,
                    Login(f"abcd0002*{name}", "boss-secret")), (protocol, name)
                second_campus.log.wait_for(words, mark)
        for name, rights in (("good", b"lrwstipekxacd"), ("looker", b"lr")):
            with second_campus.logged_in(
                    "imap", Login(f"abcd0002*{name}", "boss-secret")) as conn:
                lines = conn.command("MYRIGHTS INBOX")[1]
                assert lines[0].split()[-1] == rights, lines


def test_without_prefetch(second_campus):
    """The role stays with the login where another userdb answers than the one
    that takes what the passdb has found."""
    path = second_campus.dovecot.etc / "conf.d/90-campus.conf"
    shipped = path.read_text()
    text = re.sub(r"^userdb( \w+)? {\n  driver = prefetch\n}\n", "", shipped,
                  flags=re.M)
    assert text != shipped
    path.write_text(text)
    try:
        with second_campus.dovecot.configured():
            for person, rights in ((ALICE, b"lrwstipekxacd"),
                                   (BOB, b"lrwstipekxcd"), (CAROL, b"lr")):
                with second_campus.logged_in("imap", physics(person)) as conn:
                    lines = conn.command("MYRIGHTS INBOX")[1]
                    assert lines[0].split()[-1] == rights, lines
    finally:
        path.write_text(shipped)
        second_campus.dovecot.restart()
