"""Sends layers: a thin ASGI endpoint, from the address to kept bytes without a framework in between."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Final

import anyio.to_thread
from starlette.types import Receive, Scope, Send

from api.base.access import Kind, disclose
from api.base.assessments import find, today
from api.base.cache import AS_IS, CODINGS, Encoded, encode
from api.base.door import Door, Order, Visit
from api.base.service import Service, Snapshot
from api.base.sizes import Most
from api.layers.layer import DataLayer, Query, RiskLayer
from api.layers.query import check_access, parse_layer_query, parse_risk_query
from api.layers.risk import risk_body
from api.layers.tables import layer_body
from geo.boundaries.regions import Boundaries
from models.risk.assessment import Assessment
from models.risk.target import Target

_MEDIA_TYPE: Final = b"application/geo+json"
_NOT_WELCOME: Final = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")
#: Whoever keeps a copy must ask before using it again: an import may come at any time.
ASKED_AGAIN: Final = b"no-cache"
_VARY: Final = b"Accept-Encoding, Accept-Language"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a request says about the answer it wants."""

    accept_encoding: bytes
    accept_language: str | None
    if_none_match: bytes


#: Reads a query string and decides whether a visitor may have the answer; what is asked is its language.
Ask = Callable[[bytes, Conditions, Visit], Awaitable[Order[str, Encoded]]]


class Endpoint:
    """ASGI application that answers GET and HEAD for one layer.

    Errors are raised: the application around it turns them into problems.
    """

    def __init__(self, door: Door, ask: Ask) -> None:
        self._door = door
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        conditions = read_conditions(scope)
        lang, encoded = await self._door.answer(scope, partial(self._ask, scope["query_string"], conditions))
        await send_encoded(scope, send, conditions, encoded, lang=lang)


async def ask_layer(
    service: Service, layer: DataLayer, text: bytes, conditions: Conditions, visit: Visit
) -> Order[str, Encoded]:
    """Order a layer of what the store holds; raises what its parser and `check_access` raise."""
    query = _parse(layer, text, conditions.accept_language, service.settings.lang, visit.snapshot.boundaries)
    check_access(query, visit.caller)

    def make() -> Encoded:
        return encode(layer_body(service.store, visit.snapshot, query, visit.caller, service.most_bytes))

    # only single incidents look different to different audiences
    audience = visit.caller.audience if layer.by_audience else None
    return Order(query.lang, make, ("layer", query, audience))


async def ask_risk_layer(
    service: Service, layer: RiskLayer, text: bytes, conditions: Conditions, visit: Visit
) -> Order[str, Encoded]:
    """Order a layer of an assessment; raises what its parser, `disclose` and `assessment_for` raise."""
    boundaries, caller, now = visit.snapshot.boundaries, visit.caller, today()
    query = parse_risk_query(
        layer, text, conditions.accept_language, default_lang=service.settings.lang, boundaries=boundaries
    )
    disclose(layer.kind, caller)
    assessment = await assessment_for(service, visit.snapshot, query.target)

    secret = visit.snapshot.pseudonyms(service.store)

    def make() -> Encoded:
        most = Most(service.most_bytes, layer.collection(query.vintage, query.level))
        return encode(risk_body(assessment, boundaries, query, caller, now, secret=secret, most=most))

    seen = tuple(caller.may(kind) for kind in (Kind.DAYS, Kind.INCIDENT_POINTS, Kind.NARRATIVES))
    key = "risk", dated(assessment, now), boundaries, query, seen, secret
    return Order(query.lang, make, key, is_lasting=True)  # of an assessment, whatever was imported since


async def send_encoded(
    scope: Scope,
    send: Send,
    conditions: Conditions,
    encoded: Encoded,
    *,
    lang: str,
    media_type: bytes = _MEDIA_TYPE,
    vary: bytes = _VARY,
    is_weak: bool = False,
    lasts: bytes = ASKED_AGAIN,
    more: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer a GET or HEAD request in a coding that it welcomes, 304 where its copy is right, 204 for an empty body.

    `is_weak` says that the tag is of what the body tells, not of its bytes; `lasts` is how long a copy may be used;
    `more` are further headers.
    """
    coding = choose_coding(conditions.accept_encoding)
    if coding not in encoded.bodies:
        coding = AS_IS
    body, etag = encoded.bodies[coding], encoded.etags[coding]
    headers = [
        (b"etag", b"W/" + etag if is_weak else etag),
        (b"vary", vary),
        (b"cache-control", lasts),
        (b"content-language", lang.encode()),
        *more,
    ]
    if matches(conditions.if_none_match, etag):
        status, body = 304, b""
    elif not encoded.bodies.get(AS_IS, body):  # an empty body is some bytes, compressed
        status, body = 204, b""
    else:
        status = 200
        headers += [(b"content-type", media_type), (b"content-length", b"%d" % len(body))]
        if coding != AS_IS:
            headers.append((b"content-encoding", coding.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


@lru_cache(maxsize=1024)
def _parse(
    layer: DataLayer, query: bytes, accept_language: str | None, default_lang: str, boundaries: Boundaries
) -> Query:
    return parse_layer_query(layer, query, accept_language, default_lang=default_lang, boundaries=boundaries)


def read_conditions(scope: Scope) -> Conditions:
    """Return the headers of a request that its answer depends on; repeated ones are joined (RFC 9110, 5.3)."""
    found = {b"accept-encoding": b"", b"accept-language": b"", b"if-none-match": b""}
    for name, value in scope["headers"]:
        if name in found:
            found[name] = found[name] + b"," + value if found[name] else value
    return Conditions(
        found[b"accept-encoding"], found[b"accept-language"].decode("latin-1") or None, found[b"if-none-match"]
    )


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: bytes) -> str:
    """Return the content coding to send (RFC 9110, section 12.5.3): the first of `CODINGS` that is welcome.

    Examples
    --------
    >>> choose_coding(b"gzip, deflate, br"), choose_coding(b"br;q=0, gzip"), choose_coding(b"")
    ('br', 'gzip', 'identity')
    """
    welcome: dict[str, bool] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        coding, _, weight = part.partition(";")
        welcome[coding.strip()] = _NOT_WELCOME.fullmatch(weight) is None
    for coding in CODINGS:
        if welcome.get(coding, welcome.get("*", False)):
            return coding
    return AS_IS


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Tell whether a caller's copy is still right (RFC 9110, section 13.1.2, weak comparison)."""
    if not if_none_match:
        return False
    if if_none_match.strip() == b"*":
        return True
    return any(tag.strip().removeprefix(b"W/") == etag for tag in if_none_match.split(b","))


async def assessment_for(service: Service, snapshot: Snapshot, target: Target) -> Assessment:
    """Return the assessment to show now; raises `NotReadyError` where there is none, and has it made."""
    kept = service.shelf.peek(snapshot.revision, target)
    if kept is not None:
        return kept
    look = partial(
        find, service.shelf, service.assessor, snapshot.revision, target, synthetic=snapshot.is_synthetic_only
    )
    return await anyio.to_thread.run_sync(look)


def dated(assessment: Assessment, now: date) -> Hashable:
    """Return what stands for an assessment where something made from it is kept: its window is over as time passes."""
    return assessment.token, assessment.window().age(now)
