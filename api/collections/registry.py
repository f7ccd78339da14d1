"""The registry: every collection that can be taken away, made from the layers. Adding a layer is no entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from api.base.access import Kind
from api.base.service import Snapshot
from api.collections import sources
from api.collections.context import Basis, MadeFrom, UntypedRows
from api.collections.fields import Field, fields_of
from api.layers.layer import (
    PARTIAL_DATE,
    Attribute,
    CollectionEntry,
    DataLayer,
    Drawing,
    GeometryType,
    Group,
    Layer,
    RiskLayer,
)
from api.layers.registry import LAYERS, RISK_LAYERS
from api.roads.layers import ROAD_LAYERS, RoadLayer
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.messages import Message, message
from models.risk.assessment import Assessment
from models.risk.target import NAMES, Target
from models.risk.windows import Window

#: What the assessments of collections are of: IEDs and mines, as wherever nothing else is asked for.
TARGET: Final = Target.IED


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """One thing that can be taken away.

    Attributes
    ----------
    id : str
        As addresses and files name it.
    kind : Kind
        What it shows, as far as access differs: `api.base.access.disclose` decides.
    fields : tuple of Field
        Every column of its table, in order, and nothing else.
    time_field : str, optional
        The DATE column that questions for a time look at.
    temporal : tuple of date, optional
        First and last day as far as known before the table is made; None is an open end. None where there is no time.
    vintage, level : str, optional
        Of a collection of units.
    by_audience : bool
        Whether callers who may see it see different things in it.
    group : Group
        Of the project for QGIS.
    drawing : Drawing, optional
        How all its features are drawn that have no class of their own.
    is_shown : bool
        Whether it is drawn as soon as the project is opened.
    window : callable, optional
        Of which days its figures are, by the assessment that they are made from; None where they are of none.
    make : callable
        Makes its rows; only `api.collections.tables.Tables` calls it, which asks `api.base.access` first.
    """

    id: str
    title: Message
    description: Message
    caveat: Message | None
    kind: Kind
    geometry: GeometryType
    fields: tuple[Field, ...]
    made_from: MadeFrom
    make: Callable[[Basis], UntypedRows]
    time_field: str | None = None
    temporal: tuple[date | None, date | None] | None = None
    vintage: str | None = None
    level: str | None = None
    by_audience: bool = False
    window: Callable[[Assessment], Window] | None = None
    group: Group = Group.THREAT
    drawing: Drawing | None = None
    is_shown: bool = False


def titled(collection: Collection, assessment: Assessment | None, today: date) -> Collection:
    """Return a collection whose title begins with it where the window of its figures is over on the day `today`."""
    if collection.window is None or assessment is None:
        return collection
    window = collection.window(assessment)
    if window.mark(today) is None:
        return collection
    return replace(collection, title=window.mark_title(collection.title, today))


def collections(snapshot: Snapshot) -> Mapping[str, Collection]:
    """Return every collection by its id, those of imported vintages too."""
    return _of(snapshot.boundaries)


@lru_cache(maxsize=4)
def _of(boundaries: Boundaries) -> Mapping[str, Collection]:
    found = [*_collected(boundaries)]
    found.sort(key=lambda ranked: ranked[0])
    return MappingProxyType({collection.id: collection for _, collection in found})


def _collected(boundaries: Boundaries) -> Iterator[tuple[int, Collection]]:
    """Yield every collection with its rank: of layers of units one per vintage, of the others what they say."""
    layers = (*LAYERS.values(), *RISK_LAYERS.values(), *ROAD_LAYERS)
    for vintage in boundaries.vintages():
        for layer in layers:
            if layer.is_of_units and layer.level in boundaries.levels(vintage):
                yield from ((taken.rank, _of_vintage(layer, taken, vintage)) for taken in layer.taken)
    for layer in layers:
        if not layer.is_of_units:
            yield from ((taken.rank, _collection(layer, taken)) for taken in layer.taken)


def _of_vintage(layer: Layer, taken: CollectionEntry, vintage: str) -> Collection:
    whole = _collection(layer, taken, vintage)
    return replace(
        whole,
        id=f"{taken.id}-{vintage}",
        title=message("{layer} ({vintage})", layer=whole.title, vintage=vintage),
        vintage=vintage,
        level=layer.level,
        is_shown=taken.is_shown and vintage == DEFAULT_VINTAGE,
    )


def _collection(layer: Layer, taken: CollectionEntry, vintage: str = DEFAULT_VINTAGE) -> Collection:
    title = taken.title or layer.title
    made_from, make = _made(layer, taken, vintage)
    return Collection(
        id=taken.id,
        title=message("{layer}: {target}", layer=title, target=NAMES[TARGET])
        if made_from is MadeFrom.ASSESSMENT
        else title,
        description=taken.description,
        caveat=layer.caveat,
        kind=layer.kind,
        geometry=layer.geometry,
        fields=fields_of(_dated(layer.attributes)),
        made_from=made_from,
        make=make,
        time_field=taken.time_field,
        temporal=(None, None) if taken.time_field else None,
        by_audience=layer.by_audience,
        window=layer.window,
        group=layer.group,
        drawing=layer.drawing,
        is_shown=taken.is_shown,
    )


def _made(layer: Layer, taken: CollectionEntry, vintage: str) -> tuple[MadeFrom, Callable[[Basis], UntypedRows]]:
    """Return what the rows of a layer are made from, and what makes them."""
    if isinstance(layer, DataLayer):
        return MadeFrom.DATA, partial(sources.data, layer, vintage)
    if isinstance(layer, RiskLayer):
        return MadeFrom.ASSESSMENT, partial(sources.risk, layer, taken.level or layer.level, vintage, TARGET)
    assert isinstance(layer, RoadLayer)
    return MadeFrom.ROADS, partial(sources.roads, layer)


def _dated(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """Make dates that are partly known a day: columns are of one type."""
    text = message("First day of the day, month or year in which it took place; date_precision says which.")
    return tuple(
        replace(each, text=text, unit="YYYY-MM-DD") if each.unit == PARTIAL_DATE else each for each in attributes
    )
