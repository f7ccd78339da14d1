"""Vector tiles (Mapbox Vector Tile 2.1) of a table, in the tiles of Web Mercator.

A `VectorLayer` prepares what does not depend on the tile once: values when it is made, shapes when a zoom is first
asked for. A tile then takes a pass of a compiled kernel over them.

References
----------
Mapbox Vector Tile Specification 2.1, https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from __future__ import annotations

import hashlib
import threading
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from geo import mvt_kernels as kernels
from geo.crs import require_storage_crs
from geo.vector_tiles_shapes import EXTENT, Shapes, kind_of, prepare, to_world
from geo.vector_tiles_values import encode_values, varint

#: Steps of the grid that a tile holds beyond its edge, so that lines and hatching meet: 8 pixels of 512.
BUFFER: Final = 64
MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"


class Geometries:
    """The geometries of a layer, prepared for each zoom when it is first asked for. Used from threads.

    Parameters
    ----------
    geometries : array of shapely geometries
        Points, lines or polygons in longitude and latitude, one kind; missing ones are in no tile. Polygons that
        share borders and nowhere overlap keep sharing them.
    """

    def __init__(self, geometries: np.ndarray[tuple[int], np.dtype[np.object_]]) -> None:
        self.kind: Final = kind_of(geometries)
        self._world = to_world(geometries)
        self._is_coverage: bool | None = None
        self._zooms: dict[int, Shapes] = {}
        self._lock = threading.Lock()

    def at(self, zoom: int) -> Shapes:
        """Return the shapes of a zoom."""
        with self._lock:
            if zoom not in self._zooms:
                self._zooms[zoom] = prepare(self._world, self.kind, zoom, is_coverage=self._shares_borders())
            return self._zooms[zoom]

    def _shares_borders(self) -> bool:
        if self._is_coverage is None:
            known = self._world[~shapely.is_missing(self._world)]
            self._is_coverage = self.kind == kernels.POLYGON and bool(shapely.coverage_is_valid(known))
        return self._is_coverage


def digest(frame: gpd.GeoDataFrame) -> str:
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
            For a zoom beyond `geo.vector_tiles_shapes.MOST_ZOOM` or a tile outside it.
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
