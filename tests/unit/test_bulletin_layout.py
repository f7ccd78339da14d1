"""Sheets are laid out without overlap or overflow, whatever they say; and the checks that say so can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from bulletin_kit import IMPORTED, Installation, faults, installed, seen_faults, text_of, with_imported_vintage
from hypothesis import given
from hypothesis import strategies as st

from api.base.access import OPERATOR, PUBLIC, Audience, Caller
from api.base.assessments import today
from api.bulletin.blocks import Column, Paragraph, Table
from api.bulletin.fonts import width_mm
from api.bulletin.layout import PageFullError, Row, arrange
from api.bulletin.national_facts import gather_nation
from api.bulletin.national_page import national_page
from api.bulletin.page import PRINTED, Box, Page, Text, rectangle
from api.bulletin.pdf import write_pdf
from api.bulletin.typography import Words, clean, shortened, wrapped
from api.bulletin.unit_page import unit_page

pytestmark = pytest.mark.slow

THIN = "\u202f"
HOSTILE = (
    "W" * 300,
    "مدينة غاو " * 30,
    "Koro\x00\x1b[31m\u202e\u2066 <script>alert(1)</script>\n\r\t",
    "=cmd|' /C calc'!A0 {unit} %s",
    "日本語" * 20,
    "",
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    with installed(with_imported_vintage(tmp_path_factory.mktemp("sheets"))) as found:
        yield found


def page_of(*items: Text | object) -> Page:
    return Page("t", "s", "fr", date(2026, 3, 1), items)  # type: ignore[arg-type]


def test_texts_that_meet_leave_their_frame_or_are_covered_are_found() -> None:
    text = Text(20, 20, "Bandiagara", 9, PRINTED)
    assert faults(page_of(text)) == []
    assert faults(page_of(text, replace(text, left=25)))
    assert faults(page_of(replace(text, frame=Box(20, 10, 25, 30))))
    assert faults(page_of(replace(text, left=200)))
    assert faults(page_of(text, rectangle(Box(18, 15, 60, 25), "#ffffff")))
    assert faults(page_of(rectangle(Box(18, 15, 60, 25), "#ffffff"), text)) == []


def test_what_a_person_would_see_wrong_is_found() -> None:
    text = Text(20, 20, "Bandiagara", 9, PRINTED)
    assert seen_faults(page_of(text)) == []
    assert any("over" in fault for fault in seen_faults(page_of(text, replace(text, left=25, text="Koro"))))
    assert any("hard to read" in fault for fault in seen_faults(page_of(replace(text, colour="#dddddd"))))
    assert any("frame" in fault for fault in seen_faults(page_of(replace(text, frame=Box(20, 10, 25, 30)))))
    assert any("margin" in fault for fault in seen_faults(page_of(replace(text, left=2))))


@given(st.text(max_size=200), st.floats(10, 150), st.floats(5, 20), st.booleans())
def test_any_text_is_wrapped_within_its_width_and_complete(text: str, width: float, size: float, bold: bool) -> None:
    said = clean(text)
    lines = wrapped(said, width, size, bold=bold)
    assert "".join(lines).replace(" ", "") == said.replace(" ", "")
    widest = max((width_mm(character, size, bold=bold) for character in said), default=0)
    assert all(width_mm(line, size, bold=bold) <= max(width, widest) + 1e-6 for line in lines)
    assert width_mm(shortened(said, width, size, bold=bold), size, bold=bold) <= max(width, widest) + 1e-6


@given(st.text(max_size=100))
def test_any_text_can_be_drawn_once_cleaned(text: str) -> None:
    said = clean(text)
    assert said.isprintable() or all(
        not c.isprintable() for c in said if not c.isprintable() and c in "\u00a0\u2009\u202f"
    )
    width_mm(said, 9)
    assert clean(said) == said


def test_french_is_set_as_in_print() -> None:
    words = Words("fr")
    assert words.print("Gao : « rien » ; quoi ? 90 % !") == (
        f"Gao{THIN}: «{THIN}rien{THIN}»{THIN}; quoi{THIN}? 90{THIN}%{THIN}!"
    )
    assert words.day(date(2026, 3, 1)) == "1er mars 2026"
    assert words.print("du 1 mars 2026 au 11 mars 2026, 1 234") == "du 1er mars 2026 au 11 mars 2026, 1 234"
    assert words.number(1234567) == f"1{THIN}234{THIN}567"
    assert words.percent(0.996) == f"plus de 99{THIN}%"
    assert Words("en").print("Gao: 90 %") == f"Gao: 90{THIN}%"


def test_tables_keep_to_their_width_and_shorten_until_the_page_holds_them() -> None:
    columns = (Column("name", flexible=True), Column("value", right=True))
    rows = tuple((name * 3, "1") for name in ("Koro ", "W" * 90, "a b " * 60) * 40)
    table = Table(columns, tuple((clean(a), b) for a, b in rows), lambda left: f"{left} more")
    about = {"title": "t", "subject": "s", "lang": "en", "day": date(2026, 1, 1)}
    page = arrange([Row.whole(table)], Row.whole(Paragraph("foot")), **about)  # type: ignore[arg-type]
    assert faults(page) == []
    assert any(text.text.endswith("more") for text in page.texts)
    whole, foot = Row.whole(replace(table, least=len(rows))), Row.whole(Paragraph("foot"))
    with pytest.raises(PageFullError):
        arrange([whole], foot, **about)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "vintage"),
    [("region", "2016"), ("cercle", "2016"), ("region", "2023"), ("region", IMPORTED), ("cercle", IMPORTED)],
)
def test_no_text_of_any_unit_overlaps_overflows_or_is_cut(here: Installation, level: str, vintage: str) -> None:
    wrong = {}
    step = 3 if (level, vintage) == ("cercle", IMPORTED) else 1
    for number, unit_id in enumerate(here.snapshot.boundaries.units(level, vintage).index[::step]):
        for caller in (OPERATOR, PUBLIC) if number % 5 == 0 else (OPERATOR,):
            facts = here.facts(str(unit_id), caller, vintage)
            for lang in ("fr", "en"):
                page = unit_page(facts, lang)
                if found := faults(page) + ([] if vintage == IMPORTED else cut(page)):
                    wrong[unit_id, lang, caller.audience] = found
    assert not wrong


def cut(page: Page) -> list[str]:
    """Return the texts that are shortened with an ellipsis: none of shipped names has to be."""
    return [text.text for text in page.texts if text.text.endswith("…")]


@pytest.mark.parametrize("vintage", ["2015", "2016", "2023"])
def test_no_text_of_unusual_communes_overlaps_overflows_or_is_cut(here: Installation, vintage: str) -> None:
    communes = here.snapshot.boundaries.units("commune", vintage)
    told = here.assessment.table("commune", vintage).reindex(communes.index)
    ranks = {
        "longest name": communes["name"].str.len(),
        "largest": communes["area_km2"],
        "smallest": -communes["area_km2"],
        "most expected": told["expected"].astype(float),
        "most reports": told["reports"].astype(float),
        "not assessed": -told["assessed"].astype(float),
    }
    chosen = {unit_id for rank in ranks.values() for unit_id in rank.nlargest(4).index}
    assert len(chosen) > 12
    wrong = {}
    for unit_id in sorted(chosen):
        facts = here.facts(str(unit_id), OPERATOR, vintage)
        for lang in ("fr", "en"):
            page = unit_page(facts, lang)
            if found := faults(page) + cut(page):
                wrong[unit_id, lang] = found
    assert not wrong


@pytest.mark.parametrize("name", HOSTILE, ids=["long", "arabic", "control", "formula", "missing", "empty"])
def test_hostile_names_stay_in_their_place(here: Installation, name: str) -> None:
    facts = here.facts("cercle-bandiagara")
    assert facts.incidents
    assert facts.roads
    assert facts.hotspots
    hostile = replace(
        facts,
        place=replace(facts.place, name=name, parent=name, note=name),
        units=facts.units.assign(name=name),
        incidents=tuple(replace(each, written=name) for each in facts.incidents),
        roads=tuple(replace(each, name=name, leads_to=(name,) * 5) for each in facts.roads),
        hotspots=tuple(replace(each, name=name) for each in facts.hotspots),
    )
    for lang in ("fr", "en"):
        page = unit_page(hostile, lang)
        assert faults(page) == []
        assert seen_faults(page) == []
        assert not any(ord(c) < 32 or c in "\u202e\u2066" for text in page.texts for c in text.text)


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize(
    ("unit_id", "caller"),
    [
        ("cercle-bandiagara", OPERATOR),
        ("cercle-abeibara", PUBLIC),
        ("region-2016-taoudenit", Caller(Audience.PARTNER)),
        ("cercle-bamako", OPERATOR),
    ],
    ids=["many", "not-assessed", "wide", "small"],
)
def test_a_person_sees_nothing_overlap(
    here: Installation, unit_id: str, caller: Caller, lang: str, tmp_path: Path
) -> None:
    page = unit_page(here.facts(unit_id, caller), lang)
    assert seen_faults(page, tmp_path / "page.png") == []
    body = write_pdf(page)
    assert len(body) < 300_000
    assert body == write_pdf(page)
    squeezed = text_of(body).replace(" ", "")
    assert not [text.text for text in page.texts if "".join(text.text.split()) not in squeezed.replace(THIN, "")]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_national_sheet_is_one_page_that_can_be_read(here: Installation, lang: str) -> None:
    facts = gather_nation(here.service.store, here.snapshot, here.assessment, PUBLIC, today())
    page = national_page(facts, lang)
    assert faults(page) == []
    assert cut(page) == []
    assert seen_faults(page) == []
    said = text_of(write_pdf(page))
    assert {"fr": "pourquoi les deux diffèrent", "en": "why the two differ"}[lang] in said
    assert {"fr": "erreur", "en": "error"}[lang] not in said.lower()


def test_a_unit_that_is_not_assessed_shows_no_estimate(here: Installation) -> None:
    table = here.assessment.table("cercle", "2016")
    unit_id = str(table.index[~table["assessed"]][0])
    page = unit_page(here.facts(unit_id), "en")
    said = " ".join(text.text for text in page.texts)
    assert "Not assessed" in said
    assert "This is not a low risk" in said
    for words in ("Chance of at least one", "What it rests on", "expected next, with 90", "recorded incidents stand"):
        assert words not in said


def test_a_unit_without_an_earlier_forecast_says_so(here: Installation) -> None:
    facts = here.facts("cercle-bandiagara")
    about = {**facts.assessment.about, "change_since": None}
    row = facts.row.copy()
    row[["before", "change_new", "change_decay", "change_model"]] = float("nan")
    told = replace(facts, assessment=replace(facts.assessment, about=about), row=row)
    for page, words in ((unit_page(told, "en"), "no earlier forecast"), (unit_page(facts, "en"), "hange since")):
        assert words in " ".join(text.text for text in page.texts)
    assert "Change since" not in " ".join(text.text for text in unit_page(told, "en").texts)
