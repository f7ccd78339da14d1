"""Files to take away: ``GET /exports`` lists them, ``/exports/{name}`` sends one.

A file is made when first asked for and kept as long as its content is current. A caller who does not want to wait
says ``Prefer: respond-async`` (RFC 7240) and is told how far it is until it is there; ``DELETE`` takes that back, which
stops the making where nobody else wants the file.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.door import Order, Visit
from api.base.http import Json, Readable, door_of, lang_of, service_of
from api.base.i18n import translate
from api.base.links import base_of
from api.base.query_parameters import parse_query, shown
from api.base.ranges import RangedFile
from api.base.service import MovedError, Service
from api.collections.tables import Tables
from api.exports import live, package, raster
from api.exports.content import Taker
from api.exports.jobs import Files, Made, Making
from api.exports.single import FORMATS, file_name
from api.layers.serving import matches
from geo.core.errors import NotFoundError
from geo.core.messages import message

router: Final = APIRouter(route_class=Readable)
T = TypeVar("T")

PACKAGE: Final = "sira.gpkg"
PROJECT: Final = "sira.qgz"
RASTER: Final = f"{raster.CELLS}.tif"
#: After so many seconds it is worth asking again for a file that is being made.
_RETRY_S: Final = "2"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is asked for: what its content hangs on, and how it is made."""

    taker: Taker
    key: Hashable
    suffix: str
    media_type: str
    name: str
    total: int
    make: Callable[[Path, Making], None]


@router.get("/exports")
async def list_files(request: Request) -> Response:
    """List the files that the caller may take away."""
    given = parse_query(request.scope["query_string"], ("lang",))
    return await door_of(request).tell(request.scope, lambda visit: _list(_taker(request, visit, given)))


def _list(taker: Taker) -> Response:
    synthetic = taker.snapshot.is_synthetic_only
    whole = taker.title(package.TITLE)
    files: list[dict[str, Any]] = [
        {"href": f"/exports/{PACKAGE}", "title": translate(whole, taker.lang), "type": package.MEDIA_TYPE},
        {"href": f"/exports/{PROJECT}", "title": translate(whole, taker.lang), "type": live.MEDIA_TYPE},
    ]
    for collection in taker.visible():
        title = translate(collection.title, taker.lang)
        if collection.id == raster.CELLS:
            files.append({"href": f"/exports/{RASTER}", "title": title, "type": raster.MEDIA_TYPE})
        files += [
            {"href": f"/exports/{collection.id}.{name}", "title": title, "type": found.media_type}
            for name, found in FORMATS.items()
        ]
    about = {
        "audience": taker.caller.audience.label,
        "revision": taker.snapshot.revision,
        "synthetic": synthetic,
        "notices": taker.notices(),
        "files": files,
    }
    return Json(about, taker.lang)


@router.get(f"/exports/{PROJECT}")
async def send_project(request: Request) -> Response:
    """Answer the QGIS project, wired to the address under which it was asked for."""
    given = parse_query(request.scope["query_string"], ("lang", "authcfg"))
    authcfg = live.parse_authcfg(given["authcfg"]) if "authcfg" in given else None
    base = base_of(request.scope, service_of(request).settings.proxies).address

    def make(visit: Visit) -> Response:
        taker = _taker(request, visit, given)
        body = live.live_project(taker, base=base, authcfg=authcfg)
        return Response(body, media_type=live.MEDIA_TYPE, headers=_headers(taker, f'attachment; filename="{PROJECT}"'))

    return await door_of(request).tell(request.scope, make)


@router.get("/exports/{name}")
async def send_file(request: Request, name: str) -> Response:
    """Answer a file; 202 with how far it is where the caller does not want to wait."""
    door, files = door_of(request), request.app.state.files
    is_patient = "respond-async" not in request.headers.get("prefer", "")
    begin = partial(_begin, files, None if is_patient else _peer(request))
    while True:
        wanted, making = await door.answer(request.scope, partial(_ask, request, name, begin))
        if isinstance(making, Making) and not is_patient and not making.future.done():
            return _accepted(making, wanted.taker)
        try:
            made = making if isinstance(making, Made) else await files.wait(making, request.is_disconnected)
            break
        except MovedError:  # an import came while it was written: it is decided anew, and written anew
            continue
    if made is None:
        return Response(status_code=499)  # nobody reads it
    headers = _headers(wanted.taker, f'attachment; filename="{wanted.name}"') | {"ETag": made.etag}
    if matches(request.headers.get("if-none-match", "").encode(), made.etag.encode()):
        return Response(status_code=304, headers=headers)
    return RangedFile(made.path, media_type=wanted.media_type, headers=headers)


@router.delete("/exports/{name}")
async def stop_making(request: Request, name: str) -> Response:
    """Stop the making of a file unless others want it too; nothing half made stays behind."""
    files: Files = request.app.state.files
    stop = partial(_withdraw, files, _peer(request))
    _, was_being_made = await door_of(request).answer(request.scope, partial(_ask, request, name, stop))
    if not was_being_made:
        raise NotFoundError(message("{name} is not being made.", name=shown(name)))
    return Response(status_code=204)


async def _ask(request: Request, name: str, then: Callable[[Wanted], T], visit: Visit) -> Order[Wanted, T]:
    """Return the order to do something with a file that the visitor may have."""
    taker = _taker(request, visit, parse_query(request.scope["query_string"], ("lang",)))
    wanted = await anyio.to_thread.run_sync(_wanted, service_of(request), taker, name)
    return Order(wanted, partial(then, wanted))


def _begin(files: Files, job_of: Hashable, wanted: Wanted) -> Made | Making:
    """Return a file that is there, or begin to make it."""
    found = files.find(wanted.key)
    if found is not None:
        return found
    return files.begin(wanted.key, wanted.make, suffix=wanted.suffix, total=wanted.total, job_of=job_of)


def _withdraw(files: Files, job_of: Hashable, wanted: Wanted) -> bool:
    return files.withdraw(wanted.key, job_of)


def _peer(request: Request) -> str:
    """Return the address a request comes from. Behind one proxy all have the same, and share their jobs."""
    return request.client.host if request.client is not None else ""


def _wanted(service: Service, taker: Taker, name: str) -> Wanted:
    """Return what a file's name asks for; raises `NotFoundError` naming what there is."""
    seen = taker.caller.audience, taker.lang
    if name == PACKAGE:
        chosen = package.ready(service, taker, taker.visible())
        return Wanted(
            taker=taker,
            key=(PACKAGE, seen, tuple(_key(taker, each) for each in chosen)),
            suffix=".gpkg",
            media_type=package.MEDIA_TYPE,
            name=file_name(taker, "mali", ".gpkg"),
            total=len(chosen),
            make=lambda path, making: package.write_package(service, taker, chosen, path, making.step),
        )
    if name == RASTER:
        cells = taker.collection(raster.CELLS)
        return Wanted(
            taker=taker,
            key=(RASTER, seen, _key(taker, cells)),
            suffix=".tif",
            media_type=raster.MEDIA_TYPE,
            name=file_name(taker, raster.CELLS, ".tif"),
            total=1,
            make=lambda path, _: raster.write_raster(service, taker, path),
        )
    identity, _, format_name = name.partition(".")
    if format_name not in FORMATS:
        raise NotFoundError(
            message(
                "{value}: no such file; expected {files}, or the name of a collection and one of {expected}.",
                value=shown(name),
                files=(PACKAGE, PROJECT, RASTER),
                expected=tuple(f".{known}" for known in FORMATS),
            )
        )
    collection, found = taker.collection(identity), FORMATS[format_name]
    return Wanted(
        taker=taker,
        key=(name, seen, _key(taker, collection)),
        suffix=found.suffix,
        media_type=found.media_type,
        name=file_name(taker, collection.id, found.suffix),
        total=1,
        make=lambda path, _: found.write(taker, collection, path),
    )


def _key(taker: Taker, collection: Any) -> Hashable:
    return taker.tables.key(collection, taker.snapshot, taker.caller, taker.lang)


def _taker(request: Request, visit: Visit, given: dict[str, str]) -> Taker:
    tables: Tables = request.app.state.tables
    return Taker(tables, visit.snapshot, visit.caller, lang_of(request, given))


def _headers(taker: Taker, disposition: str) -> dict[str, str]:
    return {
        "Content-Disposition": disposition,
        "Content-Language": taker.lang,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language",
    }


def _accepted(making: Making, taker: Taker) -> Response:
    response = Json({"status": "running", "done": making.done, "total": making.total}, taker.lang)
    response.status_code = 202
    response.headers["Retry-After"] = _RETRY_S
    response.headers["Preference-Applied"] = "respond-async"
    return response
