"""Areas of one source that are likely one under two ids are asked about; each counts until one is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
import store_kit
from click.testing import CliRunner
from shapely import affinity

from api.commands.main import build
from geo.store import Store
from geo.store.imports import Batch

#: A square of about 300 m, in degrees.
SIDE = 0.0028
PLACE = shapely.box(-4, 14, -4 + SIDE, 14 + SIDE)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'sira.sqlite'}", seed=False) as opened:
        yield opened


def delivery(name: str, shape: shapely.Polygon, source: str = "imsma") -> Batch:
    areas = store_kit.hazards([f"{source}:{name}"], source=[source], source_id=[name])
    areas.geometry = [shapely.MultiPolygon([shape])]
    return store_kit.hazard_batch(areas)


@pytest.mark.parametrize(
    ("shape", "is_asked"),
    [
        (PLACE, True),
        (affinity.translate(PLACE, SIDE / 5), True),  # drawn a little further east
        (affinity.scale(PLACE, 0.8, 1.1), True),
        (affinity.translate(PLACE, SIDE), False),  # the plot beside it
        (affinity.scale(PLACE, 0.3, 0.3), False),  # a part of it
        (affinity.translate(PLACE, 1), False),
    ],
)
def test_an_area_under_another_id_is_asked_about_where_it_is_likely_the_same(
    store: Store, shape: shapely.Polygon, is_asked: bool
) -> None:
    store.add_hazards(delivery("1", PLACE))
    report = store.add_hazards(delivery("2", shape))
    assert (report.new, report.asked) == (1, int(is_asked))
    assert ("imsma:1 – imsma:2" in " ".join(map(str, report.notes))) is is_asked
    assert len(store.hazards()) == 2
    assert store.add_hazards(delivery("2", shape)).asked == 0


def test_another_source_and_the_same_id_ask_nothing(store: Store) -> None:
    store.add_hazards(delivery("1", PLACE))
    assert store.add_hazards(delivery("1", PLACE, source="ong")).asked == 0
    assert store.add_hazards(delivery("1", affinity.scale(PLACE, 1.1, 1.1))).asked == 0


def test_the_command_asks_and_its_code_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIRA_HOME", str(tmp_path))
    monkeypatch.delenv("SIRA_STORE", raising=False)
    path = tmp_path / "areas.csv"
    codes = []
    for name in "12":
        path.write_text(
            f'area_id,status,status_date,wkt\n{name},suspected,2023-01-01,"{PLACE.wkt}"\n', encoding="utf-8"
        )
        done = CliRunner().invoke(build(), ["--lang", "en", "import", str(path), "--source", "cas"])
        codes.append(done.exit_code)
    assert codes == [0, 3]
    assert "1 area is likely one that its source had under another id: cas:1 – cas:2." in done.output
