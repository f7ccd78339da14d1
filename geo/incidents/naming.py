"""Rows and the units they name: a row without a point is placed in them, a row with one must lie in them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.boundaries.regions import LEVELS
from geo.core.messages import Message, message
from geo.incidents import notes
from geo.incidents.named_units import ORDER, Named, NamedUnits, holding, named_in, rows_by_names
from geo.incidents.places import Places
from geo.incidents.raw import Raw
from geo.incidents.schema import DEFAULT_ERROR_KM, UNIT_PRECISIONS, LocationPrecision
from geo.locate.locator import Locator
from geo.reading.text import is_blank

#: Outlines of one unit differ by this much between sources: no point this near is said to lie elsewhere.
TOLERANCE_M: Final = 1_000.0
#: Fewer rows than this do not show a habit of the file.
HABIT: Final = 3

_LEVEL_NAMES: Final = {"region": message("region"), "cercle": message("cercle"), "commune": message("commune")}
#: Unknown names that a note lists.
_MOST_LISTED: Final = 30


def place_by_names(raw: Raw, places: Places, units: NamedUnits, rows: NDArray[np.bool_]) -> None:
    """Place `rows` in the finest unit that they name, else set them aside."""
    columns = {level: raw.column(level).to_numpy(dtype=object) for level in LEVELS}
    reasons: dict[str, dict[int, Message]] = {level: {} for level in LEVELS}
    nowhere = np.zeros(len(raw), dtype=bool)
    for row in np.flatnonzero(rows).tolist():
        named = named_in({level: column[row] for level, column in columns.items()})
        if not named:
            nowhere[row] = places.precision[row] != LocationPrecision.COUNTRY.value
            continue
        level, name = named[0]
        found = units.place(named)
        if isinstance(found.unit, Message):
            reasons[level][row] = found.unit
            continue
        places.unit[row], places.precision[row], places.error_km[row] = found.unit.unit_id, level, np.nan
        if found.spelled is not None:
            raw.row_notes[row].append(notes.spelled(name, found.spelled))
        for other, unknown in found.unknown:
            raw.row_notes[row].append(notes.unknown_unit(other, unknown))
    for level, by_row in reasons.items():
        raw.faults.add(
            np.isin(np.arange(len(raw)), list(by_row)),
            level,
            raw.column(level),
            lambda row, _, by_row=by_row: by_row[row],  # type: ignore[misc]
            "location",
        )
    raw.faults.add(
        nowhere,
        "point",
        pd.Series("", index=raw.frame.index),
        lambda _, __: message("The row has neither coordinates nor the name of a commune, cercle or region."),
        "location",
    )


def find_lost_signs(raw: Raw, places: Places, units: NamedUnits, rows: NDArray[np.bool_]) -> None:
    """Set aside the `rows` whose point lies in the units they name once its longitude has the other sign."""
    lost: dict[int, str] = {}
    compared = 0
    for named, at in rows_by_names({level: raw.column(level) for level in LEVELS}, rows).items():
        known = [level for level, _ in named if units.area(level, named) is not None]
        if not known:
            continue
        compared += len(at)
        here, there = (_in_all(places, units, named, known, at, sign) for sign in (1, -1))
        name = dict(named)[known[0]]
        lost |= dict.fromkeys(at[there & ~here].tolist(), name)
    texts = raw.column("longitude").where(raw.column("longitude") != "", raw.column("geopoint"))
    raw.faults.add(
        np.isin(np.arange(len(raw)), list(lost)),
        "longitude",
        texts,
        lambda row, _: message(
            "With {lon} the point lies in {unit}, as the row says: is the minus sign or the W (O) missing?",
            lon=f"{-places.lon[row]:.6g}".replace("-", "\u2212"),
            unit=lost[row],
        ),
        "sign",
    )
    if len(lost) >= HABIT and 2 * len(lost) > compared:
        raw.notes.append(
            message(
                "{count} of {rows} rows lie in the unit that they name once their longitude has the other sign: the "
                "column {column} seems to have lost its minus signs. Put them back and import the file again.",
                count=len(lost),
                rows=compared,
                column=raw.headers["longitude"],
            )
        )


def _in_all(
    places: Places, units: NamedUnits, named: Named, levels: list[str], at: NDArray[np.intp], sign: int
) -> NDArray[np.bool_]:
    inside = np.ones(len(at), dtype=bool)
    for level in levels:
        area = units.area(level, named)
        if area is not None:
            inside &= holding(area, sign * places.lon[at], places.lat[at], _tolerance_m(places, at))
    return inside


def _tolerance_m(places: Places, at: NDArray[np.intp]) -> NDArray[np.float64]:
    error_km = np.where(np.isnan(places.error_km[at]), DEFAULT_ERROR_KM[LocationPrecision.EXACT], places.error_km[at])
    tolerance: NDArray[np.float64] = 1_000 * error_km + TOLERANCE_M
    return tolerance


def compare_with_names(raw: Raw, places: Places, units: NamedUnits, rows: NDArray[np.bool_]) -> None:
    """Set aside the `rows` whose point lies outside a unit that they name, in every vintage that has it.

    A point that stands for a unit (see `geo.incidents.schema.UNIT_PRECISIONS`) is compared with that level and those
    above it.
    """
    unknown: dict[str, None] = {}
    outside: dict[str, list[int]] = {level: [] for level in LEVELS}
    for named, at in rows_by_names({level: raw.column(level) for level in LEVELS}, rows).items():
        for level, name in named:
            area = units.area(level, named)
            if area is None:
                unknown[f"{name} ({level})"] = None
                continue
            there = at[_told(places.precision[at], level)]
            outside[level] += there[
                ~holding(area, places.lon[there], places.lat[there], _tolerance_m(places, there))
            ].tolist()
    for level, positions in outside.items():
        _name_where(raw, places, units, level, np.array(sorted(positions), dtype=np.intp))
    if unknown:
        raw.notes.append(
            message(
                "No unit of any vintage is called so, so these names were not compared with the points: {names}.",
                names=", ".join(list(unknown)[:_MOST_LISTED]),
            )
        )


def _told(precision: NDArray[np.object_], level: str) -> NDArray[np.bool_]:
    """Mark the rows whose point is known closely enough to tell the unit of `level`."""
    finest_first = [each.value for each in UNIT_PRECISIONS]
    coarser = finest_first[finest_first.index(level) + 1 :]
    return ~np.isin(precision, coarser)


def _name_where(raw: Raw, places: Places, units: NamedUnits, level: str, rows: NDArray[np.intp]) -> None:
    if not len(rows):
        return
    table = units.boundaries.units(level, ORDER[level][0])
    positions = Locator(table).positions(places.lon[rows], places.lat[rows])
    names = table["name"].to_numpy(dtype=object)
    found = {row: str(names[at]) if at >= 0 else "–" for row, at in zip(rows.tolist(), positions, strict=True)}
    raw.faults.add(
        np.isin(np.arange(len(raw)), rows),
        level,
        raw.column(level),
        lambda row, value: message(
            "The row names the {level} {name}, but its point {lon}, {lat} lies in {unit}.",
            level=_LEVEL_NAMES[level],
            name=value,
            lon=f"{places.lon[row]:.6g}",
            lat=f"{places.lat[row]:.6g}",
            unit=found[row],
        ),
        "unit",
    )


def names_something(raw: Raw) -> bool:
    """Tell whether any row names a unit."""
    return any(not is_blank(text) for level in LEVELS for text in raw.column(level).unique())
