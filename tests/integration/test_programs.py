# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Real mail programs open the project mailbox with the person's own password,
in both separators, since each writes a backslash in its own way."""

import pytest

from testenv.people import ALICE, Login
from testenv.programs import READERS, SENDERS
from testenv.wait import until

NAMES = {"slash": "CAMPUS/abcd0001/physics",
         "backslash": "CAMPUS\\abcd0001\\physics",
         "address": "abcd0001@campus.example/physics"}


@pytest.fixture
def logged(campus):
    """Afterwards: it was the project mailbox, opened by alice."""
    mark = campus.log.mark()
    yield
    line = campus.log.wait_for("campus: login ok: ", mark)[-1]
    assert "person=abcd0001" in line and "mailbox=physics" in line


@pytest.fixture
def last_message(campus):
    """POP3 programs look at the newest message: make it ours."""
    subject = "marker newest"
    assert campus.deliver("physics@campus.example", subject) \
        .startswith(b"250")
    return subject


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("program", READERS)
def test_reading(campus, logged, last_message, tmp_path, program, name):
    text = READERS[program](campus, Login(name, ALICE.password), tmp_path)
    assert last_message in text


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("program", SENDERS)
def test_sending(campus, logged, tmp_path, program, name):
    subject = f"{program} {list(NAMES.values()).index(name)} writes"
    SENDERS[program](campus, Login(name, ALICE.password), tmp_path,
                     "physics@campus.example", "bob.baker@campus.example",
                     subject)
    until(lambda: subject in campus.subjects("abcd0002"),
          f"{subject!r} has arrived")
