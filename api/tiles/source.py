"""Collections prepared for tiles: made when first asked for, from the registry's tables, and kept while current."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from weakref import WeakValueDictionary

import anyio.to_thread
import geopandas as gpd

from api.base.door import Visit
from api.base.service import Service, Snapshot
from api.collections.context import MadeFrom
from api.collections.fields import Field
from api.collections.registry import Collection, collections
from api.collections.tables import Table, Tables, about_at
from api.tiles.addresses import unknown_collection
from geo.tiles.layer import Geometries, VectorLayer, geometry_digest

#: Long texts, lists, and how an estimate came about: for the table, not for a map.
_LEFT_OUT: Final = ("heaviest", "history", "narrative", "note", "place_name", "source_id")
_LEFT_OUT_KINDS: Final = ("share_", "change_", "rate_raw", "rate_shrunk")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A collection as one caller may see it, ready to be cut into tiles.

    Attributes
    ----------
    about : dict
        What holds for the whole, as in `api.collections.tables.Table`.
    bounds : tuple of float
        West, south, east and north of the features; NaN where there is none.
    layer : VectorLayer
    fields : tuple of Field
        The columns that the tiles hold.
    content : str
        Stands for all that the tiles hold.
    revision : int
        Of the store.
    """

    collection: Collection
    about: dict[str, Any]
    bounds: tuple[float, ...]
    layer: VectorLayer
    fields: tuple[Field, ...]
    content: str
    revision: int

    @property
    def token(self) -> str:
        """What stands for the content in addresses: another one for another content.

        So what has been fetched under it stays right for ever. Begins with the revision of the store.
        """
        return f"{self.revision}-{self.content}"

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory, geometries included that others share."""
        return self.layer.values.nbytes + self.layer.geometries.nbytes


class TileSource:
    """What one service cuts into tiles."""

    def __init__(self, service: Service, tables: Tables) -> None:
        self._service = service
        self._tables = tables
        #: By their fingerprint, as long as anything prepared has them.
        self._geometries: WeakValueDictionary[str, Geometries] = WeakValueDictionary()
        self._lock = threading.Lock()

    async def key(self, collection: Collection, visit: Visit, lang: str) -> Hashable:
        """Return what a collection's tiles depend on; raises as `get`, without making anything."""
        work = partial(self._tables.key, collection, visit.snapshot, visit.caller, lang)
        # an assessment may have to be read first
        return work() if collection.made_from is MadeFrom.DATA else await anyio.to_thread.run_sync(work)

    def get(self, collection: Collection, visit: Visit, lang: str) -> Prepared:
        """Return a collection as the visitor may see it; called in a thread.

        Raises
        ------
        AccessDeniedError
            As `api.base.access.disclose`.
        NotReadyError
            What it is made from is being made.
        """
        ask = (collection, visit.snapshot, visit.caller, lang)
        revision, what = self._tables.key(*ask)
        found = self._service.kept.get((revision, "prepared", what), lambda: self._prepared(self._tables.table(*ask)))
        present = visit.snapshot.revision
        return replace(found, about=about_at(found.about, collection, present), revision=present)

    def _prepared(self, table: Table) -> Prepared:
        fields = tuple(field for field in table.collection.fields if is_shown(field.name))
        frame = table.frame[[*(field.name for field in fields), table.frame.geometry.name]]
        shape = geometry_digest(frame)
        layer = VectorLayer(table.collection.id, frame, self._shared(shape, frame))
        content = hashlib.sha256(shape.encode())
        for part in (
            " ".join(layer.values.keys).encode(),
            layer.values.codes.tobytes(),
            layer.values.encoded.tobytes(),
        ):
            content.update(part)
        bounds, name = tuple(frame.total_bounds), content.hexdigest()[:12]
        return Prepared(table.collection, table.about, bounds, layer, fields, name, table.revision)

    def _shared(self, shape: str, frame: gpd.GeoDataFrame) -> Geometries:
        """Return the prepared geometries: outlines stay the same from revision to revision and in both languages."""
        with self._lock:
            found = self._geometries.get(shape)
            if found is None:
                kept = self._service.kept
                found = Geometries(
                    frame.geometry.to_numpy(), lambda zoom, make: kept.get(("shapes", shape, zoom), make)
                )
                self._geometries[shape] = found
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
