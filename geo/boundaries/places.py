"""The gazetteer: towns, villages, airstrips and communes, found by any spelling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from geo.boundaries.resolution import aliases
from geo.core.crs import GEOD, STORAGE_CRS
from geo.core.errors import AmbiguousNameError, ParameterError, UnknownNameError
from geo.core.messages import Message, message
from geo.core.names import MAX_NAME_LENGTH, fold, nearest, shown
from geo.core.provenance import data_path

#: Most telling first: a bare name means the town before the airstrip or the commune that bears it.
KINDS: Final = ("town", "village", "commune", "airstrip")
_KIND_NAMES: Final = MappingProxyType(
    {
        "town": message("town"),
        "village": message("village"),
        "commune": message("commune"),
        "airstrip": message("airstrip"),
    }
)

#: Places of one name within this distance are one place to a reader: a town, its commune, its airstrip.
ONE_PLACE_KM: Final = 30.0
#: Below this likeness, 0 to 100, a spelling is not offered.
MIN_LIKENESS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A named point in longitude, latitude (WGS 84).

    `error_km` says how far the point may be from what the name means: for a commune without a settlement of its name,
    the commune's reach. `population` is GeoNames' figure, None where it is not known.
    """

    place_id: str
    name: str
    kind: str
    cercle: str
    lon: float
    lat: float
    population: int | None
    error_km: float
    source: str

    def label(self) -> Message:
        """Name, kind and cercle, to tell this place from others of its name."""
        return message("{name} ({kind}, {cercle})", name=self.name, kind=_KIND_NAMES[self.kind], cercle=self.cercle)


class Gazetteer:
    """Places by name.

    Parameters
    ----------
    table : GeoDataFrame
        As `places` returns it.
    """

    def __init__(self, table: gpd.GeoDataFrame) -> None:
        self._places = tuple(_as_places(table))
        self._by_key: dict[str, list[Place]] = defaultdict(list)
        self._spellings: dict[str, str] = {}
        for place, also in zip(self._places, table["also"], strict=True):
            self._enter(place.name, place)
            if isinstance(also, str):
                self._enter(also, place)
        for alias, name, _ in aliases():
            for place in list(self._by_key.get(fold(name), ())):
                if place.name == name:
                    self._enter(alias, place)

    @staticmethod
    def shipped() -> Gazetteer:
        """Return the gazetteer of the shipped places, always the same object."""
        return _shipped()

    def _enter(self, spelling: str, place: Place) -> None:
        known = self._by_key[fold(spelling)]
        if place not in known:
            known.append(place)
            known.sort(key=lambda each: KINDS.index(each.kind))
            self._spellings[spelling] = place.name

    def find(self, name: str, *, kind: str | None = None) -> Place:
        """Return the place called `name`; accents, case, hyphens and English spellings do not matter.

        Of places within 30 km that share a name the most telling is meant: town, village, commune, airstrip. An id
        of a place is also a name of it.

        Raises
        ------
        UnknownNameError
            If there is none; `candidates` holds the three nearest spellings.
        AmbiguousNameError
            If places further apart share it; `candidates` holds their ids.
        ParameterError
            If there is no such kind.

        Examples
        --------
        >>> Gazetteer.shipped().find("timbuktu").name
        'Tombouctou'
        """
        _check_kind(kind)
        found = [place for place in self._by_key.get(fold(name), ()) if kind in (None, place.kind)]
        found = found or [place for place in self._places if place.place_id == name and kind in (None, place.kind)]
        if not found:
            candidates = nearest(name, self._spellings)
            raise UnknownNameError(
                message(
                    "{name} is not known; the nearest spellings are {nearest}.",
                    name=shown(name),
                    nearest=", ".join(candidates),
                ),
                candidates=candidates,
            )
        best, *others = found
        if any(_distance_km(best, other) > ONE_PLACE_KM for other in others):
            ids = tuple(place.place_id for place in found)
            raise AmbiguousNameError(
                message(
                    "{name} is the name of several places: {places}. Say which by its id ({ids}).",
                    name=shown(name),
                    places=tuple(place.label() for place in found),
                    ids=", ".join(ids),
                ),
                candidates=ids,
            )
        return best

    def search(self, text: str, *, limit: int = 10) -> tuple[Place, ...]:
        """Return places for a text being typed: its name, names that begin with it, like spellings; towns first.

        Any text gives a tuple, possibly empty.
        """
        key = fold(text[:MAX_NAME_LENGTH])
        if not key or limit < 1:
            return ()
        begins = [place for each, found in self._by_key.items() if each.startswith(key) for place in found]
        begins.sort(
            key=lambda place: (
                fold(place.name) != key,
                KINDS.index(place.kind),
                -(place.population or 0),
                place.name,
                place.place_id,
            )
        )
        like = process.extract(key, self._by_key.keys(), scorer=fuzz.ratio, score_cutoff=MIN_LIKENESS, limit=limit)
        alike = [place for each, _, _ in like for place in self._by_key[each]]
        return tuple(dict.fromkeys([*begins, *alike]))[:limit]

    def nearest(self, lon: float, lat: float, *, kinds: tuple[str, ...] = ("town", "village")) -> tuple[Place, float]:
        """Return the place nearest to a point in longitude, latitude, and its distance in km along the ellipsoid.

        Raises
        ------
        ParameterError
            If `kinds` names none there is, or the coordinates are out of range.
        """
        for kind in kinds:
            _check_kind(kind)
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ParameterError(
                message("{lon}, {lat} is not a longitude and a latitude.", lon=lon, lat=lat), parameter="lon"
            )
        those = [place for place in self._places if place.kind in kinds]
        if not those:
            raise ParameterError(message("Name at least one kind of place."), parameter="kinds")
        count = len(those)
        _, _, distance_m = GEOD.inv(
            np.full(count, lon), np.full(count, lat), [place.lon for place in those], [place.lat for place in those]
        )
        position = int(np.argmin(distance_m))
        return those[position], float(distance_m[position]) / 1000


def places() -> gpd.GeoDataFrame:
    """Return the shipped places: points in EPSG:4326, indexed by ``place_id``.

    Columns: ``name``, ``also`` (another spelling or the ICAO code), ``kind`` (one of `KINDS`), ``cercle``
    (its name), ``population`` (GeoNames; missing where not known), ``error_km``, ``source``.
    """
    return _table().copy()


@cache
def _table() -> gpd.GeoDataFrame:
    table = pd.read_csv(data_path("regions/places.csv"), index_col="place_id", dtype={"population": "Int64"})
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    return gpd.GeoDataFrame(table, geometry=points, crs=STORAGE_CRS)


@cache
def _shipped() -> Gazetteer:
    return Gazetteer(_table())


def _as_places(table: gpd.GeoDataFrame) -> Iterator[Place]:
    columns = ["name", "kind", "cercle", "population", "error_km", "source"]
    rows = table[columns].itertuples(name=None)
    for (place_id, name, kind, cercle, population, error_km, source), point in zip(rows, table.geometry, strict=True):
        known = None if pd.isna(population) else int(population)
        yield Place(place_id, name, kind, cercle, point.x, point.y, known, float(error_km), source)


def _distance_km(one: Place, other: Place) -> float:
    return float(GEOD.inv(one.lon, one.lat, other.lon, other.lat)[2]) / 1000


def _check_kind(kind: str | None) -> None:
    if kind is not None and kind not in KINDS:
        raise ParameterError(
            message("There is no kind of place {kind}; there are {known}.", kind=shown(kind), known=", ".join(KINDS)),
            parameter="kind",
        )
