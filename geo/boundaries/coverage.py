"""Whether polygons from a file make a coverage of Mali: valid, without overlap, in the right place."""

from __future__ import annotations

import math
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from geo.boundaries.grid import to_metric
from geo.boundaries.overlap import left_out
from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS
from geo.core.errors import GeometryError
from geo.core.messages import Message, message

#: Units that overlap by less are edges drawn twice, which are snapped together and named in a note; more is refused.
OVERLAP_TOLERANCE_KM2: Final = 0.01
#: Official sets differ by more than this only if they are of another country or have their axes swapped.
MIN_SHARE_IN_MALI: Final = 0.9
#: From this share of the country on, what is left out is told to the hundredth of a percent.
_NEARLY_ALL: Final = 0.99


def check_polygons(polygons: gpd.GeoSeries, file: str) -> None:
    """Raise `GeometryError` naming the first feature of `file` that is not a valid polygon."""
    for row, geometry in enumerate(polygons, start=1):
        if geometry is None or geometry.is_empty:
            raise GeometryError(
                message("{file}, feature {row}: there is no geometry; expected a polygon.", file=file, row=row)
            )
        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise GeometryError(
                message(
                    "{file}, feature {row}: the geometry is a {type}; expected a polygon.",
                    file=file,
                    row=row,
                    type=geometry.geom_type,
                )
            )
        if not geometry.is_valid:
            raise GeometryError(
                message(
                    "{file}, feature {row}: the polygon is invalid ({reason}); mend it in the source.",
                    file=file,
                    row=row,
                    reason=shapely.is_valid_reason(geometry),
                )
            )


def as_coverage(geometry: gpd.GeoSeries, names: pd.Series[str], file: str) -> tuple[gpd.GeoSeries, list[Message]]:
    """Return `geometry` as a coverage with RFC 7946 winding, and notes on what was snapped and what it leaves out.

    Parameters
    ----------
    geometry : GeoSeries
        Valid polygons in EPSG:4326.
    names : Series
        Their names, for messages.
    file : str
        Where they come from, for messages.

    Raises
    ------
    GeometryError
        If two overlap by more than `OVERLAP_TOLERANCE_KM2`, or the set does not lie in Mali.
    """
    notes = []
    overlap_km2 = _overlap(geometry, names, file)
    polygons = shapely.force_2d(geometry.to_numpy())
    if not shapely.coverage_is_valid(polygons):
        polygons = shapely.coverage_clean(polygons)
        notes.append(
            message(
                "{file}: edges drawn twice were snapped together (overlaps of {overlap_m2} m² in all).",
                file=file,
                overlap_m2=round(overlap_km2 * 1e6, 1),
            )
        )
    country = Boundaries.shipped().country()
    # The overlay of the two outlines is for the share only; snapped slivers do not matter.
    covered = gpd.GeoSeries([shapely.union_all(polygons), country], crs=geometry.crs).to_crs(METRIC_CRS)
    inside_km2 = covered.iloc[0].intersection(covered.iloc[1]).area / 1e6
    total_km2, mali_km2 = covered.area / 1e6
    if inside_km2 < MIN_SHARE_IN_MALI * total_km2:
        raise GeometryError(
            message(
                "{file}: only {percent} % of its area lies in Mali; expected longitude, latitude of Malian units.",
                file=file,
                percent=round(100 * inside_km2 / total_km2),
            )
        )
    if len(left_out(to_metric(polygons), Boundaries.shipped())):
        share = inside_km2 / mali_km2
        notes.append(
            message(
                "{file} covers {percent} % of Mali; nothing can be counted in the rest.",
                file=file,
                # rounded down: all of Mali but Bamako is not 100 %
                percent=round(100 * share) if share < _NEARLY_ALL else math.floor(10_000 * share) / 100,
            )
        )
    oriented = shapely.orient_polygons(polygons, exterior_cw=False)
    return gpd.GeoSeries(oriented, index=geometry.index, crs=geometry.crs), notes


def _overlap(geometry: gpd.GeoSeries, names: pd.Series[str], file: str) -> float:
    """Return the overlap of all pairs in km²; raise where one pair's is over the tolerance."""
    metric = geometry.to_crs(METRIC_CRS).to_numpy()
    first, second = shapely.STRtree(metric).query(metric, predicate="intersects")
    first, second = first[first < second], second[first < second]
    overlap_km2 = shapely.area(shapely.intersection(metric[first], metric[second])) / 1e6
    if len(overlap_km2) and overlap_km2.max() > OVERLAP_TOLERANCE_KM2:
        worst = overlap_km2.argmax()
        raise GeometryError(
            message(
                "{file}: {first} (feature {first_row}) and {second} (feature {second_row}) overlap by {overlap_km2} "
                "km².",
                file=file,
                first=names.iloc[first[worst]],
                first_row=int(first[worst]) + 1,
                second=names.iloc[second[worst]],
                second_row=int(second[worst]) + 1,
                overlap_km2=round(float(overlap_km2[worst]), 3),
            )
        )
    return float(overlap_km2.sum())
