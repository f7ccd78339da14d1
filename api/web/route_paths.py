"""The addresses of routes, axes and places in the OpenAPI document: what they take and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.base.access import REQUIRED, Kind
from api.base.i18n import translate
from api.base.problems import MEDIA_TYPE
from api.layers.layer import Attribute
from api.roads.fields import MOST_KM
from api.roads.formats import MEDIA_TYPES, Format
from api.roads.layers import AXES as AXES_LAYER
from api.roads.schemas import ALTERNATIVE, ANSWER, AXES, AXIS, PLACE, SEGMENT, object_schema
from geo.core.messages import Message, message
from geo.roads.travel import SEASONS, VEHICLES
from models.risk.target import Target

_OPTIONS: Final[Mapping[str, tuple[dict[str, Any], Message]]] = MappingProxyType(
    {
        "target": ({"type": "string", "enum": [each.value for each in Target]}, message("What is forecast.")),
        "profile": ({"type": "string", "enum": list(VEHICLES)}, message("Vehicle.")),
        "month": (
            {"type": ["integer", "string"]},
            message("Month of departure, 1 to 12 or YYYY-MM; else the present."),
        ),
        "season": ({"type": "string", "enum": list(SEASONS)}, message("Season, where no month is given.")),
        "horizon_days": ({"type": "integer", "minimum": 1}, message("Days from the newest record on. [days]")),
        "corridor_km": (
            {"type": "number", "maximum": MOST_KM},
            message("Corridor to either side; without it 15 km, or more where positions are coarser. [km]"),
        ),
        "max_snap_km": (
            {"type": "number", "maximum": MOST_KM, "default": 10},
            message("How far a place may lie from the road. [km]"),
        ),
        "minutes_per_incident": (
            {"type": "number", "minimum": 0, "default": 0},
            message("Minutes of detour that one expected recorded incident less is worth. [min]"),
        ),
        "alternatives": ({"type": "boolean", "default": True}, message("Whether other routes are looked for.")),
        "exclude_edges": (
            {"type": "array", "items": {"type": "string"}},
            message("Ids of road edges to leave out; separated by semicolons in a query string."),
        ),
        "exclude_areas": ({"type": "object"}, message("Polygons to leave out, as GeoJSON; in a body only.")),
        "lang": ({"type": "string", "enum": ["fr", "en"]}, message("Language of the words.")),
        "f": (
            {"type": "string", "enum": [each.value for each in Format], "default": Format.JSON.value},
            message("Form of the answer, above what Accept says."),
        ),
    }
)
_PLACE_TEXT: Final = message(
    "A place by any spelling of its name, its id, or longitude and latitude in degrees (WGS 84), in this order."
)
_STATUSES: Final = {
    "200": message("The answer."),
    "400": message("f names no form of the answer."),
    "401": message("A key is needed for this, or the one sent is not known."),
    "403": message("The key sent is not enough for this."),
    "404": message("No route is left; the problem says what cut it."),
    "413": message("The body is too large."),
    "422": message("A parameter is wrong, a name ambiguous or a place off the network; the problem names it."),
    "429": message("Too many wrong keys came from this address; Retry-After says how long to wait."),
    "503": message("The assessment of these data is being made, or could not be made."),
}


def route_paths(lang: str) -> dict[str, Any]:
    """Return the OpenAPI paths of everything that is asked about routes."""
    texts = [name for name in _OPTIONS if name != "exclude_areas"]
    ends = [_text_parameter("from", lang, required=True), _text_parameter("to", lang, required=True)]
    via = _text_parameter("via", lang, required=False)
    track = ("target", "profile", "month", "season", "horizon_days", "corridor_km", "lang", "f")
    place = {"name": "place", "in": "path", "required": True, "description": translate(_PLACE_TEXT, lang)}
    radius = _parameter("corridor_km", lang) | {"name": "radius_km"}
    return {
        "/routes": {
            "get": _operation(
                message("A route between named places, with what is recorded along it."),
                "route",
                [*ends, via, *(_parameter(name, lang) for name in texts)],
                lang,
            ),
            "post": _operation(
                message("The same, asked as JSON (waypoints and options) or as GeoJSON waypoints."),
                "route",
                [_parameter(name, lang) for name in texts],
                lang,
                body={"application/json": "route-request", "application/geo+json": None},
            ),
        },
        "/routes/assess": {
            "post": _operation(
                message("What is recorded along a track one already has: a GeoJSON LineString or a GPX document."),
                "route",
                [_parameter(name, lang) for name in track],
                lang,
                body={"application/geo+json": None, "application/gpx+xml": None},
            )
        },
        "/axes": {
            "get": _operation(
                message("The named axes, most expected recorded incidents per 100 km first."),
                "axes",
                [_parameter(name, lang) for name in ("target", "lang")],
                lang,
            )
        },
        AXES_LAYER.address: {
            "get": _operation(
                AXES_LAYER.title,
                "axes-layer",
                [_parameter(name, lang) for name in AXES_LAYER.parameters],
                lang,
            )
        },
        "/places/{place}/risk": {
            "get": _operation(
                message("What is expected around a town or an airstrip."),
                "place-risk",
                [place | {"schema": {"type": "string"}}, radius]
                + [_parameter(name, lang) for name in ("target", "horizon_days", "lang")],
                lang,
            )
        },
    }


def route_schemas(lang: str) -> dict[str, Any]:
    """Return the schemas that the paths refer to."""
    route = object_schema(ANSWER, lang)
    for member, attributes in (("segments", SEGMENT), ("alternatives", ALTERNATIVE)):
        route["properties"][member]["items"] = object_schema(attributes, lang)
    axes = object_schema((*AXES, Attribute("axes", "array", message("The axes."))), lang)
    axes["properties"]["axes"]["items"] = object_schema(AXIS, lang)
    request = {name: schema | {"description": translate(text, lang)} for name, (schema, text) in _OPTIONS.items()}
    waypoints = {"description": translate(_PLACE_TEXT, lang), "type": ["array", "object"]}
    return {
        "route": route,
        "place-risk": object_schema(PLACE, lang),
        "axes": axes,
        "axes-layer": {"type": "object", "required": ["type", "sira", "features"]},
        "route-request": {
            "type": "object",
            "required": ["waypoints"],
            "additionalProperties": False,
            "properties": {
                "waypoints": waypoints,
                **{name: request[name] for name in request if name not in ("lang", "f")},
            },
        },
    }


def _operation(
    summary: Message,
    schema: str,
    parameters: list[dict[str, Any]],
    lang: str,
    *,
    body: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    answers: dict[str, Any] = {status: {"description": translate(text, lang)} for status, text in _STATUSES.items()}
    media_type = "application/geo+json" if schema == "axes-layer" else "application/json"
    answers["200"]["content"] = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    if schema == "route":
        answers["200"]["content"] |= {MEDIA_TYPES[form]: {} for form in (Format.GEOJSON, Format.GPX)}
    else:
        del answers["400"]
    for status in sorted(set(answers) - {"200"}):
        answers[status]["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/problem"}}}
    operation = {
        "summary": translate(summary, lang),
        "x-audience": REQUIRED[Kind.ROUTES].label,
        "parameters": parameters,
        "responses": answers,
    }
    if body is not None:
        content = {
            kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} if name else {} for kind, name in body.items()
        }
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameter(name: str, lang: str) -> dict[str, Any]:
    schema, text = _OPTIONS[name]
    return {"name": name, "in": "query", "required": False, "description": translate(text, lang), "schema": schema}


def _text_parameter(name: str, lang: str, *, required: bool) -> dict[str, Any]:
    text = translate(_PLACE_TEXT, lang)
    return {"name": name, "in": "query", "required": required, "description": text, "schema": {"type": "string"}}
