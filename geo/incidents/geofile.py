"""Points in GeoJSON and GeoPackage as rows of cells, the geometry in two columns of its own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import orjson
import pyogrio
import shapely

from geo.crs import require_storage_crs
from geo.errors import CRSError, FileError
from geo.incidents.tabular import Sheet, decode
from geo.messages import Message, message
from geo.ogr_source import ogr_source

#: Headers of the two columns made from the geometry. A third says what else than a point a row holds.
LON, LAT, OTHER = "geometry (longitude)", "geometry (latitude)", "geometry (type)"

_LON_LAT: Final = {
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4326",
}


_GEOPACKAGE_ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    shapely.errors.GEOSException,
    ValueError,
)


def geometry_types(path: Path, data: bytes) -> set[str]:
    """Return the geometry types a GeoJSON or GeoPackage file holds, to tell points from areas."""
    if data.startswith(b"SQLite format 3\x00"):
        frame = _read_layer(path)[0]
        return {str(kind) for kind in frame.geometry.geom_type.dropna().unique()}
    features = _features(data, path.name)
    return {str(_part(f, "geometry").get("type")) for f in features if _part(f, "geometry")}


def read_geojson(data: bytes, file: str) -> Sheet:
    """Read the features of a GeoJSON file (RFC 7946: longitude, latitude on WGS 84)."""
    features = _features(data, file)
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(_part(feature, "properties")))
    if any("id" in f for f in features) and "id" not in names:
        names = {"id": None, **names}
    cells = [[*names, LON, LAT, OTHER]]
    for feature in features:
        properties = _part(feature, "properties")
        own = {"id": feature.get("id")} | properties
        cells.append([*(_text(own.get(name)) for name in names), *_point(_part(feature, "geometry"))])
    return Sheet(file, "geofile", list(range(len(cells))), cells, ())


def read_geopackage(path: Path) -> Sheet:
    """Read the first layer of a GeoPackage that holds points; its CRS must be longitude, latitude on WGS 84."""
    frame, notes = _read_layer(path)
    try:
        require_storage_crs(frame, path.name)
    except CRSError as error:
        raise FileError(error.message, file=path.name) from error
    columns = [str(c) for c in frame.columns if c != frame.geometry.name]
    geometry = frame.geometry
    points = geometry.geom_type.eq("Point") & ~geometry.is_empty
    kinds = geometry.geom_type.fillna("")
    x = shapely.get_x(geometry.where(points).to_numpy())
    y = shapely.get_y(geometry.where(points).to_numpy())
    cells = [[*columns, LON, LAT, OTHER]]
    values = [[_text(v) for v in frame[c].astype(object).where(frame[c].notna(), None)] for c in columns]
    for position in range(len(frame)):
        place = (repr(float(x[position])), repr(float(y[position])), "") if points.iloc[position] else None
        cells.append([*(column[position] for column in values), *(place or ("", "", str(kinds.iloc[position])))])
    return Sheet(path.name, "geofile", list(range(len(cells))), cells, notes)


def _read_layer(path: Path) -> tuple[gpd.GeoDataFrame, tuple[Message, ...]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL's remarks on the file's metadata
            source = ogr_source(path)
            layers = pyogrio.list_layers(source)
            spatial = [str(name) for name, kind in layers if kind]
            if not spatial:
                raise FileError(message("{file} holds no layer with geometries.", file=path.name), file=path.name)
            points = [str(name) for name, kind in layers if kind and "Point" in str(kind)]
            layer = (points or spatial)[0]
            frame = pyogrio.read_dataframe(source, layer=layer)
    except _GEOPACKAGE_ERRORS as error:
        raise FileError(message("{file} is not a readable GeoPackage.", file=path.name), file=path.name) from error
    notes = (message("Only the layer {layer} was read.", layer=layer),) if len(layers) > 1 else ()
    return frame, notes


def _features(data: bytes, file: str) -> list[dict[str, Any]]:
    try:
        document = orjson.loads(decode(data, file)[0])
    except orjson.JSONDecodeError as error:
        raise FileError(message("{file} is not valid JSON: {why}.", file=file, why=str(error)), file=file) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise FileError(message("{file} is JSON but not a GeoJSON FeatureCollection.", file=file), file=file)
    name = _part(_part(document, "crs"), "properties").get("name", "EPSG:4326")
    if name not in _LON_LAT:
        raise FileError(
            message("{file} is in {crs}; expected longitude, latitude on WGS 84 (CRS84).", file=file, crs=str(name)),
            file=file,
        )
    return features


def _part(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _point(geometry: dict[str, Any]) -> tuple[str, str, str]:
    place = geometry.get("coordinates")
    if geometry.get("type") == "Point" and isinstance(place, list) and len(place) >= 2:
        return _text(place[0]), _text(place[1]), ""
    return "", "", str(geometry.get("type", ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value)
