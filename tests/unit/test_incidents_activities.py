"""Forms of activities are refused by what they are; files of incidents that look a little like them are read."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.base.i18n import translate
from api.commands.main import build
from geo.boundaries.regions import Boundaries
from geo.core.errors import FileError
from geo.incidents import Batch
from geo.incidents.readers import read
from geo.store import Store

EXCHANGE = Path(__file__).parents[1] / "fixtures" / "exchange"
INCIDENTS = Path(__file__).parents[1] / "fixtures" / "incidents"

Take = Callable[..., Batch]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    def read_rows(header: str, *rows: str, **options: object) -> Batch:
        path = tmp_path / "file.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(line.split("|") for line in (header, *rows))
        options = {"source": "ong"} | options
        return read(path, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), **options)  # type: ignore[arg-type]

    return read_rows


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("eore_kobo.csv", "activite “EREE”"),
        ("eore_sessions.csv", "activity, organisation, men"),
        ("3w.csv", "Activité, Cluster, Organisation, Bénéficiaires"),
    ],
)
def test_a_form_of_activities_stores_nothing_and_closes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, told: str
) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}") as store:
        before = store.revision()
    result = CliRunner().invoke(build(), ["--lang", "fr", "import", str(EXCHANGE / file)])
    assert result.exit_code == 1
    assert "fichier d’activités, non d’incidents" in result.output
    assert told.replace("“", "«\u202f").replace("”", "\u202f»") in result.output or told in result.output
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}") as store:
        assert (store.revision(), store.has_real()) == (before, False)


@pytest.mark.parametrize(
    "header",
    [
        "Date|Type de séance|Participants|Cercle",
        "date|session|beneficiaries|commune",
        "date|infos/activite|infos/participants|cercle",
        "Date|Secteur|Partenaire|Personnes touchées",
    ],
)
def test_headers_of_activities_without_a_device(take: Take, header: str) -> None:
    with pytest.raises(FileError, match="is a file of activities, not of incidents"):
        take(header, "2025-02-03|a|12|Koro")


def test_the_message_has_its_french(take: Take) -> None:
    with pytest.raises(FileError) as refused:
        take("date|session|beneficiaries|commune", "2025-02-03|a|12|Koro")
    assert "n’en a été pris" in translate(refused.value.message, "fr")


HEADER = "id|date|cercle|type d'engin|tues|blesses|issue|activite"


@pytest.mark.parametrize("word", ["EREE", "eore", "Séance de sensibilisation", "Éducation aux risques", "MRE / ENT"])
def test_rows_that_name_an_activity_make_a_file_of_activities(take: Take, word: str) -> None:
    with pytest.raises(FileError, match="activities"):
        take(HEADER, f"1|2025-02-03|Koro|EEI||||{word}", f"2|2025-02-03|Koro|EEI|0|0||{word}")


def test_a_few_among_incidents_are_set_aside(take: Take) -> None:
    batch = take(
        HEADER,
        "1|2025-02-03|Koro|EEI|2|1|détonation|trajet",
        "2|2025-02-04|Koro|EEI||||EREE",
        "3|2025-02-05|Koro|EEI|1|0||agriculture",
    )
    assert len(batch.accepted) == 2
    (row,) = batch.quarantined
    assert (row.row, row.column, row.value, row.kind) == (3, "activite", "EREE", "activity")


@pytest.mark.parametrize(
    "row",
    [
        "1|2025-02-03|Koro|EEI|1|0||sensibilisation",  # who was giving a session was killed
        "1|2025-02-03|Koro|EEI|||trouvé|sensibilisation",  # found at a session
        "1|2025-02-03|Koro|EEI||||déminage",
        "1|2025-02-03|Koro|EEI||||garde du bétail",
        "1|2025-02-03|Koro|EEI||||",
    ],
)
def test_what_happened_during_an_activity_is_an_incident(take: Take, row: str) -> None:
    assert len(take(HEADER, row).accepted) == 1


def test_an_incident_file_with_an_organisation_and_what_the_victims_did_is_read(take: Take) -> None:
    batch = take(
        "id|date|organisation|cercle|device_category|men|women|activity",
        "1|2025-02-03|ONG A|Koro|ied|1|0|travelling",
        "2|2025-02-03|ONG A|Koro|uxo|0|0|",
    )
    assert len(batch.accepted) == 2


def test_a_column_map_does_not_make_activities_incidents(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('source = "x"\n[columns]\ndate = "date"\ncercle = "cercle"\nhazard_type = "type d\'engin"\n')
    with pytest.raises(FileError, match="activities"):
        read(EXCHANGE / "eore_kobo.csv", boundaries=Boundaries.shipped(), today=date(2026, 1, 1), column_map=path)


@pytest.mark.parametrize(
    ("file", "accepted"),
    [("imsma_accidents.csv", 3), ("imsma_victims.csv", 2), ("hxl.csv", 2), ("kobo.xlsx", 1), ("points.geojson", 1)],
)
def test_files_of_incidents_are_read_as_before(file: str, accepted: int) -> None:
    batch = read(INCIDENTS / file, boundaries=Boundaries.shipped(), today=date(2026, 1, 1), source="ong")
    assert len(batch.accepted) == accepted
    assert "activity" not in {row.kind for row in batch.quarantined}
