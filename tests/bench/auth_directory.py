# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The directory of the bench: many people, projects and groups in the slapd of
the sample campus, and what it says of the requests that it gets."""

import itertools
import re
import subprocess

from auth_load import Account
from testenv.people import SUFFIX

PASSWORD = "bench-secret"
PEOPLE = f"ou=people,{SUFFIX}"
PROJECTS = f"ou=projects,{SUFFIX}"
GROUPS = f"ou=groups,{SUFFIX}"
# slapd's own words: room for a million people, and nothing waits for a disk,
# where wrong passwords are counted. It logs to standard error alone: without a
# syslog daemon each message is an attempt to connect to one.
DATABASE = """dn: cn=config
changetype: modify
replace: olcLogLevel
olcLogLevel: 0

dn: olcDatabase={1}mdb,cn=config
changetype: modify
replace: olcDbMaxSize
olcDbMaxSize: 17179869184
-
replace: olcDbNoSync
olcDbNoSync: TRUE
"""
ARGON2 = """dn: cn=module{0},cn=config
changetype: modify
add: olcModuleLoad
olcModuleLoad: argon2
"""


def entry(dn, classes, **attributes):
    lines = [f"dn: {dn}", *(f"objectClass: {name}" for name in classes)]
    for name, values in attributes.items():
        for value in [values] if isinstance(values, str) else values:
            lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n\n"


def person_dn(uid):
    return f"uid={uid},{PEOPLE}"


def person(uid, secret, mail=None):
    return entry(person_dn(uid), ("inetOrgPerson", "campusPerson"), uid=uid,
                 cn=uid, sn=uid, mail=mail or f"{uid}@campus.example",
                 userPassword=secret)


def project(uid, **roles):
    return entry(f"uid={uid},{PROJECTS}", ("account", "campusProject"),
                 uid=uid, mail=f"{uid}@campus.example", **roles)


def group(name, members):
    return entry(f"cn={name},{GROUPS}", ("groupOfNames",), cn=name,
                 member=members)


def hashed(*options):
    return subprocess.run(
        ["slappasswd", "-s", PASSWORD, *options], stdout=subprocess.PIPE,
        encoding="ascii", check=True).stdout.strip()


def name(number):
    return f"p{number:07}"


def own(uid):
    """A login to one's own mailbox."""
    return Account(uid, PASSWORD, uid, uid)


def opens(uid, mailbox):
    """A login to a project mailbox."""
    return Account(f"{uid}/{mailbox}", PASSWORD, mailbox, uid)


class BenchDirectory:
    """The slapd of a campus with more in it."""

    def __init__(self, campus):
        self.campus = campus
        self.directory = campus.directory
        self.config = campus.dir / "ldap/slapd.d"
        self.secret = hashed()

    def offline(self, program, database, text):
        """Give text to slapadd or slapmodify; slapd does not run."""
        subprocess.run(
            [program, "-n", database, "-F", self.config,
             *(["-q"] if program == "slapadd" else [])],
            input="".join(text), encoding="utf-8", check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for path in (self.config, self.campus.dir / "ldap/data"):
            subprocess.run(["chown", "-R", "openldap:openldap", path],
                           check=True)

    def begin(self, people):
        """Make room, and add people: each owns a project of the same number."""
        self.directory.kill()
        self.offline("slapmodify", "0", DATABASE)
        self.offline("slapmodify", "0", ARGON2)
        self.add(itertools.chain.from_iterable(
            (person(name(n), self.secret),
             project(f"q{n:07}", campusOwner=person_dn(name(n))))
            for n in range(people)))

    def add(self, entries):
        self.offline("slapadd", "1", entries)

    def grow(self, entries):
        """Add entries to a running one."""
        self.directory.kill()
        self.add(entries)
        self.start(log=False)

    def start(self, log):
        """Start slapd; with a log it tells of each request."""
        level = self.directory.argv.index("-d") + 1
        self.directory.argv[level] = "stats" if log else "0"
        self.directory.start()

    def restart(self, log):
        self.directory.kill()
        self.start(log)

    # -- what a login asks

    def requests(self, login, known):
        """The requests that a login makes: a list of rounds, each a list of
        (kind, details). known: texts, and what stands for them in a plan."""
        path = self.campus.dir / "log/slapd.log"
        before = path.stat().st_size
        login()
        with open(path, encoding="utf-8") as log:
            log.seek(before)
            return rounds(log, known)


# 1a2b3c4d.05e6f708 0x7f… conn=1000 op=1 SRCH base="…
LINE = re.compile(r"([0-9a-f]+)\.([0-9a-f]+) 0x\w+ conn=(\d+) op=(\d+) (.*)")
SEARCH = re.compile(r'SRCH base="(.*)" scope=(\d) deref=\d filter="(.*)"')
ATTRIBUTES = re.compile(r"SRCH attr=(.*)")
BIND = re.compile(r'BIND dn="(.*)" method=128')
# Requests with so much time between them are of two rounds: the round trip
# takes more while the log is read.
ROUND_GAP = 0.03


def rounds(log, known):
    found, last, search = [], None, {}
    for line in log:
        match = LINE.match(line)
        if match is None:
            continue
        seconds, fraction, conn, operation, text = match.groups()
        when = int(seconds, 16) + int(fraction, 16) / 1e9
        for actual, placeholder in known.items():
            text = text.replace(actual, placeholder)
        if (attributes := ATTRIBUTES.fullmatch(text)) is not None:
            search[conn, operation].append(attributes[1])
            continue
        if (is_bind := BIND.fullmatch(text)) is not None:
            request = ["bind", is_bind[1]]
        elif (is_search := SEARCH.fullmatch(text)) is not None:
            request = ["search", *is_search.groups()]
            search[conn, operation] = request
            if not is_search[1]:
                # of the root DSE: is the server there?
                continue
        else:
            continue
        if last is None or when - last > ROUND_GAP:
            found.append([])
        last = when
        found[-1].append(request)
    return found


def write_plan(path, found):
    """For ldap-load."""
    path.write_text("".join(
        "\t".join((str(number), *request)) + "\n"
        for number, requests in enumerate(found)
        for request in sorted(requests)), encoding="utf-8")
