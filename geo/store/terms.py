"""What is brought into the store, and on which terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import geopandas as gpd

from geo.core.identity import Claim
from geo.core.messages import Message
from geo.store.completing import Complete
from geo.store.records import SetAside


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a delivery is taken.

    Attributes
    ----------
    who
        Brings it.
    meant
        Records whose update is meant, however much it changes.
    complete
        That it holds all that its source has.
    check
        Whether only to say what it would do.
    part
        That it holds only what changed: nothing is said of what it lacks.
    progress
        Called with the number of rows that were taken since the last call.
    """

    who: str = ""
    meant: frozenset[str] = frozenset()
    complete: Complete | None = None
    check: bool = False
    part: bool = False
    progress: Callable[[int], object] = lambda count: None


#: As from a program that says nothing of itself, and means nothing in particular.
NO_TERMS: Final = Terms()


class Batch(Protocol):
    """What reading a file of incidents or of hazard areas gives."""

    @property
    def file(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def accepted(self) -> gpd.GeoDataFrame: ...
    @property
    def quarantined(self) -> Sequence[SetAside]: ...
    @property
    def notes(self) -> Sequence[Message]: ...
    @property
    def claims(self) -> Mapping[str, Claim]: ...
