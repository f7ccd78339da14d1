"""Published national figures, each with its period, definition and source."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.encode import plain
from api.i18n import translate_text
from api.routes.about import Json, asked_lang
from geo import figures

router: Final = APIRouter()


@router.get("/figures.json")
async def send_figures(request: Request) -> Response:
    """Answer the figures as a list."""
    lang = asked_lang(request)
    return Json(published(lang), lang)


@cache
def published(lang: str) -> tuple[dict[str, Any], ...]:
    """Return the shipped figures, definitions in `lang`; a share is a number from 0 to 1, an open end is None."""
    table = figures.published()
    for column in ("definition", "source"):
        table[column] = [translate_text(text, lang) for text in table[column]]
    return tuple(plain(row) for row in table.to_dict(orient="records"))
