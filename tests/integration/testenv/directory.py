# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""The demo's slapd: its entries, and what can happen to the server itself. And
a second one with the same entries."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess

import ldap
import ldap.modlist

from .people import SUFFIX
from .wait import until, until_gone, until_stopped


class Directory:
    def __init__(self, campus, name="slapd", home="ldap", port=0):
        self.campus = campus
        # as in ./demo's record of servers; below the demo's directory; above
        # the port for LDAP
        self.name, self.home, self.more = name, home, port
        self.argv = None
        self.conn = None

    @property
    def port(self):
        return self.campus.port("ldap") + self.more

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.port}"

    # -- entries

    def connect(self):
        if self.conn is None:
            self.conn = ldap.initialize(self.uri)
            self.conn.set_option(ldap.OPT_X_TLS_CACERTFILE,
                                 str(self.campus.ca))
            self.conn.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            self.conn.set_option(ldap.OPT_NETWORK_TIMEOUT, 10)
            self.conn.start_tls_s()
            self.conn.simple_bind_s(f"cn=admin,{SUFFIX}", "admin-secret")
        return self.conn

    def find(self, filter_text):
        """The DN of the one entry that matches."""
        found = [dn for dn, _ in self.connect().search_s(
            SUFFIX, ldap.SCOPE_SUBTREE, filter_text, ["1.1"]) if dn]
        assert len(found) == 1, f"{filter_text} matches {found}"
        return found[0]

    def attributes(self, dn):
        return self.connect().search_s(dn, ldap.SCOPE_BASE)[0][1]

    def person_dn(self, uid):
        return self.find(f"(&(objectClass=campusPerson)(uid={uid}))")

    def project_dn(self, uid):
        return self.find(f"(&(objectClass=campusProject)(uid={uid}))")

    def group_dn(self, name):
        return self.find(f"(&(objectClass=groupOfNames)(cn={name}))")

    @contextlib.contextmanager
    def entry(self, dn, **attributes):
        """An entry for the time of a with block."""
        values = {key: [item if isinstance(item, bytes) else item.encode()
                        for item in ([value] if isinstance(value, (str, bytes))
                                     else value)]
                  for key, value in attributes.items()}
        self.connect().add_s(dn, ldap.modlist.addModlist(values))
        try:
            yield dn
        finally:
            self.connect().delete_s(dn)

    def person(self, uid, password="test-secret", mail=None, base=None,
               rdn=None, **more):
        """A person, made like those of the sample campus."""
        model = self.person_dn("abcd0004")
        base = base or model.split(",", 1)[1]
        classes = self.attributes(model)["objectClass"]
        values = {"objectClass": classes, "uid": uid, "cn": rdn or uid,
                  "sn": "Test", "userPassword": password,
                  "mail": mail or f"{uid}@mail.{SUFFIX.split('=')[1].split(',')[0]}.example"}
        values.update(more)
        return self.entry(f"cn={rdn or uid},{base}" if rdn
                          else f"uid={uid},{base}", **values)

    def project(self, uid, **more):
        """A project mailbox, made like physics; campusOwner etc. in more."""
        model = self.project_dn("physics")
        attributes = self.attributes(model)
        values = {"objectClass": attributes["objectClass"], "uid": uid,
                  "mail": f"{uid}@campus.example"}
        for name in ("cn", "sn", "ou", "description"):
            if name in attributes:
                values[name] = uid
        values.update(more)
        return self.entry(f"uid={uid},{model.split(',', 1)[1]}", **values)

    def group(self, name, members):
        base = self.group_dn("physics-lab").split(",", 1)[1]
        return self.entry(f"cn={name},{base}", objectClass="groupOfNames",
                          cn=name, member=list(members))

    @contextlib.contextmanager
    def changed(self, dn, **attributes):
        """Other values of an entry's attributes for the time of a with block;
        None takes the attribute away."""
        before = self.attributes(dn)

        def values(value):
            if value is None:
                return None
            if isinstance(value, (str, bytes)):
                value = [value]
            return [item if isinstance(item, bytes) else item.encode()
                    for item in value]

        self.connect().modify_s(dn, [
            (ldap.MOD_REPLACE, name, values(value))
            for name, value in attributes.items()])
        try:
            yield dn
        finally:
            self.connect().modify_s(dn, [
                (ldap.MOD_REPLACE, name, before.get(name))
                for name in attributes])

    # -- the server

    def pid(self):
        return int((self.campus.dir / self.home / "slapd.pid").read_text())

    def pause(self):
        pid = self.pid()
        os.kill(pid, signal.SIGSTOP)
        # one of its threads may be about to answer
        until_stopped(pid)

    def resume(self):
        os.kill(self.pid(), signal.SIGCONT)

    def kill(self):
        """End slapd at once, as a crash would."""
        self.disconnect()
        pid = self.pid()
        self.argv = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() \
            .decode().split("\0")[:-1]
        os.kill(pid, signal.SIGKILL)
        until_gone(pid)

    def start(self):
        """Start it as it had been started."""
        log = open(self.campus.dir / f"log/{self.name}.log", "ab")
        server = subprocess.Popen(
            self.campus.exec_argv(*self.argv),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
        log.close()
        until(self.answers, "slapd answers again")
        # everything on the way there has replaced itself by the next program
        self.campus.record(self.name, server.pid)

    def answers(self):
        try:
            socket.create_connection(
                ("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def disconnect(self):
        if self.conn is not None:
            with contextlib.suppress(ldap.LDAPError):
                self.conn.unbind_s()
            self.conn = None


@contextlib.contextmanager
def second_directory(campus):
    """Another slapd with the sample campus' entries, for a with block."""
    server = Directory(campus, "slapd-2", "ldap-2", 1)
    home = campus.dir / server.home
    first = campus.dir / "ldap"
    (home / "slapd.d").mkdir(parents=True)
    (home / "data").mkdir()
    config = (first / "slapd.ldif").read_text()
    (home / "slapd.ldif").write_text(config.replace(f"{first}/", f"{home}/"))
    shutil.copy(first / "server.key", home)
    for number, ldif in ((0, home / "slapd.ldif"),
                         (1, campus.dir / "src/tests/data/campus.ldif")):
        campus.exec("slapadd", "-n", number, "-F", home / "slapd.d", "-l", ldif)
    campus.exec("chown", "-R", "openldap:openldap", home)
    server.argv = ["slapd", "-d", "stats", "-h", f"{server.uri}/",
                   "-F", str(home / "slapd.d"), "-u", "openldap",
                   "-g", "openldap"]
    server.start()
    try:
        yield server
    finally:
        if server.answers():
            server.resume()
            server.kill()
        (campus.dir / "pids" / server.name).unlink(missing_ok=True)
        shutil.rmtree(home)
