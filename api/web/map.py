"""The map at ``/``, the single file it offers, and the scripts, styles and documents that it loads, all from here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.base.access import Caller, Kind
from api.base.assessments import shown
from api.base.cache import Encoded, compressed, encode
from api.base.dependencies import parse_lang, parse_query
from api.base.service import Service, Snapshot
from api.layers.serving import choose_coding, matches, read_conditions
from api.map.base import BASE_LAYERS, base_layer
from api.map.bundle import bundle, bundle_name
from api.map.data.queries import Name
from api.map.data.serving import MapDocuments, send_document
from api.map.data.state import Offer, state
from api.map.file_routes import HeldRoads
from api.map.page import Background, Page, build_map, page_for, render, with_nonce
from api.map.single_file import Roads, single_file
from geo.core.errors import NotFoundError
from geo.core.messages import message
from models.risk.target import Target

#: Scripts only from this service or with the nonce of this answer; no other host, no frames, no forms, no plugins.
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:{images}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".geojson": "application/geo+json"}
#: The name of a bundle changes with what it holds: a copy is right for ever.
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Count for the first view before anybody asks for it."""
    warming = asyncio.create_task(documents_of(app).warm())
    yield
    await warming


router: Final = APIRouter(include_in_schema=False, lifespan=_lifespan)


def documents_of(app: FastAPI) -> MapDocuments:
    """Return the map's documents of an application; made with the first question."""
    if not hasattr(app.state, "map_documents"):
        app.state.map_documents = MapDocuments(app.state.service)
    documents: MapDocuments = app.state.map_documents
    return documents


def held_roads_of(app: FastAPI) -> HeldRoads:
    """Return what the files of an application hold of roads; made with the first question."""
    if not hasattr(app.state, "held_roads"):
        app.state.held_roads = HeldRoads(app.state.planners)
    held: HeldRoads = app.state.held_roads
    return held


@router.get("/")
async def show_map(request: Request) -> Response:
    """Answer the map page, in the language asked for."""
    service, lang = _service(request), _lang(request)
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot)
    background = background_of(service)
    html, nonce = with_nonce(await asyncio.to_thread(_document_for, service, snapshot, caller, lang, background))
    images = "" if background is None else f" {_origin(background.url)}"
    headers = {
        "Content-Security-Policy": POLICY.format(nonce=nonce, images=images),
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "Vary": "Accept-Encoding",
    }
    if background is not None:
        # Whoever gives tiles away wants to know which site asks; it learns the host and nothing of what is looked at.
        headers["Referrer-Policy"] = "strict-origin"
    coding = choose_coding(request.headers.get("Accept-Encoding", "").encode("latin-1"))
    if coding != "identity":
        headers["Content-Encoding"] = coding
    # Each page has a nonce of its own and is compressed anew: quickly, not as far as it goes.
    return HTMLResponse(compressed(html.encode(), coding, brotli_quality=4), headers=headers)


@router.get("/map/file.html")
async def send_file(request: Request) -> Response:
    """Answer the map as one file to take along, as far as the caller may see it."""
    service, lang = _service(request), _lang(request)
    snapshot = await service.refresh()
    caller = await service.caller(request.scope, snapshot)
    roads = await held_roads_of(request.app).get(snapshot) if caller.may(Kind.ROUTES) else Roads()
    html = await asyncio.to_thread(_file, service, snapshot, caller, lang, roads)
    headers = {
        "Content-Disposition": f'attachment; filename="sira-{caller.audience.label}-{snapshot.revision}.html"',
        "Content-Language": lang,
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, headers=headers)


@router.get("/map/state.json")
async def send_state(request: Request) -> Response:
    """Answer what an open page looks at every few minutes: whether it is still what it would be made of now."""
    service = _service(request)
    parse_query(request.scope["query_string"], ())
    snapshot = await service.current()
    caller = await service.caller(request.scope, snapshot, is_use=False)
    is_assessed = await asyncio.to_thread(service.shelf.path(snapshot.revision, Target.IED).exists)
    told = state(snapshot.revision, Offer.to(caller, snapshot.boundaries), assessed=is_assessed)
    return _answer(request, encode(orjson.dumps(told)), "application/json", "no-cache")


class _Document:
    """ASGI application that answers GET and HEAD for one document; errors are raised."""

    def __init__(self, name: Name) -> None:
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await send_document(documents_of(scope["app"]), self._name, scope, send)


for _name in Name:
    router.routes.append(Route(f"/map/{_name.value}.json", _Document(_name), methods=["GET", "HEAD"]))


@router.get("/static/{path:path}")
async def send_asset(request: Request, path: str) -> Response:
    """Answer the scripts, the styles or a layer of the map's ground, compressed once and kept."""
    encoded = await asyncio.to_thread(_asset, path)
    # Other copies may be kept and are asked about each time, so that an update of Sira shows at once.
    lasts = _FOR_EVER if path.startswith("sira-") else "no-cache"
    return _answer(request, encoded, _MEDIA_TYPES[Path(path).suffix], lasts)


def _answer(request: Request, encoded: Encoded, media_type: str, lasts: str) -> Response:
    """Answer in a coding that the request welcomes, 304 where its copy is right."""
    conditions = read_conditions(request.scope)
    coding = choose_coding(conditions.accept_encoding)
    headers = {
        "ETag": encoded.etags[coding].decode(),
        "Cache-Control": lasts,
        "Vary": "Accept-Encoding",
    }
    if matches(conditions.if_none_match, encoded.etags[coding]):
        return Response(status_code=304, headers=headers)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(encoded.bodies[coding], media_type=media_type, headers=headers)


@cache
def _asset(path: str) -> Encoded:
    """Return a file that the page loads; only names on the page's own lists lead anywhere."""
    for suffix in (".js", ".css"):
        if path == bundle_name(suffix):
            return encode(bundle(suffix))
    folder, _, name = path.rpartition("/")
    layer = name.removesuffix(".geojson")
    if folder == "base" and name.endswith(".geojson") and layer in BASE_LAYERS:
        return encode(base_layer(layer))
    raise NotFoundError(message("There is no file {name} here.", name=path))


def background_of(service: Service) -> Background | None:
    """Return the tiles of another host that the installation names, None where it names none."""
    settings = service.settings
    return Background(settings.background, settings.background_credit) if settings.background else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _lang(request: Request) -> str:
    given = parse_query(request.scope["query_string"], ("lang",))
    # French unless the reader says otherwise: browsers in Mali often ask for English without anybody's choosing it.
    return parse_lang(given["lang"]) if "lang" in given else _service(request).settings.lang


def _document_for(
    service: Service, snapshot: Snapshot, caller: Caller, lang: str, background: Background | None
) -> str:
    return _document(page_for(service.store, snapshot, caller, lang=lang, background=background))


@lru_cache(maxsize=32)
def _document(page: Page) -> str:
    """Return the document without nonces: Folium renders each page once."""
    return render(build_map(page))


def _file(service: Service, snapshot: Snapshot, caller: Caller, lang: str, roads: Roads) -> str:
    assessment = shown(service.shelf, snapshot.revision, Target.IED, synthetic=snapshot.is_synthetic_only)
    return single_file(service.store, snapshot, caller, lang=lang, assessment=assessment, roads=roads)
