"""The map's ground, from shipped vectors: neighbouring countries and rivers. No tiles, no other host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from babel import Locale

from api.base.country import FIRST_VIEW
from api.base.i18n import LANGUAGES
from api.layers.encode import feature_collection
from geo.core.provenance import data_path, sources

#: About 100 m: the ground is drawn at the scale of the country.
_DECIMALS: Final = 3
#: Part of a country that must lie in the first view for its name to be written, in square degrees.
_LEAST_PART_DEG2: Final = 1.0


@cache
def base_layer(name: str) -> bytes:
    """Return the layer `name` (a key of `BASE_LAYERS`) as GeoJSON; its member ``sira`` says where it is from."""
    file = f"regions/{name}.fgb"
    frame = BASE_LAYERS[name](gpd.read_file(data_path(file)))
    source = next(source for source in sources() if source.path == file)
    member = {"sources": [{"name": source.attribution, "licence": source.licence, "note": source.note}]}
    return feature_collection(frame, member, decimals=_DECIMALS)


def _neighbours(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the countries with their names in each language and the point where the name stands, if any."""
    shown = shapely.intersection(table.geometry.array, shapely.box(*FIRST_VIEW))
    is_named = shapely.area(shown) >= _LEAST_PART_DEG2
    places = np.full((len(table), 2), np.nan)
    places[is_named] = shapely.get_coordinates(shapely.point_on_surface(shown[is_named])).round(2)
    columns: dict[str, Any] = {
        f"name_{lang}": [Locale(lang).territories[code] for code in table["code"]] for lang in LANGUAGES
    }
    columns |= {"label_lon": places[:, 0], "label_lat": places[:, 1]}
    return gpd.GeoDataFrame(columns, geometry=table.geometry.array, crs=table.crs)


def _rivers(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table[["name", "geometry"]]


#: Layer → how the shipped table becomes it.
BASE_LAYERS: Final[Mapping[str, Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]]] = MappingProxyType(
    {"neighbours": _neighbours, "rivers": _rivers}
)
