"""``sira backup``, ``sira restore``, ``sira unlink``, in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
import store_kit
from click import Command
from click.testing import CliRunner, Result

from api.base.settings import Settings
from api.commands.links import unlink
from api.commands.session import Session
from api.commands.store import backup, restore
from geo.core.errors import NotFoundError, StoreError
from geo.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose store holds one event that two sources tell of."""
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False) as store:
        store.add_incidents(
            store_kit.batch(
                store_kit.incidents(
                    ["a", "b"],
                    source=["acled", "imsma"],
                    date=np.full(2, np.datetime64("2021-03-01", "s")),
                    geometry=[shapely.Point(-4, 14)] * 2,
                )
            )
        )
    return tmp_path


def run(home: Path, command: Command, *arguments: str, lang: str = "en") -> Result:
    session = Session(Settings(home=home, store=""), lang)
    result = CliRunner().invoke(command, arguments, obj=session)
    session.store.close()
    return result


def test_a_backup_is_written_and_restored(home: Path) -> None:
    file = home / "backup"
    written = run(home, backup, str(file))
    assert written.exit_code == 0
    assert "revision 1" in written.output
    assert run(home, unlink, "a").exit_code == 0
    restored = run(home, restore, str(file), "--drop", lang="fr")
    assert restored.exit_code == 0
    assert "sous la révision 3" in restored.output
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        assert store.incidents()["event_id"].tolist() == ["a", "a"]


def test_a_backup_replaces_a_file_only_when_told(home: Path) -> None:
    file = home / "backup"
    file.write_text("mine")
    assert isinstance(run(home, backup, str(file)).exception, StoreError)
    assert file.read_text() == "mine"
    assert run(home, backup, str(file), "--overwrite").exit_code == 0


def test_an_event_is_taken_apart_once(home: Path) -> None:
    said = run(home, unlink, "a", lang="fr")
    assert said.exit_code == 0
    assert "révision 2" in said.output
    assert isinstance(run(home, unlink, "a").exception, NotFoundError)


def test_what_is_no_backup_is_refused(home: Path) -> None:
    (home / "letter.txt").write_text("Dear colleague, " * 100)
    refused = run(home, restore, str(home / "letter.txt"))
    assert isinstance(refused.exception, StoreError)
    assert "letter.txt is not a Sira backup" in str(refused.exception)
