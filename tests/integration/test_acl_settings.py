# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""campus_acl_union and campus_acl_anyone: the commands and the capability go
with them."""

import pytest

from testenv.folders import newcomer
from testenv.people import ALICE, BOB, CAROL
from testenv.projects import new_project

SETTINGS = {"2.3": "plugin {{\n  {}\n}}\n", "2.4": "{}\n"}
OFF = {"2.3": "plugin {\n  acl =\n}\n", "2.4": "acl_driver =\n"}


def configured(campus, setting):
    return campus.dovecot.configured(
        SETTINGS[campus.dovecot.series].format(setting))


def capabilities(imap):
    return imap.command("CAPABILITY")[1][0].split()


def ok(imap, command):
    reply, lines = imap.command(command)
    assert reply.startswith(b"OK"), (command, reply)
    return lines


def test_union_is_off(second_campus):
    """Dovecot's own rule: no capability, but the same refusals."""
    with configured(second_campus, "campus_acl_union = no"), \
            newcomer(second_campus) as person, \
            second_campus.logged_in("imap", person) as imap:
        assert b"ACL2=UNION" not in capabilities(imap)
        assert b"ACL" in capabilities(imap)
        ok(imap, "CREATE INBOX.mine")
        ok(imap, "SETACL INBOX.mine group=staff lr")
        assert ok(imap, "GETACL INBOX.mine") == [
            b"* ACL INBOX.mine group=staff lr owner lrwstipekxacd"]
        # there an entry of one's own name stands before that of the owner
        for command in ("SETACL INBOX.mine anyone lr",
                        "SETACL INBOX.mine owner lr",
                        f"SETACL INBOX.mine {person.name} lr",
                        f"SETACL INBOX.mine -{person.name} a",
                        "SETACL INBOX.mine root lr"):
            assert imap.command(command)[0].startswith(b"NO [CANNOT]")
        ok(imap, f"SETACL INBOX.mine {person.name} lra")
        assert ok(imap, "MYRIGHTS INBOX.mine") == [b"* MYRIGHTS INBOX.mine lra"]


def test_everybody(second_campus):
    with configured(second_campus, "campus_acl_anyone = yes"), \
            new_project(second_campus) as project:
        with project.logged_in(ALICE) as imap:
            assert b"ACL2=UNION" in capabilities(imap)
            ok(imap, "CREATE INBOX.open")
            ok(imap, "SETACL INBOX.open anyone lr")
            ok(imap, "SETACL INBOX.open authenticated +i")
            assert ok(imap, "GETACL INBOX.open") == [
                b"* ACL INBOX.open anyone lr authenticated i "
                b"owner lrwstipekxacd"]
            assert ok(imap, "LISTRIGHTS INBOX.open anyone") == [
                b'* LISTRIGHTS INBOX.open anyone "" l r w s t i p e k x a c d']
        second_campus.doveadm("acl", "set", "-u", project.uid, "INBOX.open",
                              "anyone", "lookup")
        assert project.acl("open") == ["anyone l", "authenticated i"]


@pytest.mark.parametrize("name", ("campus_acl_union", "campus_acl_anyone"))
def test_bad_value(second_campus, name):
    """A session does not begin in doubt; on 2.4 Dovecot does not start."""
    words = f"{name}: 'perhaps' is neither yes nor no"
    with configured(second_campus, "campus_acl_union = yes"):
        second_campus.dovecot.configure(
            SETTINGS[second_campus.dovecot.series].format(f"{name} = perhaps"))
        if second_campus.dovecot.series != "2.3":
            done = second_campus.exec("doveconf", check=False)
            assert done.returncode != 0
            assert words in done.stderr.decode()
            return
        second_campus.dovecot.restart()
        mark = second_campus.log.mark()
        with newcomer(second_campus) as person, \
                second_campus.connect("imap") as imap:
            reply = imap.login(person)
            assert imap.accepted(reply)
            assert not imap.command("NOOP")[0].startswith(b"OK")
        second_campus.log.wait_for(words, mark)


def test_acl_is_off(second_campus):
    """Without acl there is nothing to announce, and nobody but the owner gets
    in."""
    with second_campus.dovecot.configured(OFF[second_campus.dovecot.series]), \
            newcomer(second_campus) as person, \
            second_campus.logged_in("imap", person) as imap:
        assert b"ACL2=UNION" not in capabilities(imap)
        for command in ("GETACL INBOX", "MYRIGHTS INBOX",
                        "SETACL INBOX abcd0002 lr", "DELETEACL INBOX x"):
            assert imap.command(command)[0].startswith((b"BAD", b"NO"))


ATTRIBUTES = {"2.3": "mail_attribute_dict = file:%h/dovecot-attributes\n",
              "2.4": "mail_attribute {\n  dict file {\n"
                     "    path = %{home}/dovecot-attributes\n  }\n}\n"}


def test_dsync_copies_all(second_campus):
    """Also what could not be written anew: a copy is a copy."""
    lines = ["-user=abcd0003 i", "anyone lr", "user=ABCD0003 s",
             "user=group=staff l"]
    series = second_campus.dovecot.series
    with second_campus.dovecot.configured(ATTRIBUTES[series]), \
            new_project(second_campus) as project:
        project.create("shared", *lines)
        place = second_campus.dir / "mail" / f"{project.uid}-copy"
        second_campus.doveadm("sync", "-1", "-u", project.uid,
                              f"sdbox:{place}")
        path, = place.glob("mailboxes/**/shared/dbox-Mails/dovecot-acl")
        assert sorted(path.read_text().splitlines()) == lines


GLOBAL = {"2.3": "plugin {{\n  acl = vfile:{}\n}}\n",
          "2.4": "acl_global_path = {}\n"}


def test_global_entries(second_campus):
    """The administrator's: shown with their mark, and not to be changed."""
    path = second_campus.dovecot.etc / "global-acls"
    path.write_text("INBOX.all -owner a\nINBOX.all user=abcd0002 i\n"
                    "INBOX.all anyone lr\n")
    path.chmod(0o644)
    core = GLOBAL[second_campus.dovecot.series].format(path)
    with second_campus.dovecot.configured(core), \
            new_project(second_campus) as project:
        project.create("all", "user=abcd0002 l", messages=())
        with project.logged_in(ALICE) as imap:
            assert ok(imap, "MYRIGHTS INBOX.all") == [
                b"* MYRIGHTS INBOX.all lrwstipekxcd"]
            reply, _ = imap.command("GETACL INBOX.all")
            assert reply.startswith(b"NO [NOPERM]")
        path.write_text("INBOX.all -owner r\nINBOX.all user=abcd0002 i\n"
                        "INBOX.all anyone lr\n")
        with project.logged_in(ALICE) as imap:
            assert ok(imap, "GETACL INBOX.all") == [
                b"* ACL INBOX.all abcd0002 l #anyone lr -#owner r #abcd0002 i "
                b"owner lrwstipekxacd"]
            assert ok(imap, "LISTRIGHTS INBOX.all owner") == [
                b"* LISTRIGHTS INBOX.all owner la r w s t i p e k x c d"]
            for command in ("SETACL INBOX.all #anyone r",
                            "DELETEACL INBOX.all #anyone",
                            "DELETEACL INBOX.all -#owner"):
                assert imap.command(command)[0].startswith(
                    b"NO [CANNOT]"), command
            assert ok(imap, "MYRIGHTS INBOX.all") == [
                b"* MYRIGHTS INBOX.all lwstipekxacd"]
        with project.logged_in(BOB) as imap:
            assert b"a" not in ok(imap, "MYRIGHTS INBOX.all")[0].split()[-1]


HIDE_DELETED = {
    "2.3": "pop3_deleted_flag = '$POP3Deleted'\n",
    "2.4": "pop3_delete_type = flag\npop3_deleted_flag = $POP3Deleted\n",
}


def test_pop3_hides_instead_of_deleting(second_campus):
    """Who may not is told so there, too, and hides nothing."""
    core = HIDE_DELETED[second_campus.dovecot.series]
    with second_campus.dovecot.configured(core), \
            new_project(second_campus) as project:
        for number in range(3):
            assert second_campus.deliver(f"{project.uid}@campus.example",
                                         str(number)).startswith(b"250")
        for login, answer, left in ((CAROL, b"-ERR [SYS/PERM] You may read", 3),
                                    (BOB, b"+OK", 2)):
            with project.logged_in(login, "pop3") as conn:
                assert conn.command("DELE 1").startswith(b"+OK")
                assert conn.command("QUIT").startswith(answer)
            with project.logged_in(login, "pop3") as conn:
                assert conn.command("STAT").split()[1] == b"%d" % left
