"""Vector tiles (Mapbox Vector Tile 2.1) of a table, in the tiles of Web Mercator.

A `VectorLayer` prepares what does not depend on the tile once: values when it is made, shapes when a zoom is first
asked for. A tile then takes a pass of a compiled kernel over them.

References
----------
Mapbox Vector Tile Specification 2.1, https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from __future__ import annotations

import hashlib
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.core.crs import require_storage_crs
from geo.core.memory import shapes_nbytes
from geo.tiles import encode_kernels as kernels
from geo.tiles.shapes import EXTENT, Shapes, geometry_kind, prepare_shapes, to_world

#: Steps of the grid that a tile holds beyond its edge, so that lines and hatching meet: 8 pixels of 512.
BUFFER: Final = 64
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"

Keep = Callable[[int, Callable[[], Shapes]], Shapes]


class Geometries:
    """The geometries of a layer, prepared for each zoom when it is asked for. Used from threads.

    Parameters
    ----------
    geometries : array of shapely geometries
        Points, lines or polygons in longitude and latitude, one kind; missing ones are in no tile. Polygons that
        share borders and nowhere overlap keep sharing them.
    keep : callable, optional
        Returns the shapes of a zoom, from where they are kept or as the second argument makes them; all are kept with
        the geometries unless it is given.
    """

    def __init__(self, geometries: np.ndarray[tuple[int], np.dtype[np.object_]], keep: Keep | None = None) -> None:
        self.kind: Final = geometry_kind(geometries)
        self._world = to_world(geometries)
        self._is_coverage: bool | None = None
        self._zooms: dict[int, Shapes] = {}
        self._lock = threading.Lock()
        self._keep = keep or self._for_good
        #: Bytes of memory, without what is kept of zooms.
        self.nbytes: Final = shapes_nbytes(self._world)

    def at(self, zoom: int) -> Shapes:
        """Return the shapes of a zoom."""
        return self._keep(
            zoom, lambda: prepare_shapes(self._world, self.kind, zoom, is_coverage=self._shares_borders())
        )

    def _for_good(self, zoom: int, make: Callable[[], Shapes]) -> Shapes:
        with self._lock:
            if zoom not in self._zooms:
                self._zooms[zoom] = make()
            return self._zooms[zoom]

    def _shares_borders(self) -> bool:
        if self._is_coverage is None:
            known = self._world[~shapely.is_missing(self._world)]
            self._is_coverage = self.kind == kernels.POLYGON and bool(shapely.coverage_is_valid(known))
        return self._is_coverage


def geometry_digest(frame: gpd.GeoDataFrame) -> str:
    """Return a fingerprint of a table's geometries: equal ones need preparing once."""
    found = hashlib.sha256()
    for shape in shapely.to_wkb(frame.geometry.to_numpy()):
        found.update(b"\0" if shape is None else shape)
    return found.hexdigest()


class VectorLayer:
    """One layer of vector tiles.

    Parameters
    ----------
    name : str
        Of the layer within its tiles.
    frame : GeoDataFrame
        EPSG:4326. Columns are the attributes (see `encode_values`); the index is one more, named ``id``. A feature's
        number within the tiles is its row.
    geometries : Geometries, optional
        Of the same table, where they are prepared already.

    Examples
    --------
    >>> places = gpd.GeoDataFrame({"name": ["Gao"]}, index=["gao"], geometry=gpd.points_from_xy([0], [16]), crs=4326)
    >>> layer = VectorLayer("places", places)
    >>> len(layer.tile(4, 8, 7)), layer.tile(4, 0, 0)
    (57, None)
    """

    def __init__(self, name: str, frame: gpd.GeoDataFrame, geometries: Geometries | None = None) -> None:
        require_storage_crs(frame, name)
        self.name: Final = name
        attributes = frame.drop(columns=frame.geometry.name)
        attributes.insert(0, "id", frame.index.astype("str"))
        self.values: Final = encode_values(attributes)
        self.geometries: Final = geometries or Geometries(frame.geometry.to_numpy())
        text = name.encode()
        self._head: Final = b"\x0a" + varint(len(text)) + text
        keys = [key.encode() for key in self.values.keys]
        self._keys: Final = b"".join(b"\x1a" + varint(len(key)) + key for key in keys)

    def tile(self, zoom: int, x: int, y: int) -> bytes | None:
        """Return the tile in column `x` from the west and row `y` from the north, None where nothing lies in it.

        Raises
        ------
        ValueError
            For a zoom beyond `geo.tiles.shapes.MOST_ZOOM` or a tile outside it.
        """
        shapes = self.geometries.at(zoom)
        if not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            raise ValueError(f"zoom {zoom} has no tile {x}, {y}")
        features, used, count = kernels.encode_features(
            shapes.kind,
            shapes.xy,
            shapes.ring_first,
            shapes.part_first,
            shapes.part_feature,
            shapes.bounds,
            self.values.codes,
            self.values.encoded,
            self.values.first,
            np.array([x * EXTENT, y * EXTENT], np.int64),
            EXTENT,
            BUFFER,
        )
        if count == 0:
            return None
        layer = b"".join(
            (self._head, features.tobytes(), self._keys, used.tobytes(), b"\x28", varint(EXTENT), b"\x78\x02")
        )
        return b"\x1a" + varint(len(layer)) + layer


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Attributes of features.

    Attributes
    ----------
    keys : tuple of str
    codes : int32 array, shape (features, keys)
        Which value a feature has, -1 for none.
    encoded : uint8 array
        The values one after another, as messages of the specification's type Value.
    first : int64 array, shape (values + 1,)
        Where each begins.
    """

    keys: tuple[str, ...]
    codes: NDArray[np.int32]
    encoded: NDArray[np.uint8]
    first: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.codes.nbytes + self.encoded.nbytes + self.first.nbytes


def encode_values(frame: pd.DataFrame) -> Values:
    """Encode the columns of a table: text, whole numbers, decimals (double), booleans, and days as ISO text.

    A missing value is left out. Equal values of one type are kept once, whatever their column.

    Raises
    ------
    ValueError
        Where a column holds anything else, or a number that is not finite.
    """
    known: dict[bytes, int] = {}
    codes = np.empty((len(frame), len(frame.columns)), np.int32)
    for position, name in enumerate(frame.columns):
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            column = column.dt.strftime("%Y-%m-%d")
        numbers, uniques = pd.factorize(column)  # what is missing is -1
        messages = [known.setdefault(_encoded(value, str(name)), len(known)) for value in uniques.tolist()]
        codes[:, position] = np.array([*messages, -1], np.int32)[numbers]
    first = np.cumsum([0, *(len(each) for each in known)], dtype=np.int64)
    encoded = np.frombuffer(b"".join(known), np.uint8)
    return Values(tuple(str(name) for name in frame.columns), codes, encoded, first)


def _encoded(value: Any, column: str) -> bytes:
    """Return a value as a message of type Value (section 4.1 of the specification)."""
    if isinstance(value, bool):
        return b"\x38\x01" if value else b"\x38\x00"
    if isinstance(value, int):
        return b"\x20" + varint(value) if value >= 0 else b"\x30" + varint(-2 * value - 1)
    if isinstance(value, float):
        if not np.isfinite(value):
            raise ValueError(f"column {column!r} holds a number that is not finite")
        return b"\x19" + struct.pack("<d", value)
    if isinstance(value, str):
        text = value.encode()
        return b"\x0a" + varint(len(text)) + text
    raise ValueError(f"column {column!r} holds {type(value).__name__}; expected text, numbers, booleans or days")


def varint(value: int) -> bytes:
    """Return a number that is not negative as Protocol Buffers write it.

    Examples
    --------
    >>> varint(300).hex()
    'ac02'
    """
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
