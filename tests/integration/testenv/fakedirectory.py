# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A directory server that misbehaves as told, and remembers what it was sent.

Knows as much of LDAP (RFC 4511) as the tests need: StartTLS, simple bind, and
searches that find a canned entry when it is below the base and its key is
among the request's bytes."""

import contextlib
import socket
import ssl
import struct
import threading

BIND, UNBIND, SEARCH, EXTENDED = 0x60, 0x42, 0x63, 0x77
ABANDON = 0x50
NAMES = {BIND: "bind", UNBIND: "unbind", SEARCH: "search",
         EXTENDED: "extended", ABANDON: "abandon"}


def ber(tag, content):
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    if len(content) < 1 << 16:
        return bytes((tag, 0x82)) + struct.pack(">H", len(content)) + content
    return bytes((tag, 0x84)) + struct.pack(">I", len(content)) + content


def ber_int(value, tag=0x02):
    return ber(tag, bytes((value,)) if value < 128
               else struct.pack(">I", value))


def split(data):
    """The first element of data: tag, content, rest."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(data[2:start], "big")
    return tag, data[start:start + length], data[start + length:]


def complete(data):
    """Does data begin with a whole element?"""
    if len(data) < 2:
        return False
    length, start = data[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        if len(data) < start:
            return False
        length = int.from_bytes(data[2:start], "big")
    return len(data) >= start + length


def result(tag, code, diagnostic=b"", matched=b"", more=b""):
    return ber(tag, ber_int(code, 0x0A) + ber(0x04, matched) +
               ber(0x04, diagnostic) + more)


def message(number, operation, controls=b""):
    return ber(0x30, ber_int(number) + operation + controls)


def to_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def entry(name, attributes):
    """A search result entry; attributes are pairs, or a dict."""
    pairs = attributes.items() if isinstance(attributes, dict) else attributes
    listed = b"".join(
        ber(0x30, ber(0x04, to_bytes(attribute)) +
            ber(0x31, b"".join(ber(0x04, to_bytes(value))
                               for value in values)))
        for attribute, values in pairs)
    return ber(0x64, ber(0x04, to_bytes(name)) + ber(0x30, listed))


class Trap:
    """Where referrals lead: nobody must ever come."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ldap://127.0.0.1:{self.listener.getsockname()[1]}/" \
                   "ou=people,dc=campus,dc=example??sub"

    def caught(self):
        self.listener.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            self.listener.accept()
            return True
        return False

    def referral(self, tag, code=10):
        """A result that names it."""
        return result(tag, code, more=ber(0xA3, ber(0x04, self.uri.encode())))


class FakeDirectory:
    """Modes: "answer", and instead of it "silent" (accepts, never says a word),
    "reset" (breaks off when it is spoken to), "no-starttls" (refuses it),
    "hang-tls" (says yes to StartTLS, then nothing), "cut-tls" (breaks off when
    the handshake begins), "old-tls" (knows TLS 1.1 at most), "inject" (sends
    answers in clear behind the one to StartTLS)."""

    def __init__(self, certificate=None, key=None, mode="answer"):
        self.mode = mode
        self.certificate, self.key = certificate, key
        # (key bytes, dn, {attribute: [values]})
        self.entries = []
        self.search_code = 0
        # what a person's bind gets; the service account's is always good
        self.bind_code, self.bind_diagnostic = 0, ""
        self.service_code = 0
        self.service_dn = b"cn=dovecot,ou=services,dc=campus,dc=example"
        # what is said in place of an answer, by what was asked: "service" and
        # "bind" for binds, "starttls", the base of a search up to its first
        # comma for searches. A function from the message id to bytes; no bytes: silence.
        self.replies = {}
        self.replied = 0
        # seconds that a DN's bind takes
        self.slow_binds = {}
        # (name of the operation, whether under TLS, the request's bytes)
        self.requests = []
        self.connections = 0
        self.tls_failures = 0
        self.closing = False
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return f"ldap://localhost:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closing = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()

    def drop(self):
        """End every connection that is open."""
        for sock in list(self.open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def count(self, name):
        return sum(1 for request in self.requests if request[0] == name)

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.open.add(sock)
            threading.Thread(target=self._serve, args=(sock,),
                             daemon=True).start()

    def _serve(self, sock):
        try:
            self._conversation(sock)
        except ssl.SSLError:
            self.tls_failures += 1
        except OSError:
            pass
        finally:
            self.open.discard(sock)
            with contextlib.suppress(OSError):
                sock.close()

    def _conversation(self, sock):
        tls, buffer = False, b""
        while True:
            data = sock.recv(65536)
            if not data:
                return
            if self.mode == "silent":
                self.requests.append(("bytes", tls, data))
                continue
            if self.mode == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                struct.pack("ii", 1, 0))
                return
            buffer += data
            while complete(buffer):
                _, content, buffer = split(buffer)
                _, number, content = split(content)
                number = int.from_bytes(number, "big")
                op, content, _ = split(content)
                self.requests.append((NAMES.get(op, hex(op)), tls, content))
                if op == EXTENDED and b"1.3.6.1.4.1.1466.20037" in content:
                    if self.mode == "no-starttls":
                        sock.sendall(message(number,
                                             result(0x78, 2, b"no TLS")))
                        continue
                    reply = message(number, result(0x78, 0))
                    if self.mode == "inject":
                        # A bind that was never asked for has succeeded.
                        reply += message(number + 1, result(0x61, 0))
                        reply += message(number + 2, result(0x65, 0))
                    if "starttls" in self.replies:
                        sock.sendall(self.replies["starttls"](number))
                        continue
                    sock.sendall(reply)
                    if self.mode == "cut-tls":
                        sock.recv(65536)
                        return
                    if self.mode == "hang-tls":
                        while sock.recv(65536):
                            pass
                        return
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(self.certificate, self.key)
                    if self.mode == "old-tls":
                        context.set_ciphers("DEFAULT:@SECLEVEL=0")
                        context.minimum_version = \
                            ssl.TLSVersion.MINIMUM_SUPPORTED
                        context.options |= ssl.OP_NO_TLSv1_2 | ssl.OP_NO_TLSv1_3
                    self.open.discard(sock)
                    sock = context.wrap_socket(sock, server_side=True)
                    self.open.add(sock)
                    tls = True
                elif op == BIND:
                    self._bind(sock, number, content)
                elif op == SEARCH:
                    self._search(sock, number, content)
                elif op == UNBIND:
                    return

    def _bind(self, sock, number, content):
        _, _, content = split(content)
        _, name, _ = split(content)
        if name.lower() == self.service_dn:
            self._reply(sock, number, "service", lambda: message(
                number, result(0x61, self.service_code)))
            return
        if name in self.slow_binds:
            threading.Event().wait(self.slow_binds[name])
        self._reply(sock, number, "bind", lambda: message(
            number, result(0x61, self.bind_code,
                           self.bind_diagnostic.encode())))

    def _search(self, sock, number, content):
        _, base, _ = split(content)
        base = base.decode().lower()
        self._reply(sock, number, base.split(",")[0], lambda: b"".join(
            message(number, entry(name, attributes))
            for key, name, attributes in self.entries
            if key in content.lower() and name.lower().endswith(base)) +
            message(number, result(0x65, self.search_code)))

    def _reply(self, sock, number, asked, answer):
        reply = self.replies.get(asked)
        if reply is None:
            sock.sendall(answer())
        else:
            self.replied += 1
            sock.sendall(reply(number))
