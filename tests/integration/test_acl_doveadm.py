# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""doveadm campus acl: what it explains is what sessions get, by ACL2=UNION and
by Dovecot's own rule."""

import pytest

from testenv.folders import newcomer
from testenv.projects import ROLES, letters, new_project

UNION_OFF = {"2.3": "plugin {\n  campus_acl_union = no\n}\n",
             "2.4": "campus_acl_union = no\n"}

ACLS = (
    (), ("user=abcd0003 i",), ("user=abcd0003 st", "authenticated w"),
    ("anyone k",), ("-user=abcd0002 x",), ("-anyone r",),
    ("user=abcd0003 wst", "-anyone s"), ("owner lr",),
    ("owner lr", "user=abcd0001 i"), ("-owner ek",),
    ("anyone lr", "authenticated i", "user=abcd0002 lrw"),
    ("group=strangers wst", "-group=strangers lr"),
    ("user=abcd0001 l", "-owner x", "anyone s"),
)


@pytest.fixture(scope="module")
def project(second_campus):
    with new_project(second_campus) as project:
        for number, lines in enumerate(ACLS):
            project.create(f"f{number}", *lines, messages=())
        yield project


def explained(project, folder, role, person):
    """The rights by the union and by Dovecot's rule."""
    text = project.campus.doveadm(
        "-f", "tab", "campus", "acl", "explain", "-u", project.uid, "-p",
        person.uid, "-r", role, folder)
    rows = {line.split("\t")[0]: line.split("\t")[1]
            for line in text.splitlines()[1:]}
    return rows["ACL2=UNION"], rows["Dovecot's rule"]


def session_rights(project, person):
    """The letters of MYRIGHTS for each folder."""
    with project.logged_in(person) as conn:
        found = []
        for number in range(len(ACLS)):
            reply, lines = conn.command(f"MYRIGHTS INBOX.f{number}")
            found.append(letters(lines) if reply.startswith(b"OK") else "")
        return [set(rights) for rights in found]


def test_explained_is_what_a_session_gets(second_campus, project):
    said = {role: [explained(project, f"INBOX.f{number}", role, person)
                   for number in range(len(ACLS))]
            for role, person in ROLES.items()}
    for role, person in ROLES.items():
        assert session_rights(project, person) == \
            [set(union) for union, _ in said[role]], role
    with second_campus.dovecot.configured(
            core=UNION_OFF[second_campus.dovecot.series]):
        for role, person in ROLES.items():
            assert session_rights(project, person) == \
                [set(stock) for _, stock in said[role]], role


def test_explain_says_what_counts(second_campus, project):
    project.create("explained", "user=abcd0003 lrs", "group=staff i",
                   "-anyone s", '"-group=the staff" r', messages=())
    text = second_campus.doveadm("-f", "tab", "campus", "acl", "explain", "-u",
                                 project.uid, "-p", "abcd0003", "-g",
                                 "staff,other", "INBOX.explained", check=False)
    rows = [line.split("\t") for line in text.splitlines()]
    assert rows[0] == ["entry", "gives", "takes", "note"]
    assert ["abcd0003", "lrs", "", "counts"] in rows
    assert ["group=staff", "i", "", "counts"] in rows
    assert ["anyone", "", "s", "counts"] in rows
    assert any("takes all from everybody" in row[3] for row in rows)
    assert ["ACL2=UNION", "", "", ""] in rows


def test_compare_lists_what_would_change(second_campus):
    with newcomer(second_campus) as login:
        second_campus.doveadm("mailbox", "create", "-u", login.name,
                              "INBOX.same", "INBOX.changes")
        maildir = second_campus.dir / "mail" / login.name / "Maildir"
        for folder, lines in (("same", "user=abcd0002 lr\n"),
                              ("changes", "anyone l\ngroup=staff lrs\n"
                                          "user=abcd0002 li\n")):
            path = maildir / f".{folder}" / "dovecot-acl"
            path.write_text(lines)
            path.chmod(0o644)
        text = second_campus.doveadm("-f", "tab", "campus", "acl", "compare",
                                     "-A")
        rows = [line.split("\t")[-6:] for line in text.splitlines()[1:]
                if login.name in line]
    assert [login.name, "INBOX.changes", "abcd0002", "staff", "li",
            "lrsi"] in rows
    assert not any(row[1] == "INBOX.same" for row in rows), rows


@pytest.mark.parametrize("options,words", (
    (("-u", "physics", "-r", "boss", "INBOX"), "'boss' is no role"),
    (("-u", "nobody-of-that-name", "INBOX"), "doesn't exist"),
    (("-u", "physics", "\x1b[31m/../x"), "")))
def test_wrong_use(second_campus, options, words):
    done = second_campus.exec("doveadm", "campus", "acl", "explain", *options,
                              check=False)
    assert words in done.stderr.decode()
    assert b"\x1b" not in done.stderr + done.stdout
    assert done.returncode != 0 or not words


def test_explain_a_folder_that_there_is_not(second_campus, project):
    done = second_campus.exec("doveadm", "campus", "acl", "explain", "-u",
                              project.uid, "no such folder", check=False)
    assert done.returncode == 68
    assert b"There is no mailbox 'INBOX.no such folder'" in done.stderr


def test_explain_by_another_name(second_campus, project):
    """As programs name it; and special folders that nobody has opened yet."""
    second_campus.doveadm("acl", "set", "-u", project.uid,
                          "INBOX.Deleted Items", "user=abcd0004", "lookup")
    texts = [second_campus.doveadm("-f", "tab", "campus", "acl", "explain",
                                   "-u", project.uid, "-p", "abcd0004", name)
             for name in ("INBOX.Deleted Items", "Trash", "INBOX.Papierkorb",
                          "Deleted Items")]
    assert "abcd0004\tl\t" in texts[0]
    assert len(set(texts)) == 1
    assert "ACL2=UNION" in second_campus.doveadm(
        "campus", "acl", "explain", "-u", project.uid, "INBOX.Archive")
