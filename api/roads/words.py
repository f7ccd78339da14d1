"""What every form of a route's answer says in the same words: hazard areas, what is expected, the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.layers.labels import HAZARD_STATUSES
from geo.core.messages import Message, message
from geo.hazards.schema import HazardStatus
from models.routes.answer import Nearby

HAZARDS: Final = message("Hazardous areas that the route crosses or passes, worst status first")
ENDED: Final = message("Released areas on the way (cleared, reduced or cancelled)")


def hazard_texts(areas: Sequence[Nearby]) -> list[Message]:
    """Return each hazard area on the way: its status first, then its name and where it is."""
    return [
        message(
            "{status}: {name}, {where}",
            status=HAZARD_STATUSES[HazardStatus(each.detail)],
            name=each.name,
            where=_where(each),
        )
        for each in areas
    ]


def _where(each: Nearby) -> Message:
    at = round(each.at_km, 1)
    if each.distance_km <= 0:
        return message("crossed at km {at}", at=at)
    return message("{distance} km away at km {at}", distance=max(0.1, round(each.distance_km, 1)), at=at)


def on_part(figure: Message, known_km: float, length_km: float) -> Message:
    """Return a figure with the part of the way that it speaks of, where that is not all of it."""
    if known_km >= length_km:
        return figure
    return message("{figure}, on {known} of {length} km", figure=figure, known=_km(known_km), length=_km(length_km))


def _km(value: float) -> float | int:
    return round(value, 1) if value < 10 else round(value)
