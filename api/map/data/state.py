"""What an open page compares with what it shows: the revision, and what its reader may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.base.access import Caller, Kind
from geo.boundaries.regions import Boundaries


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page is made for: the kinds of things that its reader may see, and the vintages that are known."""

    kinds: tuple[str, ...] = ()
    vintages: tuple[str, ...] = ()

    @classmethod
    def to(cls, caller: Caller, boundaries: Boundaries) -> Offer:
        """Return the offer to `caller`."""
        return cls(tuple(kind.value for kind in Kind if caller.may(kind)), tuple(boundaries.vintages()))

    def as_json(self) -> dict[str, Any]:
        """Return it as the page's scripts compare it."""
        return {"kinds": list(self.kinds), "vintages": list(self.vintages)}


def state(revision: int, offer: Offer, *, assessed: bool) -> dict[str, Any]:
    """Return the document; `assessed` says whether the forecast of this very revision is there."""
    return {"revision": revision, "assessed": assessed, "offer": offer.as_json()}
