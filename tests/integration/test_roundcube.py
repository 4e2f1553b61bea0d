# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Webmail beside the other programs: a real Roundcube in a real browser."""

import pytest

from testenv.folder_programs import Mbsync, mutt_delete
from testenv.folders import ROLES, Folders
from testenv.people import ALICE, BOB, Login
from testenv.roundcube import Roundcube, Webmail, browser
from testenv.wait import until

# Roundcube finds the special folders by their use. Locked, it takes the names
# of its configuration, which by default are Drafts, Sent, Junk and Trash.
LOCKED = {"lock_special_folders": "true", "create_default_folders": "true"}
SETTINGS = {"as shipped": {}, "by its own names": LOCKED, "by our names": {
    **LOCKED, "sent_mbox": "'Sent Items'", "junk_mbox": "'Junk E-mail'",
    "trash_mbox": "'Deleted Items'"}}
USES = {"drafts": "\\Drafts", "sent": "\\Sent", "junk": "\\Junk",
        "trash": "\\Trash"}


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    driver = browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def roundcube(campus, tmp_path_factory):
    roundcube = Roundcube(campus, tmp_path_factory.mktemp("roundcube") / "rc")
    yield roundcube
    roundcube.stop()


@pytest.fixture
def webmail(driver, roundcube):
    roundcube.configure({})
    return Webmail(driver, roundcube)


@pytest.mark.parametrize("name,mailbox", (
    ("abcd0001", "abcd0001"), ("CAMPUS/abcd0001", "abcd0001"),
    ("CAMPUS/abcd0001/physics", "physics")))
def test_login_and_folder_list(campus, webmail, roundcube, name, mailbox):
    subject = f"marker for {mailbox}"
    assert campus.deliver(f"{mailbox}@campus.example", subject) \
        .startswith(b"250")
    login = Login(name, ALICE.password)
    with Folders(campus, login) as folders:
        real = {use: folders.full(ROLES[USES[use]]) for use in USES}
        below = len(folders.prefix)
    roundcube.configure({"show_real_foldernames": "true"})
    webmail.login(login)
    assert subject in webmail.subjects()
    listed = webmail.folders()
    for use, folder in real.items():
        assert [entry for entry in listed if entry[0] == use] == \
            [(use, folder, folder[below:])]
    names = [name for _, name, _ in listed]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("settings", SETTINGS)
def test_folder_list(webmail, roundcube, person, folders, settings):
    """In its own words, whatever the names are."""
    roundcube.configure(SETTINGS[settings])
    webmail.login(person)
    folders.check_roles()
    listed = webmail.folders()
    assert sorted(name for _, name, _ in listed) == folders.names()
    if settings != "by its own names":
        assert {use: text for use, _, text in listed if use} == {
            "inbox": "Inbox", "drafts": "Drafts", "sent": "Sent",
            "junk": "Junk", "trash": "Trash"}


@pytest.mark.parametrize("settings", SETTINGS)
def test_deleted_message(webmail, roundcube, person, folders, settings):
    folders.put("INBOX", "marker 1")
    folders.put("INBOX", "keep 1")
    roundcube.configure(SETTINGS[settings])
    webmail.login(person)
    webmail.delete("marker 1")
    assert folders.subjects("INBOX") == ["keep 1"]
    assert folders.subjects("Deleted Items") == ["marker 1"]
    folders.check_roles()
    webmail.open(folders.full("Deleted Items"))
    assert webmail.subjects() == ["marker 1"]


@pytest.mark.parametrize("settings", ("as shipped", "by our names"))
def test_sent_message(campus, webmail, roundcube, person, folders, settings):
    """By its own names, locked, it would keep no copy: it looks for Sent among
    the folders that are listed."""
    subject = f"{person.name} writes in a browser"
    roundcube.configure(SETTINGS[settings])
    webmail.login(person)
    webmail.send(BOB.mail, subject)
    assert folders.subjects("Sent Items") == [subject]
    folders.check_roles()
    until(lambda: subject in campus.subjects(BOB.uid), f"{subject!r} arrives")


def test_flags_there_and_in_mbsync(campus, webmail, person, folders, tmp_path):
    """By mbsync the folder is called Sent, in webmail Sent Items."""
    folders.append("Sent Messages", "marker 1")
    folders.append("Sent Messages", "marker 2")
    copy = Mbsync(campus, person, tmp_path, folders.prefix,
                  {"Sent": "Sent Items"})
    copy.sync()
    webmail.login(person)
    webmail.open(folders.full("Sent Items"))
    webmail.flag("marker 1")
    copy.sync()
    assert copy.messages("Sent") == [("marker 1", ["\\Flagged"]),
                                     ("marker 2", [])]

    copy.flag("Sent", "marker 2", "FS")
    copy.sync()
    webmail.login(person)
    webmail.open(folders.full("Sent Items"))
    assert webmail.is_flagged("marker 2")
    folders.check_roles()


def test_what_mutt_deleted_is_there(campus, webmail, person, folders, tmp_path):
    folders.put("INBOX", "marker 1")
    mutt_delete(campus, person, tmp_path, "=Trash")
    webmail.login(person)
    assert webmail.subjects() == []
    webmail.open(folders.full("Deleted Items"))
    assert webmail.subjects() == ["marker 1"]
