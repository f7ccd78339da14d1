"""Routes for the single file: the planner answers beforehand for every pair of the places that the file holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from api.access import OPERATOR
from api.i18n import LANGUAGES, translate
from api.maps.file_places import HeldPlace, places_to_hold
from api.maps.file_tables import RouteTables
from api.planner import Ready
from api.route_answers import snapped_json
from api.route_requests import Asked, Options
from api.route_stops import Stops, plan_route
from geo.errors import AmbiguousNameError, NoRouteError
from geo.places import Gazetteer, Place
from geo.places import places as shipped_places
from geo.regions import Boundaries
from geo.resolution import aliases
from models.route_answer import RouteAnswer, Snapped

#: Places held at most, and seconds after which no further place is begun: on a large network each answer takes longer.
MOST_PLACES: Final = 56
MOST_SECONDS: Final = 90.0


def file_routes(
    ready: Ready,
    boundaries: Boundaries,
    today: date,
    *,
    most_places: int = MOST_PLACES,
    most_seconds: float = MOST_SECONDS,
    progress: Callable[[int, int], None] = lambda held, most: None,
) -> dict[str, Any] | None:
    """Return the answers for every ordered pair of the most asked-for places, as ``sira-file-routes.js`` takes them.

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
    held: list[HeldPlace] = []
    for new in places_to_hold(ready.network, boundaries):
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
    options = Options()
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


def _columns(held: Sequence[HeldPlace]) -> dict[str, list[Any]]:
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


def _answer(ready: Ready, start: HeldPlace, end: HeldPlace) -> RouteAnswer:
    both = start.place, end.place
    names = tuple(place.name for place in both)
    stops = Stops(("from", "to"), names, tuple((place.lon, place.lat) for place in both))
    return plan_route(ready, Asked(names, Options()), stops, OPERATOR)  # routes that nobody can move
