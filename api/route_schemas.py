"""What the questions about routes and their answers hold, with types and units, for the OpenAPI document.

``tests/contract/test_api_routes.py`` holds that every answer has exactly these members with these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from api.access import REQUIRED, Kind
from api.i18n import translate
from api.problems import MEDIA_TYPE
from api.route_fields import MOST_KM
from api.schemas import Attribute
from geo.messages import Message, message
from geo.network.travel import SEASONS, VEHICLES
from models.bands import Band
from models.route_answer import Coverage
from models.route_answer import Kind as RouteKind
from models.target import Target

_EXPECTED: Final = "recorded incidents in the corridor and period"
_SHARE: Final = "share from 0 to 1"
_PROBABILITY: Final = "probability from 0 to 1"
_A: Final = Attribute


def _expected(name: str = "expected_incidents") -> Attribute:
    return _A(
        name,
        "object",
        message("Expected recorded incidents: value, and low and high, between which 90 % of the outcomes lie."),
        unit=_EXPECTED,
        nullable=True,
    )


_ABOUT: Final = (
    _A("lang", "string", message("Language of the words."), choices=("fr", "en")),
    _A("synthetic", "boolean", message("Whether any of the incidents behind it is invented.")),
    _A("revision", "integer", message("Revision of the data.")),
    _A("target", "string", message("What is forecast."), choices=tuple(each.value for each in Target)),
    _A("target_label", "string", message("What is forecast, in words.")),
    _A("explosive", "boolean", message("False where conflict events are forecast, which are not explosive incidents.")),
    _A("period", "object", message("The days forecast: start, and end, which is not part of it.")),
    _A("data_until", "string", message("Date of the newest record.")),
    _A("out_of_date", "boolean", message("True where the newest record is too old for a current forecast.")),
    _A("interval", "number", message("Share of the outcomes between low and high."), unit=_SHARE),
    _A("sources", "array", message("Sources of the incidents and of the roads.")),
    _A("model", "string", message("Address of the model card.")),
    _A("caveats", "array", message("What must be shown with the answer.")),
    _A("horizon_days", "integer", message("Length of the period."), unit="days"),
)
_PASSAGES: Final = _A(
    "passages",
    "object",
    message("Expected recorded incidents per passage of one vehicle, where traffic counts were supplied."),
    nullable=True,
)
_OBSERVED: Final = (
    _A("share_not_assessed", "number", message("Part of the length that is not assessed."), unit=_SHARE),
    _A("share_under_observed", "number", message("Part of the length that is under-observed."), unit=_SHARE),
)
_ANY: Final = _A(
    "probability_any",
    "number",
    message("Probability that at least one incident is recorded in the corridor and period."),
    unit=_PROBABILITY,
    nullable=True,
)
_GEOMETRY: Final = _A("geometry", "object", message("GeoJSON LineString: longitude, latitude in WGS 84."))

ANSWER: Final = (
    *_ABOUT,
    _A("schematic", "boolean", message("Whether any of the roads is drawn straight from town to town.")),
    _A("corridor_km", "number", message("What counts as along the road, to either side."), unit="km"),
    _A("widest_corridor_km", "number", message("The same, where the road is drawn least exactly."), unit="km"),
    _A("length_km", "number", message("Length of the route."), unit="km"),
    _A(
        "duration_min",
        "number",
        message("Time; null where part of a track follows no road."),
        unit="min",
        nullable=True,
    ),
    _expected(),
    _ANY,
    _A(
        "frequency_12_months",
        "number",
        message("Share of the windows as long as the period, in the 12 months before, with at least one incident."),
        unit=_SHARE,
        nullable=True,
    ),
    *_OBSERVED,
    _A("share_off_network", "number", message("Part of a track that follows no road of the network."), unit=_SHARE),
    _A("ferries", "integer", message("Ferries on the way.")),
    _A("waypoints", "array", message("Each point asked for, the point of the network, and the km between them.")),
    _A("segments", "array", message("Segments of at most 10 km in the order of travel.")),
    _A("worst", "array", message("Ids of the segments with the highest rates, highest first.")),
    _A("alternatives", "array", message("Routes that no other beats in both time and incidents, the fastest first.")),
    _PASSAGES,
    _A("hazard_areas", "array", message("Hazardous areas on the way, with their status.")),
    _A("places", "array", message("Towns and villages on the way.")),
    _A("airstrips", "array", message("Airstrips on the way.")),
    _A("incidents_in_corridor", "integer", message("Incidents recorded in the corridor, of all years.")),
    _A("incidents", "array", message("The latest of them, as far as the caller may see.")),
    _GEOMETRY,
)
SEGMENT: Final = (
    _A("segment_id", "string", message("Stable id of the segment; null off the network."), nullable=True),
    _A("from_km", "number", message("Where it begins along the route."), unit="km"),
    _A("to_km", "number", message("Where it ends along the route."), unit="km"),
    _A("share", "number", message("Part of the segment that is travelled."), unit=_SHARE),
    _A("ref", "string", message("Reference of the road."), nullable=True),
    _A("name", "string", message("Name of the road."), nullable=True),
    _expected(),
    _A(
        "relative_rate",
        "number",
        message("Expected incidents per road-km over the national median."),
        unit="times",
        nullable=True,
    ),
    _A("band", "string", message("Band of the whole segment."), choices=tuple(each.value for each in Band)),
    _A("band_label", "string", message("The band in words.")),
    _A("incidents_behind", "integer", message("Incidents recorded in its corridor, of all years.")),
    _A("last_incident", "string", message("Date of the latest of them."), nullable=True),
    _A(
        "imprecise_share",
        "number",
        message("Part of the expectation that rests on imprecise positions."),
        unit=_SHARE,
        nullable=True,
    ),
    _A(
        "coverage",
        "string",
        message("How well its surroundings are observed."),
        choices=tuple(each.value for each in Coverage),
    ),
    _A("coverage_label", "string", message("The same in words.")),
    _A("corridor_km", "number", message("Its corridor, to either side."), unit="km"),
    _A("schematic", "boolean", message("Whether the road is drawn straight from town to town.")),
    _A("ferry", "boolean", message("Whether it is a ferry.")),
    _GEOMETRY,
)
ALTERNATIVE: Final = (
    _A("kind", "string", message("What it is."), choices=tuple(each.value for each in RouteKind)),
    _A("label", "string", message("The same in words.")),
    _A("length_km", "number", message("Length of the route."), unit="km"),
    _A("duration_min", "number", message("Time."), unit="min"),
    _expected(),
    _ANY,
    *_OBSERVED,
    _A("worst", "array", message("Ids of the segments with the highest rates, highest first.")),
    _PASSAGES,
    _GEOMETRY,
)
AXIS: Final = (
    _A("axis_id", "string", message("Reference and name of the axis.")),
    _A("ref", "string", message("Reference of the road."), nullable=True),
    _A("name", "string", message("Name of the road."), nullable=True),
    _A("rank", "integer", message("Place by expected incidents per 100 km, highest first."), nullable=True),
    _A("rank_by_change", "integer", message("Place by change, largest rise first."), nullable=True),
    _A("length_km", "number", message("Length of the axis."), unit="km"),
    _expected(),
    _A("per_100_km", "number", message("The same per 100 km."), unit=f"{_EXPECTED} per 100 km", nullable=True),
    _A(
        "per_100_km_before",
        "number",
        message("What was expected for the period of the same length before."),
        unit=f"{_EXPECTED} per 100 km",
        nullable=True,
    ),
    _A("change", "number", message("Difference of the two."), unit=f"{_EXPECTED} per 100 km", nullable=True),
    _A("last_incident", "string", message("Date of the latest of them."), nullable=True),
    *_OBSERVED,
    _A("corridor_km", "number", message("Its corridor, to either side."), unit="km"),
    _A("schematic", "boolean", message("Whether the road is drawn straight from town to town.")),
    _A("synthetic", "boolean", message("Whether any of the incidents behind it is invented.")),
)
PLACE: Final = (
    *_ABOUT,
    _A("place_id", "string", message("Id of the place.")),
    _A("name", "string", message("Name of the place.")),
    _A("kind", "string", message("Town, village, commune or airstrip.")),
    _A("radius_km", "number", message("What counts as around the place."), unit="km"),
    _expected(),
    _ANY,
    _A("incidents_behind", "integer", message("Incidents recorded within the radius, of all years.")),
    _A("last_incident", "string", message("Date of the latest of them."), nullable=True),
    _A(
        "coverage",
        "string",
        message("How well its surroundings are observed."),
        choices=tuple(each.value for each in Coverage),
    ),
    _A("coverage_label", "string", message("The same in words.")),
)
AXES: Final = (
    *_ABOUT,
    _A("schematic", "boolean", message("Whether any of the roads is drawn straight from town to town.")),
)

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
    }
)
_PLACE_TEXT: Final = message(
    "A place by any spelling of its name, its id, or longitude and latitude in degrees (WGS 84), in this order."
)
_STATUSES: Final = {
    "200": message("The answer."),
    "401": message("A key is needed for this, or the one sent is not known."),
    "403": message("The key sent is not enough for this."),
    "404": message("No route is left; the problem says what cut it."),
    "413": message("The body is too large."),
    "422": message("A parameter is wrong, a name ambiguous or a place off the network; the problem names it."),
    "503": message("The assessment of these data is being made, or could not be made."),
}


def route_paths(lang: str) -> dict[str, Any]:
    """Return the OpenAPI paths of everything that is asked about routes."""
    texts = [name for name in _OPTIONS if name != "exclude_areas"]
    ends = [_text_parameter("from", lang, required=True), _text_parameter("to", lang, required=True)]
    via = _text_parameter("via", lang, required=False)
    track = ("target", "profile", "month", "season", "horizon_days", "corridor_km", "lang")
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
        "/layers/axes.geojson": {
            "get": _operation(
                message("The named axes as a layer."),
                "axes-layer",
                [_parameter(name, lang) for name in ("target", "lang")],
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
    axes = object_schema((*AXES, _A("axes", "array", message("The axes."))), lang)
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
            "properties": {"waypoints": waypoints, **{name: request[name] for name in request if name != "lang"}},
        },
    }


def object_schema(attributes: tuple[Attribute, ...], lang: str) -> dict[str, Any]:
    """Return the JSON Schema of an object with exactly these members, described in `lang`."""
    return {
        "type": "object",
        "required": [each.name for each in attributes],
        "additionalProperties": False,
        "properties": {each.name: _member(each, lang) for each in attributes},
    }


def _member(each: Attribute, lang: str) -> dict[str, Any]:
    text = translate(each.text, lang)
    schema: dict[str, Any] = {
        "type": [each.type, "null"] if each.nullable else each.type,
        "description": f"{text} [{each.unit}]" if each.unit else text,
    }
    if each.unit:
        schema["x-unit"] = each.unit
    if each.choices:
        schema["enum"] = list(each.choices)
    return schema


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
