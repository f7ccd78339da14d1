"""What every answer about a route says, in words: the names of alternatives and the caveats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geo.core.messages import Message, message
from geo.roads.travel import Travel
from models.routes.answer import Coverage, Unknown

COVERAGE: Final = {
    Coverage.ASSESSED: message("observed well enough to assess"),
    Coverage.UNDER_OBSERVED: message("under-observed"),
    Coverage.NOT_ASSESSED: message("not assessed"),
}

ABROAD: Final = message("outside the country")
VEHICLES: Final = {"light": message("light vehicle"), "truck": message("truck")}
SEASONS: Final = {"dry": message("dry season"), "rainy": message("rainy season")}

#: On every answer, whatever it says.
NO_CERTIFICATE: Final = (
    message("Absence of records is not absence of hazard."),
    message("The estimates describe reported incidents. They do not certify a route."),
    message("Seek current advice from security and mine-action actors before travelling."),
)
NO_FEWER: Final = message(
    "Between the roads shown chance alone may explain the difference in recorded incidents, or too little is observed "
    "to compare them: none is said to have fewer."
)
NOT_PER_TRIP: Final = message(
    "Expected recorded incidents are not the risk of one trip: they grow with traffic and with reporting."
)
FEWER_RECORDS: Final = message(
    "Fewer records on a road can mean fewer travellers or fewer reporters. Without traffic counts no alternative is "
    "recommended."
)
SOME_COUNTED: Final = message(
    "Traffic counts are missing on part of these roads, so that no alternative is recommended."
)
ALL_COUNTED: Final = message(
    "Figures per passage rest on the traffic counts supplied. An alternative is marked only where it is probably lower."
)
SCHEMATIC: Final = message(
    "The road network is schematic: straight lines from town to town, about 10 % shorter than the roads, which may run "
    "several km beside them. The corridor is wider by that much."
)
SYNTHETIC: Final = message("SYNTHETIC: made from invented incidents. It says nothing of any real road.")
INVENTED_AREAS: Final = message("SYNTHETIC: hazardous areas listed here are invented.")
NO_FREQUENCY: Final = message(
    "Most incidents expected here are of those whose position is not recorded exactly enough: how often one was "
    "recorded in this corridor in the last 12 months cannot be told."
)
NO_ESTIMATE: Final = message("Too few incidents of this kind are recorded to estimate anything for any road.")


def corridor_widened(corridor_km: float, error_km: float) -> Message:
    """Say that the corridor is wider than usual because of the data."""
    return message(
        "The corridor is {corridor_km} km to each side, because positions in the data may be {error_km} km off.",
        corridor_km=round(corridor_km, 1),
        error_km=round(error_km, 1),
    )


def exact_positions_only(corridor_km: float, used: int, total: int) -> Message:
    """Say that a narrow corridor is answered with exact positions only."""
    return message(
        "For a corridor of {corridor_km} km only the {used} of {total} incidents with exact enough positions count.",
        corridor_km=round(corridor_km, 1),
        used=used,
        total=total,
    )


def off_network(share: float) -> Message:
    """Say how much of a track follows no known road."""
    return message(
        "{percent} % of the track follows no road of the network. It is assessed where it lies, and has no time.",
        percent=round(100 * share),
    )


def under_observed(share: float) -> Message:
    """Say how much of the length little is known of."""
    return message(
        "{percent} % of the length is under-observed: few records there say little.",
        percent=max(1, round(100 * share)),
    )


def partly_known_way(known_km: float, length_km: float, unknown: Sequence[Unknown]) -> Message:
    """Say which part of a way the total speaks of, and name the rest."""
    stretches = tuple(unknown_stretch(each) for each in unknown)
    if known_km <= 0:
        return message("Nothing can be said of this way: {stretches}.", stretches=stretches)
    return message(
        "What is expected is said of {known} of {length} km only. Of the rest nothing can be said, and so there is no "
        "probability of the whole: {stretches}.",
        known=_km(known_km),
        length=_km(length_km),
        stretches=stretches,
    )


def unknown_stretch(each: Unknown) -> Message:
    """Name a stretch of which nothing is said, and why."""
    return message(
        "km {from_km} to {to_km} {why}",
        from_km=_km(each.from_km),
        to_km=_km(each.to_km),
        why=ABROAD if each.abroad else COVERAGE[Coverage.NOT_ASSESSED],
    )


def _km(value: float) -> float | int:
    return round(value, 1) if value < 10 else round(value)


def partly_known_circle(known_share: float) -> Message:
    """Say which part of a circle the total speaks of."""
    if known_share <= 0:
        return message("Nothing can be said of what lies around here: it is not assessed, or outside the country.")
    return message(
        "What is expected is said of {percent} % of the circle only. The rest is not assessed or outside the country, "
        "and so there is no probability of the whole.",
        percent=min(99, max(1, round(100 * known_share))),
    )


def assumed_time(travel: Travel) -> Message:
    """Say what travel times rest on."""
    return message(
        "Travel times are assumptions: usual speeds of a {vehicle} in the {season}, without halts, checkpoints or "
        "detours.",
        vehicle=VEHICLES[travel.vehicle],
        season=SEASONS[travel.season],
    )


def ferries(count: int) -> Message:
    """Say that the route uses ferries."""
    return message("Ferries on the way: {count}.", count=count)


def alternatives_merged(epsilon: float) -> Message:
    """Say that alternatives close to each other were merged."""
    return message(
        "Alternatives that differ by less than {percent} % in time and incidents are shown as one.",
        percent=round(100 * epsilon, 1),
    )
