"""What a layer is: everything that every way out needs to know of one, declared once; and a question to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum, StrEnum
from typing import Any, Final

import geopandas as gpd

from api.base.access import Caller, Kind
from api.base.service import Snapshot
from api.layers.encode import MOST_DECIMALS
from geo.boundaries.regions import Boundaries
from geo.core.messages import Message, message
from geo.incidents.schema import HazardType, recorded_with
from geo.store import Store
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.risk.windows import Window

#: What a layer of counts or points may be asked.
PARAMETERS: Final = ("vintage", "start", "end", "hazard", "lang")
CAVEAT: Final = message(
    "No report is not safety: a place without recorded incidents may be dangerous and simply not reported from."
)
#: Unit of a date that is as precise as it is known: columns hold its first day.
PARTIAL_DATE: Final = "YYYY, YYYY-MM or YYYY-MM-DD"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property of a layer's features. `unit` is empty where there is none; `choices` closes a list of values.

    `title` is a short alias for people, where `api.collections.fields.TITLES` has none for the name. `words` puts what
    tables hold into a language (`api.layers.words.put_into_words`): a code, or a note that may be Sira's own.
    """

    name: str
    type: str
    text: Message
    unit: str = ""
    nullable: bool = False
    choices: tuple[str, ...] = ()
    title: Message | None = None
    words: Callable[[str, str], str] | None = None


def select_attributes(attributes: Iterable[Attribute], *names: str) -> tuple[Attribute, ...]:
    """Return the attributes of these names, in this order."""
    by_name = {attribute.name: attribute for attribute in attributes}
    return tuple(by_name[name] for name in names)


class GeometryType(StrEnum):
    """The one type of geometry in a layer, as GeoJSON names it; a feature of unknown place has none."""

    POINT = "Point"
    MULTILINESTRING = "MultiLineString"
    MULTIPOLYGON = "MultiPolygon"


class Group(Enum):
    """Groups of layers on the map and in QGIS, in the order in which they are listed."""

    THREAT = message("Threat")
    ACCESS = message("Access")
    RESPONSE = message("Response")
    BACKGROUND = message("Background")

    @property
    def title(self) -> Message:
        """The group's name."""
        return self.value


@dataclass(frozen=True, slots=True)
class OnMap:
    """A layer in the map's list: the name that addresses and scripts use, its words, and whether it is on at first."""

    name: str
    words: Message
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the features of a layer are drawn that all look alike: a drawing of `api.base.palette.PALETTE`.

    `only` is the column and the value of those that small maps show.
    """

    name: str
    only: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionEntry:
    """A layer as something that can be taken away: a collection, or of a layer of units one per vintage.

    Attributes
    ----------
    id : str
        As addresses and files name it; of units the vintage follows.
    rank : int
        Where it stands in lists of collections.
    title : Message, optional
        Where it is not the layer's.
    level : str, optional
        Of what is asked for, where the layer has several.
    time_field : str, optional
        The DATE column that questions for a time look at.
    is_shown : bool
        Whether QGIS draws it as soon as the project is opened.
    """

    id: str
    rank: int
    description: Message
    title: Message | None = None
    level: str | None = None
    time_field: str | None = None
    is_shown: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Layer:
    """One layer.

    Attributes
    ----------
    name : str
        As its address names it.
    kind : Kind
        What it shows, as far as access differs: `api.base.access.disclose` decides.
    attributes : tuple of Attribute
        Every property of its features, in order, and nothing else.
    level : str, optional
        Of the units, or cells, that it shows.
    parameters : tuple of str
        What it may be asked; nothing where it has no address of its own.
    caveat : Message, optional
        What must be said wherever it is shown.
    taken : tuple of Taken
        The collections that are made of it.
    by_audience : bool
        Whether callers who may see it see different things in it.
    window : callable, optional
        Of which days its figures are, by the assessment that they are made from; None where they are of none.
    """

    name: str
    kind: Kind
    title: Message
    geometry: GeometryType
    attributes: tuple[Attribute, ...]
    taken: tuple[CollectionEntry, ...]
    level: str | None = None
    parameters: tuple[str, ...] = ()
    caveat: Message | None = None
    group: Group = Group.THREAT
    on_map: OnMap | None = None
    drawing: Drawing | None = None
    by_audience: bool = False
    window: Callable[[Assessment], Window] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"/layers/{self.name}.geojson"

    def collection(self, vintage: str, level: str | None) -> str:
        """Return the id of the collection that holds the same as this layer for `vintage` and `level`."""
        taken = next((each for each in self.taken if each.level == level), self.taken[0])
        return f"{taken.id}-{vintage}" if self.is_of_units else taken.id

    @property
    def is_of_units(self) -> bool:
        """Whether it has a feature per unit of the vintage asked for."""
        return self.level is not None and "vintage" in self.parameters


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open interval of UTC dates."""

    start: date
    end: date

    @property
    def years(self) -> float:
        """Its length in years of 365.25 days."""
        return (self.end - self.start).days / 365.25

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - timedelta(days=1)

    def overlap(self, other: Period) -> Period | None:
        """Return what both cover, None where they share no day."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a layer. The period is half-open; None leaves that end to the data."""

    layer: DataLayer
    vintage: str
    start: date | None
    end: date | None
    hazards: tuple[HazardType, ...]
    lang: str

    @property
    def is_monthly(self) -> bool:
        """Whether the period begins and ends with a month."""
        return all(day is None or day.day == 1 for day in (self.start, self.end))


@dataclass(frozen=True, slots=True)
class RiskQuery:
    """One question to a layer of an assessment."""

    layer: RiskLayer
    target: Target
    level: str
    vintage: str
    lang: str


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The features of a layer, from which sources what was counted in them is, and what else holds for all."""

    frame: gpd.GeoDataFrame
    sources: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)


def about_period(period: Period | None) -> dict[str, date | None]:
    """Return a period as answers hold it."""
    return {"start": None, "end": None} if period is None else {"start": period.start, "end": period.end}


def span_of_incidents(store: Store, query: Query) -> tuple[date, date] | None:
    """Return the first and last date of the data that hold the incidents asked for, None where there are none."""
    return store.data_period(recorded_with(query.hazards))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DataLayer(Layer):
    """A layer made from what is recorded, or shipped.

    Attributes
    ----------
    make : callable
        Makes its rows; only `api.layers.tables.layer_table` calls it, which asks `api.base.access` first.
    span : callable
        First and last date of what it holds, None where it holds nothing or has no time.
    count : callable, optional
        How many rows `make` would give, for layers that may be too large to be made at all.
    files : tuple of str
        Shipped files that it is made of, as data/*/SOURCES.toml name them.
    decimals : int
        Decimals of a degree worth keeping.
    """

    make: Callable[[Store, Snapshot, Query, Period | None, Caller], Rows]
    parameters: tuple[str, ...] = PARAMETERS
    caveat: Message | None = CAVEAT
    span: Callable[[Store, Query], tuple[date, date] | None] = span_of_incidents
    count: Callable[[Store, Query, Period | None], int] | None = None
    files: tuple[str, ...] = ()
    decimals: int = MOST_DECIMALS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RiskLayer(Layer):
    """A layer of an assessment. `make` gets the secret of the pseudonyms, see `api.base.access.visible_ids`."""

    level: str
    make: Callable[[Assessment, Boundaries, RiskQuery, Caller, bytes], gpd.GeoDataFrame]
    window: Callable[[Assessment], Window] | None = Assessment.window
