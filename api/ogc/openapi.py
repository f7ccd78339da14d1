"""What can be asked, in OpenAPI 3.0: version 3.0 has no null type, so what may be missing is ``nullable``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from api.base.i18n import LANGUAGES, translate
from api.base.links import GEOJSON, OPENAPI, PAGE, PLAIN_JSON, ROOT, SCHEMA, Base
from api.base.problems import MEDIA_TYPE as PROBLEM
from api.collections.fields import Field
from api.collections.negotiation import FORMATS
from api.collections.registry import Collection
from api.ogc.cql import LANGUAGES as FILTER_LANGUAGES
from api.ogc.crs import ALL
from api.ogc.documents import ABOUT, TITLE
from api.ogc.parameters import DEFAULT_LIMIT, MOST
from api.ogc.schemas import field_schema
from api.tiles.documents import MATRIX_SET
from geo.core.messages import Message, message
from geo.tiles.layer import MEDIA_TYPE as VECTOR_TILE

_TEXTS: Final[dict[str, Message]] = {
    "f": message("Form of the answer, above what Accept says."),
    "lang": message("Language of notes and problems, above what Accept-Language says."),
    "limit": message("Most features in a page."),
    "bbox": message(
        "Features that intersect this box: west, south, east, north in degrees, or as bbox-crs orders its axes. What "
        "has no geometry is among them."
    ),
    "bbox-crs": message("Reference system of bbox."),
    "crs": message("Reference system of the answer, with its order of axes."),
    "datetime": message(
        "An instant, or an interval whose ends may be open (..), as RFC 3339 writes them. Dates are known to the day; "
        "collections without time give all of theirs."
    ),
    "filter": message("A condition in CQL2."),
    "filter-lang": message("How the filter is written."),
    "filter-crs": message("Reference system of geometries in the filter."),
    "sortby": message("Properties to sort by, separated by commas; a minus before those that descend."),
    "cursor": message("Where a page begins; taken from the next and prev links."),
}
_ANSWERS: Final[dict[str, Message]] = {
    "200": message("The answer."),
    "204": message("Nothing is there; no body."),
    "304": message("The copy that If-None-Match names is still right."),
    "400": message("A parameter is wrong; the problem names it."),
    "401": message("A key is needed for this, or the one sent is not known."),
    "403": message("The key sent is not enough for this."),
    "404": message("There is nothing of that name."),
    "413": message("One feature is larger than is sent at once."),
    "429": message("Too many wrong keys came from this address; Retry-After says how long to wait."),
    "503": message("The assessment of these data is being made, or could not be made."),
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string"},
    },
}
_LINKS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href", "rel", "type"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    },
}
_GEOMETRY: Final = {
    "type": "object",
    "nullable": True,
    "required": ["type", "coordinates"],
    "properties": {
        "type": {"type": "string", "enum": ["Point", "MultiLineString", "MultiPolygon"]},
        "coordinates": {"type": "array", "items": {}},
    },
}


def openapi(collections: Sequence[Collection], base: Base, lang: str) -> dict[str, Any]:
    """Return the document for a caller who may see `collections`."""
    paths = {
        "/": _get(_operation("landing", TITLE, lang, {PLAIN_JSON: _object("title", "links"), PAGE: _text()})),
        "/api": _get(_document(lang)),
        "/conformance": _get(
            _operation(
                "conformance",
                message("Conformance classes"),
                lang,
                {PLAIN_JSON: _object("conformsTo"), PAGE: _text()},
            )
        ),
        "/collections": _get(
            _operation(
                "collections",
                message("Collections"),
                lang,
                {PLAIN_JSON: _object("collections", "links"), PAGE: _text()},
            )
        ),
    }
    for collection in collections:
        paths |= _collection_paths(collection, lang)
    paths |= _tile_paths([each.id for each in collections], lang)
    schemas = {schema_name(each): _features(each, lang) for each in collections}
    return {
        "openapi": "3.0.3",
        "info": {"title": translate(TITLE, lang), "description": translate(ABOUT, lang), "version": version("sira")},
        "servers": [{"url": f"{base.address}{ROOT}"}],
        "security": [{}, {"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "parameters": _parameters(lang),
            "schemas": {"problem": _PROBLEM, "links": _LINKS, "geometry": _GEOMETRY, **schemas},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
    }


def schema_name(collection: Collection) -> str:
    """Return the name of a collection's schema."""
    return f"features-{collection.id}"


def _document(lang: str) -> dict[str, Any]:
    """Return the operation of this document, whose form for people is elsewhere."""
    document = _operation("openapi", message("This document"), lang, {OPENAPI: _object("openapi", "paths")})
    document["responses"]["303"] = {"description": translate(message("Documentation of the whole service"), lang)}
    return document


def _parameters(lang: str) -> dict[str, Any]:
    crs = {"type": "string", "enum": list(ALL), "default": ALL[0]}
    schemas: dict[str, dict[str, Any]] = {
        "f": {"type": "string", "enum": list(FORMATS)},
        "lang": {"type": "string", "enum": list(LANGUAGES)},
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
        "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        "bbox-crs": crs,
        "crs": crs,
        "datetime": {"type": "string"},
        "filter": {"type": "string"},
        "filter-lang": {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
        "filter-crs": crs,
        "sortby": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "cursor": {"type": "string"},
    }
    return {
        parameter: {
            "name": parameter,
            "in": "query",
            "required": False,
            "description": translate(_TEXTS[parameter], lang),
            "schema": schema,
            "style": "form",
            "explode": False,
        }
        for parameter, schema in schemas.items()
    }


def _collection_paths(collection: Collection, lang: str) -> dict[str, Any]:
    path = f"/collections/{collection.id}"
    title = collection.title
    reference = {"$ref": f"#/components/schemas/{schema_name(collection)}"}
    feature = {"allOf": [{"$ref": f"#/components/schemas/{schema_name(collection)}/properties/features/items"}]}
    filters = [_ref(each) for each in _TEXTS if each not in ("f", "lang")]
    filters += [_property_parameter(field, lang) for field in collection.fields]
    feature_id = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    schema = {SCHEMA: _object("$schema", "$id", "properties"), PAGE: _text()}
    return {
        path: _get(_operation(f"{collection.id}", title, lang, {PLAIN_JSON: _object("id", "links"), PAGE: _text()})),
        f"{path}/items": _get(
            _operation(f"{collection.id}.items", title, lang, {GEOJSON: reference, PAGE: _text()}, *filters)
        ),
        f"{path}/items/{{featureId}}": _get(
            _operation(
                f"{collection.id}.feature",
                title,
                lang,
                {GEOJSON: feature, PAGE: _text()},
                feature_id,
                _ref("crs"),
            )
        ),
        **{
            f"{path}/{what}": _get(_operation(f"{collection.id}.{what}", title, lang, schema))
            for what in ("schema", "queryables", "sortables")
        },
    }


def _tile_paths(ids: list[str], lang: str) -> dict[str, Any]:
    path = "/collections/{collectionId}/tiles"
    collection = {"name": "collectionId", "in": "path", "required": True, "schema": {"type": "string", "enum": ids}}
    place = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{1,8}$"}}
        for part in ("tileMatrix", "tileRow", "tileCol")
    ]
    sets, tiles = message("Tile matrix sets"), message("Vector tiles")
    tile = _operation("tile", tiles, lang, {VECTOR_TILE: {"type": "string", "format": "binary"}}, collection, *place)
    tile["parameters"] = tile["parameters"][1:]  # a tile has one form only
    tile["responses"]["204"] = {"description": translate(_ANSWERS["204"], lang)}
    return {
        "/tileMatrixSets": _get(_operation("matrix-sets", sets, lang, {PLAIN_JSON: _object("tileMatrixSets")})),
        f"/tileMatrixSets/{MATRIX_SET}": _get(
            _operation("matrix-set", sets, lang, {PLAIN_JSON: _object("id", "crs", "tileMatrices")})
        ),
        path: _get(_operation("tilesets", tiles, lang, {PLAIN_JSON: _object("tilesets", "links")}, collection)),
        f"{path}/{MATRIX_SET}": _get(
            _operation("tileset", tiles, lang, {PLAIN_JSON: _object("dataType", "crs", "links")}, collection)
        ),
        f"{path}/{MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(tile),
    }


def _operation(
    id_: str, summary: Message, lang: str, content: dict[str, dict[str, Any]], *parameters: dict[str, Any]
) -> dict[str, Any]:
    answers: dict[str, Any] = {
        status: {"description": translate(text, lang)} for status, text in _ANSWERS.items() if status != "204"
    }
    answers["200"]["content"] = {media_type: {"schema": schema} for media_type, schema in content.items()}
    for status in ("400", "401", "403", "404", "413", "429", "503"):
        answers[status]["content"] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "operationId": id_,
        "summary": translate(summary, lang),
        "parameters": [_ref("f"), _ref("lang"), *parameters],
        "responses": answers,
    }


def _get(operation: dict[str, Any]) -> dict[str, Any]:
    return {"get": operation}


def _ref(parameter: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{parameter}"}


def _property_parameter(field: Field, lang: str) -> dict[str, Any]:
    schema = _property(field, lang)
    return {
        "name": field.name,
        "in": "query",
        "required": False,
        "description": schema.pop("description"),
        "schema": {key: schema[key] for key in ("type", "format", "enum") if key in schema},
        "style": "form",
        "explode": False,
    }


def _property(field: Field, lang: str) -> dict[str, Any]:
    """Return the schema of a property as version 3.0 writes it."""
    found = {key: value for key, value in field_schema(field, lang).items() if not key.startswith("x-ogc")}
    if field.nullable:
        found["nullable"] = True
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


def _features(collection: Collection, lang: str) -> dict[str, Any]:
    properties = {
        "type": "object",
        "required": [field.name for field in collection.fields],
        "additionalProperties": False,
        "properties": {field.name: _property(field, lang) for field in collection.fields},
    }
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"$ref": "#/components/schemas/geometry"},
            "properties": properties,
            "links": {"$ref": "#/components/schemas/links"},
            "sira": {"type": "object"},
        },
    }
    return {
        "type": "object",
        "required": ["type", "features", "links", "numberMatched", "numberReturned", "timeStamp"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": feature},
            "links": {"$ref": "#/components/schemas/links"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
            "sira": {"type": "object"},
        },
    }


def _object(*required: str) -> dict[str, Any]:
    return {"type": "object", "required": list(required)}


def _text() -> dict[str, Any]:
    return {"type": "string"}
