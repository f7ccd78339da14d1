"""Where each incident may lie, as shares of units: one for a point known well enough, spread where it is not."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from geo.boundaries.grid import to_metric
from geo.boundaries.overlap import NEAREST_KM, left_out, overlaps
from geo.boundaries.regions import Boundaries
from geo.core.crs import TO_METRIC, require_storage_crs
from geo.core.errors import InputError, ParameterError
from geo.core.messages import Message, message
from geo.incidents.schema import DEFAULT_ERROR_KM, UNIT_PRECISIONS, LocationPrecision
from geo.locate.locator import Locator
from geo.roads import load_roads

#: Segments of a quarter circle: the polygon of a disc lacks 0.01 % of its area.
_QUADRANT_SEGMENTS: Final = 64
#: Stands for the country among the ids of units and roads.
_COUNTRY: Final = ""


class Spreader:
    """Units made ready once, for whoever spreads incidents over the same ones again; safe to share between threads.

    An incident lies somewhere in its extent: the disc of its location error around its point, its road, the polygon
    of its commune, cercle or region, or the country where nothing closer is known.

    Parameters
    ----------
    units : GeoDataFrame
        Polygons in longitude and latitude that do not overlap, indexed by ``unit_id``.
    boundaries : Boundaries
        Where the units named in ``location_unit`` are looked up.
    """

    def __init__(self, units: gpd.GeoDataFrame, boundaries: Boundaries) -> None:
        require_storage_crs(units, "units")
        self.unit_ids: Final = units.index
        self._boundaries: Final = boundaries
        self._locator: Final = Locator(units)
        polygons = to_metric(units.geometry.to_numpy())
        #: The units, then what they leave out of the country, where that is anything.
        self._polygons: Final = np.concatenate([polygons, left_out(polygons, boundaries)])
        self._borders: Final = shapely.boundary(polygons)
        shapely.prepare(self._borders)
        # the first question makes GEOS build its index, which two threads must not do at once
        shapely.dwithin(self._borders, shapely.Point(0, 0), 1.0)
        self._known: Final[dict[str, sparse.csr_array]] = {}

    def shares(self, incidents: gpd.GeoDataFrame, weights: pd.Series | None = None) -> sparse.csr_array:
        """Return the share of each incident that falls to each unit, shape (incidents, units).

        Rows sum to 1, less what may lie in a part of the country that the units leave out (an imported vintage may
        cover a few regions only): there it cannot be counted, and the row of an incident that lies there is empty. A
        unit's share is proportional to the area of the extent inside it (of a road, the length) times the unit's
        weight. The row of an incident that can lie in one unit only has one entry, which is 1.

        Parameters
        ----------
        incidents : GeoDataFrame
            The geometry, ``location_precision``, ``location_error_km`` and ``location_unit`` of an incident table.
        weights : Series, optional
            Weight per km² of each unit, by ``unit_id``: for example people per km². Without it, or where it is 0 all
            over an extent, area alone decides.

        Raises
        ------
        InputError
            An incident lacks what its precision calls for, or lies more than `NEAREST_KM` outside every unit and
            outside the country.
        ParameterError
            A unit's weight is missing, negative or infinite.
        """
        require_storage_crs(incidents, "incidents")
        density = self._density(weights)
        has_extent = incidents["location_precision"].isin([*UNIT_PRECISIONS, LocationPrecision.ROAD_AXIS])
        parts = [self._disc_overlaps(incidents[~has_extent]), self._extent_overlaps(incidents[has_extent])]
        # both parts keep the order of the rows: put the rows back between one another
        order = np.concatenate([np.flatnonzero(~has_extent), np.flatnonzero(has_extent)])
        shares = normalise_rows(sparse.vstack(parts, format="csr")[np.argsort(order)], density)
        return sparse.csr_array(shares[:, : len(self.unit_ids)])

    def _density(self, weights: pd.Series | None) -> NDArray[np.float64]:
        if weights is None:
            return np.ones(len(self._polygons))
        density: NDArray[np.float64] = weights.reindex(self.unit_ids).to_numpy(np.float64, na_value=np.nan)
        usable = np.isfinite(density) & (density >= 0)
        if not usable.all():
            raise ParameterError(
                message(
                    "weights: {unit} has the weight {value}; each unit needs a finite one, 0 or more.",
                    unit=self.unit_ids[int(usable.argmin())],
                    value=density[int(usable.argmin())],
                ),
                parameter="weights",
            )
        left_out = len(self._polygons) - len(density)
        if left_out:  # nothing is known of it: as dense as the rest
            area = shapely.area(self._polygons[: len(density)])
            density = np.append(density, np.full(left_out, np.average(density, weights=area)))
        return density

    def _disc_overlaps(self, points: gpd.GeoDataFrame) -> sparse.csr_array:
        """Return the area of each point's disc in each polygon; a disc inside one unit counts 1 there."""
        _require(points, points.geometry.notna() & ~points.geometry.is_empty, message("a position"))
        radius_m = _radius_m(points)
        lon, lat = points.geometry.x.to_numpy(), points.geometry.y.to_numpy()
        centres = shapely.points(*TO_METRIC.transform(lon, lat))
        home = self._locator.positions(lon, lat)
        sure = home >= 0
        sure[sure] = ~shapely.dwithin(self._borders[home[sure]], centres[sure], radius_m[sure])

        unsure = np.flatnonzero(~sure)
        discs, disc_of = np.unique(
            np.column_stack([shapely.get_coordinates(centres[unsure]), radius_m[unsure]]), axis=0, return_inverse=True
        )
        middles = shapely.points(discs[:, :2])
        areas = overlaps(shapely.buffer(middles, discs[:, 2], quad_segs=_QUADRANT_SEGMENTS), self._polygons)
        areas += _nearest(middles, np.diff(areas.indptr) == 0, self._polygons)
        _require_inside(points.index[unsure], np.diff(areas.indptr)[disc_of] > 0)

        where = (np.arange(sure.sum()), home[sure])
        exact = sparse.csr_array((np.ones(sure.sum()), where), shape=(sure.sum(), len(self._polygons)))
        row = np.concatenate([np.flatnonzero(sure), unsure])
        return sparse.vstack([exact, areas[disc_of]], format="csr")[np.argsort(row)]

    def _extent_overlaps(self, incidents: gpd.GeoDataFrame) -> sparse.csr_array:
        """Return the area (m²) of each incident's unit, or the length (m) of its road, in each polygon."""
        if incidents.empty:
            return sparse.csr_array((0, len(self._polygons)))
        anywhere = incidents["location_precision"] == LocationPrecision.COUNTRY
        _require(incidents, anywhere | incidents["location_unit"].notna(), message("a unit or a road"))
        names, extent_of = np.unique(
            incidents["location_unit"].mask(anywhere, _COUNTRY).to_numpy().astype(str), return_inverse=True
        )
        new = [name for name in names if name not in self._known]
        if new:
            self._measure(new, dict(zip(names[extent_of], incidents.index, strict=True)))
        shared = sparse.vstack([self._known[name] for name in names], format="csr")
        _require_inside(incidents.index, np.diff(shared.indptr)[extent_of] > 0)
        return shared[extent_of]

    def _measure(self, names: list[str], named_by: dict[str, str]) -> None:
        """Keep the overlaps of the country and of units and roads, by id; `named_by` says which incident names each."""
        shapes = {_COUNTRY: self._boundaries.country(), **load_roads().geometry}
        for vintage in self._boundaries.vintages():
            for level in self._boundaries.levels(vintage):
                shapes |= self._boundaries.units(level, vintage).geometry
        for name in names:
            if name not in shapes:
                raise InputError(
                    message(
                        "Incident {id} is placed in {unit}; there is no unit or road of this id.",
                        id=named_by[name],
                        unit=name,
                    )
                )
        extents = to_metric(np.array([shapes[name] for name in names], dtype=object))
        shared = overlaps(extents, self._polygons)
        self._known.update({name: shared[[row]] for row, name in enumerate(names)})


def normalise_rows(overlaps: sparse.csr_array, density: NDArray[np.float64]) -> sparse.csr_array:
    """Return `overlaps` times the columns' density, each row divided by its sum; by overlap alone where that is 0."""
    row = np.repeat(np.arange(overlaps.shape[0]), np.diff(overlaps.indptr))
    weighted = overlaps.data * density[overlaps.indices]
    sums = np.bincount(row, weighted, minlength=overlaps.shape[0])
    weighted = np.where(sums[row] > 0, weighted, overlaps.data)
    sums = np.bincount(row, weighted, minlength=overlaps.shape[0])
    shares = sparse.csr_array((weighted / sums[row], overlaps.indices, overlaps.indptr), shape=overlaps.shape)
    shares.eliminate_zeros()
    return shares


def _nearest(middles: NDArray[np.object_], alone: NDArray[np.bool_], polygons: NDArray[np.object_]) -> sparse.csr_array:
    """Return 1 for the nearest polygon, within `NEAREST_KM`, of each of the `middles` that is `alone`."""
    tree = shapely.STRtree(polygons)
    which, unit = tree.query_nearest(middles[alone], max_distance=NEAREST_KM * 1000, all_matches=False)
    shape = (len(middles), len(polygons))
    return sparse.csr_array((np.ones(len(unit)), (np.flatnonzero(alone)[which], unit)), shape=shape)


def _radius_m(points: gpd.GeoDataFrame) -> NDArray[np.float64]:
    usual = points["location_precision"].map({key.value: km for key, km in DEFAULT_ERROR_KM.items()})
    radius_km = points["location_error_km"].fillna(usual.astype(np.float64))
    _require(points, radius_km >= 0, message("a location error in km"))
    radius_m: NDArray[np.float64] = radius_km.to_numpy(np.float64) * 1000
    return radius_m


def _require(incidents: gpd.GeoDataFrame, has: pd.Series, what: Message) -> None:
    if not has.all():
        lacking = incidents[~has].iloc[0]
        raise InputError(
            message(
                "Incident {id} has the location precision {precision} but lacks {what}.",
                id=lacking.name,
                precision=lacking["location_precision"],
                what=what,
            )
        )


def _require_inside(ids: pd.Index, inside: NDArray[np.bool_]) -> None:
    if not inside.all():
        raise InputError(
            message(
                "Incident {id} lies outside every unit, by more than {distance_km} km.",
                id=ids[int(inside.argmin())],
                distance_km=NEAREST_KM,
            )
        )
