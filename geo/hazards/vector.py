"""Hazard areas in GeoJSON, GeoPackage and zipped shapefiles."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjError
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from geo.core.crs import STORAGE_CRS
from geo.core.errors import CRSError, FileError
from geo.core.messages import Message, message
from geo.core.ogr_source import ogr_source
from geo.core.shapefile_zip import unpack_shapefile
from geo.hazards.batch import RawArea
from geo.hazards.shapes import polygon_from_rings
from geo.reading.text import fold

#: So Sira calls its hazard areas, among the other layers that it writes into a GeoPackage.
_AREAS: Final = "hazard_areas"


def read_geojson(data: bytes, file: str) -> list[RawArea]:
    """Return the areas of a GeoJSON FeatureCollection or Feature, numbered by feature from 1.

    Raises
    ------
    FileError
        Where the text is not JSON or not features.
    CRSError
        Where an old-style ``crs`` member names another CRS than longitude, latitude on WGS 84.
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
    if document.get("crs") is not None:
        _require_lonlat(document["crs"], file)
    return [_feature(number, feature) for number, feature in enumerate(features, start=1)]


def _require_lonlat(member: Any, file: str) -> None:
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    try:
        found = CRS.from_user_input(name)
    except ProjError as error:
        raise CRSError(
            message(
                "{what} is in {found}; expected {expected}.", what=file, found=name, expected="EPSG:4326 (lon, lat)"
            )
        ) from error
    if not found.equals(STORAGE_CRS, ignore_axis_order=True):
        raise CRSError(
            message(
                "{what} is in {found}; expected {expected}.",
                what=file,
                found=found.name,
                expected="EPSG:4326 (lon, lat)",
            )
        )


def _feature(row: int, feature: Any) -> RawArea:
    if not isinstance(feature, dict):
        return RawArea(row, {}, None, message("not a GeoJSON feature"))
    given = feature.get("properties")
    properties = _properties(given) if isinstance(given, dict) else {}
    if "id" not in properties and feature.get("id") is not None:
        properties["id"] = _text(feature["id"])
    geometry, fault = _geojson_geometry(feature.get("geometry"))
    return RawArea(row, properties, geometry, fault)


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


def read_gpkg(path: Path) -> tuple[list[RawArea], tuple[Message, ...]]:
    """Return the areas of a GeoPackage's or FlatGeobuf's one polygon layer, numbered by row from 1, and notes."""
    return _read_ogr(path, path.name)


def read_shapefile_zip(path: Path) -> tuple[list[RawArea], tuple[Message, ...]]:
    """Return the areas of the one shapefile in a zip, numbered by record from 1, and notes.

    Raises
    ------
    FileError
        Where the zip is damaged, encrypted or a bomb, holds paths that lead out of it, or not exactly one shapefile
        with its .shx, .dbf and .prj.
    """
    with tempfile.TemporaryDirectory(prefix="sira-") as folder:
        return _read_ogr(unpack_shapefile(path, Path(folder)), path.name)


def _read_ogr(path: Path, file: str) -> tuple[list[RawArea], tuple[Message, ...]]:
    try:
        source = ogr_source(path, file)
        layer = _polygon_layer(source, file)
        meta, _, geometries, columns = pyogrio.raw.read(source, layer=layer, force_2d=True, datetime_as_string=True)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise FileError(message("{file} cannot be read: {detail}.", file=file, detail=str(error)), file=file) from error
    transformer, notes = _to_storage(meta["crs"], file)
    names = [fold(name) for name in meta["fields"]]
    areas = []
    for number, wkb in enumerate(geometries):
        properties = {name: _text(column[number]) for name, column in zip(names, columns, strict=True)}
        geometry, fault = _from_wkb(wkb)
        if geometry is not None and transformer is not None:
            geometry = shapely.transform(geometry, transformer.transform, interleaved=False)
        areas.append(RawArea(number + 1, properties, geometry, fault))
    return areas, notes


def _polygon_layer(source: str, file: str) -> str:
    layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None and "Poly" in kind]
    if _AREAS in layers:
        return _AREAS
    if len(layers) != 1:
        raise FileError(
            message(
                "{file} holds {count} polygon layers ({names}); expected exactly one.",
                file=file,
                count=len(layers),
                names=", ".join(layers) or "—",
            ),
            file=file,
        )
    return layers[0]


def _to_storage(stated: str | None, file: str) -> tuple[Transformer | None, tuple[Message, ...]]:
    """Return how to bring a stated CRS on the WGS 84 datum to lon/lat; another datum, or none stated, is refused."""
    expected = "EPSG:4326 (lon, lat)"
    if not stated:
        raise CRSError(message("{what} has no CRS; expected {expected}.", what=file, expected=expected))
    crs = CRS.from_user_input(stated)
    if crs.equals(STORAGE_CRS, ignore_axis_order=True):
        return None, ()
    geodetic = crs.geodetic_crs
    datum = fold(geodetic.datum.name) if geodetic is not None and geodetic.datum is not None else ""
    if "world_geodetic_system_1984" not in datum and "wgs_1984" not in datum and "wgs84" not in datum:
        raise CRSError(
            message("{what} is in {found}; expected {expected}.", what=file, found=crs.name, expected=expected)
        )
    if geodetic is not None and not crs.is_projected:
        return None, ()
    note = message("{file} is in {crs}; its coordinates were brought to longitude, latitude.", file=file, crs=crs.name)
    return Transformer.from_crs(crs, STORAGE_CRS, always_xy=True), (note,)


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
