"""Who may see what: the one table that every way out (HTTP, exports, map file, command line) passes.

Four audiences, each seeing all that the one before it sees: public (no key) < partner < analyst < admin. Without a
key a caller sees counts per cercle (or coarser) and month and nothing finer. While a store holds only synthetic
data, a caller on the machine itself is treated as an analyst (`api.base.keys.is_local`), so that a newcomer can try it.
What somebody may do is their role's (`api.base.roles`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from api.base.roles import Role
from geo.core.errors import AccessDeniedError, ParameterError
from geo.core.identity import pseudonyms
from geo.core.messages import Message, message
from geo.incidents.schema import LocationPrecision
from geo.store.records import Scope


class Audience(IntEnum):
    """Who is asking, from the least to the most trusted."""

    PUBLIC = 0
    PARTNER = 1
    ANALYST = 2
    ADMIN = 3

    @property
    def label(self) -> str:
        """The word that keys, parameters and documents use."""
        return self.name.lower()


class Kind(StrEnum):
    """What may leave, as far as access differs."""

    REFERENCE = "reference"
    COARSE_COUNTS = "coarse_counts"
    COARSE_RISK = "coarse_risk"
    FINE_RISK = "fine_risk"
    COMMUNE_COUNTS = "commune_counts"
    DAYS = "days"
    INCIDENT_POINTS = "incident_points"
    HAZARD_AREAS = "hazard_areas"
    ROUTES = "routes"
    EXACT_POINTS = "exact_points"
    NARRATIVES = "narratives"


#: The least audience that may see each kind. Nothing else in the project decides this.
REQUIRED: Final = MappingProxyType(
    {
        Kind.REFERENCE: Audience.PUBLIC,
        Kind.COARSE_COUNTS: Audience.PUBLIC,
        Kind.COARSE_RISK: Audience.PUBLIC,
        Kind.FINE_RISK: Audience.PARTNER,
        Kind.COMMUNE_COUNTS: Audience.PARTNER,
        Kind.DAYS: Audience.PARTNER,
        Kind.INCIDENT_POINTS: Audience.PARTNER,
        Kind.HAZARD_AREAS: Audience.PARTNER,
        Kind.ROUTES: Audience.PARTNER,
        Kind.EXACT_POINTS: Audience.ANALYST,
        Kind.NARRATIVES: Audience.ANALYST,
    }
)

DESCRIPTIONS: Final = MappingProxyType(
    {
        Kind.REFERENCE: message("boundaries, roads, places and published figures"),
        Kind.COARSE_COUNTS: message("counts per cercle or region and month"),
        Kind.COARSE_RISK: message("expected incidents per cercle or region"),
        Kind.FINE_RISK: message("expected incidents per commune or cell, and hotspots"),
        Kind.COMMUNE_COUNTS: message("counts per commune"),
        Kind.DAYS: message("periods that do not begin and end with a month"),
        Kind.INCIDENT_POINTS: message("incidents one by one"),
        Kind.HAZARD_AREAS: message("outlines of hazardous areas"),
        Kind.ROUTES: message("questions about a route"),
        Kind.EXACT_POINTS: message("exact positions of incidents"),
        Kind.NARRATIVES: message("what a source wrote about an incident"),
    }
)

#: Decimals of a degree that a partner sees of a position: cells of about 1.1 km.
ROUNDED_DECIMALS: Final = 2
#: Half the diagonal of such a cell, in km: what rounding adds to a position's error.
ROUNDING_ERROR_KM: Final = 0.8
#: Columns that hold, or lead to, what a source wrote.
_SOURCE_TEXT: Final = ("narrative", "place_name", "source_id", "note")


class KeyRefusedError(AccessDeniedError):
    """What was sent as a key is not one that this store knows, or no longer."""


class PasswordRefusedError(AccessDeniedError):
    """Nobody signs in by this name with this password."""


class TooManyKeysError(AccessDeniedError):
    """Too many wrong keys or passwords came from one address; after `wait_s` seconds another may be tried."""

    def __init__(self, message: Message, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ForeignOriginError(AccessDeniedError):
    """A page of another site asks for what only a page of this service may."""


class KeyNeededError(AccessDeniedError):
    """Nobody without a key may see this; `audience` says which key is enough."""

    def __init__(self, message: Message, *, audience: Audience) -> None:
        super().__init__(message)
        self.audience = audience


class AudienceError(AccessDeniedError):
    """The caller's key is right and not enough; `audience` says which would be."""

    def __init__(self, message: Message, *, audience: Audience) -> None:
        super().__init__(message)
        self.audience = audience


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever asks. `is_open` marks a caller without a key whom the synthetic default lets in.

    `label` is the name of the key or the user, `by_session` says that they signed in with a browser, `user` is the
    user's number, `role` and `scope` say what they may do (`api.base.roles`). None of these changes what the caller may
    see, and callers who differ in them alone are equal.
    """

    audience: Audience
    is_open: bool = False
    label: str = field(default="", compare=False)
    by_session: bool = field(default=False, compare=False)
    user: int | None = field(default=None, compare=False)
    role: Role | None = field(default=None, compare=False)
    scope: Scope = field(default=Scope(), compare=False)

    def may(self, kind: Kind) -> bool:
        """Tell whether this caller may see `kind`."""
        return self.audience >= REQUIRED[kind]


#: Somebody without a key.
PUBLIC: Final = Caller(Audience.PUBLIC)
#: A caller on the machine itself while the store holds only synthetic data.
OPEN: Final = Caller(Audience.ANALYST, is_open=True, role=Role.MANAGER)
#: Whoever runs commands can read the store's file: the command line sees everything.
OPERATOR: Final = Caller(Audience.ADMIN, role=Role.ADMIN)


def parse_audience(text: str, *, parameter: str = "audience") -> Audience:
    """Return the audience named `text`; raises `ParameterError` naming the four."""
    for audience in Audience:
        if audience.label == text:
            return audience
    raise ParameterError(
        message("{value}: no audience of that name; expected one of {expected}.", value=text, expected=labels()),
        parameter=parameter,
    )


def labels() -> tuple[str, ...]:
    """Return the words for the audiences, the least trusted first."""
    return tuple(audience.label for audience in Audience)


def disclose(kind: Kind, caller: Caller) -> None:
    """Let pass a `caller` who may see `kind`.

    Raises
    ------
    KeyNeededError
        The caller has no key.
    AudienceError
        The caller's key is not enough; both name the audience that is.
    """
    if caller.may(kind):
        return
    needed = REQUIRED[kind]
    if caller.audience is Audience.PUBLIC:
        raise KeyNeededError(
            message(
                "This needs a key of the audience {audience} or above: {kind}. Without a key Sira shows counts per "
                "cercle or region and whole months.",
                audience=needed.label,
                kind=DESCRIPTIONS[kind],
            ),
            audience=needed,
        )
    raise AudienceError(
        message(
            "This needs a key of the audience {audience} or above, and yours is {yours}: {kind}.",
            audience=needed.label,
            yours=caller.audience.label,
            kind=DESCRIPTIONS[kind],
        ),
        audience=needed,
    )


def visible_incidents(incidents: gpd.GeoDataFrame, caller: Caller, *, secret: bytes) -> gpd.GeoDataFrame:
    """Return the part of an incident table that `caller` may see one by one, its rows in their order.

    Partners get positions rounded to 0.01° (the error grows accordingly and exact positions become "within N km")
    and nothing that a source wrote. Its record numbers lead to what it published, so ids become pseudonyms: the same
    for the same report as long as the store keeps its `secret`, and not to be found by trying numbers.
    Raises as `disclose` does where the caller may see no single incident.
    """
    disclose(Kind.INCIDENT_POINTS, caller)
    visible = incidents.copy()
    if not caller.may(Kind.EXACT_POINTS):
        visible["geometry"] = shapely.transform(
            visible.geometry.array, lambda lonlat: np.round(lonlat, ROUNDED_DECIMALS)
        )
        is_point = visible["location_error_km"].notna()
        visible.loc[is_point, "location_error_km"] += ROUNDING_ERROR_KM
        is_exact = visible["location_precision"] == LocationPrecision.EXACT.value
        visible.loc[is_exact, "location_precision"] = LocationPrecision.WITHIN_KM.value
    if not caller.may(Kind.NARRATIVES):
        for column in _SOURCE_TEXT:
            visible[column] = None
        visible["event_id"] = pseudonyms(visible["event_id"], secret)
        visible.index = pd.Index(pseudonyms(visible.index, secret), dtype="str", name=visible.index.name)
    return visible


def visible_ids(ids: Iterable[str], caller: Caller, *, secret: bytes) -> list[str]:
    """Return ids of events as `visible_incidents` shows them to `caller`; raises as it does."""
    disclose(Kind.INCIDENT_POINTS, caller)
    return list(ids) if caller.may(Kind.NARRATIVES) else pseudonyms(ids, secret)
