"""Documents about tiles: TileJSON 3.0, and those of OGC API - Tiles 1.0.

References
----------
TileJSON 3.0.0, https://github.com/mapbox/tilejson-spec/tree/master/3.0.0
OGC 20-057, OGC API - Tiles - Part 1: Core; OGC 17-083r4, Two Dimensional Tile Matrix Set and Tile Set Metadata.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from api.base.i18n import translate
from api.collections.context import period_of, warnings_of
from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from api.tiles.addresses import geometry_dimension, zooms
from api.tiles.source import Prepared
from geo.tiles.layer import MEDIA_TYPE

MATRIX_SET: Final = "WebMercatorQuad"
MATRIX_SET_URI: Final = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_MATRICES: Final = 25
_HALF_WORLD_M: Final = 20_037_508.3427892
#: OGC's scale denominator of the whole world in one tile of 256 pixels of 0.28 mm.
_SCALE: Final = 559_082_264.028717

#: Classes of OGC API - Tiles that these addresses conform to.
CONFORMANCE: Final = tuple(
    f"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{name}"
    for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt")
) + tuple(
    f"http://www.opengis.net/spec/tms/2.0/conf/{name}"
    for name in ("tilematrixset", "json-tilematrixset", "tilesetmetadata", "json-tilesetmetadata")
)
_REL: Final = "http://www.opengis.net/def/rel/ogc/1.0"


def bounds_of(prepared: Prepared) -> list[float] | None:
    """Return west, south, east, north in degrees, None where nothing has a place."""
    found = [float(edge) for edge in prepared.bounds]
    return None if any(math.isnan(edge) for edge in found) else found


def tilejson(prepared: Prepared, base: str, lang: str) -> dict[str, Any]:
    """Return the TileJSON of a collection; its addresses carry the content's token, so tiles may be kept for ever."""
    collection, about = prepared.collection, prepared.about
    least, most = zooms(collection)
    address = f"{base}/tiles/{prepared.token}/{collection.id}/{{z}}/{{x}}/{{y}}.mvt?lang={lang}"
    bounds = bounds_of(prepared)
    found: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": about["title"],
        "description": translate(collection.description, lang),
        "attribution": attribution(about, lang),
        "scheme": "xyz",
        "tiles": [address],
        "minzoom": least,
        "maxzoom": most,
        "vector_layers": [
            {
                "id": prepared.layer.name,
                "description": about["title"],
                "minzoom": least,
                "maxzoom": most,
                "fields": {field.name: _told(field, lang) for field in prepared.fields},
            }
        ],
        "sira": about,
    }
    if bounds is not None:
        west, south, east, north = bounds
        found |= {"bounds": bounds, "center": [(west + east) / 2, (south + north) / 2, max(least, 5)]}
    return found


def attribution(about: Mapping[str, Any], lang: str) -> str:
    """Return what clients show beside a map, as HTML: what must be said, of which period it is, and the sources."""
    period = period_of(about, lang)
    parts = [*warnings_of(about, lang), *([period] if period else ())]
    parts += [source["name"] for source in about.get("sources", ())]
    return " · ".join(html.escape(part) for part in parts)


def _told(field: Field, lang: str) -> str:
    unit = f" ({field.unit})" if field.unit else ""
    return f"{field.type.value}: {translate(field.title, lang)}{unit}"


def matrix_set() -> dict[str, Any]:
    """Return the definition of WebMercatorQuad."""
    return {
        "id": MATRIX_SET,
        "title": "Google Maps Compatible for the World",
        "uri": MATRIX_SET_URI,
        "crs": _CRS,
        "orderedAxes": ["X", "Y"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": [
            {
                "id": str(zoom),
                "scaleDenominator": _SCALE / 2**zoom,
                "cellSize": 2 * _HALF_WORLD_M / 256 / 2**zoom,
                "pointOfOrigin": [-_HALF_WORLD_M, _HALF_WORLD_M],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": 2**zoom,
                "matrixHeight": 2**zoom,
            }
            for zoom in range(_MATRICES)
        ],
    }


def matrix_sets(base: str) -> dict[str, Any]:
    """Return the list of tile matrix sets."""
    return {
        "tileMatrixSets": [
            {
                "id": MATRIX_SET,
                "title": "Google Maps Compatible for the World",
                "uri": MATRIX_SET_URI,
                "crs": _CRS,
                "links": [_link("self", f"{base}/ogc/tileMatrixSets/{MATRIX_SET}", "application/json", MATRIX_SET)],
            }
        ]
    }


def tilesets(prepared: Prepared, base: str, lang: str) -> dict[str, Any]:
    """Return the list of a collection's tile sets: there is one."""
    here = collection_address(prepared.collection, base)
    return {
        "links": [_link("self", f"{here}/tiles?lang={lang}", "application/json", prepared.about["title"])],
        "tilesets": [_summary(prepared, here, lang)],
    }


def tileset(prepared: Prepared, base: str, lang: str) -> dict[str, Any]:
    """Return the metadata of a collection's tile set."""
    collection = prepared.collection
    least, most = zooms(collection)
    bounds = bounds_of(prepared)
    found = _summary(prepared, collection_address(collection, base), lang)
    found |= {
        "description": translate(collection.description, lang),
        "attribution": attribution(prepared.about, lang),
        "layers": [
            {
                "id": prepared.layer.name,
                "title": prepared.about["title"],
                "dataType": "vector",
                "geometryDimension": geometry_dimension(collection),
                "minTileMatrix": str(least),
                "maxTileMatrix": str(most),
                "propertiesSchema": {
                    "type": "object",
                    "properties": {field.name: _schema(field, lang) for field in prepared.fields},
                },
            }
        ],
        "sira": prepared.about,
    }
    if bounds is not None:
        west, south, east, north = bounds
        found["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": _CRS84}
        found["tileMatrixSetLimits"] = [tile_limits(bounds, zoom) for zoom in range(least, most + 1)]
    return found


def tile_limits(bounds: list[float], zoom: int) -> dict[str, Any]:
    """Return the rows and columns that a box touches at a zoom."""
    west, south, east, north = bounds
    side = 1 << zoom

    def number(share: float) -> int:
        return min(max(math.floor(share * side), 0), side - 1)

    def column(lon: float) -> int:
        return number(lon / 360 + 0.5)

    def row(lat: float) -> int:
        phi = math.radians(min(max(lat, -85.05), 85.05))
        return number(0.5 - math.asinh(math.tan(phi)) / (2 * math.pi))

    return {
        "tileMatrix": str(zoom),
        "minTileRow": row(north),
        "maxTileRow": row(south),
        "minTileCol": column(west),
        "maxTileCol": column(east),
    }


def collection_address(collection: Collection, base: str) -> str:
    """Return where the collection is described."""
    return f"{base}/ogc/collections/{quote(collection.id)}"


def _summary(prepared: Prepared, here: str, lang: str) -> dict[str, Any]:
    collection, base = prepared.collection, here.partition("/ogc/")[0]
    own = f"{here}/tiles/{MATRIX_SET}"
    tile = f"{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?lang={lang}"
    described = f"{base}/tiles/{collection.id}/tilejson.json?lang={lang}"
    template = _link("item", tile, MEDIA_TYPE, "MVT") | {"templated": True}
    return {
        "title": prepared.about["title"],
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [
            _link("self", f"{own}?lang={lang}", "application/json", prepared.about["title"]),
            _link(f"{_REL}/tiling-scheme", f"{base}/ogc/tileMatrixSets/{MATRIX_SET}", "application/json", MATRIX_SET),
            template,
            _link("describedby", described, "application/json", "TileJSON"),
        ],
    }


_JSON_TYPES: Final = {
    FieldType.STRING: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
}


def _schema(field: Field, lang: str) -> dict[str, Any]:
    return {**_JSON_TYPES[field.type], "title": translate(field.title, lang)}


def _link(rel: str, href: str, type_: str, title: str) -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": type_, "title": title}
