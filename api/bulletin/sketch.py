"""A small map drawn with lines: units in the colours of their bands, towns, roads, incidents, scale and north."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import cos, radians
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from api.base.palette import BAND_COLOURS
from api.bulletin.blocks import GREY, INK
from api.bulletin.fonts import ASCENT, DESCENT, MM_PER_POINT, width_mm
from api.bulletin.page import Area, Box, Dot, Item, Line, Point, Text, rectangle
from api.bulletin.typography import Words, clean, shortened
from geo.boundaries.places import places
from geo.boundaries.units import boundary_layer
from models.risk.class_limits import Band

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]

PAPER: Final = "#f4f4f2"
_ABROAD: Final = "#e4e0d8"
_WATER: Final = "#8fb6cf"
_BORDER: Final = "#7d6a5c"
_FOCUS: Final = "#1a1a1a"
_HATCH: Final = "#8a8a8a"
_ROAD: Final = "#333333"
ROUTE_COLOUR: Final = "#053061"
OTHER_COLOUR: Final = "#2166ac"
OTHER_DASH: Final = (1.6, 1.0)
#: So much wider than its colour is the casing of a road, and of the route asked for, in mm.
CASING_MM: Final = 0.35
ROUTE_CASING_MM: Final = 0.8
#: Wider for a higher band, so that print without colours still says it, in mm.
ROAD_WIDTHS: Final = {Band.LOWER: 0.3, Band.ELEVATED: 0.6, Band.HIGH: 0.95, Band.VERY_HIGH: 1.4}
ROAD_DASH: Final = (1.1, 0.8)
#: Distance between the lines of a hatching, in mm.
_HATCH_MM: Final = 1.5
_KM_PER_DEGREE: Final = 111.2
#: A map shows at least so much from edge to edge of what it is about.
_LEAST_KM: Final = 20.0
_TOWN_PT: Final = 6.2
_TOWN_MM: Final = 0.55
_POINT_MM: Final = 0.8
_STOP_MM: Final = 1.1
_UNIT_PT: Final = 5.8
#: Of the ground of a name, so that it can be read on any colour and hides little.
_LABEL_OPACITY: Final = 0.8
_LINE: Final = 1
_POLYGON: Final = 3
#: Longest name of a stop that is drawn, in mm.
_LONGEST_MM: Final = 32.0
_SCALES_KM: Final = (5, 10, 20, 25, 50, 100, 200, 250, 500)


@dataclass(frozen=True, slots=True)
class Road:
    """A road to draw; without a band (nobody said, or not to this reader) it is a plain line."""

    line: shapely.Geometry
    band: Band | None = None


@dataclass(frozen=True, slots=True)
class Sketch:
    """What a small map shows, in lon, lat.

    Attributes
    ----------
    units : GeoDataFrame
        Outlines with the columns ``name`` and ``band``; all that may come into view.
    focus : geometry
        What the map is about: the view is around it, and it is outlined.
    labelled : bool
        Whether other units bear their names.
    route, others : geometries
        A route and its alternatives, drawn above everything.
    points : array of geometry
        Incidents, as far as the reader may see them.
    """

    units: gpd.GeoDataFrame
    focus: shapely.Geometry
    roads: tuple[Road, ...] = ()
    points: NDArray[np.object_] | None = None
    route: tuple[Road, ...] = ()
    others: tuple[shapely.Geometry, ...] = ()
    stops: tuple[tuple[float, float, str], ...] = ()
    labelled: bool = True
    margin: float = 0.14
    most_towns: int = 14
    outlined: bool = True

    def paint(self, frame: Box, words: Words) -> list[Item]:
        """Return the map in `frame`."""
        view = View.around(self.focus, frame, margin=self.margin)
        items: list[Item] = [rectangle(frame, PAPER)]
        items += self._ground(view)
        items += _roads(view, self.roads)
        if self.outlined:
            items += _lines(view, np.array([shapely.boundary(self.focus)]), _FOCUS, 0.65)
        for other in self.others:
            items += _lines(view, np.array([other]), OTHER_COLOUR, 0.6, OTHER_DASH)
        items += _roads(view, self.route, ROUTE_COLOUR, ROUTE_CASING_MM)
        items += self._points(view)
        labels = Labels(frame)
        items += _scale(view, labels, words)
        items += _stops(view, self.stops, labels)
        items += _towns(view, labels, {clean(name) for _, _, name in self.stops}, self.most_towns)
        if self.labelled:
            items += self._names(view, labels)
        items.append(_edge(frame))
        return items

    def _ground(self, view: View) -> Iterator[Item]:
        for piece in view.polygons(_layer("neighbours")):
            yield Area(piece, _ABROAD, "#b8b1a4", 0.15)
        shapes, bands = self.units.geometry.to_numpy(), self.units["band"].to_numpy(object)
        inside = np.flatnonzero(shapely.intersects(shapes, view.extent))
        # The largest first: what lies in a hole of another is drawn over it.
        for number in inside[np.argsort(-shapely.area(shapes[inside]), kind="stable")]:
            for piece in view.polygons(shapes[[number]]):
                yield Area(piece, BAND_COLOURS.get(bands[number], PAPER), _BORDER, 0.18)
        hatched = inside[[bands[number] not in BAND_COLOURS for number in inside]]
        if len(hatched):
            yield from view.hatching(shapes[hatched])
        yield from _lines(view, _layer("rivers"), _WATER, 0.25)

    def _points(self, view: View) -> Iterator[Item]:
        if self.points is None:
            return
        shown = self.points[~shapely.is_missing(self.points)]
        xy = view.mm(shapely.get_coordinates(shown))
        for x, y in xy[view.holds(xy, _POINT_MM)].tolist():
            yield Dot(x, y, _POINT_MM, INK)

    def _names(self, view: View, labels: Labels) -> Iterator[Item]:
        shapes = shapely.clip_by_rect(self.units.geometry.to_numpy(), *view.bounds)
        others = ~shapely.is_empty(shapes)
        others &= ~shapely.contains(self.units.geometry.to_numpy(), shapely.point_on_surface(self.focus))
        at = view.mm(shapely.get_coordinates(shapely.point_on_surface(shapes[others])))
        for name, (x, y) in zip(self.units["name"].to_numpy(object)[others], at, strict=True):
            yield from labels.centred(x, y, clean(str(name)), _UNIT_PT, "#43352b")


def sketch_bounds(focus: shapely.Geometry) -> shapely.Polygon:
    """Return a box in lon, lat that holds all that a map around `focus` can show; no map is twice as wide as high."""
    west, south, east, north = focus.bounds
    margin = 1.4 * max(east - west, north - south, _LEAST_KM / _KM_PER_DEGREE)
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


@dataclass(frozen=True, slots=True)
class View:
    """Longitude and latitude ↔ millimetres on the page, equidistant along the middle parallel."""

    frame: Box
    lon: float
    lat: float
    mm_per_km: float

    @classmethod
    def around(cls, focus: shapely.Geometry, frame: Box, *, margin: float) -> View:
        """Return the view that holds `focus` and a margin around it."""
        west, south, east, north = focus.bounds
        lat = (south + north) / 2
        width_km = max((east - west) * _KM_PER_DEGREE * cos(radians(lat)), _LEAST_KM) * (1 + 2 * margin)
        height_km = max((north - south) * _KM_PER_DEGREE, _LEAST_KM) * (1 + 2 * margin)
        return cls(frame, (west + east) / 2, lat, min(frame.width / width_km, frame.height / height_km))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The frame's edges in lon, lat: west, south, east, north."""
        half_lon = self.frame.width / 2 / self.mm_per_km / _KM_PER_DEGREE / cos(radians(self.lat))
        half_lat = self.frame.height / 2 / self.mm_per_km / _KM_PER_DEGREE
        return self.lon - half_lon, self.lat - half_lat, self.lon + half_lon, self.lat + half_lat

    @property
    def extent(self) -> shapely.Polygon:
        """The frame in lon, lat."""
        return shapely.box(*self.bounds)

    def mm(self, lonlat: Floats) -> Floats:
        """Return coordinates on the page, shape (n, 2)."""
        x = (lonlat[:, 0] - self.lon) * _KM_PER_DEGREE * cos(radians(self.lat)) * self.mm_per_km
        y = (lonlat[:, 1] - self.lat) * _KM_PER_DEGREE * self.mm_per_km
        middle = ((self.frame.left + self.frame.right) / 2, (self.frame.top + self.frame.bottom) / 2)
        return np.column_stack([middle[0] + x, middle[1] - y]).astype(np.float64).round(2)

    def holds(self, xy: Floats, radius: float) -> NDArray[np.bool_]:
        """Tell around which points on the page a circle lies in the frame."""
        inner = self.frame.shrunk(radius)
        across = (xy[:, 0] >= inner.left) & (xy[:, 0] <= inner.right)
        return across & (xy[:, 1] >= inner.top) & (xy[:, 1] <= inner.bottom)

    def polygons(self, shapes: Shapes) -> Iterator[tuple[Point, ...]]:
        """Yield the outer rings of what is in view, on the page, as coarse as a printer shows."""
        parts = shapely.get_parts(self._coarse(self._cut(shapes)))
        yield from self._on_page(shapely.get_exterior_ring(parts[shapely.get_type_id(parts) == _POLYGON]))

    def lines(self, shapes: Shapes, width: float = 0.0) -> Iterator[tuple[Point, ...]]:
        """Yield the lines that are in view; those that meet end to end are one. None reaches out by half its width."""
        parts = shapely.get_parts(self._cut(shapes, width / 2))
        joined = shapely.line_merge(shapely.multilinestrings(parts[shapely.get_type_id(parts) == _LINE]))
        yield from self._on_page(shapely.get_parts(self._coarse(joined)))

    def hatching(self, shapes: Shapes) -> Iterator[Line]:
        """Yield slanted lines over polygons."""
        west, south, east, north = self.bounds
        step = _HATCH_MM * (east - west) / self.frame.width * 2**0.5
        slope = (north - south) / (east - west) * self.frame.width / self.frame.height
        rise = (east - west) * slope
        starts = np.arange(south - rise, north, step * slope)
        ends = np.array([[[west, at], [east, at + rise]] for at in starts])
        for points in self.lines(shapely.intersection(shapely.linestrings(ends), shapely.union_all(self._cut(shapes)))):
            yield Line(points, _HATCH, 0.12)

    def _cut(self, shapes: Shapes, inset_mm: float = 0.0) -> Shapes:
        west, south, east, north = self.bounds
        x, y = inset_mm * (east - west) / self.frame.width, inset_mm * (north - south) / self.frame.height
        return np.asarray(shapely.clip_by_rect(shapes, west + x, south + y, east - x, north - y))

    def _coarse(self, shapes: Shapes | shapely.Geometry) -> Shapes:
        return np.atleast_1d(shapely.simplify(shapes, 0.08 / self.mm_per_km / _KM_PER_DEGREE))

    def _on_page(self, lines: Shapes) -> Iterator[tuple[Point, ...]]:
        lonlat, of_line = shapely.get_coordinates(lines, return_index=True)
        ends = np.searchsorted(of_line, np.arange(len(lines) + 1))
        points = list(map(tuple, self.mm(lonlat).tolist()))
        for start, end in pairwise(ends.tolist()):
            if end > start:
                yield tuple(points[start:end])


class Labels:
    """Where texts stand in a map: each finds a place that is free, or is left out."""

    def __init__(self, frame: Box) -> None:
        self._frame = frame
        self._inner = frame.shrunk(0.4)
        self._taken: list[Box] = []

    def taken(self, box: Box) -> None:
        """Keep other texts out of `box`."""
        self._taken.append(box)

    def is_free(self, box: Box) -> bool:
        """Tell whether nothing stands in `box`."""
        return not any(box.meets(other) for other in self._taken)

    def beside(
        self, x: float, y: float, text: str, size_pt: float, *, gap: float = 1.1, bold: bool = False
    ) -> list[Item]:
        """Return `text` to the right of a point, or left, above or below it; empty where there is no room."""
        wide, size = width_mm(text, size_pt, bold=bold), size_pt * MM_PER_POINT
        lefts = (
            (x + gap, y + 0.35 * size),
            (x - gap - wide, y + 0.35 * size),
            (x - wide / 2, y - gap - DESCENT * size),
            (x - wide / 2, y + gap + ASCENT * size),
        )
        for left, baseline in lefts:
            placed = self._placed(Text(left, baseline, text, size_pt, self._frame, bold, INK))
            if placed:
                return placed
        return []

    def centred(self, x: float, y: float, text: str, size_pt: float, colour: str) -> list[Item]:
        """Return `text` around a point; empty where there is no room."""
        left, baseline = x - width_mm(text, size_pt) / 2, y + 0.35 * size_pt * MM_PER_POINT
        return self._placed(Text(left, baseline, text, size_pt, self._frame, False, colour))

    def _placed(self, text: Text) -> list[Item]:
        box = text.box
        if not text.text or not self._inner.holds(box) or not self.is_free(box):
            return []
        self._taken.append(box)
        ground = Box(box.left - 0.25, box.top + 0.35, box.right + 0.25, box.bottom - 0.1)
        return [replace(rectangle(ground, "#ffffff"), opacity=_LABEL_OPACITY), text]


@cache
def _layer(name: str) -> Shapes:
    return np.asarray(boundary_layer(name).geometry)


def _lines(
    view: View, shapes: Shapes, colour: str, width: float, dash: tuple[float, float] | None = None
) -> Iterator[Item]:
    for points in view.lines(shapes, width):
        yield Line(points, colour, width, dash)


def _roads(view: View, roads: Sequence[Road], casing: str = _ROAD, wider: float = CASING_MM) -> Iterator[Item]:
    """The roads in the colours of their classes on a casing, those of a higher one above the others."""

    def of(band: Band | None) -> Shapes:
        return np.array([road.line for road in roads if road.band is band], dtype=object)

    yield from _lines(view, of(None), casing, 0.25)
    yield from _lines(view, of(Band.NOT_ASSESSED), casing, wider, ROAD_DASH)
    for band, width in ROAD_WIDTHS.items():  # over areas as dark as the casing
        yield from _lines(view, of(band), PAPER, width + wider + CASING_MM)
    for band, width in ROAD_WIDTHS.items():
        yield from _lines(view, of(band), casing, width + wider)
    for band, width in ROAD_WIDTHS.items():
        yield from _lines(view, of(band), BAND_COLOURS[band], width)


def _edge(frame: Box) -> Line:
    corners = (
        (frame.left, frame.top),
        (frame.right, frame.top),
        (frame.right, frame.bottom),
        (frame.left, frame.bottom),
    )
    return Line((*corners, corners[0]), GREY, 0.25)


def _scale(view: View, labels: Labels, words: Words) -> list[Item]:
    """A scale bar at the lower left and a north arrow at the upper right."""
    frame = view.frame
    fitting = [km for km in _SCALES_KM if km * view.mm_per_km <= frame.width * 0.3]
    km = fitting[-1] if fitting else _SCALES_KM[0]
    left, y = frame.left + 2.5, frame.bottom - 2.2
    right = left + km * view.mm_per_km
    ground = Box(frame.left, frame.bottom - 6.6, max(right, left + 12) + 2, frame.bottom)
    north = Box(frame.right - 6, frame.top, frame.right, frame.top + 8)
    x, top = (north.left + north.right) / 2, north.top + 1.0
    items: list[Item] = [
        rectangle(ground, "#ffffff"),
        Line(((left, y - 1.0), (left, y), (right, y), (right, y - 1.0)), INK, 0.3),
        Text(left, y - 1.5, f"{words.number(km, 3)}\u202fkm", _TOWN_PT, frame),
        rectangle(north, "#ffffff"),
        Area(((x, top), (x + 1.1, top + 3.2), (x, top + 2.5), (x - 1.1, top + 3.2)), INK),
        Text(x - width_mm("N", 7, bold=True) / 2, top + 6.2, "N", 7, frame, True),
    ]
    labels.taken(ground)
    labels.taken(north)
    return items


def _towns(view: View, labels: Labels, named: Collection[str], most: int) -> Iterator[Item]:
    """The towns in view, the most people first, as many as find room for their names."""
    names, lonlat = _known_towns()
    at = view.mm(lonlat)
    shown = 0
    for number in np.flatnonzero(view.holds(at, _TOWN_MM)):
        if shown == most:
            return
        name, (x, y) = names[number], at[number].tolist()
        dot = Box(x - _TOWN_MM, y - _TOWN_MM, x + _TOWN_MM, y + _TOWN_MM)
        if name in named or not labels.is_free(dot):
            continue
        text = labels.beside(x, y, name, _TOWN_PT)
        if text:
            shown += 1
            labels.taken(dot)
            yield Dot(x, y, _TOWN_MM, INK, "#ffffff", 0.1)
            yield from text


@cache
def _known_towns() -> tuple[list[str], Floats]:
    """Return names and lon, lat of towns and villages, the most people first."""
    table = places()
    towns = table[table["kind"].isin(["town", "village"])]
    people = towns["population"].astype("Float64").fillna(0).to_numpy(np.float64)
    towns = towns.iloc[np.lexsort((towns.index.to_numpy(str), -people))]
    return [clean(name) for name in towns["name"]], shapely.get_coordinates(towns.geometry)


def _stops(view: View, stops: Sequence[tuple[float, float, str]], labels: Labels) -> Iterator[Item]:
    at = [view.mm(np.array([[lon, lat]]))[0] for lon, lat, _ in stops]
    for x, y in at:
        labels.taken(Box(x - _STOP_MM, y - _STOP_MM, x + _STOP_MM, y + _STOP_MM))
        yield Dot(x, y, _STOP_MM, "#ffffff", ROUTE_COLOUR, 0.5)
    for (x, y), (_, _, name) in zip(at, stops, strict=True):
        text = shortened(clean(name), _LONGEST_MM, 7.0, bold=True)
        yield from labels.beside(x, y, text, 7.0, gap=1.7, bold=True)
