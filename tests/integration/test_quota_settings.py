# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Quota on sites with other settings."""

import re
import socket

import pytest

from testenv.folders import newcomer, ok
from testenv.people import ALICE, Login
from testenv.quotas import fields_of, limit_of, tokens
from testenv.wait import until

GB = 1 << 30
# What 90-campus.conf says for everybody.
DEFAULT = 5 * GB


def test_two_values(second_campus):
    """A directory whose attribute may have several."""
    campus = second_campus
    with campus.dovecot.configured(
            campus={"campus_quota_attribute": "description"}), \
            campus.directory.person("several", description=["5G", "6G"]), \
            campus.logged_in("imap", Login("several", "test-secret")) as imap:
        mark = campus.log.mark()
        assert limit_of(imap) == DEFAULT
        campus.doveadm("user", "several")
        campus.log.wait_for(r"description is left out: Quota '[56]G, [56]G' is "
                            "not a number", mark)


def test_no_attribute(second_campus):
    """Empty settings: the directory is not asked."""
    campus = second_campus
    none = {f"campus_quota_{level}attribute": ""
            for level in ("", "warn_", "send_")}
    with campus.dovecot.configured(campus=none):
        mark = campus.log.mark()
        assert not [name for name in fields_of(campus, "chemistry")
                    if "quota" in name]
        assert not campus.log.lines("left out", mark)


@pytest.mark.parametrize("value", ("storage", "messages", "both", "none"))
def test_capability_says_what_is_limited(second_campus, value):
    lines = {
        "2.3": {"storage": "*:storage=1G", "messages": "*:messages=100",
                "both": "*:storage=1G:messages=100", "none": "*:storage=0"},
        "2.4": {"storage": ("1G", "unlimited"), "messages": ("0", "100"),
                "both": ("1G", "100"), "none": ("unlimited", "unlimited")},
    }[second_campus.dovecot.series][value]
    core = f"plugin {{\n  quota_rule = {lines}\n}}\n" \
        if isinstance(lines, str) else \
        f"quota_storage_size = {lines[0]}\nquota_message_count = {lines[1]}\n"
    expected = {"storage": {"STORAGE"}, "messages": {"MESSAGE"},
                "both": {"STORAGE", "MESSAGE"}, "none": set()}[value]
    with second_campus.dovecot.configured(core), newcomer(second_campus) as \
            person, second_campus.logged_in("imap", person) as imap:
        assert tokens(imap) == \
            {"QUOTA", *(f"QUOTA=RES-{name}" for name in expected)}
        text = b"\n".join(ok(imap.command("GETQUOTAROOT INBOX"))).decode()
        for name in ("STORAGE", "MESSAGE"):
            assert (f"{name} 0 " in text) == (name in expected), text


@pytest.mark.parametrize("missing", ("imap_quota", "quota imap_quota"))
def test_what_it_needs_is_missing(second_campus, missing):
    """The log says which plugin; nobody is left without a word."""
    plugins = [name for name in
               "campus_folders acl campus_acl quota imap_quota "
               "imap_campus_quota".split() if name not in missing.split()]
    core = {"2.3": "mail_plugins = campus_folders acl campus_acl\n"
                   f"protocol imap {{\n  mail_plugins = {' '.join(plugins)}\n"
                   "}\n",
            "2.4": "protocol imap {\n  mail_plugins {\n" +
                   "".join(f"    {name} = no\n" for name in missing.split()) +
                   "  }\n}\n"}
    with second_campus.dovecot.configured(core[second_campus.dovecot.series]):
        mark = second_campus.log.mark()
        with second_campus.connect("imap") as imap:
            imap.login(Login(ALICE.uid, ALICE.password))
            second_campus.log.wait_for(
                f"campus_quota.*[Pp]lugin.*{missing.split()[0]}", mark)


def test_without_the_plugin(second_campus):
    """A line of the site's own that does not name it: stock answers."""
    core = {"2.3": "protocol imap {\n  mail_plugins = campus_folders acl "
                   "campus_acl quota imap_quota\n}\n",
            "2.4": "protocol imap {\n  mail_plugins {\n"
                   "    imap_campus_quota = no\n  }\n}\n"}
    with second_campus.dovecot.configured(
            core[second_campus.dovecot.series]), \
            second_campus.logged_in(
                "imap", Login(ALICE.uid, ALICE.password)) as imap:
        assert tokens(imap) == {"QUOTA"}
        reply, _ = imap.command("STATUS INBOX (DELETED)")
        assert reply.startswith(b"BAD")


def policy(path, **attributes):
    """What a policy server of Postfix answers."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(20)
        sock.connect(str(path))
        sock.sendall("".join(
            f"{name}={value}\n" for name, value in
            {"request": "smtpd_access_policy", **attributes}.items()).encode()
            + b"\n")
        data = b""
        while not data.endswith(b"\n\n"):
            data += sock.recv(4096)
        return data.decode().strip().removeprefix("action=")


def shipped_service(campus, name, listener):
    """A service that 90-campus.conf offers to Postfix, its listener switched
    on; and the listener's path."""
    shipped = (campus.dovecot.etc / "conf.d/90-campus.conf").read_text()
    text = re.search(rf"^service {name} \{{.*?^\}}", shipped,
                     re.S | re.M).group()
    path = campus.dir / "run/policy"
    text = re.sub(r"^  #", "  ", text, flags=re.M) \
        .replace(f"/var/spool/postfix/private/{listener}", str(path))
    assert str(path) in text
    return text, path


def test_policy_for_postfix(second_campus):
    """The service that 90-campus.conf offers, its listener switched on."""
    campus = second_campus
    text, path = shipped_service(campus, "quota-status", "dovecot-quota")
    with campus.dovecot.configured(text), newcomer(campus) as person:
        address = f"{person.name}@campus.example"

        def ask(recipient=address, **more):
            return policy(path, protocol_state="RCPT", recipient=recipient,
                          **more)
        assert ask(size=1000) == "DUNNO"
        assert ask("nobody-of-that-name@campus.example") == "DUNNO"
        assert ask("physics@campus.example", size=1000) == "DUNNO"
        dn = campus.directory.person_dn(person.name)
        with campus.directory.changed(dn, campusQuota="1M"):
            assert ask(size=1000) == "DUNNO"
            assert ask(size=100 << 20) == "552 5.2.2 Mailbox is full"
        with campus.directory.changed(dn, campusQuota="1"):
            reply = campus.deliver(address, "fills it")
            assert reply.startswith(b"250"), reply
            assert ask() == "552 5.2.2 Mailbox is full"
        with campus.directory.changed(dn, campusQuota="0"):
            assert ask() == "DUNNO"


## Who may send, asked by Postfix

def send_service(campus, core=""):
    """Dovecot with the service that 90-campus.conf offers, and how to ask."""
    text, path = shipped_service(campus, "campus-send-status", "dovecot-send")
    # the demo's program, where Dovecot's own are not its
    text = re.sub(r"^  executable = .*\n", "", text, flags=re.M)

    def ask(name, **more):
        return policy(path, protocol_state="RCPT", sasl_username=name,
                      sender="x@campus.example", **more)
    return campus.dovecot.configured(text + "\n" + core), ask


def test_send_policy(second_campus):
    campus = second_campus
    service, ask = send_service(campus)
    with service, newcomer(campus) as person:
        name = person.name
        with campus.directory.changed(campus.directory.person_dn(name),
                                      campusQuotaSend="1K"):
            assert ask(name) == "DUNNO"
            campus.doveadm("save", "-u", name, "-m", "INBOX",
                           stdin=b"Subject: x\r\n\r\n" + 2000 * b"x")
            reply = ask(name)
            assert reply.startswith("552 5.2.2 This mailbox holds 2"), reply
            # whatever else Postfix tells
            assert ask(name, recipient="physics@campus.example",
                       size=1) == reply
        assert ask(name) == "DUNNO"
        # an account that has no mailbox; nobody
        assert ask("nobody-of-that-name") == "DUNNO"
        assert ask("") == "DUNNO"
        # one connection, several requests
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(str(campus.dir / "run/policy"))
            with campus.directory.changed(campus.directory.person_dn(name),
                                          campusQuotaSend="1K"):
                sock.sendall(f"sasl_username={name}\n\nsasl_username=\n\n"
                             .encode())
                data = b""
                while data.count(b"\n\n") < 2:
                    data += sock.recv(4096)
            first, second, _ = data.split(b"\n\n")
            assert first.startswith(b"action=552 5.2.2 ")
            assert second == b"action=DUNNO"


LATER = "DEFER_IF_PERMIT 4.3.0 It cannot be told at the moment how full this " \
    "mailbox is. Try again later"


def test_send_policy_without_the_directory(second_campus):
    """In doubt: later."""
    campus = second_campus
    service, ask = send_service(campus)
    with service:
        campus.directory.kill()
        try:
            mark = campus.log.mark()
            assert ask("abcd0001") == LATER
            campus.log.wait_for("campus_quota: cannot tell whether 'abcd0001' "
                                "may send: ", mark)
        finally:
            campus.directory.start()
        until(lambda: ask("abcd0001") == "DUNNO", "the directory is back")


def test_send_policy_without_the_plugin(second_campus):
    """A line of the site's own that does not name it: later, and the log says
    why."""
    campus = second_campus
    core = {"2.3": "mail_plugins = campus_folders acl campus_acl quota\n",
            "2.4": "mail_plugins {\n  campus_quota = no\n}\n"}
    service, ask = send_service(campus, core[campus.dovecot.series])
    with service:
        mark = campus.log.mark()
        assert ask("abcd0001") == LATER
        campus.log.wait_for("campus_quota: cannot tell whether 'abcd0001' may "
                            "send: the plugin campus_quota is not loaded", mark)


## The warning's text

TEXT = """Postfach {mailbox} fast voll: über {warn}

Es enthält {used}, über 90 %.
Ab {send} …
Ab {receive} kommt nichts mehr an.
"""


def warning(campus, text):
    """The message to a new mailbox, where campus_quota_warn_text is so, and the
    end of the log since."""
    line = f"campus_quota_warn_text = {text}\n"
    core = {"2.3": f"plugin {{\n  {line}}}\n",
            "2.4": line}[campus.dovecot.series]
    with campus.dovecot.configured(core), newcomer(campus) as person, \
            campus.directory.changed(campus.directory.person_dn(person.name),
                                     campusQuotaWarn="1K"):
        mark = campus.log.mark()
        reply = campus.deliver(f"{person.name}@campus.example", "x",
                               2000 * "x" + "\n")
        assert reply.startswith(b"250"), reply
        inbox = campus.dir / "mail" / person.name / "Maildir/new"
        found = until(lambda: [path.read_text("utf-8")
                               for path in inbox.iterdir()
                               if "Auto-Submitted" in
                               path.read_text("utf-8")],
                      "the warning is there")
        return person.name, found, mark


def test_warning_text_from_a_file(second_campus):
    path = second_campus.dir / "warning.txt"
    # 2.3 expands variables
    percent = {"2.3": "%%", "2.4": "%"}[second_campus.dovecot.series]
    path.write_text(TEXT.replace("%", percent), "utf-8")
    path.chmod(0o600)
    name, (message,), _ = warning(second_campus, f"<{path}")
    head, body = message.split("\n\n", 1)
    assert "Subject: =?utf-8?" in head or \
        f"Subject: Postfach {name} fast voll: =?utf-8?" in head
    assert "\nContent-Type: text/plain; charset=utf-8\n" in head
    assert re.fullmatch(r"\nEs enthält 2\d\d\d bytes, über 90 %\.\n"
                        r"Ab 5120 MB kommt nichts mehr an\.\n", body), body


def test_bad_warning_text(second_campus):
    campus = second_campus
    if campus.dovecot.series == "2.3":
        name, (message,), mark = warning(campus, "Full: {user}")
        assert f"Subject: The mailbox {name} is nearly full\n" in message
        campus.log.wait_for(
            r"campus_quota: the built-in text is used: "
            r"campus_quota_warn_text: '\{user\}' is none of", mark)
    else:
        campus.dovecot.configure("campus_quota_warn_text = Full: {user}\n")
        try:
            done = campus.exec("doveconf", check=False)
        finally:
            campus.dovecot.reset()
        assert done.returncode != 0
        assert b"campus_quota_warn_text: '{user}' is none of" in done.stderr
