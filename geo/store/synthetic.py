"""The synthetic default: incidents and hazard areas that never were, so that every feature can be tried.

Drawn by ``data/synthetic/build.py`` from ``data/synthetic/assumptions.toml``; each row is marked ``synthetic``. The
store seeds itself with both while it holds nothing real.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.core.crs import STORAGE_CRS
from geo.core.provenance import data_path
from geo.hazards.schema import conform as conform_hazards
from geo.hazards.shapes import area_m2, as_multipolygon
from geo.incidents.schema import COLUMNS
from geo.incidents.schema import conform as conform_incidents


def incidents() -> gpd.GeoDataFrame:
    """Return the synthetic incidents as a canonical incident table (`geo.incidents.schema`), EPSG:4326.

    Sources are "synthetic" and "synthetic-b"; the second reports some events of the first again.
    """
    table = pd.read_csv(data_path("synthetic/incidents.csv"), dtype="str", index_col="id")
    lon, lat = table.pop("longitude").astype("float64"), table.pop("latitude").astype("float64")
    dates = [name for name, dtype in COLUMNS.items() if dtype.startswith("datetime64")]
    table = table.assign(
        synthetic=table["synthetic"] == "true", **{name: pd.to_datetime(table[name]) for name in dates}
    )
    points = gpd.GeoSeries.from_xy(lon, lat, index=table.index, crs=STORAGE_CRS)
    return conform_incidents(gpd.GeoDataFrame(table, geometry=points.where(lon.notna())))


def hazards() -> gpd.GeoDataFrame:
    """Return the synthetic hazard areas as a canonical hazard table (`geo.hazards.schema`), EPSG:4326."""
    areas = gpd.read_file(data_path("synthetic/hazards.geojson"))
    areas.index = pd.Index(areas["source"] + ":" + areas["source_id"], name="id")
    areas["geometry"] = [as_multipolygon(shape) for shape in areas.geometry]
    return conform_hazards(areas.assign(area_measured_m2=[area_m2(shape) for shape in areas.geometry]))
