"""Everything a person reads has its French: templates of the source and catalogues are compared, both ways."""

from __future__ import annotations

import ast
import re
import string
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from api.base.i18n import catalogue, negotiate, translate
from geo.core.figures import published
from geo.core.messages import Days, Message, message

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for package in ("geo", "models", "api") for path in (ROOT / package).rglob("*.py"))
CATALOGUES = sorted((ROOT / "api" / "i18n" / "fr").glob("*.po"))
NARROW = "\u202f"
THIN_OR_NO_BREAK = (NARROW, "\u00a0")


@cache
def calls_of_message(path: Path) -> tuple[ast.Call, ...]:
    """Return each call of `geo.core.messages.message` in a source file."""
    return tuple(
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message"
    )


def templates() -> dict[str, str]:
    """Return template → where it is written, for every literal template of the source and the shipped figures."""
    figures = published()
    found: dict[str, str] = dict.fromkeys((*figures["definition"], *figures["source"]), "data/figures/figures.csv")
    for path in SOURCES:
        for call in calls_of_message(path):
            if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
                found[call.args[0].value] = f"{path.relative_to(ROOT)}:{call.lineno}"
    return found


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_every_template_is_a_literal() -> None:
    bad = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        for call in calls_of_message(path)
        if not (call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]
    assert not bad, "message() needs a literal template"


def test_every_template_has_its_french() -> None:
    missing = {template: where for template, where in templates().items() if not catalogue("fr").get(template)}
    assert not missing, "\n".join(f"{where}: {template}" for template, where in missing.items())


def test_no_translation_is_left_over() -> None:
    assert not set(catalogue("fr")) - set(templates()), "entries of api/i18n/fr/*.po that no source uses"


def test_both_languages_have_the_same_placeholders() -> None:
    differing = {t: f for t, f in catalogue("fr").items() if placeholders(t) != placeholders(f)}
    assert not differing


def test_every_call_fills_exactly_the_placeholders() -> None:
    wrong = []
    for path in SOURCES:
        for call in calls_of_message(path):
            template = call.args[0] if call.args else None
            if not isinstance(template, ast.Constant) or any(keyword.arg is None for keyword in call.keywords):
                continue  # not a literal, or filled from a mapping: seen elsewhere
            if path.name in ("texts.py", "measures.py") and not call.keywords:
                continue  # words of the map page: its scripts fill them
            if placeholders(str(template.value)) != {keyword.arg for keyword in call.keywords}:
                wrong.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not wrong


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_french_typography(path: Path) -> None:
    """A narrow no-break space before ; ! ? and inside « », a no-break one before a colon, no straight quotes."""
    with path.open("rb") as stream:
        entries = [str(entry.string) for entry in read_po(stream, locale="fr") if entry.id]
    for text in entries:
        for position, character in enumerate(text):
            before = text[position - 1] if position else ""
            after = text[position + 1 : position + 2]
            if character in ";!?":
                assert before in THIN_OR_NO_BREAK, text
            if character == ":" and after in (" ", ""):
                assert before in THIN_OR_NO_BREAK, text
            if character == "«":
                assert after in THIN_OR_NO_BREAK, text
            if character == "»":
                assert before in THIN_OR_NO_BREAK, text
        assert '"' not in text, text


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 questions are new", "0 question est nouvelle"),
        (1, "1 question is new", "1 question est nouvelle"),
        (2, "2 questions are new", "2 questions sont nouvelles"),
        (1541, "1,541 questions are new", f"1{NARROW}541 questions sont nouvelles"),
    ],
)
def test_a_word_goes_with_its_number(count: int, english: str, french: str) -> None:
    new = Message(
        "{asked} {asked:question is|questions are} new, {open} {open:is|are} open: reports of one source that "
        "are likely one event, counted as their own until answered. They are listed by: sira links --review",
        {"asked": count, "open": count},
    )
    assert translate(new, "en").startswith(english)
    assert translate(new, "fr").startswith(french)
    assert str(new).startswith(english.replace(",", ""))


def test_both_forms_of_each_word_are_given() -> None:
    """A colon behind a number's name brings words, and always two."""
    said = [(template, text) for template, french in catalogue("fr").items() for text in (template, french)]
    wrong = [t for t, text in said for _, _, spec, _ in string.Formatter().parse(text) if spec and spec.count("|") != 1]
    assert not wrong


def test_numbers_and_dates_follow_the_reader() -> None:
    assert translate(Message("{n} rows", {"n": 1541}), "en") == "1,541 rows"
    assert translate(Message("{n}", {"n": 1541}), "fr") == f"1{NARROW}541"
    assert translate(Message("{share}", {"share": 1234.5}), "fr") == f"1{NARROW}234,5"
    assert translate(Message("{year} {start_year} {row}", {"year": 2016, "start_year": 2020, "row": 1541}), "fr") == (
        "2016 2020 1541"
    )
    assert translate(Message("{day}", {"day": date(2023, 7, 1)}), "fr") == "1er juillet 2023"
    assert translate(Message("{days}", {"days": Days(date(2026, 8, 3), date(2026, 11, 1))}), "fr") == (
        "3 août au 1er novembre 2026"
    )
    assert translate(Message("{days}", {"days": Days(date(2026, 12, 1), date(2027, 3, 1))}), "en") == (
        "1 December 2026 to 1 March 2027"
    )
    assert translate(Message("{day}", {"day": date(2023, 7, 1)}), "en") == "1 July 2023"
    assert translate(Message("{names}", {"names": ("Gao", "Mopti")}), "fr") == "Gao, Mopti"


def test_messages_nest_in_the_reader_s_language() -> None:
    inner = message("Not found")
    assert translate(Message("{what}!", {"what": inner}), "fr") == f"{catalogue('fr')['Not found']}!"


def test_hostile_values_are_not_templates() -> None:
    assert translate(Message("{value}", {"value": "{value.__class__} %s"}), "en") == "{value.__class__} %s"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "fr"),
        ("", "fr"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("fr;q=0.1,en;q=0.1", "fr"),
        ("de, en;q=0.5", "en"),
        ("en;q=0", "fr"),
        ("*", "fr"),
        ("en;q=nan, ;;;,\x00", "fr"),
        ("fr-ML,fr;q=0.9,en;q=0.8", "fr"),
    ],
)
def test_negotiation(header: str | None, expected: str) -> None:
    assert negotiate(header) == expected


def test_windows_are_told_by_their_dates_not_as_what_comes_next() -> None:
    """Saying "the next 3 months" is wrong from the second day on."""
    coming = re.compile(r"\b(next|coming) (\d+|three|months?|days?|weeks?)\b|\bprochaine?s\b", re.IGNORECASE)
    said = {*templates(), *catalogue("fr").values()}
    assert not [text for text in said if coming.search(text)]
