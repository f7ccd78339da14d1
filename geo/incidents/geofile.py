"""Points in GIS files as rows of cells, the geometry in columns of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import geopandas as gpd
import numpy as np
import orjson
import pyogrio
import shapely
from numpy.typing import NDArray

from geo.core.crs import in_storage, to_storage
from geo.core.errors import CRSError, FileError
from geo.core.messages import Message, message
from geo.core.ogr_source import is_json
from geo.reading import parquet
from geo.reading.encodings import decode
from geo.reading.layers import Layer, choose, encoding_of, layers_of, opened, sizes
from geo.reading.tabular import Place, Sheet, cell_text
from geo.reading.text import fold

#: Headers of the two columns made from the geometry. A third says what else than a point a row holds.
LON, LAT, OTHER = "geometry (longitude)", "geometry (latitude)", "geometry (type)"

#: So Sira calls its incidents and its areas in a GeoPackage.
INCIDENTS: Final = "incidents"
_AREAS: Final = "hazard_areas"
#: Words in the name of a layer of incidents.
_CALLED: Final = ("incident", "accident", "evenement", "event")

_Feature = TypeVar("_Feature")

#: Tells whether a header, without the columns of the geometry, is one of incidents.
Fits = Callable[[list[str]], bool]


def shapes(path: Path, data: bytes, asked: str | None = None, fits: Fits = lambda _: True) -> dict[str, set[str]]:
    """Return the geometry types of a GIS file, in the layer that is meant, each with the columns of its features."""
    if is_json(data[:4096]):
        found: dict[str, set[str]] = {}
        for feature in _features(data, path.name)[0]:
            if _part(feature, "geometry"):
                found.setdefault(str(_part(feature, "geometry").get("type")), set()).update(
                    _part(feature, "properties")
                )
        return found
    if data.startswith(parquet.MAGIC):
        frame = parquet.read(path)
        return {str(kind): set(map(str, frame.columns)) for kind in frame.geometry.geom_type.dropna().unique()}
    with opened(path, path.name) as source:
        layer = _meant(layers_of(source), asked, path.name, fits)[0]
        kinds = {layer.kind}
        if layer.may_hold_points and layer.may_hold_polygons:
            types = pyogrio.read_dataframe(source, layer=layer.name, columns=[]).geometry.geom_type
            kinds = {str(kind) for kind in types.dropna().unique()}
    return {_plain_kind(kind): set(layer.fields) for kind in kinds}


def _plain_kind(kind: str) -> str:
    """Return a geometry type without what it says of heights and measures (``2.5D Point``, ``Polygon ZM``)."""
    return next((word for word in kind.split() if word[:1].isalpha()), kind)


def read_geojson(data: bytes, file: str) -> Sheet:
    """Read the features of a GeoJSON file: longitude, latitude on WGS 84 unless it states another CRS.

    What a file of Sira's says of itself stands in each row under ``sira_…``, as in its CSV.
    """
    features, document = _features(data, file)
    names: dict[str, None] = {}
    for feature in features:
        names.update(dict.fromkeys(_part(feature, "properties")))
    if any("id" in f for f in features) and "id" not in names:
        names = {"id": None, **names}
    about = {f"sira_{name}": value for name, value in _part(document, "sira").items()}
    names.update(dict.fromkeys(about))
    move, notes = _mover(document, file)
    kept, notes = _points_only(features, lambda f: str(_part(f, "geometry").get("type", "")), notes)
    cells = [[*names, LON, LAT, OTHER]]
    for _, feature in kept:
        properties = _part(feature, "properties")
        own = {"id": feature.get("id")} | about | properties
        cells.append([*(_text(own.get(name)) for name in names), *move(*_point(_part(feature, "geometry")))])
    return Sheet(file, "geofile", [0, *(number for number, _ in kept)], cells, notes)


def _points_only(
    features: Sequence[_Feature], kind_of: Callable[[_Feature], str], notes: tuple[Message, ...]
) -> tuple[list[tuple[int, _Feature]], tuple[Message, ...]]:
    """Number the features, without the areas where there are points, too: those are read as hazard areas."""
    numbered = list(enumerate(features, start=1))
    kinds = [kind_of(feature) for feature in features]
    areas = sum(kind.endswith("Polygon") for kind in kinds)
    if not areas or not any(kind.endswith("Point") for kind in kinds):
        return numbered, notes
    note = message("Areas beside the points, read as hazard areas and not as incidents: {count}.", count=areas)
    kept = [pair for pair, kind in zip(numbered, kinds, strict=True) if not kind.endswith("Polygon")]
    return kept, (*notes, note)


def read_layer(path: Path, file: str, place: Place, fits: Fits) -> Sheet:
    """Read a layer of points of a GeoPackage, FlatGeobuf file or zipped shapefiles, brought to longitude, latitude.

    Of several layers it is the one asked for, the one called incidents, else the first with a header of incidents.
    """
    with opened(path, file) as source:
        layers = layers_of(source)
        layer, notes = _meant(layers, place.layer, file, fits)
        encoding, about = encoding_of(source, layer.name, place.encoding)
        frame = pyogrio.read_dataframe(source, layer=layer.name, encoding=encoding)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise FileError(message("{file} holds no layer with geometries.", file=file), file=file)
    alike = [other for other in layers if other is not layer and other.may_hold_points and fits(list(other.fields))]
    sheet = _sheet_of(frame, file, (*notes, *about), layer.name)
    return sheet if place.layer is not None else replace(sheet, unread=sizes(alike))


def read_parquet(path: Path, file: str) -> Sheet:
    """Read the points of a GeoParquet file, brought to longitude, latitude."""
    return _sheet_of(parquet.read(path), file, (), "")


def _meant(layers: list[Layer], asked: str | None, file: str, fits: Fits) -> tuple[Layer, tuple[Message, ...]]:
    """Choose among layers: points with a header of incidents, best so called, then areas, then any points."""

    def rank(layer: Layer) -> int:
        if layer.may_hold_points and fits(list(layer.fields)):
            return 0 if any(word in fold(layer.name) for word in _CALLED) else 1
        return 2 if layer.may_hold_polygons else 3 if layer.may_hold_points else 4

    known = INCIDENTS if any(layer.name == INCIDENTS for layer in layers) else _AREAS
    ranked = sorted(layers, key=rank)
    best = rank(ranked[0]) if ranked else 0
    return choose(ranked, asked, file, known=known, fits=lambda layer: rank(layer) == best)


def _sheet_of(frame: gpd.GeoDataFrame, file: str, notes: tuple[Message, ...], name: str) -> Sheet:
    try:
        frame, moved = in_storage(frame, file)
    except CRSError as error:
        raise FileError(error.message, file=file) from error
    columns = [str(c) for c in frame.columns if c != frame.geometry.name]
    geometry = frame.geometry.to_numpy().copy()
    geometry[shapely.is_empty(geometry)] = None  # which some programs write where there is no point
    kinds = list(gpd.GeoSeries(geometry).geom_type.fillna(""))
    kept, notes = _points_only(list(range(len(frame))), lambda position: str(kinds[position]), (*notes, *moved))
    x, y = _coordinates(geometry)
    write = _worked_out if moved else _as_it_is
    values = [[_text(v) for v in frame[c].astype(object).where(frame[c].notna(), None)] for c in columns]
    cells = [[*columns, LON, LAT, OTHER]]
    for _, position in kept:
        point = not np.isnan(x[position])
        place = (write(x[position]), write(y[position]), "") if point else ("", "", str(kinds[position]))
        cells.append([*(column[position] for column in values), *place])
    return Sheet(file, "geofile", [0, *(number for number, _ in kept)], cells, notes, name=name)


def _as_it_is(degrees: float) -> str:
    return repr(float(degrees))


def _worked_out(degrees: float) -> str:
    """Write degrees that were worked out from another CRS to a tenth of a millimetre, all decimals shown."""
    return f"{degrees:.9f}"


def _coordinates(geometry: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the coordinates of points, also of multipoints of one; NaN for all else."""
    points = np.full(len(geometry), None, dtype=object)
    alone = shapely.get_num_geometries(geometry) == 1
    points[alone] = shapely.get_geometry(geometry[alone], 0)
    points[shapely.get_type_id(points) != shapely.GeometryType.POINT] = None
    return shapely.get_x(points), shapely.get_y(points)


def _features(data: bytes, file: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the features and the document that they are in."""
    try:
        document = orjson.loads(decode(data, file)[0])
    except orjson.JSONDecodeError as error:
        raise FileError(message("{file} is not valid JSON: {why}.", file=file, why=str(error)), file=file) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise FileError(message("{file} is JSON but not a GeoJSON FeatureCollection.", file=file), file=file)
    return features, document


def _mover(
    document: dict[str, Any], file: str
) -> tuple[Callable[[str, str, str], tuple[str, str, str]], tuple[Message, ...]]:
    """Return what brings a point from the CRS that the document states to longitude, latitude."""
    name = _part(_part(document, "crs"), "properties").get("name", "EPSG:4326")
    try:
        transformer, notes = to_storage(name, file)
    except CRSError as error:
        raise FileError(error.message, file=file) from error

    def move(x: str, y: str, other: str) -> tuple[str, str, str]:
        if transformer is None or not x or not y:
            return x, y, other
        try:
            lon, lat = transformer.transform(float(x), float(y))
        except ValueError:
            return x, y, other
        return _worked_out(lon), _worked_out(lat), other

    return move, notes


def _part(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _point(geometry: dict[str, Any]) -> tuple[str, str, str]:
    place, kind = geometry.get("coordinates"), str(geometry.get("type", ""))
    if kind == "MultiPoint" and isinstance(place, list) and len(place) == 1:
        place, kind = place[0], "Point"
    if kind == "Point" and isinstance(place, list) and len(place) >= 2:
        return _text(place[0]), _text(place[1]), ""
    return "", "", kind


def _text(value: object) -> str:
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else cell_text(value)
