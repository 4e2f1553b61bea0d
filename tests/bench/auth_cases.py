# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What the auth part measures. Each part is a function that takes the bench and
yields rows."""

import statistics
import sys
from dataclasses import dataclass
from typing import Optional

from auth_directory import name, opens, own, write_plan
from results import number, ratio

BEGIN_PEOPLE = 1000
OUTSTANDING = (1, 10, 100)
SOCKET = "auth socket"
IMAP = "IMAP end to end"


@dataclass(frozen=True)
class Row:
    case: str
    ours: Optional[float]
    stock: Optional[float] = None
    raw: Optional[float] = None
    unit: str = "logins/s"
    target: str = "-"
    missed: bool = False

    def columns(self):
        return (self.case, number(self.ours, 1), number(self.stock, 1),
                number(self.raw, 1), number(ratio(self.ours, self.stock), 3),
                number(ratio(self.ours, self.raw), 3), self.unit)


def say(text):
    print(text, file=sys.stderr)


def medians(bench, what, sides):
    """sides: a dict of functions. Each is called once a round, in an order that
    turns: the medians."""
    say(what)
    values = {side: [] for side in sides}
    order = list(sides)
    for turn in range(bench.chosen.rounds):
        for side in order if turn % 2 == 0 else order[::-1]:
            values[side].append(sides[side]())
    return {side: statistics.median(found) for side, found in values.items()}


class Subjects:
    """Who logs in, and how: functions that return a rate."""

    def __init__(self, bench):
        self.bench = bench
        people = range(BEGIN_PEOPLE)
        self.ordinary = [own(name(n)) for n in people]
        self.project = [opens(name(n), f"q{n:07}") for n in people]
        self.plans = {}

    def learn(self):
        """Have slapd tell what our logins ask: through the proxy, which shows
        what goes out together."""
        bench, campus = self.bench, self.bench.ours.campus
        bench.directory.start(log=True)
        bench.ours.use(bench.proxy_port)
        bench.proxy.set_round_trip(100)
        for kind, account, known in (
                ("ordinary", self.ordinary[7], {self.ordinary[7].raw: "{1}"}),
                ("project", self.project[7],
                 {self.project[7].raw: "{1}",
                  self.project[7].mailbox: "{3}"})):
            def login(account=account):
                bench.loads.auth(campus, [account], 1, count=1)
            # the first one opens connections
            login()
            rounds = bench.directory.requests(login, known)
            say(f"{kind} login: requests in each round trip: "
                f"{[len(requests) for requests in rounds]}")
            self.plans[kind] = campus.dir / f"{kind}.plan"
            write_plan(self.plans[kind], rounds)
        bench.proxy.set_round_trip(0)
        bench.directory.restart(log=False)

    def socket(self, side, accounts, outstanding, seconds):
        campus = getattr(self.bench, side).campus
        return lambda: self.bench.loads.auth(campus, accounts, outstanding,
                                             seconds)["rate"]

    def raw(self, kind, port, outstanding, seconds):
        """Its connections are opened before the server is far away."""
        bench = self.bench
        server = bench.raw_server(port, outstanding)
        accounts = self.ordinary if kind == "ordinary" else self.project

        def work():
            msecs = bench.proxy.msecs
            bench.proxy.set_round_trip(0)
            return bench.loads.ldap(
                server, self.plans[kind], accounts, outstanding, seconds,
                lambda: bench.proxy.set_round_trip(msecs))["rate"]
        return work

    def all(self, port, outstanding, seconds, stock=True):
        sides = {
            "ours": self.socket("ours", self.ordinary, outstanding, seconds),
            "ours project": self.socket("ours", self.project, outstanding,
                                        seconds),
            "raw": self.raw("ordinary", port, outstanding, seconds),
            "raw project": self.raw("project", port, outstanding, seconds)}
        if stock:
            sides["stock"] = self.socket("stock", self.ordinary, outstanding,
                                         seconds)
        return sides


def near(bench, subjects):
    """No distance."""
    bench.use(bench.ldap_port)
    for outstanding in OUTSTANDING:
        found = medians(
            bench, f"near, {outstanding} outstanding",
            subjects.all(bench.ldap_port, outstanding, bench.chosen.seconds))
        where = f"RTT 0, {outstanding} outstanding"
        yield Row(f"{SOCKET}: ordinary, {where}", found["ours"],
                  found["stock"], found["raw"], target=">= stock",
                  missed=found["ours"] < found["stock"])
        yield Row(f"{SOCKET}: project (stock: ordinary), {where}",
                  found["ours project"], found["stock"], found["raw project"],
                  target=">= 0.6 stock, 0.9 raw",
                  missed=found["ours project"] < 0.6 * found["stock"] or
                  found["ours project"] < 0.9 * found["raw project"])


def far(bench, subjects):
    """The directory is far away."""
    bench.use(bench.proxy_port)
    for msecs in (2, 10, 50, 200):
        for outstanding in (10, 100):
            bench.proxy.set_round_trip(msecs)
            seconds = max(bench.chosen.seconds, 0.0055 * msecs)
            # Stock's binds go one by one, which takes its time.
            stock = msecs * outstanding <= 2000
            # open the connections
            bench.loads.auth(bench.ours.campus, subjects.ordinary, outstanding,
                             count=3 * outstanding)
            found = medians(
                bench, f"{msecs} ms away, {outstanding} outstanding",
                subjects.all(bench.proxy_port, outstanding, seconds, stock))
            ideal = outstanding / (2 * msecs / 1000)
            for kind, side in (("ordinary", "ours"),
                               ("project (stock: ordinary)", "ours project")):
                raw = found[side.replace("ours", "raw")]
                # or what slapd can do
                aim = min(0.85 * ideal, 0.9 * raw)
                missed = found[side] < aim
                target = f">= {aim:.0f}"
                if (msecs, outstanding, side) == (10, 100, "ours"):
                    target += ", 20 stock"
                    missed = missed or found[side] < 20 * found["stock"]
                yield Row(f"{SOCKET}: {kind}, RTT {msecs} ms, "
                          f"{outstanding} outstanding", found[side],
                          found.get("stock"), raw, target=target,
                          missed=missed)
    bench.proxy.set_round_trip(0)


PARTS = {"near": near, "far": far}
