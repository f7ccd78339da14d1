"""Files made for requests: each once, in a thread, with progress; whole or not at all, gone when nobody wants them.

What is kept lies in a folder of its own under ``SIRA_HOME`` and is removed when the service stops.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from geo.core.errors import FileError, NotReadyError, StoreError
from geo.core.messages import message
from geo.core.replacing import replacing

#: Files kept, and how long after it was last asked for one stays at least, so that nobody's download is cut.
KEPT: Final = 32
_GRACE_S: Final = 900.0
#: How often a waiting request looks whether its caller is still there.
_LOOK_S: Final = 0.5
_PREFIX: Final = "exports-"
_STALE_S: Final = 86_400.0


class StoppedError(NotReadyError):
    """The making of a file was stopped, or nobody waits for it any more; raised into whoever makes it."""


@dataclass(eq=False)
class FileJob:
    """A file that is being made: how far it is, and who wants it."""

    future: Future[FinishedFile] = field(init=False)
    done: int = 0
    total: int = 1
    waiting: int = 0
    #: Who has it made without waiting for it.
    jobs: set[Hashable] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def step(self, done: int) -> None:
        """Say how far it is; raises `StoppedError` where nobody wants it any more."""
        self.done = done
        if self._stop.is_set():
            raise StoppedError(message("The making of this file was stopped. Ask again to have it made."))

    def stop(self) -> None:
        """Have the making end before its next step."""
        self._stop.set()

    def stop_if_unwanted(self) -> None:
        """Stop where nobody waits and nobody has left it as a job."""
        if not self.waiting and not self.jobs:
            self.stop()


@dataclass(frozen=True, slots=True)
class FinishedFile:
    """A file that is there: where, and its entity tag."""

    path: Path
    etag: str


Make = Callable[[Path, FileJob], None]


class FileJobs:
    """The files of one service. Concurrent requests for one key make its file once; at most two are made at once."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._made: OrderedDict[Hashable, tuple[FinishedFile, float]] = OrderedDict()
        self._making: dict[Hashable, FileJob] = {}
        self._makers = ThreadPoolExecutor(2, thread_name_prefix="sira-export")
        self._number = 0

    def find(self, key: Hashable) -> FinishedFile | None:
        """Return the file of `key` where it is there."""
        with self._lock:
            if key not in self._made:
                return None
            made, _ = self._made.pop(key)
            self._made[key] = made, time.monotonic()
            return made

    def progress(self, key: Hashable) -> FileJob | None:
        """Return how far the making of a file is, None where nobody makes it."""
        with self._lock:
            return self._making.get(key)

    def begin(self, key: Hashable, make: Make, *, suffix: str, total: int, job_of: Hashable = None) -> FileJob:
        """Have a file made if nobody is at it; one that is a job of somebody goes on when nobody waits."""
        with self._lock:
            making = self._making.get(key)
            if making is None:
                making = FileJob(total=total)
                making.future = self._makers.submit(self._make, key, make, making, suffix)
                self._making[key] = making
            if job_of is not None:
                making.jobs.add(job_of)
            return making

    async def wait(self, making: FileJob, gone: Callable[[], Awaitable[bool]]) -> FinishedFile | None:
        """Wait for a file; None where the caller went away meanwhile, which ends the making if nobody else wants it.

        Raises
        ------
        StoreError
            If it could not be written; what `make` raises otherwise.
        """
        making.waiting += 1
        made = asyncio.wrap_future(making.future)
        made.add_done_callback(_take_error)
        try:
            while True:
                is_done, _ = await asyncio.wait([made], timeout=_LOOK_S)
                if is_done:
                    return made.result()
                if await gone():
                    return None
        finally:
            making.waiting -= 1
            making.stop_if_unwanted()

    def withdraw(self, key: Hashable, job_of: Hashable) -> bool:
        """Take back somebody's job, which ends the making if nobody else wants it; False where nobody was at it."""
        making = self.progress(key)
        if making is not None:
            making.jobs.discard(job_of)
            making.stop_if_unwanted()
        return making is not None

    def close(self) -> None:
        """Stop what is being made, wait until it has stopped, and remove what was made."""
        self.stop()
        self._makers.shutdown(wait=True, cancel_futures=True)
        self.remove()

    def stop(self) -> None:
        """Have all that is being made end before its next step."""
        with self._lock:
            for making in self._making.values():
                making.stop()

    def remove(self) -> None:
        """Remove what was made, and what is being made: whoever is at it will fail."""
        if self._folder is not None:
            gone = self._folder.with_name(f"{self._folder.name}-gone")  # under which nobody goes on writing
            with suppress(FileNotFoundError):
                self._folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def _make(self, key: Hashable, make: Make, making: FileJob, suffix: str) -> FinishedFile:
        try:
            target = self._target(suffix)
            with replacing(target, suffix=suffix, overwrite=False) as part:
                making.step(0)
                make(part, making)
                making.step(making.total)
            with target.open("rb") as stream:
                made = FinishedFile(target, f'"{hashlib.file_digest(stream, "sha256").hexdigest()[:32]}"')
            with self._lock:
                self._made[key] = made, time.monotonic()
                self._drop()
            return made
        except FileError as error:
            # a full disk is the installation's fault, not the caller's, and its paths are nobody's business
            raise StoreError(error.message) from error
        finally:
            with self._lock:
                del self._making[key]

    def _target(self, suffix: str) -> Path:
        with self._lock:
            if self._folder is None:
                self._home.mkdir(parents=True, exist_ok=True)
                for left in self._home.glob(f"{_PREFIX}*"):  # of a service that was killed
                    if time.time() - left.stat().st_mtime > _STALE_S:
                        shutil.rmtree(left, ignore_errors=True)
                self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._home))
            self._number += 1
            return self._folder / f"{self._number}{suffix}"

    def _drop(self) -> None:
        while len(self._made) > KEPT:
            key, (made, asked) = next(iter(self._made.items()))
            if time.monotonic() - asked < _GRACE_S:
                return
            del self._made[key]
            made.path.unlink(missing_ok=True)


def _take_error(made: asyncio.Future[FinishedFile]) -> None:
    """Mark an error as seen, for a caller who left before it came."""
    if not made.cancelled():
        made.exception()
