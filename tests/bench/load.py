"""Asks one address over and over on several kept connections and counts the answers."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What came back: how many answers in how many seconds, and the status and body length that each had."""

    answers: int
    seconds: float
    status: int
    length: int


class _Asking(asyncio.Protocol):
    """One connection: the next request goes out when the answer is in, never before.

    The first answer is read; those after it must begin with the same status line and be as long.
    """

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.answers = 0
        self.status_line = b""
        self.body_length = 0
        self.finished = asyncio.get_running_loop().create_future()
        self._first = b""
        self._whole = 0
        self._got = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind is no subclass
        self._transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self._whole and not self._read_first(data):
            return
        if self._got == 0:
            assert data.startswith(self.status_line)
        self._got += len(data)
        if self._got < self._whole:
            return
        assert self._got == self._whole
        self._got = 0
        self.answers += 1
        if time.perf_counter() < self.until:
            self._transport.write(self.request)
        else:
            self._transport.close()

    def _read_first(self, data: bytes) -> bool:
        """Take a part of the first answer; tell whether its head is there, which says how long the whole is."""
        self._first += data
        end = self._first.find(b"\r\n\r\n")
        if end < 0:
            return False
        self.status_line = self._first[:12]
        length = _LENGTH.search(self._first, 0, end)
        self.body_length = 0 if length is None or self.status == 304 else int(length[1])
        self._whole = end + 4 + self.body_length
        self._got = len(self._first) - len(data)
        return True

    @property
    def status(self) -> int:
        return int(self.status_line[9:])

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(error)


def load(port: int, path: str, *, seconds: float, connections: int = 16, headers: str = "") -> Load:
    """Ask for `path` on this machine's `port` for some seconds; every answer must be of one kind."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()

    async def ask() -> Load:
        loop, start = asyncio.get_running_loop(), time.perf_counter()
        asking = [_Asking(request, start + seconds) for _ in range(connections)]
        for protocol in asking:
            await loop.create_connection(lambda protocol=protocol: protocol, "127.0.0.1", port)
        async with asyncio.timeout(seconds + 60):
            await asyncio.gather(*(protocol.finished for protocol in asking))
        elapsed = time.perf_counter() - start
        ((status, length),) = {(protocol.status, protocol.body_length) for protocol in asking}
        return Load(sum(protocol.answers for protocol in asking), elapsed, status, length)

    return uvloop.run(ask())
