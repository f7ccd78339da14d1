"""The map at ``/``, the single file it offers, and the scripts, styles and documents that it loads, all from here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.base.assessments import shown, today
from api.base.cache import Encoded, Text, compressed, encode
from api.base.door import Order, Visit
from api.base.http import Readable, door_of, service_of
from api.base.query_parameters import parse_lang, parse_query
from api.base.service import Service
from api.layers.serving import choose_coding, matches, read_conditions
from api.map.base import BASE_LAYERS, base_layer
from api.map.bundle import bundle, bundle_name
from api.map.data.queries import DocumentName
from api.map.data.serving import MapDocuments, send_document
from api.map.data.state import Offer, state
from api.map.file_routes import no_routes, packed_routes, roads_of
from api.map.page import Background, Page, build_map, page_for, render, with_nonce
from api.map.single_file import FileRoads, single_file
from api.roads.planners import ReadyPlanner
from api.web.road_routes import planner_for
from geo.core.errors import NotFoundError
from geo.core.messages import Message, message
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
    warming.cancel()
    with suppress(asyncio.CancelledError):
        await warming


router: Final = APIRouter(route_class=Readable, include_in_schema=False, lifespan=_lifespan)


def documents_of(app: FastAPI) -> MapDocuments:
    """Return the map's documents of an application; made with the first question."""
    if not hasattr(app.state, "map_documents"):
        app.state.map_documents = MapDocuments(app.state.door)
    documents: MapDocuments = app.state.map_documents
    return documents


@router.get("/")
async def show_map(request: Request) -> Response:
    """Answer the map page, in the language asked for."""
    door, lang = door_of(request), _lang(request)
    background = background_of(door.service)
    make = partial(_document_for, door.service, lang, background)
    html, nonce = with_nonce(await door.tell(request.scope, make))
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
    door, lang = door_of(request), _lang(request)

    async def ask(visit: Visit) -> Order[str, str]:
        make = partial(_file, door.service, visit, lang, await planner_for(request, visit, Target.IED))
        return Order(f"sira-{visit.caller.audience.label}-{visit.snapshot.revision}.html", make)

    name, html = await door.answer(request.scope, ask)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": lang,
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, headers=headers)


@router.get("/map/state.json")
async def send_state(request: Request) -> Response:
    """Answer what an open page looks at every few minutes: whether it is still what it would be made of now."""
    door = door_of(request)
    parse_query(request.scope["query_string"], ())
    told = await door.tell(request.scope, partial(_state, door.service), is_use=False)
    return _answer(request, told, "application/json", "no-cache")


def _state(service: Service, visit: Visit) -> Encoded:
    snapshot = visit.snapshot
    is_assessed = service.shelf.path(snapshot.revision, Target.IED).exists()
    told = state(snapshot.revision, Offer.to(visit.caller, snapshot.boundaries), assessed=is_assessed)
    return encode(orjson.dumps(told))


class _Document:
    """ASGI application that answers GET and HEAD for one document; errors are raised."""

    def __init__(self, name: DocumentName) -> None:
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await send_document(documents_of(scope["app"]), self._name, scope, send)


for _name in DocumentName:
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


def _lang(request: Request) -> str:
    given = parse_query(request.scope["query_string"], ("lang",))
    # French unless the reader says otherwise: browsers in Mali often ask for English without anybody's choosing it.
    return parse_lang(given["lang"]) if "lang" in given else service_of(request).settings.lang


def _document_for(service: Service, lang: str, background: Background | None, visit: Visit) -> str:
    page = page_for(service.store, visit.snapshot, visit.caller, lang=lang, background=background)
    return service.kept.get(("page", page), partial(_document, page)).text


def _document(page: Page) -> Text:
    """Return the document without nonces: Folium renders each page once."""
    return Text(render(build_map(page)))


def _file(service: Service, visit: Visit, lang: str, ready: ReadyPlanner | Message | None) -> str:
    snapshot = visit.snapshot
    roads = FileRoads()
    if isinstance(ready, Message):
        roads = no_routes(ready)
    elif ready is not None:  # the same for everybody who may ask for routes
        make = partial(packed_routes, ready, snapshot.boundaries)
        roads = roads_of(ready, service.kept.get(("file routes", ready.token, today()), make))
    assessment = shown(service.shelf, snapshot.revision, Target.IED, synthetic=snapshot.is_synthetic_only)
    return single_file(
        service.store,
        snapshot,
        visit.caller,
        lang=lang,
        assessment=assessment,
        roads=roads,
        most_bytes=service.most_bytes,
    )
