"""The model card at ``/model``, as a page or JSON, and the cells' raster at ``/layers/risk.tif``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

import anyio.to_thread
import jinja2
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.access import Kind, disclose
from api.assessments import shown, today
from api.dependencies import parse_choice, parse_lang, parse_query
from api.encode import plain
from api.i18n import negotiate, translate, translate_text
from api.risk_layers import month_of, notices, window_json
from api.risk_queries import RISK_LAYERS, parse_target
from api.risk_raster import risk_raster
from api.risk_serving import assessment_for
from api.routes.about import Json, service_of
from api.service import Service
from api.serving import matches
from geo.messages import Message, message
from models.assessment import Assessment
from models.card import INTENDED, LIMITS, METRICS, MODELS, UNINTENDED, Card, make_card
from models.route_scores import RouteScores
from models.target import Target
from models.windows import Age

router: Final = APIRouter()

_FORMATS: Final = ("html", "json")
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_TIFF: Final = "image/tiff; application=geotiff; profile=cloud-optimized"


@router.get("/model")
async def send_card(request: Request) -> Response:
    """Answer the model card: a page, or JSON where ``f=json`` or ``Accept`` asks for it."""
    service = service_of(request)
    given = parse_query(request.scope["query_string"], ("lang", "f"))
    accept_language = request.headers.get("accept-language")
    lang = parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, service.settings.lang)
    kind = parse_choice(given["f"], _FORMATS, parameter="f") if "f" in given else _preferred(request)
    card, known = await _card(service)
    if kind == "json":
        response: Response = Json(as_json(card, known, lang), lang)
    else:
        response = HTMLResponse(await anyio.to_thread.run_sync(_page, card, known, lang), headers=_PAGE_HEADERS)
        response.headers["Content-Language"] = lang
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


@router.get("/model.json")
async def send_card_as_json(request: Request) -> Response:
    """Answer the model card as JSON."""
    given = parse_query(request.scope["query_string"], ("lang",))
    service = service_of(request)
    accept_language = request.headers.get("accept-language")
    lang = parse_lang(given["lang"]) if "lang" in given else negotiate(accept_language, service.settings.lang)
    card, known = await _card(service)
    return Json(as_json(card, known, lang), lang)


@router.api_route("/layers/risk.tif", methods=["GET", "HEAD"])
async def send_raster(request: Request) -> Response:
    """Answer the cells as a Cloud-Optimized GeoTIFF, whole or the range of bytes asked for."""
    service = service_of(request)
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot)
    given = parse_query(request.scope["query_string"], ("target", "lang"))
    target = parse_target(given.get("target", Target.IED.value))
    lang = parse_lang(given["lang"]) if "lang" in given else service.settings.lang
    disclose(Kind.FINE_RISK, caller)
    assessment = await assessment_for(service, snapshot, target)
    age = assessment.window().age(today())
    body = await anyio.to_thread.run_sync(partial(_raster, assessment, age, lang))
    etag = f'"{assessment.revision}-{assessment.target}-{len(body)}-{sha256(body).hexdigest()[:16]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="sira-risk-{assessment.target}-{assessment.t0}.tif"',
    }
    if matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
        return Response(status_code=304, headers=headers)
    span = _span(request.headers.get("range"), len(body))
    if span is None:
        return Response(body, media_type=_TIFF, headers=headers)
    first, last = span
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], status_code=206, media_type=_TIFF, headers=headers)


@lru_cache(maxsize=6)
def _raster(assessment: Assessment, age: Age, lang: str) -> bytes:
    """Encode once per assessment; `age` because what the tags say of it changes."""
    return risk_raster(assessment, today(), lang)


def _span(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return the first and last byte of a single range that can be satisfied (RFC 9110, 14.1.2), else None: all."""
    match = _RANGE.fullmatch(asked or "")
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(size - int(match[2]), 0), size - 1
    first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
    return (first, last) if first <= last else None


async def _card(service: Service) -> tuple[Card, tuple[Assessment, ...]]:
    snapshot = await service.current()

    def read() -> tuple[Card, tuple[Assessment, ...]]:
        revision, synthetic = snapshot.revision, snapshot.is_synthetic_only
        found = (shown(service.shelf, revision, target, synthetic=synthetic) for target in Target)
        known = tuple(assessment for assessment in found if assessment is not None)
        return make_card(known, service.shelf.evaluation(synthetic=synthetic)), known

    return await anyio.to_thread.run_sync(read)


def as_json(card: Card, assessments: tuple[Assessment, ...], lang: str) -> dict[str, Any]:
    """Return the card as JSON values, its sentences in `lang`: of records the month, for anybody may read it."""
    now = today()
    targets = {
        name: {
            **plain({key: value for key, value in about.items() if key not in ("title", "holds")}),
            "first": about["first"] and about["first"][: len("2024-01")],
            "newest": month_of(assessment.newest),
            "title": translate(assessment.window().marked(about["title"], now), lang),
            "holds": translate(about["holds"], lang),
            **window_json(assessment.window(), now, lang),
            "notices": [
                translate(notice, lang) for notice in notices(assessment, now, newest=month_of(assessment.newest))
            ],
        }
        for (name, about), assessment in zip(card.targets.items(), assessments, strict=True)
    }
    return {
        "title": translate(_WORDS["title"], lang),
        "default": card.default,
        "model": translate(MODELS[card.default], lang),
        "scores": [
            {
                "data": score.data,
                "model": score.model,
                "metric": score.metric,
                "value": score.value,
                "low": score.low,
                "high": score.high,
            }
            for score in card.scores
        ],
        "metrics": _said(METRICS, lang),
        "models": _said(MODELS, lang),
        "criteria": [
            {
                "name": translate_text(line.name, lang),
                "value": line.value,
                "low": line.low,
                "high": line.high,
                "least": line.least,
                "most": line.most,
                "passed": line.passed,
            }
            for line in card.criteria
        ],
        "routes": _routes(card.routes, lang),
        "targets": targets,
        "evaluated": plain(card.evaluated) if card.evaluated else None,
        "intended": [translate(text, lang) for text in INTENDED],
        "unintended": [translate(text, lang) for text in UNINTENDED],
        "limits": [translate(text, lang) for text in LIMITS],
        "sources": [
            "UCDP GED 21.1 (CC BY 4.0), Sundberg & Melander 2013, doi:10.1177/0022343313484347",
        ],
        "layers": [layer.address for layer in RISK_LAYERS.values()] + ["/layers/risk.tif"],
    }


def _page(card: Card, assessments: tuple[Assessment, ...], lang: str) -> str:
    content = as_json(card, assessments, lang)
    tables = {data: _score_table(content["scores"], data) for data in ("ucdp-mali", "store")}
    words = _said(_WORDS, lang)
    return _TEMPLATES.get_template("model.html").render(card=content, tables=tables, lang=lang, word=words)


def _routes(scores: RouteScores, lang: str) -> dict[str, Any]:
    """Predicted against observed, by corridor and bin of the predicted probability."""
    about = message(
        "{routes} routes of the schematic network, {origins} windows of 30 days one after the other from January 2015 "
        "on, UCDP GED for Mali (conflict events, not explosive incidents). All was fitted before each window. Routes "
        "share their incidents, so the intervals are wide: half years were drawn together.",
        routes=scores.routes,
        origins=scores.origins,
    )
    corridors = [
        {
            "corridor_km": km,
            "brier": scores.brier[km],
            "brier_frequency": scores.brier_frequency[km],
            "expected_over_observed": scores.expected_over_observed[km],
            "bins": [asdict(each) for each in scores.bins if each.corridor_km == km],
        }
        for km in scores.brier
    ]
    return {"about": translate(about, lang), "corridors": corridors}


def _score_table(scores: list[dict[str, Any]], data: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Model → metric → score of one data set."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for score in scores:
        if score["data"] == data:
            found.setdefault(score["model"], {})[score["metric"]] = score
    return found


def _said(texts: Mapping[str, Message], lang: str) -> dict[str, str]:
    return {name: translate(text, lang) for name, text in texts.items()}


def _preferred(request: Request) -> str:
    """JSON where a caller asks for it by name and not for a page."""
    accept = request.headers.get("accept", "")
    return "json" if "json" in accept and "text/html" not in accept else "html"


_PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_WORDS: Final[dict[str, Message]] = {
    "title": message("Sira: the model card"),
    "summary": message(
        "Sira forecasts how many incidents are likely to be recorded per cercle and cell in 91 days. It says "
        "nothing of the danger of one trip, and no place is called safe."
    ),
    "intended": message("What it is for"),
    "unintended": message("What it is not for"),
    "limits": message("What is unsure"),
    "data": message("Data"),
    "benchmark": message("Scores on the benchmark: UCDP GED, Mali, organised violence (not explosive incidents)"),
    "store": message("Scores on the data of this installation"),
    "not_evaluated": message("The data of this installation have not been evaluated yet: sira evaluate"),
    "criteria": message("What the model had to reach on the benchmark"),
    "reached": message("reached"),
    "missed": message("not reached"),
    "measured": message("Measured"),
    "wanted": message("Wanted"),
    "line": message("Criterion"),
    "default": message("shown by every layer"),
    "interval": message("value, and 90 % interval over quarters"),
    "model": message("Model or rule"),
    "routes": message("Routes: the probability of at least one recorded incident, predicted and observed"),
    "corridor": message("Corridor, to each side"),
    "predicted_between": message("Predicted between"),
    "route_windows": message("Routes and windows"),
    "predicted": message("Mean predicted"),
    "observed": message("Observed, and 90 % interval"),
    "level": message("Expected over observed incidents"),
    "brier": message("Brier score, and that of the frequency of the past 12 months alone; lower is better"),
    "not_assessed_yet": message("These data have not been assessed yet: sira assess"),
    "t0": message("Date of the assessment"),
    "period": message("Forecast for"),
    "newest": message("Newest record"),
    "events": message("Incidents used, of which located imprecisely"),
    "sources": message("Sources"),
    "gradient": message(
        "If less is recorded where fewer people live: share of the top tenth of cercles that stays on top"
    ),
    "map": message("Map"),
    "revision": message("Revision of the data"),
}
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("api.routes"))), autoescape=True, undefined=jinja2.StrictUndefined
)
