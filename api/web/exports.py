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
from api.exports.content import Recipient
from api.exports.jobs import FileJob, FileJobs, FinishedFile
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

    recipient: Recipient
    key: Hashable
    suffix: str
    media_type: str
    name: str
    total: int
    make: Callable[[Path, FileJob], None]


@router.get("/exports")
async def list_files(request: Request) -> Response:
    """List the files that the caller may take away."""
    given = parse_query(request.scope["query_string"], ("lang",))
    return await door_of(request).tell(request.scope, lambda visit: _list(_recipient(request, visit, given)))


def _list(recipient: Recipient) -> Response:
    synthetic = recipient.snapshot.is_synthetic_only
    whole = recipient.title(package.TITLE)
    files: list[dict[str, Any]] = [
        {"href": f"/exports/{PACKAGE}", "title": translate(whole, recipient.lang), "type": package.MEDIA_TYPE},
        {"href": f"/exports/{PROJECT}", "title": translate(whole, recipient.lang), "type": live.MEDIA_TYPE},
    ]
    for collection in recipient.visible():
        title = translate(collection.title, recipient.lang)
        if collection.id == raster.CELLS:
            files.append({"href": f"/exports/{RASTER}", "title": title, "type": raster.MEDIA_TYPE})
        files += [
            {"href": f"/exports/{collection.id}.{name}", "title": title, "type": found.media_type}
            for name, found in FORMATS.items()
        ]
    about = {
        "audience": recipient.caller.audience.label,
        "revision": recipient.snapshot.revision,
        "synthetic": synthetic,
        "notices": recipient.notices(),
        "files": files,
    }
    return Json(about, recipient.lang)


@router.get(f"/exports/{PROJECT}")
async def send_project(request: Request) -> Response:
    """Answer the QGIS project, wired to the address under which it was asked for."""
    given = parse_query(request.scope["query_string"], ("lang", "authcfg"))
    authcfg = live.parse_authcfg(given["authcfg"]) if "authcfg" in given else None
    base = base_of(request.scope, service_of(request).settings.proxies).address

    def make(visit: Visit) -> Response:
        recipient = _recipient(request, visit, given)
        body = live.live_project(recipient, base=base, authcfg=authcfg)
        return Response(
            body, media_type=live.MEDIA_TYPE, headers=_headers(recipient, f'attachment; filename="{PROJECT}"')
        )

    return await door_of(request).tell(request.scope, make)


@router.get("/exports/{name}")
async def send_file(request: Request, name: str) -> Response:
    """Answer a file; 202 with how far it is where the caller does not want to wait."""
    door, files = door_of(request), request.app.state.files
    is_patient = "respond-async" not in request.headers.get("prefer", "")
    begin = partial(_begin, files, None if is_patient else _peer(request))
    while True:
        wanted, making = await door.answer(request.scope, partial(_ask, request, name, begin))
        if isinstance(making, FileJob) and not is_patient and not making.future.done():
            return _accepted(making, wanted.recipient)
        try:
            made = making if isinstance(making, FinishedFile) else await files.wait(making, request.is_disconnected)
            break
        except MovedError:  # an import came while it was written: it is decided anew, and written anew
            continue
    if made is None:
        return Response(status_code=499)  # nobody reads it
    headers = _headers(wanted.recipient, f'attachment; filename="{wanted.name}"') | {"ETag": made.etag}
    if matches(request.headers.get("if-none-match", "").encode(), made.etag.encode()):
        return Response(status_code=304, headers=headers)
    return RangedFile(made.path, media_type=wanted.media_type, headers=headers)


@router.delete("/exports/{name}")
async def stop_making(request: Request, name: str) -> Response:
    """Stop the making of a file unless others want it too; nothing half made stays behind."""
    files: FileJobs = request.app.state.files
    stop = partial(_withdraw, files, _peer(request))
    _, was_being_made = await door_of(request).answer(request.scope, partial(_ask, request, name, stop))
    if not was_being_made:
        raise NotFoundError(message("{name} is not being made.", name=shown(name)))
    return Response(status_code=204)


async def _ask(request: Request, name: str, then: Callable[[Wanted], T], visit: Visit) -> Order[Wanted, T]:
    """Return the order to do something with a file that the visitor may have."""
    recipient = _recipient(request, visit, parse_query(request.scope["query_string"], ("lang",)))
    wanted = await anyio.to_thread.run_sync(_wanted, service_of(request), recipient, name)
    return Order(wanted, partial(then, wanted))


def _begin(files: FileJobs, job_of: Hashable, wanted: Wanted) -> FinishedFile | FileJob:
    """Return a file that is there, or begin to make it."""
    found = files.find(wanted.key)
    if found is not None:
        return found
    return files.begin(wanted.key, wanted.make, suffix=wanted.suffix, total=wanted.total, job_of=job_of)


def _withdraw(files: FileJobs, job_of: Hashable, wanted: Wanted) -> bool:
    return files.withdraw(wanted.key, job_of)


def _peer(request: Request) -> str:
    """Return the address a request comes from. Behind one proxy all have the same, and share their jobs."""
    return request.client.host if request.client is not None else ""


def _wanted(service: Service, recipient: Recipient, name: str) -> Wanted:
    """Return what a file's name asks for; raises `NotFoundError` naming what there is."""
    seen = recipient.caller.audience, recipient.lang
    if name == PACKAGE:
        chosen = package.ready(service, recipient, recipient.visible())
        return Wanted(
            recipient=recipient,
            key=(PACKAGE, seen, tuple(_key(recipient, each) for each in chosen)),
            suffix=".gpkg",
            media_type=package.MEDIA_TYPE,
            name=file_name(recipient, "mali", ".gpkg"),
            total=len(chosen),
            make=lambda path, making: package.write_package(service, recipient, chosen, path, making.step),
        )
    if name == RASTER:
        cells = recipient.collection(raster.CELLS)
        return Wanted(
            recipient=recipient,
            key=(RASTER, seen, _key(recipient, cells)),
            suffix=".tif",
            media_type=raster.MEDIA_TYPE,
            name=file_name(recipient, raster.CELLS, ".tif"),
            total=1,
            make=lambda path, _: raster.write_raster(service, recipient, path),
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
    collection, found = recipient.collection(identity), FORMATS[format_name]
    return Wanted(
        recipient=recipient,
        key=(name, seen, _key(recipient, collection)),
        suffix=found.suffix,
        media_type=found.media_type,
        name=file_name(recipient, collection.id, found.suffix),
        total=1,
        make=lambda path, _: found.write(recipient, collection, path),
    )


def _key(recipient: Recipient, collection: Any) -> Hashable:
    # a file says of which revision it is, whatever its rows depend on
    key = recipient.tables.key(collection, recipient.snapshot, recipient.caller, recipient.lang)
    return recipient.snapshot.revision, key


def _recipient(request: Request, visit: Visit, given: dict[str, str]) -> Recipient:
    tables: Tables = request.app.state.tables
    return Recipient(tables, visit.snapshot, visit.caller, lang_of(request, given))


def _headers(recipient: Recipient, disposition: str) -> dict[str, str]:
    return {
        "Content-Disposition": disposition,
        "Content-Language": recipient.lang,
        "Cache-Control": "no-cache",
        "Vary": "Accept-Language",
    }


def _accepted(making: FileJob, recipient: Recipient) -> Response:
    response = Json({"status": "running", "done": making.done, "total": making.total}, recipient.lang)
    response.status_code = 202
    response.headers["Retry-After"] = _RETRY_S
    response.headers["Preference-Applied"] = "respond-async"
    return response
