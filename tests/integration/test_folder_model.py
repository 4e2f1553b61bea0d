# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""100,000 random commands by random spellings, of several people at once,
against a simple model of the folder tree: what each answers, what exists, and
what lies on the disk in the end.

CAMPUS_MODEL_SEED=N asks for other commands, CAMPUS_MODEL_COMMANDS=N for more."""

import os
import random
import re
import time
import unicodedata

from testenv.folders import Folders, decoded, encoded, message, newcomer
from testenv.wire import quoted, side_by_side

SEED = int(os.environ.get("CAMPUS_MODEL_SEED", "4711"))
COMMANDS = int(os.environ.get("CAMPUS_MODEL_COMMANDS", "100000"))
PEOPLE = 4
# A machine that is too busy does fewer commands, the first ones.
SECONDS = 50
# So many are sent before the first answer is read.
PIPELINE = 100

SPECIAL = {
    "Drafts": ("Draft", "Entwürfe", "Brouillons", "Черновики", "Wersje robocze"),
    "Sent Items": ("Sent", "Sent Messages", "sent-mail", "Gesendet",
                   "Éléments envoyés", "Отправленные", "Lähetetyt"),
    "Deleted Items": ("Trash", "Bin", "Deleted Messages", "Papierkorb",
                      "Gelöschte Elemente", "Koš", "Корзина", "지운 편지함"),
    "Junk E-mail": ("Spam", "Junk", "Bulk Mail", "Nevyžádaná pošta",
                    "迷惑メール"),
    # other names of it are names like any other
    "Archive": (),
}
PLAIN = ("Mine", "mine", "Ärger", "Archives", "Sent Things", "Sen", "Sent2",
         "Drafts & more", "INBOXES", "邮件")
CHILDREN = ("2024", "Sent", "Ärger", "INBOX")


def folded(name):
    return unicodedata.normalize(
        "NFD", unicodedata.normalize("NFD", name).upper())


ALIASES = {folded(alias): folder
           for folder, aliases in SPECIAL.items() for alias in aliases}
OWN = {folded(folder): folder for folder in SPECIAL}


class Name:
    """What a spelling means: service.md C and D."""

    def __init__(self, typed):
        self.typed = typed
        self.prefixed = typed[:6].upper() == "INBOX."
        self.is_inbox = typed.upper() == "INBOX"
        below = typed[6:] if self.prefixed else typed
        first, dot, rest = below.partition(".")
        self.second_inbox = not self.is_inbox and first.upper() == "INBOX"
        self.alias = folded(first) in ALIASES
        # as LIST shows it: the prefix as NAMESPACE says, but another name of
        # a special folder as it was typed
        self.spelled = typed
        # the folder's name below the root, INBOX itself as it is
        if self.is_inbox or below == "INBOX":
            # Dovecot takes INBOX.INBOX for INBOX, wherever no folder is made.
            self.folder = self.spelled = "INBOX"
        elif self.second_inbox:
            self.folder = "INBOX." + below
        else:
            meant = ALIASES.get(folded(first)) or OWN.get(folded(first)) or \
                first
            self.folder = meant + dot + rest
            if self.prefixed and meant == first:
                self.spelled = "INBOX." + self.folder
        self.special = self.folder in SPECIAL


class Model:
    """One person's folders."""

    def __init__(self):
        self.messages = dict.fromkeys(("INBOX", *SPECIAL), 0)
        self.subscribed = set(SPECIAL)
        # Dovecot lists them all the same, but not always by an exact name.
        self.unsubscribed = set()
        # learnt when a folder is first seen, and then to stay
        self.validity = {}

    def below(self, folder):
        return [name for name in self.messages
                if name.startswith(folder + ".")]

    def is_shown(self, folder):
        return folder in self.messages or bool(self.below(folder))

    def shown(self):
        """All folders, and what only holds others."""
        names = set(self.messages)
        for name in self.messages:
            while "." in name:
                name = name.rpartition(".")[0]
                names.add(name)
        return names

    # Each returns how the answer begins.

    def exists(self, name, missing="NO"):
        return "OK" if name.folder in self.messages else missing

    def create(self, name):
        if name.second_inbox:
            return "NO [CANNOT]"
        if name.folder in self.messages:
            return "OK" if name.alias else "NO [ALREADYEXISTS]"
        self.messages[name.folder] = 0
        return "OK"

    def delete(self, name):
        if name.folder == "INBOX":
            return "NO"
        if name.special:
            return "NO [CANNOT]"
        if name.folder not in self.messages:
            return "NO [NONEXISTENT]"
        del self.messages[name.folder]
        self.validity.pop(name.folder, None)
        return "OK"

    def rename(self, old, new):
        # Where several things are wrong, any of them may be said.
        wrong = ["NO"] if old.is_inbox and new.prefixed else []
        if old.folder == "INBOX" or old.special:
            wrong.append("NO [CANNOT]")
        if new.folder.startswith(old.folder + "."):
            wrong.append("NO")
        if new.special or new.folder in self.messages:
            wrong.append("NO [ALREADYEXISTS]")
        if new.second_inbox:
            wrong.append("NO [CANNOT]")
        if new.folder == old.folder:
            wrong.append("NO [ALREADYEXISTS]")
        if old.folder not in self.messages:
            wrong.append("NO [NONEXISTENT]")
        if wrong:
            return tuple(wrong)
        for name in [old.folder, *self.below(old.folder)]:
            to = new.folder + name[len(old.folder):]
            self.messages[to] = self.messages.pop(name)
            if name in self.validity:
                self.validity[to] = self.validity.pop(name)
        return "OK"

    def append(self, name):
        if name.folder not in self.messages:
            return "NO [TRYCREATE]"
        self.messages[name.folder] += 1
        return "OK"

    def subscribe(self, name):
        if name.folder not in self.messages:
            return "NO"
        self.subscribed.add(name.folder)
        self.unsubscribed.discard(name.folder)
        return "OK"

    def unsubscribe(self, name):
        if name.special:
            self.unsubscribed.add(name.folder)
        else:
            self.subscribed.discard(name.folder)
        return "OK"


def full(folder):
    return folder if folder == "INBOX" else "INBOX." + folder


class Person:
    """Says random commands, and what the model expects of each."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.model = Model()

    def name(self):
        choice = self.random.choice
        kind = self.random.random()
        if kind < 0.03:
            first = choice(("INBOX", "inbox", "InBox"))
        elif kind < 0.5:
            folder = choice(list(SPECIAL))
            first = choice((folder, *SPECIAL[folder]))
            first = choice((str, str, str.upper, str.lower, str.title,
                            str.swapcase))(first)
        else:
            first = choice(PLAIN)
        if kind < 0.5:
            form = choice(("NFC", "NFC", "NFD"))
            first = unicodedata.normalize(form, first)
        parts = [first]
        while len(parts) < 3 and self.random.random() < 0.3:
            parts.append(choice(CHILDREN))
        prefix = choice(("", "", "INBOX.", "INBOX.", "inbox.", "Inbox."))
        return Name(prefix + ".".join(parts))

    def name_of_folder(self):
        """A name, but for what is no folder and holds some: what these are
        differs with the storage, and Dovecot renames them by halves."""
        while True:
            name = self.name()
            if name.folder in self.model.messages or \
                    not self.model.below(name.folder):
                return name

    def step(self):
        """A command, how its answer begins, and a check of the rest."""
        model, name = self.model, self.name_of_folder()
        typed = quoted(encoded(name.typed)).decode()
        verb = self.random.choice(
            ("SELECT", "EXAMINE", *["STATUS"] * 5, "CREATE", "DELETE", "RENAME",
             "APPEND", "SUBSCRIBE", "UNSUBSCRIBE", *["LIST"] * 5, "LIST %",
             "LSUB", "LSUB", "LIST *", "LSUB *"))
        if verb in ("LIST *", "LSUB *") and self.random.random() < 0.8:
            verb = "STATUS"
        # INBOX.INBOX and INBOX are two in the list of subscriptions.
        if name.second_inbox and verb.endswith("SUBSCRIBE"):
            verb = "CREATE"
        check = None
        if verb in ("SELECT", "EXAMINE", "STATUS"):
            expected = model.exists(name)
            if expected == "OK":
                check = self.same(name.folder, model.messages[name.folder])
            command = f"{verb} {typed}"
            if verb == "STATUS":
                command += " (MESSAGES UIDVALIDITY)"
        elif verb in ("CREATE", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"):
            command = f"{verb} {typed}"
            expected = getattr(model, verb.lower())(name)
        elif verb == "RENAME":
            new = self.name_of_folder()
            command = f"RENAME {typed} {quoted(encoded(new.typed)).decode()}"
            expected = model.rename(name, new)
        elif verb == "APPEND":
            text = message("x").decode()
            command = f"APPEND {typed} {{{len(text)}+}}\r\n{text}"
            expected = model.append(name)
        else:
            command, shown = self.listing(verb, name, typed)
            expected = "OK"
            check = None if shown is None else self.names(shown)
        return command, expected, check

    def listing(self, verb, name, typed):
        model = self.model
        if verb == "LIST *":
            return 'LIST "" "*"', set(map(full, model.shown()))
        if verb == "LSUB *":
            return 'LSUB "" "*"', set(map(full, model.subscribed))
        if name.second_inbox:
            # shown by no name; what it could be is another test's matter
            return 'LIST "" ""', None
        if verb == "LIST":
            return (f'LIST "" {typed}',
                    {name.spelled} if model.is_shown(name.folder) else set())
        if verb == "LSUB" and name.folder in model.unsubscribed:
            return f'LSUB "" {typed}', None
        if verb == "LSUB":
            there = name.folder in model.subscribed
            return f'LSUB "" {typed}', {name.spelled} if there else set()
        if name.is_inbox:
            return 'LIST "" "INBOX.%"', {
                full(shown) for shown in model.shown()
                if "." not in shown and shown != "INBOX"}
        return (f'LIST "" {typed[:-1]}.%"',
                {name.spelled + shown[len(name.folder):]
                 for shown in model.shown()
                 if shown.rpartition(".")[0] == name.folder})

    @staticmethod
    def names(shown):
        def check(untagged):
            found = []
            for line in untagged:
                match = re.match(rb'\* (?:LIST|LSUB) \(([^)]*)\) "." '
                                 rb'(?:"(.*)"|(\S+))$', line)
                if match:
                    found.append(decoded((match.group(2) or
                                          match.group(3)).decode()))
            if sorted(found) != sorted(shown):
                return (f"missing {sorted(shown - set(found))}, "
                        f"too many {sorted(set(found) - shown)} of {found}")
            return None
        return check

    def same(self, folder, messages):
        """The folder has its messages and the UIDVALIDITY that it ever had."""
        known = self.model.validity.setdefault(folder, [])

        def check(untagged):
            text = b"\n".join(untagged)
            validity, = re.findall(rb"UIDVALIDITY (\d+)", text)
            count, = re.findall(rb"(?:MESSAGES (\d+)|(\d+) EXISTS)", text)
            count = int(count[0] or count[1])
            if not known:
                known.append(validity)
            if known != [validity] or count != messages:
                return (f"{folder} has {messages} messages, {known}; "
                        f"not {count}, {validity}")
            return None
        return check


def converse(imap, person, count):
    """Send count commands; the first answers that differ from the model."""
    differences = []
    done = 0
    end = time.monotonic() + SECONDS
    while count > 0 and time.monotonic() < end:
        steps = [person.step() for _ in range(min(count, PIPELINE))]
        count -= len(steps)
        sent = []
        for command, _, _ in steps:
            sent.append(f"a {command}\r\n")
            if command.startswith(("SELECT", "EXAMINE")):
                sent.append("a UNSELECT\r\n")
        imap.send("".join(sent).encode())
        for command, expected, check in steps:
            reply, untagged = imap.answer()
            if command.startswith(("SELECT", "EXAMINE")):
                imap.answer()
            done += 1
            wrong = None
            if not reply.decode().startswith(expected):
                wrong = f"not {expected}"
            elif check is not None:
                wrong = check(untagged)
            if wrong:
                differences.append((done, command, reply, wrong))
                if len(differences) >= 3:
                    return differences
    return differences


def on_disk(campus, uid):
    """Names of the folders in the Maildir."""
    home = campus.doveadm("user", "-f", "home", uid).strip()
    done = campus.exec("sh", "-c", f"cd {home}/Maildir && ls -A")
    return {decoded(name[1:]) for name in done.stdout.decode().splitlines()
            if name.startswith(".")}


def run(campus, login, seed):
    person = Person(seed)
    with Folders(campus, login) as folders:
        for name in SPECIAL:
            folders.do(f"EXAMINE {folders.quoted(name)}")
        folders.do("UNSELECT")
        differences = converse(folders.imap, person, COMMANDS // PEOPLE)
    if not differences:
        assert on_disk(campus, login.name) == \
            set(person.model.messages) - {"INBOX"}
    return differences


def test_model(campus):
    print(f"CAMPUS_MODEL_SEED={SEED}")
    people = [newcomer(campus) for _ in range(PEOPLE)]
    logins = [person.__enter__() for person in people]
    try:
        found = side_by_side(
            lambda item: run(campus, item[1], SEED * 100 + item[0]),
            list(enumerate(logins)))
    finally:
        for person in people:
            person.__exit__(None, None, None)
    assert not any(found), "\n".join(
        f"{SEED}/{number}: {difference}"
        for number, differences in enumerate(found)
        for difference in differences)
