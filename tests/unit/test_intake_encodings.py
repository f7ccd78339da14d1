"""Text in the encodings that people's programs write, declared or not, damaged and torn."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import Point

from geo import hazards
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError, ParameterError
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.reading.encodings import decode

FIXTURES = Path(__file__).parents[1] / "fixtures" / "intake"
TODAY = date(2026, 1, 1)
HEADER = "id;date;région;cercle;engin;tués;observations"
ROW = "A1;25/01/2023;Mopti;Ténenkou;EEI;2;tués près de la forêt, ça reste à vérifier"
#: Words with every accent of French, as narratives have them.
TEXTS = [
    "tués", "blessés légers à Ménaka", "forêt près de Ségou", "reçu à Bâfoulabé", "Île, où, sœur, naïf", "« là-bas »",
    "l’été à l’hôpital", "L'ÉVÉNEMENT À GAO", "déjà réglé", "Ténenkou – 3 km",
]  # fmt: skip


def take(path: Path | str, **options: Any) -> Batch:
    where = FIXTURES / path if isinstance(path, str) else path
    return read(where, boundaries=Boundaries.shipped(), today=TODAY, source="cas", **options)


def notes(batch: Any) -> str:
    return "\n".join(map(str, batch.notes))


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "f.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("e_cp850.csv", "read as DOS 850"),
        ("e_macroman.csv", "read as Mac Roman"),
        ("e_mixed_utf8_cp1252.csv", "read as Windows-1252 in the lines 3"),
        ("e_utf16_nobom.csv", "in UTF-16"),
    ],
)
def test_the_cases(name: str, said: str) -> None:
    batch = take(name)
    assert batch.quarantined == ()
    assert set(batch.accepted["location_unit"]) == {"cercle-tenenkou"}
    assert set(batch.accepted["killed_total"]) == {2}
    assert said in notes(batch)


def test_a_pipe_separates_too() -> None:
    assert take("l_pipe.csv").accepted["source_id"].tolist() == ["A1"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac_roman"]
)
def test_each_encoding_gives_the_same_text(encoding: str) -> None:
    text = "\n".join([HEADER, ROW, *TEXTS, ""])
    if encoding == "cp850":
        text = text.replace("œ", "oe").replace("’", "'").replace("–", "-")
    assert decode(text.encode(encoding), "f")[0] == text
    assert decode(text.encode(encoding), "f", encoding)[0] == text


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("word", ["tués", "région", "Ténenkou", "Ségou", "à vérifier", "blessés"])
def test_one_word_is_enough_or_the_file_is_refused(encoding: str, word: str) -> None:
    assert decode(f"id;lieu\n1;{word}\n".encode(encoding), "f")[0] == f"id;lieu\n1;{word}\n"


def test_what_cannot_be_told_is_refused_and_may_be_named(tmp_path: Path) -> None:
    odd = f"{HEADER}\n{ROW}\n".encode("cp1252").replace("é".encode("cp1252"), b"\xb5").replace(b"\xea", b"\xb5")
    odd = odd.replace(b"\xe8", b"\xb5").replace(b"\xe0", b"\xb5").replace(b"\xe7", b"\xb5")
    with pytest.raises(FileError, match="--encoding NAME"):
        take(written(tmp_path, odd))
    cyrillic = f"{HEADER}\n{ROW}\n".encode("cp037")
    assert take(written(tmp_path, cyrillic), encoding="cp037").accepted["killed_total"].tolist() == [2]
    with pytest.raises(FileError, match="is not in utf-8"):
        take(written(tmp_path, odd), encoding="utf-8")
    with pytest.raises(ParameterError, match="no encoding klingon"):
        take(written(tmp_path, odd), encoding="klingon")
    with pytest.raises((ParameterError, FileError)):
        take(written(tmp_path, odd), encoding="base64")


def test_utf8_saved_twice_is_put_right_or_refused(tmp_path: Path) -> None:
    twice = f"{HEADER}\n{ROW}\n".encode().decode("cp1252", "replace")
    path = written(tmp_path, f"{HEADER}\n{ROW}\n".replace("à", "a").encode().decode("cp1252").encode())
    batch = take(path)
    assert batch.accepted["narrative"].tolist() == ["tués près de la forêt, ça reste a vérifier"]
    assert "put right in 2 lines" in notes(batch)
    with pytest.raises(FileError, match="line 2: letters are garbled"):
        take(written(tmp_path, twice.replace("Ã©nenkou", "Ã©n�enkou").encode()))


def test_torn_and_short_rows(tmp_path: Path) -> None:
    whole = f"{HEADER}\n{ROW}\n{ROW.replace('A1', 'A2')}\n{ROW.replace('A1', 'A3')}\n"
    torn = take(written(tmp_path, whole.encode()[:-60]))
    assert [(row.row, row.kind) for row in torn.quarantined] == [(4, "shape")]
    assert "it is cut short" in str(torn.quarantined[0].reason)
    short = take(written(tmp_path, (whole + "A4;26/01/2023;Mopti\n" + ROW.replace("A1", "A5") + "\n").encode()))
    assert [row.row for row in short.quarantined] == [5]
    assert short.accepted["source_id"].tolist() == ["A1", "A2", "A3", "A5"]
    unended = take(written(tmp_path, whole.encode().rstrip()))
    assert "row 4, has no end: see that it is whole" in notes(unended)
    assert len(unended.accepted) == 3
    letter = whole.encode()[: whole.encode().rindex("é".encode()) + 1]
    assert "middle of a letter" in notes(take(written(tmp_path, letter)))
    early = "\n".join([HEADER, *(f"A{n};25/01/2023;Mopti;Mopti;EEI;1" for n in range(3)), ""])
    batch = take(written(tmp_path, early.encode()))
    assert len(batch.accepted) == 3
    assert "Most rows end before the last column" in notes(batch)


@pytest.mark.parametrize("name", ["shp_area_utf8_cpg1252.zip", "shp_area_wrongcpg.zip"])
def test_a_shapefile_whose_declared_encoding_is_wrong(name: str) -> None:
    batch = hazards.read(FIXTURES / name, boundaries=Boundaries.shipped(), today=TODAY, source="cas")
    assert batch.accepted["name"].tolist() == ["Zone Ténenkou", "Zone soupçonnée à l'été"]
    assert batch.accepted["status"].tolist() == ["suspected", "confirmed"]
    assert "The shapefile says that its text is in" in notes(batch)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac_roman"])
@pytest.mark.parametrize("stated", ["", "UTF-8", "1252", "ISO-8859-1"])
def test_points_of_a_shapefile_in_any_encoding(tmp_path: Path, encoding: str, stated: str) -> None:
    lieu = "forêt près de Ténenkou"
    rows = {
        "id": ["A1"],
        "date": ["2023-01-12"],
        "engin": ["EEI"],
        "lieu": [lieu.replace("ê", "\x01").replace("è", "\x02").replace("é", "\x03")],
    }
    gpd.GeoDataFrame(rows, geometry=[Point(-2.95, 15.01)], crs=4326).to_file(tmp_path / "a.shp", encoding="utf-8")
    table = (tmp_path / "a.dbf").read_bytes()
    for mark, letter in ((b"\x01", "ê"), (b"\x02", "è"), (b"\x03", "é")):
        at = table.rindex(mark)
        inserted = letter.encode(encoding)
        table = table[:at] + inserted + table[at + 1 : -len(inserted)] + b" " * 0 + table[-1:]
    (tmp_path / "a.dbf").write_bytes(table)
    (tmp_path / "a.cpg").unlink()
    if stated:
        (tmp_path / "a.cpg").write_text(stated)
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("a.[!z]*"):
            archive.write(part, part.name)
    assert take(path).accepted["place_name"].tolist() == [lieu]
