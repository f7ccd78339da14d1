"""What a running service knows: its store, its boundaries, and who is calling.

A `Snapshot` says what holds for one revision of the store. It is read anew at most every `REFRESH_S` seconds: an
import by another process shows within that time. Whoever reads data for an answer looks again first (`refresh`), so
that access is decided on the very revision that the answer is made from.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Final

import anyio.to_thread
from starlette.types import Scope

from api.base.access import OPEN, PUBLIC, Caller
from api.base.assessments import Assessor, Shelf
from api.base.door import Door
from api.base.keys import is_local
from api.base.settings import Settings
from geo.boundaries.regions import Boundaries
from geo.store import Store
from models.risk.target import Target

REFRESH_S: Final = 0.25
#: Where a request's ``state`` holds its `Caller`, once somebody has asked who that is.
ASKED: Final = "caller"

_log: Final = logging.getLogger("sira")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds for one revision of the store, and who was seen calling since it was read."""

    revision: int
    is_synthetic_only: bool
    boundaries: Boundaries
    callers: dict[str, Caller] = field(default_factory=dict)


class Service:
    """Shared by every request of one application; opens its store on first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._fresh_until = 0.0
        self.shelf = Shelf.of(settings)
        self.assessor = Assessor(settings)
        self.door = Door(lambda: self.store, settings.proxies)

    @property
    def store(self) -> Store:
        """The installation's store; an empty one is seeded with the synthetic default."""
        with self._opening:
            if self._store is None:
                self.settings.home.mkdir(parents=True, exist_ok=True)
                self._store = Store.open(self.settings.store_url)
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
                boundaries=Boundaries.with_imported(store.vintages()),
            )
            if store.revision() == revision:  # else an import came between: what was read may be of two revisions
                return snapshot

    async def caller(self, scope: Scope, snapshot: Snapshot, *, is_use: bool = True) -> Caller:
        """Return who sent a request, and mark its answer as one that differs by caller (`api.base.shield`).

        `is_use` is False for what a page asks by itself: that keeps no session alive. Raises as
        `api.base.door.Door.caller` does.
        """
        state = scope.setdefault("state", {})
        state[ASKED] = PUBLIC
        caller = await self.door.caller(scope, snapshot.callers, is_use=is_use)
        if caller is PUBLIC and snapshot.is_synthetic_only and is_local(scope):
            caller = OPEN
        state[ASKED] = caller
        return caller
