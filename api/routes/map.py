"""The map at ``/`` and the scripts, styles and base layers that it loads, all from this service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.access import Audience, Caller, Kind
from api.cache import Encoded, encode
from api.dependencies import parse_lang, parse_query
from api.maps.base import BASE_LAYERS, base_layer
from api.maps.page import OPEN_LAYERS, SCRIPTS, STATIC, STYLES, Page, build_map, render, with_nonce
from api.maps.vendored import FILES, vendored
from api.service import Service, Snapshot
from api.serving import choose_coding, matches, read_conditions
from geo.errors import NotFoundError
from geo.messages import message
from geo.regions import DEFAULT_VINTAGE

router: Final = APIRouter(include_in_schema=False)

#: Scripts only from this service or with the nonce of this answer; no other host, no frames, no forms, no plugins.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Level → what may be seen of it; the first is the first view.
_LEVELS: Final = (
    ("cercle", Kind.COARSE_COUNTS),
    ("region", Kind.COARSE_COUNTS),
    ("commune", Kind.COMMUNE_COUNTS),
)
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".geojson": "application/geo+json"}
_LAYERS: Final = (("incidents", Kind.INCIDENT_POINTS), ("hazards", Kind.HAZARD_AREAS))


@router.get("/")
async def show_map(request: Request) -> Response:
    """Answer the map page, in the language asked for."""
    service: Service = request.app.state.service
    given = parse_query(request.scope["query_string"], ("lang",))
    # French unless the reader says otherwise: browsers in Mali often ask for English without anybody's choosing it.
    lang = parse_lang(given["lang"]) if "lang" in given else service.settings.lang
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot)
    is_public = caller.audience is Audience.PUBLIC
    document = _document(lang, _levels(snapshot, caller), snapshot.has_synthetic, _layers(caller), is_public)
    html, nonce = with_nonce(document)
    headers = {
        "Content-Security-Policy": POLICY.format(nonce=nonce),
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "Vary": "Authorization",
    }
    return HTMLResponse(html, headers=headers)


@router.get("/static/{path:path}")
async def send_asset(request: Request, path: str) -> Response:
    """Answer a script, a style or a layer of the map's ground, compressed once and kept."""
    encoded = await asyncio.to_thread(_asset, path)
    conditions = read_conditions(request.scope)
    coding = choose_coding(conditions.accept_encoding)
    headers = {
        "ETag": encoded.etags[coding].decode(),
        # A copy may be kept and is asked about each time, so that an update of Sira shows at once.
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
    }
    if matches(conditions.if_none_match, encoded.etags[coding]):
        return Response(status_code=304, headers=headers)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(encoded.bodies[coding], media_type=_MEDIA_TYPES[Path(path).suffix], headers=headers)


@cache
def _asset(path: str) -> Encoded:
    """Return a file that the page loads; only names on the page's own lists lead anywhere."""
    folder, _, name = path.rpartition("/")
    if folder == "" and name in (*SCRIPTS, *STYLES):
        return encode((STATIC / name).read_bytes())
    if folder == "vendor" and name in FILES:
        return encode(vendored(name).read_bytes())
    layer = name.removesuffix(".geojson")
    if folder == "base" and name.endswith(".geojson") and layer in BASE_LAYERS:
        return encode(base_layer(layer))
    raise NotFoundError(message("There is no file {name} here.", name=path))


def _levels(snapshot: Snapshot, caller: Caller) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each level that `caller` may see, with the vintages that have it."""
    boundaries = snapshot.boundaries
    return tuple(
        (level, tuple(name for name in boundaries.vintages() if level in boundaries.levels(name)))
        for level, kind in _LEVELS
        if caller.may(kind)
    )


def _layers(caller: Caller) -> tuple[tuple[str, bool], ...]:
    return (*((name, False) for name, kind in _LAYERS if caller.may(kind)), *OPEN_LAYERS.items())


@lru_cache(maxsize=32)
def _document(
    lang: str,
    levels: tuple[tuple[str, tuple[str, ...]], ...],
    synthetic: bool,
    layers: tuple[tuple[str, bool], ...],
    offers_login: bool,
) -> str:
    """Return the page without nonces; it depends on these arguments alone, so that Folium renders it once."""
    shown: Mapping[str, bool] = dict(layers)
    page = Page(
        lang=lang,
        levels=dict(levels),
        vintage=DEFAULT_VINTAGE,
        synthetic=synthetic,
        layers=shown,
        offers_login=offers_login,
    )
    return render(build_map(page))
