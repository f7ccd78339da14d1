"""What a single file says of roads, made for whoever writes one: the command line, or a running service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from api.assessments import today
from api.maps.file_packing import pack
from api.maps.file_routes import MOST_PLACES, file_routes
from api.maps.single_file import Roads
from api.planner import Ready
from api.planners import Planners
from api.service import Snapshot
from geo.errors import NotReadyError
from geo.messages import Message, message
from geo.regions import Boundaries
from models.target import Target

_NOT_JOINED = message("This file holds no routes: no two places are joined by the roads of this installation.")


def no_routes(reason: Message) -> Roads:
    """Return what a file says that holds no routes."""
    return Roads(reason=message("This file holds no routes. {reason}", reason=reason))


def make_roads(
    ready: Ready,
    boundaries: Boundaries,
    *,
    most_places: int = MOST_PLACES,
    progress: Callable[[int, int], None] = lambda held, most: None,
) -> Roads:
    """Return the axes and the routes between the places that a file holds; see `file_routes`."""
    routes = file_routes(ready, boundaries, today(), most_places=most_places, progress=progress)
    if routes is None:
        return Roads(ready, reason=_NOT_JOINED)
    return Roads(ready, pack({"routes": routes})["routes"])


class HeldRoads:
    """The roads for the files of one running service: made once per planner and day, when a file is first asked for.

    They are the same for everybody who may ask for routes.
    """

    def __init__(self, planners: Planners) -> None:
        self._planners = planners
        self._making = asyncio.Lock()
        self._kept: tuple[Hashable, Roads] | None = None

    async def get(self, snapshot: Snapshot) -> Roads:
        """Return the roads for a file written now; where they are being prepared, that it holds none yet."""
        try:
            ready = await self._planners.get(snapshot, Target.IED)
        except NotReadyError as error:
            return no_routes(error.message)
        key = ready.token, today()
        async with self._making:  # whoever comes meanwhile waits, and then gets the same
            if self._kept is None or self._kept[0] != key:
                self._kept = key, await asyncio.to_thread(make_roads, ready, snapshot.boundaries)
            return self._kept[1]
