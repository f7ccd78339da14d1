"""Collections prepared for tiles: made when first asked for, from the registry's tables, and kept while current."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from typing import Final

import anyio.to_thread
import geopandas as gpd
from starlette.types import Scope

from api.base.access import Caller
from api.base.service import Service, Snapshot
from api.collections.fields import Field
from api.collections.registry import Collection, collections
from api.collections.tables import Table, Tables
from api.tiles.addresses import unknown_collection
from geo.tiles.layer import Geometries, VectorLayer, digest

#: Layers and geometries kept, the least recently used dropped first.
_KEPT: Final = 48
#: Long texts, lists, and how an estimate came about: for the table, not for a map.
_LEFT_OUT: Final = ("heaviest", "history", "narrative", "note", "place_name", "source_id")
_LEFT_OUT_KINDS: Final = ("share_", "change_", "rate_raw", "rate_shrunk")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A collection as one caller may see it, ready to be cut into tiles.

    Attributes
    ----------
    layer : VectorLayer
    fields : tuple of Field
        The columns that the tiles hold.
    token : str
        Stands for the content in addresses: another content has another one, so what has been fetched under it
        stays right for ever. Begins with the revision of the store.
    """

    table: Table
    layer: VectorLayer
    fields: tuple[Field, ...]
    token: str

    @property
    def collection(self) -> Collection:
        """Of which collection."""
        return self.table.collection


class TileSource:
    """What one service cuts into tiles. Asked from its event loop; the work is done in threads."""

    def __init__(self, service: Service, tables: Tables) -> None:
        self._service = service
        self._tables = tables
        self._kept: OrderedDict[Hashable, Prepared] = OrderedDict()
        self._geometries: OrderedDict[str, Geometries] = OrderedDict()
        self._lock = threading.Lock()

    async def get(self, scope: Scope, name: str, lang: str) -> tuple[Prepared, Caller]:
        """Return the collection `name` as whoever sent a request may see it.

        Raises
        ------
        NotFoundError
            There is no such collection.
        AccessDeniedError
            As `api.base.access.disclose`.
        NotReadyError
            What it is made from is being made.
        """
        snapshot = await self._service.current()
        found, caller = await self._ask(scope, name, lang, snapshot, make=False)
        while found is None:
            # Access is decided on the revision that the table is made from, not on one up to a moment old.
            snapshot = await self._service.refresh()
            found, caller = await self._ask(scope, name, lang, snapshot, make=True)
        return found, caller

    async def _ask(
        self, scope: Scope, name: str, lang: str, snapshot: Snapshot, *, make: bool
    ) -> tuple[Prepared | None, Caller]:
        caller = await self._service.caller(scope, snapshot)
        collection = collection_of(snapshot, name)
        work = self._make if make else self._peek
        return await anyio.to_thread.run_sync(partial(work, collection, snapshot, caller, lang)), caller

    def _peek(self, collection: Collection, snapshot: Snapshot, caller: Caller, lang: str) -> Prepared | None:
        key = self._tables.key(collection, snapshot, caller, lang)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _make(self, collection: Collection, snapshot: Snapshot, caller: Caller, lang: str) -> Prepared | None:
        """Return None where an import came meanwhile: the rows may be of another revision."""
        key = self._tables.key(collection, snapshot, caller, lang)
        table = self._tables.table(collection, snapshot, caller, lang)
        if self._service.store.revision() != snapshot.revision:
            return None
        made = self._prepared(table)
        with self._lock:
            self._kept[key] = made
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _prepared(self, table: Table) -> Prepared:
        fields = tuple(field for field in table.collection.fields if is_shown(field.name))
        frame = table.frame[[*(field.name for field in fields), table.frame.geometry.name]]
        shape = digest(frame)
        layer = VectorLayer(table.collection.id, frame, self._shared(shape, frame))
        content = hashlib.sha256(shape.encode())
        for part in (
            " ".join(layer.values.keys).encode(),
            layer.values.codes.tobytes(),
            layer.values.encoded.tobytes(),
        ):
            content.update(part)
        return Prepared(table, layer, fields, f"{table.revision}-{content.hexdigest()[:12]}")

    def _shared(self, shape: str, frame: gpd.GeoDataFrame) -> Geometries:
        """Return the prepared geometries: outlines stay the same from revision to revision and in both languages."""
        with self._lock:
            found = self._geometries.get(shape)
            if found is None:
                found = self._geometries[shape] = Geometries(frame.geometry.to_numpy())
                if len(self._geometries) > _KEPT:
                    self._geometries.popitem(last=False)
            self._geometries.move_to_end(shape)
            return found


def collection_of(snapshot: Snapshot, name: str) -> Collection:
    """Return a collection by its id; raises `NotFoundError` naming those there are."""
    known = collections(snapshot)
    if name not in known:
        raise unknown_collection(name, tuple(known))
    return known[name]


def is_shown(name: str) -> bool:
    """Tell whether tiles hold a column."""
    return name not in _LEFT_OUT and not name.startswith(_LEFT_OUT_KINDS)
