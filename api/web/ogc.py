"""The addresses of OGC API - Features under ``/ogc``."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from threading import Lock
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl
from weakref import WeakKeyDictionary

import anyio.to_thread
import orjson
from starlette.routing import Route
from starlette.types import Scope, Send

from api.base.cache import Encoded, EncodedCache, compressed
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
from api.base.service import Service
from api.collections.asking import Answering, Asked, ask
from api.collections.basis import MadeFrom
from api.collections.negotiation import HTML
from api.collections.registry import Collection
from api.collections.tables import Table, Tables
from api.layers.serving import choose_coding, send_encoded
from api.ogc.crs import CRS84, parse_crs
from api.ogc.documents import Documents, Span
from api.ogc.encoded import Features, encode_features
from api.ogc.index import Index
from api.ogc.items import feature_body, find_items, items_body
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
#: A page says when it was made: it is made again after so many seconds.
_FRESH_S: Final = 1.0
#: Of the memory for encoded layers, what encoded features may take, and what pages of them may.
_SHARE: Final = 0.5
_SCHEMAS: Final = {"schema": schema, "queryables": queryables, "sortables": sortables}


def ogc_routes(service: Service, tables: Tables) -> list[Route]:
    """Return the routes of one service."""
    features = FeatureService(service, tables)
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
    """Answers for one service; keeps the encoded features of its tables, and the pages just made of them."""

    def __init__(self, service: Service, tables: Tables) -> None:
        most = int(service.settings.cache_mb * 1_000_000 * _SHARE)
        self._service = service
        self._tables = tables
        self._pages = EncodedCache(most)
        self._encoded = _Encoded(most)
        self._indexes: WeakKeyDictionary[Table, Index] = WeakKeyDictionary()

    async def landing(self, scope: Scope, send: Send) -> None:
        """Answer with the landing page."""
        asked = await self._asked(scope)
        await self._document(send, asked, lambda documents: documents.landing(), "landing")

    async def conformance(self, scope: Scope, send: Send) -> None:
        """Answer with the conformance classes."""
        asked = await self._asked(scope)
        await self._document(send, asked, lambda documents: documents.conformance(), "conformance")

    async def collections(self, scope: Scope, send: Send) -> None:
        """Answer with the collections that the caller may see."""
        asked = await self._asked(scope)
        listed = await anyio.to_thread.run_sync(
            lambda: [(each, self._span(each, asked)) for each in self._visible(asked)]
        )
        await self._document(send, asked, lambda documents: documents.collections(listed), "collections")

    async def collection(self, scope: Scope, send: Send) -> None:
        """Answer with one collection."""
        asked = await self._asked(scope)
        found = asked.collection()
        self._tables.disclose(found, asked.caller)
        found, span = await anyio.to_thread.run_sync(lambda: (self._titled(found, asked), self._span(found, asked)))
        await self._document(send, asked, lambda documents: documents.collection(found, span), "collection", found)

    async def schema(self, name: str, scope: Scope, send: Send) -> None:
        """Answer with the schema, the queryables or the sortables of a collection."""
        asked = await self._asked(scope)
        found = asked.collection()
        self._tables.disclose(found, asked.caller)
        found = await anyio.to_thread.run_sync(self._titled, found, asked)
        address = asked.base.href(f"/collections/{found.id}/{name}")
        document = _SCHEMAS[name](found, address, asked.lang)
        await self._send(send, asked, document, SCHEMA, "schema", collection=found)

    async def api(self, scope: Scope, send: Send) -> None:
        """Answer with the OpenAPI document."""
        asked = await self._asked(scope)
        if asked.format == HTML:
            headers = [(b"location", f"{asked.base.address}/docs".encode()), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 303, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        visible = await anyio.to_thread.run_sync(self._visible, asked)
        document = openapi(visible, asked.base, asked.lang)
        await self._send(send, asked, document, OPENAPI, "")

    async def items(self, scope: Scope, send: Send) -> None:
        """Answer with a page of features."""
        await self._features(scope, send, self._make_items)

    async def feature(self, scope: Scope, send: Send) -> None:
        """Answer with one feature."""
        await self._features(scope, send, self._make_feature)

    async def _asked(self, scope: Scope) -> Asked:
        asked = await ask(self._service, scope)
        given_parameters(asked.query, _PLAIN)
        return asked

    async def _features(self, scope: Scope, send: Send, make: Callable[[Asked, Collection, str], Encoded]) -> None:
        """Send kept bytes, or have them made from what the store holds at this moment."""
        coding = choose_coding(dict(scope["headers"]).get(b"accept-encoding", b""))
        asked = await ask(self._service, scope)
        found = asked.collection()
        encoded = self._pages.peek(await self._key(asked, found, coding))
        if encoded is None:
            # Access is decided on the revision that the body is made from, not on one up to a moment old.
            asked = await ask(self._service, scope, fresh=True)
            found = asked.collection()
            key = await self._key(asked, found, coding)
            encoded = await self._pages.get(key, partial(make, asked, found, coding))
        assert encoded is not None
        crs = CRS84 if asked.format == HTML else _crs_of(asked.query)
        path = f"/collections/{found.id}"
        more: Headers = [(b"content-crs", f"<{crs}>".encode())] + [
            (b"link", header_value(asked.base.href(address), rel, type_).encode())
            for address, rel, type_ in (
                (f"{path}/items", "self", PAGE if asked.format == HTML else GEOJSON),
                (f"{path}/queryables", REL_QUERYABLES, SCHEMA),
                (f"{path}/schema", REL_SCHEMA, SCHEMA),
            )
        ]
        media_type = GEOJSON
        if asked.format == HTML:
            media_type, more = PAGE, [*more, (b"content-security-policy", PAGE_POLICY)]
        await send_encoded(
            scope,
            send,
            asked.conditions,
            encoded,
            lang=asked.lang,
            media_type=media_type.encode(),
            vary=VARY,
            is_weak=True,
            more=more,
        )

    async def _key(self, asked: Asked, collection: Collection, coding: str) -> Hashable:
        ask_for = partial(self._tables.key, collection, asked.snapshot, asked.caller, asked.lang)
        made = ask_for() if collection.made_from is MadeFrom.DATA else await anyio.to_thread.run_sync(ask_for)
        moment = int(time.monotonic() / _FRESH_S)
        return made, asked.scope["path"], asked.query, asked.base, asked.format, coding, asked.names_lang, moment

    def _make_items(self, asked: Asked, collection: Collection, coding: str) -> Encoded:
        query = parse_items_query(asked.query, collection)
        table = self._tables.table(collection, asked.snapshot, asked.caller, asked.lang)
        index = self._index(table)
        limit = query.limit or (HTML_LIMIT if asked.format == HTML else DEFAULT_LIMIT)
        answer = find_items(index, query, limit)
        if asked.format == HTML:
            page = self._words(asked).items(index, answer, asked.query)
            return encode_for(coding, page, [page])
        features = self._encoded.get(table, query.crs)
        body = items_body(index, features, answer, asked.base, asked.query, asked.lang)
        return encode_for(coding, body.whole, body.tagged)

    def _make_feature(self, asked: Asked, collection: Collection, coding: str) -> Encoded:
        given = given_parameters(asked.query, (*_PLAIN, "crs"))
        crs = parse_crs(given["crs"], parameter="crs") if "crs" in given else CRS84
        table = self._tables.table(collection, asked.snapshot, asked.caller, asked.lang)
        index, feature_id = self._index(table), asked.scope["path_params"]["feature"]
        features = self._encoded.get(table, crs)
        body = feature_body(index, features, feature_id, asked.base, asked.query, asked.lang)
        if asked.format == HTML:
            body = self._words(asked).feature(index, feature_id, body)
        return encode_for(coding, body, [body])

    def _index(self, table: Table) -> Index:
        found = self._indexes.get(table)
        if found is None:
            found = self._indexes.setdefault(table, Index(table))
        return found

    def _visible(self, asked: Asked) -> list[Collection]:
        return [each for each in self._tables.collections(asked.snapshot).values() if asked.caller.may(each.kind)]

    def _titled(self, collection: Collection, asked: Asked) -> Collection:
        return self._tables.collections(asked.snapshot)[collection.id]

    def _span(self, collection: Collection, asked: Asked) -> Span:
        if collection.time_field is None:
            return None
        return self._tables.table(collection, asked.snapshot, asked.caller, asked.lang).temporal

    def _words(self, asked: Asked) -> Pages:
        return Pages(asked.base, asked.lang, names_lang=asked.names_lang, caller=asked.caller)

    async def _document(
        self,
        send: Send,
        asked: Asked,
        make: Callable[[Documents], dict[str, Any]],
        page: str,
        collection: Collection | None = None,
    ) -> None:
        documents = Documents(asked.base, asked.lang, names_lang=asked.names_lang)
        await self._send(send, asked, make(documents), PLAIN_JSON, page, collection=collection)

    async def _send(
        self,
        send: Send,
        asked: Asked,
        document: dict[str, Any],
        media_type: str,
        page: str,
        *,
        collection: Collection | None = None,
    ) -> None:
        coding = choose_coding(asked.conditions.accept_encoding)
        more: Headers = []
        if page and asked.format == HTML:
            body = self._words(asked).document(page, document, collection)
            media_type, more = PAGE, [(b"content-security-policy", PAGE_POLICY)]
        else:
            body = orjson.dumps(document)
        encoded = encode_for(coding, body, [body])
        await send_encoded(
            asked.scope,
            send,
            asked.conditions,
            encoded,
            lang=asked.lang,
            media_type=media_type.encode(),
            vary=VARY,
            is_weak=True,
            more=more,
        )


class _Encoded:
    """Encoded features of tables, at most `most` bytes of them. Used from threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Table, str], Features] = OrderedDict()
        self._lock = Lock()

    def get(self, table: Table, crs: str) -> Features:
        """Return the features of a table in a reference system."""
        key = (table, crs)
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        made = encode_features(table, crs)
        with self._lock:
            self._kept[key] = made
            while sum(each.size for each in self._kept.values()) > self._most and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return made


def _crs_of(query: bytes) -> str:
    """Return the reference system of an answer whose question was right."""
    if b"crs=" not in query:
        return CRS84
    given = dict(parse_qsl(query.decode("latin-1")))
    return parse_crs(given["crs"], parameter="crs") if "crs" in given else CRS84


Headers = list[tuple[bytes, bytes]]

VARY: Final = b"Accept, Accept-Encoding, Accept-Language"
#: Pages are compressed for one answer, not for a revision: quality 5 is a tenth larger and ten times as fast as 9.
_BROTLI_QUALITY: Final = 5
#: Styles are in the page; nothing else is loaded, from nowhere.
PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def encode_for(coding: str, body: bytes, tagged: Iterable[Any]) -> Encoded:
    """Return `body` in one content coding, with a tag of what it is made from: not of the time when that was."""
    sent = compressed(body, coding, brotli_quality=_BROTLI_QUALITY)
    digest = hashlib.sha256(b"\0".join(tagged)).hexdigest()[:32]
    return Encoded(MappingProxyType({coding: sent}), MappingProxyType({coding: f'"{digest}-{coding}"'.encode()}))
