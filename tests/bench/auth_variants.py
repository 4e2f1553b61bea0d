# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The two Dovecots of the auth part: ours as shipped, and the same with stock's
passdb ldap and userdb static in the place of campus, without our plugins."""

import contextlib
import re
from pathlib import Path

from auth_directory import PEOPLE, BenchDirectory
from auth_load import DelayProxy, Loads
from measure import cpu_us, private_kib
from sessions import serving
from testenv.campus import Campus
from testenv.people import SUFFIX
from variants import SAME, STOCK_PORTS, tell, without_plugins

TOP = Path(__file__).resolve().parents[2]
SERVICE = f"cn=dovecot,ou=services,{SUFFIX}"
SERVICE_PASSWORD = "service-secret"
# The proxy's port, behind the port base.
PROXY = 391
# Refusals come at once.
CORE = SAME + "auth_failure_delay = 0\n"
MAIL_UID = 5000

STOCK_23_ARGS = """hosts = 127.0.0.1:{port}
tls = {starttls}
tls_ca_cert_file = {ca}
dn = {dn}
dnpass = {password}
ldap_version = 3
auth_bind = yes
base = {base}
pass_attrs = uid=user
pass_filter = (&(objectClass=campusPerson)(uid=%u))
"""
STOCK_23 = """passdb {{
  driver = ldap
  args = {args}
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={home}/%u
}}
"""
# It sets the CA file of its handle, but asks libldap for no new TLS context
# (LDAP_OPT_X_TLS_NEWCTX), so that libldap uses that of the process, which knows
# of no CA file. One certificate more or less to verify in the life of a
# connection makes no difference to rates.
STOCK_24 = """ssl_client_ca_file = {ca}
ssl_client_require_valid_cert = no
passdb ldap {{
  ldap_uris = ldap://127.0.0.1:{port}
  ldap_starttls = {starttls}
  ldap_auth_dn = {dn}
  ldap_auth_dn_password = {password}
  ldap_base = {base}
  passdb_ldap_bind = yes
  passdb_ldap_filter = (&(objectClass=campusPerson)(uid=%{{user}}))
  fields {{
    user = %{{ldap:uid}}
  }}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {uid}
    home = {home}/%{{user}}
  }}
}}
"""
# A block that asks campus.
CAMPUS_BLOCK = re.compile(r"^(passdb|userdb) [^{}]*\{[^{}]*driver = campus\b"
                          r"[^{}]*\}\n", re.MULTILINE)


def conf(name):
    """The text of a shipped file."""
    return (TOP / "conf.d" / name).read_text(encoding="utf-8")


class Ours:
    """Our Dovecot, and the directory."""

    def __init__(self, campus):
        self.campus = campus

    def use(self, port, core="", **settings):
        """Start anew with the LDAP server on that port."""
        self.campus.dovecot.configure(CORE + core, {
            "campus_servers": f"ldap://127.0.0.1:{port}", **settings})
        self.campus.dovecot.restart()
        self.campus.dovecot.until_ready()


class Stock:
    """Dovecot's own passdb ldap."""

    def __init__(self, campus, ca_file):
        self.campus = campus
        self.ca_file = ca_file
        main = campus.dovecot.etc / "conf.d/90-campus.conf"
        text, count = CAMPUS_BLOCK.subn("", main.read_text(encoding="utf-8"))
        if count != 3:
            raise RuntimeError(f"{main} has {count} blocks that ask campus")
        main.write_text(text, encoding="utf-8")
        self.plugins = without_plugins(campus, "all")

    def use(self, port):
        campus = self.campus
        args = campus.dovecot.etc / "bench-ldap.conf.ext"
        values = {"port": port, "starttls": "yes", "ca": self.ca_file,
                  "dn": SERVICE, "password": SERVICE_PASSWORD, "base": PEOPLE,
                  "args": args, "uid": MAIL_UID, "home": campus.dir / "mail"}
        old = campus.dovecot.series == "2.3"
        if old:
            args.write_text(STOCK_23_ARGS.format(**values), encoding="utf-8")
        campus.dovecot.configure(
            CORE + self.plugins + "\n" +
            (STOCK_23 if old else STOCK_24).format(**values))
        campus.dovecot.restart()
        campus.dovecot.until_ready()


def auth_process(campus):
    """The process id of the auth process that answers."""
    with campus.auth() as socket:
        pid = socket.server_pid
    if pid not in serving(campus, "auth"):
        raise RuntimeError(f"{pid} is no auth process")
    return pid


def auth_cpu_us(campus):
    return cpu_us(auth_process(campus))


def auth_kib(campus):
    return private_kib(auth_process(campus))


class Bench:
    """All that runs: two Dovecots, one slapd, the proxy before it."""

    def __init__(self, chosen, ours, stock):
        self.chosen = chosen
        self.loads = Loads(chosen.build_dir)
        self.ours, self.stock = Ours(ours), Stock(stock, ours.ca)
        self.directory = BenchDirectory(ours)
        self.ldap_port = ours.port("ldap")
        self.proxy_port = ours.port_base + PROXY
        self.proxy = DelayProxy(chosen.build_dir, self.proxy_port,
                                self.ldap_port)

    def raw_server(self, port, binds):
        return (f"ldap://127.0.0.1:{port}", "yes", self.ours.campus.ca, SERVICE,
                SERVICE_PASSWORD, binds)

    def use(self, port):
        self.ours.use(port)
        self.stock.use(port)


@contextlib.contextmanager
def running(chosen):
    with contextlib.ExitStack() as stack:
        campuses = {}
        for side, base in (("ours", chosen.port_base),
                           ("stock", chosen.port_base + STOCK_PORTS)):
            campuses[side] = Campus(base)
            stack.callback(campuses[side].stop)
            stack.push(lambda *error, side=side: tell(side, campuses[side],
                                                      *error))
            campuses[side].start()
        bench = Bench(chosen, campuses["ours"], campuses["stock"])
        stack.callback(bench.proxy.stop)
        yield bench
