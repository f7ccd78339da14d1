"""What a process keeps of what it made, bounded in bytes all together; bodies in each content coding, with ETags."""

from __future__ import annotations

import gzip
import hashlib
import logging
import sys
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

import brotli
from cachetools import LRUCache

_log: Final = logging.getLogger("sira")

#: Content codings in the order we prefer to send them.
CODINGS: Final = ("br", "gzip", "identity")
AS_IS: Final = "identity"

_BROTLI_QUALITY: Final = 9  # 11 saves another tenth and takes twenty times as long
_GZIP_LEVEL: Final = 6


class Sized(Protocol):
    """What knows how many bytes of memory it takes."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        ...


T = TypeVar("T", bound=Sized)
V = TypeVar("V")


class Kept:
    """Bodies, tables and prepared tiles of one process: at most `most_bytes` of all of them, oldest use dropped first.

    What alone is larger is made for each who asks, and the log says so once. Used from threads and event loops alike.
    A key that begins with a number is of that revision of the store.
    """

    def __init__(self, most_bytes: int = 256_000_000) -> None:
        self._most = most_bytes
        self._kept: LRUCache[Hashable, Any] = LRUCache(most_bytes, getsizeof=_size)
        self._lock = threading.Lock()
        #: A lock is there as long as somebody holds it or waits for it.
        self._making: WeakValueDictionary[Hashable, threading.Lock] = WeakValueDictionary()
        self._has_said = False

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Bytes of all that is kept."""
        return int(self._kept.currsize)

    def peek(self, key: Hashable) -> Any | None:
        """Return what is kept under `key`, which counts as a use, or None."""
        with self._lock:
            return self._kept.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under `key`, made by `make` where it is not there yet.

        Threads that ask for the same meanwhile wait for it. An error of `make` is not kept: the next one tries.
        """
        found: T | None = self.peek(key)
        if found is not None:
            return found
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            found = self.peek(key)
            return self.keep(key, make()) if found is None else found

    def renew(self, key: Hashable, version: Hashable, make: Callable[[V | None], tuple[V, int]]) -> V:
        """Return what is kept under `key` for `version`; of another one, what `make` makes of that, or of nothing.

        `make` tells how many bytes it takes, too. One version is kept, so that what stays the same is there once.
        """

        def made() -> Held[tuple[Hashable, V]]:
            kept: Held[tuple[Hashable, V]] | None = self.peek(key)
            if kept is not None and kept.value[0] == version:
                return kept
            value, nbytes = make(None if kept is None else kept.value[1])
            return self.keep(key, Held((version, value), nbytes))

        kept: Held[tuple[Hashable, V]] | None = self.peek(key)
        if kept is not None and kept.value[0] == version:
            return kept.value[1]
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            return made().value[1]

    def keep(self, key: Hashable, made: T) -> T:
        """Keep what was made, if it fits, and return it."""
        with self._lock:
            try:
                self._kept[key] = made
            except ValueError:  # larger than all that may be kept
                self._kept.pop(key, None)
                is_first, self._has_said = not self._has_said, True
            else:
                return made
        if is_first:
            _log.warning(
                "SIRA_CACHE_MB: %d MB are too little to keep an answer of %d MB; such are made for each who asks.",
                self._most // 1_000_000,
                -(-made.nbytes // 1_000_000),
            )
        return made

    def drop_past(self, revision: int) -> None:
        """Keep nothing any more that is of another revision than this one: nobody will ask for it again."""
        with self._lock:
            for key in [key for key in self._kept if _revision_of(key) not in (None, revision)]:
                del self._kept[key]

    def drop(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._kept.clear()


def _size(made: Sized) -> int:
    return made.nbytes


def _revision_of(key: Hashable) -> int | None:
    return key[0] if isinstance(key, tuple) and isinstance(key[0], int) else None


@dataclass(frozen=True, slots=True)
class Encoded:
    """One body in each content coding, with a strong entity tag per coding (RFC 9110, section 8.8.3)."""

    bodies: MappingProxyType[str, bytes]
    etags: MappingProxyType[str, bytes]

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""
        return sum(len(body) for body in self.bodies.values())


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is part of answers."""

    text: str

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""
        return sys.getsizeof(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Held(Generic[V]):
    """Something that answers are made from, and about how many bytes of memory it takes."""

    value: V
    nbytes: int


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
    digest = _digest(body)
    etags = {coding: f'"{digest}-{coding}"'.encode() for coding in bodies}
    return Encoded(MappingProxyType(bodies), MappingProxyType(etags))


def as_it_is(body: bytes) -> Encoded:
    """Return a body that is compressed inside already (PDF, PNG, TIFF), with its tag."""
    return Encoded(MappingProxyType({AS_IS: body}), MappingProxyType({AS_IS: f'"{_digest(body)}"'.encode()}))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
