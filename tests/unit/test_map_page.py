"""The map page as a document: Folium's, without any other host, with every text said and nothing evaluated."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import folium
import pytest

from api.base.i18n import LANGUAGES
from api.base.palette import PALETTE, RATE_BREAKS, RATE_COLOURS
from api.layers.measures import VICTIMS
from api.map.bundle import STATIC, STYLES, bundle, bundle_name
from api.map.page import Background, MapLayer, Page, build_map, render, with_nonce
from api.map.texts import TEXTS, say, texts
from api.map.vendoring import SCRIPTS

HOSTILE = '{{ 7 * 191 }}{% raw %}</script><img src=x onerror="alert(1)">${alert(1)}'
LAYERS = (
    MapLayer("conflict", "threat", is_on=False),
    MapLayer("incidents", "threat", is_on=False),
    MapLayer("neighbours", "ground", is_on=True),
)


def page(lang: str = "fr", vintage: str = "2016", background: Background | None = None) -> Page:
    return Page(
        lang=lang,
        levels=(("cercle", ("2015", vintage)), ("region", (vintage,))),
        vintage=vintage,
        synthetic=True,
        layers=LAYERS,
        span=("2015-01", "2020-12"),
        abilities=("days", "routes"),
        background=background,
    )


class Document(HTMLParser):
    """Gathers the tags of a document, and the text inside its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, str] = {}
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = str(dict(attrs).get("id")) if tag == "script" else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.blocks[self.inside] = self.blocks.get(self.inside, "") + data


@pytest.mark.parametrize("lang", LANGUAGES)
def test_is_a_folium_map_that_names_no_other_host(lang: str) -> None:
    page_map = build_map(page(lang))
    html = render(page_map)
    assert isinstance(page_map, folium.Map)
    assert not re.findall(r"https?:|//[a-z]+\.", html)
    document = Document(html)
    linked = {attrs.get("src") or attrs.get("href") for tag, attrs in document.tags if tag in ("script", "link")} - {
        None
    }
    served = {f"static/{bundle_name(suffix)}" for suffix in (".js", ".css")}
    assert {link for link in linked if not str(link).startswith("map/")} == served | {"data:,"}
    assert ("html", {"lang": lang}) in document.tags


def test_same_page_gives_the_same_document() -> None:
    assert render(build_map(page())) == render(build_map(page()))


def test_zooming_is_not_forbidden() -> None:
    document = Document(render(build_map(page())))
    viewport = next(attrs["content"] for tag, attrs in document.tags if attrs.get("name") == "viewport")
    assert "user-scalable" not in str(viewport)
    assert "maximum-scale" not in str(viewport)


@pytest.mark.parametrize("data", [None, {"units": {HOSTILE: HOSTILE}}], ids=["served", "file"])
def test_what_a_file_holds_is_neither_evaluated_nor_markup(data: dict[str, object] | None) -> None:
    html = render(build_map(page(vintage=HOSTILE), data))
    assert "1337" not in html
    assert "<img" not in html
    document = Document(html)
    settings = json.loads(document.blocks["sira-settings"])
    assert settings["levels"]["region"] == [HOSTILE]
    if data is not None:
        assert json.loads(document.blocks["sira-data"]) == data


@pytest.mark.parametrize("data", [None, {}], ids=["served", "file"])
def test_every_inline_script_and_style_has_the_nonce(data: dict[str, object] | None) -> None:
    html, nonce = with_nonce(render(build_map(page(), data)))
    assert len(nonce) >= 20
    for tag, attrs in Document(html).tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs), (tag, attrs)
        if tag == "style" or (tag == "script" and attrs.get("type") != "application/json" and "src" not in attrs):
            assert attrs["nonce"] == nonce
    assert with_nonce("<script>")[1] != with_nonce("<script>")[1]


def sources() -> str:
    """Return every script and template of the page."""
    paths = [*sorted(SCRIPTS.rglob("*.js")), *sorted((STATIC.parent / "templates").glob("*.html"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_that_the_page_says_exists(lang: str) -> None:
    html = render(build_map(page(lang)))
    said = set(re.findall(r'data-(?:text|label)="(\w+)"', html)) | set(re.findall(r'\bt\(\s*"(\w+)"', sources()))
    assert said <= set(TEXTS)
    for name in re.findall(r'data-text="(\w+)"', html):
        assert say(name, lang)


def test_no_text_is_left_over() -> None:
    code = sources()
    prefixes = set(re.findall(r"\bt\(`(\w+_)\$", code)) | {f"{name}_" for name in re.findall(r'wordFor\("(\w+)"', code)}
    prefixes |= set(re.findall(r'say\("(\w+_)" \+', code)) | set(re.findall(r'text\("(\w+_)" \+', code))
    suffixes = tuple(re.findall(r"\b(?:t|formatCount)\(`\$\{\w+\}(_\w+)`", code))
    counted = set(re.findall(r'formatCount\("(\w+)"', code))
    unused = {
        name
        for name in TEXTS.keys() - VICTIMS.keys()  # these are said by their own names
        if not re.search(rf"""["'`]{name}["'`]""", code)
        and name.removesuffix("_one") not in counted
        and not any(name.startswith(prefix) for prefix in prefixes)
        and not name.removesuffix("_one").endswith(suffixes)
    }
    assert not unused


def test_scripts_of_the_page_are_one_file_that_is_named_after_what_it_holds() -> None:
    for suffix in (".js", ".css"):
        held = hashlib.sha256(bundle(suffix)).hexdigest()[:16]
        assert bundle_name(suffix) == f"sira-{held}{suffix}"
    joined = bundle(".css")
    assert all((STATIC / style).read_bytes() in joined for style in STYLES)
    assert b"Leaflet 1." in bundle(".js"), "with the notice that its licence asks for"


def test_another_host_is_named_only_where_the_installation_names_it() -> None:
    tiles = Background("https://tiles.example/{z}/{x}/{y}.png", "© them <b>")
    html = render(build_map(page(background=tiles)))
    assert "https://tiles.example/" in html
    assert "© them &lt;b&gt;" in html
    assert "tiles.example" not in render(build_map(page()))


def test_both_languages_have_every_text_with_the_same_placeholders() -> None:
    both = texts()
    assert both["fr"].keys() == both["en"].keys() == set(TEXTS)
    for name, english in both["en"].items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", both["fr"][name])), name


def test_no_text_calls_anything_safe() -> None:
    for lang, words in (("en", r"\bsafe\b"), ("fr", r"\bsûre?s?\b|\bsans danger\b")):
        for name, text in texts()[lang].items():
            assert not re.search(words, text, re.IGNORECASE), (lang, name)


def test_scripts_never_parse_data_as_markup() -> None:
    for script in SCRIPTS.rglob("*.js"):
        code = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code), (
            script
        )


def test_classes_darken_and_hold_no_green() -> None:
    assert list(RATE_BREAKS) == sorted(RATE_BREAKS)
    assert len(RATE_COLOURS) == len(RATE_BREAKS) + 1
    lightness = [luminance(colour) for colour in RATE_COLOURS]
    assert all(one - other > 0.08 for one, other in pairwise(lightness)), "told apart in grey print"
    used = [*RATE_COLOURS, *re.findall(r"#[0-9a-f]{6}", json.dumps(PALETTE))]
    for colour in used:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert not (green > red + 8 and green > blue + 8), f"{colour} is green"


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
