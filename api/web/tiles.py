"""The addresses of tiles and of what describes and draws them: ``/tiles/…``, and those of OGC API - Tiles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope, Send

from api.base.assessments import today
from api.base.door import Door, Order, Visit
from api.base.http import lang_of
from api.base.links import ROOT, base_of
from api.base.query_parameters import parse_choice, parse_query
from api.collections.query import Answering
from api.collections.registry import collections
from api.collections.tables import Tables
from api.layers.encode import json_value
from api.layers.raster import MOST_ZOOM
from api.tiles import documents
from api.tiles.legend import SVG_TYPE, legend, legend_svg
from api.tiles.raster import hatch_png
from api.tiles.serving import PNG, TileEndpoint, Tiles
from api.tiles.source import Prepared, TileSource, collection_of
from api.tiles.style import sprite_index, style
from geo.tiles.layer import MEDIA_TYPE
from models.risk.assessment import Assessment

_JSON: Final = "application/json"
_METHODS: Final = ["GET", "HEAD"]
_SCALES: Final = (("", 1), ("@2x", 2))
Answer = Callable[[Request], Awaitable[Response]]


def tile_routes(door: Door, tables: Tables) -> list[Route]:
    """Return the routes of one service."""
    source = TileSource(door.service, tables)
    tiles = Tiles(door.service, source)
    pages = Pages(door, tables, source, tiles)
    picture, vector = TileEndpoint(door, tiles.picture, PNG), TileEndpoint(door, tiles.vector, MEDIA_TYPE)
    documents_: dict[str, Answer] = {
        "/tiles/style.json": pages.style,
        "/tiles/risk/legend.json": partial(pages.legend, is_drawing=False),
        "/tiles/risk/legend.svg": partial(pages.legend, is_drawing=True),
        "/tiles/risk/tilejson.json": pages.risk_tilejson,
        "/tiles/{collection}/tilejson.json": partial(pages.of_collection, documents.tilejson),
    }
    for suffix, scale in _SCALES:
        documents_[f"/tiles/sprite{suffix}.json"] = partial(pages.sprite_index, scale)
        documents_[f"/tiles/sprite{suffix}.png"] = partial(pages.sprite, scale)
    files: dict[str, TileEndpoint] = {
        "/tiles/risk/{z}/{x}/{file}": picture,
        "/tiles/{token}/risk/{z}/{x}/{file}": picture,
        "/tiles/{collection}/{z}/{x}/{file}": vector,
        "/tiles/{token}/{collection}/{z}/{x}/{file}": vector,
    }
    return [
        *(Route(path, answer, methods=_METHODS) for path, answer in documents_.items()),
        *(Route(path, endpoint, methods=_METHODS) for path, endpoint in files.items()),
        *_ogc_routes(pages, TileEndpoint(door, tiles.ogc, MEDIA_TYPE)),
    ]


def _ogc_routes(pages: Pages, vector: TileEndpoint) -> Iterator[Route]:
    """Yield the routes of OGC API - Tiles, which tell what is wrong as the others of ``/ogc`` do."""
    described, matrix_set = f"{ROOT}/collections/{{collection}}/tiles", documents.MATRIX_SET
    pages_: dict[str, Answer] = {
        f"{ROOT}/tileMatrixSets": pages.matrix_sets,
        f"{ROOT}/tileMatrixSets/{matrix_set}": pages.matrix_set,
        described: partial(pages.of_collection, documents.tilesets),
        f"{described}/{matrix_set}": partial(pages.of_collection, documents.tileset),
    }
    for path, answer in pages_.items():
        yield Route(path, Answering(partial(_send, answer)), methods=_METHODS)
    path = f"{described}/{matrix_set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    yield Route(path, Answering(vector.answer), methods=_METHODS)


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    request = Request(scope)
    response = await answer(request)
    await response(scope, request.receive, send)


class Pages:
    """Answers with documents: they are asked for again each time, since they hold the present addresses."""

    def __init__(self, door: Door, tables: Tables, source: TileSource, tiles: Tiles) -> None:
        self._door = door
        self._tables = tables
        self._source = source
        self._tiles = tiles

    async def of_collection(self, make: Callable[[Prepared, str, str], dict[str, Any]], request: Request) -> Response:
        """Answer a document about one collection."""
        lang, _ = self._asked(request)
        base, name = self._base(request), request.path_params["collection"]

        def told(visit: Visit) -> Response:
            return _json(make(self._source.get(collection_of(visit.snapshot, name), visit, lang), base, lang), lang)

        return await self._door.tell(request.scope, told)

    async def style(self, request: Request) -> Response:
        """Answer the MapLibre style of what the caller may see."""
        lang, _ = self._asked(request)
        return await self._door.tell(request.scope, partial(self._style, self._base(request), lang))

    def _style(self, base: str, lang: str, visit: Visit) -> Response:
        snapshot = visit.snapshot
        assessment = self._tables.assessment(snapshot)
        mark = None if assessment is None else assessment.window().mark(today())
        known, synthetic = collections(snapshot), snapshot.is_synthetic_only
        return _json(style(known, visit.caller, base, lang, synthetic=synthetic, mark=mark), lang)

    async def legend(self, request: Request, *, is_drawing: bool) -> Response:
        """Answer the legend of the risk surface."""

        def told(assessment: Assessment, visit: Visit, lang: str) -> Response:
            found = legend(assessment, today(), lang)
            if is_drawing:
                return Response(legend_svg(found), media_type=SVG_TYPE, headers=_headers(lang))
            return _json(found, lang)

        return await self._of_assessment(request, told)

    async def risk_tilejson(self, request: Request) -> Response:
        """Answer the TileJSON of the pictures of the risk surface."""
        return await self._of_assessment(request, partial(self._risk_tilejson, self._base(request)))

    async def _of_assessment(self, request: Request, make: Callable[[Assessment, Visit, str], Response]) -> Response:
        lang, given = self._asked(request, "target")

        async def ask(visit: Visit) -> Order[None, Response]:
            assessment = await self._tiles.assessment(visit, given)
            return Order(None, partial(make, assessment, visit, lang))

        return (await self._door.answer(request.scope, ask))[1]

    def _risk_tilejson(self, base: str, assessment: Assessment, visit: Visit, lang: str) -> Response:
        surface = self._tiles.surface(assessment)
        found, more = legend(assessment, today(), lang), f"?lang={lang}&target={assessment.target.value}"
        made = {
            "tilejson": "3.0.0",
            "name": found["title"],
            "description": " ".join([*found["notices"], found["unit"], found["caveat"]]),
            "attribution": documents.attribution(found, lang),
            "scheme": "xyz",
            "tiles": [f"{base}/tiles/{surface.token}/risk/{{z}}/{{x}}/{{y}}.png{more}"],
            "minzoom": 0,
            "maxzoom": MOST_ZOOM,
            "bounds": [float(edge) for edge in visit.snapshot.boundaries.country().bounds],
            "legend": f"{base}/tiles/risk/legend.svg{more}",
            "sira": found,
        }
        return _json(made, lang)

    async def matrix_sets(self, request: Request) -> Response:
        """Answer the list of tile matrix sets."""
        lang, _ = self._asked(request)
        return await self._alike(request, lambda: _json(documents.matrix_sets(self._base(request)), lang))

    async def matrix_set(self, request: Request) -> Response:
        """Answer the definition of WebMercatorQuad."""
        lang, _ = self._asked(request)
        return await self._alike(request, lambda: _json(documents.matrix_set(), lang))

    async def sprite_index(self, scale: int, request: Request) -> Response:
        """Answer what the sprite holds."""
        lang, _ = self._asked(request)
        return await self._alike(request, lambda: _json(sprite_index(scale), lang))

    async def sprite(self, scale: int, request: Request) -> Response:
        """Answer the sprite's picture."""
        lang, _ = self._asked(request)
        return await self._alike(request, lambda: Response(hatch_png(scale)[0], media_type=PNG, headers=_headers(lang)))

    async def _alike(self, request: Request, make: Callable[[], Response]) -> Response:
        """Answer what everybody with a right key, or with none, may see."""
        return await self._door.tell(request.scope, lambda _: make())

    def _base(self, request: Request) -> str:
        return base_of(request.scope, self._door.service.settings.proxies).address

    def _asked(self, request: Request, *more: str) -> tuple[str, dict[str, str]]:
        given = parse_query(request.scope["query_string"], ("lang", *more, "f"))
        if "f" in given:
            parse_choice(given["f"], ("json",), parameter="f")
        return lang_of(request, given), given


def _json(found: dict[str, Any], lang: str) -> Response:
    return Response(orjson.dumps(json_value(found)), media_type=_JSON, headers=_headers(lang))


def _headers(lang: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-cache",
        "Content-Language": lang,
        "Vary": "Accept-Language",
    }
