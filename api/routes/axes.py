"""``GET /axes``: the named axes, ranked, and the same as a layer."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

import anyio.to_thread
import geopandas as gpd
import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import Caller, Kind, disclose
from api.assessments import today
from api.dependencies import parse_lang, parse_query
from api.encode import MOST_DECIMALS, geojson_geometries, plain
from api.i18n import negotiate
from api.planner import Ready
from api.risk_queries import parse_target
from api.route_answers import about, estimate, significant
from api.routes.about import service_of
from api.routes.routes import planners_of, private
from models import route_words as words
from models.route_answer import HORIZON_DAYS
from models.target import Target

router: Final = APIRouter()

ADDRESS: Final = "/layers/axes.geojson"


@router.get("/axes")
async def send_axes(request: Request) -> Response:
    """Answer the axes as a list, the highest expectation per 100 km first."""
    ready, lang = await _asked(request)
    body = await anyio.to_thread.run_sync(lambda: orjson.dumps(axes_json(ready, lang)))
    return Response(body, media_type="application/json", headers=private(lang))


@router.get(ADDRESS)
async def send_layer(request: Request) -> Response:
    """Answer the axes as a FeatureCollection."""
    ready, lang = await _asked(request)
    body = await anyio.to_thread.run_sync(lambda: orjson.dumps(axes_layer(ready, lang)))
    return Response(body, media_type="application/geo+json", headers=private(lang))


async def _asked(request: Request) -> tuple[Ready, str]:
    service = service_of(request)
    snapshot = await service.current()
    caller: Caller = await service.caller(request.scope, snapshot)
    disclose(Kind.ROUTES, caller)
    given = parse_query(request.scope["query_string"], ("target", "lang"))
    target = parse_target(given.get("target", Target.IED.value))
    accepted = request.headers.get("accept-language")
    lang = parse_lang(given["lang"]) if "lang" in given else negotiate(accepted, service.settings.lang)
    return await planners_of(request).get(snapshot, target), lang


def axes_json(ready: Ready, lang: str) -> dict[str, Any]:
    """Return the ranked axes as `GET /axes` answers them."""
    return _about(ready, lang) | {"axes": _rows(ready)}


def axes_layer(ready: Ready, lang: str) -> dict[str, Any]:
    """Return the same as GeoJSON."""
    lines = geojson_geometries(_table(ready).geometry.to_numpy(), decimals=MOST_DECIMALS)
    features = [
        {"type": "Feature", "id": row["axis_id"], "geometry": line, "properties": row}
        for row, line in zip(_rows(ready), lines, strict=True)
    ]
    return {"type": "FeatureCollection", "sira": _about(ready, lang), "features": features}


@lru_cache(maxsize=len(Target))
def _table(ready: Ready) -> gpd.GeoDataFrame:
    return ready.planner.axes()


def _about(ready: Ready, lang: str) -> dict[str, Any]:
    start = ready.assessment.t0
    end = start + timedelta(days=HORIZON_DAYS)
    caveats = (*words.NO_CERTIFICATE, words.NOT_PER_TRIP, *((words.SCHEMATIC,) if ready.network.is_schematic else ()))
    return {
        **about(ready, caveats, start, end, lang, today()),
        "horizon_days": HORIZON_DAYS,
        "schematic": ready.network.is_schematic,
    }


def _rows(ready: Ready) -> list[dict[str, Any]]:
    table = _table(ready)
    return [
        {
            "axis_id": str(axis),
            "ref": row["ref"] or None,
            "name": row["name"] or None,
            "rank": plain(row["rank"]),
            "rank_by_change": plain(row["rank_change"]),
            "length_km": round(row["length_km"], 1),
            "expected_incidents": estimate(*(plain(row[name]) for name in ("expected", "low", "high"))),
            "per_100_km": significant(plain(row["expected_per_100km"])),
            "per_100_km_before": significant(plain(row["before_per_100km"])),
            "change": significant(plain(row["change"])),
            "last_incident": plain(row["last_incident"]),
            "share_not_assessed": round(row["share_not_assessed"], 3),
            "share_under_observed": round(row["share_under_observed"], 3),
            "corridor_km": round(row["corridor_km"], 3),
            "schematic": bool(row["schematic"]),
            "synthetic": ready.assessment.synthetic,
        }
        for axis, row in zip(table.index, table.drop(columns="geometry").to_dict(orient="records"), strict=True)
    ]
