# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A way to the directory that takes long, so that round trips can be counted by
the time they take."""

import contextlib
import socket
import threading
import time


class SlowProxy:
    """Hands bytes on to a port of 127.0.0.1, each way after half of the
    seconds of a round trip."""

    def __init__(self, port, round_trip):
        self.target = ("127.0.0.1", port)
        self.round_trip = round_trip
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
        for sock in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            other = socket.create_connection(self.target)
            self.open |= {sock, other}
            for source, target in ((sock, other), (other, sock)):
                threading.Thread(target=self._carry, args=(source, target),
                                 daemon=True).start()

    def _carry(self, source, target):
        """What is read is on its way while more is read."""
        queue, more = [], threading.Condition()

        def read():
            data = b"-"
            while data:
                try:
                    data = source.recv(65536)
                except OSError:
                    data = b""
                with more:
                    queue.append((time.monotonic() + self.round_trip / 2, data))
                    more.notify()
        threading.Thread(target=read, daemon=True).start()
        pause = threading.Event()
        while True:
            with more:
                more.wait_for(lambda: queue)
                when, data = queue.pop(0)
            pause.wait(max(0, when - time.monotonic()))
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
            except OSError:
                return
