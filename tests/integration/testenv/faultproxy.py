# Copyright (c) 2026 dovecot-campus authors, see the included COPYING file
"""A wire that breaks as told: TCP between the auth driver and a real server."""

import asyncio
import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass

CHUNK = 65536
# slapd's answers to our own bind and to StartTLS
FIRST_ANSWER_BYTES = 14


@dataclass(frozen=True)
class Fault:
    """What happens, and when. At "connect": as soon as there is a connection;
    at "request": at the first bytes of the client; at "answer": after so many
    bytes of the server's, counted from the connection's first."""
    # "pass", "reset" (RST), "close" (FIN), "silence", "trickle" (a byte a
    # second from there on), "delay" (each piece so much later)
    then: str = "pass"
    at: str = "answer"
    after: int = 0
    seconds: float = 0.0


PASS = Fault()


class FaultProxy:
    """Listens on 127.0.0.1:port. A new fault counts at once, for connections
    that are open too; one that was hit stays as it is."""

    def __init__(self, target_port):
        self.target = target_port
        self.fault = PASS
        # when each connection came, and how many met their fault
        self.connected = []
        self.hits = 0
        self._writers = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever,
                                        daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(
            self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def uri(self):
        return f"ldap://localhost:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.close()
        self.drop()
        self._call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def drop(self):
        """RST to every connection that is open."""
        self._call(self._drop())

    def most_in_a_second(self, since=0.0):
        """The largest number of connections that came within one second."""
        times = [when for when in self.connected if when >= since]
        return max((sum(begin <= when < begin + 1 for when in times)
                    for begin in times), default=0)

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _drop(self):
        for writer in list(self._writers):
            self._reset(writer)

    async def _cancel_all(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @staticmethod
    def _reset(writer):
        sock = writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _serve(self, reader, writer):
        self.connected.append(time.monotonic())
        self._writers.add(writer)
        upstream = None
        try:
            if self.fault.at == "connect":
                await self._strike(self.fault, reader, writer)
                return
            from_server, upstream = await asyncio.open_connection(
                "127.0.0.1", self.target)
            tasks = [asyncio.ensure_future(direction) for direction in (
                self._requests(reader, writer, upstream),
                self._answers(from_server, writer))]
            # whichever ends first ends both
            _, others = await asyncio.wait(
                tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in others:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        except OSError:
            pass
        finally:
            self._writers.discard(writer)
            for end in (writer, upstream):
                if end is not None:
                    end.close()

    async def _strike(self, fault, reader, writer):
        """The end of this connection."""
        self.hits += 1
        if fault.then == "reset":
            self._reset(writer)
        elif fault.then == "silence":
            while await reader.read(CHUNK):
                pass

    async def _requests(self, reader, writer, upstream):
        while data := await reader.read(CHUNK):
            if self.fault.at == "request":
                await self._strike(self.fault, reader, writer)
                return
            upstream.write(data)

    async def _answers(self, from_server, writer):
        sent = 0
        while data := await from_server.read(CHUNK):
            fault = self.fault
            if fault.at != "answer" or fault.then == "pass":
                writer.write(data)
            elif fault.then == "delay":
                # what comes meanwhile does not wait for it
                self._loop.call_later(fault.seconds, writer.write, data)
            else:
                keep = max(0, min(len(data), fault.after - sent))
                writer.write(data[:keep])
                if keep < len(data):
                    await self._break_off(fault, data[keep:], writer)
                    return
            sent += len(data)

    async def _break_off(self, fault, rest, writer):
        await writer.drain()
        self.hits += 1
        if fault.then == "reset":
            self._reset(writer)
        elif fault.then == "trickle":
            for byte in rest:
                await asyncio.sleep(1)
                writer.write(bytes((byte,)))
        if fault.then in ("trickle", "silence"):
            await asyncio.Event().wait()
