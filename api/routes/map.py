"""The map at ``/`` and the scripts, styles and base layers that it loads, all from this service."""

from __future__ import annotations

import asyncio
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.access import Caller
from api.cache import Encoded, encode
from api.dependencies import parse_lang, parse_query
from api.maps.base import BASE_LAYERS, base_layer
from api.maps.page import SCRIPTS, STATIC, STYLES, Page, build_map, page_for, render, with_nonce
from api.maps.vendored import FILES, vendored
from api.service import Service, Snapshot
from api.serving import choose_coding, matches, read_conditions
from geo.errors import NotFoundError
from geo.messages import message
from geo.store import Store

router: Final = APIRouter(include_in_schema=False)

#: Scripts only from this service or with the nonce of this answer; no other host, no frames, no forms, no plugins.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".geojson": "application/geo+json"}


@router.get("/")
async def show_map(request: Request) -> Response:
    """Answer the map page, in the language asked for."""
    service: Service = request.app.state.service
    given = parse_query(request.scope["query_string"], ("lang",))
    # French unless the reader says otherwise: browsers in Mali often ask for English without anybody's choosing it.
    lang = parse_lang(given["lang"]) if "lang" in given else service.settings.lang
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot)
    html, nonce = with_nonce(await asyncio.to_thread(_document_for, service.store, snapshot, caller, lang))
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


def _document_for(store: Store, snapshot: Snapshot, caller: Caller, lang: str) -> str:
    return _document(page_for(store, snapshot, caller, lang=lang))


@lru_cache(maxsize=32)
def _document(page: Page) -> str:
    """Return the document without nonces: Folium renders each page once."""
    return render(build_map(page))
