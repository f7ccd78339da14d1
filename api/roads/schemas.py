"""What the questions about routes and their answers hold, with types and units, for the OpenAPI document.

``tests/contract/test_api_routes.py`` holds that every answer has exactly these members with these types.
"""

from __future__ import annotations

from typing import Any, Final

from api.base.i18n import translate
from api.layers.layer import Attribute
from api.layers.words import band_words
from geo.core.messages import message
from geo.roads.travel import SEASONS, VEHICLES
from models.risk.class_limits import Band
from models.risk.target import Target
from models.routes.answer import Coverage
from models.routes.answer import Kind as RouteKind
from models.routes.words import COVERAGE

_EXPECTED: Final = "recorded incidents in the corridor and period"
_SHARE: Final = "share from 0 to 1"
_PROBABILITY: Final = "probability from 0 to 1"
_A: Final = Attribute


def _coverage_words(value: str, lang: str) -> str:
    return translate(COVERAGE[Coverage(value)], lang)


def _expected(name: str = "expected_incidents") -> Attribute:
    return _A(
        name,
        "object",
        message(
            "Expected recorded incidents of the known part: value, and low and high, between which 90 % of the "
            "outcomes lie; low and high are null where 95 % of the outcomes or more are none. Null where nothing is "
            "known."
        ),
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
    _A(
        "window",
        "object",
        message("How old the period is today: age, and the words that titles begin with once it is over."),
    ),
    _A("data_until", "string", message("Date of the newest record.")),
    _A("out_of_date", "boolean", message("True where the newest record is too old for a current forecast.")),
    _A("interval", "number", message("Share of the outcomes between low and high."), unit=_SHARE),
    _A("bands", "array", message("Classes of roads: band, label, limit, colour.")),
    _A("scale", "object", message("What the limits of the classes are of: 100 km of road and 30 days.")),
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
    message(
        "Probability that at least one incident is recorded in the corridor and period; null where a part is not known."
    ),
    unit=_PROBABILITY,
    nullable=True,
)
_GEOMETRY: Final = _A("geometry", "object", message("GeoJSON LineString: longitude, latitude in WGS 84."))

_KNOWN: Final = _A(
    "known_km",
    "number",
    message("Length of the part that the expectation speaks of: in the country, in cercles that are assessed."),
    unit="km",
)

ANSWER: Final = (
    _A("hazard_areas", "array", message("Hazardous areas that the route crosses or passes, worst status first.")),
    _A("ended_areas", "array", message("Areas on the way that were cleared, reduced, cancelled or released.")),
    *_ABOUT,
    _A("profile", "string", message("Vehicle that the time is assumed for."), choices=VEHICLES),
    _A("season", "string", message("Season that the time is assumed for."), choices=SEASONS),
    _A("schematic", "boolean", message("Whether any of the roads is drawn straight from town to town.")),
    _A("corridor_km", "number", message("What counts as along the road, to either side."), unit="km"),
    _A("widest_corridor_km", "number", message("The same, where the road is drawn least exactly."), unit="km"),
    _A("length_km", "number", message("Length of the route."), unit="km"),
    _KNOWN,
    _A("unknown", "array", message("The stretches of which nothing is known, each with from_km, to_km and why.")),
    _A(
        "duration_min",
        "number",
        message("Time by assumed speeds, rounded; null where part of a track follows no road."),
        unit="min",
        nullable=True,
    ),
    _expected(),
    _ANY,
    _A(
        "frequency_12_months",
        "number",
        message(
            "Share of the windows as long as the period, in the 12 months before, with at least one incident; null "
            "where most positions are not exact enough to tell, or a part is not known."
        ),
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
    _ANY,
    _A(
        "relative_rate",
        "number",
        message("Expected incidents per road-km over the national median."),
        unit="times",
        nullable=True,
    ),
    _A(
        "band",
        "string",
        message("Band of the whole segment, by what is expected per 100 km of road and 30 days."),
        choices=tuple(each.value for each in Band),
    ),
    _A("band_label", "string", message("The band in words."), words=band_words),
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
    _A("coverage_label", "string", message("The same in words."), words=_coverage_words),
    _A("outside_country", "boolean", message("Whether any of it lies outside the country.")),
    _A("corridor_km", "number", message("Its corridor, to either side."), unit="km"),
    _A("schematic", "boolean", message("Whether the road is drawn straight from town to town.")),
    _A("ferry", "boolean", message("Whether it is a ferry.")),
    _GEOMETRY,
)
ALTERNATIVE: Final = (
    _A("kind", "string", message("What it is."), choices=tuple(each.value for each in RouteKind)),
    _A("label", "string", message("The same in words.")),
    _A("length_km", "number", message("Length of the route."), unit="km"),
    _KNOWN,
    _A("duration_min", "number", message("Time by assumed speeds, rounded."), unit="min"),
    _expected(),
    _ANY,
    *_OBSERVED,
    _A("worst", "array", message("Ids of the segments with the highest rates, highest first.")),
    _PASSAGES,
    _GEOMETRY,
)
_PER_100: Final = f"{_EXPECTED} per 100 km"
AXIS: Final = (
    _A("axis_id", "string", message("Reference of the road, or its name; or the id of the stretch.")),
    _A(
        "kind",
        "string",
        message("A road, or a stretch of roads between two towns, which lies on roads that are also listed."),
        choices=("road", "stretch"),
    ),
    _A("ref", "string", message("Reference of the road."), nullable=True),
    _A("name", "string", message("Name of the road or the stretch."), nullable=True),
    _A("named_in", "string", message("Report of the United Nations that names the stretch."), nullable=True),
    _A("rank", "integer", message("Place by expected incidents per 100 km, highest first."), nullable=True),
    _A(
        "rank_by_change",
        "integer",
        message("Place by change, largest rise first; null where chance alone may explain it."),
        nullable=True,
    ),
    _A("length_km", "number", message("Length of the axis."), unit="km"),
    _KNOWN,
    _expected(),
    _A("per_100_km", "object", message("The same per 100 km."), unit=_PER_100, nullable=True),
    _A(
        "band",
        "string",
        message("Band by what is expected per 100 km of road and 30 days; none of them means that there is no danger."),
        choices=tuple(each.value for each in Band),
    ),
    _A("band_label", "string", message("The band in words."), words=band_words),
    _A(
        "per_100_km_before",
        "object",
        message("What was expected for the period of the same length before."),
        unit=_PER_100,
        nullable=True,
    ),
    _A(
        "change",
        "object",
        message("Difference of the two; 90 % of the differences between two such counts lie between low and high."),
        unit=_PER_100,
        nullable=True,
    ),
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
    _A("known_share", "number", message("Part of the circle that the expectation speaks of."), unit=_SHARE),
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
