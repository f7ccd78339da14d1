"""``sira regions`` as a person uses it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.base.settings import Settings
from api.commands.regions import regions
from api.commands.session import Session
from geo.boundaries.regions import Boundaries
from geo.core.errors import AmbiguousNameError, SiraError


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def session(home: Path) -> Session:
    """A session that shares its store with the other tests here: for what only reads."""
    return Session(Settings(home=home), "en")


def run(session: Session, *words: str) -> str:
    result = CliRunner().invoke(regions, list(words), obj=session)
    if isinstance(result.exception, SiraError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_list_names_the_vintages_and_their_levels(session: Session) -> None:
    lines = run(session, "list").splitlines()
    assert lines == [
        "Vintage 2015: region 9, cercle 50, commune 701",
        "Vintage 2016: region 11, cercle 50, commune 701",
        "Vintage 2023: region 20, commune 701",
    ]


def test_list_of_a_level_has_ids_codes_and_notes(session: Session) -> None:
    lines = run(session, "list", "--level", "region", "--vintage", "2016").splitlines()
    assert len(lines) == 11
    taoudenit = next(line for line in lines if line.startswith("region-2016-taoudenit\tTaoudénit"))
    assert "whole communes and cercles of 2015" in taoudenit
    session.lang = "fr"
    assert "communes et de cercles entiers de 2015" in run(session, "list", "--level", "region", "--vintage", "2016")


def test_resolve(session: Session) -> None:
    said = run(session, "resolve", "Timbuktu", "--level", "cercle")
    assert said == (
        "Tombouctou, cercle, vintage 2016: cercle-tombouctou, ML0605 (ocha2020), 330,831 km², 156,936 people (2020)\n"
    )
    assert "no P-code" in run(session, "resolve", "Ménaka", "--level", "region")
    assert run(session, "resolve", "ML0703", "--pcode-set", "ocha2020").startswith("Gao, cercle")
    assert "cercle-niono" not in run(session, "resolve", "Dogofry", "--within", "Niono")


def test_resolve_shows_what_an_ambiguous_name_may_mean(session: Session) -> None:
    result = CliRunner().invoke(regions, ["resolve", "Gao"], obj=session)
    assert isinstance(result.exception, AmbiguousNameError)
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "Gao, region, vintage 2016",
        "Gao, cercle, vintage 2016",
        "Gao, commune, vintage 2016",
    ]


def test_import_adds_to_a_vintage_level_by_level(tmp_path: Path) -> None:
    session = Session(Settings(home=tmp_path / "home"), "en")
    shipped = Boundaries.shipped()
    cercles = shipped.units("cercle", "2015")
    regions_of = shipped.units("region", "2015").loc[cercles["parent_id"], "name"].to_numpy()
    cercles = cercles[["name", "geometry"]].rename(columns={"name": "admin2Name"}).assign(admin1Name=regions_of)
    cercles.to_file(tmp_path / "cercles.gpkg")
    cercles.dissolve("admin1Name", as_index=False)[["admin1Name", "geometry"]].to_file(tmp_path / "regions.geojson")
    said = run(session, "import", str(tmp_path / "cercles.gpkg"), "--vintage", "official")
    assert said == "Vintage official: cercle 50\n"
    said = run(session, "import", str(tmp_path / "regions.geojson"), "--vintage", "official")
    assert said == "Vintage official: region 9, cercle 50\n"
    assert "Vintage official" in run(session, "list")
    assert run(session, "resolve", "Timbuktu", "--level", "region", "--vintage", "official").startswith("Tombouctou")
