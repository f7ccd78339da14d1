"""The routes on the model card: the committed backtest, in both languages."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from service_of import Caller, settings_in

from api.app import create_app
from geo.core.provenance import data_path


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    app = create_app(settings_in(tmp_path_factory.mktemp("service")))
    yield app
    app.state.service.close()


def _committed() -> list[dict[str, str]]:
    with data_path("model/route_backtest.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["method"] == "pooled"]


@pytest.mark.parametrize(
    ("lang", "title", "mark"), [("fr", "Itinéraires\u202f: probabilité", ","), ("en", "Routes: the probability", ".")]
)
def test_the_page_shows_every_bin(app: FastAPI, lang: str, title: str, mark: str) -> None:
    text = Caller(app).get(f"/model?lang={lang}").text
    assert title in text
    for row in _committed():
        for column in ("predicted", "observed", "low", "high"):
            assert f"{float(row[column]):.3f}".replace(".", mark) in text
        assert f'<td class="number">{row["n"]}</td>' in text


def test_the_json_holds_the_table(app: FastAPI) -> None:
    routes = Caller(app).get("/model.json").json()["routes"]
    shown = [each for corridor in routes["corridors"] for each in corridor["bins"]]
    committed = _committed()
    assert len(shown) == len(committed)
    for each, row in zip(shown, committed, strict=True):
        assert each["observed"] == float(row["observed"])
        assert each["low"] <= each["observed"] <= each["high"]
        assert row["bin"] == f"{each['least']:g}-{each['most']:g}"
    for corridor in routes["corridors"]:
        assert corridor["brier"] < corridor["brier_frequency"]
    assert committed[0]["routes"] in routes["about"]
