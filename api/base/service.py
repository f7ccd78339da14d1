"""What a running service knows: its store, what holds for the present revision, and what it keeps of what it made.

A `Snapshot` says what holds for one revision of the store. It is read anew at most every `REFRESH_S` seconds: an
import by another process shows within that time. Answers pass `api.base.door`, which looks again before one is made.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import anyio.to_thread
import pandas as pd

from api.base.access import Caller
from api.base.assessments import Assessor, Shelf
from api.base.cache import Held, Kept
from api.base.settings import Settings
from api.base.sizes import MOST_BYTES
from geo.boundaries.regions import Boundaries
from geo.core.errors import NotReadyError
from geo.core.memory import frame_nbytes
from geo.core.messages import message
from geo.store import Store
from geo.store.held import Incidents
from models.risk.target import Target

REFRESH_S: Final = 0.25
#: About the bytes of something small and its key.
_FEW: Final = 500
F = TypeVar("F", bound=pd.DataFrame)

_log: Final = logging.getLogger("sira")


class MovedError(NotReadyError):
    """An import came while an answer was made: it may be of two revisions, or show what has been closed since."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds for one revision of the store, and who was seen calling since it was read."""

    revision: int
    is_synthetic_only: bool
    boundaries: Boundaries
    callers: dict[str, Caller] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept, repr=False, compare=False)

    def table(self, key: Hashable, make: Callable[[], F]) -> F:
        """Return a table of this revision, made by `make` where it is not kept under `key`; nobody changes it."""

        def made() -> Held[F]:
            table = make()
            return Held(table, frame_nbytes(table))

        return self.kept.get((self.revision, key), made).value

    def incidents(self, store: Store) -> Incidents:
        """Return all incidents that statements may rest on: of a new revision, only what changed is read."""

        def made(known: Incidents | None) -> tuple[Incidents, int]:
            found = store.all_incidents(known)
            return found, found.nbytes

        return self.kept.renew("incidents", self.revision, made)

    def pseudonyms(self, store: Store) -> bytes:
        """Return what pseudonyms are made with: restoring a backup brings another one."""
        return self.kept.get((self.revision, "pseudonyms"), lambda: Held(store.secret("pseudonyms"), _FEW)).value


class Service:
    """Shared by every request of one application; opens its store on first use."""

    def __init__(self, settings: Settings, most_bytes: int = MOST_BYTES) -> None:
        self.settings = settings
        #: Of a JSON document of the map, the layers and ``/ogc``.
        self.most_bytes = most_bytes
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._snapshot: Snapshot | None = None
        #: What tells the imported vintages from any other, and the boundaries with them.
        self._boundaries: tuple[dict[tuple[str, str], str], Boundaries] | None = None
        self._fresh_until = 0.0
        self.shelf = Shelf.of(settings)
        self.assessor = Assessor(settings)
        self.kept = Kept(settings.cache_mb * 1_000_000)

    @property
    def store(self) -> Store:
        """The installation's store; an empty one is seeded with the synthetic default."""
        with self._opening:
            if self._store is None:
                self.settings.home.mkdir(parents=True, exist_ok=True)
                self._store = Store.open(self.settings.store_url, quarantine_days=self.settings.quarantine_days)
                for note in self._store.to_import_again():
                    _log.warning("%s", note)
            return self._store

    def close(self) -> None:
        """Close the store, and stop what is being assessed."""
        self.assessor.close()
        with self._opening:
            if self._store is not None:
                self._store.close()
                self._store = self._snapshot = None

    def begin_assessing(self, revision: int) -> None:
        """Have the default assessment of a revision made, where it is not there: before anybody asks for it."""
        if not self.shelf.path(revision, Target.IED).exists():
            self.assessor.want(revision, Target.IED)

    async def current(self) -> Snapshot:
        """Return the snapshot, at most `REFRESH_S` old, and as long as one look at the store takes."""
        if self._snapshot is not None:
            now = time.monotonic()
            if now < self._fresh_until:
                return self._snapshot
            self._fresh_until = now + REFRESH_S  # one caller looks; those who come meanwhile do not queue behind it
        return await self.refresh()

    async def refresh(self) -> Snapshot:
        """Read the snapshot now."""
        self._snapshot = await anyio.to_thread.run_sync(self.read_snapshot)
        self._fresh_until = time.monotonic() + REFRESH_S
        return self._snapshot

    def read_snapshot(self) -> Snapshot:
        """Read what holds now; all but the revoked keys is read again only where the revision is another."""
        store, known = self.store, self._snapshot
        while True:
            revision = store.revision()
            if known is not None and known.revision == revision:
                return replace(known, callers={})
            snapshot = Snapshot(
                revision=revision,
                is_synthetic_only=store.synthetic_only(),
                boundaries=self._read_boundaries(store),
                kept=self.kept,
            )
            if store.revision() == revision:  # else an import came between: what was read may be of two revisions
                self.kept.drop_past(revision)
                return snapshot

    def _read_boundaries(self, store: Store) -> Boundaries:
        """Return the boundaries as they are now: the same as before where no vintage was imported since."""
        told = store.vintage_digests()
        if self._boundaries is None or self._boundaries[0] != told:
            self._boundaries = told, Boundaries.with_imported(store.vintages())
        return self._boundaries[1]

    def require(self, snapshot: Snapshot) -> None:
        """Let pass what was made of the revision of `snapshot`; raises `MovedError` where there is another now."""
        if self.store.revision() != snapshot.revision:
            raise MovedError(message("The data have just changed. Ask again."))
