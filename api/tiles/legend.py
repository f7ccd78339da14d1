"""The legend of the risk surface: classes, colours, limits, and what they do not mean, as JSON and as a drawing."""

from __future__ import annotations

import textwrap
from datetime import date
from html import escape
from typing import Any, Final

from api.base.class_legend import classes
from api.base.i18n import translate
from api.base.palette import PALETTE
from api.layers.risk import CAVEAT, MODEL_ADDRESS, notices, window_json
from geo.core.messages import Message, message
from models.risk.assessment import Assessment
from models.risk.class_limits import SCALES, Band, Support
from models.risk.target import target_title

SVG_TYPE: Final = "image/svg+xml"
_WIDTH: Final = 340
_LINE: Final = 18
_CHARACTERS: Final = 54
_CHARACTERS_OF_TITLE: Final = 36


def legend(assessment: Assessment, today: date, lang: str) -> dict[str, Any]:
    """Return the legend for programs: one entry per class, the lowest first; none of them is called safe."""

    def say(text: Message) -> str:
        return translate(text, lang)

    window = assessment.window()
    told = classes(Support.CELL, assessment.target, lang)
    listed = [
        {
            **{name: entry[name] for name in ("band", "label", "colour", "from")},
            "hatched": entry["band"] == Band.NOT_ASSESSED,
            "meaning": say(_meaning(Band(entry["band"]))),
        }
        for entry in told["bands"]
    ]
    unit = message(
        "Expected recorded incidents per cell of {cell_km} km from {start} to {end}; data until {newest}.",
        cell_km=assessment.about["cell_m"] / 1000,
        start=assessment.t0,
        end=assessment.end,
        newest=assessment.newest,
    )
    return {
        "title": say(window.mark_title(target_title(assessment.target), today)),
        "lang": lang,
        "synthetic": assessment.synthetic,
        "revision": assessment.revision,
        "unit": say(unit),
        "period": {"start": assessment.t0, "end": assessment.end},
        "data_until": assessment.newest,
        **window_json(window, today, lang),
        "scale": told["scale"],
        "classes": listed,
        "notices": [say(notice) for notice in notices(assessment, today)],
        "caveat": say(CAVEAT),
        "sources": [{"name": name} for name in assessment.about["sources"]],
        "model": MODEL_ADDRESS,
    }


def _meaning(band: Band) -> Message:
    if band is Band.NOT_ASSESSED:
        return message("hatched: nothing can be said here, which is not a low figure")
    low, high = SCALES[Support.CELL].start(band), SCALES[Support.CELL].end(band)
    if high is None:
        return message("{low} or more", low=low)
    return message("{low} to under {high}", low=low, high=high) if low else message("under {high}", high=high)


def legend_svg(found: dict[str, Any]) -> bytes:
    """Return the legend as a drawing; every text in it is escaped."""
    lines: list[str] = []
    y = 22
    for text in textwrap.wrap(found["title"], _CHARACTERS_OF_TITLE):
        lines.append(_text(text, 10, y, "font-weight='bold' font-size='14'"))
        y += _LINE
    for said in (found["unit"], found["scale"]["unit"]):
        for text in textwrap.wrap(said, _CHARACTERS):
            lines.append(_text(text, 10, y))
            y += _LINE
    for entry in reversed(found["classes"]):
        fill = "url(#hatch)" if entry["hatched"] else entry["colour"]
        lines.append(f"<rect x='10' y='{y - 4}' width='26' height='14' fill='{fill}' stroke='{PALETTE['border']}'/>")
        first, *more = textwrap.wrap(f"{entry['label']} — {entry['meaning']}", _CHARACTERS - 8)
        lines.append(_text(first, 44, y + 8))
        for text in more:
            y += _LINE - 3
            lines.append(_text(text, 44, y + 8))
        y += _LINE + 4
    y += 8
    for said in (*found["notices"], found["caveat"]):
        for text in textwrap.wrap(said, _CHARACTERS):
            lines.append(_text(text, 10, y))
            y += _LINE - 3
        y += 5
    every = 6
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{y}' viewBox='0 0 {_WIDTH} {y}' "
        f"lang='{found['lang']}' role='img' font-family='DejaVu Sans, Arial, sans-serif' font-size='11'>"
        f"<title>{escape(found['title'])}</title>"
        f"<defs><pattern id='hatch' width='{every}' height='{every}' patternUnits='userSpaceOnUse' "
        f"patternTransform='rotate(45)'><rect width='{every}' height='{every}' fill='{PALETTE['paper']}'/>"
        f"<rect width='2' height='{every}' fill='{PALETTE['hatch']}'/></pattern></defs>"
        f"<rect width='{_WIDTH}' height='{y}' fill='#ffffff'/>"
    )
    return (head + "".join(lines) + "</svg>").encode()


def _text(text: str, x: int, y: int, more: str = "") -> str:
    return f"<text x='{x}' y='{y}' fill='#222222' {more}>{escape(text)}</text>"
