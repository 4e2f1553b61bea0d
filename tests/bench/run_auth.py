#!/usr/bin/python3
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Compares the auth driver with Dovecot's own passdb ldap, and with libldap
alone that sends the same requests.

Starts two Dovecots with one slapd, measures them in turns, writes what it found
into BUILD-DIR/bench.tsv and prints it with the targets. A missed target is
marked, and is no failure; that something could not be measured is one.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from auth_cases import BEGIN_PEOPLE, PARTS, Subjects  # noqa: E402
from auth_variants import running  # noqa: E402
from results import COLUMNS, print_table, write_tsv  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build_dir", type=Path, help="where it was built")
    parser.add_argument("--port-base", type=int, default=14000,
                        help="of ours (default %(default)s); stock's is 5000 "
                             "higher")
    parser.add_argument("--parts", default=",".join(PARTS),
                        help="which ones, with commas (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3,
                        help="at least 3 (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.7,
                        help="for one rate (default %(default)s)")
    parser.add_argument("--people", type=int, default=100000,
                        help="at most, in the part scale (default "
                             "%(default)s)")
    parser.add_argument("--members", type=int, default=100000,
                        help="at most, of one project (default %(default)s)")
    parser.add_argument("--logins", type=int, default=10000,
                        help="for each outcome, in the part memory (default "
                             "%(default)s)")
    chosen = parser.parse_args()
    chosen.build_dir = chosen.build_dir.resolve()
    chosen.parts = chosen.parts.split(",")
    if os.geteuid() != 0:
        parser.error("this starts servers: run it as root")
    if chosen.rounds < 3:
        parser.error("--rounds: a median needs at least 3")
    if not list(Path("/usr/lib/dovecot/modules/auth").glob("*_ldap.so")):
        parser.error("stock's passdb ldap is missing: install dovecot-ldap")
    if not set(chosen.parts) <= set(PARTS):
        parser.error(f"--parts: there are {', '.join(PARTS)}")
    return chosen


def main():
    chosen = arguments()
    os.environ["CAMPUS_BUILD_DIR"] = str(chosen.build_dir)
    # An end from outside stops the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    rows = []
    with running(chosen) as bench:
        subjects = Subjects(bench)
        bench.directory.begin(BEGIN_PEOPLE)
        subjects.learn()
        for part in PARTS:
            if part in chosen.parts:
                rows += PARTS[part](bench, subjects)
                write_tsv(chosen.build_dir, [row.columns() for row in rows])
    print_table([(*COLUMNS, "target", "")] +
                [(*row.columns(), row.target, "MISSED" if row.missed else "")
                 for row in rows])


if __name__ == "__main__":
    main()
