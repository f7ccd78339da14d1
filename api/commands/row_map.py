"""Where the rows of a delivery lie: a table by cercle, and a page with a small map beside the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from api.base.i18n import translate
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.messages import Message, message
from geo.locate.locator import Locator

#: What became of a row, as the map tells it apart → its drawing.
GROUPS: Final[Mapping[str, str]] = {
    "new": '<circle {at} r="4" fill="#08306b" stroke="#fff" stroke-width=".7"/>',
    "updated": '<circle {at} r="4" fill="#e08214" stroke="#fff" stroke-width=".7"/>',
    "there": '<circle {at} r="3.2" fill="#9a9a9a" stroke="#fff" stroke-width=".7"/>',
    "clash": '<rect {corner} width="8" height="8" fill="#c51b7d" stroke="#fff" stroke-width=".7"/>',
    "aside": '<circle {at} r="4" fill="#fff" stroke="#222" stroke-width="1.6"/>',
}
_GROUP_OF: Final = {
    "new": "new",
    "updated": "updated",
    "same": "there",
    "reread": "there",
    "older": "there",
    "clash": "clash",
}
#: Kinds of rows set aside whose point contradicts what the row says, or lies where no row of the country can.
CONTRARY: Final = frozenset({"unit", "sign", "swapped", "outside"})
_CROSS: Final = '<path d="M{left} {top}l10 10m0 -10l-10 10" stroke="#c00000" stroke-width="1.8"/>'

Place = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_WIDTH: Final = 760.0
_MARGIN: Final = 14.0
_TOLERANCE_M: Final = 2_000.0
#: Rows named in the tooltip of one place.
_NAMED: Final = 12


class PlacedRow(NamedTuple):
    """A row: its label, what became of it (a key of `GROUPS`), and where it lies; NaN and no unit where unknown."""

    row: str
    group: str
    contrary: bool
    lon: float
    lat: float
    unit: str


def group_of(word: str) -> str:
    """Return under which of `GROUPS` an outcome, or a kind of rows set aside, is shown."""
    return _GROUP_OF.get(word, "aside")


def heading(group: str) -> Message:
    """Name one of `GROUPS`."""
    return {
        "new": message("new"),
        "updated": message("updated"),
        "there": message("already there"),
        "clash": message("clash"),
        "aside": message("set aside"),
    }[group]


def by_cercle(rows: Sequence[PlacedRow], boundaries: Boundaries, lang: str) -> list[list[str]]:
    """Return how many rows of each group lie in each cercle, as text with a header, by the cercle's name.

    Rows outside all cercles, or without a place, come last.
    """
    units = boundaries.units("cercle", DEFAULT_VINTAGE)
    lon, lat = (np.array([getattr(row, axis) for row in rows], dtype=float) for axis in ("lon", "lat"))
    inside = Locator(units).positions(lon, lat)
    names = units["name"].to_numpy(dtype=object)
    of_units = _cercle_names(boundaries)
    outside, nowhere = message("outside the cercles"), message("no place known to a cercle")
    counts: Counter[tuple[int, str, str]] = Counter()
    for row, found in zip(rows, inside.tolist(), strict=True):
        if found >= 0:
            place = (0, str(names[found]))
        elif not np.isnan(row.lon):
            place = (1, translate(outside, lang))
        elif row.unit in of_units:
            place = (0, of_units[row.unit])
        else:
            place = (2, translate(nowhere, lang))
        counts[(*place, row.group)] += 1
    places = sorted({key[:2] for key in counts})
    header = [translate(message("cercle"), lang), *(translate(heading(group), lang) for group in GROUPS)]
    return [header, *([name, *(str(counts[rank, name, group]) for group in GROUPS)] for rank, name in places)]


def _cercle_names(boundaries: Boundaries) -> dict[str, str]:
    """Return the name of the cercle of each commune and cercle."""
    units = boundaries.units("cercle", DEFAULT_VINTAGE)
    names = {str(unit): str(name) for unit, name in units["name"].items()}
    communes = boundaries.ancestors("commune", "cercle", DEFAULT_VINTAGE)
    return names | {str(unit): names[str(cercle)] for unit, cercle in communes.items() if str(cercle) in names}


def as_text(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay a table out in lines, the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def page(title: str, told: Iterable[str], rows: Sequence[PlacedRow], boundaries: Boundaries, lang: str) -> str:
    """Return a page of HTML that needs nothing else: what was told, a map of the rows, and how many lie where."""
    counts = Counter(row.group for row in rows)
    legend = " ".join(
        f"<span>{_symbol(mark)} {escape(translate(heading(group), lang))}: {counts[group]}</span>"
        for group, mark in GROUPS.items()
    )
    marked = sum(row.contrary for row in rows)
    contrary = translate(message("the point contradicts the row, or lies outside: {count}", count=marked), lang)
    cross = f'<svg width="14" height="14">{_CROSS.format(left=2, top=2)}</svg>'
    header, *lines = by_cercle(rows, boundaries, lang)
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>body{font:15px/1.45 sans-serif;margin:1.5em;max-width:60em}svg{vertical-align:middle}"
        "span{margin-right:1.2em;white-space:nowrap}td,th{padding:.1em .8em;text-align:right}"
        "td:first-child,th:first-child{text-align:left}</style>"
        f"<h1>{escape(title)}</h1>"
        + "".join(f"<p>{escape(line)}</p>" for line in told)
        + _map(rows, boundaries)
        + f"<p>{legend} <span>{cross} {escape(contrary)}</span></p>"
        + f"<table><tr>{_cells(header, 'th')}</tr>"
        + "".join(f"<tr>{_cells(line, 'td')}</tr>" for line in lines)
        + "</table></html>\n"
    )


def _cells(texts: Iterable[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _symbol(mark: str) -> str:
    return f'<svg width="14" height="14">{_drawn(mark, 7, 7)}</svg>'


def _drawn(mark: str, x: float, y: float) -> str:
    return mark.format(at=f'cx="{x:.0f}" cy="{y:.0f}"', corner=f'x="{x - 4:.0f}" y="{y - 4:.0f}"')


def _map(rows: Sequence[PlacedRow], boundaries: Boundaries) -> str:
    west, south, east, north = boundaries.country().bounds
    shrink = float(np.cos(np.radians((south + north) / 2)))
    scale = (_WIDTH - 2 * _MARGIN) / (east - west)
    height = (north - south) * scale / shrink + 2 * _MARGIN

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        x = _MARGIN + (points[:, 0] - west) * scale
        y = _MARGIN + (north - points[:, 1]) * scale / shrink
        return np.column_stack([x, y])

    outlines = "".join(
        f'<path d="{_path(shape, place)}" fill="{fill}" stroke="{line}" stroke-width="{width}"/>'
        for fill, line, width, shapes in (
            ("#f4f4f2", "#b8b1a4", 0.6, boundaries.simplified("cercle", DEFAULT_VINTAGE, _TOLERANCE_M).geometry),
            ("none", "#5b4636", 1.4, [boundaries.country().simplify(_TOLERANCE_M / 111_000)]),
        )
        for shape in shapes
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="100%" role="img">{outlines}'
        f"{''.join(_marks(rows, place, height))}</svg>"
    )


def _path(shape: shapely.Geometry, place: Place) -> str:
    parts = []
    for ring in shapely.get_parts(shapely.get_rings(shapely.get_parts(shape))):
        xy = place(shapely.get_coordinates(ring))
        parts.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy) + "Z")
    return "".join(parts)


def _marks(rows: Sequence[PlacedRow], place: Place, height: float) -> Iterator[str]:
    """Draw the rows, those of one kind at one place once; what lies outside the frame stands at its edge."""
    placed = [row for row in rows if not np.isnan(row.lon) and not np.isnan(row.lat)]
    if not placed:
        return
    xy = place(np.array([[row.lon, row.lat] for row in placed]))
    xy = np.clip(np.rint(xy), [6, 6], [_WIDTH - 6, height - 6])
    there: dict[tuple[int, bool, float, float], list[str]] = {}
    order = list(GROUPS)
    for row, (x, y) in zip(placed, xy.tolist(), strict=True):
        there.setdefault((order.index(row.group), row.contrary, x, y), []).append(row.row)
    for (group, contrary, x, y), names in sorted(there.items()):
        shown = ", ".join(names[:_NAMED]) + (f", … ({len(names)})" if len(names) > _NAMED else "")
        cross = _CROSS.format(left=f"{x - 5:.0f}", top=f"{y - 5:.0f}") if contrary else ""
        yield f"<g>{_drawn(GROUPS[order[group]], x, y)}{cross}<title>{escape(shown)}</title></g>"
