"""What the service says of itself: landing, health, readiness, index of layers, figures, documents."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

import jinja2
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.base.access import REQUIRED, Caller
from api.base.door import Visit
from api.base.http import Json, Readable, asked_lang, door_of
from api.base.i18n import translate
from api.base.service import Snapshot
from api.layers.layer import PARAMETERS, Layer
from api.layers.registry import LAYERS, RISK_LAYERS
from api.layers.risk import MODEL_ADDRESS
from api.roads.layers import AXES
from api.web.openapi import document
from geo.core.messages import Message, message

router: Final = APIRouter(route_class=Readable)

#: Address → media type and description, for the OpenAPI document.
DOCUMENTED: Final = {
    "/": ("text/html", message("The map.")),
    "/api": ("application/json", message("What this service is and where its parts are.")),
    "/layers": ("application/json", message("The layers, and which of them the caller may see.")),
    "/figures.json": ("application/json", message("Published national figures, each with its source.")),
    "/model": ("text/html", message("The model card: what the figures are for, how good they are, what is unsure.")),
    "/layers/risk.tif": ("image/tiff", message("Expected incidents per cell of 5 km as a Cloud-Optimized GeoTIFF.")),
    "/exports": ("application/json", message("The files that the caller may take away, in every format.")),
    "/health": ("application/json", message("Whether the service runs.")),
    "/ready": (
        "application/json",
        message("Whether the service can answer: its store is open and read; and whether it answers for routes."),
    ),
    "/openapi.json": ("application/json", message("This document, in French or English.")),
}


@router.get("/api")
async def landing(request: Request) -> Response:
    """Say what this service is and where its parts are."""
    lang = asked_lang(request)
    links = {address: translate(text, lang) for address, (_, text) in DOCUMENTED.items()}
    return Json({"title": "Sira", "version": version("sira"), "links": links, "docs": "/docs"}, lang)


@router.get("/health")
async def health() -> Response:
    """Say that the service runs, whatever its store does."""
    return Json({"status": "ok"})


@router.get("/ready")
async def ready(request: Request) -> Response:
    """Say that the store answers, with which revision, and whether routes do; a `StoreError` is answered with 503."""
    snapshot = await door_of(request).tell(None, lambda visit: visit.snapshot)
    routes: dict[str, Any] = request.app.state.planners.state(snapshot)
    return Json({"status": "ready", "revision": snapshot.revision, "routes": routes})


@router.get("/layers")
async def layer_index(request: Request) -> Response:
    """List the layers."""
    lang = asked_lang(request)
    return Json(await door_of(request).tell(request.scope, partial(_index, lang)), lang)


def _index(lang: str, visit: Visit) -> dict[str, Any]:
    snapshot, caller = visit.snapshot, visit.caller
    layers = [
        {
            "name": layer.name,
            "title": translate(layer.title, lang),
            "href": layer.address,
            "audience": REQUIRED[layer.kind].label,
            "open": caller.may(layer.kind),
            "vintages": [
                vintage
                for vintage in snapshot.boundaries.vintages()
                if layer.level is None or layer.level in snapshot.boundaries.levels(vintage)
            ],
        }
        for layer in LAYERS.values()
    ]
    layers += [_assessed_entry(layer, caller, snapshot, lang) for layer in (*RISK_LAYERS.values(), AXES)]
    return {
        "audience": caller.audience.label,
        "synthetic": snapshot.is_synthetic_only,
        "revision": snapshot.revision,
        "parameters": PARAMETERS,
        "layers": layers,
    }


def _assessed_entry(layer: Layer, caller: Caller, snapshot: Snapshot, lang: str) -> dict[str, Any]:
    vintages = snapshot.boundaries.vintages() if "vintage" in layer.parameters else ()
    return {
        "name": layer.name,
        "title": translate(layer.title, lang),
        "href": layer.address,
        "audience": REQUIRED[layer.kind].label,
        "open": caller.may(layer.kind),
        "vintages": [name for name in vintages if layer.level in snapshot.boundaries.levels(name)],
        "parameters": layer.parameters,
        "model": MODEL_ADDRESS,
    }


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Answer the OpenAPI document."""
    lang = asked_lang(request)
    return Json(await _document(request, lang), lang)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Show the OpenAPI document as a page, without scripts and without any other host."""
    lang = asked_lang(request)
    page = _TEMPLATES.get_template("docs.html").render(
        document=await _document(request, lang),
        lang=lang,
        **{name: translate(text, lang) for name, text in _WORDS.items()},
    )
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"Content-Language": lang, "Vary": "Accept-Language", "Content-Security-Policy": policy}
    return HTMLResponse(page, headers=headers)


async def _document(request: Request, lang: str) -> dict[str, Any]:
    return await door_of(request).tell(
        None, lambda visit: document(lang, visit.snapshot.boundaries.vintages(), DOCUMENTED)
    )


#: Words of the documents' page.
_WORDS: Final[dict[str, Message]] = {
    "title": message("Sira: documents of the interface"),
    "parameters": message("Parameters"),
    "attributes": message("Attributes of a feature"),
    "audience": message("Least audience"),
    "kinds": message("Type"),
    "meaning": message("Meaning"),
    "name": message("Name"),
    "map": message("Map"),
}

_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(str(files("api.web"))), autoescape=True, undefined=jinja2.StrictUndefined
)
