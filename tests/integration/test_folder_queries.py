# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Names of folders in the search queries of doveadm: they mean what they mean
everywhere else, for each user what they mean for that one."""

import pytest

from testenv.folders import Folders, newcomer

# A query, and what it finds of the messages below.
FOLDERS = ("INBOX", "Drafts", "Sent Items", "Sent Items.2024", "Deleted Items",
           "Junk E-mail", "Clients", "Clients.Sent")
QUERIES = (
    ("mailbox Sent", ["Sent Items"]),
    ("mailbox INBOX.Sent", ["Sent Items"]),
    ("mailbox|Sent Items", ["Sent Items"]),
    ("mailbox|SENT items", ["Sent Items"]),
    ("mailbox|INBOX.sent items", ["Sent Items"]),
    ("mailbox|INBOX.Sent Items", ["Sent Items"]),
    ("mailbox Papierkorb", ["Deleted Items"]),
    ("mailbox Sent.2024", ["Sent Items.2024"]),
    ("mailbox INBOX", ["INBOX"]),
    ("mailbox inbox", ["INBOX"]),
    ("mailbox Clients", ["Clients"]),
    ("mailbox Clients.Sent", ["Clients.Sent"]),
    ("mailbox Nowhere", []),
    ("mailbox Sent subject Sent", ["Sent Items"]),
    ("mailbox Sent subject Drafts", []),
    ("mailbox Sent body nothing", []),
    ("mailbox Sent mailbox Trash", []),
    ("( mailbox Sent or mailbox Trash )", ["Deleted Items", "Sent Items"]),
    ("( mailbox Sent or mailbox Gesendet )", ["Sent Items"]),
    ("( mailbox Sent or mailbox INBOX.Clients )", ["Clients", "Sent Items"]),
    ("( ( mailbox Sent subject Items ) or ( mailbox Trash subject Sent ) )",
     ["Sent Items"]),
    ("not mailbox Sent", [folder for folder in FOLDERS
                          if folder != "Sent Items"]),
    ("not ( mailbox Sent or mailbox Clients )",
     [folder for folder in FOLDERS if folder not in ("Sent Items", "Clients")]),
    ("mailbox Sen*", ["Sent Items", "Sent Items.2024"]),
    ("mailbox Sent.*", ["Sent Items.2024"]),
    ("mailbox INBOX.Sent.*", ["Sent Items.2024"]),
    ("mailbox INBOX.Sen%", ["Sent Items"]),
    ("mailbox Clients*", ["Clients", "Clients.Sent"]),
    ("mailbox Clients.%", ["Clients.Sent"]),
    ("mailbox INBOX.*Items", ["Deleted Items", "Sent Items"]),
)


def words(query):
    """The words of a query; with a | in it, that is what parts them."""
    return query.split("|" if "|" in query else " ")


def found(campus, *query, user=None):
    """The subjects that doveadm finds, sorted."""
    who = ("-u", user) if user else ("-A",)
    lines = campus.doveadm("-f", "tab", "fetch", *who, "hdr.subject", *query)
    return sorted(line.split("\t")[-1] for line in lines.splitlines()[1:])


@pytest.fixture(scope="module")
def full(campus):
    """A mailbox with one message in each folder, which is its subject."""
    with newcomer(campus) as person:
        with Folders(campus, person) as folders:
            for name in ("Sent.2024", "Clients", "Clients.Sent"):
                folders.do(f"CREATE {name}")
            for name in FOLDERS:
                folders.put(name, name)
        yield person.name


@pytest.mark.parametrize("query, expected", QUERIES)
def test_what_is_found(campus, full, query, expected):
    assert found(campus, *words(query), "all", user=full) == sorted(expected)


def test_search(campus, full):
    assert campus.doveadm("search", "-u", full, "mailbox", "Trash") == \
        campus.doveadm("search", "-u", full, "mailbox", "INBOX.Deleted Items")


@pytest.mark.parametrize("query, folder", (
    ("mailbox Trash all", "Deleted Items"),
    ("mailbox|deleted items|all", "Deleted Items"),
    ("mailbox INBOX.Bin all", "Deleted Items"),
    ("mailbox Spam 1:*", "Junk E-mail"),
    ("( mailbox Trash all ) or ( mailbox Spam all )", "Deleted Items")))
def test_expunge(campus, query, folder):
    with newcomer(campus) as person, Folders(campus, person) as folders:
        for name in ("INBOX", folder, "Sent Items"):
            folders.put(name, name)
        campus.doveadm("expunge", "-u", person.name, *words(query))
        assert folders.subjects(folder) == []
        assert folders.subjects("Sent Items") == ["Sent Items"]
        assert folders.subjects("INBOX") == ["INBOX"]


def make_legacy(campus, user, *names):
    """Folders of names that mean others today, made without the plugin."""
    campus.doveadm("-o", "mail_plugins=", "mailbox", "create", "-u", user,
                   *(f"INBOX.{name}" for name in names))


def test_one_query_for_many(campus):
    """Two names of one folder for one user, and of three for the next, who has
    them from before; whichever comes first."""
    with newcomer(campus) as first, newcomer(campus) as legacy, \
            newcomer(campus) as last:
        make_legacy(campus, legacy.name, "Sent", "Gesendet")
        for person, names in ((first, ["Sent Items"]), (last, ["Sent Items"]),
                              (legacy, ["Sent Items", "Sent", "Gesendet"])):
            with Folders(campus, person) as folders:
                for name in names:
                    folders.put(name, f"{person.name} {name}")
        everybody = [f"{first.name} Sent Items", f"{last.name} Sent Items"]

        def of(*query):
            return [subject for subject in found(campus, *query)
                    if subject.startswith("newcomer")]

        assert of("mailbox", "Sent") == \
            sorted([*everybody, f"{legacy.name} Sent"])
        assert of("(", "mailbox", "Sent", "or", "mailbox", "Gesendet", ")") == \
            sorted([*everybody, f"{legacy.name} Sent",
                    f"{legacy.name} Gesendet"])
        assert of("mailbox", "Sent Items") == \
            sorted([*everybody, f"{legacy.name} Sent Items"])


def test_copy_from_somebody_else(campus):
    """The names are of the mailbox that is copied from."""
    with newcomer(campus) as source, newcomer(campus) as target:
        make_legacy(campus, source.name, "Sent")
        with Folders(campus, source) as folders:
            for name in ("Sent", "Sent Items", "Deleted Items"):
                folders.put(name, name)
        with Folders(campus, target) as folders:
            campus.doveadm("copy", "-u", target.name, "Archive", "user",
                           source.name, "mailbox", "Sent", "all")
            assert folders.subjects("Archive") == ["Sent"]
            campus.doveadm("copy", "-u", target.name, "Archive", "user",
                           source.name, "mailbox", "Trash", "all")
            assert folders.subjects("Archive") == ["Deleted Items", "Sent"]
            campus.doveadm("move", "-u", target.name, "Trash", "mailbox",
                           "archive", "all")
            assert folders.subjects("Archive") == []
            assert folders.subjects("Deleted Items") == \
                ["Deleted Items", "Sent"]


def test_import(campus, tmp_path):
    """In what is imported names are what they are."""
    tmp_path.chmod(0o755)
    for name in (".Sent", ".Sent Items"):
        for part in ("cur", "new", "tmp"):
            (tmp_path / "maildir" / name / part).mkdir(parents=True)
        (tmp_path / "maildir" / name / "cur" / "1.a.x:2,").write_text(
            f"Subject: {name}\n\ntext\n")
    for parent in tmp_path.parents:
        if str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    campus.exec("chown", "-R", "5000:5000", tmp_path / "maildir")
    with newcomer(campus) as person, Folders(campus, person) as folders:
        campus.doveadm("import", "-u", person.name,
                       f"maildir:{tmp_path}/maildir", "", "mailbox", "Sent",
                       "all")
        assert folders.subjects("Sent Items") == [".Sent"]
