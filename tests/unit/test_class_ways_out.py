"""One table of classes, and every way out that draws or names them says what the table says."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from assessment_kit import coarse_domain, drawn
from rasterio.io import MemoryFile

from api.base.access import OPERATOR
from api.base.class_legend import classes
from api.base.i18n import translate
from api.base.palette import BAND_COLOURS, PALETTE, ROAD_WEIGHTS
from api.bulletin.sheet import _bands as key_of_bulletin
from api.bulletin.sheet import roads_sign
from api.bulletin.sketch import ROAD_WIDTHS
from api.bulletin.typography import Words
from api.collections.registry import Collection, _of
from api.layers.layer import RiskLayer, RiskQuery
from api.layers.raster import risk_raster
from api.layers.registry import CELLS, EXPECTED
from api.layers.risk import about_assessment
from api.qgis.renderers import renderer
from api.tiles.legend import legend
from api.tiles.raster import paint_bands, parse_rgb
from api.tiles.style import style
from geo.boundaries.regions import DEFAULT_VINTAGE, Boundaries
from geo.core.messages import message
from models.risk.assessing import assess
from models.risk.assessment import Assessment
from models.risk.class_limits import JUDGED, SCALES, Band, Support, scale_heading, scale_text
from models.risk.target import Target

LANGS = ("fr", "en")


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.fixture(scope="module")
def assessment(boundaries: Boundaries) -> Assessment:
    return assess(drawn(400), boundaries, as_of=date(2024, 1, 1), domain=coarse_domain(boundaries))


def said(support: Support, lang: str) -> list[str]:
    """Return the numbers of a scale as its readers write them."""
    return [translate(message("{limit}", limit=limit), lang) for limit in SCALES[support].limits]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("layer", [*EXPECTED.values(), CELLS], ids=lambda layer: layer.name)
def test_layers_name_the_scale_of_what_they_hold(assessment: Assessment, layer: RiskLayer, lang: str) -> None:
    level = layer.level
    query = RiskQuery(layer, Target.IED, level, DEFAULT_VINTAGE, lang)
    told = about_assessment(assessment, query, assessment.end - timedelta(days=80), OPERATOR)
    support = Support(level)
    assert [entry["from"] for entry in told["bands"]] == [None, 0.0, *SCALES[support].limits]
    assert [entry["colour"] for entry in told["bands"]] == [PALETTE["hatch"], *BAND_COLOURS.values()]
    assert told["scale"]["unit"] == translate(scale_heading(support, Target.IED), lang)
    assert told["scale"]["days"] == SCALES[support].days
    for number, entry in zip(said(support, lang), told["bands"][2:], strict=True):
        assert number in entry["text"]
    assert (told["scale"]["note"] is not None) == SCALES[support].remembers


@pytest.mark.parametrize("lang", LANGS)
def test_the_legend_of_the_tiles(assessment: Assessment, lang: str) -> None:
    found = legend(assessment, assessment.end, lang)
    assert [entry["from"] for entry in found["classes"]] == [None, 0.0, *SCALES[Support.CELL].limits]
    assert [entry["colour"] for entry in found["classes"]] == [PALETTE["hatch"], *BAND_COLOURS.values()]
    assert found["scale"]["unit"] == translate(scale_heading(Support.CELL, Target.IED), lang)
    for number, entry in zip(said(Support.CELL, lang), found["classes"][2:], strict=True):
        assert number in entry["meaning"]


def test_the_pictures_have_the_colours_of_the_table() -> None:
    codes = np.array([[number for number, _ in enumerate(Band)]], np.int16)
    drawn_ = paint_bands(codes)[:3, 0, 1:].T.tolist()
    assert [tuple(pixel) for pixel in drawn_] == [parse_rgb(BAND_COLOURS[band]) for band in JUDGED]


@pytest.mark.parametrize("lang", LANGS)
def test_the_style_for_maplibre(boundaries: Boundaries, lang: str) -> None:
    known = collections_of(boundaries)
    made = style(known, OPERATOR, "http://x", lang, synthetic=False)
    told = made["metadata"]["sira:classes"]
    layers = {layer["id"]: layer for layer in made["layers"]}
    supports = {f"risk-cercles-{DEFAULT_VINTAGE}": Support.CERCLE, f"risk-communes-{DEFAULT_VINTAGE}": Support.COMMUNE,
                "risk-cells": Support.CELL, "road-segments": Support.ROAD}  # fmt: skip
    assert set(told) == set(supports)
    for source, support in supports.items():
        assert told[source] == classes(support, Target.IED, lang)
        kind = "line" if support is Support.ROAD else "fill"
        colours = [layers[f"{source}-{band}"]["paint"][f"{kind}-color"] for band in JUDGED]
        assert colours == list(BAND_COLOURS.values())


def collections_of(boundaries: Boundaries) -> dict[str, Collection]:
    return dict(_of(boundaries))


def drawn_by_qgis(element: Element, kind: str, option: str) -> list[str]:
    """Return the colours of a renderer's symbols, the last layer of each."""
    found = []
    for symbol in element.find("symbols"):
        layers = [layer for layer in symbol.findall("layer") if layer.get("class") == kind]
        found.append(next(each.get("value") for each in layers[-1].iter("Option") if each.get("name") == option))
    return found


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("name", "support"),
    [
        (f"risk-regions-{DEFAULT_VINTAGE}", Support.REGION),
        (f"risk-cercles-{DEFAULT_VINTAGE}", Support.CERCLE),
        (f"risk-communes-{DEFAULT_VINTAGE}", Support.COMMUNE),
        ("risk-cells", Support.CELL),
        ("road-segments", Support.ROAD),
        ("axes", Support.ROAD),
    ],
)
def test_qgis(boundaries: Boundaries, name: str, support: Support, lang: str) -> None:
    element = renderer(collections_of(boundaries)[name], lang)
    heading, *rules = element.iter("rule")
    assert heading.get("label") == translate(scale_heading(support, Target.IED), lang)
    numbers = said(support, lang)
    for number, rule in zip(reversed(numbers), rules, strict=False):
        assert number in rule.get("label")
    kind, option = ("SimpleLine", "line_color") if support is Support.ROAD else ("SimpleFill", "color")
    colours = [tuple(int(part) for part in each.split(",")[:3]) for each in drawn_by_qgis(element, kind, option)]
    assert colours[:4] == [parse_rgb(BAND_COLOURS[band]) for band in reversed(JUDGED)]
    if support is not Support.ROAD:
        outline = set(drawn_by_qgis(element, "SimpleFill", "outline_style"))
        assert outline == ({"no"} if support is Support.CELL else {"solid"})


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("support", [Support.REGION, Support.CERCLE, Support.COMMUNE])
def test_the_key_of_the_bulletin(support: Support, lang: str) -> None:
    words = Words(lang)
    *entries, unknown = key_of_bulletin(words, support)
    assert [key for key, _ in entries] == list(BAND_COLOURS)
    assert unknown[0] == "hatch"
    for number, (_, text) in zip(said(support, lang), entries[1:], strict=True):
        assert number in text
    assert list(ROAD_WIDTHS) == list(JUDGED)
    roads = words.say(roads_sign(message("road: wider in a higher band, dashed where not assessed")))
    assert all(number in roads for number in said(Support.ROAD, lang))


def test_the_raster_says_the_scale_of_its_classes(assessment: Assessment) -> None:
    body = risk_raster(assessment, assessment.end, "en")
    with MemoryFile(body) as file, file.open() as dataset:
        assert dataset.tags()["CLASSES"] == translate(scale_text(Support.CELL, Target.IED), "en")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [part / 255 for part in parse_rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_lowest_class_is_no_paper_and_the_steps_are_seen_without_colour() -> None:
    colours = list(BAND_COLOURS.values())
    for ground in (str(PALETTE["paper"]), "#ebe8e1", "#ffffff"):
        assert contrast(colours[0], ground) > 1.5
    assert all(contrast(one, other) > 1.6 for one, other in pairwise(colours))
    assert [luminance(colour) for colour in colours] == sorted((luminance(c) for c in colours), reverse=True)
    for colour in colours:
        red, green, blue = parse_rgb(colour)
        assert green < min(red, blue)
        assert colour not in (PALETTE["hatch"], PALETTE["paper"])
    assert list(ROAD_WEIGHTS.values()) == sorted(ROAD_WEIGHTS.values())
    drawings = PALETTE["drawings"]
    for band, colour in BAND_COLOURS.items():
        assert {drawings[f"route_{band}"]["color"], drawings[f"axis_{band}"]["color"]} == {colour}
        assert drawings[f"band_{band}"]["fillColor"] == colour
