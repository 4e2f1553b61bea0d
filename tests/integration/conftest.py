# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Fixtures: a campus that all tests share, and one that tests may break."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from testenv.campus import Campus  # noqa: E402
from testenv.certificates import Authority  # noqa: E402
from testenv.folders import Folders, newcomer  # noqa: E402
from testenv.people import PROJECTS  # noqa: E402

# The second campus' ports lie so far above the first one's.
SECOND_CAMPUS = 5000


def pytest_addoption(parser):
    parser.addoption("--port-base", type=int, default=12000,
                     help="the first campus' port base; the second one's "
                          f"is {SECOND_CAMPUS} higher")
    parser.addoption("--outage", type=int, default=3,
                     help="for so many seconds all directory servers are away "
                          "in the test of a long outage")


def pytest_configure(config):
    if os.geteuid() != 0:
        raise pytest.UsageError("these tests start servers: run them as root")
    del config


@pytest.fixture(scope="session")
def campus(request):
    """The sample campus as shipped. Entries that a test adds it removes."""
    campus = Campus(request.config.getoption("--port-base"))
    try:
        yield campus.start()
    finally:
        campus.stop()


@pytest.fixture(scope="session")
def second_campus(request):
    """Another one beside it, for tests that stop servers or change settings;
    they leave it as it was. It refuses without Dovecot's delay."""
    campus = Campus(request.config.getoption("--port-base") + SECOND_CAMPUS)
    try:
        campus.start()
        campus.dovecot.base = "auth_failure_delay = 0\n"
        campus.dovecot.reset()
        campus.dovecot.restart()
        yield campus
    finally:
        campus.stop()


@pytest.fixture
def person(campus):
    """Somebody whose mailbox is new."""
    with newcomer(campus) as login:
        yield login


@pytest.fixture
def folders(campus, person):
    """What is in that mailbox."""
    with Folders(campus, person) as folders:
        yield folders


@pytest.fixture
def auth(campus):
    """A connection to the shared campus' auth service."""
    with campus.auth() as socket:
        yield socket


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority of the tests' own."""
    path = tmp_path_factory.mktemp("authority")
    for parent in path.parents:
        # the auth process must get there
        if str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    return Authority(path)


MARKER = "marker 4711"


@pytest.fixture(scope="session")
def marked(campus):
    """A campus where each project mailbox holds a message with a subject that
    names it: the subjects, by mailbox."""
    subjects = {}
    for mailbox in PROJECTS:
        subjects[mailbox] = f"{MARKER} {mailbox}"
        reply = campus.deliver(f"{mailbox}@campus.example", subjects[mailbox])
        assert reply.startswith(b"250"), reply
    return subjects
