"""What every answer about a route says, in words: the names of alternatives and the caveats."""

from __future__ import annotations

from typing import Final

from geo.messages import Message, message
from models.route_answer import Coverage, Kind
from models.target import title

__all__ = ["COVERAGE", "KINDS", "title"]

KINDS: Final = {
    Kind.FASTEST: message("fastest"),
    Kind.FEWEST_RECORDED: message("fewest recorded incidents"),
    Kind.FASTEST_AND_FEWEST: message("fastest, and fewest recorded incidents"),
    Kind.BETWEEN: message("between the fastest and the fewest recorded incidents"),
}

COVERAGE: Final = {
    Coverage.ASSESSED: message("observed well enough to assess"),
    Coverage.UNDER_OBSERVED: message("under-observed"),
    Coverage.NOT_ASSESSED: message("not assessed"),
}

#: On every answer, whatever it says.
NO_CERTIFICATE: Final = (
    message("Absence of records is not absence of hazard."),
    message("The estimates describe reported incidents. They do not certify a route."),
    message("Seek current advice from security and mine-action actors before travelling."),
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


def widened(corridor_km: float, error_km: float) -> Message:
    """Say that the corridor is wider than usual because of the data."""
    return message(
        "The corridor is {corridor_km} km to each side, because positions in the data may be {error_km} km off.",
        corridor_km=round(corridor_km, 1),
        error_km=round(error_km, 1),
    )


def exact_only(corridor_km: float, used: int, total: int) -> Message:
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


def not_observed(not_assessed: float, under_observed: float) -> Message:
    """Say how much of the length nothing, or little, is known of."""
    return message(
        "{not_assessed} % of the length is not assessed and {under_observed} % is under-observed: few records there "
        "say little.",
        not_assessed=round(100 * not_assessed),
        under_observed=round(100 * under_observed),
    )


def ferries(count: int) -> Message:
    """Say that the route uses ferries."""
    return message("Ferries on the way: {count}.", count=count)


def merged(epsilon: float) -> Message:
    """Say that alternatives close to each other were merged."""
    return message(
        "Alternatives that differ by less than {percent} % in time and incidents are shown as one.",
        percent=round(100 * epsilon, 1),
    )
