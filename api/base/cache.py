"""Encoded bodies: each made once, kept compressed, bounded in bytes, oldest use dropped first."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import brotli

#: Content codings in the order we prefer to send them.
CODINGS: Final = ("br", "gzip", "identity")

_BROTLI_QUALITY: Final = 9  # 11 saves another tenth and takes twenty times as long
_GZIP_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class Encoded:
    """One body in each content coding, with a strong entity tag per coding (RFC 9110, section 8.8.3)."""

    bodies: MappingProxyType[str, bytes]
    etags: MappingProxyType[str, bytes]

    @property
    def size(self) -> int:
        """Bytes kept in memory."""
        return sum(len(body) for body in self.bodies.values())


def compressed(body: bytes, coding: str, *, brotli_quality: int = _BROTLI_QUALITY) -> bytes:
    """Return `body` in one of `CODINGS`."""
    if coding == "br":
        smaller: bytes = brotli.compress(body, quality=brotli_quality)
        return smaller
    if coding == "gzip":
        return gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
    return body


def encode(body: bytes, *, brotli_quality: int = _BROTLI_QUALITY) -> Encoded:
    """Compress `body`. The same body gives the same tags on every machine."""
    bodies = {coding: compressed(body, coding, brotli_quality=brotli_quality) for coding in CODINGS}
    digest = hashlib.sha256(body).hexdigest()[:32]
    etags = {coding: f'"{digest}-{coding}"'.encode() for coding in bodies}
    return Encoded(MappingProxyType(bodies), MappingProxyType(etags))


class EncodedCache:
    """Keeps encoded bodies of one process, at most `most_bytes` of them.

    Concurrent requests for one key make its body once: the first starts the work in a thread, the others wait for
    it; at most `makers` are at work at once. An error of `make` reaches all who wait and is not kept. Used from one
    event loop at a time.
    """

    def __init__(self, most_bytes: int, *, makers: int = 2) -> None:
        self.most_bytes = most_bytes
        self.size = 0
        self._makers = ThreadPoolExecutor(makers, thread_name_prefix="sira-encode")
        self._kept: OrderedDict[Hashable, Encoded] = OrderedDict()
        self._pending: dict[Hashable, asyncio.Task[Encoded | None]] = {}

    def peek(self, key: Hashable) -> Encoded | None:
        """Return what is kept under `key`, which counts as a use, or None."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    async def get(self, key: Hashable, make: Callable[[], Encoded | None]) -> Encoded | None:
        """Return what is kept under `key`, made by `make` in a thread where it is not there yet.

        `make` may return None for "not now", which is not kept.
        """
        found = self.peek(key)
        if found is not None:
            return found
        task = self._pending.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            task.add_done_callback(_take_error)
            self._pending[key] = task
        # A caller who hangs up must not cancel the work that others wait for.
        return await asyncio.shield(task)

    async def _make(self, key: Hashable, make: Callable[[], Encoded | None]) -> Encoded | None:
        try:
            made = await asyncio.get_running_loop().run_in_executor(self._makers, make)
        finally:
            del self._pending[key]
        if made is not None:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: Encoded) -> None:
        if made.size > self.most_bytes:
            return
        self._kept[key] = made
        self.size += made.size
        while self.size > self.most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self.size -= dropped.size


def _take_error(task: asyncio.Task[Encoded | None]) -> None:
    """Mark a failed task's error as seen: it reaches whoever still waits, and the log when nobody does is no help."""
    if not task.cancelled():
        task.exception()
