"""Hazard areas in GeoJSON, GeoPackage, FlatGeobuf, GeoParquet and zipped shapefiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyogrio
import shapely
from pyproj import Transformer
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from geo.core.crs import in_storage, to_storage
from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.hazards.batch import RawArea
from geo.hazards.fields import column_of
from geo.hazards.shapes import polygon_from_rings
from geo.reading import parquet
from geo.reading.layers import Layer, choose, encoding_of, layers_of, opened, sizes
from geo.reading.tabular import NOWHERE, Place
from geo.reading.text import fold

#: So Sira calls its hazard areas, among the other layers that it writes into a GeoPackage.
_AREAS: Final = "hazard_areas"


def read_geojson(data: bytes, file: str) -> tuple[list[RawArea], tuple[Message, ...]]:
    """Return the areas of a GeoJSON FeatureCollection or Feature, numbered by feature from 1, and notes.

    Raises
    ------
    FileError
        Where the text is not JSON or not features.
    CRSError
        Where an old-style ``crs`` member names no CRS, or one on another datum than WGS 84.
    """
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise FileError(
            message("{file} is not valid JSON: {detail}.", file=file, detail=str(error)), file=file
        ) from error
    kind = document.get("type") if isinstance(document, dict) else None
    features = document.get("features") if kind == "FeatureCollection" else [document] if kind == "Feature" else None
    if not isinstance(features, list):
        raise FileError(message("{file} holds no GeoJSON features.", file=file), file=file)
    transformer, notes = to_storage(_stated(document["crs"]), file) if "crs" in document else (None, ())
    areas = [_feature(number, feature) for number, feature in enumerate(features, start=1)]
    return [_moved(area, transformer) for area in areas], notes


def _stated(member: Any) -> str:
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return str(name)


def _moved(area: RawArea, transformer: Transformer | None) -> RawArea:
    if transformer is None or area.geometry is None:
        return area
    return replace(area, geometry=shapely.transform(area.geometry, transformer.transform, interleaved=False))


def _feature(row: int, feature: Any) -> RawArea:
    if not isinstance(feature, dict):
        return RawArea(row, {}, None, message("not a GeoJSON feature"))
    given = feature.get("properties")
    properties = _properties(given) if isinstance(given, dict) else {}
    if "id" not in properties and feature.get("id") is not None:
        properties["id"] = _text(feature["id"])
    geometry, fault = _geojson_geometry(feature.get("geometry"))
    return RawArea(row, properties, geometry, fault, is_point=_is_point(feature.get("geometry")))


def _is_point(geometry: Any) -> bool:
    return isinstance(geometry, dict) and geometry.get("type") in ("Point", "MultiPoint")


def _geojson_geometry(geometry: Any) -> tuple[BaseGeometry | None, Message | None]:
    if geometry is None:
        return None, None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return None, message("found {kind}; expected Polygon or MultiPolygon", kind=kind)
    coordinates = geometry.get("coordinates")
    try:
        return polygon_from_rings([coordinates] if kind == "Polygon" else coordinates)
    except (TypeError, ValueError, KeyError):
        return None, message("the coordinates are not rings of numbers")


def read_layer(path: Path, file: str, place: Place = NOWHERE) -> tuple[list[RawArea], tuple[Message, ...]]:
    """Return the areas of a layer of a GeoPackage, FlatGeobuf file or zipped shapefiles, by row from 1, and notes.

    Of several layers it is the one asked for, the one that Sira calls so, else the first polygons that have a status.

    Raises
    ------
    FileError
        Where the file is damaged, or holds no polygons; where a zip is encrypted or a bomb, holds paths that lead out
        of it, or a shapefile lacks its .shx, .dbf or .prj.
    """
    with opened(path, file) as source:
        layer, about = _polygon_layer(layers_of(source), place.layer, file)
        encoding, said = encoding_of(source, layer, place.encoding)
        meta, _, geometries, columns = pyogrio.raw.read(
            source, layer=layer, encoding=encoding, force_2d=True, datetime_as_string=True
        )
    transformer, notes = to_storage(meta["crs"], file)
    names = [fold(name) for name in meta["fields"]]
    areas = []
    for number, wkb in enumerate(geometries):
        properties = {name: _text(column[number]) for name, column in zip(names, columns, strict=True)}
        geometry, fault = _from_wkb(wkb)
        is_point = geometry is not None and geometry.geom_type in ("Point", "MultiPoint")
        areas.append(_moved(RawArea(number + 1, properties, geometry, fault, is_point=is_point), transformer))
    return areas, (*about, *said, *notes)


def read_parquet(path: Path, file: str) -> tuple[list[RawArea], tuple[Message, ...]]:
    """Return the areas of a GeoParquet file, numbered by row from 1, and notes."""
    frame, notes = in_storage(parquet.read(path, file), file)
    columns = [str(name) for name in frame.columns if name != frame.geometry.name]
    areas = []
    for number, geometry in enumerate(frame.geometry, start=1):
        properties = {fold(name): _text(frame[name].iloc[number - 1]) for name in columns}
        is_point = geometry is not None and geometry.geom_type in ("Point", "MultiPoint")
        areas.append(RawArea(number, properties, geometry, is_point=is_point))
    return areas, notes


def _polygon_layer(layers: list[Layer], asked: str | None, file: str) -> tuple[str, tuple[Message, ...]]:
    if asked is None and not any(layer.may_hold_polygons for layer in layers):
        raise FileError(
            message(
                "{file} holds {count} polygon layers ({names}); expected exactly one.", file=file, count=0, names="—"
            ),
            file=file,
        )

    polygons = sorted(layers, key=lambda layer: (not layer.may_hold_polygons, not _has_status(layer)))
    chosen, notes = choose(polygons, asked, file, known=_AREAS, fits=lambda layer: layer.may_hold_polygons)
    return chosen.name, notes


def _has_status(layer: Layer) -> bool:
    return column_of("status", map(fold, layer.fields)) is not None


def unread_layers(path: Path, file: str) -> str:
    """Name the layers with areas beside the one that `read_layer` reads unasked, each with how many."""
    with opened(path, file) as source:
        layers = layers_of(source)
    read = _polygon_layer(layers, None, file)[0]
    return sizes([layer for layer in layers if layer.name != read and layer.may_hold_polygons and _has_status(layer)])


def _from_wkb(wkb: bytes | None) -> tuple[BaseGeometry | None, Message | None]:
    if wkb is None:
        return None, None
    try:
        return shapely.from_wkb(wkb), None
    except GEOSException as error:
        fixed = shapely.from_wkb(wkb, on_invalid="fix")
        return fixed, message("the geometry is not well formed: {detail}", detail=str(error))


def _properties(given: Mapping[str, Any]) -> dict[str, str]:
    return {fold(str(name)): _text(value) for name, value in given.items()}


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return f"{value:.15g}"
    if isinstance(value, np.datetime64):
        return "" if np.isnat(value) else str(value)
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)
