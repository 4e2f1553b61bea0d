# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The sample campus of tests/data, in the words of the tests."""

from dataclasses import dataclass

SUFFIX = "dc=campus,dc=example"
NETBIOS = "CAMPUS"
DOMAIN = "campus.example"


@dataclass(frozen=True)
class Person:
    uid: str
    mail: str
    password: str
    aliases: tuple = ()

    @property
    def address(self):
        return f"{self.uid}@{DOMAIN}"


ALICE = Person("abcd0001", "alice.archer@campus.example", "alice-secret",
               ("alice@campus.example", "alice@old-campus.example"))
BOB = Person("abcd0002", "bob.baker@campus.example", "bob-secret")
CAROL = Person("abcd0003", "carol.cole@campus.example", "carol-secret")
DAVE = Person("abcd0004", "dave.dunn@campus.example", "dave-secret")
ERIN = Person("abcd0005", "erin.ellis@campus.example", "erin-secret")
FRANK = Person("abcd0006", "frank.fox@campus.example", "frank-secret")
GRACE = Person("abcd0007", "grace.gray@campus.example", "grace-secret")

EVERYBODY = (ALICE, BOB, CAROL, DAVE, ERIN, FRANK, GRACE)
PROJECTS = ("physics", "chemistry", "history")


@dataclass(frozen=True)
class Login:
    """What a program sends: a name, a password and perhaps an authzid."""
    name: str
    password: str
    authzid: str = ""

    def __str__(self):
        return self.name + (f" as {self.authzid}" if self.authzid else "")


def own_names(person):
    """A1, A2, A3: every name of the person's own mailbox."""
    return (person.uid, person.uid.upper(), person.mail, *person.aliases,
            person.address,
            f"{NETBIOS}\\{person.uid}", f"{NETBIOS}/{person.uid}",
            f"{NETBIOS.lower()}/{person.uid}", f"{DOMAIN}/{person.uid}")


def project_names(person, mailbox):
    """A4: every name of a project mailbox."""
    names = []
    for box in (mailbox, f"{mailbox}@{DOMAIN}"):
        for sep in "\\/":
            names += [f"{NETBIOS}{sep}{person.uid}{sep}{box}",
                      f"{person.address}{sep}{box}",
                      f"{person.uid}{sep}{box}"]
    names.append(f"{NETBIOS}\\{person.uid}/{mailbox}")
    # a program that lower-cases or capitalises the login
    names.append(f"{NETBIOS.lower()}/{person.uid}/{mailbox}")
    names.append(f"{NETBIOS}/{person.uid.upper()}/{mailbox.capitalize()}")
    return tuple(names)


def project_logins(person, mailbox, password=None):
    """A4 and A5: the names above, Dovecot's own form, and authzids."""
    password = person.password if password is None else password
    logins = [Login(name, password) for name in project_names(person, mailbox)]
    logins.append(Login(f"{mailbox}*{person.uid}", password))
    for authzid in (mailbox, f"{mailbox}@{DOMAIN}"):
        logins.append(Login(person.uid, password, authzid))
    logins.append(Login(f"{NETBIOS}\\{person.uid}", password, mailbox))
    logins.append(Login(person.mail, password, mailbox))
    return tuple(logins)


def own_logins(person, password=None):
    """A1, A2, A3 and A5: the same for the person's own mailbox."""
    password = person.password if password is None else password
    logins = [Login(name, password) for name in own_names(person)]
    logins += [Login(person.uid, password, person.uid),
               Login(person.uid, password, person.uid.upper()),
               Login(f"{person.uid}/{person.uid}", password),
               Login(f"{NETBIOS}\\{person.uid}", password,
                     f"{NETBIOS}\\{person.uid}"),
               Login(person.mail, password, person.uid)]
    return tuple(logins)
