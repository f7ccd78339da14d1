"""Reads roads drawn as lines (GeoPackage, GeoJSON, shapefile) as a network: junctions are made where lines meet."""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError
from shapely.errors import GEOSException

from geo.core.crs import require_storage_crs
from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.core.ogr_source import ogr_source
from geo.core.shapefile_zip import unpack_shapefile
from geo.roads.assemble import FLAGS, build_network
from geo.roads.graph import CLASSES, Floats, Ints, Network
from geo.roads.importing.columns import ColumnMap, columns_of
from geo.roads.importing.noding import node_lines
from geo.roads.importing.tags import FERRY, class_code, clean_text, oneway_of, surface_code, truth

#: Larger files are refused: they would not fit into memory.
MAX_BYTES: Final = 4_000_000_000

_READ_ERRORS: Final = (DataSourceError, DataLayerError, FeatureError, FieldError, GEOSException, ValueError)
_ROAD: Final = CLASSES.index("road")


def read_lines(path: Path, column_map: ColumnMap) -> tuple[Network, tuple[Message, ...]]:
    """Return the network of the lines in a file, and what was noticed.

    Raises
    ------
    FileError
        If the file is damaged, holds no line, not exactly one layer of lines, or lacks a column that the map names.
    CRSError
        If its CRS is missing or none of longitude, latitude on WGS 84.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FileError(
            message("{file} is larger than {limit} bytes: refused.", file=path.name, limit=MAX_BYTES), file=path.name
        )
    frame = _read(path, column_map)
    require_storage_crs(frame, path.name)
    usable = _usable(frame.geometry.to_numpy())
    lines, row = _parts(frame.geometry.to_numpy(), usable)
    if not len(lines):
        raise FileError(message("{file} holds no usable line.", file=path.name), file=path.name)
    columns = columns_of(column_map, [str(column) for column in frame.columns if column != "geometry"], path.name)
    unknown: Counter[str] = Counter()
    attributes, against = _attributes(frame, columns, column_map, unknown)
    coordinates, offsets, row = _vertices(lines, row, against)
    noded = node_lines(coordinates, offsets, _levels(frame, columns)[row], snap_m=column_map.snap_m)
    pieces = noded.pieces
    network = build_network(
        type(pieces)(pieces.coordinates, pieces.offsets, pieces.start, pieces.end, row[pieces.row]),
        attributes,
        source=column_map.source or path.name,
    )
    notes = [
        *_row_notes(usable, unknown, "class" in columns),
        message(
            "Junctions were made where lines meet; {ends} loose ends were joined with a line within {snap_m} m.",
            ends=noded.snapped_ends,
            snap_m=column_map.snap_m,
        ),
    ]
    if noded.repeated:
        notes.append(message("{count} stretches are drawn more than once and were taken once.", count=noded.repeated))
    if "error_km" not in columns:
        notes.append(
            message("No column gives a positional error: {error_km} km is assumed.", error_km=column_map.error_km)
        )
    return network, tuple(notes)


def _read(path: Path, column_map: ColumnMap) -> gpd.GeoDataFrame:
    with tempfile.TemporaryDirectory(prefix="sira-") as folder:
        unpacked = unpack_shapefile(path, Path(folder)) if path.suffix.lower() == ".zip" else path
        source = ogr_source(unpacked, path.name)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # GDAL's remarks on the file's metadata
                layer = column_map.layer or _line_layer(source, path.name)
                return pyogrio.read_dataframe(source, layer=layer, force_2d=True, on_invalid="ignore")
        except _READ_ERRORS as error:
            raise FileError(
                message("{file} cannot be read: {detail}.", file=path.name, detail=str(error)[:200]), file=path.name
            ) from error


def _line_layer(source: str, file: str) -> str:
    layers = pyogrio.list_layers(source)
    # A layer of mixed or unknown type may hold lines.
    lines = [str(name) for name, kind in layers if kind is not None and ("Line" in kind or kind == "Unknown")]
    if len(lines) != 1:
        raise FileError(
            message(
                "{file} holds {count} layers with lines ({names}); name one in the column map.",
                file=file,
                count=len(lines),
                names=tuple(lines),
            ),
            file=file,
        )
    return lines[0]


def _usable(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which rows are lines in longitude and latitude, longer than nothing."""
    kinds = shapely.get_type_id(geometry)
    lines = np.isin(kinds, (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING))
    with np.errstate(invalid="ignore"):
        coordinates, index = shapely.get_coordinates(geometry, return_index=True)
        wrong = ~(np.isfinite(coordinates) & (np.abs(coordinates) <= [180.0, 90.0])).all(axis=1)
        off = np.bincount(index[wrong], minlength=len(geometry)) > 0
        usable: NDArray[np.bool_] = lines & ~off
        usable[usable] = shapely.length(geometry[usable]) > 0
    return usable


def _parts(geometry: NDArray[np.object_], usable: NDArray[np.bool_]) -> tuple[NDArray[np.object_], Ints]:
    rows = np.flatnonzero(usable)
    lines, index = shapely.get_parts(geometry[rows], return_index=True)
    longer = shapely.length(lines) > 0
    return lines[longer], rows[index[longer]].astype(np.int64)


def _vertices(lines: NDArray[np.object_], row: Ints, against: NDArray[np.bool_]) -> tuple[Floats, Ints, Ints]:
    """Return coordinates and offsets, each line in the direction in which it may be travelled."""
    lines = np.where(against[row], shapely.reverse(lines), lines)
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    new = np.ones(len(index), dtype=bool)
    new[1:] = (index[1:] != index[:-1]) | (coordinates[1:] != coordinates[:-1]).any(axis=1)
    coordinates, index = coordinates[new], index[new]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(index, minlength=len(lines)))]).astype(np.int64)
    return coordinates, offsets, row


def _attributes(
    frame: gpd.GeoDataFrame, columns: dict[str, str], column_map: ColumnMap, unknown: Counter[str]
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Return the table that `build_network` takes, and which lines may be travelled against their direction only."""

    def texts(meaning: str) -> list[str]:
        column = columns.get(meaning)
        return [""] * len(frame) if column is None else [_text(value) for value in frame[column]]

    classes = {value: _class(value, column_map, unknown, count) for value, count in Counter(texts("class")).items()}
    surfaces = {value: surface_code(column_map.surfaces.get(value, value)) for value in set(texts("surface"))}
    oneway = np.array([oneway_of(value) or 0 for value in texts("oneway")])
    road_class = np.array([classes[value] for value in texts("class")])
    flags = {
        flag: np.array([truth(value) for value in texts(flag)]) for flag in FLAGS if flag not in ("oneway", "schematic")
    }
    flags["ferry"] |= road_class == FERRY
    error = pd.to_numeric(frame[columns["error_km"]], errors="coerce") if "error_km" in columns else None
    error_km = np.full(len(frame), column_map.error_km) if error is None else error.to_numpy(np.float64)
    attributes = pd.DataFrame(
        {
            "road_class": road_class,
            "surface": [surfaces[value] for value in texts("surface")],
            "name": np.array([clean_text(value) for value in texts("name")], dtype=object),
            "ref": np.array([clean_text(value) for value in texts("ref")], dtype=object),
            "oneway": oneway != 0,
            "schematic": False,
            **flags,
            "error_km": np.where(np.isfinite(error_km) & (error_km >= 0), error_km, column_map.error_km),
            "origin": np.arange(1, len(frame) + 1),
        }
    )
    return attributes, oneway < 0


def _class(value: str, column_map: ColumnMap, unknown: Counter[str], count: int) -> int:
    code = class_code(column_map.classes.get(value, value))
    if code is None:
        unknown[value[:40]] += count
    return _ROAD if code is None else code


def _levels(frame: gpd.GeoDataFrame, columns: dict[str, str]) -> Ints:
    if "level" not in columns:
        return np.zeros(len(frame), dtype=np.int64)
    values = pd.to_numeric(frame[columns["level"]], errors="coerce").to_numpy(np.float64)
    return np.where(np.isfinite(values), np.clip(values, -99, 99), 0).astype(np.int64)


def _text(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _row_notes(usable: NDArray[np.bool_], unknown: Counter[str], has_class: bool) -> Iterator[Message]:
    left_out = np.flatnonzero(~usable) + 1
    if len(left_out):
        yield message(
            "{count} features are no line in longitude and latitude, or have no length, and were left out "
            "(first: {rows}).",
            count=len(left_out),
            rows=", ".join(map(str, left_out[:5].tolist())),
        )
    if not has_class:
        yield message("No column gives the class of road: all count as of unknown class.")
    elif unknown:
        yield message(
            "{count} lines have a class that is not known ({values}) and count as of unknown class; the column map "
            "can name it.",
            count=sum(unknown.values()),
            values=tuple(value or "—" for value, _ in unknown.most_common(5)),
        )
