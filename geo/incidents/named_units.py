"""What the names of region, cercle and commune in a row may mean, in every vintage, and where all of that lies.

Units of the shipped vintages are sets of the 701 communes of 2015: so a cercle of 2016 can be looked for inside a
region of 2023.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rapidfuzz.distance import DamerauLevenshtein

from geo.boundaries.regions import LEVELS, SHIPPED_VINTAGES, Boundaries, Unit
from geo.core.crs import TO_METRIC
from geo.core.errors import AmbiguousNameError, ParameterError, PlaceNameError
from geo.core.messages import Message, message
from geo.core.names import fold, shown
from geo.reading.text import is_blank

#: Vintages in which a name is looked for, by level, the likeliest first.
ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "region": ("2016", "2023", "2015"),
    "cercle": ("2016", "2015"),
    "commune": ("2015",),
}
#: Shorter names have too many like them.
_LEAST_LETTERS: Final = 5

#: Names of a row by level; blank ones are left out.
Named = tuple[tuple[str, str], ...]


def named_in(row: Mapping[str, str]) -> Named:
    """Return the levels and names that a row states, finest first."""
    return tuple((level, row[level]) for level in reversed(LEVELS) if not is_blank(row[level]))


@dataclass(frozen=True, slots=True)
class Placing:
    """The unit that a row's names come to, or why they come to none; names that nothing is called; a misspelling."""

    unit: Unit | Message
    unknown: tuple[tuple[str, str], ...] = ()
    spelled: str | None = None


@dataclass(slots=True)
class NamedUnits:
    """Meanings of names, each looked up once.

    Parameters
    ----------
    boundaries
        All vintages; imported ones are compared with points too, but no record is placed by them.
    pcodes
        The code set of P-codes, where it was named.
    """

    boundaries: Boundaries
    pcodes: str | None = None
    _meanings: dict[tuple[str, str], tuple[Unit, ...]] = field(default_factory=dict)
    _placed: dict[Named, Placing] = field(default_factory=dict)
    _areas: dict[tuple[str, str, Named], shapely.Geometry | None] = field(default_factory=dict)
    _communes: dict[str, frozenset[str]] = field(default_factory=dict)

    def meanings(self, level: str, name: str) -> tuple[Unit, ...]:
        """Return the units of `level` that may be called `name`, the likeliest vintage first; a unit id once."""
        key = (level, name)
        if key not in self._meanings:
            parts = [name] if "/" not in name else [part for part in name.split("/") if part.strip()]
            found = [self._called(level, part) for part in parts]
            self._meanings[key] = found[0] if len(parts) == 1 else _common(found)
        return self._meanings[key]

    def _called(self, level: str, name: str) -> tuple[Unit, ...]:
        found: dict[str, Unit] = {}
        for vintage in (*ORDER[level], *self.boundaries.imported):
            for unit in self._in_vintage(level, name, vintage):
                if unit.level == level:
                    found.setdefault(unit.unit_id, unit)
        return tuple(found.values())

    def _in_vintage(self, level: str, name: str, vintage: str) -> tuple[Unit, ...]:
        try:
            if self.pcodes is not None and _is_code(name):
                return (self.boundaries.resolve_code(name, pcode_set=self.pcodes, vintage=vintage),)
            return self.boundaries.matches(name, level=level, vintage=vintage)
        except (ParameterError, PlaceNameError):
            return ()

    def place(self, named: Named) -> Placing:
        """Return the finest unit that the names of a row come to."""
        if named not in self._placed:
            self._placed[named] = self._place(named)
        return self._placed[named]

    def _place(self, named: Named) -> Placing:
        (level, name), *coarser = named
        parents = [(each, self._shipped(each, called)) for each, called in coarser]
        unknown = tuple(pair for pair, (_, units) in zip(coarser, parents, strict=True) if not units)
        around = [self._all_of(units) for _, units in parents if units]
        wherever = self._shipped(level, name)
        found = [unit for unit in wherever if all(self._made_of(unit) & parent for parent in around)]
        spelled = None
        if not wherever and around:
            found = self._spelled_like(level, name, around)
            spelled = found[0].name if found else None
        names = {unit.name if level != "commune" else unit.unit_id for unit in found}
        if len(names) == 1:
            return Placing(found[0], unknown, spelled)
        return Placing(self._refusal(level, name, coarser), unknown)

    def _shipped(self, level: str, name: str) -> list[Unit]:
        return [unit for unit in self.meanings(level, name) if unit.vintage in SHIPPED_VINTAGES]

    def _made_of(self, unit: Unit) -> frozenset[str]:
        """Return the communes of 2015 that a shipped unit is made of."""
        if unit.unit_id not in self._communes:
            communes = self.boundaries.units("commune", "2015").index
            if unit.level == "commune":
                own = frozenset({unit.unit_id})
            else:
                of = self.boundaries.ancestors("commune", unit.level, unit.vintage)
                own = frozenset(communes[(of.reindex(communes) == unit.unit_id).to_numpy()])
            self._communes[unit.unit_id] = own
        return self._communes[unit.unit_id]

    def _all_of(self, units: Iterable[Unit]) -> frozenset[str]:
        return frozenset().union(*map(self._made_of, units))

    def _spelled_like(self, level: str, name: str, around: list[frozenset[str]]) -> list[Unit]:
        """Return the only unit inside the named parents whose name is a letter off; a code is never read so."""
        bare = fold(name.casefold().replace(f"{level} de", "").replace(level, ""))
        if len(bare) < _LEAST_LETTERS or _is_code(name):
            return []
        vintage = ORDER[level][0]
        near = [
            unit
            for each in self.boundaries.units(level, vintage)["name"]
            if DamerauLevenshtein.distance(bare, fold(each), score_cutoff=1) <= 1
            for unit in self._shipped(level, each)
            if unit.vintage == vintage and all(self._made_of(unit) & parent for parent in around)
        ]
        return near if len({unit.unit_id for unit in near}) == 1 else []

    def _refusal(self, level: str, name: str, coarser: Iterable[tuple[str, str]]) -> Message:
        within = next((called for each, called in coarser if self._shipped(each, called)), None)
        try:
            for vintage in ORDER[level]:
                self.boundaries.resolve(name, level=level, vintage=vintage, within=within)
        except AmbiguousNameError as error:
            if not _is_code(name):
                return error.message
            return message(
                "{reason} Say which: --pcodes ocha2020 or --pcodes cod2015, or pcodes in a column map.",
                reason=error.message,
            )
        except (PlaceNameError, ParameterError) as error:
            return error.message
        return message("{name} lies in no unit that the row names beside it.", name=shown(name))

    def area(self, level: str, named: Named) -> shapely.Geometry | None:
        """Return where all meanings of a row's name of `level` lie (metric CRS); None if nothing is called that.

        Where units of several places share the name, those inside the coarser units that the row names are meant.
        """
        name = dict(named)[level]
        coarser = tuple(pair for pair in named if LEVELS.index(pair[0]) < LEVELS.index(level))
        key = (level, name, coarser)
        if key not in self._areas:
            units = self.meanings(level, name)
            around = [self._all_of(parents) for pair in coarser if (parents := self._shipped(*pair))]
            inside = tuple(unit for unit in units if self._inside(unit, around))
            self._areas[key] = self._outline(inside or units)
        return self._areas[key]

    def _inside(self, unit: Unit, around: list[frozenset[str]]) -> bool:
        return unit.vintage not in SHIPPED_VINTAGES or all(self._made_of(unit) & parent for parent in around)

    def _outline(self, units: Iterable[Unit]) -> shapely.Geometry | None:
        shapes = [self.boundaries.units(unit.level, unit.vintage).geometry[unit.unit_id] for unit in units]
        if not shapes:
            return None
        outline = shapely.transform(
            shapely.union_all(shapes), lambda x, y: TO_METRIC.transform(x, y), interleaved=False
        )
        shapely.prepare(outline)
        return outline


def holding(
    area: shapely.Geometry, lon: NDArray[np.float64], lat: NDArray[np.float64], within_m: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Mark the points (degrees) that lie in `area` (metric CRS) or at most `within_m` outside it."""
    points = shapely.points(*TO_METRIC.transform(lon, lat))
    return np.asarray(shapely.dwithin(area, points, within_m))


def rows_by_names(columns: Mapping[str, pd.Series], rows: NDArray[np.bool_]) -> dict[Named, NDArray[np.intp]]:
    """Return the positions of `rows` by the units that they name; rows without any name are left out."""
    at = np.flatnonzero(rows)
    texts = [columns[level].to_numpy(dtype=object)[at] for level in LEVELS]
    found: dict[Named, list[int]] = {}
    known: dict[tuple[str, ...], Named] = {}
    for row, cells in zip(at.tolist(), zip(*texts, strict=True), strict=True):
        if cells not in known:
            known[cells] = named_in(dict(zip(LEVELS, cells, strict=True)))
        if known[cells]:
            found.setdefault(known[cells], []).append(row)
    return {named: np.array(positions, dtype=np.intp) for named, positions in found.items()}


def _is_code(name: str) -> bool:
    folded = fold(name)
    return folded.startswith("ml") and folded[2:].isdigit()


def _common(found: list[tuple[Unit, ...]]) -> tuple[Unit, ...]:
    """Return the units that all known ones of several names for one place mean; none where they differ."""
    known = [units for units in found if units]
    ids = [frozenset(unit.unit_id for unit in units) for units in known]
    return known[0] if known and all(each == ids[0] for each in ids) else ()
