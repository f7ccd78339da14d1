"""Units of every level and vintage over the cells: how an assessment is added up to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from geo.boundaries.regions import SHIPPED_VINTAGES, Boundaries
from geo.counting.density import base_units
from models.risk.domain import Domain, Floats, Ints
from models.risk.inputs import VINTAGE

if TYPE_CHECKING:
    from models.risk.model import Forecast


@dataclass(frozen=True, slots=True, eq=False)
class UnitSet:
    """The units of one level and vintage, made of parts that lie in one cercle each.

    Attributes
    ----------
    shares : sparse array, shape (parts, cells)
        Share of each cell's area inside the country that the part covers.
    parent : int array, shape (parts,)
        Cercle of each part.
    members : sparse array, shape (units, parts)
        1 where the part belongs to the unit.
    """

    level: str
    vintage: str
    ids: pd.Index
    shares: sparse.csr_array
    parent: Ints
    members: sparse.csr_array

    def integrate(self, forecast: Forecast, fields: Floats) -> Floats:
        """Add densities over the cells (of which `Forecast.share` is the whole) up to expected incidents per unit.

        Parameters
        ----------
        fields : float array, shape (k, cells)

        Returns
        -------
        float array, shape (k, units)
            In shipped vintages a cercle is the sum of its communes and a region of its parts, to rounding.
        """
        parts = (self.shares @ fields.T) * forecast.scale[self.parent][:, None]
        return np.asarray((self.members @ parts).T, np.float64)

    def expected(self, forecast: Forecast) -> Floats:
        """Return the expected incidents per unit, shape (units,)."""
        return np.asarray(self.integrate(forecast, forecast.share[None, :])[0], np.float64)

    def by_cercle(self, forecast: Forecast) -> sparse.csr_array:
        """Return the part of each cercle's expected incidents that falls to each unit, shape (units, cercles)."""
        parts = (self.shares @ forecast.share) * forecast.scale[self.parent]
        total = forecast.units
        columns = (np.arange(len(self.parent)), self.parent)
        spread = sparse.csr_array((parts, columns), shape=(len(self.parent), len(total)))
        return sparse.csr_array((self.members @ spread).multiply(1 / total))

    @property
    def area_share(self) -> sparse.csr_array:
        """Share of each cell that each unit covers, shape (units, cells)."""
        return sparse.csr_array(self.members @ self.shares)

    @property
    def cercle(self) -> Ints:
        """The cercle that holds most of each unit, shape (units,)."""
        size = np.asarray(self.shares.sum(axis=1)).ravel()
        columns = (np.arange(len(self.parent)), self.parent)
        spread = sparse.csr_array((size, columns), shape=(len(self.parent), int(self.parent.max()) + 1))
        return np.asarray((self.members @ spread).toarray().argmax(axis=1), np.int64)


def unit_sets(boundaries: Boundaries, domain: Domain) -> tuple[UnitSet, ...]:
    """Return every level of every vintage.

    Units of shipped vintages are made of communes, of which each lies in one cercle. Those of an imported vintage are
    cut along the cercles.
    """
    covered = np.asarray(domain.grid.overlap(boundaries.units("cercle", VINTAGE)).sum(axis=1)).ravel()[domain.chosen]
    communes = boundaries.units("commune", VINTAGE)
    commune_share = _shares(domain, communes.index, boundaries, "commune", VINTAGE, covered)
    position = pd.Series(np.arange(len(domain.unit_ids)), index=list(domain.unit_ids))
    home = position[communes["parent_id"]].to_numpy(np.int64)
    sets = []
    for vintage in boundaries.vintages():
        for level in boundaries.levels(vintage):
            ids = boundaries.units(level, vintage).index
            if vintage in SHIPPED_VINTAGES:
                base, members = base_units(boundaries, level, vintage)
                order = communes.index.get_indexer(base.index)
                sets.append(
                    UnitSet(level, vintage, ids, commune_share[order], home[order], sparse.csr_array(members.T))
                )
            else:
                shares = _shares(domain, ids, boundaries, level, vintage, covered)
                sets.append(_cut(level, vintage, ids, shares, domain))
    return tuple(sets)


def _shares(
    domain: Domain, ids: pd.Index, boundaries: Boundaries, level: str, vintage: str, covered: Floats
) -> sparse.csr_array:
    overlap = domain.grid.overlap(boundaries.units(level, vintage).loc[ids])[domain.chosen]
    return sparse.csr_array(sparse.csr_array(overlap.T).multiply(1 / covered))


def _cut(level: str, vintage: str, ids: pd.Index, shares: sparse.csr_array, domain: Domain) -> UnitSet:
    """Cut the units along the cercles; a cell in two cercles gives each the same part of it."""
    blocks, members, parent = [], [], []
    for unit in range(shares.shape[0]):
        inside = shares[[unit]]
        by_cercle = domain.share.multiply(inside.toarray())
        for cercle in np.flatnonzero(np.asarray(by_cercle.sum(axis=1)).ravel() > 0):
            blocks.append(sparse.csr_array(by_cercle)[[cercle]])
            members.append(unit)
            parent.append(cercle)
    count = len(parent)
    membership = sparse.csr_array((np.ones(count), (members, np.arange(count))), shape=(shares.shape[0], count))
    return UnitSet(level, vintage, ids, sparse.csr_array(sparse.vstack(blocks)), np.array(parent, np.int64), membership)
