"""The verdicts of `geo.counting.reporting`, made one for the same ground, whatever level or vintage it is looked at in.

Regions and cercles of every vintage are judged by their own reports. Ground is assessed only
where every one of them that lies around it is: a region or cercle that lies in one that is not assessed takes that
verdict; communes and cells take the verdict of their cercle, or that of another unit around them which is not assessed.
The other way round nothing follows: of a region something can be said where nothing can of some of its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from geo.boundaries.regions import SHIPPED_VINTAGES, Boundaries
from geo.counting.reporting import Reports
from geo.locate.locator import Locator
from models.risk.assessment import Key
from models.risk.domain import Domain, Floats, Ints
from models.risk.extents import UnitSet
from models.risk.inputs import VINTAGE

#: A unit lies in another where so much of its ground does: outlines of different sources differ along their borders.
WITHIN: Final = 0.95
#: A cell belongs to the unit that holds more than this of it.
MOST: Final = 0.5
_CERCLES: Final[Key] = ("cercle", VINTAGE)


@dataclass(frozen=True, slots=True, eq=False)
class JudgedUnits:
    """The units that are judged by their own reports, of every vintage, one after another.

    Attributes
    ----------
    table : DataFrame
        By position, the columns of `Reports.judge`: each unit's verdict after those around it have been heard.
    first : mapping of Key to int
        Where the units of a level and vintage begin.
    shares : mapping of Key to sparse array, shape (units, cells)
        The part of each cell that each unit of a level and vintage covers.
    holder : int array, shape (keys, cells)
        In the order of `first`, the unit that holds most of each cell; -1 where there is none.
    """

    table: pd.DataFrame
    first: dict[Key, int]
    shares: dict[Key, sparse.csr_array]
    holder: Ints

    @classmethod
    def of(cls, reports: Reports, at: date, sets: Sequence[UnitSet], area_km2: Floats) -> JudgedUnits:
        """Judge the regions and cercles of `sets`, and let each hear those around it."""
        chosen = {_key(each): each for each in sets if each.level != "commune"}
        own = [reports.judge(*key, at) for key in chosen]
        starts = np.cumsum([0, *(len(table) for table in own)])[:-1]
        first = {key: int(start) for key, start in zip(chosen, starts, strict=True)}
        shares = {key: each.area_share for key, each in chosen.items()}
        holder = np.array([_held(share, start) for share, start in zip(shares.values(), starts, strict=True)])
        table = pd.concat(own, ignore_index=True)
        heard = _heard(table["assessed"].to_numpy(bool), _shared(holder, area_km2, len(table)))
        return cls(table.iloc[heard].reset_index(drop=True), first, shares, holder)


class Verdicts:
    """The verdict on every unit and cell of an assessment.

    Parameters
    ----------
    reports : Reports
    at : date
    sets : sequence of UnitSet
        Every level of every vintage.
    """

    def __init__(
        self, reports: Reports, at: date, sets: Sequence[UnitSet], domain: Domain, boundaries: Boundaries
    ) -> None:
        self._reports, self._at, self._domain, self._boundaries = reports, at, domain, boundaries
        self._judged = JudgedUnits.of(reports, at, sets, domain.area_km2)
        self._assessed: NDArray[np.bool_] = self._judged.table["assessed"].to_numpy(bool)

    def of(self, units: UnitSet) -> pd.DataFrame:
        """Return the verdict on each unit, in their order: the columns of `Reports.judge`."""
        first = self._judged.first
        if units.level == "commune":
            chosen = self._against(first[_CERCLES] + units.cercle, *self._around(units))
        else:
            chosen = first[_key(units)] + np.arange(len(units.ids))
        return self._judged.table.iloc[chosen].set_axis(units.ids)

    def of_cells(self) -> pd.DataFrame:
        """Return ``assessed`` and ``reason`` of each cell."""
        home = np.asarray(self._domain.share.toarray().argmax(axis=0), np.int64)
        held = self._judged.holder >= 0
        chosen = self._against(self._judged.first[_CERCLES] + home, np.nonzero(held)[1], self._judged.holder[held])
        return self._judged.table[["assessed", "reason"]].iloc[chosen].reset_index(drop=True)

    def stopped_sources(self) -> list[dict[str, object]]:
        """Return the sources that have stopped everywhere, as JSON values."""
        found = self._reports.stopped_sources("region", VINTAGE, self._at)
        return [
            {"source": s.source, "last_month": s.last_month.isoformat()[:7], "reports_per_month": s.reports_per_month}
            for s in found
            if not s.unit_id
        ]

    def _against(self, own: Ints, row: Ints, unit: Ints) -> Ints:
        """Return whose verdict each takes: its `own`, or of the units around (pairs of row, unit) one that denies."""
        chosen = own.copy()
        denied = self._assessed[own][row] & ~self._assessed[unit]
        chosen[row[denied]] = unit[denied]
        return chosen

    def _around(self, communes: UnitSet) -> tuple[Ints, Ints]:
        """Return pairs of a commune, by position, and a judged unit around it.

        It holds a point of the commune, for those of towns are smaller than cells, and as much of each cell.
        """
        own = communes.area_share
        whole = own.sum(axis=1)
        inside = self._boundaries.units(communes.level, communes.vintage).geometry.representative_point()
        pairs = []
        for (level, vintage), start in self._judged.first.items():
            at = Locator(self._boundaries.units(level, vintage)).positions(inside.x, inside.y)
            common = own.minimum(self._judged.shares[level, vintage][np.maximum(at, 0)]).sum(axis=1)
            found = np.flatnonzero((at >= 0) & (common >= WITHIN * whole))
            pairs.append((found, start + at[found]))
        row, unit = (np.concatenate(part) for part in zip(*pairs, strict=True))
        return row, unit


def _key(units: UnitSet) -> Key:
    """As what the units are judged: the cercles of 2015 and 2016 are the same."""
    is_shipped = units.level == "cercle" and units.vintage in SHIPPED_VINTAGES
    return _CERCLES if is_shipped else (units.level, units.vintage)


def _held(shares: sparse.csr_array, start: int) -> Ints:
    part = sparse.coo_array(shares)
    most = part.data > MOST
    holder = np.full(part.shape[1], -1, np.int64)
    holder[part.col[most]] = start + part.row[most]
    return holder


def _shared(holder: Ints, area_km2: Floats, count: int) -> Floats:
    """The part of each judged unit's cells that lies in each other one, shape (units, units)."""
    shared = np.zeros((count, count))
    for one in holder:
        for other in holder:
            both = (one >= 0) & (other >= 0)
            np.add.at(shared, (one[both], other[both]), area_km2[both])
    return shared / np.maximum(shared.diagonal(), 1e-12)[:, None]


def _heard(assessed: NDArray[np.bool_], shared: Floats) -> Ints:
    """Whose verdict each unit takes: its own, or that of a unit around it that is not assessed, and so on outwards."""
    chosen, assessed = np.arange(len(assessed)), assessed.copy()
    around = shared >= WITHIN
    while True:
        denied = assessed & (around & ~assessed).any(axis=1)
        if not denied.any():
            return chosen
        for unit in np.flatnonzero(denied):
            chosen[unit] = chosen[np.flatnonzero(around[unit] & ~assessed)[0]]
        assessed[denied] = False
