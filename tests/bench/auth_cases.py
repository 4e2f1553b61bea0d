# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""What the auth part measures. Each part is a function that takes the bench and
yields rows."""

import os
import statistics
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from auth_directory import (GROUPS, group, hashed, name, opens, own, person,
                            person_dn, project, write_plan)
from auth_variants import auth_cpu_us, auth_kib, auth_process, conf
from results import number, ratio
from testenv.wait import until

BEGIN_PEOPLE = 1000
OUTSTANDING = (1, 10, 100)
MANY = 2000
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
        # Stock may give up under load; what it refuses does not count.
        return lambda: self.bench.loads.auth(
            campus, accounts, outstanding, seconds,
            may_fail=side == "stock")["rate"]

    def raw(self, kind, port, outstanding, seconds, accounts=None):
        """Its connections are opened before the server is far away."""
        bench = self.bench
        server = bench.raw_server(port, outstanding)
        if accounts is None:
            accounts = getattr(self, kind)

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
    # What stock does, and no more but for the project of the same name.
    bench.ours.use(bench.ldap_port, campus_acl_groups="no")
    for outstanding in OUTSTANDING:
        found = medians(
            bench, f"near, without groups, {outstanding} outstanding",
            {side: subjects.socket(side, subjects.ordinary, outstanding,
                                   bench.chosen.seconds)
             for side in ("ours", "stock")})
        yield Row(f"{SOCKET}: ordinary without groups, RTT 0, "
                  f"{outstanding} outstanding", **found, target=">= stock",
                  missed=found["ours"] < found["stock"])


def far(bench, subjects):
    """The directory is far away."""
    bench.use(bench.proxy_port)
    for msecs in (2, 10, 50, 200):
        for outstanding in (10, 100):
            bench.proxy.set_round_trip(msecs)
            seconds = max(bench.chosen.seconds, 0.02 * msecs)
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


def argon2(bench, subjects):
    """Passwords that take slapd much longer than all the rest."""
    secret = hashed("-h", "{ARGON2}", "-o", "module-load=argon2")
    slow = [f"slow{n:03}" for n in range(200)]
    bench.directory.grow(person(uid, secret) for uid in slow)
    bench.use(bench.ldap_port)
    # enough to keep slapd's cores busy
    outstanding = 20
    accounts = [own(uid) for uid in slow]
    found = medians(bench, "argon2", {
        "ours": subjects.socket("ours", accounts, outstanding,
                                bench.chosen.seconds),
        "raw": subjects.raw("ordinary", bench.ldap_port, outstanding,
                            bench.chosen.seconds, accounts)})
    yield Row(f"{SOCKET}: ordinary, argon2, RTT 0, {outstanding} outstanding",
              **found, target=">= 0.95 raw",
              missed=found["ours"] < 0.95 * found["raw"])


def until_logged_in(campus, account):
    """After a restart of the directory, which may be known to be down."""
    with campus.auth() as auth:
        until(lambda: auth.login(account.typed, account.password).ok,
              "a login works")


def scale(bench, subjects):
    """What a login costs does not depend on how many there are."""
    sizes = [10, 1000, bench.chosen.members]
    deepest = 8
    ours = bench.ours.campus

    def cost(what, account, extra=0, first=None):
        """Rows: what this login takes."""
        known = {account.raw: "{1}"}
        bench.directory.restart(log=True)
        bench.proxy.set_round_trip(100)

        def login(count=1):
            bench.loads.auth(ours, [account], 1, count=count)
        until_logged_in(ours, account)
        rounds = bench.directory.requests(login, known)
        bench.proxy.set_round_trip(0)
        bench.directory.restart(log=False)
        until_logged_in(ours, account)
        login(20)
        count = 2000
        bytes_before = bench.proxy.passed()["from_server"]
        cpu_before = auth_cpu_us(ours)
        login(count)
        cpu = (auth_cpu_us(ours) - cpu_before) / count
        received = (bench.proxy.passed()["from_server"] - bytes_before) / count
        say(f"{what}: {len(rounds)} round trips, {received:.0f} bytes, "
            f"{cpu:.0f} us")
        values = {"round trips": len(rounds), "bytes": received, "us": cpu,
                  "requests": sum(map(len, rounds))}
        for unit, most_times in (("round trips", 1), ("requests", 1),
                                 ("bytes", 1.02), ("us", 1.25)):
            base = (first or values)[unit]
            limit = base * most_times
            if unit == "round trips":
                limit += extra
            bounded = unit == "round trips" or not extra
            yield Row(f"{SOCKET}: {what}: {unit} of a login", values[unit],
                      unit=unit, target=f"<= {limit:.0f}" if bounded else "-",
                      missed=bounded and values[unit] > limit)
        self_costs.append(values)

    self_costs = []
    bench.ours.use(bench.proxy_port, campus_group_depth=deepest)
    # of equal length, since bytes are counted
    projects = [f"many{number}" for number in range(len(sizes))]
    # the person is the last member of each list
    bench.directory.grow(
        [*(project(mailbox, campusMember=[
            *(person_dn(name(n)) for n in range(1, size)),
            person_dn(name(0))]) for mailbox, size in zip(projects, sizes)),
         *chain_of_groups(deepest, bench.directory.secret)])
    yield from cost(f"ordinary, {BEGIN_PEOPLE} people", subjects.ordinary[0])
    ordinary = self_costs[-1]
    first = None
    for mailbox, size in zip(projects, sizes):
        yield from cost(f"project, {size} members",
                        opens(name(0), mailbox), first=first)
        first = first or self_costs[-1]
    for depth in (1, 2, 4, deepest):
        yield from cost(f"project, owned by a group {depth} deep",
                        opens(f"deep{depth}", f"deep{depth}box"), depth, first)
    bench.directory.grow(person(name(n), bench.directory.secret)
                         for n in range(BEGIN_PEOPLE, bench.chosen.people))
    yield from cost(f"ordinary, {bench.chosen.people} people",
                    subjects.ordinary[0], first=ordinary)
    yield from cost(f"project, {sizes[0]} members, "
                    f"{bench.chosen.people} people",
                    opens(name(0), projects[0]), first=first)


def chain_of_groups(deepest, secret):
    """deepN is in a group that is in a group … N of them, the last of which
    owns deepNbox."""
    for depth in range(1, deepest + 1):
        uid = f"deep{depth}"
        yield person(uid, secret)
        member = person_dn(uid)
        for level in range(depth):
            yield group(f"{uid}-{level}", [member])
            member = f"cn={uid}-{level},{GROUPS}"
        yield project(f"{uid}box", campusOwner=member)


def memory(bench, subjects):
    """The auth process, at first and after many logins with one outcome."""
    ours = bench.ours.campus
    secret = bench.directory.secret
    both = "both@campus.example"
    bench.directory.grow([person("both1", secret, both),
                          person("both2", secret, both)])
    bench.use(bench.ldap_port)
    for side in ("ours", "stock"):
        campus = getattr(bench, side).campus
        bench.loads.auth(campus, subjects.ordinary, 100, count=2000)
    connections = established(ours, bench.ldap_port)
    allowed = auth_kib(bench.stock.campus) + 2048 + 64 * connections
    yield Row(f"{SOCKET}: memory of the auth process, {connections} LDAP "
              "connections", auth_kib(ours), auth_kib(bench.stock.campus),
              unit="kB", target=f"<= {allowed:.0f}",
              missed=auth_kib(ours) > allowed)
    bench.ours.use(bench.ldap_port, campus_queue_size=2 * MANY)
    anna = subjects.ordinary[0]
    outcomes = {
        "good": (subjects.ordinary, "ok"),
        "good, a project": (subjects.project, "ok"),
        "wrong password": ([replace(anna, password="wrong")], "refused"),
        "unknown": ([own("nobody")], "refused"),
        "empty password": ([replace(anna, password="")], "refused"),
        "not permitted": ([opens(name(0), "q0000001")], "refused"),
        "ambiguous": ([own(both)], "trouble"),
        "client gone": (subjects.ordinary, "gone")}
    for what, (accounts, expected) in outcomes.items():
        # Dovecot gathers failures for half a second, whatever the delay is.
        yield growth(bench, what, accounts, expected,
                     MANY if expected in ("refused", "trouble") else 100)
    # Answers come after the deadline.
    bench.ours.use(bench.proxy_port, campus_login_timeout="100ms")
    bench.loads.auth(ours, subjects.ordinary, 1, count=1)
    bench.proxy.set_round_trip(300)
    yield growth(bench, "timed out", subjects.ordinary, "trouble", 100,
                 most=10000)
    bench.proxy.set_round_trip(0)


def growth(bench, what, accounts, expected, outstanding, most=1 << 30):
    """A row: how much the auth process grows with each such login."""
    ours = bench.ours.campus
    count = min(bench.chosen.logins, most)

    def run(count):
        bench.loads.auth(ours, accounts, outstanding, count=count,
                         expected=expected)
    run(max(1000, count // 4))
    before = auth_kib(ours)
    run(count)
    grown = (auth_kib(ours) - before) * 1024 / count
    say(f"memory, {count} times {what}: {grown:.2f} bytes each")
    return Row(f"{SOCKET}: growth of the auth process, {what}", grown,
               unit="bytes/login", target="<= 1", missed=grown > 1)


def established(campus, port):
    """How many connections the auth process has to that port."""
    pid = auth_process(campus)
    found = 0
    sockets = {os.readlink(path) for path in
               Path(f"/proc/{pid}/fd").iterdir()}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[2].endswith(f":{port:04X}") and \
                f"socket:[{words[9]}]" in sockets:
            found += 1
    return found


def imap(bench, subjects):
    """All of it, as a mail program sees it."""
    busy = conf(f"{bench.ours.campus.dovecot.series}/91-campus-busy.conf")
    outstanding = 20
    bench.use(bench.ldap_port)

    def rate(side, count=None):
        campus = getattr(bench, side).campus
        return lambda: bench.loads.imap(
            campus, subjects.ordinary[:50], outstanding,
            0 if count else 2 * bench.chosen.seconds, count or 0)["rate"]
    # The first login of each makes its mailbox.
    for side in ("ours", "stock"):
        rate(side, count=100)()
    found = medians(bench, IMAP, {side: rate(side)
                                  for side in ("ours", "stock")})
    yield Row(f"{IMAP}: as shipped, {outstanding} outstanding", **found,
              target=">= stock", missed=found["ours"] < found["stock"])
    bench.ours.use(bench.ldap_port, busy)
    rate("ours", count=100)()
    found["busy"] = medians(bench, "busy", {"busy": rate("ours")})["busy"]
    yield Row(f"{IMAP}: busy site (stock: ours as shipped), {outstanding} "
              "outstanding", found["busy"], found["ours"], target=">= 4 stock",
              missed=found["busy"] < 4 * found["ours"])


PARTS = {"near": near, "far": far, "argon2": argon2, "scale": scale,
         "memory": memory, "imap": imap}
