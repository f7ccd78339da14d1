"""The OpenAPI document (3.1), in French or English, made from the tables that the service itself works with."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from api.base.access import REQUIRED
from api.base.authentication import COOKIE
from api.base.i18n import LANGUAGES, translate
from api.base.problems import MEDIA_TYPE
from api.layers.attributes import schema_of
from api.layers.layer import DataLayer, Layer, RiskLayer
from api.layers.query import HOTSPOT_LEVELS
from api.layers.query import PARAMETER_TEXTS as RISK_PARAMETERS
from api.layers.registry import LAYERS, RISK_LAYERS
from api.web.bulletin_paths import bulletin_paths
from api.web.route_paths import route_paths, route_schemas
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.messages import Message, message
from geo.incidents.schema import HazardType
from models.risk.target import Target

_ABOUT: Final = message(
    "Explosive incidents in Mali, by administrative unit and one by one, as far as the caller's key allows. No report "
    "is not safety."
)
_LAYER_ANSWERS: Final = {
    "200": message("The layer, as GeoJSON."),
    "304": message("The copy that If-None-Match names is still right."),
    "401": message("A key is needed for this, or the one sent is not known."),
    "403": message("The key sent is not enough for this."),
    "413": message("The layer is larger than is sent at once; the problem's links name it in parts."),
    "422": message("A parameter is wrong; the problem names it."),
    "429": message("Too many wrong keys came from this address; Retry-After says how long to wait."),
}
_RISK_ANSWERS: Final = {"503": message("The assessment of these data is being made, or could not be made.")}
_KEY: Final = message(
    "Access key, as Authorization: Bearer KEY, or as the password of HTTP Basic with any user name. Without one, "
    "counts per cercle or region and month are open."
)
_SESSION: Final = message("Session of a browser in which somebody signed in at /login.")
_PARAMETER_TEXTS: Final = {
    "vintage": message("Administrative division: 2015, 2016, 2023 or the name of an imported one."),
    "start": message("First day of the period, YYYY-MM or YYYY-MM-DD. Without a key, the first day of a month."),
    "end": message("Day after the last of the period, YYYY-MM or YYYY-MM-DD. Without a key, the first day of a month."),
    "hazard": message(
        "Types of explosive ordnance, separated by commas; all where none is named. Air strikes, indirect fire and "
        "grenades come only as air_or_indirect_fire, conflict events only as not_explosive, each alone."
    ),
    "lang": message("Language of notes and problems, above what Accept-Language says."),
}


def document(lang: str, vintages: Sequence[str], others: dict[str, tuple[str, Message]]) -> dict[str, Any]:
    """Return the whole document.

    Parameters
    ----------
    vintages : sequence of str
        Those that the service has now.
    others : dict
        Address → media type and description of every documented address that is not a layer.
    """
    paths: dict[str, Any] = {layer.address: {"get": _layer_operation(layer, lang)} for layer in LAYERS.values()}
    paths |= {layer.address: {"get": _risk_operation(layer, lang)} for layer in RISK_LAYERS.values()}
    paths |= route_paths(lang)
    paths |= bulletin_paths(lang)
    for address, (media_type, text) in others.items():
        said = translate(text, lang)
        answer = {"description": said, "content": {media_type: {}}}
        paths[address] = {"get": {"summary": said, "responses": {"200": answer}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sira", "version": version("sira"), "description": translate(_ABOUT, lang)},
        "paths": paths,
        "components": {
            "schemas": {
                **{
                    layer.name: schema_of(layer.title, layer.attributes, lang)
                    for layer in (*LAYERS.values(), *RISK_LAYERS.values())
                },
                **route_schemas(lang),
                "problem": _PROBLEM,
            },
            "parameters": _parameters(lang, vintages),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": translate(_KEY, lang)},
                "basic": {"type": "http", "scheme": "basic", "description": translate(_KEY, lang)},
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": translate(_SESSION, lang),
                },
            },
        },
        "security": [{}, {"bearer": []}, {"basic": []}, {"session": []}],
    }


def _layer_operation(layer: DataLayer, lang: str) -> dict[str, Any]:
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETER_TEXTS]
    return _operation(layer, parameters, _LAYER_ANSWERS, lang)


def _risk_operation(layer: RiskLayer, lang: str) -> dict[str, Any]:
    choices = {"target": [target.value for target in Target], "level": list(HOTSPOT_LEVELS)}
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": translate(RISK_PARAMETERS[name], lang),
            "schema": {"type": "string", "enum": choices[name], "default": choices[name][0]},
        }
        if name in choices
        else {"$ref": f"#/components/parameters/{name}"}
        for name in layer.parameters
    ]
    return _operation(layer, parameters, _LAYER_ANSWERS | _RISK_ANSWERS, lang)


def _operation(
    layer: Layer, parameters: list[dict[str, Any]], answers: dict[str, Message], lang: str
) -> dict[str, Any]:
    responses: dict[str, Any] = {status: {"description": translate(text, lang)} for status, text in answers.items()}
    responses["200"]["content"] = {"application/geo+json": {"schema": {"$ref": f"#/components/schemas/{layer.name}"}}}
    for status in sorted(set(answers) - {"200", "304"}):
        responses[status]["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {
        "operationId": layer.name,
        "summary": translate(layer.title, lang),
        "x-audience": REQUIRED[layer.kind].label,
        "parameters": parameters,
        "responses": responses,
    }


def _parameters(lang: str, vintages: Sequence[str]) -> dict[str, Any]:
    day = {"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}
    hazard = {"type": "string", "enum": [hazard.value for hazard in HazardType]}
    schemas: dict[str, dict[str, Any]] = {
        "vintage": {"type": "string", "enum": list(vintages), "default": DEFAULT_VINTAGE},
        "start": day,
        "end": day,
        "hazard": {"type": "array", "items": hazard, "uniqueItems": True},
        "lang": {"type": "string", "enum": list(LANGUAGES)},
    }
    return {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "description": translate(text, lang),
            "schema": schemas[name],
            **({"style": "form", "explode": False} if name == "hazard" else {}),
        }
        for name, text in _PARAMETER_TEXTS.items()
    }


_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "parameter": {"type": "string"},
        "candidates": {"type": "array", "items": {"type": "string"}},
        "audience": {"type": "string"},
        "distance_km": {"type": "number", "x-unit": "km"},
        "exclusions": {"type": "array", "items": {"type": "string"}},
    },
}
