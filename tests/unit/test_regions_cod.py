"""The shipped boundaries against an independent set, OCHA's COD-AB of 2015."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geo.boundaries.importing import combine, read_units
from geo.boundaries.regions import Boundaries
from geo.core.crs import METRIC_CRS

pytestmark = pytest.mark.sample
LEVELS = {1: "region", 2: "cercle", 3: "commune"}


def cod(folder: Path, number: int) -> gpd.GeoDataFrame:
    table = gpd.read_file(folder / "boundaries" / f"cod_ab_mli_adm{number}_2015.geojson")
    return table.set_index(f"admin{number}Pcod")


def overlap(folder: Path, number: int) -> "pd.Series[float]":
    """Return intersection over union by P-code of the 2015 set."""
    theirs = cod(folder, number).geometry.to_crs(METRIC_CRS)
    ours = Boundaries.shipped().units(LEVELS[number], "2015").set_index("pcode").geometry.to_crs(METRIC_CRS)
    assert set(ours.index) == set(theirs.index)
    theirs = theirs.reindex(ours.index)
    return ours.intersection(theirs).area / ours.union(theirs).area


def test_communes_overlap_their_twins(sample_data: Path) -> None:
    shares = overlap(sample_data, 3)
    assert len(shares) == 701
    assert shares.median() >= 0.975
    assert shares.min() >= 0.70


@pytest.mark.parametrize("number", [1, 2])
def test_cercles_and_regions_overlap_their_twins(sample_data: Path, number: int) -> None:
    assert overlap(sample_data, number).min() >= 0.97


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_name_and_code_of_the_set_leads_to_the_same_unit(sample_data: Path, number: int) -> None:
    boundaries = Boundaries.shipped()
    table = cod(sample_data, number)
    for pcode, name in table[f"admin{number}Name"].items():
        unit = boundaries.resolve_code(pcode, pcode_set="cod2015", name=name, vintage="2015")
        assert (unit.pcode, unit.level) == (pcode, LEVELS[number])


def test_the_three_files_import_as_one_vintage(sample_data: Path) -> None:
    files = [sample_data / "boundaries" / f"cod_ab_mli_adm{number}_2015.geojson" for number in (1, 2, 3)]
    read = [read_units(file, "cod", pcode_set="cod2015") for file in files]
    boundaries = Boundaries.with_imported({"cod": combine([each.units for each in read])})
    assert [len(boundaries.units(level, "cod")) for level in ("region", "cercle", "commune")] == [9, 50, 701]
    assert boundaries.levels("cod") == ("region", "cercle", "commune")
    assert boundaries.ancestors("commune", "region", "cod").nunique() == 9
    assert boundaries.resolve("Timbuktu", level="cercle", vintage="cod").pcode == "ML0601"
    # Their communes overlap by slivers: closed, and said.
    assert [len(each.notes) for each in read] == [0, 0, 1]
    assert "snapped" in str(read[2].notes[0])
