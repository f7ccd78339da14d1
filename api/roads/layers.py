"""The layers of roads, each declared once: segments and named axes, with what is expected along them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import geopandas as gpd
import pandas as pd

from api.base.access import Kind
from api.layers.attributes import ROAD
from api.layers.layer import Attribute, CollectionEntry, GeometryType, Group, Layer, OnMap, select_attributes
from api.roads.answers import round_significant
from api.roads.planners import ReadyPlanner
from api.roads.schemas import AXIS, SEGMENT
from geo.core.messages import Message, message
from models.risk.assessment import Assessment
from models.risk.target import NAMES, Target
from models.risk.windows import Window
from models.routes import words
from models.routes.answer import HORIZON_DAYS, Coverage

_UNIT: Final = f"recorded incidents in the corridor in {HORIZON_DAYS} days"
_SYNTHETIC: Final = select_attributes(AXIS, "synthetic")

#: An expectation comes as three columns here.
_EXPECTED: Final = (
    Attribute(
        "expected",
        "number",
        message("Expected recorded incidents in the corridor and period; null where not assessed."),
        unit=_UNIT,
        nullable=True,
    ),
    Attribute("low", "number", message("Lower end of the 90 % interval."), unit=_UNIT, nullable=True),
    Attribute("high", "number", message("Upper end of the 90 % interval."), unit=_UNIT, nullable=True),
)


def _numbers(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """A column holds the figure; its interval, where the answers have one, is left out."""
    return tuple(replace(each, type="number") if each.type == "object" else each for each in attributes)


def _dated(attributes: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    return tuple(replace(each, unit="YYYY-MM-DD") if each.name == "last_incident" else each for each in attributes)


_SEGMENT: Final = (
    *(replace(each, nullable=False) for each in select_attributes(SEGMENT, "segment_id")),
    *select_attributes(SEGMENT, "ref", "name"),
    Attribute("road_class", "string", message("Class of the road, in OpenStreetMap's words."), nullable=True),
    *select_attributes(ROAD, "surface"),
    Attribute("length_km", "number", message("Length of the segment, at most 10 km."), unit="km"),
    *_EXPECTED,
    *_dated(
        select_attributes(
            SEGMENT,
            "relative_rate",
            "band",
            "band_label",
            "incidents_behind",
            "last_incident",
            "imprecise_share",
            "coverage",
            "coverage_label",
            "corridor_km",
            "schematic",
            "ferry",
        )
    ),
    *_SYNTHETIC,
)
_AXIS: Final = (
    *select_attributes(AXIS, "axis_id", "ref", "name", "rank", "rank_by_change", "length_km", "known_km"),
    *_EXPECTED,
    *_numbers(select_attributes(AXIS, "per_100_km", "band", "band_label", "per_100_km_before")),
    Attribute(
        "change",
        "number",
        message("The difference of the two; null where chance alone may explain it."),
        unit=_UNIT,
        nullable=True,
    ),
    *_dated(
        select_attributes(
            AXIS,
            "last_incident",
            "share_not_assessed",
            "share_under_observed",
            "corridor_km",
            "schematic",
        )
    ),
    *_SYNTHETIC,
)


def make_segments(ready: ReadyPlanner) -> gpd.GeoDataFrame:
    """Make the rows of road segments with what is expected and recorded along them."""
    table = ready.planner.segments()
    frame = table.rename(columns={"n_incidents": "incidents_behind"})
    frame["segment_id"] = frame.index
    frame["band_label"] = frame["band"]
    frame["coverage_label"] = frame["coverage"]
    # Nothing is said of a road that is not assessed, as in the answers about routes.
    unknown = (frame["coverage"] == Coverage.NOT_ASSESSED.value).to_numpy()
    for name in ("expected", "low", "high", "relative_rate", "imprecise_share"):
        frame[name] = _rounded(frame[name].mask(unknown))
    return _of_roads(frame, ready)


def make_axes(ready: ReadyPlanner) -> gpd.GeoDataFrame:
    """Make the rows of the named axes."""
    frame = ready.planner.axes().rename(
        columns={
            "expected_per_100km": "per_100_km",
            "before_per_100km": "per_100_km_before",
            "rank_change": "rank_by_change",
        }
    )
    frame["axis_id"] = frame.index
    frame["band_label"] = frame["band"]
    frame["change"] = frame["change"].where(frame["rank_by_change"].notna())
    for name in ("expected", "low", "high", "per_100_km", "per_100_km_before", "change"):
        frame[name] = _rounded(frame[name])
    for name in ("share_not_assessed", "share_under_observed", "known_km"):
        frame[name] = frame[name].round(3)
    return _of_roads(frame, ready)


def _of_roads(frame: gpd.GeoDataFrame, ready: ReadyPlanner) -> gpd.GeoDataFrame:
    for name in ("ref", "name"):
        frame[name] = frame[name].replace("", None)
    for name in ("length_km", "corridor_km"):
        frame[name] = frame[name].round(3)
    frame["synthetic"] = ready.assessment.synthetic
    return frame


def _rounded(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else round_significant(float(value)) for value in column]


#: What is expected on roads is told of fewer days than what is expected in units.
_WINDOW: Final = partial(Assessment.window, days=HORIZON_DAYS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoadLayer(Layer):
    """A layer of what is expected on roads, made from the planner."""

    make: Callable[[ReadyPlanner], gpd.GeoDataFrame]
    kind: Kind = Kind.ROUTES
    geometry: GeometryType = GeometryType.MULTILINESTRING
    group: Group = Group.ACCESS
    caveat: Message | None = words.NO_CERTIFICATE[0]
    window: Callable[[Assessment], Window] | None = _WINDOW


AXES: Final = RoadLayer(
    name="axes",
    title=message("The named axes as a layer."),
    attributes=_AXIS,
    taken=(
        CollectionEntry(
            id="axes",
            rank=7,
            title=message("Named axes, ranked: {target}", target=NAMES[Target.IED]),
            description=message("Roads by reference and name, with what is expected per 100 km and how that changed."),
        ),
    ),
    parameters=("target", "lang"),
    on_map=OnMap("axes", message("Roads by expected incidents")),
    make=make_axes,
)
SEGMENTS: Final = RoadLayer(
    name="road-segments",
    title=message("Road segments, with expected recorded incidents: {target}", target=NAMES[Target.IED]),
    attributes=_SEGMENT,
    taken=(
        CollectionEntry(
            id="road-segments",
            rank=7,
            description=message(
                "Segments of at most 10 km, with what is expected in their corridor in the 30 days from the date of "
                "the assessment on, and what was recorded there."
            ),
            is_shown=True,
        ),
    ),
    make=make_segments,
)
ROAD_LAYERS: Final = (SEGMENTS, AXES)
