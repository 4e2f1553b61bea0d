# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""LMTP, as an MTA speaks it to Dovecot."""

from .wire import Connection, to_bytes


class Lmtp(Connection):
    def __init__(self, address, cafile, source="127.0.0.1"):
        super().__init__(address, cafile, source)
        self.greeting = self.answer()
        self.lhlo = self.command("LHLO mta.campus.example")

    def answer(self):
        while True:
            line = self.line()
            if line[3:4] != b"-":
                return line

    def command(self, command):
        self.send(to_bytes(command) + b"\r\n")
        return self.answer()

    def recipient(self, address):
        """What RCPT TO is answered."""
        reply = self.command("MAIL FROM:<sender@elsewhere.example>")
        assert reply.startswith(b"250"), reply
        reply = self.command(b"RCPT TO:<" + to_bytes(address) + b">")
        self.command("RSET")
        return reply

    def deliver(self, address, subject, text):
        reply = self.command("MAIL FROM:<sender@elsewhere.example>")
        assert reply.startswith(b"250"), reply
        reply = self.command(b"RCPT TO:<" + to_bytes(address) + b">")
        if not reply.startswith(b"250"):
            return reply
        reply = self.command("DATA")
        assert reply.startswith(b"354"), reply
        self.send(b"From: sender@elsewhere.example\r\nTo: " +
                  to_bytes(address) + b"\r\nSubject: " + to_bytes(subject) +
                  b"\r\nMessage-ID: <" + to_bytes(subject).replace(b" ", b".") +
                  b"@elsewhere.example>\r\n\r\n" +
                  to_bytes(text).replace(b"\n", b"\r\n") + b".\r\n")
        return self.answer()
