# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What each protocol says to a login: the classes of refusal, as patterns that
every spelling of a login must match with the same bytes."""

import re

# Each group named text is the sentence that people read.
WRONG_PASSWORD = {
    "imap": rb"NO \[AUTHENTICATIONFAILED\] (?P<text>.+)",
    "pop3": rb"-ERR \[AUTH\] (?P<text>.+)",
    "submission": rb"535 5\.7\.8 (?P<text>.+)",
    "smtp": rb"535 5\.7\.8 (?P<text>.+)",
    "sieve": rb'NO "(?P<text>.+)"',
}
NOT_PERMITTED = dict(WRONG_PASSWORD,
                     imap=rb"NO \[AUTHORIZATIONFAILED\] (?P<text>.+)")
EXPIRED = dict(WRONG_PASSWORD, imap=rb"NO \[EXPIRED\] (?P<text>.+)")
TOLD_LOCKED = dict(WRONG_PASSWORD, imap=rb"NO \[ALERT\] (?P<text>.+)")
TEMPORARY = {
    "imap": rb"NO \[UNAVAILABLE\] (?P<text>.+)",
    "pop3": rb"-ERR \[SYS/TEMP\] (?P<text>.+)",
    "submission": rb"454 4\.7\.0 (?P<text>.+)",
    "smtp": rb"454 4\.7\.0 (?P<text>.+)",
    "sieve": rb'NO \(TRYLATER\) "(?P<text>.+)"',
}

# Dovecot's own: "... Refer to server log for more information. [2026-11-22 01:02:03]"
TIME_STAMP = re.compile(rb"\[?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]?")


def same(replies, patterns, protocol):
    """All these answers are the same bytes and of this class; the sentence."""
    distinct = {TIME_STAMP.sub(b"[time]", reply) for reply in replies}
    assert len(distinct) == 1, distinct
    reply = distinct.pop()
    match = re.fullmatch(patterns[protocol], reply)
    assert match, f"{protocol}: {reply!r} is not {patterns[protocol]!r}"
    return match["text"].decode()
