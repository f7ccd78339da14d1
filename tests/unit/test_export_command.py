"""``sira export`` as a person runs it: every format, clear refusals, nothing left when it is stopped."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

import pyogrio
import pytest
import rasterio
from click.testing import CliRunner, Result
from exports_kit import synthetic_service
from rio_cogeo import cog_validate

from api.base.access import DESCRIPTIONS, Kind
from api.base.i18n import LANGUAGES, translate
from api.commands.main import build

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SIRA = [sys.executable, "-c", "from api.commands.main import main; main()"]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    synthetic_service(home).close()
    return home


@pytest.fixture
def home(installation: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIRA_HOME", str(installation))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    return installation


def sira(*arguments: object) -> Result:
    return CliRunner().invoke(build(), [str(each) for each in arguments])


@pytest.mark.parametrize("form", ["fgb", "parquet", "geojson", "csv", "kml", "shp.zip"])
def test_one_collection_in_each_format(home: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / f"places.{form}"
    done = sira("--lang", "en", "export", "--format", form, "--collection", "places", "--out", out, "--quiet")
    assert done.exit_code == 0, done.output
    assert "audience public, revision 1" in done.stdout
    assert "synthetic" in done.stdout
    assert list(tmp_path.iterdir()) == [out]
    if form == "shp.zip":
        with zipfile.ZipFile(out) as archive:
            assert "places.shp" in archive.namelist()
            assert "README.txt" in archive.namelist()
    elif form != "parquet":
        assert pyogrio.read_info(out, force_feature_count=True)["features"] > 500


def test_a_package_for_the_public_holds_no_fine_layer(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "mali.gpkg"
    done = sira("export", "--format", "gpkg", "--out", out, "--lang", "fr")
    assert done.exit_code == 0, done.output
    names = {name for name, _ in pyogrio.list_layers(out)}
    assert {"regions_2023", "cercles_2016", "risk_cercles_2016", "places", "roads"} <= names
    assert not {name for name in names if "communes" in name or name in ("incidents", "risk_cells", "hazard_areas")}
    assert list(tmp_path.iterdir()) == [out]


def test_chosen_layers_for_partners(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "mali.gpkg"
    done = sira(
        *("export", "--format", "gpkg", "--out", out, "--audience", "partner", "--quiet"),
        *("--collection", "incidents", "--collection", "risk-cells", "--revision", 1),
    )
    assert done.exit_code == 0, done.output
    assert {name for name, _ in pyogrio.list_layers(out)} == {"incidents", "risk_cells", "layer_styles"}


def test_raster_and_project(home: Path, tmp_path: Path) -> None:
    raster, project = tmp_path / "risk.tif", tmp_path / "sira.qgz"
    assert sira("export", "--format", "tif", "--out", raster, "--audience", "partner").exit_code == 0
    assert cog_validate(raster, strict=True) == (True, [], [])
    with rasterio.open(raster) as opened:
        assert opened.tags()["AUDIENCE"] == "partner"
    done = sira("export", "--format", "qgz", "--out", project, "--url", "https://sira.example/mali/")
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(project) as archive:
        text = archive.read("sira.qgs").decode()
    assert "url='https://sira.example/mali/ogc'" in text
    assert "typename='incidents'" not in text


@pytest.mark.parametrize(
    ("arguments", "english", "french"),
    [
        (("--format", "csv", "--collection", "cercle"), "no such collection", "aucune collection de ce nom"),
        (("--format", "csv"), "exactly one collection", "une seule collection"),
        (("--format", "csv", "--collection", "incidents"), "audience partner", "public partner"),
        (("--format", "tif"), "audience partner", "public partner"),
        (("--format", "tif", "--collection", "places"), "risk-cells only", "que pour risk-cells"),
        (("--format", "gpkg", "--revision", "7"), "of revision 1, not 7", "à la révision 1, non 7"),
        (("--format", "qgz", "--url", "file:///etc"), "address of a service", "adresse d’un service"),
    ],
)
def test_bad_input_is_said_in_both_languages(
    home: Path, tmp_path: Path, arguments: tuple[str, ...], english: str, french: str
) -> None:
    for lang, said in (("en", english), ("fr", french)):
        done = sira("--lang", lang, "export", "--out", tmp_path / "out", *arguments)
        assert done.exit_code == 1
        assert said in done.stderr
        assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_written(home: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    for out, said in (
        (there, "exists already"),
        (tmp_path, "is a folder"),
        (tmp_path / "missing" / "a.csv", "No such file or directory"),
        (there / "a.csv", "Not a directory"),
    ):
        done = sira("--lang", "en", "export", "--format", "csv", "--collection", "places", "--out", out)
        assert done.exit_code == 1
        assert said in done.stderr
        assert str(out) in done.stderr
    assert there.read_text() == "mine"
    overwrite = ("--collection", "places", "--out", there, "--overwrite")
    assert sira("export", "--format", "csv", *overwrite).exit_code == 0
    assert there.read_text().startswith("id,")


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SIRA_")}
    return {**clean, "SIRA_HOME": str(home)}


@pytest.mark.parametrize("form", ["gpkg", "fgb", "csv", "geojson", "parquet", "kml", "shp.zip"])
def test_a_full_disk_is_said_and_leaves_nothing(installation: Path, tmp_path: Path, form: str) -> None:
    """A file may not grow past 40 kB here, which writers meet as they meet a full disk."""
    out = tmp_path / f"out.{form}"

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    home = tmp_path / "home"
    shutil.copytree(installation, home)
    only = ("--collection", "places")
    done = subprocess.run(
        [*SIRA, "--lang", "en", "export", "--format", form, "--out", str(out), *only, "--quiet"],
        env=environment(home),
        cwd=ROOT,
        preexec_fn=small,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "out" in done.stderr
    assert "cannot be written" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_half_way_it_leaves_nothing(installation: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "mali.gpkg"
    chosen = [f"--collection={name}-{vintage}" for name in ("regions", "communes") for vintage in (2015, 2016, 2023)]
    running = subprocess.Popen(
        [*SIRA, "export", "--format", "gpkg", "--out", str(out), "--audience", "admin", *chosen],
        env=environment(installation),
        cwd=ROOT,
        # Tests started in the background of a script ignore Ctrl-C, and so would what they start.
        preexec_fn=partial(signal.signal, number, signal.SIG_DFL),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 600
    while not list(tmp_path.glob(".mali.gpkg.*.part/*")):
        assert running.poll() is None, "it ended before it began to write"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    running.send_signal(number)
    assert running.wait(120) != 0
    assert list(tmp_path.iterdir()) == []


def test_the_help_says_what_each_audience_sees(home: Path) -> None:
    for command in ("export", "map", "bulletin"):
        said = " ".join(sira(command, "--help").output.split())
        for lang in LANGUAGES:
            for kind, described in DESCRIPTIONS.items():
                assert translate(described, lang) in said, (command, kind)
        assert said.index("public: ") < said.index("partner: ") < said.index("analyst: ") < said.index("admin: ")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_an_audience_it_is_said_for_whom_the_file_is(home: Path, tmp_path: Path, lang: str) -> None:
    asked = ("--lang", lang, "export", "--format", "csv", "--collection", "places", "--quiet", "--out")
    unsaid, said = sira(*asked, tmp_path / "one.csv"), sira(*asked, tmp_path / "two.csv", "--audience", "public")
    assert unsaid.exit_code == said.exit_code == 0
    for part in ("--audience", "partner", "analyst", "admin", translate(DESCRIPTIONS[Kind.COARSE_COUNTS], lang)):
        assert part in unsaid.stderr
    assert said.stderr == ""


def test_what_an_audience_may_not_see_names_the_option(home: Path, tmp_path: Path) -> None:
    done = sira("export", "--format", "csv", "--collection", "incidents", "--out", tmp_path / "incidents.csv")
    assert done.exit_code == 1
    assert "--audience partner" in done.stderr
