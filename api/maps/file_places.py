"""The places between which the single file holds routes: seats of cercles first, then towns where roads meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.crs import GEOD
from geo.errors import OffNetworkError
from geo.network.arcs import Position
from geo.network.graph import Network
from geo.network.snapping import Snapper
from geo.places import Gazetteer, Place
from geo.places import places as shipped_places
from geo.regions import DEFAULT_VINTAGE, Boundaries

_KINDS: Final = ("town", "village")
#: Of two places nearer to each other than this, a click or a reader can take either.
_APART_KM: Final = 10.0
#: A place this near to where roads meet lies there.
_AT_JUNCTION_KM: Final = 2.0
_ROADS_MEET: Final = 3


@dataclass(frozen=True, slots=True)
class HeldPlace:
    """A place of the gazetteer on the network."""

    place: Place
    at: Position


def places_to_hold(network: Network, boundaries: Boundaries) -> Iterator[HeldPlace]:
    """Yield towns and villages on the network, those first that are asked for most.

    Seats of regions and cercles come before places where three roads or more meet, these before the others; the more
    populous first. What lies within 10 km of one that was yielded is left out.
    """
    seats = {name for level in ("region", "cercle") for name in boundaries.units(level, DEFAULT_VINTAGE)["name"]}
    snapper, degree = Snapper(network), _degrees(network)
    found = []
    table = shipped_places()
    for place_id in table.index[table["kind"].isin(_KINDS)]:
        place = Gazetteer.shipped().find(place_id)
        try:
            at = snapper.snap(place.lon, place.lat)
        except OffNetworkError:
            continue
        rank = 0 if place.name in seats else 1 if _is_junction(network, degree, at) else 2
        found.append((rank, -(place.population or 0), place.name, HeldPlace(place, at)))
    taken: list[Place] = []
    for *_, held in sorted(found, key=lambda each: each[:3]):
        if all(_apart_km(held.place, other) >= _APART_KM for other in taken):
            taken.append(held.place)
            yield held


def _degrees(network: Network) -> np.ndarray:
    ends = np.concatenate([network.tail, network.head])
    return np.bincount(ends, minlength=network.node_count)


def _is_junction(network: Network, degree: np.ndarray, at: Position) -> bool:
    length = float(network.length_km[at.edge])
    ends = ((network.tail[at.edge], at.fraction), (network.head[at.edge], 1 - at.fraction))
    return any(share * length <= _AT_JUNCTION_KM and degree[node] >= _ROADS_MEET for node, share in ends)


def _apart_km(one: Place, other: Place) -> float:
    return float(GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2]) / 1000
