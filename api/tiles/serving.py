"""Sends tiles: one pass of the encoder for a new one, kept bytes after that.

An address with the content's token is answered as immutable: clients keep it and never ask again. Without the token
(``/tiles/{collection}/{z}/{x}/{y}.mvt``) it is the present content, to be asked for again each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from starlette.types import Receive, Scope, Send

from api.base.access import disclose
from api.base.assessments import today
from api.base.cache import Encoded, as_it_is, encode
from api.base.door import Door, Order, Visit
from api.base.problems import OutdatedTilesError
from api.base.query_parameters import language, parse_query, shown
from api.base.service import Service
from api.layers.query import parse_target
from api.layers.raster import MOST_ZOOM, risk_raster
from api.layers.registry import CELLS
from api.layers.serving import ASKED_AGAIN, Conditions, assessment_for, dated, read_conditions, send_encoded
from api.tiles import raster
from api.tiles.addresses import Tile, parse_file, parse_tile, zooms
from api.tiles.raster import OUT_OF_DATE, OVER, SYNTHETIC
from api.tiles.source import TileSource, collection_of
from geo.core.messages import message
from geo.tiles.layer import VectorLayer
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.risk.windows import Age

FORMATS: Final = ("mvt", "pbf")
PICTURES: Final = ("png",)
PNG: Final = "image/png"
#: 2 % larger than the quality that layers are kept in, and forty times as fast: a tile is made while somebody waits.
_BROTLI_QUALITY: Final = 5
#: A year: of an address whose content never changes.
_FOR_EVER: Final = b"max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Cut:
    """A tile as it is kept: its bytes (empty where nothing lies in it), and the token of the content it is cut from."""

    encoded: Encoded
    token: str

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""
        return self.encoded.nbytes


@dataclass(frozen=True, slots=True)
class Surface:
    """The raster of an assessment, the token that stands for it in addresses, and the words on its pictures."""

    raster: bytes
    token: str
    marks: tuple[str, ...]

    @property
    def nbytes(self) -> int:
        """Bytes kept in memory."""
        return len(self.raster)


class TileEndpoint:
    """ASGI application that answers GET and HEAD for tiles; errors are raised."""

    def __init__(self, door: Door, ask: Callable[[Scope, Conditions, Visit], Awaitable[Order[str, Cut]]], kind: str):
        self._door = door
        self._ask = ask
        self._media_type = kind.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self.answer(scope, send)

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer one request, whose body does not matter."""
        conditions = read_conditions(scope)
        lang, cut = await self._door.answer(scope, partial(self._ask, scope, conditions))
        check_token(scope["path_params"], cut.token)
        await send_encoded(
            scope,
            send,
            conditions,
            cut.encoded,
            lang=lang,
            media_type=self._media_type,
            lasts=_FOR_EVER if "token" in scope["path_params"] else ASKED_AGAIN,
        )


class Tiles:
    """Orders the tiles of one service. Used from its event loop."""

    def __init__(self, service: Service, source: TileSource) -> None:
        self._service = service
        self._source = source

    async def vector(self, scope: Scope, conditions: Conditions, visit: Visit) -> Order[str, Cut]:
        """Order the vector tile of ``{collection}/{z}/{x}/{y}.mvt``."""
        asked = scope["path_params"]
        row = parse_file(asked["file"], FORMATS)
        return await self._vector(scope, conditions, visit, (asked["z"], asked["x"], row), ("z", "x", "y"))

    async def ogc(self, scope: Scope, conditions: Conditions, visit: Visit) -> Order[str, Cut]:
        """Order the vector tile of ``{tileMatrix}/{tileRow}/{tileCol}``: row before column."""
        asked = scope["path_params"]
        place = (asked["tileMatrix"], asked["tileCol"], asked["tileRow"])
        return await self._vector(scope, conditions, visit, place, ("tileMatrix", "tileCol", "tileRow"), more=("f",))

    async def _vector(
        self,
        scope: Scope,
        conditions: Conditions,
        visit: Visit,
        place: tuple[str, str, str],
        names: Sequence[str],
        more: tuple[str, ...] = (),
    ) -> Order[str, Cut]:
        given = parse_query(scope["query_string"], ("lang", *more))
        if "f" in given:
            parse_file(f".{given['f']}", FORMATS, parameter="f")
        lang = language(given, conditions.accept_language, self._service.settings.lang)
        collection = collection_of(visit.snapshot, scope["path_params"]["collection"])
        tile = parse_tile(*place, zooms(collection), names=names)
        key = await self._source.key(collection, visit, lang)

        def make() -> Cut:
            prepared = self._source.get(collection, visit, lang)
            return Cut(tile_body(prepared.layer, tile), prepared.token)

        return Order(lang, make, ("tile", key, tile))

    async def picture(self, scope: Scope, conditions: Conditions, visit: Visit) -> Order[str, Cut]:
        """Order the picture of the risk surface of ``risk/{z}/{x}/{y}.png``."""
        asked = scope["path_params"]
        row = parse_file(asked["file"], PICTURES)
        given = parse_query(scope["query_string"], ("lang", "target"))
        lang = language(given, conditions.accept_language, self._service.settings.lang)
        tile = parse_tile(asked["z"], asked["x"], row, (0, MOST_ZOOM))
        assessment = await self.assessment(visit, given)

        def make() -> Cut:
            surface = self.surface(assessment)
            body = raster.risk_picture(surface.raster, tile, marks=surface.marks) or b""
            return Cut(as_it_is(body), surface.token)

        return Order(lang, make, ("picture", dated(assessment, today()), tile), is_lasting=True)

    async def assessment(self, visit: Visit, given: Mapping[str, str]) -> Assessment:
        """Return the assessment to show whoever asks; raises as `api.base.access.disclose` for the cells' kind."""
        disclose(CELLS.kind, visit.caller)
        target = parse_target(given.get("target", Target.IED.value))
        return await assessment_for(self._service, visit.snapshot, target)

    def surface(self, assessment: Assessment) -> Surface:
        """Return what the pictures of an assessment are cut from: another one once its window is over."""
        now = today()

        def make() -> Surface:
            made = risk_raster(assessment, now, self._service.settings.lang)
            token = f"{assessment.revision}-{hashlib.sha256(made).hexdigest()[:12]}"
            return Surface(made, token, _marks(assessment, now))

        return self._service.kept.get(("surface", dated(assessment, now)), make)


def tile_body(layer: VectorLayer, tile: Tile) -> Encoded:
    """Return a vector tile in each content coding, empty where nothing lies in it."""
    return encode(layer.tile(tile.zoom, tile.x, tile.y) or b"", brotli_quality=_BROTLI_QUALITY)


def _marks(assessment: Assessment, now: date) -> tuple[str, ...]:
    """Return what every picture of an assessment says."""
    past = {Age.OVER: (OVER,), Age.OUT_OF_DATE: (OUT_OF_DATE,)}.get(assessment.window().age(now), ())
    return (SYNTHETIC, *past) if assessment.synthetic else past


def check_token(asked: Mapping[str, str], present: str) -> None:
    """Let pass an address without a token, or with the present one; raises `OutdatedTilesError`."""
    if asked.get("token", present) != present:
        raise OutdatedTilesError(
            message(
                "{parameter}: {value} is not the present content; the TileJSON document has the present addresses.",
                parameter="revision",
                value=shown(asked["token"]),
            )
        )
