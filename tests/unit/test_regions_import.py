"""Official boundary files: what is read, and what is refused with its reason."""

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon

from geo.boundaries.importing import UnitFile, combine, read_units
from geo.boundaries.regions import UNIT_COLUMNS, Boundaries
from geo.core.errors import CodeMismatchError, CRSError, FileError, GeometryError, ParameterError
from geo.hazards.vector import read_layer as read_areas
from geo.incidents.geofile import read_layer
from geo.reading.tabular import NOWHERE
from geo.roads.importing.reading import read_roads


@pytest.fixture
def cercles() -> gpd.GeoDataFrame:
    """Cercles with the column names of a COD-AB file, made from the shipped ones."""
    boundaries = Boundaries.shipped()
    table = boundaries.units("cercle", "2015")
    regions = boundaries.units("region", "2015").loc[table["parent_id"]]
    return gpd.GeoDataFrame(
        {
            "ADM1_FR": regions["name"].to_numpy(),
            "ADM1_PCODE": regions["pcode"].to_numpy(),
            "ADM2_FR": table["name"].to_numpy(),
            "ADM2_PCODE": table["pcode"].to_numpy(),
        },
        geometry=table.geometry.to_numpy(),
        crs=table.crs,
    )


def write(table: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".zip":
        folder = path.with_suffix("")
        folder.mkdir()
        table.to_file(folder / "units.shp", encoding="utf-8")
        with zipfile.ZipFile(path, "w") as archive:
            for part in sorted(folder.iterdir()):
                archive.write(part, part.name)
        return path
    table.to_file(path)
    return path


def geometry_of(table: gpd.GeoDataFrame, row: int, geometry: shapely.Geometry | None) -> gpd.GeoDataFrame:
    shapes = table.geometry.to_numpy().copy()
    shapes[row] = geometry
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))


@pytest.mark.parametrize("name", ["cercles.gpkg", "cercles.geojson", "cercles.zip"])
def test_each_format_becomes_a_vintage(cercles: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    read = read_units(write(cercles, tmp_path / name), "official-2024")
    assert read.notes == ()
    assert tuple(read.units.columns) == (*UNIT_COLUMNS, "geometry")
    assert set(read.units["level"]) == {"cercle"}
    boundaries = Boundaries.with_imported({"official-2024": read.units})
    assert boundaries.vintages() == ("2015", "2016", "2023", "official-2024")
    assert boundaries.levels("official-2024") == ("cercle",)
    table = boundaries.units("cercle", "official-2024")
    shipped = boundaries.units("cercle", "2015").set_index("pcode")
    table = table.set_index("pcode", drop=False)
    assert set(table["name"]) == set(shipped["name"])
    assert table["area_km2"].to_numpy() == pytest.approx(shipped["area_km2"].reindex(table.index).to_numpy(), rel=1e-3)
    assert table["population"].isna().all()
    assert set(table["pcode_set"]) == {"official-2024"}
    assert boundaries.units("cercle", "official-2024").index[0].startswith("cercle-official-2024-")
    unit = boundaries.resolve("Niafunke", vintage="official-2024")
    assert boundaries.resolve_code(unit.pcode or "", pcode_set="official-2024", vintage="official-2024") == unit
    simple = boundaries.simplified("cercle", "official-2024", 2_000)
    assert shapely.coverage_is_valid(simple.geometry.to_numpy())
    with pytest.raises(ParameterError, match="no units of the level region"):
        boundaries.units("region", "official-2024")


def test_rows_travel_by_name_whatever_their_order(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    straight = read_units(write(cercles, tmp_path / "a.gpkg"), "x").units
    shuffled = read_units(write(cercles.sample(frac=1, random_state=1), tmp_path / "b.gpkg"), "x").units
    assert shuffled.loc[straight.index].geom_equals(straight).all()
    assert (shuffled.loc[straight.index, "pcode"] == straight["pcode"]).all()


def test_a_plain_name_column_needs_the_level(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(cercles[["ADM2_FR", "geometry"]].rename(columns={"ADM2_FR": "Nom"}), tmp_path / "a.gpkg")
    with pytest.raises(FileError, match=r"no column says which level.*Nom"):
        read_units(path, "x")
    units = read_units(path, "x", "cercle").units
    assert "cercle-x-niafunke" in units.index
    assert units["pcode"].isna().all()
    assert units["pcode_set"].isna().all()


def test_no_name_column(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(cercles[["ADM2_PCODE", "geometry"]], tmp_path / "a.gpkg")
    with pytest.raises(FileError, match=r"a\.gpkg has no column of names of the level cercle.*ADM2_PCODE"):
        read_units(path, "x", "cercle")


def test_missing_crs(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    folder = tmp_path / "units"
    folder.mkdir()
    cercles.to_file(folder / "units.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "units.zip", "w") as archive:
        for part in folder.iterdir():
            if part.suffix != ".prj":
                archive.write(part, part.name)
    with pytest.raises(FileError, match=r"units\.zip: the shapefile lacks its \.prj"):
        read_units(tmp_path / "units.zip", "x")


def test_another_crs_is_brought_to_longitude_and_latitude_and_another_datum_refused(
    cercles: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    read = read_units(write(cercles.to_crs(32630), tmp_path / "a.gpkg"), "x")
    assert "UTM zone 30N" in str(read.notes[0])
    assert shapely.hausdorff_distance(read.units.union_all(), cercles.union_all()) < 1e-6
    with pytest.raises(CRSError, match="expected EPSG:4326"):
        read_units(write(cercles.set_crs(4201, allow_override=True), tmp_path / "b.gpkg"), "x")


def test_the_case_in_utm() -> None:
    read = read_units(Path(__file__).parents[1] / "fixtures" / "intake" / "adm2_utm30.zip", "x")
    assert len(read.units) == 50
    assert read.units.total_bounds.round(1).tolist() == [-12.2, 10.1, 4.2, 25.0]


@pytest.mark.parametrize("shape", [Point(-4, 14), LineString([(-4, 14), (-3, 15)])])
def test_other_geometry_types(cercles: gpd.GeoDataFrame, tmp_path: Path, shape: shapely.Geometry) -> None:
    with pytest.raises(GeometryError, match=f"feature 3: the geometry is a {shape.geom_type}"):
        read_units(write(geometry_of(cercles, 2, shape), tmp_path / "a.geojson"), "x")


def test_missing_geometry(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="feature 5: there is no geometry"):
        read_units(write(geometry_of(cercles, 4, None), tmp_path / "a.geojson"), "x")


def test_an_invalid_polygon_is_not_repaired(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    bow_tie = Polygon([(-4, 14), (-3, 15), (-3, 14), (-4, 15)])
    with pytest.raises(GeometryError, match=r"feature 1: the polygon is invalid \(Self-intersection"):
        read_units(write(geometry_of(cercles, 0, bow_tie), tmp_path / "a.geojson"), "x")


def test_overlaps_name_both_units(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    row = int(np.flatnonzero(cercles["ADM2_FR"] == "Mopti")[0])
    wider = geometry_of(cercles, row, cercles.geometry.iloc[row].buffer(0.02))
    with pytest.raises(GeometryError, match=r"Mopti \(feature \d+\).*overlap by [\d.]+ km²"):
        read_units(write(wider, tmp_path / "a.gpkg"), "x")


def test_slivers_are_closed_and_said(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    # Half a metre over the edge: no one's intention.
    row = int(np.flatnonzero(cercles["ADM2_FR"] == "Bamako")[0])
    wider = geometry_of(cercles, row, cercles.geometry.iloc[row].buffer(5e-7))
    read = read_units(write(wider, tmp_path / "a.gpkg"), "x")
    assert shapely.coverage_is_valid(read.units.geometry.to_numpy())
    assert len(read.notes) == 1
    assert "m²" in str(read.notes[0])


def test_a_set_that_leaves_mali_uncovered_says_so(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    read = read_units(write(cercles[cercles["ADM1_FR"] != "Tombouctou"], tmp_path / "a.gpkg"), "x")
    assert [str(note) for note in read.notes] == ["a.gpkg covers 60 % of Mali; nothing can be counted in the rest."]


def test_a_set_without_one_small_unit_says_so_too(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    read = read_units(write(cercles[cercles["ADM2_FR"] != "Bamako"], tmp_path / "a.gpkg"), "x")
    assert [str(note) for note in read.notes] == ["a.gpkg covers 99.98 % of Mali; nothing can be counted in the rest."]


def test_another_country_or_swapped_axes(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    swapped = cercles.set_geometry(
        gpd.GeoSeries(shapely.transform(cercles.geometry.to_numpy(), lambda xy: xy[:, ::-1]), crs=cercles.crs)
    )
    with pytest.raises(GeometryError, match="only 0 % of its area lies in Mali"):
        read_units(write(swapped, tmp_path / "a.gpkg"), "x")


def test_several_layers_need_a_name(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    cercles.to_file(path, layer="admin2")
    cercles.iloc[:3].to_file(path, layer="other")
    with pytest.raises(FileError, match="several layers"):
        read_units(path, "x")
    assert len(read_units(path, "x", layer="admin2").units) == 50
    with pytest.raises(FileError, match="cannot be read"):
        read_units(path, "x", layer="admin9")


#: Formats that make GDAL read other files, by which these would be taken for boundaries.
LEADING = (
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>secret.fgb</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>",
    b"<VRTDataset/>",
    b"/vsicurl/http://127.0.0.1/x.geojson",
)
STREAMED = b'{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read secret.fgb ! filter"}'


def test_a_shapefile_that_leads_elsewhere_is_refused(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    secret = tmp_path / "secret.fgb"
    cercles.to_file(secret)
    whole = write(cercles, tmp_path / "cercles.zip")
    with zipfile.ZipFile(whole) as archive, zipfile.ZipFile(tmp_path / "a.zip", "w") as led:
        for name in archive.namelist():
            content = LEADING[0].replace(b"secret.fgb", bytes(secret)).replace(b'"x"', b'"secret"')
            led.writestr(name, content if name.endswith(".shp") else archive.read(name))
    with pytest.raises(FileError, match=r"a\.zip cannot be read: it is no GeoPackage, GeoJSON file or shapefile"):
        read_units(tmp_path / "a.zip", "x")


def test_one_of_several_shapefiles_in_a_zip(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    for name, part in (("admin2", cercles), ("other", cercles.iloc[:3])):
        part.to_file(tmp_path / f"{name}.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in (*tmp_path.glob("admin2.*"), *tmp_path.glob("other.*")):
            archive.write(part, f"levels/{part.name}")
    with pytest.raises(FileError, match="holds 2 shapefiles"):
        read_units(tmp_path / "a.zip", "x")
    assert len(read_units(tmp_path / "a.zip", "x", layer="admin2").units) == 50


def test_a_geojson_file_with_a_byte_order_mark(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(cercles, tmp_path / "a.geojson")
    path.write_bytes(b"\xef\xbb\xbf\n" + path.read_bytes())
    assert len(read_units(path, "x").units) == 50


@pytest.mark.parametrize(
    "reads",
    ["VirtualText('{secret}', 'UTF-8', 0, POINT, NONE, ':')", "VirtualOGR('{secret}')", "VirtualShape('x', 'y', 4326)"],
)
def test_a_geopackage_whose_tables_read_other_files_is_refused(
    cercles: gpd.GeoDataFrame, tmp_path: Path, reads: str
) -> None:
    path = write(cercles, tmp_path / "a.gpkg")
    made = f"CREATE/**/VIRTUAL TABLE t USING {reads.format(secret='/etc/passwd')}"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 't', 't', 0, ?)", (made,)
        )
    with pytest.raises(FileError, match=r"a\.gpkg has tables that read other files"):
        read_units(path, "x")
    with pytest.raises(FileError, match="tables that read other files"):
        read_areas(path, path.name)
    with pytest.raises(FileError, match="tables that read other files"):
        read_layer(path, path.name, NOWHERE, lambda _: True)
    with pytest.raises(FileError, match="tables that read other files"):
        read_roads(path)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", b"name\nGao", "is not a boundary file"),
        ("a.gpkg", b"not a geopackage", "cannot be read"),
        ("a.geojson", b'{"type": "FeatureCollection", "features": []}', "holds no features"),
        ("a.zip", b"PK nothing", "damaged or unreadable zip"),
        ("a.gpkg", b"SQLite format 3\x00 and no more", "cannot be read"),
        *(
            (f"a.{suffix}", leading, "is no GeoPackage")
            for suffix in ("gpkg", "geojson", "json")
            for leading in LEADING
        ),
        ("a.geojson", STREAMED, "cannot be read"),
    ],
)
def test_files_that_are_no_boundaries(tmp_path: Path, name: str, content: bytes, match: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileError, match=match) as caught:
        read_units(tmp_path / name, "x")
    assert caught.value.file == name


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"nowhere\.gpkg does not exist"):
        read_units(tmp_path / "nowhere.gpkg", "x")


def test_empty_and_repeated_names(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    plain = cercles[["ADM2_FR", "geometry"]]
    empty = plain.assign(ADM2_FR=["" if row == 6 else name for row, name in enumerate(plain["ADM2_FR"])])
    with pytest.raises(FileError, match="feature 7: the column ADM2_FR is empty"):
        read_units(write(empty, tmp_path / "a.gpkg"), "x")
    twice = plain.assign(ADM2_FR=["Gao" if row < 2 else name for row, name in enumerate(plain["ADM2_FR"])])
    with pytest.raises(FileError, match="feature 2: Gao has the same code"):
        read_units(write(twice, tmp_path / "b.gpkg"), "x")


@pytest.mark.parametrize("name", ["Gao\x1b[31m", "Ga\no", "…", "x" * 500])
def test_names_that_are_none(cercles: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    odd = cercles.assign(ADM2_FR=[name if row == 1 else each for row, each in enumerate(cercles["ADM2_FR"])])
    with pytest.raises(FileError, match=r"feature 2: .* in the column ADM2_FR is not a name") as caught:
        read_units(write(odd, tmp_path / "a.gpkg"), "x")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("vintage", ["2016", "", "COD", "a b", "../x", "x" * 41, "é"])
def test_names_a_vintage_cannot_have(cercles: gpd.GeoDataFrame, tmp_path: Path, vintage: str) -> None:
    with pytest.raises(FileError, match="cannot name an imported vintage"):
        read_units(tmp_path / "a.gpkg", vintage)


def test_a_known_code_set_is_checked_against_the_names(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = write(cercles, tmp_path / "a.gpkg")
    assert set(read_units(path, "x", pcode_set="cod2015").units["pcode_set"]) == {"cod2015"}
    with pytest.raises(CodeMismatchError, match=r"in the code set ocha2020, not"):
        read_units(path, "x", pcode_set="ocha2020")


def test_a_known_code_set_needs_every_code_at_its_level(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    missing = cercles.assign(ADM2_PCODE=["" if row == 3 else code for row, code in enumerate(cercles["ADM2_PCODE"])])
    with pytest.raises(CodeMismatchError, match=r"Feature 4: .* has no code of the set cod2015"):
        read_units(write(missing, tmp_path / "a.gpkg"), "x", pcode_set="cod2015")
    unknown = cercles.assign(ADM2_PCODE=["ML9999", *cercles["ADM2_PCODE"].iloc[1:]])
    with pytest.raises(CodeMismatchError, match="Feature 1: The code set cod2015 has no code ML9999"):
        read_units(write(unknown, tmp_path / "b.gpkg"), "x", pcode_set="cod2015")
    as_regions = cercles[["ADM2_FR", "ADM2_PCODE", "geometry"]].rename(
        columns={"ADM2_FR": "name", "ADM2_PCODE": "code"}
    )
    with pytest.raises(CodeMismatchError, match="no unit of the level region"):
        read_units(write(as_regions, tmp_path / "c.gpkg"), "x", "region", pcode_set="cod2015")


def test_levels_of_a_vintage_must_fit_together(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    read: UnitFile = read_units(write(cercles, tmp_path / "a.gpkg"), "x")
    regions = cercles.dissolve("ADM1_FR", as_index=False)[["ADM1_FR", "ADM1_PCODE", "geometry"]]
    whole = read_units(write(regions, tmp_path / "b.gpkg"), "x")
    both = combine([read.units, whole.units])
    boundaries = Boundaries.with_imported({"x": both})
    assert boundaries.ancestors("cercle", "region", "x").nunique() == 9
    part = read_units(write(regions[regions["ADM1_FR"] != "Gao"], tmp_path / "c.gpkg"), "x")
    with pytest.raises(FileError, match="4 units of the level cercle"):
        combine([read.units, part.units])


def test_an_imported_vintage_cannot_take_a_shipped_name(cercles: gpd.GeoDataFrame, tmp_path: Path) -> None:
    units = read_units(write(cercles, tmp_path / "a.gpkg"), "x").units
    with pytest.raises(ParameterError, match="shipped with Sira"):
        Boundaries.with_imported({"2016": units})
