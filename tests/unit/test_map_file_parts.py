"""What the single file is made of: parts packed and unpacked, the places that it joins, and what no road joins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from roads_kit import small_network
from single_file import unpack

from api.map.file_data import as_columns, both_languages, delta_encode, pack
from api.map.file_routes import file_routes, places_for_file
from api.roads.planners import ReadyPlanner
from geo.boundaries.places import Gazetteer
from geo.boundaries.regions import Boundaries
from geo.core.crs import GEOD
from geo.incidents.schema import HazardType
from geo.roads.graph import Network
from geo.roads.shipped import shipped_network
from geo.store import Store
from models.risk.assessing import assess
from models.risk.inputs import build_domain
from models.routes.planner import RoutePlanner

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 22)


def test_parts_come_out_as_they_went_in() -> None:
    parts = {"a": {"text": "</script>é", "numbers": [1, -2, 0.5, None]}, "b": []}
    packed = pack(parts)
    assert pack(parts) == packed
    block = "{" + ", ".join(f'"{name}": "{text}"' for name, text in packed.items()) + "}"
    assert not set("<>&") & set(block)
    assert unpack(f'<script type="application/json" id="sira-data">{block}</script>') == parts
    with pytest.raises(ValueError, match="no single file"):
        unpack("<html></html>")


def test_languages_are_kept_apart_only_where_they_differ() -> None:
    told = both_languages(lambda lang: {"same": [1, 2], "text": lang})
    assert told == {"common": {"same": [1, 2]}, "said": {"fr": {"text": "fr"}, "en": {"text": "en"}}}


def test_columns_and_steps_of_nothing() -> None:
    assert as_columns([]) == {}
    assert delta_encode([]) == []


def test_places_are_seats_first_and_apart() -> None:
    boundaries = Boundaries.shipped()
    held = list(places_for_file(shipped_network(), boundaries))
    names = [each.place.name for each in held]
    seats = set(boundaries.units("cercle", "2016")["name"]) | set(boundaries.units("region", "2016")["name"])
    are_seats = [name in seats for name in names]
    assert sum(are_seats[:56]) == sum(are_seats) == 48
    assert are_seats[:48] == [True] * 48
    assert "Sévaré" in names[:56]  # where roads meet
    assert max(each.at.distance_km for each in held) <= 10
    points = np.array([(each.place.lon, each.place.lat) for each in held])
    one, other = np.triu_indices(len(points), 1)
    assert GEOD.inv(*points[one].T, *points[other].T)[2].min() >= 10_000


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> ReadyPlanner:
    """Roads from Bamako over Ségou to Mopti, and others from Gao to Ansongo, which nothing joins."""
    gazetteer, boundaries = Gazetteer.shipped(), Boundaries.shipped()
    towns = [gazetteer.find(name) for name in ("Bamako", "Ségou", "Mopti", "Gao", "Ansongo")]
    network = small_network(np.array([(town.lon, town.lat) for town in towns]), [(0, 1), (1, 2), (3, 4)])
    return ready_on(network, tmp_path_factory.mktemp("home"), boundaries)


def ready_on(network: Network, home: Path, boundaries: Boundaries) -> ReadyPlanner:
    domain = build_domain(boundaries)
    with Store.open(f"sqlite:///{home / 'sira.sqlite'}") as store:
        incidents = store.incidents(hazards=tuple(HazardType))
    assessment = assess(incidents, boundaries, as_of=TODAY, revision=1, domain=domain)
    planner = RoutePlanner.build(assessment, incidents, boundaries, network, today=TODAY, domain=domain)
    return ReadyPlanner(planner, network, assessment, incidents, planner.axes(), b"")


def test_what_no_road_joins_is_said_in_both_languages(apart: ReadyPlanner) -> None:
    told: list[tuple[int, int]] = []
    found = file_routes(apart, Boundaries.shipped(), TODAY, progress=lambda held, most: told.append((held, most)))
    assert found is not None
    labels = found["places"]["label"]
    assert set(labels) >= {"Bamako", "Ségou", "Mopti", "Gao", "Ansongo"}
    pairs = {(labels[start], labels[end]) for start, end in zip(found["from"], found["to"], strict=True)}
    assert {("Bamako", "Mopti"), ("Mopti", "Bamako"), ("Gao", "Ansongo")} <= pairs
    key = f"{labels.index('Bamako')}-{labels.index('Gao')}"
    assert ("Bamako", "Gao") not in pairs
    assert "Bamako" in found["refusals"][key]["en"]
    assert found["refusals"][key]["fr"] != found["refusals"][key]["en"]
    assert len(pairs) + len(found["refusals"]) == len(labels) * (len(labels) - 1)
    assert told[-1][0] == len(labels)
    assert_refers_only_to_rows(found)


def assert_refers_only_to_rows(found: dict[str, Any]) -> None:
    """Hold that no answer refers to a row that its table lacks."""
    pieces = np.concatenate([np.cumsum(each) for each in split(found["answers"]["pieces"])])
    assert pieces.min() >= 0
    assert pieces.max() < len(found["pieces"]["km"])
    assert max(found["pieces"]["segment"]) < len(found["segments"]["common"]["segment_id"])
    assert max(found["pieces"]["line"]) < len(found["lines"]["count"])
    assert sum(found["answers"]["others"]) == len(found["others"]["kind"])


def split(lists: dict[str, list[int]]) -> list[list[int]]:
    ends = np.cumsum(lists["count"])
    return [lists["steps"][end - count : end] for end, count in zip(ends, lists["count"], strict=True)]


def test_without_a_pair_there_are_no_routes(apart: ReadyPlanner) -> None:
    assert file_routes(apart, Boundaries.shipped(), TODAY, most_places=1) is None


def test_no_more_places_are_begun_after_the_time_is_over(apart: ReadyPlanner) -> None:
    assert file_routes(replace(apart), Boundaries.shipped(), TODAY, most_seconds=-1) is None
