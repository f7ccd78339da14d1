"""Every layer, declared once: map, addresses, tiles, files, QGIS and documents read it here.

Adding one is a declaration, its attributes and what makes its rows. Layers of roads stand in `api.roads.layers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from api.base.access import Kind
from api.layers import attributes, points, risk, risk_attributes, units
from api.layers.layer import CollectionEntry, DataLayer, Drawing, GeometryType, Group, OnMap, RiskLayer
from geo.core.messages import Message, message

_COUNTS: Final = message(
    "Outlines, simplified for maps, with the incidents, victims and land recorded over the whole period of the data."
)
_RISK: Final = message(
    "Expected recorded incidents in the 91 days from the date of the assessment on, with interval, explanation and how "
    "well the place is observed."
)


def _units(name: str, level: str, kind: Kind, title: Message, *files: str) -> DataLayer:
    """Return the layer of the units of a level with what was counted in them."""
    return DataLayer(
        name=name,
        kind=kind,
        title=title,
        geometry=GeometryType.MULTIPOLYGON,
        attributes=attributes.UNIT,
        taken=(CollectionEntry(id=name, rank=2, description=_COUNTS),),
        level=level,
        make=units.make_counted_units,
        files=files,
        decimals=units.DECIMALS,
    )


def _risk_units(name: str, level: str, kind: Kind, title: Message, *, is_shown: bool = False) -> RiskLayer:
    """Return the layer of the units of a level with what is expected in them."""
    return RiskLayer(
        name=name,
        kind=kind,
        title=title,
        geometry=GeometryType.MULTIPOLYGON,
        attributes=risk_attributes.UNIT,
        taken=(CollectionEntry(id=name, rank=3, description=_RISK, is_shown=is_shown),),
        level=level,
        parameters=("target", "vintage", "lang"),
        caveat=risk.CAVEAT,
        by_audience=True,
        make=risk.make_expected_units,
    )


INCIDENTS: Final = DataLayer(
    name="incidents",
    kind=Kind.INCIDENT_POINTS,
    title=message("Incidents, one by one"),
    geometry=GeometryType.POINT,
    attributes=attributes.INCIDENT,
    taken=(
        CollectionEntry(
            id="incidents",
            rank=8,
            description=message(
                "Reports one by one; those known to a unit or a road only have no geometry. Conflict events, air "
                "strikes, shelling and grenades are not among them."
            ),
            time_field="date",
        ),
    ),
    on_map=OnMap("incidents", message("Incidents one by one")),
    drawing=Drawing("incident"),
    by_audience=True,
    make=points.make_incidents,
    count=points.count_incidents,
)
_HAZARDS: Final = DataLayer(
    name="hazards",
    kind=Kind.HAZARD_AREAS,
    title=message("Hazardous areas, with their status"),
    geometry=GeometryType.MULTIPOLYGON,
    attributes=attributes.HAZARD,
    taken=(
        CollectionEntry(
            id="hazard-areas",
            rank=6,
            description=message("Outlines with the status they have now, in the terms of IMAS, and their history."),
            time_field="status_since",
            is_shown=True,
        ),
    ),
    caveat=message("Land outside recorded areas is not known to be free of explosive ordnance."),
    group=Group.RESPONSE,
    on_map=OnMap("hazards", message("Hazardous areas")),
    drawing=Drawing("hazard"),
    make=points.make_hazards,
    span=points.span_of_hazards,
)
ROADS: Final = DataLayer(
    name="roads",
    kind=Kind.REFERENCE,
    title=message("Trunk roads, schematic: straight lines from town to town"),
    geometry=GeometryType.MULTILINESTRING,
    attributes=attributes.ROAD,
    taken=(CollectionEntry(id="roads", rank=1, description=message("The shipped trunk network, to draw maps with.")),),
    caveat=message("Schematic: straight lines from town to town. The real road runs elsewhere."),
    group=Group.ACCESS,
    on_map=OnMap("roads", message("Roads (schematic)")),
    drawing=Drawing("roads"),
    make=points.make_roads,
    span=points.no_span,
    files=("regions/roads.csv",),
)
_PLACES: Final = DataLayer(
    name="places",
    kind=Kind.REFERENCE,
    title=message("Towns, villages and airstrips"),
    geometry=GeometryType.POINT,
    attributes=attributes.PLACE,
    taken=(
        CollectionEntry(
            id="places",
            rank=0,
            description=message("The gazetteer, with how far each point may be from what the name means."),
            is_shown=True,
        ),
    ),
    caveat=None,
    group=Group.BACKGROUND,
    on_map=OnMap("places", message("Towns"), is_on=True),
    drawing=Drawing("town", only=("kind", "town")),
    make=points.make_places,
    span=points.no_span,
    files=("regions/places.csv",),
)
CELLS: Final = RiskLayer(
    name="risk-cells",
    kind=Kind.FINE_RISK,
    title=message("Expected recorded incidents per cell of 5 km"),
    geometry=GeometryType.MULTIPOLYGON,
    attributes=risk_attributes.CELL,
    taken=(CollectionEntry(id="risk-cells", rank=5, description=_RISK),),
    level="cell",
    parameters=("target", "lang"),
    caveat=risk.CAVEAT,
    on_map=OnMap("cells", message("Expected incidents per cell of 5 km")),
    make=risk.make_cells,
)
HOTSPOTS: Final = RiskLayer(
    name="hotspots",
    kind=Kind.FINE_RISK,
    title=message("Hotspots: where recorded incidents cluster, which is not a forecast"),
    geometry=GeometryType.MULTIPOLYGON,
    attributes=risk_attributes.HOTSPOT,
    taken=(
        CollectionEntry(
            id="hotspots",
            rank=4,
            title=message("Hotspots per commune"),
            description=message("Getis-Ord Gi* of each commune over the last 365 days."),
        ),
        CollectionEntry(
            id="hotspot-cells",
            rank=4,
            title=message("Hotspots per cell"),
            description=message("Cells of 5 km that are, or were, hotspots."),
            level="cell",
        ),
    ),
    level="commune",
    parameters=("target", "level", "lang"),
    caveat=risk.HOTSPOT_CAVEAT,
    on_map=OnMap("hotspots", message("Hotspots of records, which are no forecast")),
    window=risk.recorded_window,
    make=risk.make_hotspots,
)

_PEOPLE: Final = "regions/population_2020.csv"
#: Layers of what is recorded, or shipped, by the name that their addresses have.
LAYERS: Final[Mapping[str, DataLayer]] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            _units(
                "regions",
                "region",
                Kind.COARSE_COUNTS,
                message("Regions, with counts"),
                "regions/regions.fgb",
                _PEOPLE,
            ),
            _units(
                "cercles",
                "cercle",
                Kind.COARSE_COUNTS,
                message("Cercles, with counts"),
                "regions/cercles.fgb",
                _PEOPLE,
            ),
            _units(
                "communes", "commune", Kind.COMMUNE_COUNTS, message("Communes, with counts"), "regions/communes.fgb"
            ),
            INCIDENTS,
            _HAZARDS,
            ROADS,
            _PLACES,
        )
    }
)
#: Layers of an assessment, likewise.
RISK_LAYERS: Final[Mapping[str, RiskLayer]] = MappingProxyType(
    {
        layer.name: layer
        for layer in (
            _risk_units("risk-regions", "region", Kind.COARSE_RISK, message("Expected recorded incidents per region")),
            _risk_units(
                "risk-cercles",
                "cercle",
                Kind.COARSE_RISK,
                message("Expected recorded incidents per cercle"),
                is_shown=True,
            ),
            _risk_units("risk-communes", "commune", Kind.FINE_RISK, message("Expected recorded incidents per commune")),
            CELLS,
            HOTSPOTS,
        )
    }
)
#: Level → the layer of its units: of what was counted in them, and of what is expected.
COUNTED: Final = MappingProxyType({str(layer.level): layer for layer in LAYERS.values() if layer.is_of_units})
EXPECTED: Final = MappingProxyType({layer.level: layer for layer in RISK_LAYERS.values() if layer.is_of_units})
