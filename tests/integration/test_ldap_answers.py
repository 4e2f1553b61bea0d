# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Whatever a directory server answers: the result that the table says, never
"wrong password" on doubt, no crash, no memory eaten, no flood of the log."""

import pathlib
import re

import pytest

from testenv.fakedirectory import (FakeDirectory, Trap, ber, ber_int, entry,
                                   message, result)
from testenv.people import ALICE, SUFFIX, Login
from testenv.tries import try_logins
from testenv.wait import until

OWN = Login(ALICE.uid, ALICE.password)
ALICE_DN = f"uid=abcd0001,ou=people,{SUFFIX}"
ALICE_ENTRY = {"uid": ["abcd0001"], "mail": [ALICE.mail],
               "objectClass": ["campusPerson"]}
# who is asked: our own bind, the person's; searches by their base
SERVICE, BIND = "service", "bind"
PEOPLE, PROJECTS, GROUPS = "ou=people", "ou=projects", "ou=groups"
# what comes of it; LOCKED is not told and so a wrong password to a program
OK, WRONG, EXPIRED, LOCKED, TEMPORARY = \
    "ok", "wrong", "expired", "locked", "temporary"

BIND_ANSWER, ENTRY, DONE, REFERENCE, EXTENDED = 0x61, 0x64, 0x65, 0x73, 0x78
PPOLICY = b"1.3.6.1.4.1.42.2.27.8.5.1"
PAGED = b"1.2.840.113556.1.4.319"
DISCONNECTION = b"1.3.6.1.4.1.1466.20036"
MEBI = 1 << 20
CONTROL_CHARACTERS = b"\x1b[2J\n\r\t\x07 \xe2\x80\xae\xc2\x85 "


TRAP = Trap()


# -- parts of answers

def control(oid, value=None, critical=False):
    return ber(0xA0, ber(0x30, ber(0x04, oid) +
                         (b"\x01\x01\xff" if critical else b"") +
                         (b"" if value is None else ber(0x04, value))))


def alice(number, attributes=None, name=ALICE_DN):
    return message(number, entry(
        name, ALICE_ENTRY if attributes is None else attributes))


def done(number, code=0):
    return message(number, result(DONE, code))


def one(attributes=None, name=ALICE_DN):
    """A reply: that one entry, and all is well."""
    return lambda number: alice(number, attributes, name) + done(number)


def with_more(*attributes):
    """Alice's entry with some more attributes: pairs."""
    return one([*ALICE_ENTRY.items(), *attributes])


def just(operation, controls=b""):
    return lambda number: message(number, operation, controls)


def raw(data):
    return lambda number: data


def code(number, tag):
    return just(result(tag, number))


def lying(length):
    """Alice's entry; the length of her uid's value is another."""
    good = entry(ALICE_DN, {"uid": ["abcd0001"]})
    return just(good.replace(b"\x04\x08abcd0001", length + b"abcd0001"))


def nested(depth):
    inner = b"\x04\x00"
    for _ in range(depth):
        inner = ber(0x30, inner)
    return inner


def pages(cookie):
    """An answer without groups that has more pages, for ever."""
    return just(result(DONE, 0), control(
        PAGED, ber(0x30, ber_int(0) + ber(0x04, cookie))))


def notice(oid, number=0):
    return message(number, result(EXTENDED, 52, b"going down",
                                  more=ber(0x8A, oid)))


# -- the table: what it is, who is asked, the reply, what comes of it

AD = b"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, " \
     b"data %s, v1db1"
CODES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 32,
         33, 34, 36, 48, 50, 51, 52, 53, 54, 64, 65, 66, 67, 68, 69, 71, 80, 90,
         118, 999, 4096)
ROWS = [(f"code {number} to {asked}", asked, code(number, tag), TEMPORARY)
        for number in CODES
        for asked, tag in ((BIND, BIND_ANSWER), (PEOPLE, DONE), (PROJECTS, DONE))]
ROWS += [(f"code {number} to our own bind", SERVICE, code(number, BIND_ANSWER),
          TEMPORARY)
         for number in (1, 2, 3, 4, 8, 10, 11, 13, 14, 16, 18, 19, 32, 34, 48,
                        50, 51, 52, 53, 65, 80, 90, 999)]
ROWS += [(f"code {number} to {GROUPS}", GROUPS, code(number, DONE), TEMPORARY)
         for number in (1, 3, 10, 32, 50, 53)]
ROWS += [(f"code {number} behind an entry", PEOPLE,
          lambda ident, number=number: alice(ident) + done(ident, number),
          TEMPORARY) for number in CODES if number not in (51, 52)]
ROWS += [(f"data {data.decode()}", BIND,
          just(result(BIND_ANSWER, 49, AD % data)), expected)
         for data, expected in (
             (b"525", WRONG), (b"52e", WRONG), (b"532", EXPIRED),
             (b"773", EXPIRED), (b"530", LOCKED), (b"531", LOCKED),
             (b"533", LOCKED), (b"701", LOCKED), (b"775", LOCKED),
             (b"999", TEMPORARY), (b"ffffffffffff", TEMPORARY))]
ROWS += [
    ("49", BIND, code(49, BIND_ANSWER), WRONG),
    ("49 to our own bind", SERVICE, code(49, BIND_ANSWER), TEMPORARY),
    ("a good bind", BIND, code(0, BIND_ANSWER), OK),

    # -- messages
    ("nothing to our own bind", SERVICE, raw(b""), TEMPORARY),
    ("nothing to a bind", BIND, raw(b""), TEMPORARY),
    ("nothing to a search", PEOPLE, raw(b""), TEMPORARY),
    ("no end of a search", PEOPLE, alice, TEMPORARY),
    ("no LDAP", PEOPLE, raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), TEMPORARY),
    ("no LDAP to a bind", BIND, raw(b"220 smtp.campus.example\r\n"), TEMPORARY),
    ("no LDAP to our own bind", SERVICE, raw(b"* OK IMAP\r\n"), TEMPORARY),
    ("half a message", PEOPLE, lambda number: alice(number)[:40], TEMPORARY),
    ("an empty message", PEOPLE, raw(b"\x30\x00"), TEMPORARY),
    ("a message id alone", PEOPLE, lambda number: ber(0x30, ber_int(number)),
     TEMPORARY),
    ("a wrong message id", PEOPLE,
     lambda number: alice(number + 40) + done(number + 40), TEMPORARY),
    ("a wrong message id of a bind", BIND,
     lambda number: message(number + 40, result(BIND_ANSWER, 0)), TEMPORARY),
    ("a wrong message id of our own bind", SERVICE,
     lambda number: message(number + 40, result(BIND_ANSWER, 0)), TEMPORARY),
    ("a negative message id", BIND,
     raw(ber(0x30, b"\x02\x01\xff" + result(BIND_ANSWER, 0))), TEMPORARY),
    ("a message id of nine bytes", BIND,
     raw(ber(0x30, ber(0x02, b"\x01" * 9) + result(BIND_ANSWER, 0))),
     TEMPORARY),
    ("a bind's answer to a search", PEOPLE, code(0, BIND_ANSWER), TEMPORARY),
    ("a search's answer to a bind", BIND, code(0, DONE), TEMPORARY),
    ("a search's answer to our own bind", SERVICE, code(0, DONE), TEMPORARY),
    ("an entry to a bind", BIND, alice, TEMPORARY),
    ("an extended answer to a search", PEOPLE, code(0, EXTENDED), TEMPORARY),
    ("an extended answer to a bind", BIND, code(0, EXTENDED), TEMPORARY),
    ("an intermediate answer first", PEOPLE,
     lambda number: message(number, ber(0x79, b"")) + one()(number), TEMPORARY),
    ("a modify's answer to a search", PEOPLE, code(0, 0x67), TEMPORARY),
    ("an unknown operation", PEOPLE, just(ber(0x7E, b"abc")), TEMPORARY),
    ("a request", PEOPLE, just(ber(0x63, b"abc")), TEMPORARY),
    ("a second answer to a bind", BIND,
     lambda number: message(number, result(BIND_ANSWER, 49)) +
     message(number, result(BIND_ANSWER, 0)), WRONG),
    ("a good answer, then a bad one", BIND,
     lambda number: message(number, result(BIND_ANSWER, 0)) +
     message(number, result(BIND_ANSWER, 49)), OK),
    ("a second answer to a search", PEOPLE,
     lambda number: one()(number) + one()(number), OK),
    ("a second answer to our own bind", SERVICE,
     lambda number: message(number, result(BIND_ANSWER, 0)) * 2, OK),
    ("answers to the next requests", BIND,
     lambda number: message(number, result(BIND_ANSWER, 49)) + b"".join(
         message(ahead, result(BIND_ANSWER, 0))
         for ahead in range(number + 1, number + 50)), WRONG),
    ("a notice of disconnection", PEOPLE, raw(notice(DISCONNECTION)),
     TEMPORARY),
    ("a notice of disconnection to a bind", BIND, raw(notice(DISCONNECTION)),
     TEMPORARY),
    ("a notice of disconnection to our own bind", SERVICE,
     raw(notice(DISCONNECTION)), TEMPORARY),
    ("another unsolicited notice", PEOPLE,
     lambda number: notice(b"1.2.3.4") + one()(number), OK),
    ("another unsolicited notice to a bind", BIND,
     lambda number: notice(b"1.2.3.4") + message(
         number, result(BIND_ANSWER, 49)), WRONG),
    ("an unsolicited bind's answer", BIND,
     raw(message(0, result(BIND_ANSWER, 0))), TEMPORARY),
    ("a notice that is garbage", PEOPLE, raw(message(0, ber(0x78, b"xyz"))),
     TEMPORARY),

    # -- lengths
    ("a message of 64 MB", PEOPLE,
     raw(b"\x30\x84\x04\x00\x00\x00\x02\x01\x02" + b"x" * MEBI), TEMPORARY),
    ("a message of 64 MB to a bind", BIND,
     raw(b"\x30\x84\x04\x00\x00\x00\x02\x01\x02" + b"x" * MEBI), TEMPORARY),
    ("a value of 64 MB", PEOPLE, with_more(("mail", [b"x" * 64 * MEBI])),
     TEMPORARY),
    ("a value of half a MB", PEOPLE, with_more(("mail", [b"x" * (MEBI // 2)])),
     OK),
    ("a million values", PEOPLE, with_more(("mail", [b"x"] * 1000000)),
     TEMPORARY),
    ("twenty thousand empty values", PEOPLE,
     with_more(("mail", [b""] * 20000)), OK),
    ("four hundred thousand empty values", PEOPLE,
     with_more(("mail", [b""] * 400000)), TEMPORARY),
    ("a million attributes", PEOPLE, with_more(
        *((f"a{number}", ["x"]) for number in range(1000000))), TEMPORARY),
    ("ten thousand attributes", PEOPLE, with_more(
        *((f"a{number}", ["x"]) for number in range(10000))), OK),
    ("twenty thousand entries", PEOPLE,
     lambda number: alice(number) * 20000 + done(number), TEMPORARY),
    ("entries of 64 MB in all", PEOPLE,
     lambda number: alice(number, [*ALICE_ENTRY.items(),
                                   ("mail", ["x" * (MEBI // 4)])]) * 256 +
     done(number), TEMPORARY),
    ("a value's length that is too long", PEOPLE, lying(b"\x04\x60"),
     TEMPORARY),
    ("a value's length that is too short", PEOPLE, lying(b"\x04\x02"),
     TEMPORARY),
    ("a value's length without an end", PEOPLE, lying(b"\x04\x80"), TEMPORARY),
    ("a value's length of four GB", PEOPLE,
     lying(b"\x04\x84\xff\xff\xff\xff"), TEMPORARY),
    ("a negative length", PEOPLE, raw(b"\x30\x84\xff\xff\xff\xff" + b"x" * 90),
     TEMPORARY),
    ("a length of eight bytes", PEOPLE,
     raw(b"\x30\x88" + b"\x7f" * 8 + b"x" * 90), TEMPORARY),
    ("a length of 127 bytes", PEOPLE, raw(b"\x30\xff" + b"\x01" * 200),
     TEMPORARY),
    ("an indefinite length", PEOPLE,
     lambda number: b"\x30\x80" + ber_int(number) + result(DONE, 0) + b"\0\0",
     TEMPORARY),
    ("an indefinite length to a bind", BIND,
     lambda number: b"\x30\x80" + ber_int(number) + result(BIND_ANSWER, 0) +
     b"\0\0", TEMPORARY),
    ("a thousand nested sequences", PEOPLE,
     lambda number: message(number, ber(ENTRY, nested(1000))) + done(number),
     TEMPORARY),
    ("a thousand nested sequences as message", PEOPLE, raw(nested(1000)),
     TEMPORARY),
    ("a result without a code", BIND, just(ber(BIND_ANSWER, b"")), TEMPORARY),
    ("a result with nothing but a code", BIND,
     just(ber(BIND_ANSWER, ber_int(0, 0x0A))), TEMPORARY),
    ("a code of five bytes", BIND,
     just(ber(BIND_ANSWER, ber(0x0A, b"\1\0\0\0\0") + b"\x04\0\x04\0")),
     TEMPORARY),
    ("an empty code", BIND,
     just(ber(BIND_ANSWER, b"\x0a\x00\x04\x00\x04\x00")), TEMPORARY),
    ("a negative code", BIND,
     just(ber(BIND_ANSWER, b"\x0a\x01\xff\x04\x00\x04\x00")), TEMPORARY),

    # -- texts
    ("texts of a MB with control characters", BIND,
     just(result(BIND_ANSWER, 53, CONTROL_CHARACTERS * 20000,
                 CONTROL_CHARACTERS * 20000)), TEMPORARY),
    ("texts of a MB to our own bind", SERVICE,
     just(result(BIND_ANSWER, 53, CONTROL_CHARACTERS * 20000,
                 CONTROL_CHARACTERS * 20000)), TEMPORARY),
    ("texts of a MB to a search", PEOPLE,
     just(result(DONE, 1, CONTROL_CHARACTERS * 20000,
                 CONTROL_CHARACTERS * 20000)), TEMPORARY),
    ("a text with a NUL", BIND,
     just(result(BIND_ANSWER, 49, b"\0 data 533")), TEMPORARY),
    ("busy, and a text of control characters", BIND,
     just(result(BIND_ANSWER, 51, CONTROL_CHARACTERS * 10)), TEMPORARY),

    # -- entries
    ("two entries", PEOPLE,
     lambda number: alice(number) * 2 + done(number), TEMPORARY),
    ("two people", PEOPLE,
     lambda number: alice(number) + alice(
         number, name=f"uid=abcd0001,ou=more,ou=people,{SUFFIX}") +
     done(number), TEMPORARY),
    ("somebody else", PEOPLE,
     one({"uid": ["abcd0002"]}, f"uid=abcd0002,ou=people,{SUFFIX}"), TEMPORARY),
    ("an entry outside of the base", PEOPLE,
     one(name=f"uid=abcd0001,ou=elsewhere,{SUFFIX}"), TEMPORARY),
    ("the base itself", PEOPLE, one(name=f"ou=people,{SUFFIX}"), OK),
    ("a base in another spelling", PEOPLE,
     one(name="UID=abcd0001, OU=People,DC=CAMPUS , dc=example"), OK),
    ("a DN that only ends like the base", PEOPLE,
     one(name=f"uid=abcd0001,cn=x\\,ou=people,{SUFFIX}"), TEMPORARY),
    ("a NUL in the DN", PEOPLE,
     one(name=b"uid=abcd0001\0,ou=people," + SUFFIX.encode()), TEMPORARY),
    ("an empty DN", PEOPLE, one(name=""), TEMPORARY),
    ("a DN that is none", PEOPLE, one(name="abcd0001"), TEMPORARY),
    ("a DN of half a MB", PEOPLE,
     one(name="cn=" + "x" * (MEBI // 2) + f",ou=people,{SUFFIX}"), OK),
    ("a DN that is no UTF-8", PEOPLE,
     one(name=b"cn=\xff\xfe,ou=people," + SUFFIX.encode()), TEMPORARY),
    ("invalid UTF-8 in uid", PEOPLE, one({"uid": [b"abcd\xff0001"]}),
     TEMPORARY),
    ("overlong UTF-8 in uid", PEOPLE, one({"uid": [b"abcd000\xc0\xb1"]}),
     TEMPORARY),
    ("a NUL in uid", PEOPLE, one({"uid": ["abcd0001\0"]}), TEMPORARY),
    ("no uid", PEOPLE, one({"mail": [ALICE.mail]}), TEMPORARY),
    ("an empty uid", PEOPLE, one({"uid": [""]}), TEMPORARY),
    ("uid without values", PEOPLE, one({"uid": []}), TEMPORARY),
    ("two uids", PEOPLE, one({"uid": ["abcd0001", "abcd0009"]}), TEMPORARY),
    ("uid twice", PEOPLE,
     one([("uid", ["abcd0001"]), ("uid", ["abcd0009"])]), TEMPORARY),
    ("a path as uid", PEOPLE, one({"uid": ["../etc"]}), TEMPORARY),
    ("a reserved uid", PEOPLE, one({"uid": ["root"]}), TEMPORARY),
    ("a space in uid", PEOPLE, one({"uid": ["a b"]}), TEMPORARY),
    ("upper-case names", PEOPLE,
     one({"UID": ["ABCD0001"], "MAIL": [ALICE.mail]}), OK),
    ("uid with an option", PEOPLE, one({"uid;binary": ["abcd0001"]}),
     TEMPORARY),
    ("no attributes", PEOPLE, one({}), TEMPORARY),
    ("attributes that nobody asked for", PEOPLE,
     with_more(("userPassword", ["x"]), ("", ["y"]), ("\n", [""])), OK),
    ("an entry without a list", PEOPLE,
     lambda number: message(number, ber(ENTRY, ber(
         0x04, ALICE_DN.encode()))) + done(number), TEMPORARY),
    ("an entry without anything", PEOPLE,
     lambda number: message(number, ber(ENTRY, b"")) + done(number),
     TEMPORARY),
    ("an entry with a string as values", PEOPLE,
     lambda number: message(number, ber(ENTRY, ber(
         0x04, ALICE_DN.encode()) + ber(0x30, ber(0x30, ber(
             0x04, b"uid") + ber(0x04, b"abcd0001"))))) + done(number),
     TEMPORARY),
    ("a person that is a project, too", PROJECTS,
     one({"uid": ["abcd0001"]}, f"uid=abcd0001,ou=projects,{SUFFIX}"),
     TEMPORARY),

    # -- controls
    ("an unknown control", BIND,
     just(result(BIND_ANSWER, 0), control(b"1.2.3.4", b"\xff" * 50)), OK),
    ("controls that are garbage", BIND,
     just(result(BIND_ANSWER, 0), ber(0xA0, b"\xff\xff\xff")), TEMPORARY),
    ("controls that are garbage to a search", PEOPLE,
     lambda number: alice(number) + message(
         number, result(DONE, 0), ber(0xA0, b"\x04\x7fabc")), TEMPORARY),
    ("controls that are garbage to our own bind", SERVICE,
     just(result(BIND_ANSWER, 0), ber(0xA0, b"\x30\x7f\x01")), TEMPORARY),
    ("a policy control without a value", BIND,
     just(result(BIND_ANSWER, 0), control(PPOLICY)), TEMPORARY),
    ("a policy control of nonsense", BIND,
     just(result(BIND_ANSWER, 0), control(PPOLICY, b"nonsense")), TEMPORARY),
    ("a policy control of nonsense beside 49", BIND,
     just(result(BIND_ANSWER, 49), control(PPOLICY, b"nonsense")), TEMPORARY),
    ("an unknown policy error", BIND,
     just(result(BIND_ANSWER, 0), control(
         PPOLICY, ber(0x30, ber(0x81, b"\x63")))), TEMPORARY),
    ("a negative policy error", BIND,
     just(result(BIND_ANSWER, 0), control(
         PPOLICY, ber(0x30, ber(0x81, b"\xf0")))), TEMPORARY),
    ("a policy that says expired", BIND,
     just(result(BIND_ANSWER, 49), control(
         PPOLICY, ber(0x30, ber(0x81, b"\x00")))), EXPIRED),
    ("a policy that says locked", BIND,
     just(result(BIND_ANSWER, 49), control(
         PPOLICY, ber(0x30, ber(0x81, b"\x01")))), LOCKED),
    ("pages that nobody asked for", PEOPLE,
     lambda number: alice(number) + message(
         number, result(DONE, 0), control(PAGED, ber(
             0x30, ber_int(0) + ber(0x04, b"cookie")))), OK),
    ("pages without a control", GROUPS,
     lambda number: done(number, 4), TEMPORARY),

    # -- referrals, which lead into the trap
    ("a referral to a search", PEOPLE, just(TRAP.referral(DONE)), TEMPORARY),
    ("a referral to a bind", BIND, just(TRAP.referral(BIND_ANSWER)), TEMPORARY),
    ("a referral to our own bind", SERVICE, just(TRAP.referral(BIND_ANSWER)),
     TEMPORARY),
    ("success with a referral to a bind", BIND,
     just(TRAP.referral(BIND_ANSWER, 0)), OK),
    ("a referral beside 49", BIND, just(TRAP.referral(BIND_ANSWER, 49)), WRONG),
    ("a reference", PEOPLE,
     lambda number: message(number, ber(REFERENCE, ber(
         0x04, TRAP.uri.encode()))) + done(number), TEMPORARY),
    ("a reference to a bind", BIND,
     just(ber(REFERENCE, ber(0x04, TRAP.uri.encode()))), TEMPORARY),
    ("a reference among projects", PROJECTS,
     lambda number: message(number, ber(REFERENCE, ber(
         0x04, TRAP.uri.encode()))) + done(number), TEMPORARY),
    ("a reference among groups", GROUPS,
     lambda number: message(number, ber(REFERENCE, ber(
         0x04, TRAP.uri.encode()))) + done(number), TEMPORARY),
    # as Active Directory does below the root of a domain
    ("a reference beside the entry", PEOPLE,
     lambda number: message(number, ber(REFERENCE, ber(
         0x04, TRAP.uri.encode()))) + one()(number), OK),
    ("a reference that is garbage", PEOPLE,
     lambda number: message(number, ber(REFERENCE, b"\xff\xff")) +
     done(number), TEMPORARY),
    ("a referral of version 2", PEOPLE,
     just(result(DONE, 9, b"Referral:\n" + TRAP.uri.encode())), TEMPORARY),
]


# -- how rows are tried

class Stage:
    """A Dovecot that asks a server of ours, without TLS to be quick."""

    def __init__(self, campus, fake, auth, other):
        self.campus, self.fake = campus, fake
        # two connections to the same process: for the rows, and in between
        self.auth, self.other = auth, other
        assert auth.server_pid == other.server_pid
        fake.replies = {BIND: code(49, BIND_ANSWER)}
        self.wrong = other.logins([OWN])[0].without_name()
        fake.replies = {}

    def usable(self, after=""):
        until(lambda: self.other.logins([OWN])[0].ok,
              f"the server is found again {after}", deadline=5)

    def kind(self, reply):
        if reply.ok:
            return OK
        if reply.temporary:
            return TEMPORARY
        if reply.without_name() == self.wrong:
            return WRONG
        if "EXPIRED" in str(reply.fields.get("reason")):
            return EXPIRED
        if reply.fields.get("code") == "user_disabled" and \
                "reason" not in reply.fields:
            return LOCKED
        return f"other: {reply}"

    def meet(self, asked, reply):
        """Start logins until one has met this reply, and wait until all are
        through: their ids. (Where it is our own bind that meets it, or the
        server was given up before, a login may come too early.)"""
        started = []
        self.fake.replied = 0
        self.fake.replies = {asked: reply}
        if asked == SERVICE:
            self.fake.drop()
        while not self.fake.replied:
            assert len(started) < 20, "no login gets to this reply"
            ids, _ = try_logins(self.campus, self.auth, [OWN])
            started += ids
        self.fake.replies = {}
        return started

    def play(self, rows):
        """What of these rows comes out otherwise than it says. One that should
        not be a temporary failure and is may have met a busy machine: once more
        then."""
        wrong = self.play_once(rows)
        again = {what for what, expected, kind in wrong
                 if kind == TEMPORARY != expected}
        if len(again) > 3 or len(again) < len(wrong):
            return wrong
        return self.play_once([row for row in rows if row[0] in again])

    def play_once(self, rows):
        tried = []
        self.usable()
        for what, asked, reply, expected in rows:
            mark = self.campus.log.mark()
            tried += [(what, expected, number)
                      for number in self.meet(asked, reply)]
            log_is_harmless(what, self.campus.log.since(mark))
            self.usable(f"after {what}")
        replies = self.auth.replies([number for _, _, number in tried])
        kinds = [(what, expected, self.kind(replies[number]))
                 for what, expected, number in tried]
        return [row for row in kinds if row[1] != row[2]]

    def peak_kib(self):
        status = pathlib.Path(f"/proc/{self.auth.server_pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    def forget_peak(self):
        pathlib.Path(f"/proc/{self.auth.server_pid}/clear_refs").write_text("5")


@pytest.fixture(scope="module")
def stage(second_campus):
    with FakeDirectory() as fake:
        fake.entries = [(b"abcd0001", ALICE_DN, ALICE_ENTRY)]
        with second_campus.dovecot.configured(campus={
                "campus_servers": fake.uri, "campus_starttls": "no",
                # what it says of a password is not to be remembered
                "campus_bind_budget": "0",
                # what no answer comes to need not take long here
                "campus_operation_timeout": "800ms"}), \
                second_campus.auth() as auth, second_campus.auth() as other:
            yield Stage(second_campus, fake, auth, other)


def log_is_harmless(what, text):
    lines = [line for line in text.encode().split(b"\n") if b"campus" in line]
    assert len(lines) <= 30, (what, lines)
    for line in lines:
        assert len(line) < 1200, (what, line)
        assert re.search(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]",
                         line) is None, (what, line)


@pytest.mark.parametrize("asked", (SERVICE, BIND, PEOPLE, PROJECTS, GROUPS))
def test_answers(stage, asked):
    """The auth process is the same in the end, since its connections are."""
    assert stage.play([row for row in ROWS if row[1] == asked]) == []
    assert not TRAP.caught()


def test_memory(stage):
    """The odd ones once more leave nothing behind; while they are read they
    take what one message of the largest size takes."""
    before = stage.campus.dovecot.resident_kib(stage.auth.server_pid)
    stage.forget_peak()
    peak = stage.peak_kib()
    assert stage.play([row for row in ROWS if row[1] != SERVICE and
                       not row[0].startswith("code ")]) == []
    after = stage.campus.dovecot.resident_kib(stage.auth.server_pid)
    assert after - before < 8 * 1024, (before, after)
    assert stage.peak_kib() - peak < 32 * 1024, (peak, stage.peak_kib())
