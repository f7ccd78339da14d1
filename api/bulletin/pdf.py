"""A laid out page → PDF: text that can be searched and copied, the language and title set, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from api.bulletin.fonts import MM_PER_POINT, subset_font
from api.bulletin.page import Area, Dot, Line, Page, Text
from api.bulletin.typography import is_right_to_left

if TYPE_CHECKING:  # loaded by the first sheet: a service may run for long without one
    from fpdf import FPDF
    from fpdf.drawing_primitives import DeviceGray, DeviceRGB

_FAMILY: Final = "sheet"
_STYLES: Final = {False: "", True: "B"}
_PRODUCER: Final = "Sira"
_LANGUAGES: Final = {"fr": "fr-FR", "en": "en-GB"}
#: fpdf2 puts the baseline of a cell without height so much of the font's size below its top.
_CELL_BASELINE: Final = 0.3


def load_writer() -> None:
    """Load fpdf2: it keeps the errors of what it could not import, and with them all that the first caller held."""
    import fpdf  # noqa: F401


def write_pdf(page: Page) -> bytes:
    """Return `page` as a document of one A4 page; its bytes depend on the page alone."""
    from fpdf import FPDF, ViewerPreferences

    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.set_creation_date(datetime.combine(page.day, time(), UTC))
    pdf.set_title(page.title)
    pdf.set_subject(page.subject)
    pdf.set_author(_PRODUCER)
    pdf.set_creator(_PRODUCER)
    pdf.set_lang(_LANGUAGES[page.lang])
    pdf.viewer_preferences = ViewerPreferences(display_doc_title=True)
    with TemporaryDirectory() as folder, closing(_Fonts(pdf, page.texts, Path(folder))):
        pdf.add_page()
        for item in page.items:
            match item:
                case Text():
                    _text(pdf, item)
                case Line():
                    _line(pdf, item)
                case Area():
                    _area(pdf, item)
                case Dot():
                    _dot(pdf, item)
        return bytes(pdf.output())


class _Fonts:
    """The fonts of one document, cut to its texts before fpdf2 reads them: it takes them from files alone."""

    def __init__(self, pdf: FPDF, texts: Iterable[Text], folder: Path) -> None:
        used: dict[bool, set[str]] = {}
        for text in texts:
            used.setdefault(text.bold, set()).update(text.text)
        for bold, characters in sorted(used.items()):
            path = folder / f"{_FAMILY}{_STYLES[bold]}.ttf"
            path.write_bytes(subset_font(map(ord, characters), bold=bold))
            pdf.add_font(_FAMILY, _STYLES[bold], path)
        from fpdf.fonts import TTFFont

        self._fonts = [font for font in pdf.fonts.values() if isinstance(font, TTFFont)]
        for font in self._fonts:
            # What is cut from a font keeps its outlines as they are: none has to be taken apart to be measured.
            font.ttfont.recalcBBoxes = False

    def close(self) -> None:
        """Let go of the files."""
        for font in self._fonts:
            font.close()


@cache
def _colour(name: str) -> DeviceRGB | DeviceGray:
    from fpdf.drawing_primitives import color_from_hex_string

    return color_from_hex_string(name)


def _text(pdf: FPDF, item: Text) -> None:
    if not item.text:
        return
    pdf.set_font(_FAMILY, _STYLES[item.bold], item.size_pt)
    pdf.set_text_color(_colour(item.colour))
    if not is_right_to_left(item.text):
        pdf.text(item.left, item.baseline, item.text)
        return
    pdf.set_text_shaping(True)
    pdf.set_xy(item.left, item.baseline - _CELL_BASELINE * item.size_pt * MM_PER_POINT)
    pdf.cell(h=0, text=item.text)
    pdf.set_text_shaping(False)


def _line(pdf: FPDF, item: Line) -> None:
    pdf.set_draw_color(_colour(item.colour))
    pdf.set_line_width(item.width)
    if item.dash is not None:
        pdf.set_dash_pattern(dash=item.dash[0], gap=item.dash[1])
    pdf.polyline(list(item.points))
    if item.dash is not None:
        pdf.set_dash_pattern()


def _area(pdf: FPDF, item: Area) -> None:
    pdf.set_fill_color(_colour(item.fill))
    if item.stroke is not None:
        pdf.set_draw_color(_colour(item.stroke))
        pdf.set_line_width(item.width)
    style = "F" if item.stroke is None else "DF"
    if item.opacity == 1.0:
        pdf.polygon(list(item.points), style=style)
        return
    with pdf.local_context(fill_opacity=item.opacity):
        pdf.polygon(list(item.points), style=style)


def _dot(pdf: FPDF, item: Dot) -> None:
    pdf.set_fill_color(_colour(item.fill))
    pdf.set_draw_color(_colour(item.stroke))
    pdf.set_line_width(item.width)
    pdf.circle(item.x, item.y, item.radius, style="DF")
