"""The named axes as JSON and as a layer, and what is said of the layer in the list of layers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import orjson

from api.base.i18n import translate
from api.layers.encode import MOST_DECIMALS, geojson_geometries, json_value
from api.roads.answers import about_answer, estimate
from api.roads.planners import ReadyPlanner
from models.risk.class_limits import Band, band_label
from models.routes import words as words
from models.routes.answer import HORIZON_DAYS


def axes_json(ready: ReadyPlanner, lang: str, today: date) -> dict[str, Any]:
    """Return the ranked axes as `GET /axes` answers them."""
    return _about(ready, lang, today) | {"axes": list(_rows(ready, lang))}


def axes_body(ready: ReadyPlanner, lang: str, today: date) -> bytes:
    """Return the same as GeoJSON."""
    lines = geojson_geometries(ready.axes.geometry.to_numpy(), decimals=MOST_DECIMALS)
    features = [
        {"type": "Feature", "id": row["axis_id"], "geometry": line, "properties": row}
        for row, line in zip(_rows(ready, lang), lines, strict=True)
    ]
    return orjson.dumps({"type": "FeatureCollection", "sira": _about(ready, lang, today), "features": features})


def _about(ready: ReadyPlanner, lang: str, today: date) -> dict[str, Any]:
    start = ready.assessment.t0
    end = start + timedelta(days=HORIZON_DAYS)
    caveats = (*words.NO_CERTIFICATE, words.NOT_PER_TRIP, *((words.SCHEMATIC,) if ready.network.is_schematic else ()))
    return {
        **about_answer(ready, caveats, start, end, lang, today),
        "horizon_days": HORIZON_DAYS,
        "schematic": ready.network.is_schematic,
    }


def _rows(ready: ReadyPlanner, lang: str) -> Iterator[dict[str, Any]]:
    table = ready.axes.drop(columns="geometry")
    for axis, row in zip(table.index, table.to_dict(orient="records"), strict=True):

        def told(value: str, low: str, high: str, row: dict[Any, Any] = row) -> dict[str, float | None] | None:
            return estimate(*(json_value(row[name]) for name in (value, low, high)))

        yield {
            "axis_id": str(axis),
            "kind": row["kind"],
            "ref": row["ref"] or None,
            "name": row["name"] or None,
            "named_in": row["named_in"] or None,
            "rank": json_value(row["rank"]),
            "rank_by_change": json_value(row["rank_change"]),
            "length_km": round(row["length_km"], 1),
            "known_km": round(row["known_km"], 1),
            "expected_incidents": told("expected", "low", "high"),
            "per_100_km": told("expected_per_100km", "low_per_100km", "high_per_100km"),
            "band": row["band"],
            "band_label": translate(band_label(Band(row["band"])), lang),
            "per_100_km_before": told("before_per_100km", "before_low", "before_high"),
            "change": told("change", "change_low", "change_high"),
            "last_incident": json_value(row["last_incident"]),
            "share_not_assessed": round(row["share_not_assessed"], 3),
            "share_under_observed": round(row["share_under_observed"], 3),
            "corridor_km": round(row["corridor_km"], 3),
            "schematic": bool(row["schematic"]),
            "synthetic": ready.assessment.synthetic,
        }
