"""Published figures as JSON, in words."""

from __future__ import annotations

from functools import cache
from typing import Any

from api.base.i18n import translate_text
from api.layers.encode import json_value
from geo.core import figures


@cache
def published(lang: str) -> tuple[dict[str, Any], ...]:
    """Return the shipped figures, definitions in `lang`; a share is a number from 0 to 1, an open end is None."""
    table = figures.published()
    for column in ("definition", "source"):
        table[column] = [translate_text(text, lang) for text in table[column]]
    return tuple(json_value(row) for row in table.to_dict(orient="records"))
