# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Five hundred names that want to be more than a name, as each part of what a
program sends: none becomes part of a filter, a DN, a variable or a line of the
log, none gets in, and none is told anything else than an ordinary one."""

import random
import re

import pytest

from testenv.logfile import LogFile
from testenv.people import ALICE, DOMAIN, NETBIOS, SUFFIX, Login

COUNT = 500
# Longer ones never leave Dovecot's parser of the auth protocol.
HUGE = 5000
DECOY = f"cn=decoy,ou=services,{SUFFIX}"

# What means something somewhere.
FRAGMENTS = [
    # LDAP filters (RFC 4515)
    b"*", b"**", b"(", b")", b"&", b"|", b"!", b"=", b"~=", b">=", b"<=", b":=",
    b"*)(uid=*", b")(uid=*", b"*)(objectClass=*", b")(|(uid=*))",
    b"*))(|(uid=*", b")(|(objectClass=*)(uid=", b"*)(&", b"*))%00",
    b")(userPassword=*", b")(cn=*))(&(uid=", b"(uid=abcd0001)", b"|(uid=*)",
    b"!(uid=x)", b")(:dn:2.5.4.11:=people", b"&(a=b)", b"(&)", b"(|)",
    b"\\2a", b"\\28\\29", b"\\00", b"\\5c", b"\\", b"\\\\", b"\\zz", b"\\2",
    b"*@*", b"*@campus.example", b"*@" + DOMAIN.encode() + b")(uid=*",
    # DNs (RFC 4514), URIs
    b",", b"+", b'"', b"<", b">", b";", b"#", b" ", b"  ",
    b"uid=abcd0001,ou=people,dc=campus,dc=example",
    b",ou=people,dc=campus,dc=example", b"+cn=x", b"#04024869", b"\\,dc=x",
    b"ldap:///dc=campus,dc=example??sub?(uid=*)", b"?", b"??sub?(uid=*)",
    # NUL and other control characters, line breaks
    b"\0", b"\0abcd0001", b"\x01", b"\t", b"\n", b"\r", b"\r\n", b"\x1b[31m",
    b"\x7f", b"\x08", b"\nauth: Info: injected line", b"\r\nOK\t1\tuser=abcd0001",
    b"\tuser=abcd0001", b"\x01t", b"\x011",
    # UTF-8: not valid, overlong, surrogates, beyond the end
    b"\xff", b"\xfe", b"\x80", b"\xc3", b"\xc0\xaa", b"\xc0\xa8", b"\xc0\x80",
    b"\xc1\x9c", b"\xe0\x80\xaa", b"\xf0\x80\x80\xaa", b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80",
    # UTF-8: valid, and something else than it seems
    *(text.encode() for text in (
        "\uff0a", "\uff08", "\uff09", "\uff3c", "\u2217", "\u204e", "\u2215",
        "\u2044", "\u29f5", "\ufe68", "\uff20", "\u0000\u0001", "\u0085",
        "\u009b31m", "\u00a0", "\u00ad", "\u061c", "\u200b", "\u200d", "\u200e",
        "\u202e", "\u2028", "\u2029", "\u2066", "\u3000", "\ufeff", "\ufffe",
        "\ue000", "\U000e0041", "\U0010ffff", "\u0301", "\u017f", "\u212a",
        "\u0131", "\ufb01", "\u1e9e", "\U0001f600")),
    # Dovecot's variables, formats, SQL, shells, paths
    b"%u", b"%{user}", b"%{password}", b"%w", b"%{env:HOME}", b"%%", b"%",
    b"%{passdb:user}", b"%s%s%s%n", b"%n", b"%99999999d", b"%0$s",
    b"${jndi:ldap://127.0.0.1/x}", b"$(id)", b"`id`", b"; id", b"| id",
    b"' or '1'='1", b"\" or \"\"=\"", b"--", b"../", b"../../etc/passwd", b"/",
    b"//", b"..", b".", b"~", b"\\..\\", b"@", b"@@", b"@other.example",
    b"@[127.0.0.1]", b"@*", b"<script>", b"&amp;", b"{7}", b"{7+}\r\n",
    b"a" * 255, b"a" * 256, b"(" * 200, b"*" * 300, b"\\2a" * 90,
    b"\xc3\xa4" * 128, b"\xcc\x81" * 100, b"A" * HUGE, b"(" * HUGE,
    b"%n" * (HUGE // 2), b"\0" * 1000,
]


def payloads():
    """The fragments alone and in and around a name, and then by chance."""
    chance = random.Random(4711)
    found = {}
    for shape in (b"%b", b"abcd0001%b", b"%babcd0001"):
        for fragment in FRAGMENTS:
            found[shape.replace(b"%b", fragment)] = None
    while len(found) < COUNT:
        parts = chance.choices(FRAGMENTS[:-11] + [b"abcd0001", b"physics"], k=3)
        found[b"".join(parts)] = None
    return list(found)[:COUNT]


# Where the payload stands: name and authzid.
PARTS = {
    "person": lambda x: (x, b""),
    "person, with a domain": lambda x: (b"CAMPUS/" + x, b""),
    "domain": lambda x: (x + b"\\abcd0001", b""),
    "mailbox": lambda x: (b"CAMPUS/abcd0001/" + x, b""),
    "authzid": lambda x: (b"abcd0001", x),
    "before the separator": lambda x: (x + b"*abcd0001", b""),
    "behind the separator": lambda x: (b"physics*" + x, b""),
}

# As slapd writes the filters that it has read: values have neither parenthesis
# nor star nor backslash but in \HH. Some values cannot be of the attribute's
# syntax: then there is a ? before it.
VALUE = r"(?:[^()*\\\x00-\x1f\x7f]|\\[0-9A-Fa-f]{2})+"
FIND = rf"\(&(?:\(uid={VALUE}\)|\(\|\(\??uid={VALUE}\)\(\??mail={VALUE}\)" \
       rf"\(\??campusMailAlias={VALUE}\)(?:\(\??uid={VALUE}\))?\))" \
       r"\(objectClass=campus(?:Person|Project)\)\)"
MEMBERS = r"\(&\(\|(?:\((?:member|campusOwner|campusMember|campusReader)=" \
          rf"{VALUE}\))+\)\(objectClass=(?:groupOfNames|\*)\)\)"
KNOWN_FILTER = re.compile(rf"(?:{FIND}|{MEMBERS})")


@pytest.fixture(scope="module")
def open_campus(second_campus):
    """Where Dovecot itself refuses no character, and guesses cost nothing."""
    quotes = '""' if second_campus.dovecot.series == "2.4" else ""
    with second_campus.dovecot.configured(
            core=f"auth_username_chars = {quotes}\n",
            campus={"campus_bind_budget": "0"}):
        yield second_campus


@pytest.mark.parametrize("part", PARTS)
def test_injection(open_campus, part):
    campus = open_campus
    slapd_log = LogFile(campus.dir / "log/slapd.log")
    logins = [Login(name, password, authzid)
              for name, authzid in map(PARTS[part], payloads())
              for password in (ALICE.password, "wrong")]
    assert len(logins) == 2 * COUNT
    with campus.auth() as auth:
        wrong = auth.login(ALICE.uid, "wrong").without_name()
        elsewhere = auth.login(f"{NETBIOS}/{ALICE.uid}/no-such-mailbox",
                               ALICE.password).without_name()
        assert wrong != elsewhere
        mark, slapd_mark = campus.log.mark(), slapd_log.mark()
        replies = []
        for begin in range(0, len(logins), 200):
            replies += auth.logins(logins[begin:begin + 200])
        # the end of both logs
        assert auth.login("last-name", "wrong").without_name() == wrong
    campus.log.wait_for("typed=last-name", mark)
    slapd_log.wait_for("uid=last-name", slapd_mark)

    for login, reply in zip(logins, replies):
        # a right password may be told that the mailbox is not alice's
        expected = (wrong, elsewhere) if login.password == ALICE.password \
            else (wrong,)
        assert not reply.ok and reply.without_name() in expected, login

    searches = re.findall(r'SRCH base="(.*)" scope=(\d) .* filter="(.*)"$',
                          slapd_log.since(slapd_mark), re.MULTILINE)
    assert searches
    for base, scope, text in searches:
        # is the server there, and is the decoy?
        if scope != "0" or base not in ("", DECOY) or text != "(objectClass=*)":
            assert KNOWN_FILTER.fullmatch(text), text

    data = campus.log.path.read_bytes()[mark:]
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]", data)
    # What stands before "campus: " is Dovecot's own.
    for line in data.decode("utf-8", "strict").strip().split("\n"):
        assert re.match(r"\w{3} \d\d \d\d:\d\d:\d\d \w+(\(.*\))?: ", line), line
        ours = line.partition("campus: login ")[2]
        assert "person=abcd0001 mailbox=physics role=owner" not in ours, line
        assert not re.search("[\x7f-\u009f\u200b-\u200f\u2028-\u202e"
                             "\u2060-\u206f\ufeff]", ours), line
