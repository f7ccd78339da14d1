"""Each shipped file has a named source, and is the file that its source describes."""

from pathlib import Path

import pytest

from geo.core import provenance
from geo.core.errors import FileError, NotFoundError


def test_every_shipped_file_is_named_and_has_its_hash() -> None:
    provenance.verify()
    assert provenance.unnamed() == ()
    paths = {source.path for source in provenance.sources()}
    assert {"regions/communes.fgb", "regions/roads.csv", "regions/population_2020.csv"} <= paths


def test_each_source_says_all_that_is_owed() -> None:
    for source in provenance.sources():
        assert source.source
        assert source.licence
        assert source.attribution
        assert len(source.sha256) == 64


def test_no_such_file() -> None:
    with pytest.raises(NotFoundError, match=r"regions/nothing\.fgb"):
        provenance.data_path("regions/nothing.fgb")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "things"
    folder.mkdir()
    (folder / "a.csv").write_text("a\n1\n")
    (folder / "SOURCES.toml").write_text(
        '[[file]]\npath = "a.csv"\nsource = "s"\nlicence = "l"\nattribution = "x"\nsha256 = ""\n'
    )
    monkeypatch.setattr(provenance, "data_root", lambda: tmp_path)
    return folder


def test_a_changed_file_is_found(data: Path) -> None:
    with pytest.raises(FileError, match=r"things/a\.csv"):
        provenance.verify()
    provenance.refresh_hashes(data)
    provenance.verify()
    (data / "a.csv").write_text("a\n2\n")
    with pytest.raises(FileError, match="hashes differ"):
        provenance.verify()


def test_a_stranger_is_found(data: Path) -> None:
    (data / "b.csv").write_text("b\n")
    (data / "deep").mkdir()
    (data / "deep" / "c.fgb").write_bytes(b"")
    (data / "build.py").write_text("")
    assert provenance.unnamed() == ("things/b.csv", "things/deep/c.fgb")


def test_an_incomplete_entry_is_named(data: Path) -> None:
    (data / "SOURCES.toml").write_text('[[file]]\npath = "a.csv"\nsource = "s"\n')
    with pytest.raises(FileError, match=r"things/SOURCES\.toml: the entry a\.csv"):
        provenance.sources()
