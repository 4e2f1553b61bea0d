#!/usr/bin/python3
# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file

"""Breaks the rules of lib-campus one by one: does the unit test notice?

Each mutant is one small change of one file, found in the source by regular
expressions. The unit test of that file is linked with the changed file and has
to fail. One that survives is either a row missing in the unit test, or means
the same as the original: those are listed, with the reason, in
mutants-equal.tsv."""

import collections
import concurrent.futures
import dataclasses
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

import build

RULES = ("acl-union", "auth-verdict", "login-name", "name-check",
         "project-role", "quota-limit", "server-health")
EQUAL = pathlib.Path(__file__).with_name("mutants-equal.tsv")
# So that what is not set is never by chance what it should be, and what is behind
# the end of a table is not looked at.
FLAGS = ("-O0", "-w", "-ftrivial-auto-var-init=pattern",
         "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
# A unit test takes a fraction of a second.
TIMEOUT_SECS = 10
MEMORY_BYTES = 1 << 30

# Words and signs that change places with others.
SWAPS = {
    "&&": ["||"], "||": ["&&"], "==": ["!="], "!=": ["=="],
    "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"],
    "+": ["-"], "-": ["+"], "*": ["+"], "/": ["*"], "%": ["+"],
    "<<": [">>"], ">>": ["<<"], "&": ["|"], "|": ["&"],
    "+=": ["-=", "="], "-=": ["+="], "*=": ["+="], "|=": ["=", "&="],
    "&=": ["|="], ">>=": ["="], "++": ["--"], "--": ["++"],
    "TRUE": ["FALSE"], "FALSE": ["TRUE"],
}
# With a space on both sides: so & and * are no pointers, < no include.
SWAP = re.compile(r"(?<= )(?:" + "|".join(
    re.escape(sign) for sign in sorted(SWAPS, key=len, reverse=True)
    if not sign.isalpha() and sign not in ("++", "--")) + r")(?=\s)"
    r"|\+\+|(?<!-)--|\b(?:TRUE|FALSE)\b")
# The first size of a buffer that grows is no rule.
NUMBER = re.compile(r"(?<![\w.-])(?<!t_str_new\()(?:0x[0-9a-fA-F]+|\d+)\b|'(?:\\.|[^'\\])+'")
CONDITION = re.compile(r"\b(?:if|while) (?=\()")
# Each part of a condition: an operand of ( && || or of a return.
OPERAND = re.compile(r"(?:(?<=\()|(?<=&& )|(?<=\|\| )|(?<=&&\n)|(?<=\|\|\n)"
                     r"|(?<=return ))(\s*)(!?)(?=[a-z_]\w*\()")
COMPARISON = re.compile(r"\s*[=!<>]")
RETURN = re.compile(r"(?<=\breturn )[^;]+(?=;)")
# Not a declaration: those begin with a type, and what they set is used.
STATEMENT = re.compile(r"(?m)^\t+(?!(?:return|static|const|struct|enum|"
                       r"unsigned|int|bool|char|string_t|u?int\d*_t|case|default|"
                       r"size_t|for|if|else|while|switch|i_unreached)\b)[a-z*(][^;{}]*;"
                       r"|^\t+return;")
CASE = re.compile(r"(?m)^\t+case [^:]+:$")
# A row of a table: braces or a text, with a comma behind it.
ROW = re.compile(r"\{[^{};]*\},|\"[^\"\n]*\",")
TABLE = re.compile(r"(?ms)^(?:static )?const [^;{}()]*(?:\{[^{}]*\} *\w+)?[^;{}()]*"
                   r"= \{$(.*?)^\};$")


@dataclasses.dataclass(frozen=True)
class Mutant:
    rule: str
    line: int
    before: str
    after: str
    text: str


def hide(text, with_strings):
    """The text with spaces in place of comments, and of strings."""
    def blank(match):
        found = match.group()
        if found.startswith("'") or (found.startswith('"') and not with_strings):
            return found
        inner = re.sub(r"[^\n]", " ", found)
        return '"' + inner[1:-1] + '"' if found.startswith('"') else inner

    return re.sub(r'(?s)/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'',
                  blank, text)


def closing(text, start):
    """The end of the parentheses that begin there."""
    depth = 0
    for pos in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[pos], 0)
        if depth == 0:
            return pos + 1
    raise ValueError("unbalanced parentheses")


def changes(source):
    """Yields (start, end, new text)."""
    code = hide(source, True)
    # Nothing in directives but the values of constants; nothing in assertions,
    # which are about the caller.
    body = re.sub(r"(?m)^#(?!define).*$|^#define \w+\(.*$|^\t+i_assert\([^;]*;",
                  lambda match: " " * len(match.group()), code)
    for match in SWAP.finditer(body):
        for new in SWAPS[match.group()]:
            yield match.start(), match.end(), new
    for match in NUMBER.finditer(body):
        for new in ("+ 1", "- 1"):
            yield match.start(), match.end(), f"({match.group()} {new})"
    for match in CONDITION.finditer(body):
        end = closing(body, match.end())
        yield match.end(), end, f"(!{source[match.end():end]})"
    for match in OPERAND.finditer(body):
        end = closing(body, body.index("(", match.end()))
        if not COMPARISON.match(body, end):
            yield (*match.span(2), "" if match.group(2) else "!")
    for match in RETURN.finditer(body):
        new = {"0": "-1", "-1": "0", "TRUE": None, "FALSE": None,
               "NULL": '""'}.get(match.group(), f"!({source[slice(*match.span())]})")
        if new is not None:
            yield *match.span(), new
    for match in STATEMENT.finditer(body):
        yield *match.span(), ";"
    for match in CASE.finditer(body):
        yield *match.span(), ""
    # A comma in a text ends no row, but a text may be one.
    quiet = hide(source, True)
    for table in TABLE.finditer(quiet):
        for match in ROW.finditer(quiet, *table.span(1)):
            yield *match.span(), ""


def squash(text):
    return " ".join(text.split())


def mutants(rule):
    """Every mutant once, in the order of the lines."""
    source = (build.SOURCE / "lib-campus" / f"{rule}.c").read_text()
    found = {}
    for start, end, new in sorted(changes(source)):
        first = source.rfind("\n", 0, start) + 1
        last = source.find("\n", end)
        text = source[:start] + new + source[end:]
        found.setdefault(text, Mutant(
            rule, source.count("\n", 0, start) + 1, squash(source[first:last]),
            squash(source[first:start] + new + source[end:last]), text))
    return found.values()


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def passes(program):
    """Does the unit test pass? Raises subprocess.TimeoutExpired."""
    return subprocess.run([program], check=False, timeout=TIMEOUT_SECS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL,
                          preexec_fn=limit).returncode == 0


class Trial:
    """The unit test of one rule, with mutants in the rule's place."""

    def __init__(self, maker, lib, rule):
        self.maker, self.lib, self.rule = maker, lib, rule
        self.test = maker.compile(build.unit_test(rule), f"test-{rule}", "-O0")
        original = build.SOURCE / "lib-campus" / f"{rule}.c"
        if not passes(self._link(original, rule)):
            sys.exit(f"The unit test of lib-campus/{rule}.c fails as it is.")

    def _link(self, source, name):
        changed = self.maker.compile(source, name, *FLAGS)
        return self.maker.link(name, [changed, self.test, self.lib])

    def run(self, number, mutant):
        """What became of it, in a word."""
        name = f"{self.rule}-{number}"
        source = self.maker.directory / (name + ".c")
        source.write_text(mutant.text)
        try:
            return "survived" if passes(self._link(source, name)) else "caught"
        except build.BuildError:
            return "no C"
        except subprocess.TimeoutExpired:
            return "hung"
        finally:
            for path in (name, name + ".c", name + ".o"):
                (self.maker.directory / path).unlink(missing_ok=True)


def read_equal():
    """(rule, line, changed line) -> the reason."""
    rows = {}
    for line in EQUAL.read_text().splitlines():
        if line and not line.startswith("#"):
            rule, before, after, reason = line.split("\t")
            rows[rule, before, after] = reason
    return rows


def try_rule(trial, pool, equal, used):
    """Prints what became of the rule's mutants; returns how many survived, and
    adds the rows of equal that were needed to used."""
    tried = list(mutants(trial.rule))
    results = list(pool.map(trial.run, range(len(tried)), tried))
    count = collections.Counter(results)
    lost = []
    for mutant, result in zip(tried, results):
        if result == "survived":
            key = (mutant.rule, mutant.before, mutant.after)
            if key in equal:
                used.add(key)
            else:
                lost.append(mutant)
    print(f"{trial.rule:14} {len(tried):4} mutants: {count['caught']} caught, "
          f"{count['hung']} hung, {count['no C']} no C, "
          f"{count['survived'] - len(lost)} equal, {len(lost)} survived",
          flush=True)
    for mutant in lost:
        print(f"  lib-campus/{mutant.rule}.c:{mutant.line}: survived\n"
              f"    {mutant.before}\n    {mutant.after}", flush=True)
    return len(lost)


def main():
    options = build.parser(__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("rules", nargs="*", default=RULES)
    options = options.parse_args()
    equal = {key: reason for key, reason in read_equal().items()
             if key[0] in options.rules}
    used = set()
    lib = options.build / ".libs" / "libcampus.a"
    with tempfile.TemporaryDirectory(prefix="campus-mutants.") as directory:
        maker = build.Build(options, pathlib.Path(directory))
        with concurrent.futures.ThreadPoolExecutor(build.workers()) as pool:
            survived = sum(try_rule(Trial(maker, lib, rule), pool, equal, used)
                           for rule in options.rules)
    stale = sorted(set(equal) - used)
    for rule, before, after in stale:
        print(f"  {EQUAL.name}: lib-campus/{rule}.c has no such survivor:\n"
              f"    {before}\n    {after}")
    if survived > 0 or stale:
        sys.exit(f"{survived} mutants survived, {len(stale)} rows of "
                 f"{EQUAL.name} are out of date")


if __name__ == "__main__":
    main()
