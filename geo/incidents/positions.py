"""The point of each row, from whichever columns state it, with the error that its writing and its device imply."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.core.messages import Message, message
from geo.incidents.raw import Raw
from geo.reading.coordinates import KM_PER_DEGREE, Extent, Position, parse_position, position_of
from geo.reading.degrees import Angle, parse_angle
from geo.reading.grids import parse_utm, whole_metres
from geo.reading.numbers import parse_column, parse_metres
from geo.reading.text import each, fold, is_blank, where

#: Eastings and northings have six and seven digits before the mark; a smaller number may be degrees that lost theirs.
_METRES: Final = 100_000.0
#: Two columns of one row that state a point further apart than their errors and this contradict each other.
_APART_KM: Final = 1.0
#: Fewer rows than this do not show a habit of the file.
_HABIT: Final = 2

#: A header, folded, of longitudes that count to the west.
_WEST: Final = re.compile(r"_(?:w|o|west|ouest)$")
_AXES: Final = ("longitude", "latitude")


@dataclass(slots=True)
class Points:
    """Longitude and latitude of each row in degrees, NaN where it states none; and how far off the point may be."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    error_km: NDArray[np.float64]

    @classmethod
    def none(cls, count: int) -> Points:
        return cls(np.full(count, np.nan), np.full(count, np.nan), np.zeros(count))

    def put(self, row: int, found: Position) -> None:
        self.lon[row], self.lat[row], self.error_km[row] = found.lon, found.lat, found.error_km


def read_points(raw: Raw, extent: Extent) -> Points:
    """Return the point that each row states; what cannot be read goes to ``raw.faults``.

    Columns of longitude and latitude come first; one of them may hold the whole position, where the other is empty. A
    column for both coordinates fills in for them, and so do an easting and a northing with their zone.

    Parameters
    ----------
    extent
        West, south, east, north of the country (`geo.reading.coordinates.parse_position`).
    """
    texts = {name: raw.column(name) for name in _AXES}
    raw.headers.setdefault("longitude", raw.headers.get("geopoint", "longitude"))
    raw.headers.setdefault("latitude", raw.headers.get("geopoint", "latitude"))
    names = dict.fromkeys((raw.headers["longitude"], raw.headers["latitude"]))
    raw.headers.setdefault("point", ", ".join(names))
    points = Points.none(len(raw))
    gridded = _from_grid(raw, points, texts)
    whole = _whole_positions(raw, texts) & ~gridded
    _from_cells(raw, points, texts, whole, extent)
    _from_axes(raw, points, texts, ~gridded & ~whole)
    _fill_from_geopoint(raw, points, texts, extent)
    _compare_pairs(raw, points, gridded)
    _take_accuracy(raw, points)
    return points


def _from_grid(raw: Raw, points: Points, texts: dict[str, pd.Series]) -> NDArray[np.bool_]:
    """Read eastings and northings, also those that stand under x and y; return the rows that hold them."""
    zones = raw.column("utm_zone")
    stated = [each(raw.column(name), whole_metres) for name in ("easting", "northing")]
    pairs = [(stated[0], stated[1], "easting"), (texts["longitude"], texts["latitude"], "point")]
    done = np.zeros(len(raw), dtype=bool)
    for east, north, field in pairs:
        rows = ~done & _in_metres(east) & _in_metres(north) if (east != "").any() else np.zeros(len(raw), dtype=bool)
        done |= rows
        reasons: dict[int, Message] = {}
        for row in np.flatnonzero(rows).tolist():
            found = _NO_ZONE if is_blank(zones[row]) else parse_utm(zones[row], east[row], north[row])
            if isinstance(found, Message):
                reasons[row] = found
            else:
                points.put(row, Position(*found))
        _set_aside(raw, reasons, field, east + ", " + north)
    if "easting" in raw.frame:
        _refuse_no_metres(raw, texts, stated, done)
    return done


def _refuse_no_metres(
    raw: Raw, texts: Mapping[str, pd.Series], stated: Sequence[pd.Series], done: NDArray[np.bool_]
) -> None:
    """Set aside rows whose easting and northing are no metres, where nothing else says the point."""
    east, north, *others = (where(column, is_blank) for column in (*stated, *texts.values(), raw.column("geopoint")))
    raw.faults.add(
        ~(east & north) & ~done & np.logical_and.reduce(others),
        "easting",
        stated[0] + ", " + stated[1],
        lambda row, _: message(
            "{x}, {y} are no UTM easting and northing in metres.",
            x=stated[0][row].strip() or "–",
            y=stated[1][row].strip() or "–",
        ),
        "location",
    )


_NO_ZONE: Final = message(
    "These are metres of a grid, not degrees, and no column names their zone: add a column zone (28N to 31N), or "
    "[constants] utm_zone in a column map."
)


def _in_metres(texts: pd.Series) -> NDArray[np.bool_]:
    numbers = pd.to_numeric(texts.str.replace(" ", "").str.replace(",", "."), errors="coerce")
    return (numbers >= _METRES).to_numpy(dtype=bool)


def _whole_positions(raw: Raw, texts: dict[str, pd.Series]) -> NDArray[np.bool_]:
    """Mark the rows that hold the whole position in the column of one coordinate."""
    filled = {name: ~where(column, is_blank) for name, column in texts.items()}
    alone = filled["longitude"] != filled["latitude"]
    for row in np.flatnonzero(alone).tolist():
        name = "longitude" if filled["longitude"][row] else "latitude"
        alone[row] = parse_angle(texts[name][row]) is None
    return np.asarray(alone)


def _from_cells(raw: Raw, points: Points, texts: dict[str, pd.Series], rows: NDArray[np.bool_], extent: Extent) -> None:
    for name in _AXES:
        here = rows & ~where(texts[name], is_blank)
        found = each(texts[name].where(here, ""), lambda text: text and parse_position(text, extent))
        _take(raw, points, found, here, name, texts[name])


def _take(raw: Raw, points: Points, found: pd.Series, rows: NDArray[np.bool_], field: str, texts: pd.Series) -> None:
    reasons: dict[int, Message] = {}
    for row in np.flatnonzero(rows).tolist():
        place = found[row]
        if isinstance(place, Position):
            points.put(row, place)
        else:
            reasons[row] = place
    _set_aside(raw, reasons, field, texts)


def _set_aside(raw: Raw, reasons: dict[int, Message], field: str, texts: pd.Series) -> None:
    rows = np.isin(np.arange(len(raw)), list(reasons))
    raw.faults.add(rows, field, texts, lambda row, _: reasons[row], "location")


def _from_axes(raw: Raw, points: Points, texts: dict[str, pd.Series], rows: NDArray[np.bool_]) -> None:
    angles = {name: each(texts[name].where(rows, ""), parse_angle) for name in _AXES}
    if _WEST.search(fold(raw.headers["longitude"])):
        angles["longitude"] = angles["longitude"].map(_westward)
        raw.notes.append(
            message(
                "The column {column} counts degrees west of Greenwich, as its name says.",
                column=raw.headers["longitude"],
            )
        )
    for name, target in (("longitude", points.lon), ("latitude", points.lat)):
        _check_axis(raw, name, texts[name], angles[name], rows)
        degrees = np.array([np.nan if angle is None else angle.degrees for angle in angles[name]], dtype=float)
        target[rows] = degrees[rows]
    known = rows & ~np.isnan(points.lon) & ~np.isnan(points.lat)
    points.error_km[known] = _errors_km(angles["latitude"][known], angles["longitude"][known], points.lat[known])
    missing = rows & (np.isnan(points.lon) != np.isnan(points.lat)) & ~raw.faults.of(*_AXES)
    raw.faults.add(
        missing,
        "point",
        texts["latitude"].where(texts["latitude"] != "", texts["longitude"]),
        lambda _, __: message("One of the two coordinates is missing."),
        "location",
    )


def _westward(angle: Angle | None) -> Angle | None:
    """Return a coordinate without a letter of its own as one of degrees west."""
    if angle is None or angle.axis is not None or angle.degrees < 0:
        return angle
    return replace(angle, degrees=-angle.degrees, sided=True)


def _check_axis(raw: Raw, name: str, texts: pd.Series, angles: pd.Series, rows: NDArray[np.bool_]) -> None:
    raw.faults.add(
        rows & ~where(texts, is_blank) & angles.isna().to_numpy(),
        name,
        texts,
        lambda _, value: message(
            "{value} is not a coordinate Sira can read; write decimal degrees, or degrees, minutes and seconds with N, "
            "S, E or W (O).",
            value=value,
        ),
        "location",
    )
    other = np.array([angle is not None and angle.axis not in (None, name) for angle in angles], dtype=bool)
    raw.faults.add(
        rows & other,
        name,
        texts,
        lambda _, value: message(
            "{value} belongs to the other coordinate, by its letter: are longitude and latitude exchanged?", value=value
        ),
        "swapped",
    )
    sideless = np.array([angle is not None and not angle.sided for angle in angles], dtype=bool)
    raw.faults.add(
        rows & sideless & (name == "longitude"),
        name,
        texts,
        lambda _, value: message("{value}: write E or W (O) behind it; Mali lies on both sides.", value=value),
        "location",
    )


def _errors_km(lat: pd.Series, lon: pd.Series, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what `geo.reading.coordinates.position_of` gives, for whole columns."""
    steps, decimals = (
        np.array([[getattr(angle, name) for angle in column] for column in (lat, lon)], dtype=float)
        for name in ("half_step", "decimals")
    )
    fewer, more = decimals.min(axis=0), decimals.max(axis=0)
    plain = ~np.isnan(fewer + more)
    steps[:, plain] = 0.5 * 10.0 ** -np.minimum(more, fewer + 1)[plain]
    result: NDArray[np.float64] = KM_PER_DEGREE * np.maximum(steps[0], steps[1] * np.cos(np.radians(degrees)))
    return result


def _fill_from_geopoint(raw: Raw, points: Points, texts: dict[str, pd.Series], extent: Extent) -> None:
    """Take the column for both coordinates where the others are empty; elsewhere it must not contradict them."""
    cells = raw.column("geopoint")
    given = ~where(cells, is_blank)
    if not given.any():
        return
    found = each(cells, lambda text: None if is_blank(text) else parse_position(text, extent))
    empty = np.isnan(points.lon) & where(texts["longitude"], is_blank) & where(texts["latitude"], is_blank)
    _take(raw, points, found, given & empty & ~raw.faults.of("point", "easting"), "geopoint", cells)
    both = given & ~empty & ~np.isnan(points.lon + points.lat)
    for row in np.flatnonzero(both).tolist():
        if isinstance(place := found[row], Position) and place.by_device:
            points.error_km[row] = place.error_km
    _compare(raw, points, found, both, "geopoint", cells)


def _compare_pairs(raw: Raw, points: Points, gridded: NDArray[np.bool_]) -> None:
    """Set aside the rows whose other columns of coordinates, in degrees or metres, say another place."""
    pairs = [("other_longitude", "other_latitude", np.ones(len(raw), dtype=bool))]
    if "easting" in raw.frame:
        pairs.append(("longitude", "latitude", gridded))
    zones = raw.column("utm_zone")
    for x, y, rows in pairs:
        if x not in raw.frame or y not in raw.frame:
            continue
        cells = raw.frame[x].str.strip() + "; " + raw.frame[y].str.strip()
        rows_of = zip(raw.frame[x], raw.frame[y], zones, points.lon, strict=True)
        found = pd.Series([_pair_of(*values) for values in rows_of], dtype=object)
        field = f"{x}, {y}"
        raw.headers[field] = f"{raw.headers[x]}, {raw.headers[y]}"
        if x == "other_longitude":
            empty = np.isnan(points.lon) & ~raw.faults.of("point", "easting", *_AXES, "geopoint")
            for row in np.flatnonzero(empty).tolist():
                if isinstance(found[row], Position):
                    points.put(row, found[row])
        _compare(raw, points, found, rows & ~np.isnan(points.lon + points.lat), field, cells)


def _pair_of(x: str, y: str, zone: str, near: float) -> Position | None:
    """Return the position of two cells; None where they say none that can be compared.

    Metres of which no column gives the zone are taken in the one that the longitude `near` lies in.
    """
    if is_blank(x) or is_blank(y):
        return None
    if is_blank(zone) and not np.isnan(near):
        zone = f"{int((near + 180) // 6) + 1}N"
    metres = None if is_blank(zone) else parse_utm(zone, whole_metres(x), whole_metres(y))
    if metres is not None and not isinstance(metres, Message):
        return Position(*metres)
    lon, lat = parse_angle(x), parse_angle(y)
    if lon is None or lat is None or abs(lon.degrees) > 180 or abs(lat.degrees) > 90:
        return None
    return position_of(lat, lon)


def _compare(raw: Raw, points: Points, found: pd.Series, rows: NDArray[np.bool_], field: str, cells: pd.Series) -> None:
    apart = np.zeros(len(raw), dtype=bool)
    for row in np.flatnonzero(rows).tolist():
        if isinstance(place := found[row], Position):
            apart_km = KM_PER_DEGREE * np.hypot(
                place.lat - points.lat[row], (place.lon - points.lon[row]) * np.cos(np.radians(place.lat))
            )
            apart[row] = apart_km > place.error_km + points.error_km[row] + _APART_KM
    raw.faults.add(
        apart,
        field,
        cells,
        lambda row, value: message(
            "{value} is another place than {lon}, {lat} in the other columns of the row.",
            value=value,
            lon=f"{points.lon[row]:.6g}",
            lat=f"{points.lat[row]:.6g}",
        ),
        "location",
    )
    if np.count_nonzero(apart) >= _HABIT:
        raw.notes.append(
            message(
                "In {count} {count:row|rows} the columns {columns} say another place than the other columns of the "
                "position: a column map (--map FILE.toml) says which is the event's.",
                count=int(np.count_nonzero(apart)),
                columns=raw.headers.get(field, field),
            )
        )


def _take_accuracy(raw: Raw, points: Points) -> None:
    """Take the accuracy in metres that a device gave for the error: a spreadsheet may have dropped its zeros."""
    texts = raw.column("accuracy_m")
    metres, unreadable = parse_column(texts, parse_metres)
    raw.faults.add(
        unreadable | (metres < 0),
        "accuracy_m",
        texts,
        lambda _, value: message("{value} is no accuracy in metres.", value=value),
        "location",
    )
    given = metres > 0  # 0 stands for a position that no device gave
    points.error_km[given] = metres[given] / 1_000
