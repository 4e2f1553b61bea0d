# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""IMAP, POP3, submission and ManageSieve as bytes on a socket, so that a test
can compare whole answers and send what no library would."""

import base64
import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

TIMEOUT = 60.0
# Offset of each port from the demo's port base.
PORTS = {"imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995,
         "submission": 587, "submissions": 465, "sieve": 4190,
         "lmtp": 24, "smtp": 25, "ldap": 389}
PROTOCOLS = ("imap", "pop3", "submission", "sieve")


class Connection:
    """One TCP connection with lines, and TLS when asked."""

    def __init__(self, address, cafile, source="127.0.0.2"):
        self.cafile = cafile
        self.buffer = b""
        self.sock = socket.create_connection(
            address, timeout=TIMEOUT, source_address=(source, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def start_tls(self):
        context = ssl.create_default_context(cafile=self.cafile)
        self.buffer = b""
        self.sock = context.wrap_socket(self.sock, server_hostname="localhost")

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        """The next line without its CRLF; b"" at the end of the stream."""
        while b"\n" not in self.buffer:
            try:
                data = self.sock.recv(65536)
            except (ConnectionResetError, ssl.SSLEOFError):
                data = b""
            if not data:
                rest, self.buffer = self.buffer, b""
                return rest
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def exactly(self, size):
        while len(self.buffer) < size:
            data = self.sock.recv(65536)
            assert data, "the connection ended inside a literal"
            self.buffer += data
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def plain(name, password, authzid=""):
    """The initial response of SASL PLAIN (RFC 4616)."""
    return base64.b64encode(b"\0".join(
        (to_bytes(authzid), to_bytes(name), to_bytes(password))))


def quoted(text):
    return b'"' + to_bytes(text).replace(b"\\", b"\\\\") \
        .replace(b'"', b'\\"') + b'"'


class Imap(Connection):
    """IMAP; tls is "implicit", "starttls" or None."""
    port = {"implicit": "imaps", "starttls": "imap", None: "imap"}

    def open(self, tls):
        if tls == "implicit":
            self.start_tls()
        self.greeting = self.line()
        if tls == "starttls":
            reply, _ = self.command(b"STARTTLS")
            assert reply.startswith(b"OK"), reply
            self.start_tls()

    def command(self, command):
        """Send one command; the tagged answer without its tag, and the
        untagged lines before it, literals included."""
        self.send(b"a " + to_bytes(command) + b"\r\n")
        return self.answer()

    def answer(self):
        untagged = []
        while True:
            line = self.line()
            literal = re.search(rb"\{(\d+)\}$", line)
            while literal:
                line += b"\r\n" + self.exactly(int(literal.group(1)))
                rest = self.line()
                line += rest
                literal = re.search(rb"\{(\d+)\}$", rest)
            if line.startswith(b"a "):
                return line[2:], untagged
            untagged.append(line)
            if not line or line.startswith((b"* BYE", b"+")):
                return line, untagged

    def login(self, login, how=None):
        """The whole answer to a login: LOGIN by default, AUTHENTICATE PLAIN
        where there is an authzid or how says so."""
        if how is None:
            how = "plain" if login.authzid else "quoted"
        if how == "plain":
            reply, _ = self.command(
                b"AUTHENTICATE PLAIN " +
                plain(login.name, login.password, login.authzid))
        elif how == "quoted":
            reply, _ = self.command(
                b"LOGIN " + quoted(login.name) + b" " + quoted(login.password))
        elif how == "atom":
            reply, _ = self.command(
                b"LOGIN " + to_bytes(login.name) + b" " + quoted(login.password))
        elif how == "literal":
            name = to_bytes(login.name)
            password = to_bytes(login.password)
            reply, _ = self.command(b"LOGIN {%d}" % len(name))
            assert reply.startswith(b"+"), reply
            self.send(name + b" {%d}\r\n" % len(password))
            assert self.line().startswith(b"+")
            self.send(password + b"\r\n")
            reply, _ = self.answer()
        else:
            raise ValueError(how)
        return reply

    @staticmethod
    def accepted(reply):
        return reply.startswith(b"OK")


class Pop3(Connection):
    """POP3."""
    port = {"implicit": "pop3s", "starttls": "pop3", None: "pop3"}

    def open(self, tls):
        if tls == "implicit":
            self.start_tls()
        self.greeting = self.line()
        if tls == "starttls":
            reply = self.command(b"STLS")
            assert reply.startswith(b"+OK"), reply
            self.start_tls()

    def command(self, command):
        self.send(to_bytes(command) + b"\r\n")
        return self.line()

    def multi(self, command):
        """A command with a multi-line answer: its lines up to the dot."""
        reply = self.command(command)
        assert reply.startswith(b"+OK"), reply
        lines = []
        while True:
            line = self.line()
            if line == b".":
                return lines
            lines.append(line)

    def login(self, login, how=None):
        if how is None:
            how = "plain" if login.authzid else "user"
        if how == "plain":
            return self.command(b"AUTH PLAIN " + plain(
                login.name, login.password, login.authzid))
        reply = self.command(b"USER " + to_bytes(login.name))
        if not reply.startswith(b"+OK"):
            return reply
        return self.command(b"PASS " + to_bytes(login.password))

    @staticmethod
    def accepted(reply):
        return reply.startswith(b"+OK")


class Submission(Connection):
    """SMTP submission."""
    port = {"implicit": "submissions", "starttls": "submission",
            None: "submission"}

    def open(self, tls):
        if tls == "implicit":
            self.start_tls()
        self.greeting = self.answer()
        self.ehlo = self.command(b"EHLO client.campus.example")
        if tls == "starttls":
            reply = self.command(b"STARTTLS")
            assert reply.startswith(b"220"), reply
            self.start_tls()
            self.ehlo = self.command(b"EHLO client.campus.example")

    def command(self, command):
        self.send(to_bytes(command) + b"\r\n")
        return self.answer()

    def answer(self):
        lines = []
        while True:
            line = self.line()
            lines.append(line)
            if line[3:4] != b"-":
                return b"\n".join(lines)

    def login(self, login, how=None):
        if how == "login":
            reply = self.command(b"AUTH LOGIN " +
                                 base64.b64encode(to_bytes(login.name)))
            assert reply.startswith(b"334"), reply
            return self.command(base64.b64encode(to_bytes(login.password)))
        return self.command(b"AUTH PLAIN " + plain(
            login.name, login.password, login.authzid))

    @staticmethod
    def accepted(reply):
        return reply.startswith(b"235")


class Smtp(Submission):
    """Postfix' own port, which asks Dovecot about passwords."""
    port = {"starttls": "smtp", None: "smtp"}


class Sieve(Connection):
    """ManageSieve (RFC 5804)."""
    port = {"starttls": "sieve", None: "sieve"}

    def open(self, tls):
        self.greeting = self.answer()
        if tls == "starttls":
            reply = self.command(b"STARTTLS")
            assert reply.startswith(b"OK"), reply
            self.start_tls()
            self.greeting = self.answer()

    def command(self, command):
        self.send(to_bytes(command) + b"\r\n")
        return self.answer()

    def answer(self):
        lines = []
        while True:
            line = self.line()
            literal = re.search(rb"\{(\d+)\}$", line)
            if literal:
                line += b"\r\n" + self.exactly(int(literal.group(1))) + \
                    self.line()
            lines.append(line)
            if not line or line.startswith((b"OK", b"NO", b"BYE")):
                return b"\n".join(lines)

    def login(self, login, how=None):
        return self.command(b'AUTHENTICATE "PLAIN" "' + plain(
            login.name, login.password, login.authzid) + b'"')

    @staticmethod
    def accepted(reply):
        return reply.startswith(b"OK") or b"\nOK" in reply


CLASSES = {"imap": Imap, "pop3": Pop3, "submission": Submission,
           "sieve": Sieve, "smtp": Smtp}


def side_by_side(function, items, workers=24):
    """function(item) for every item, many at once, results in order: a refused
    login waits for Dovecot's delay, and they may all wait together."""
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(function, items))
