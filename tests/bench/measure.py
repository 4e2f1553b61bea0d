# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What one thing costs, and how two costs compare when others use the machine.

CPU time of the process that does the work is the measure wherever that process
lives on: somebody else's load hardly changes it. Only a whole login, whose
process ends with it, is measured by the clock on the wall.
"""

import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

# A value that lies so far above its side's median is told.
OUTLIER = 1.25


def cpu_us(pid):
    """CPU time that a process has used, in microseconds: the kernel's own
    count in nanoseconds, not the ticks of /proc/PID/stat."""
    # The clock of any process: see MAKE_PROCESS_CPUCLOCK in the kernel.
    return time.clock_gettime_ns((~pid << 3) | 2) / 1000


def private_kib(pid):
    """Memory that a process shares with nobody: its heap, its stack, and what
    the linker had to write to in libraries."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    values = dict(line.split(":", 1) for line in rollup.splitlines()[1:])
    return int(values["Private_Dirty"].split()[0])


def wall_us(work):
    """Time that a call takes, in microseconds."""
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1000


@dataclass
class Comparison:
    """One line of the result: a value a round for each side."""
    case: object
    ours: list = field(default_factory=list)
    stock: list = field(default_factory=list)

    def half_round(self, sessions, ours_first):
        """A value for each side; None where there is no stock. The sides' turns
        alternate."""
        work = {"ours": self.case.ours, "stock": self.case.stock}
        order = list(work) if ours_first else list(work)[::-1]
        values = {side: [] for side in work}
        for turn in range(self.case.turns):
            # A B B A, so that neither gains from what the other warmed up
            for side in order if turn % 2 == 0 else order[::-1]:
                if work[side] is not None:
                    values[side].append(work[side](sessions))
        return {side: self.case.sum_up(found) if found else None
                for side, found in values.items()}

    def add_round(self, first, second):
        """The mean of two half rounds, between which circumstances changed
        sides."""
        self.ours.append((first["ours"] + second["ours"]) / 2)
        if self.case.stock is not None:
            self.stock.append((first["stock"] + second["stock"]) / 2)

    @property
    def ratio(self):
        """Ours/stock; None where there is no stock."""
        if not self.stock:
            return None
        return statistics.median(self.ours) / statistics.median(self.stock)

    @property
    def noise(self):
        """How far the rounds' ratios lie apart: half of the middle half."""
        ratios = [ours / stock for ours, stock in zip(self.ours, self.stock)]
        if len(ratios) < 2:
            return None
        low, _, high = statistics.quantiles(ratios, n=4)
        return (high - low) / 2

    def outliers(self):
        """(side, round, times its median) of each value far above the rest."""
        for side, values in (("ours", self.ours), ("stock", self.stock)):
            for number, value in enumerate(values, 1):
                times = value / statistics.median(values)
                if times > OUTLIER:
                    yield side, number, times
