"""Routes for the single file: the planner answers beforehand for every pair of the places that the file holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from api.base.access import OPERATOR
from api.base.assessments import today
from api.base.cache import Text
from api.base.i18n import LANGUAGES, translate
from api.map.file_data import pack
from api.map.file_tables import RouteTables
from api.map.single_file import FileRoads
from api.roads.answers import snapped_json
from api.roads.planners import ReadyPlanner
from api.roads.requests import RouteOptions, RouteQuery
from api.roads.stops import Stops, plan_route
from geo.boundaries.places import Gazetteer, Place
from geo.boundaries.places import places as shipped_places
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.boundaries.resolution import aliases
from geo.core.crs import GEOD
from geo.core.errors import AmbiguousNameError, NoRouteError, OffNetworkError
from geo.core.messages import Message, message
from geo.roads.arcs import Position
from geo.roads.graph import Network
from geo.roads.snapping import Snapper
from models.routes.answer import RouteAnswer, Snapped

#: Places held at most, and seconds after which no further place is begun: on a large network each answer takes longer.
MOST_PLACES: Final = 56
MOST_SECONDS: Final = 90.0

_KINDS: Final = ("town", "village")
#: Of two places nearer to each other than this, a click or a reader can take either.
_APART_KM: Final = 10.0
#: A place this near to where roads meet lies there.
_AT_JUNCTION_KM: Final = 2.0
_ROADS_MEET: Final = 3
_NOT_JOINED = message("This file holds no routes: no two places are joined by the roads of this installation.")


def file_routes(
    ready: ReadyPlanner,
    boundaries: Boundaries,
    today: date,
    *,
    most_places: int = MOST_PLACES,
    most_seconds: float = MOST_SECONDS,
    progress: Callable[[int, int], None] = lambda held, most: None,
) -> dict[str, Any] | None:
    """Return the answers for every ordered pair of the most asked-for places, as ``data/file-routes.js`` takes them.

    They are those that the service gives to whoever names two places and no option. There and back are answered
    apart: they need not be mirror images. None where no two places are joined by the network.

    Parameters
    ----------
    ready : Ready
        The planner.
    today : date
        Of departure: its season decides how fast the roads are, and which are open.
    progress : callable
        Called with the number of places held and the number wanted.
    """
    until = time.monotonic() + most_seconds
    tables, refusals = RouteTables(ready, today), {}
    pairs: list[tuple[int, int]] = []
    held: list[FilePlace] = []
    for new in places_for_file(ready.network, boundaries):
        if len(held) >= most_places or time.monotonic() > until:
            break
        held.append(new)
        last = len(held) - 1
        for pair in (pair for other in range(last) for pair in ((other, last), (last, other))):
            try:
                tables.add(_answer(ready, held[pair[0]], held[pair[1]]))
            except NoRouteError as error:
                refusals["-".join(map(str, pair))] = {lang: translate(error.message, lang) for lang in LANGUAGES}
            else:
                pairs.append(pair)
        progress(len(held), most_places)
    if not pairs:
        return None
    options = RouteOptions()
    return {
        "made": today.isoformat(),
        "profile": options.profile,
        "month": today.month,
        "places": _columns(held),
        "from": [start for start, _ in pairs],
        "to": [end for _, end in pairs],
        "refusals": refusals,
        **tables.document(),
    }


def _columns(held: Sequence[FilePlace]) -> dict[str, list[Any]]:
    """Return the places under names that mean no other, with their other spellings and their points on the network."""
    places, also = [each.place for each in held], shipped_places()["also"]
    aliases_of = [[alias for alias, name, _ in aliases() if name == place.name] for place in places]
    return {
        "id": [place.place_id for place in places],
        "label": [_label(place) for place in places],
        "spellings": [
            [other for other in (also[place.place_id], *others) if isinstance(other, str)]
            for place, others in zip(places, aliases_of, strict=True)
        ],
        "waypoint": [
            snapped_json(Snapped(each.place.lon, each.place.lat, each.at.lon, each.at.lat, each.at.distance_km))
            for each in held
        ],
    }


def _label(place: Place) -> str:
    """Return the name, with the cercle where there are places of that name elsewhere."""
    try:
        Gazetteer.shipped().find(place.name)
    except AmbiguousNameError:
        return f"{place.name} ({place.cercle})"
    return place.name


def _answer(ready: ReadyPlanner, start: FilePlace, end: FilePlace) -> RouteAnswer:
    both = start.place, end.place
    names = tuple(place.name for place in both)
    stops = Stops(("from", "to"), names, tuple((place.lon, place.lat) for place in both))
    return plan_route(ready, RouteQuery(names, RouteOptions()), stops, OPERATOR)  # routes that nobody can move


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A place of the gazetteer on the network."""

    place: Place
    at: Position


def places_for_file(network: Network, boundaries: Boundaries) -> Iterator[FilePlace]:
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
        found.append((rank, -(place.population or 0), place.name, FilePlace(place, at)))
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


def no_routes(reason: Message) -> FileRoads:
    """Return what a file says that holds no routes."""
    return FileRoads(reason=message("This file holds no routes. {reason}", reason=reason))


def make_roads(
    ready: ReadyPlanner,
    boundaries: Boundaries,
    *,
    most_places: int = MOST_PLACES,
    progress: Callable[[int, int], None] = lambda held, most: None,
) -> FileRoads:
    """Return the axes and the routes between the places that a file holds; see `file_routes`."""
    return roads_of(ready, packed_routes(ready, boundaries, most_places=most_places, progress=progress))


def packed_routes(
    ready: ReadyPlanner,
    boundaries: Boundaries,
    *,
    most_places: int = MOST_PLACES,
    progress: Callable[[int, int], None] = lambda held, most: None,
) -> Text:
    """Return the routes as they stand in a file, empty where no two places are joined; the planner is not kept with it.

    They are the same for everybody who may ask for routes.
    """
    routes = file_routes(ready, boundaries, today(), most_places=most_places, progress=progress)
    return Text("" if routes is None else pack({"routes": routes})["routes"])


def roads_of(ready: ReadyPlanner, routes: Text) -> FileRoads:
    """Return what a file says of roads, from its packed routes."""
    return FileRoads(ready, routes.text) if routes.text else FileRoads(ready, reason=_NOT_JOINED)
