# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file

"""Compiles and links unit tests of lib-campus apart from the build's own
objects: with other flags, or with one file of rules changed."""

import argparse
import os
import pathlib
import shlex
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# What single unit tests want to know.
DATA = (f'-DTEST_DATA_DIR="{SOURCE}/tests/data"',
        f'-DFOLDER_NAMES_TSV="{SOURCE}/lib-campus/folder-names.tsv"')


class BuildError(Exception):
    """The compiler or linker says no."""


class Build:
    """Objects and programs in a directory of their own.

    The compiler runs in the build directory, where the flags of make hold."""

    def __init__(self, options, directory):
        self.build = options.build
        self.directory = directory
        self.compiler = [*shlex.split(options.compile), *DATA]
        self.libs = shlex.split(options.libs)

    def _run(self, command):
        ret = subprocess.run(command, cwd=self.build, text=True, check=False,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                             stdout=subprocess.PIPE)
        if ret.returncode != 0:
            raise BuildError(shlex.join(map(str, command)) + "\n" + ret.stderr)

    def compile(self, source, name, *flags):
        """The object of that name."""
        target = self.directory / (name + ".o")
        target.parent.mkdir(parents=True, exist_ok=True)
        self._run([*self.compiler, *flags, "-c", "-o", target, source])
        return target

    def link(self, name, objects, *flags):
        """The program of that name. What comes first in objects wins."""
        target = self.directory / name
        self._run([self.compiler[0], *flags, "-o", target, *objects,
                   *self.libs])
        return target


def parser(description):
    """Options that make gives to the programs in this directory."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--build", type=pathlib.Path, required=True,
                         metavar="DIR", help="where make runs")
    options.add_argument("--compile", required=True, metavar="COMMAND",
                         help="the compiler with its flags")
    options.add_argument("--libs", required=True, metavar="FLAGS",
                         help="what programs are linked with")
    return options


def unit_test(rule):
    """The source of the unit test of lib-campus/RULE.c."""
    return SOURCE / "tests" / "unit" / f"test-{rule}.c"


def workers():
    return len(os.sched_getaffinity(0))
