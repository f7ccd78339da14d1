"""Where each row lies, and whether that can be true: outside Mali, swapped, 0/0, the centre of a unit."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS, STORAGE_CRS, TO_METRIC
from geo.core.messages import Message, message
from geo.incidents import notes
from geo.incidents.named_units import ORDER, NamedUnits
from geo.incidents.naming import (
    HABIT,
    TOLERANCE_M,
    compare_with_names,
    find_lost_signs,
    names_something,
    place_by_names,
)
from geo.incidents.places import Places
from geo.incidents.positions import read_points
from geo.incidents.raw import Raw
from geo.incidents.schema import DEFAULT_ERROR_KM, UNIT_PRECISIONS, LocationPrecision
from geo.incidents.vocabulary import LOCATION_PRECISIONS
from geo.locate.locator import Locator
from geo.reading.numbers import parse_column, parse_decimal, parse_metres
from geo.reading.text import each, fold, is_blank, where
from geo.roads.shipped import load_roads

#: Vintage of the units that points of a stated precision and centres stand for, by level.
VINTAGES: Final = {level: vintages[0] for level, vintages in ORDER.items()}

_MALI: Final = frozenset({"mali", "ml", "mli", "republique_du_mali", "republic_of_mali", "432", "466"})
#: Fields whose faults keep a point from being judged.
_WHERE: Final = ("longitude", "latitude", "geopoint", "easting", "accuracy_m", "geometry_type", "point")

#: A point is on a unit's centre if it is nearer than this share of the side of a square of the unit's area (and than
#: `_CENTRE_KM`): by chance that befalls one point in a thousand.
_CENTRE_SHARE: Final = 0.01
_CENTRE_KM: Final = 1.0


def locate(raw: Raw, boundaries: Boundaries) -> Places:
    """Place all rows; rows that cannot be placed are set aside in ``raw.faults``."""
    places = _stated(raw)
    _stated_units(raw, places, boundaries)
    wide = _coordinates(raw, places, boundaries)
    units = NamedUnits(boundaries, raw.pcodes)
    _check_points(raw, places, units)
    without = np.isnan(places.lon) & (places.unit == None) & ~raw.faults.of(*_WHERE)  # noqa: E711 - element by element
    place_by_names(raw, places, units, without)
    _units_of_points(raw, places, boundaries)
    if not raw.judged:
        _centres(raw, places, boundaries)
        _say_how_close(raw, wide & ~np.isnan(places.lon) & ~raw.faults.bad)
    return places


def _stated(raw: Raw) -> Places:
    """Read precision and error; a point without either is exact, as an instrument or a map gives it."""
    n = len(raw)
    texts = raw.column("location_precision")
    errors = raw.column("location_error_km")
    apart = each(texts, lambda text: _distance(text, LOCATION_PRECISIONS))
    errors = errors.where((errors != "") | (apart == ""), apart)
    texts = texts.where(apart == "", "")
    words = each(texts, lambda text: LOCATION_PRECISIONS.get(fold(text), ""))
    raw.faults.add(
        (words == "").to_numpy() & ~where(texts, is_blank),
        "location_precision",
        texts,
        lambda _, value: message(
            "{value} is no location precision; expected one of: {expected}.",
            value=value,
            expected=", ".join(LocationPrecision),
        ),
        "code",
    )
    error_km, unreadable = parse_column(errors, parse_decimal)
    raw.faults.add(
        unreadable | (error_km < 0) | (error_km > 1_000),
        "location_error_km",
        errors,
        lambda _, value: message("{value} is not a distance between 0 and 1000 km.", value=value),
        "location",
    )
    precision = np.array(words, dtype=object)
    precision[(precision == "") & ~np.isnan(error_km)] = LocationPrecision.WITHIN_KM.value
    raw.faults.add(
        (precision == LocationPrecision.WITHIN_KM.value) & np.isnan(error_km),
        "location_precision",
        texts,
        lambda _, __: message("The precision is a distance, but the distance is missing."),
        "location",
    )
    return Places(np.full(n, np.nan), np.full(n, np.nan), precision, error_km, np.full(n, None, dtype=object))


def _distance(text: str, known: Container[str]) -> str:
    """Return the kilometres that a cell for the precision says instead of a word; nothing where it says none."""
    if fold(text) in known or not any(map(str.isalpha, text)):
        return ""
    metres = parse_metres(text)
    return "" if np.isnan(metres) else repr(metres / 1_000)


def _stated_units(raw: Raw, places: Places, boundaries: Boundaries) -> None:
    """Take the unit or road that a row names by Sira's own id; only Sira writes such a column."""
    if "location_unit" not in raw.frame:
        return
    texts = raw.column("location_unit")
    known = {
        level: frozenset().union(*(boundaries.units(level, vintage).index for vintage in vintages))
        for level, vintages in ORDER.items()
    }
    known[LocationPrecision.ROAD_AXIS.value] = frozenset(load_roads().index)
    for position in np.flatnonzero((texts != "").to_numpy()):
        if texts[position] in known.get(places.precision[position], ()):
            places.unit[position] = texts[position]
    raw.faults.add(
        (texts != "").to_numpy() & (places.unit == None),  # noqa: E711 - element by element
        "location_unit",
        texts,
        lambda i, value: message(
            "{value} is the id of no unit or road of the precision {precision}.",
            value=value,
            precision=places.precision[i],
        ),
        "location",
    )


def _coordinates(raw: Raw, places: Places, boundaries: Boundaries) -> NDArray[np.bool_]:
    """Take the points; where the source states no error, mark and widen those whose writing or device implies one."""
    kinds = raw.column("geometry_type")
    raw.faults.add(
        (kinds != "").to_numpy(),
        "geometry_type",
        kinds,
        lambda _, value: message("The geometry is a {value}; expected a point.", value=value),
        "location",
    )
    points = read_points(raw, boundaries.country().bounds)
    places.lon, places.lat = points.lon, points.lat
    least = np.full(len(raw), DEFAULT_ERROR_KM[LocationPrecision.EXACT])
    least[places.precision == LocationPrecision.SETTLEMENT.value] = DEFAULT_ERROR_KM[LocationPrecision.SETTLEMENT]
    wide = np.isnan(places.error_km) & ~np.isnan(points.lon) & (points.error_km > least) & (not raw.judged)
    wide &= np.isin(places.precision, ["", LocationPrecision.EXACT.value, LocationPrecision.SETTLEMENT.value])
    places.error_km[wide] = np.ceil(np.round(1_000 * points.error_km[wide], 6)) / 1_000  # whole metres
    places.precision[wide & (places.precision != LocationPrecision.SETTLEMENT.value)] = (
        LocationPrecision.WITHIN_KM.value
    )
    return wide


def _say_how_close(raw: Raw, wide: NDArray[np.bool_]) -> None:
    if wide.any():
        raw.notes.append(
            message(
                "{count} {count:point is|points are} known less closely than to {limit} m, by {count:its|their} "
                "decimals, minutes, digits or the device's accuracy: that is {count:its|their} location error.",
                count=int(wide.sum()),
                limit=round(1_000 * DEFAULT_ERROR_KM[LocationPrecision.EXACT]),
            )
        )


def _point_texts(places: Places) -> pd.Series:
    texts = ["" if x != x and y != y else f"{x:.12g}, {y:.12g}" for x, y in zip(places.lon, places.lat, strict=True)]
    return pd.Series(texts, dtype=object)


def _check_points(raw: Raw, places: Places, units: NamedUnits) -> None:
    country = units.boundaries.country()
    texts = _point_texts(places)
    raw.faults.add(
        (places.lon == 0) & (places.lat == 0),
        "point",
        texts,
        lambda _, __: message("The coordinates are 0, 0: they stand for a place that was not entered."),
        "location",
    )
    shapely.prepare(country)
    has_point = ~raw.faults.of(*_WHERE) & ~np.isnan(places.lon) & ~np.isnan(places.lat)
    inside = _within(country, places.lon, places.lat, has_point)
    mirrored = _within(country, places.lat, places.lon, has_point & ~inside)
    if mirrored.sum() >= HABIT and 2 * mirrored.sum() > has_point.sum():
        raw.notes.append(_exchanged(raw, int(mirrored.sum())))
    raw.faults.add(
        mirrored,
        "point",
        texts,
        lambda _, __: message("Longitude and latitude look swapped: the other way round the point is in Mali."),
        "swapped",
    )
    _check_range(raw, places, texts, has_point)
    if not raw.judged and names_something(raw):
        find_lost_signs(raw, places, units, has_point & ~raw.faults.of(*_WHERE))
        compare_with_names(raw, places, units, inside & ~raw.faults.of(*_WHERE))
    beyond_m = _distance_outside(country, places, has_point & ~inside & ~raw.faults.of(*_WHERE))
    abroad = _abroad(raw)
    raw.faults.add(
        has_point & inside & abroad,
        "country",
        raw.column("country"),
        lambda _, value: message(
            "The source places the event in {country}, but its point lies in Mali.", country=value
        ),
        "location",
    )
    raw.faults.add(
        has_point & ~inside & (np.isnan(beyond_m) | abroad) & ~raw.faults.of("longitude"),
        "point",
        texts,
        lambda row, _: _outside(country, places, row),
        "outside",
    )
    near = np.flatnonzero(~np.isnan(beyond_m) & ~raw.faults.bad)
    if raw.judged:
        return  # its own note says it
    if len(near):
        raw.notes.append(
            message(
                "{count} {count:point|points} up to {limit} m outside the border {count:was taken, with|were "
                "taken, each with} a note.",
                count=len(near),
                limit=round(TOLERANCE_M),
            )
        )
    for position in near:
        raw.row_notes[int(position)].append(notes.outside_border(round(float(beyond_m[position]))))


def _outside(country: shapely.Geometry, places: Places, row: int) -> Message:
    """Say that a point lies abroad, and whether it would lie in the country with a minus sign."""
    lon, lat = float(places.lon[row]), float(places.lat[row])
    if lon > 0 and shapely.intersects_xy(country, -lon, lat):
        return message(
            "The point lies outside Mali; with {lon} it lies in Mali: is the minus sign or the W (O) missing?",
            lon=f"{-lon:.6g}".replace("-", "\u2212"),
        )
    return message("The point lies outside Mali.")


def _exchanged(raw: Raw, count: int) -> Message:
    """Offer to read each column as the other: that is for a person to say, columns are what they are named."""
    exchanged = f'longitude = "{raw.headers["latitude"]}", latitude = "{raw.headers["longitude"]}"'
    return message(
        "In {count} {count:row|rows} the point lies in Mali once longitude and latitude are exchanged. If the "
        "columns are named the wrong way round, say so in a column map: [columns] {line}.",
        count=count,
        line=exchanged,
    )


def _check_range(raw: Raw, places: Places, texts: pd.Series, has_point: NDArray[np.bool_]) -> None:
    raw.faults.add(
        has_point & ((np.abs(places.lat) > 90) | (np.abs(places.lon) > 180)),
        "point",
        texts,
        lambda _, __: message(
            "The coordinates are not degrees, which go to 90 and 180: is a decimal point or comma missing?"
        ),
        "location",
    )


def _within(
    country: shapely.Geometry, lon: NDArray[np.float64], lat: NDArray[np.float64], rows: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    result = np.zeros(len(lon), dtype=bool)
    result[rows] = shapely.intersects_xy(country, lon[rows], lat[rows])
    return result


def _distance_outside(country: shapely.Geometry, places: Places, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Metres from the border of points outside but within the tolerance; NaN elsewhere."""
    result = np.full(len(rows), np.nan)
    if rows.any():
        border = shapely.transform(country, lambda x, y: TO_METRIC.transform(x, y), interleaved=False)
        shapely.prepare(border)
        points = shapely.points(*TO_METRIC.transform(places.lon[rows], places.lat[rows]))
        near = shapely.dwithin(border, points, TOLERANCE_M)
        distance = np.full(len(points), np.nan)
        distance[near] = shapely.distance(border, points[near])
        result[rows] = distance
    return result


def _abroad(raw: Raw) -> NDArray[np.bool_]:
    """Mark rows whose source names another country than Mali."""
    return where(raw.column("country"), lambda text: not is_blank(text) and fold(text) not in _MALI)


def _units_of_points(raw: Raw, places: Places, boundaries: Boundaries) -> None:
    """Give rows whose point stands for a unit that unit, and take the point away: nothing happened just there."""
    for level in (LocationPrecision.REGION, LocationPrecision.CERCLE, LocationPrecision.COMMUNE):
        rows = (places.precision == level.value) & ~np.isnan(places.lon) & ~raw.faults.bad
        if rows.any():
            units = boundaries.units(level.value, VINTAGES[level.value])
            places.unit[rows] = _nearest_units(units, places.lon[rows], places.lat[rows])
    drop = np.isin(places.precision, [level.value for level in UNIT_PRECISIONS])
    places.lon[drop] = np.nan
    places.lat[drop] = np.nan
    places.error_km[drop] = np.nan
    settled = ~drop & (places.precision == "")
    places.precision[settled] = LocationPrecision.EXACT.value
    for precision, error_km in DEFAULT_ERROR_KM.items():
        places.error_km[(places.precision == precision.value) & np.isnan(places.error_km)] = error_km


def _nearest_units(units: gpd.GeoDataFrame, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.object_]:
    positions = Locator(units).positions(lon, lat)
    missing = positions < 0
    if missing.any():  # points that were taken from just outside the border
        tree = shapely.STRtree(units.geometry.to_crs(METRIC_CRS).to_numpy())
        points = shapely.points(*TO_METRIC.transform(lon[missing], lat[missing]))
        positions[missing] = tree.nearest(points)
    return np.array(units.index, dtype=object)[positions]


def _centres(raw: Raw, places: Places, boundaries: Boundaries) -> None:
    """A point on the centre of a unit stands for the unit, whatever precision it claims; the coarsest unit wins."""
    rows = ~np.isnan(places.lon) & ~raw.faults.bad
    if not rows.any():
        return
    points = shapely.points(*TO_METRIC.transform(places.lon[rows], places.lat[rows]))
    at = np.flatnonzero(rows)
    moved = 0
    for level in ("region", "cercle", "commune"):
        units = boundaries.units(level, VINTAGES[level])
        centres, reach_m = _centres_of(units)
        nearest, apart_m = shapely.STRtree(centres).query_nearest(points, return_distance=True, all_matches=False)
        hit = apart_m <= reach_m[nearest[1]]
        for point, unit in zip(nearest[0][hit], nearest[1][hit], strict=True):
            position = at[point]
            if places.unit[position] is not None:
                continue  # a coarser unit has it already
            moved += 1
            raw.row_notes[position].append(
                notes.centre_of(
                    f"{places.lon[position]:.6g}",
                    f"{places.lat[position]:.6g}",
                    str(units["name"].iloc[unit]),
                    level,
                )
            )
            places.unit[position] = str(units.index[unit])
            places.precision[position] = level
            places.lon[position] = places.lat[position] = places.error_km[position] = np.nan
    if moved:
        raw.notes.append(
            message(
                "{count} {count:point lies|points lie} on the centre of a region, cercle or commune and "
                "{count:was|were} taken as known to that unit only, {count:with|each with} a note.",
                count=moved,
            )
        )


def _centres_of(units: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Centroid in degrees, as GIS programs give it, of each unit, in metric coordinates; and how near is on it."""
    centres = shapely.centroid(units.geometry.to_numpy())
    points = shapely.points(*TO_METRIC.transform(shapely.get_x(centres), shapely.get_y(centres)))
    side_km = np.sqrt(units["area_km2"].to_numpy(dtype=float))
    return points, np.minimum(_CENTRE_SHARE * side_km, _CENTRE_KM) * 1_000


def points_of(places: Places) -> gpd.GeoSeries:
    """Return the geometry column: a point, or missing where only a unit is known."""
    has_point = ~np.isnan(places.lon)
    geometry = np.full(len(places.lon), None, dtype=object)
    geometry[has_point] = shapely.points(places.lon[has_point], places.lat[has_point])
    return gpd.GeoSeries(geometry, crs=STORAGE_CRS)
