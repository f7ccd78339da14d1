"""The model card at ``/model``, as a page or JSON, and the cells' raster at ``/layers/risk.tif``."""

from __future__ import annotations

from datetime import date
from functools import partial
from importlib.resources import files
from typing import Any, Final

import jinja2
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.base.access import disclose
from api.base.assessments import shown, today
from api.base.cache import AS_IS, Encoded, as_it_is
from api.base.door import Order, Visit
from api.base.http import Json, Readable, asked_lang, door_of, lang_of, service_of
from api.base.query_parameters import parse_choice, parse_lang, parse_query
from api.base.ranges import spans_of
from api.base.service import Service
from api.layers.model_card import card_json, card_texts, score_table
from api.layers.query import parse_target
from api.layers.raster import risk_raster
from api.layers.registry import CELLS
from api.layers.serving import assessment_for, dated, matches
from models.evaluation.card import make_card
from models.risk.assessment import Assessment
from models.risk.target import Target

router: Final = APIRouter(route_class=Readable)

_FORMATS: Final = ("html", "json")
_TIFF: Final = "image/tiff; application=geotiff; profile=cloud-optimized"


@router.get("/model")
async def send_card(request: Request) -> Response:
    """Answer the model card: a page, or JSON where ``f=json`` or ``Accept`` asks for it."""
    service = service_of(request)
    given = parse_query(request.scope["query_string"], ("lang", "f"))
    lang = lang_of(request, given)
    kind = parse_choice(given["f"], _FORMATS, parameter="f") if "f" in given else _preferred(request)
    door = door_of(request)
    if kind == "json":
        response: Response = Json(await door.tell(None, partial(_as_json, service, lang)), lang)
    else:
        response = HTMLResponse(await door.tell(None, partial(_page, service, lang)), headers=_PAGE_HEADERS)
        response.headers["Content-Language"] = lang
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


@router.get("/model.json")
async def send_card_as_json(request: Request) -> Response:
    """Answer the model card as JSON."""
    lang = asked_lang(request)
    return Json(await door_of(request).tell(None, partial(_as_json, service_of(request), lang)), lang)


@router.get("/layers/risk.tif")
async def send_raster(request: Request) -> Response:
    """Answer the cells as a Cloud-Optimized GeoTIFF, whole or the range of bytes asked for."""
    door = door_of(request)

    async def ask(visit: Visit) -> Order[Assessment, Encoded]:
        given = parse_query(request.scope["query_string"], ("target", "lang"))
        target = parse_target(given.get("target", Target.IED.value))
        lang = parse_lang(given["lang"]) if "lang" in given else door.service.settings.lang
        disclose(CELLS.kind, visit.caller)
        assessment, now = await assessment_for(door.service, visit.snapshot, target), today()
        make = partial(_raster, assessment, now, lang)
        return Order(assessment, make, ("risk.tif", dated(assessment, now), lang))

    assessment, encoded = await door.answer(request.scope, ask)
    body = encoded.bodies[AS_IS]
    etag = f'"{assessment.revision}-{assessment.target}-{len(body)}-{encoded.etags[AS_IS][1:17].decode()}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="sira-risk-{assessment.target}-{assessment.t0}.tif"',
    }
    if matches(request.headers.get("if-none-match", "").encode(), etag.encode()):
        return Response(status_code=304, headers=headers)
    spans = spans_of(request.scope, len(body), (etag,))
    if spans is None or len(spans) > 1:
        return Response(body, media_type=_TIFF, headers=headers)
    if not spans:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(body)}"})
    ((first, last),) = spans
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], status_code=206, media_type=_TIFF, headers=headers)


def _raster(assessment: Assessment, now: date, lang: str) -> Encoded:
    return as_it_is(risk_raster(assessment, now, lang))


def _as_json(service: Service, lang: str, visit: Visit) -> dict[str, Any]:
    revision, synthetic = visit.snapshot.revision, visit.snapshot.is_synthetic_only
    found = (shown(service.shelf, revision, target, synthetic=synthetic) for target in Target)
    known = tuple(assessment for assessment in found if assessment is not None)
    return card_json(make_card(known, service.shelf.evaluation(synthetic=synthetic)), known, lang)


def _page(service: Service, lang: str, visit: Visit) -> str:
    content = _as_json(service, lang, visit)
    tables = {data: score_table(content["scores"], data) for data in ("ucdp-mali", "store")}
    return _TEMPLATES.get_template("model.html").render(card=content, tables=tables, lang=lang, word=card_texts(lang))


def _preferred(request: Request) -> str:
    """JSON where a caller asks for it by name and not for a page."""
    accept = request.headers.get("accept", "")
    return "json" if "json" in accept and "text/html" not in accept else "html"


_PAGE_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("api.web"))), autoescape=True, undefined=jinja2.StrictUndefined
)
