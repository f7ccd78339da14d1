"""Each shipped file has a named source, and is the file that its source describes."""

from pathlib import Path

import pytest

from geo.core import provenance
from geo.core.errors import FileError, NotFoundError

#: Files of a data folder that are code or say what the others are; everything else is data and must be named.
NOT_DATA = ("SOURCES.toml", "*.py", "*.pyc", "*.md")


def unnamed() -> set[str]:
    """Return the shipped data files that no SOURCES.toml names."""
    root = provenance.data_root()
    shipped = [path for path in root.glob("*/**/*") if path.is_file() and "__pycache__" not in path.parts]
    data = {path.relative_to(root).as_posix() for path in shipped if not any(path.match(name) for name in NOT_DATA)}
    return data - {source.path for source in provenance.sources()}


def changed() -> list[str]:
    """Return the shipped files that are not those that their SOURCES.toml describes."""
    return [
        source.path
        for source in provenance.sources()
        if provenance.sha256_of(provenance.data_path(source.path)) != source.sha256
    ]


def test_every_shipped_file_is_named_and_has_its_hash() -> None:
    assert changed() == []
    assert unnamed() == set()
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
    assert changed() == ["things/a.csv"]
    provenance.refresh_hashes(data)
    assert changed() == []
    (data / "a.csv").write_text("a\n2\n")
    assert changed() == ["things/a.csv"]


def test_a_stranger_is_found(data: Path) -> None:
    (data / "b.csv").write_text("b\n")
    (data / "deep").mkdir()
    (data / "deep" / "c.fgb").write_bytes(b"")
    (data / "build.py").write_text("")
    assert unnamed() == {"things/b.csv", "things/deep/c.fgb"}


def test_an_incomplete_entry_is_named(data: Path) -> None:
    (data / "SOURCES.toml").write_text('[[file]]\npath = "a.csv"\nsource = "s"\n')
    with pytest.raises(FileError, match=r"things/SOURCES\.toml: the entry a\.csv"):
        provenance.sources()
