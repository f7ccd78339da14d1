"""What OpenStreetMap's tags, and the same words in other files, say of a road. Facts of the tagging scheme only.

References
----------
OpenStreetMap wiki, pages Key:highway, Key:surface, Key:oneway, Key:access, Key:barrier, Key:ford, Key:seasonal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.roads.graph import CLASSES, SURFACES

#: Names and references longer than this are cut, and counted.
MAX_TEXT: Final = 200

_PAVED: Final = frozenset(
    [
        "paved",
        "asphalt",
        "concrete",
        "concrete:plates",
        "concrete:lanes",
        "paving_stones",
        "sett",
        "cobblestone",
        "unhewn_cobblestone",
        "bricks",
        "metal",
        "chipseal",
        "cement",
        "tarmac",
    ]
)
_UNPAVED: Final = frozenset(
    [
        "unpaved",
        "compacted",
        "fine_gravel",
        "gravel",
        "pebblestone",
        "rock",
        "ground",
        "dirt",
        "earth",
        "mud",
        "sand",
        "grass",
        "grass_paver",
        "laterite",
        "soil",
        "clay",
        "stone",
        "shells",
        "salt",
        "dirt/sand",
    ]
)
_YES: Final = frozenset(("yes", "true", "1"))
_SHUT: Final = frozenset(("no", "private", "military"))

#: Barriers that a car passes, and that stop it unless its tags say otherwise; others do not matter to one.
_PASSED_BARRIERS: Final = frozenset(
    [
        "gate",
        "lift_gate",
        "swing_gate",
        "sliding_gate",
        "hampshire_gate",
        "border_control",
        "toll_booth",
        "checkpoint",
        "chain",
        "sally_port",
    ]
)
_STOPPING_BARRIERS: Final = frozenset(
    [
        "block",
        "bollard",
        "jersey_barrier",
        "debris",
        "log",
        "cycle_barrier",
        "motorcycle_barrier",
        "stile",
        "kissing_gate",
        "turnstile",
        "full-height_turnstile",
        "horse_stile",
        "wall",
        "fence",
        "planter",
        "spikes",
    ]
)

FERRY: Final = CLASSES.index("ferry")
UNKNOWN_SURFACE: Final = SURFACES.index("unknown")


@dataclass(frozen=True, slots=True)
class RoadTags:
    """A road as its tags say. `reversed` where it may be travelled against its drawn direction only."""

    road_class: int
    surface: int
    oneway: bool
    reversed: bool
    ferry: bool
    ford: bool
    barrier: bool
    seasonal: bool
    closed: bool


def read_tags(tags: Mapping[str, str]) -> RoadTags | None:
    """Return what the tags of a way say, or None where it is no road or ferry for motor vehicles.

    Examples
    --------
    >>> road = read_tags({"highway": "trunk_link", "surface": "asphalt", "oneway": "-1"})
    >>> CLASSES[road.road_class], road.oneway, road.reversed
    ('trunk', True, True)
    >>> read_tags({"highway": "footway"}) is None
    True
    """
    ferry = tags.get("route") == "ferry"
    road_class = FERRY if ferry else class_code(tags.get("highway", ""))
    if road_class is None or tags.get("area") == "yes":
        return None
    oneway = oneway_of(tags.get("oneway", ""))
    if oneway is None:
        implied = tags.get("highway") == "motorway" or tags.get("junction") in ("roundabout", "circular")
        oneway = 1 if implied else 0
    return RoadTags(
        road_class=road_class,
        surface=surface_code(tags.get("surface", "")),
        oneway=oneway != 0,
        reversed=oneway < 0,
        ferry=ferry,
        ford=truth(tags.get("ford", "")),
        barrier=tags.get("barrier", "") in _PASSED_BARRIERS,
        seasonal=tags.get("seasonal", "no") not in ("no", "wet_season"),
        closed=_is_closed(tags),
    )


def read_point_tags(tags: Mapping[str, str]) -> tuple[bool, bool, bool]:
    """Return whether a point on a road is a barrier, stops motor vehicles, and is a ford."""
    kind = tags.get("barrier", "")
    explicit = tags.get("motor_vehicle") or tags.get("vehicle") or tags.get("access")
    if kind in _STOPPING_BARRIERS:
        stops = explicit is None or explicit in _SHUT
    else:
        stops = kind in _PASSED_BARRIERS and explicit in _SHUT
    checkpoint = "checkpoint" in (tags.get("military"), tags.get("police"), tags.get("highway"))
    barrier = kind in _PASSED_BARRIERS or kind in _STOPPING_BARRIERS or checkpoint
    return barrier, stops, truth(tags.get("ford", "")) or tags.get("highway") == "ford"


def class_code(highway: str) -> int | None:
    """Return the index in `CLASSES` of a value of ``highway``, or None where motor vehicles do not use it."""
    base = highway.removesuffix("_link")
    return CLASSES.index(base) if base in CLASSES else None


def surface_code(surface: str) -> int:
    """Return the index in `SURFACES` of a value of ``surface``."""
    # Mappers write several, the first holding for most of the way: "asphalt;gravel".
    first = surface.partition(";")[0].strip().lower()
    if first in _PAVED:
        return SURFACES.index("paved")
    return SURFACES.index("unpaved") if first in _UNPAVED else UNKNOWN_SURFACE


def oneway_of(value: str) -> int | None:
    """Return 1 along the drawn line, -1 against it, 0 for both ways, None where nothing is said.

    Files made from OpenStreetMap write F(rom), T(o) and B(oth).
    """
    folded = value.strip().lower()
    if folded in _YES or folded == "f":
        return 1
    if folded in ("-1", "reverse", "t"):
        return -1
    return 0 if folded in ("no", "false", "0", "b") else None


def truth(value: str) -> bool:
    """Return whether a tag says yes."""
    return value.strip().lower() in _YES


def clean_text(value: str) -> str | None:
    """Return a name without control characters and outer spaces, cut to `MAX_TEXT`; None where nothing is left."""
    plain = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in value[: 4 * MAX_TEXT])
    return " ".join(plain.split())[:MAX_TEXT] or None


def _is_closed(tags: Mapping[str, str]) -> bool:
    """Whether the most specific access tag that is set keeps motor vehicles out."""
    for key in ("motor_vehicle", "vehicle", "access"):
        if key in tags:
            return tags[key] in _SHUT
    return False
