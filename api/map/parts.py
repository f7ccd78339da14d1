"""What the page is put together from: Folium's map and branca's figure without their own scripts, and the controls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from api.base.country import VIEW_CENTRE
from api.map.texts import say

_FOLDER: Final = Path(__file__).parent
_INLINE: Final = "{% macro header(this, kwargs) %}<{{ this.tag }}>{{ this.code }}</{{ this.tag }}>{% endmacro %}"


class Verbatim(Element):
    """Text of the document as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: object) -> str:
        """Return the text."""
        return self.text


class Part(MacroElement):
    """A `MacroElement` whose rendered macros enter the document as they are.

    Branca's own puts what a macro gives through Jinja a second time. What a file holds would be run there: a place
    named ``{{ … }}`` must be shown, not evaluated.
    """

    def __init__(self, template: str, identifier: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Sira"
        self._id = identifier
        self._template = Template(template)

    def render(self, **kwargs: object) -> str:
        """Write the macros ``header``, ``html`` and ``script`` of the template into the figure; nothing is left."""
        figure = self.get_root()
        for name in ("header", "html", "script"):
            macro = getattr(self._template.module, name, None)
            if macro is not None:
                getattr(figure, name).add_child(Verbatim(macro(self, kwargs)), name=self.get_name())
        return ""


class Control(Part):
    """A part of the page beside the map; its template says its texts in the page's language."""

    def __init__(self, name: str, lang: str, **values: object) -> None:
        super().__init__(_template(name), name)
        self.lang = lang
        for key, value in values.items():
            setattr(self, key, value)

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


class InlineAsset(Part):
    """A script or style as part of the document, for the single file."""

    def __init__(self, path: Path) -> None:
        super().__init__(_INLINE, path.name)
        self.tag = "script" if path.suffix == ".js" else "style"
        # In JavaScript and CSS an escaped slash is a slash; unescaped, the tag's name would end the element.
        self.code = path.read_text(encoding="utf-8").replace(f"</{self.tag}", f"<\\/{self.tag}")


class PageFigure(Figure):
    """Branca's figure as a document with a language and its script inside the body."""

    def __init__(self, lang: str) -> None:
        super().__init__(title=say("title", lang))
        self._template = Template(_template("figure"))
        self.lang = lang


class PageMap(folium.Map):
    """Folium's map without its default scripts, zoomable by everyone, with a name that stays the same."""

    def __init__(self, lang: str, links: Mapping[str, str]) -> None:
        super().__init__(
            location=VIEW_CENTRE,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            zoom_start=5,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=120,
        )
        self.options |= {"min_zoom": 4, "max_zoom": 13}  # Folium's own arguments of that name are its tiles'
        self._id = "sira"
        self._template = Template(_template("map"))
        self.lang = lang
        self.default_js = [(name, url) for name, url in links.items() if name.endswith(".js")]
        self.default_css = [(name, url) for name, url in links.items() if name.endswith(".css")]

    def say(self, name: str) -> str:
        """Return a text of the page in its language."""
        return say(name, self.lang)


def _template(name: str) -> str:
    return (_FOLDER / "templates" / f"{name}.html").read_text(encoding="utf-8")
