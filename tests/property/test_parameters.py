"""Parsers are total: any text gives a value or their own error, which both languages can say."""

from __future__ import annotations

import unicodedata
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from api.base.access import KeyRefusedError
from api.base.i18n import LANGUAGES, negotiate, translate
from api.base.keys import is_local, sent_key
from api.base.query_parameters import parse_date, parse_hazards, parse_query, shown
from api.layers.layer import PARAMETERS, Query
from api.layers.query import parse_layer_query, period_of
from api.layers.registry import LAYERS
from api.layers.serving import choose_coding, matches
from geo.boundaries.regions import Boundaries
from geo.core.errors import ParameterError, SiraError
from geo.incidents.schema import EXPLOSIVE, HazardType

#: Text that comes near to what is expected, beside any text at all.
NEARLY = st.sampled_from(
    [
        "2023-07",
        "2023-07-15",
        "2023-7",
        "0000-00",
        "9999-99-99",
        "nan",
        "inf",
        "-1",
        "1e309",
        "٢٠٢٣-٠٧",
        "2023-07-15T00",
        "",
    ]
)
HAZARDS = st.lists(st.sampled_from([h.value for h in HazardType]), max_size=9).map(",".join)
VALUES = st.one_of(st.text(), NEARLY, HAZARDS, st.sampled_from(["2015", "2016", "2023", "fr", "en", "de"]))
BYTES = st.one_of(
    st.binary(),
    st.lists(st.tuples(st.sampled_from([*PARAMETERS, "x"]), VALUES), max_size=7).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    ),
)


def said(error: SiraError) -> None:
    """Check that an error names its parameter and can be said in both languages on one short line."""
    if isinstance(error, ParameterError):
        assert error.parameter
    for lang in LANGUAGES:
        sentence = translate(error.message, lang)
        assert not any(unicodedata.category(character).startswith("C") for character in sentence)
        assert len(sentence) < 500


@given(query=BYTES, accept_language=st.none() | st.text(), layer=st.sampled_from(list(LAYERS)))
@example(query=b"start=%F0%9F", accept_language=None, layer="cercles")
@example(query=b"%=%", accept_language=None, layer="cercles")
@example(query=b"&&=&", accept_language="", layer="cercles")
def test_any_query_is_a_question_or_a_parameter_error(query: bytes, accept_language: str | None, layer: str) -> None:
    try:
        asked = parse_layer_query(
            LAYERS[layer], query, accept_language, default_lang="fr", boundaries=Boundaries.shipped()
        )
    except ParameterError as error:
        said(error)
        return
    assert isinstance(asked, Query)
    assert asked.lang in LANGUAGES
    assert asked.start is None or asked.end is None or asked.start < asked.end
    assert hash(asked) == hash(asked)


@given(st.binary())
def test_parsed_queries_hold_allowed_parameters_only(query: bytes) -> None:
    try:
        found = parse_query(query, ("a", "b"))
    except ParameterError as error:
        said(error)
        return
    assert set(found) <= {"a", "b"}
    assert all(value and value.isprintable() for value in found.values())


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat(), parameter="start") == day
    assert parse_date(f"{day:%Y-%m}", parameter="start") == day.replace(day=1)


@given(st.text())
def test_any_other_date_is_a_parameter_error(text: str) -> None:
    try:
        assert parse_date(text, parameter="start").isoformat().startswith(text[:7])
    except ParameterError as error:
        said(error)


@given(st.sets(st.sampled_from(EXPLOSIVE), min_size=1), st.randoms())
def test_the_order_of_hazards_does_not_matter(hazards: set[HazardType], random: object) -> None:
    words = [hazard.value for hazard in hazards]
    random.shuffle(words)  # type: ignore[attr-defined]
    parsed = parse_hazards(",".join(words))
    assert set(parsed) == hazards
    assert parsed == parse_hazards(",".join(sorted(words)))


@given(st.text())
def test_what_is_repeated_is_short_and_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown(text)) <= 61


@given(st.none() | st.text())
def test_any_accept_language_gives_a_language(header: str | None) -> None:
    assert negotiate(header) in LANGUAGES


@given(st.binary(), st.binary())
def test_any_encoding_and_copy_headers_give_an_answer(accepted: bytes, copies: bytes) -> None:
    assert choose_coding(accepted) in ("br", "gzip", "identity")
    assert matches(copies, b'"x"') in (True, False)


@given(st.one_of(st.binary(), st.binary().map(b"Basic ".__add__), st.binary().map(b"Bearer ".__add__)))
def test_any_authorization_header_is_a_key_or_refused(value: bytes) -> None:
    try:
        assert sent_key([(b"authorization", value)])
    except KeyRefusedError as error:
        said(error)


@given(st.binary(), st.text())
def test_no_host_header_but_a_loopback_name_is_local(host: bytes, peer: str) -> None:
    local = is_local({"type": "http", "client": ("127.0.0.1", 1), "headers": [(b"host", host)]})
    name = host.decode("latin-1").lower()
    assert not local or name.startswith(("127.", "localhost", "[", "::", "0")) or ":" in name
    assert is_local({"type": "http", "client": (peer, 1), "headers": [(b"host", b"localhost")]}) in (True, False)


DATES = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(st.none() | DATES, st.none() | DATES, st.none() | st.tuples(DATES, DATES).map(sorted).map(tuple))
def test_periods_are_never_empty(start: date | None, end: date | None, data: tuple[date, date] | None) -> None:
    if start is not None and end is not None and start >= end:
        return
    period = period_of(Query(LAYERS["cercles"], "2016", start, end, (), "fr"), data)
    if period is None:
        assert start is end is data is None
        return
    assert period.start < period.end
    assert start in (None, period.start)
    assert end in (None, period.end)
