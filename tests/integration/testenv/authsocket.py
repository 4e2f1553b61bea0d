# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""Dovecot's authentication protocol, as a login process or Postfix speaks it:
exact results, for any service name, without a mail program in between."""

import os
import socket
from dataclasses import dataclass, field

from .wire import plain

TIMEOUT = 60.0


@dataclass
class AuthReply:
    """OK or FAIL with its fields; a field without a value is True."""
    ok: bool
    fields: dict = field(default_factory=dict)

    @property
    def user(self):
        return self.fields.get("user")

    @property
    def temporary(self):
        return "temp" in self.fields or self.fields.get("code") == "temp_fail"

    def without_name(self):
        """What of a refusal must not depend on how the name was typed."""
        return self.ok, {key: value for key, value in self.fields.items()
                         if key not in ("user", "original_user")}


def _unescape(text):
    out, escaped = [], False
    for char in text:
        if escaped:
            out.append({"0": "\0", "1": "\x01", "t": "\t", "r": "\r",
                        "n": "\n"}.get(char, char))
            escaped = False
        elif char == "\x01":
            escaped = True
        else:
            out.append(char)
    return "".join(out)


class AuthSocket:
    """A client of the auth service's socket (auth-client)."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")
        self.next_id = 1
        self.server_pid = None
        self.sock.sendall(b"VERSION\t1\t1\nCPID\t%d\n" % os.getpid())
        while True:
            line = self._line()
            if line[0] == "SPID":
                self.server_pid = int(line[1])
            if line[0] == "DONE":
                break

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()

    def _line(self):
        line = self.file.readline()
        assert line.endswith(b"\n"), "the auth service closed the connection"
        return line.decode("utf-8", "surrogateescape")[:-1].split("\t")

    def start(self, name, password, authzid="", service="imap",
              address="127.0.0.2"):
        """Send a PLAIN authentication and return its id."""
        request, self.next_id = self.next_id, self.next_id + 1
        self.sock.sendall(
            f"AUTH\t{request}\tPLAIN\tservice={service}\tsecured\t"
            f"lip=127.0.0.1\trip={address}\tresp=".encode() +
            plain(name, password, authzid) + b"\n")
        return request

    def replies(self, requests):
        """Wait for the results of these ids: a dict."""
        requests, results = set(requests), {}
        while requests:
            number, reply = self._reply(self._line())
            if number in requests:
                results[number] = reply
                requests.discard(number)
        return results

    def available(self):
        """The results that have come, once there is something to read: a
        dict."""
        results = {}
        while True:
            number, reply = self._reply(self._line())
            if reply is not None:
                results[number] = reply
            if b"\n" not in self._peek():
                return results

    def _peek(self):
        """What has been read from the socket, but for what was asked for."""
        self.sock.setblocking(False)
        try:
            return self.file.peek()
        finally:
            self.sock.settimeout(TIMEOUT)

    @staticmethod
    def _reply(line):
        """The id and the result in a line, or None for both."""
        if line[0] not in ("OK", "FAIL"):
            return None, None
        fields = {}
        for item in line[2:]:
            key, equals, value = item.partition("=")
            fields[key] = _unescape(value) if equals else True
        return int(line[1]), AuthReply(line[0] == "OK", fields)

    def login(self, name, password, authzid="", service="imap",
              address="127.0.0.2"):
        request = self.start(name, password, authzid, service, address)
        return self.replies([request])[request]

    def logins(self, items, service="imap", address="127.0.0.2"):
        """Many at once, since refusals are answered after a delay. Items are
        Login, or (Login, service)."""
        requests = []
        for item in items:
            login, name = item if isinstance(item, tuple) else (item, service)
            requests.append(self.start(login.name, login.password,
                                       login.authzid, name, address))
        results = self.replies(requests)
        return [results[request] for request in requests]
