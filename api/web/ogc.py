"""The addresses of OGC API - Features under ``/ogc``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl

import anyio.to_thread
import orjson
from starlette.routing import Route
from starlette.types import Scope, Send

from api.base.cache import Encoded, compressed
from api.base.door import Door, Order, Visit
from api.base.links import (
    GEOJSON,
    OPENAPI,
    PAGE,
    PLAIN_JSON,
    REL_QUERYABLES,
    REL_SCHEMA,
    ROOT,
    SCHEMA,
    header_value,
)
from api.base.sizes import Most
from api.collections.context import MadeFrom
from api.collections.negotiation import HTML
from api.collections.query import Answering, CollectionQuery, read_query
from api.collections.registry import Collection
from api.collections.tables import Tables
from api.layers.serving import choose_coding, send_encoded
from api.ogc.crs import CRS84, parse_crs
from api.ogc.documents import Documents, Span
from api.ogc.encoded import Blocks
from api.ogc.index import Index
from api.ogc.items import feature_body, find_items, find_page, items_body
from api.ogc.openapi import openapi
from api.ogc.pages import Pages
from api.ogc.parameters import (
    DEFAULT_LIMIT,
    HTML_LIMIT,
    given_parameters,
    parse_items_query,
)
from api.ogc.schemas import queryables, schema, sortables

_PLAIN: Final = ("f", "lang")
_SCHEMAS: Final = {"schema": schema, "queryables": queryables, "sortables": sortables}


Header = tuple[bytes, bytes]

VARY: Final = b"Accept, Accept-Encoding, Accept-Language"
#: Pages are compressed for one answer, not for a revision: quality 5 is a tenth larger and ten times as fast as 9.
_BROTLI_QUALITY: Final = 5
#: Styles are in the page; nothing else is loaded, from nowhere.
PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def ogc_routes(door: Door, tables: Tables) -> list[Route]:
    """Return the routes of one service."""
    features = FeatureService(door, tables)
    paths: dict[str, Callable[[Scope, Send], Any]] = {
        "": features.landing,
        "/": features.landing,
        "/api": features.api,
        "/conformance": features.conformance,
        "/collections": features.collections,
        "/collections/{collection}": features.collection,
        "/collections/{collection}/items": features.items,
        "/collections/{collection}/items/{feature:path}": features.feature,
        **{f"/collections/{{collection}}/{name}": partial(features.schema, name) for name in _SCHEMAS},
    }
    return [Route(ROOT + path, Answering(answer), methods=["GET", "HEAD"]) for path, answer in paths.items()]


class FeatureService:
    """Answers for one service."""

    def __init__(self, door: Door, tables: Tables) -> None:
        self._door = door
        self._kept = door.service.kept
        self._tables = tables
        self._most_bytes = door.service.most_bytes

    async def landing(self, scope: Scope, send: Send) -> None:
        """Answer with the landing page."""
        await self._document(scope, send, lambda _, documents: documents.landing(), "landing")

    async def conformance(self, scope: Scope, send: Send) -> None:
        """Answer with the conformance classes."""
        await self._document(scope, send, lambda _, documents: documents.conformance(), "conformance")

    async def collections(self, scope: Scope, send: Send) -> None:
        """Answer with the collections that the caller may see."""

        def make(asked: CollectionQuery, documents: Documents) -> dict[str, Any]:
            return documents.collections([(each, self._span(each, asked)) for each in self._visible(asked)])

        await self._document(scope, send, make, "collections")

    async def collection(self, scope: Scope, send: Send) -> None:
        """Answer with one collection."""

        def make(asked: CollectionQuery, documents: Documents) -> dict[str, Any]:
            found = self._titled(asked)
            return documents.collection(found, self._span(found, asked))

        await self._document(scope, send, make, "collection", is_of_one=True)

    async def schema(self, name: str, scope: Scope, send: Send) -> None:
        """Answer with the schema, the queryables or the sortables of a collection."""

        def make(asked: CollectionQuery) -> Encoded:
            found = self._titled(asked)
            address = asked.base.href(f"/collections/{found.id}/{name}")
            return self._written(asked, _SCHEMAS[name](found, address, asked.lang), "schema", found)

        await self._tell(scope, send, make, SCHEMA)

    async def api(self, scope: Scope, send: Send) -> None:
        """Answer with the OpenAPI document."""

        def make(asked: CollectionQuery) -> Encoded:
            document = {} if asked.format == HTML else openapi(self._visible(asked), asked.base, asked.lang)
            return self._written(asked, document, "")

        asked, encoded = await self._made(scope, make)
        if asked.format != HTML:
            await self._send(send, asked, encoded, OPENAPI)
            return
        headers = [(b"location", f"{asked.base.address}/docs".encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def items(self, scope: Scope, send: Send) -> None:
        """Answer with a page of features."""
        await self._features(scope, send, self._make_items)

    async def feature(self, scope: Scope, send: Send) -> None:
        """Answer with one feature."""
        await self._features(scope, send, self._make_feature)

    async def _features(
        self, scope: Scope, send: Send, make: Callable[[CollectionQuery, Collection, str], Encoded]
    ) -> None:
        """Send a page of features, or one."""
        asked, encoded = await self._door.answer(scope, partial(self._ask, scope, make))
        found = asked.collection()
        crs = CRS84 if asked.format == HTML else _crs_of(asked.query)
        path = f"/collections/{found.id}"
        more: list[Header] = [(b"content-crs", f"<{crs}>".encode())] + [
            (b"link", header_value(asked.base.href(address), rel, type_).encode())
            for address, rel, type_ in (
                (f"{path}/items", "self", PAGE if asked.format == HTML else GEOJSON),
                (f"{path}/queryables", REL_QUERYABLES, SCHEMA),
                (f"{path}/schema", REL_SCHEMA, SCHEMA),
            )
        ]
        await self._send(send, asked, encoded, PAGE if asked.format == HTML else GEOJSON, more)

    async def _ask(
        self, scope: Scope, make: Callable[[CollectionQuery, Collection, str], Encoded], visit: Visit
    ) -> Order[CollectionQuery, Encoded]:
        asked = read_query(self._door.service.settings, scope, visit)
        found, coding = asked.collection(), choose_coding(asked.conditions.accept_encoding)
        ask_for = partial(self._tables.key, found, visit.snapshot, visit.caller, asked.lang)
        # an assessment may have to be read first
        table = ask_for() if found.made_from is MadeFrom.DATA else await anyio.to_thread.run_sync(ask_for)
        key = "page", table, scope["path"], asked.query, asked.base, asked.format, coding, asked.names_lang
        return Order(asked, partial(make, asked, found, coding), key)

    def _make_items(self, asked: CollectionQuery, collection: Collection, coding: str) -> Encoded:
        query = parse_items_query(asked.query, collection)
        index = self._index(collection, asked)
        limit = query.limit or (HTML_LIMIT if asked.format == HTML else DEFAULT_LIMIT)
        if asked.format == HTML:
            page = self._words(asked).items(index, find_items(index, query, limit), asked.query)
            return encode_for(coding, page, [page])
        blocks, most = self._blocks(collection, asked, query.crs), Most(self._most_bytes)
        answer, features = find_page(index, blocks, query, limit, most)
        body = items_body(index, features, answer, asked.base, asked.query, asked.lang)
        return encode_for(coding, body.whole, body.tagged)

    def _make_feature(self, asked: CollectionQuery, collection: Collection, coding: str) -> Encoded:
        given = given_parameters(asked.query, (*_PLAIN, "crs"))
        crs = parse_crs(given["crs"], parameter="crs") if "crs" in given else CRS84
        index, feature_id = self._index(collection, asked), asked.scope["path_params"]["feature"]
        blocks = self._blocks(collection, asked, crs)
        body = feature_body(index, blocks, feature_id, asked.base, asked.query, asked.lang)
        Most(self._most_bytes).check(len(body))
        if asked.format == HTML:
            body = self._words(asked).feature(index, feature_id, body)
        return encode_for(coding, body, [body])

    def _index(self, collection: Collection, asked: CollectionQuery) -> Index:
        of = collection, asked.snapshot, asked.caller, asked.lang
        revision, what = self._tables.key(*of)
        return Index(self._tables.table(*of), lambda name, make: self._kept.get((revision, "column", what, name), make))

    def _blocks(self, collection: Collection, asked: CollectionQuery, crs: str) -> Blocks:
        """Return the features of a table in a reference system."""
        of = collection, asked.snapshot, asked.caller, asked.lang
        revision, what = self._tables.key(*of)
        return Blocks(
            self._tables.table(*of),
            crs,
            lambda number, make: self._kept.get((revision, "features", what, crs, number), make),
        )

    def _visible(self, asked: CollectionQuery) -> list[Collection]:
        return [each for each in self._tables.collections(asked.snapshot).values() if asked.caller.may(each.kind)]

    def _titled(self, asked: CollectionQuery) -> Collection:
        """Return the collection that is asked for, if the caller may see it, under its title of the day."""
        found = asked.collection()
        self._tables.disclose(found, asked.caller)
        return self._tables.collections(asked.snapshot)[found.id]

    def _span(self, collection: Collection, asked: CollectionQuery) -> Span:
        if collection.time_field is None:
            return None
        return self._tables.table(collection, asked.snapshot, asked.caller, asked.lang).temporal

    def _words(self, asked: CollectionQuery) -> Pages:
        return Pages(asked.base, asked.lang, names_lang=asked.names_lang, caller=asked.caller)

    async def _document(
        self,
        scope: Scope,
        send: Send,
        make: Callable[[CollectionQuery, Documents], dict[str, Any]],
        page: str,
        *,
        is_of_one: bool = False,
    ) -> None:
        def written(asked: CollectionQuery) -> Encoded:
            document = make(asked, Documents(asked.base, asked.lang, names_lang=asked.names_lang))
            return self._written(asked, document, page, asked.collection() if is_of_one else None)

        await self._tell(scope, send, written, PLAIN_JSON)

    async def _tell(
        self, scope: Scope, send: Send, make: Callable[[CollectionQuery], Encoded], media_type: str
    ) -> None:
        asked, encoded = await self._made(scope, make)
        await self._send(send, asked, encoded, PAGE if asked.format == HTML else media_type)

    async def _made(self, scope: Scope, make: Callable[[CollectionQuery], Encoded]) -> tuple[CollectionQuery, Encoded]:
        """Have a document made, which is not kept: it holds addresses as they were asked for."""

        async def ask(visit: Visit) -> Order[CollectionQuery, Encoded]:
            asked = read_query(self._door.service.settings, scope, visit)
            given_parameters(asked.query, _PLAIN)
            return Order(asked, partial(make, asked))

        return await self._door.answer(scope, ask)

    def _written(
        self, asked: CollectionQuery, document: dict[str, Any], page: str, collection: Collection | None = None
    ) -> Encoded:
        is_page = page and asked.format == HTML
        body = self._words(asked).document(page, document, collection) if is_page else orjson.dumps(document)
        return encode_for(choose_coding(asked.conditions.accept_encoding), body, [body])

    async def _send(
        self, send: Send, asked: CollectionQuery, encoded: Encoded, media_type: str, more: Iterable[Header] = ()
    ) -> None:
        await send_encoded(
            asked.scope,
            send,
            asked.conditions,
            encoded,
            lang=asked.lang,
            media_type=media_type.encode(),
            vary=VARY,
            is_weak=True,
            more=[*more, (b"content-security-policy", PAGE_POLICY)] if media_type == PAGE else more,
        )


def _crs_of(query: bytes) -> str:
    """Return the reference system of an answer whose question was right."""
    if b"crs=" not in query:
        return CRS84
    given = dict(parse_qsl(query.decode("latin-1")))
    return parse_crs(given["crs"], parameter="crs") if "crs" in given else CRS84


def encode_for(coding: str, body: bytes, tagged: Iterable[Any]) -> Encoded:
    """Return `body` in one content coding, with a tag of what it is made from: not of the time when that was."""
    sent = compressed(body, coding, brotli_quality=_BROTLI_QUALITY)
    digest = hashlib.sha256(b"\0".join(tagged)).hexdigest()[:32]
    return Encoded(MappingProxyType({coding: sent}), MappingProxyType({coding: f'"{digest}-{coding}"'.encode()}))
