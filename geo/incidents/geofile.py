"""Points in GIS files as rows of cells, the geometry in two columns of its own."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import orjson
import pyogrio
import shapely

from geo.core.crs import require_storage_crs
from geo.core.errors import CRSError, FileError
from geo.core.messages import Message, message
from geo.core.ogr_source import is_json, ogr_source
from geo.core.shapefile_zip import unpack_shapefile
from geo.reading.tabular import Sheet, cell_text, decode

#: Headers of the two columns made from the geometry. A third says what else than a point a row holds.
LON, LAT, OTHER = "geometry (longitude)", "geometry (latitude)", "geometry (type)"

_LON_LAT: Final = {
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4326",
}


#: Of several layers the first of these is read: so Sira calls its incidents and its hazard areas.
_FIRST: Final = ("incidents", "hazard_areas")

_LAYER_ERRORS: Final = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    shapely.errors.GEOSException,
    ValueError,
)


def geometry_types(path: Path, data: bytes) -> set[str]:
    """Return the geometry types that a GIS file holds, to tell points from areas."""
    if not is_json(data[:4096]):
        frame = _read_layer(path)[0]
        return {str(kind) for kind in frame.geometry.geom_type.dropna().unique()}
    features, _ = _features(data, path.name)
    return {str(_part(f, "geometry").get("type")) for f in features if _part(f, "geometry")}


def read_geojson(data: bytes, file: str) -> Sheet:
    """Read the features of a GeoJSON file (RFC 7946: longitude, latitude on WGS 84).

    What a file of Sira's says of itself stands in each row under ``sira_…``, as in its CSV.
    """
    features, whole = _features(data, file)
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(_part(feature, "properties")))
    if any("id" in f for f in features) and "id" not in names:
        names = {"id": None, **names}
    about = {f"sira_{name}": value for name, value in whole.items()}
    names.update(dict.fromkeys(about))
    cells = [[*names, LON, LAT, OTHER]]
    for feature in features:
        properties = _part(feature, "properties")
        own = {"id": feature.get("id")} | about | properties
        cells.append([*(_text(own.get(name)) for name in names), *_point(_part(feature, "geometry"))])
    return Sheet(file, "geofile", list(range(len(cells))), cells, ())


def read_layer(path: Path) -> Sheet:
    """Read a layer of points of a GeoPackage, FlatGeobuf file or zipped shapefile, in longitude, latitude on WGS 84.

    Of several layers it is the one called incidents, else the first with points.
    """
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
            with _opened(path) as source:
                layers = pyogrio.list_layers(source)
                layer = _layer_of(layers, path.name)
                frame = pyogrio.read_dataframe(source, layer=layer)
    except _LAYER_ERRORS as error:
        raise FileError(
            message(
                "{file} is no readable GeoPackage, FlatGeobuf file or shapefile: {why}.",
                file=path.name,
                why=str(error)[:200],
            ),
            file=path.name,
        ) from error
    notes = (message("Only the layer {layer} was read.", layer=layer),) if len(layers) > 1 else ()
    return frame, notes


@contextmanager
def _opened(path: Path) -> Iterator[str]:
    """Give the name under which GDAL opens the file, or the one shapefile of a zip."""
    with path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    if not is_zip:
        yield ogr_source(path)
        return
    with tempfile.TemporaryDirectory(prefix="sira-") as folder:
        yield ogr_source(unpack_shapefile(path, Path(folder)), path.name)


def _layer_of(layers: Any, file: str) -> str:
    spatial = [str(name) for name, kind in layers if kind]
    if not spatial:
        raise FileError(message("{file} holds no layer with geometries.", file=file), file=file)
    points = [str(name) for name, kind in layers if kind and "Point" in str(kind)]
    return next((name for name in _FIRST if name in spatial), (points or spatial)[0])


def _features(data: bytes, file: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the features, and what a file of Sira's says of itself."""
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
    return features, _part(document, "sira")


def _part(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _point(geometry: dict[str, Any]) -> tuple[str, str, str]:
    place = geometry.get("coordinates")
    if geometry.get("type") == "Point" and isinstance(place, list) and len(place) >= 2:
        return _text(place[0]), _text(place[1]), ""
    return "", "", str(geometry.get("type", ""))


def _text(value: object) -> str:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else cell_text(value)
