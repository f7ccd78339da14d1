"""Mali's regions, cercles and communes in three vintages, and in those a person imports.

Mali had 8 regions and Bamako until 2015, 10 and Bamako from 2016 (Ménaka, Taoudénit), 19 and Bamako from 2023. The
outlines of all three are made of the 701 communes of 2015, so that every level of every vintage shares its edges;
where the law drew them otherwise a unit is marked `approximate` and its `note` says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geo.boundaries.resolution import Unit, UnitNames, level_in_name
from geo.boundaries.units import LEVELS, SHIPPED_VINTAGES, UNIT_COLUMNS, boundary_layer, codes_of, shipped_units
from geo.core.crs import METRIC_CRS, STORAGE_CRS
from geo.core.errors import ParameterError
from geo.core.messages import message

__all__ = ["DEFAULT_VINTAGE", "LEVELS", "SHIPPED_VINTAGES", "UNIT_COLUMNS", "Boundaries", "Unit"]

DEFAULT_VINTAGE: Final = "2016"

_NO_CERCLES_2023: Final = message(
    "The 159 cercles of 2023 have no open geometry yet: import an official set as a vintage of its own, or use "
    "vintage 2016."
)


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Shipped and imported vintages; read-only, and safe to share between threads.

    Tables come back as copies that a caller may change; they are in longitude, latitude (EPSG:4326), indexed by
    ``unit_id``, with the columns `UNIT_COLUMNS`. Use `shipped` or `with_imported` to get one.
    """

    imported: Mapping[str, gpd.GeoDataFrame] = field(default_factory=lambda: MappingProxyType({}))
    _simplified: dict[tuple[str, str, float], gpd.GeoDataFrame] = field(default_factory=dict, repr=False)
    _registers: dict[str, UnitNames] = field(default_factory=dict, repr=False)

    @staticmethod
    def shipped() -> Boundaries:
        """Return the boundaries that come with Sira, always the same object."""
        return _shipped()

    @classmethod
    def with_imported(cls, vintages: Mapping[str, gpd.GeoDataFrame]) -> Boundaries:
        """Return the shipped boundaries and, beside them, `vintages`: name → unit table of one or more levels.

        Raises
        ------
        ParameterError
            If a vintage bears the name of a shipped one.
        """
        taken = sorted(set(vintages) & set(SHIPPED_VINTAGES))
        if taken:
            raise ParameterError(
                message(
                    "The vintage {vintage} is shipped with Sira; give the imported one another name.", vintage=taken[0]
                ),
                parameter="vintage",
            )
        return cls(MappingProxyType(dict(vintages))) if vintages else cls.shipped()

    def vintages(self) -> tuple[str, ...]:
        """Return the names of all vintages, the shipped ones first."""
        return (*SHIPPED_VINTAGES, *self.imported)

    def levels(self, vintage: str) -> tuple[str, ...]:
        """Return the levels that `units` can give in `vintage`, coarsest first."""
        self._check_vintage(vintage)
        if vintage in self.imported:
            present = set(self.imported[vintage]["level"])
            return tuple(level for level in LEVELS if level in present)
        return tuple(level for level in LEVELS if (level, vintage) != ("cercle", "2023"))

    def units(self, level: str, vintage: str) -> gpd.GeoDataFrame:
        """Return the unit table of one level.

        Population is the projection for 2020 and missing where it is not known for exactly this unit. In vintage
        2015 a cercle's ``pcode`` is of the code set ``cod2015``, in 2016 of ``ocha2020``; communes have ``cod2015``
        codes only. In vintage 2023, which has no cercles here, a commune's ``parent_id`` is its region.

        Parameters
        ----------
        level : {"region", "cercle", "commune"}
        vintage : str
            One of `vintages`.

        Raises
        ------
        ParameterError
            If there is no such level or vintage, or the vintage has no units of this level (the cercles of 2023).

        Examples
        --------
        >>> len(Boundaries.shipped().units("region", "2016"))
        11
        """
        return self._units(level, vintage).copy()

    def simplified(self, level: str, vintage: str, tolerance_m: float) -> gpd.GeoDataFrame:
        """Return `units` with simpler outlines that still share their edges.

        Parameters
        ----------
        tolerance_m : float
            Corners that span a triangle smaller than its square go (Visvalingam-Whyatt); 0 leaves all.

        Raises
        ------
        ParameterError
            As `units`, and if the tolerance is negative or not a number.
        """
        if not tolerance_m >= 0:
            raise ParameterError(
                message("The tolerance must be a number of metres from 0 up, not {tolerance}.", tolerance=tolerance_m),
                parameter="tolerance_m",
            )
        key = (level, vintage, float(tolerance_m))
        if key not in self._simplified:
            self._simplified[key] = _simplify(self._units(level, vintage), tolerance_m)
        return self._simplified[key].copy()

    def ancestors(self, level: str, ancestor: str, vintage: str) -> pd.Series[str]:
        """Return for each unit of `level` the id of the unit of the coarser level `ancestor` that it belongs to.

        A cercle that a vintage's regions split (Tombouctou since 2016) is given the region that keeps most of its
        communes: go by communes where that matters.

        Raises
        ------
        ParameterError
            As `units`, and if `ancestor` is not coarser than `level`.
        """
        coarser = self._units(ancestor, vintage).index
        parents: pd.Series[str] = self._units(level, vintage)["parent_id"]
        if LEVELS.index(ancestor) >= LEVELS.index(level):
            raise ParameterError(
                message("A {level} has no ancestor of the level {ancestor}.", level=level, ancestor=ancestor),
                parameter="ancestor",
            )
        if (level, ancestor) == ("commune", "region") and vintage in SHIPPED_VINTAGES:
            # Not by way of the cercles: one of them lies in two regions.
            parents = boundary_layer("communes").set_index("unit_id")[f"region_id_{vintage}"]
        elif not parents.dropna().isin(coarser).all():
            parents = parents.map(self._units("cercle", vintage)["parent_id"])
        return parents.rename(f"{ancestor}_id")

    def country(self) -> Polygon | MultiPolygon:
        """Return Mali's outline: the union of the shipped communes."""
        return _country()

    def matches(
        self, name: str, *, level: str | None = None, vintage: str = DEFAULT_VINTAGE, within: str | None = None
    ) -> tuple[Unit, ...]:
        """Return all units that `name` may mean, coarsest first; empty if there is none. See `resolve`."""
        return self._register(level or level_in_name(name), vintage).matches(name, level, within)

    def resolve(
        self, name: str, *, level: str | None = None, vintage: str = DEFAULT_VINTAGE, within: str | None = None
    ) -> Unit:
        """Return the one unit that `name` means.

        Accents, case, spaces and hyphens do not matter; English and historical spellings are known; "cercle de …",
        "région de …", "commune de …" say the level. A P-code will do where every code set gives it to one unit.

        Parameters
        ----------
        name : str
            A name or a P-code; any text.
        level : {"region", "cercle", "commune"}, optional
            Needed where units of several levels share the name.
        vintage : str
        within : str, optional
            Name of a coarser unit, where several units of one level share the name.

        Raises
        ------
        UnknownNameError
            If nothing is called that; `candidates` holds the three nearest spellings.
        AmbiguousNameError
            If several units are; `candidates` holds what tells them apart.
        ParameterError
            As `units`, and if the name says another level than `level`.

        Examples
        --------
        >>> Boundaries.shipped().resolve("Timbuktu", level="cercle").name
        'Tombouctou'
        """
        return self._register(level or level_in_name(name), vintage).resolve(name, level, within)

    def resolve_code(
        self, pcode: str, *, pcode_set: str, name: str | None = None, vintage: str = DEFAULT_VINTAGE
    ) -> Unit:
        """Return the unit that has `pcode` in the code set `pcode_set`, cross-checked against `name` where given.

        Raises
        ------
        UnknownNameError
            If the code set has no such code.
        CodeMismatchError
            If the code is another unit's than the one that `name` means.
        ParameterError
            If there is no such code set or vintage.
        """
        return self._register(None, vintage).by_code(pcode, pcode_set, name)

    def codes(self, vintage: str) -> dict[tuple[str, str], str]:
        """Return (code set, P-code) → unit id of a vintage; raises `ParameterError` where there is no such vintage."""
        self._check_vintage(vintage)
        return codes_of([self._units(level, vintage) for level in self.levels(vintage)], vintage)

    def _check_vintage(self, vintage: str) -> None:
        if vintage not in self.vintages():
            raise ParameterError(
                message(
                    "There is no vintage {vintage}; there are {known}.",
                    vintage=vintage,
                    known=", ".join(self.vintages()),
                ),
                parameter="vintage",
            )

    def _check(self, level: str, vintage: str) -> None:
        self._check_vintage(vintage)
        if level not in LEVELS:
            raise ParameterError(
                message("There is no level {level}; there are {known}.", level=level, known=", ".join(LEVELS)),
                parameter="level",
            )
        if (level, vintage) == ("cercle", "2023"):
            raise ParameterError(_NO_CERCLES_2023, parameter="level")
        if level not in self.levels(vintage):
            raise ParameterError(
                message("The vintage {vintage} has no units of the level {level}.", vintage=vintage, level=level),
                parameter="level",
            )

    def _units(self, level: str, vintage: str) -> gpd.GeoDataFrame:
        self._check(level, vintage)
        if vintage in self.imported:
            table = self.imported[vintage]
            return table[table["level"] == level]
        return shipped_units(level, vintage)

    def _register(self, level: str | None, vintage: str) -> UnitNames:
        if level is None:
            self._check_vintage(vintage)
        else:
            self._check(level, vintage)
        if vintage not in self._registers:
            tables = [self._units(each, vintage) for each in self.levels(vintage)]
            self._registers[vintage] = UnitNames(pd.concat(tables), codes_of(tables, vintage))
        return self._registers[vintage]


@cache
def _shipped() -> Boundaries:
    return Boundaries()


@cache
def _country() -> Polygon | MultiPolygon:
    return shapely.coverage_union_all(boundary_layer("communes").geometry.to_numpy())


def _simplify(table: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    if tolerance_m == 0:
        return table
    metric = table.geometry.to_crs(METRIC_CRS)
    simpler = shapely.coverage_simplify(metric.to_numpy(), tolerance_m)
    simpler = shapely.orient_polygons(simpler, exterior_cw=False)
    return table.set_geometry(gpd.GeoSeries(simpler, index=table.index, crs=METRIC_CRS).to_crs(STORAGE_CRS))
