#!/usr/bin/python3
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Compares our mail plugins, or one feature's, with the same Dovecot without.

Starts two campuses side by side, measures them in turns, writes
BUILD-DIR/bench.tsv and prints it with the targets. A missed target is marked,
and is no failure; that something could not be measured is one.
"""

import argparse
import os
import signal
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from cases import CASES  # noqa: E402
from measure import Comparison  # noqa: E402
from results import COLUMNS, number, print_table, write_tsv  # noqa: E402
from variants import PLUGINS, Sessions, running, swap_mail  # noqa: E402

def half_round(campuses, comparisons, ours_first):
    with Sessions(campuses) as sessions:
        return [comparison.half_round(sessions, ours_first)
                for comparison in comparisons]


def row(comparison):
    """The columns of bench.tsv. Nothing here has a raw counterpart."""
    stock = statistics.median(comparison.stock) if comparison.stock else None
    return (comparison.case.name, number(statistics.median(comparison.ours), 1),
            number(stock, 1), "-", number(comparison.ratio, 3), "-",
            comparison.case.unit)


def missed(comparison):
    case = comparison.case
    if case.most_times is not None:
        return comparison.ratio > case.most_times
    if case.most_above is not None:
        return (statistics.median(comparison.ours) -
                statistics.median(comparison.stock)) > case.most_above
    return False


def print_comparisons(comparisons):
    lines = [(*COLUMNS, "noise", "target", "")]
    lines += [(*row(comparison), number(comparison.noise, 3),
               comparison.case.target,
               "MISSED" if missed(comparison) else "")
              for comparison in comparisons]
    print_table(lines)
    for comparison in comparisons:
        strange = [f"{side} {times:.2f} in round {when}"
                   for side, when, times in comparison.outliers()]
        if strange:
            print(f"outliers, times the median: {comparison.case.name}:",
                  ", ".join(strange))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build_dir", type=Path, help="where it was built")
    parser.add_argument("--port-base", type=int, default=14000,
                        help="of ours (default %(default)s); stock's is 5000 "
                             "higher")
    parser.add_argument("--plugins", choices=PLUGINS, default="all",
                        help="which ones stock is without (default "
                             "%(default)s)")
    parser.add_argument("--rounds", type=int, default=7,
                        help="at least 3 (default %(default)s)")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("this starts servers: run it as root")
    if chosen.rounds < 3:
        parser.error("--rounds: a median needs at least 3")
    return chosen


def main():
    chosen = arguments()
    os.environ["CAMPUS_BUILD_DIR"] = str(chosen.build_dir.resolve())
    # An end from outside stops the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    comparisons = [Comparison(case) for case in CASES]
    with running(chosen.port_base, chosen.plugins) as campuses:
        for turn in range(1, chosen.rounds + 1):
            print(f"round {turn} of {chosen.rounds}", file=sys.stderr)
            first = half_round(campuses, comparisons, ours_first=True)
            swap_mail(campuses)
            second = half_round(campuses, comparisons, ours_first=False)
            for comparison, *halves in zip(comparisons, first, second):
                comparison.add_round(*halves)
    write_tsv(chosen.build_dir, [row(comparison) for comparison in comparisons])
    print_comparisons(comparisons)


if __name__ == "__main__":
    main()
