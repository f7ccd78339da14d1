"""Published national figures, each with its period, definition and source."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.base.http import Json, Readable, asked_lang
from api.layers.figures import published

router: Final = APIRouter(route_class=Readable)


@router.get("/figures.json")
async def send_figures(request: Request) -> Response:
    """Answer the figures as a list."""
    lang = asked_lang(request)
    return Json(published(lang), lang)
