"""The registry: every collection that can be taken away. Adding a layer is one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from api.base.access import Kind
from api.base.service import Snapshot
from api.collections import sources
from api.collections.basis import Basis, Made, MadeFrom
from api.collections.fields import Field, fields_of, with_text
from api.collections.road_attributes import AXIS_ATTRIBUTES, SEGMENT_ATTRIBUTES
from api.layers.asking import LAYERS, RISK_LAYERS, LayerName, RiskLayerName
from api.layers.attributes import ATTRIBUTES, Attribute
from api.layers.risk import CAVEAT as RISK_CAVEAT
from api.layers.risk import HOTSPOT_CAVEAT, recorded_window
from api.layers.risk_attributes import RISK_ATTRIBUTES
from api.layers.tables import caveat_of
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.messages import Message, message
from models.risk.assessment import Assessment
from models.risk.target import NAMES, Target
from models.risk.windows import Window
from models.routes import words as words
from models.routes.answer import HORIZON_DAYS


class GeometryType(StrEnum):
    """The one type of geometry in a collection, as GeoJSON names it; a feature of unknown place has none."""

    POINT = "Point"
    MULTILINESTRING = "MultiLineString"
    MULTIPOLYGON = "MultiPolygon"


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
    make: Callable[[Basis], Made]
    time_field: str | None = None
    temporal: tuple[date | None, date | None] | None = None
    vintage: str | None = None
    level: str | None = None
    by_audience: bool = False
    window: Callable[[Assessment], Window] | None = None


#: What the assessments of collections are of: IEDs and mines, as wherever nothing else is asked for.
TARGET: Final = Target.IED

_UNITS: Final = MappingProxyType(
    {
        "region": (LayerName.REGIONS, RiskLayerName.REGIONS),
        "cercle": (LayerName.CERCLES, RiskLayerName.CERCLES),
        "commune": (LayerName.COMMUNES, RiskLayerName.COMMUNES),
    }
)
#: What is expected on roads is told of fewer days than what is expected in units.
_OF_ROADS: Final = partial(Assessment.window, days=HORIZON_DAYS)
_COUNTS: Final = message(
    "Outlines, simplified for maps, with the incidents, victims and land recorded over the whole period of the data."
)
_RISK: Final = message(
    "Expected recorded incidents in the 91 days from the date of the assessment on, with interval, explanation and how "
    "well the place is observed."
)


def titled(collection: Collection, assessment: Assessment | None, today: date) -> Collection:
    """Return a collection whose title begins with it where the window of its figures is over on the day `today`."""
    if collection.window is None or assessment is None:
        return collection
    window = collection.window(assessment)
    if window.mark(today) is None:
        return collection
    return replace(collection, title=window.marked(collection.title, today))


def collections(snapshot: Snapshot) -> Mapping[str, Collection]:
    """Return every collection by its id, those of imported vintages too."""
    return _of(snapshot.boundaries)


@lru_cache(maxsize=4)
def _of(boundaries: Boundaries) -> Mapping[str, Collection]:
    found = (*_REFERENCE, *_units(boundaries), *_risk_units(boundaries), *_OTHERS)
    return MappingProxyType({collection.id: collection for collection in found})


def _units(boundaries: Boundaries) -> Iterator[Collection]:
    for vintage in boundaries.vintages():
        for level in boundaries.levels(vintage):
            name, _ = _UNITS[level]
            yield Collection(
                id=f"{name.value}-{vintage}",
                title=message("{layer} ({vintage})", layer=LAYERS[name].title, vintage=vintage),
                description=_COUNTS,
                caveat=caveat_of(name),
                kind=LAYERS[name].kind,
                geometry=GeometryType.MULTIPOLYGON,
                fields=fields_of(ATTRIBUTES[name]),
                made_from=MadeFrom.DATA,
                make=partial(sources.layer, name, vintage),
                vintage=vintage,
                level=level,
            )


def _risk_units(boundaries: Boundaries) -> Iterator[Collection]:
    for vintage in boundaries.vintages():
        for level in boundaries.levels(vintage):
            _, name = _UNITS[level]
            title = message("{layer}: {target}", layer=RISK_LAYERS[name].title, target=NAMES[TARGET])
            yield Collection(
                id=f"{name.value}-{vintage}",
                title=message("{layer} ({vintage})", layer=title, vintage=vintage),
                description=_RISK,
                caveat=RISK_CAVEAT,
                kind=RISK_LAYERS[name].kind,
                geometry=GeometryType.MULTIPOLYGON,
                fields=fields_of(RISK_ATTRIBUTES[name]),
                made_from=MadeFrom.ASSESSMENT,
                make=partial(sources.risk, name, level, vintage, TARGET),
                vintage=vintage,
                level=level,
                by_audience=True,
                window=Assessment.window,
            )


def _dated(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """Make the date of incidents a day: columns are of one type."""
    text = message("First day of the day, month or year in which it took place; date_precision says which.")
    return tuple(with_text(each, text, "YYYY-MM-DD") if each.name == "date" else each for each in attributes)


def _hotspots(id_: str, level: str, title: Message, description: Message) -> Collection:
    layer = RISK_LAYERS[RiskLayerName.HOTSPOTS]
    return Collection(
        id=id_,
        title=message("{layer}: {target}", layer=title, target=NAMES[TARGET]),
        description=description,
        caveat=HOTSPOT_CAVEAT,
        kind=layer.kind,
        geometry=GeometryType.MULTIPOLYGON,
        fields=fields_of(RISK_ATTRIBUTES[layer.name]),
        made_from=MadeFrom.ASSESSMENT,
        make=partial(sources.risk, layer.name, level, DEFAULT_VINTAGE, TARGET),
        window=recorded_window,
    )


#: What maps are drawn on.
_REFERENCE: Final = (
    Collection(
        id="places",
        title=LAYERS[LayerName.PLACES].title,
        description=message("The gazetteer, with how far each point may be from what the name means."),
        caveat=caveat_of(LayerName.PLACES),
        kind=LAYERS[LayerName.PLACES].kind,
        geometry=GeometryType.POINT,
        fields=fields_of(ATTRIBUTES[LayerName.PLACES]),
        made_from=MadeFrom.DATA,
        make=partial(sources.layer, LayerName.PLACES, DEFAULT_VINTAGE),
    ),
    Collection(
        id="roads",
        title=LAYERS[LayerName.ROADS].title,
        description=message("The shipped trunk network, to draw maps with."),
        caveat=caveat_of(LayerName.ROADS),
        kind=LAYERS[LayerName.ROADS].kind,
        geometry=GeometryType.MULTILINESTRING,
        fields=fields_of(ATTRIBUTES[LayerName.ROADS]),
        made_from=MadeFrom.DATA,
        make=partial(sources.layer, LayerName.ROADS, DEFAULT_VINTAGE),
    ),
)
#: Collections that do not hang on vintages.
_OTHERS: Final = (
    _hotspots(
        "hotspots",
        "commune",
        message("Hotspots per commune"),
        message("Getis-Ord Gi* of each commune over the last 365 days."),
    ),
    _hotspots(
        "hotspot-cells", "cell", message("Hotspots per cell"), message("Cells of 5 km that are, or were, hotspots.")
    ),
    Collection(
        id="risk-cells",
        title=message("{layer}: {target}", layer=RISK_LAYERS[RiskLayerName.CELLS].title, target=NAMES[TARGET]),
        description=_RISK,
        caveat=RISK_CAVEAT,
        kind=RISK_LAYERS[RiskLayerName.CELLS].kind,
        geometry=GeometryType.MULTIPOLYGON,
        fields=fields_of(RISK_ATTRIBUTES[RiskLayerName.CELLS]),
        made_from=MadeFrom.ASSESSMENT,
        make=partial(sources.risk, RiskLayerName.CELLS, "cell", DEFAULT_VINTAGE, TARGET),
        window=Assessment.window,
    ),
    Collection(
        id="hazard-areas",
        title=LAYERS[LayerName.HAZARDS].title,
        description=message("Outlines with the status they have now, in the terms of IMAS, and their history."),
        caveat=caveat_of(LayerName.HAZARDS),
        kind=LAYERS[LayerName.HAZARDS].kind,
        geometry=GeometryType.MULTIPOLYGON,
        fields=fields_of(ATTRIBUTES[LayerName.HAZARDS]),
        made_from=MadeFrom.DATA,
        make=partial(sources.layer, LayerName.HAZARDS, DEFAULT_VINTAGE),
        time_field="status_since",
        temporal=(None, None),
    ),
    Collection(
        id="road-segments",
        title=message("Road segments, with expected recorded incidents: {target}", target=NAMES[TARGET]),
        description=message(
            "Segments of at most 10 km, with what is expected in their corridor in the 30 days from the date of the "
            "assessment on, and what was recorded there."
        ),
        caveat=words.NO_CERTIFICATE[0],
        kind=Kind.ROUTES,
        geometry=GeometryType.MULTILINESTRING,
        fields=fields_of(SEGMENT_ATTRIBUTES),
        made_from=MadeFrom.ROADS,
        make=sources.segments,
        window=_OF_ROADS,
    ),
    Collection(
        id="axes",
        title=message("Named axes, ranked: {target}", target=NAMES[TARGET]),
        description=message("Roads by reference and name, with what is expected per 100 km and how that changed."),
        caveat=words.NO_CERTIFICATE[0],
        kind=Kind.ROUTES,
        geometry=GeometryType.MULTILINESTRING,
        fields=fields_of(AXIS_ATTRIBUTES),
        made_from=MadeFrom.ROADS,
        make=sources.axes,
        window=_OF_ROADS,
    ),
    Collection(
        id="incidents",
        title=LAYERS[LayerName.INCIDENTS].title,
        description=message(
            "Reports one by one; those known to a unit or a road only have no geometry. Conflict events, air strikes, "
            "shelling and grenades are not among them."
        ),
        caveat=caveat_of(LayerName.INCIDENTS),
        kind=LAYERS[LayerName.INCIDENTS].kind,
        geometry=GeometryType.POINT,
        fields=fields_of(_dated(ATTRIBUTES[LayerName.INCIDENTS])),
        made_from=MadeFrom.DATA,
        make=sources.incidents,
        time_field="date",
        temporal=(None, None),
        by_audience=True,
    ),
)
