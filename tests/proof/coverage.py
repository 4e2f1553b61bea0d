#!/usr/bin/python3
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file

"""Which lines of lib-campus do the unit tests and the fuzz targets' corpora
run? Fails if too few are of those files that decide who gets in where."""

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys

import build

WANTED_PERCENT = 95
# What each file is marked as; the others are shown only.
MARKED = {
    "login-name": "grammar",
    "name-check": "grammar",
    "auth-verdict": "verdict",
    "project-role": "verdict",
    "server-choice": "server choice",
    "server-health": "server choice",
    "directory-entry": "entry mapping",
    "directory-filter": "entry mapping",
    "directory-group": "entry mapping",
    "directory-map": "entry mapping",
    "acl-union": "ACL union",
    "right-set": "ACL union",
    "quota-limit": "quota",
}
FLAGS = ("--coverage", "-O0", "-g")


def build_programs(maker, rules):
    """Yields one command for each program that runs rules."""
    with concurrent.futures.ThreadPoolExecutor(build.workers()) as pool:
        def compile_all(sources):
            return list(pool.map(
                lambda source: maker.compile(source, source.stem, *FLAGS),
                sources))

        lib = compile_all(rules)
        tests = build.SOURCE / "tests"
        for test in compile_all(sorted((tests / "unit").glob("test-*.c"))):
            yield [maker.link(test.stem, [test, *lib], *FLAGS)]
        # Only those that need no more than lib-campus.
        targets = [path for path in sorted((tests / "fuzz").glob("fuzz-*.c"))
                   if '"campus-ldap' not in path.read_text()]
        replay = compile_all([tests / "fuzz" / "replay.c"])
        for target in compile_all(targets):
            program = maker.link("replay-" + target.stem,
                                 [target, *replay, *lib], *FLAGS)
            corpus = tests / "fuzz" / "corpus" / target.stem
            yield [program, *sorted(corpus.iterdir())]


def lines_of(maker, rule):
    """Line number -> how often it ran."""
    answer = subprocess.run(
        ["gcov", "--json-format", "--stdout", maker.directory / (rule + ".gcda")],
        cwd=maker.build, check=True, stdout=subprocess.PIPE, text=True)
    lines = {}
    for report in answer.stdout.splitlines():
        for file in json.loads(report)["files"]:
            if pathlib.Path(file["file"]).name != rule + ".c":
                continue
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, 0) + line["count"]
    return lines


def report(maker, rules):
    """Prints the table; FALSE if a marked file has too little."""
    good = True
    for rule in sorted(source.stem for source in rules):
        lines = lines_of(maker, rule)
        missing = [number for number, count in sorted(lines.items())
                   if count == 0]
        percent = 100 * (len(lines) - len(missing)) / len(lines)
        low = rule in MARKED and percent < WANTED_PERCENT
        good = good and not low
        mark = MARKED.get(rule, "") + (" TOO LITTLE" if low else "")
        where = " not run: " + ",".join(map(str, missing)) if missing else ""
        print(f"{percent:6.1f} % of {len(lines):3}  {rule:18} {mark:14}{where}"
              .rstrip())
    return good


def main():
    options = build.parser(__doc__)
    options.add_argument("rules", nargs="+", type=pathlib.Path,
                         help="sources of lib-campus")
    options = options.parse_args()
    directory = options.build / "coverage"
    # Counts of an earlier run would be added to.
    shutil.rmtree(directory, ignore_errors=True)
    maker = build.Build(options, directory)
    rules = [options.build / path for path in options.rules
             if path.suffix == ".c"]
    missing = set(MARKED) - {rule.stem for rule in rules}
    if missing:
        sys.exit(f"Marked, but not in lib-campus: {', '.join(sorted(missing))}")
    for command in build_programs(maker, rules):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if not report(maker, rules):
        sys.exit(f"Less than {WANTED_PERCENT} % of the lines of a marked file "
                 "are run; add rows to its unit test.")


if __name__ == "__main__":
    main()
