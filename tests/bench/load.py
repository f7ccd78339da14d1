"""Asks one address over and over on several kept connections and counts the answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import cast

import numpy as np
import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What came back: how many answers in how many seconds, and the status and body length that each had (of several
    addresses: the mean length). `p99_s` is how long 99 of 100 answers took at most."""

    answers: int
    seconds: float
    status: int
    length: int
    p99_s: float


class _Asking(asyncio.Protocol):
    """One connection: the next request goes out when the answer is in, never before.

    The first answer is read; those after it must begin with the same status line and, where all requests are the
    same, be as long. Where they are not, the head of each answer is read.
    """

    def __init__(self, requests: Iterator[bytes], until: float, *, is_one: bool) -> None:
        self.requests = requests
        self.until = until
        self.is_one = is_one
        self.took: list[float] = []
        self.status_line = b""
        self.body_lengths: list[int] = []
        self.finished = asyncio.get_running_loop().create_future()
        self._first = b""
        self._whole = 0
        self._got = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind is no subclass
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self.requests))

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
        now = time.perf_counter()
        self.took.append(now - self._asked)
        if not self.is_one:
            self._first, self._whole = b"", 0
        if now < self.until:
            self._ask()
        else:
            self._transport.close()

    def _read_first(self, data: bytes) -> bool:
        """Take a part of an answer; tell whether its head is there, which says how long the whole is."""
        self._first += data
        end = self._first.find(b"\r\n\r\n")
        if end < 0:
            return False
        assert self.status_line in (b"", self._first[:12])
        self.status_line = self._first[:12]
        length = _LENGTH.search(self._first, 0, end)
        self.body_lengths.append(0 if length is None or self.status == 304 else int(length[1]))
        self._whole = end + 4 + self.body_lengths[-1]
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


def load(port: int, path: str | Sequence[str], *, seconds: float, connections: int = 16, headers: str = "") -> Load:
    """Ask for `path` on this machine's `port` for some seconds; every answer must be of one kind.

    Several paths are asked for in turn, over and over; their answers may differ in length.
    """
    paths = [path] if isinstance(path, str) else path
    requests = [f"GET {each} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode() for each in paths]

    async def ask() -> Load:
        loop, start, turns = asyncio.get_running_loop(), time.perf_counter(), cycle(requests)
        asking = [_Asking(turns, start + seconds, is_one=len(paths) == 1) for _ in range(connections)]
        for protocol in asking:
            await loop.create_connection(lambda protocol=protocol: protocol, "127.0.0.1", port)
        async with asyncio.timeout(seconds + 60):
            await asyncio.gather(*(protocol.finished for protocol in asking))
        elapsed = time.perf_counter() - start
        (status,) = {protocol.status for protocol in asking}
        lengths = [length for protocol in asking for length in protocol.body_lengths]
        assert len(paths) > 1 or len(set(lengths)) == 1
        took = np.concatenate([protocol.took for protocol in asking])
        return Load(len(took), elapsed, status, int(np.mean(lengths)), float(np.quantile(took, 0.99)))

    return uvloop.run(ask())
