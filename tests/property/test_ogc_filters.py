"""Questions for features, for any text and any table: total parsers, three-valued logic, pages that lose nothing."""

from __future__ import annotations

import itertools
import operator
from typing import Any
from urllib.parse import quote

import numpy as np
import orjson
import pytest
from filters_kit import COLLECTION, never, refused_by, table_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.collections.negotiation import FORMATS, preferred
from api.ogc.cql import parse_filter
from api.ogc.crs import CRS84
from api.ogc.encoded import encode_features
from api.ogc.filters import evaluate
from api.ogc.index import FOLDS, Index, settled
from api.ogc.paging import Sort, page_of, parse_cursor
from api.ogc.parameters import parse_items_query
from geo.core.errors import ParameterError

pytestmark = pytest.mark.slow

ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 3).map(float),
        st.none() | st.sampled_from(["", "a", "A", "é", "ab", "b'c", "%"]),
        st.none() | st.booleans(),
        st.none() | st.sampled_from(["2021-01-01", "2021-06-30", "2022-02-28"]),
        st.none() | st.tuples(st.integers(-5, 5), st.integers(-5, 5)),
    ),
    max_size=12,
)


COMPARE = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
LEAVES = st.one_of(
    st.tuples(st.just("n"), st.sampled_from(sorted(COMPARE)), st.integers(-3, 3)),
    st.tuples(st.just("t"), st.sampled_from(sorted(COMPARE)), st.sampled_from(["a", "A", "b'c", ""])),
    st.tuples(st.just("b"), st.sampled_from(["=", "<>"]), st.booleans()),
    st.tuples(st.just("d"), st.sampled_from(sorted(COMPARE)), st.sampled_from(["2021-01-01", "2021-12-31"])),
    st.tuples(st.sampled_from(["n", "t", "b", "d"]), st.just("null"), st.none()),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or"]), inner, inner)),
    max_leaves=6,
)


def written(condition: Any) -> str:
    """Write a condition as CQL2 text."""
    if condition[0] == "not":
        return f"NOT ({written(condition[1])})"
    if condition[0] in ("and", "or"):
        return f"({written(condition[1])}) {condition[0].upper()} ({written(condition[2])})"
    name, symbol, value = condition
    if symbol == "null":
        return f"{name} IS NULL"
    if name == "d":
        return f"d {symbol} DATE('{value}')"
    if isinstance(value, str):
        escaped = value.replace("'", "''")
        return f"{name} {symbol} '{escaped}'"
    return f"{name} {symbol} {str(value).lower()}"


def holds(condition: Any, row: dict[str, Any]) -> bool | None:
    """Say whether a condition holds for one row, None where that is unknown: the definition, row by row."""
    if condition[0] == "not":
        inner = holds(condition[1], row)
        return None if inner is None else not inner
    if condition[0] in ("and", "or"):
        both = {holds(condition[1], row), holds(condition[2], row)}
        decisive = condition[0] == "or"
        return decisive if decisive in both else None if None in both else not decisive
    name, symbol, value = condition
    if symbol == "null":
        return row[name] is None
    return None if row[name] is None else bool(COMPARE[symbol](row[name], value))


@given(ROWS, CONDITIONS)
@settings(max_examples=60)
def test_filters_follow_three_valued_logic(rows: list[Any], condition: Any) -> None:
    index = Index(table_of(rows))
    got = evaluate(parse_filter(written(condition), "cql2-text"), index, CRS84)
    expected = [holds(condition, dict(zip("ntbd", row[:4], strict=True))) is True for row in rows]
    assert got.tolist() == expected


DAYS = st.integers(18_000, 18_008)
DEFINITIONS = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_contains": lambda a, b, c, d: a < c and d < b,
    "t_disjoint": lambda a, b, c, d: b < c or d < a,
    "t_during": lambda a, b, c, d: c < a and b < d,
    "t_equals": lambda a, b, c, d: a == c and b == d,
    "t_finishedby": lambda a, b, c, d: a < c and b == d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_intersects": lambda a, b, c, d: not (b < c or d < a),
    "t_meets": lambda a, b, c, d: b == c,
    "t_metby": lambda a, b, c, d: a == d,
    "t_overlappedby": lambda a, b, c, d: c < a < d < b,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_startedby": lambda a, b, c, d: a == c and d < b,
    "t_starts": lambda a, b, c, d: a == c and b < d,
}


@pytest.mark.parametrize("name", DEFINITIONS)
@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted))
@settings(max_examples=15)
def test_every_temporal_operator_is_its_definition(name: str, one: list[int], other: list[int]) -> None:
    index = Index(table_of([(None, None, None, None, None)]))
    days = [[str(np.datetime64(day, "D")) for day in interval] for interval in (one, other)]
    tree = {"op": name, "args": [{"interval": interval} for interval in days]}
    assert evaluate(tree, index, CRS84).tolist() == [DEFINITIONS[name](*one, *other)]
    instant = {"op": name, "args": [{"date": days[0][0]}, {"interval": days[1]}]}
    assert evaluate(instant, index, CRS84).tolist() == [DEFINITIONS[name](one[0], one[0], *other)]


@given(st.text(max_size=80), st.sampled_from(["cql2-text", "cql2-json"]))
@example("((((((((((((a=", "cql2-text")
@example("'", "cql2-text")
@example("n = 1 AND", "cql2-text")
@example('{"op":"=","args":[]}', "cql2-json")
@example('{"op":"and","args":[true]}', "cql2-json")
@example('{"op":"=","args":[{"property":[]},1]}', "cql2-json")
@example('{"op":"in","args":[{"property":"n"},[]]}', "cql2-json")
@example('{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":["a",1,2,3]}]}', "cql2-json")
@example('{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[]}]}', "cql2-json")
@example('{"op":"t_during","args":[{"property":"d"},{"interval":["x"]}]}', "cql2-json")
@example('{"op":"t_during","args":[{"property":"n"},{"interval":["..",".."]}]}', "cql2-json")
@example('{"op":"+","args":[1,2]}', "cql2-json")
@example("n = 1e400", "cql2-text")
@example("n = 9^9^9^9", "cql2-text")
@example("n = " + "1+" * 1500 + "1", "cql2-text")
@example("n" + "=n" * 1900, "cql2-text")
@example("t = '\\' OR " + "(" * 60 + "n = '", "cql2-text")
@settings(max_examples=80)
def test_any_text_is_a_filter_or_a_parameter_error(text: str, language: str) -> None:
    index = Index(table_of([(1.0, "a", True, "2021-01-01", (0, 0)), (None, None, None, None, None)]))
    with refused_by("filter"):
        assert evaluate(parse_filter(text, language), index, CRS84).shape == (2,)


@pytest.mark.parametrize(
    "text",
    [
        r"t = '\' OR " + "(" * 13 + "n = '",
        r"t = '\' OR " + "(" * 13 + "t = 'x'" + ")" * 13,
        "n = " + "1+" * 1500 + "1",
        "n = " + "2^" * 1900 + "1",
        "n" + "=n" * 1900,
        "n = " + "1 div " * 300 + "1",
    ],
)
def test_depth_is_refused_before_the_parser_sees_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cql2.parse_text", never)  # it doubles its time with every bracket, or overflows the stack
    with pytest.raises(ParameterError) as caught:
        parse_filter(text, "cql2-text")
    assert caught.value.parameter == "filter"


def test_what_was_parsed_is_not_too_deep_to_be_evaluated() -> None:
    with pytest.raises(ParameterError, match="nested too deep"):
        parse_filter("t" + " LIKE t" * 200, "cql2-text")


def test_long_filters_of_many_conditions_are_taken() -> None:
    index = Index(table_of([(1.0, "a\\", True, "2021-01-01", (0, 0))]))
    many = " OR ".join([r"(n = 1+1-2*3 AND t = 'a\')"] * 60 + [r"t = 'a\'"])
    assert evaluate(parse_filter(many, "cql2-text"), index, CRS84).tolist() == [True]


#: All that have case or a decomposition; beyond are unassigned planes, tags and private use.
EVERY_CHARACTER = [chr(code) for code in range(0x2FA20) if not 0xD800 <= code < 0xE000]


def test_folds_change_nothing_a_second_time() -> None:
    casei, accenti = FOLDS["casei"], FOLDS["accenti"]
    for character in EVERY_CHARACTER:
        cased, bare = casei(character), accenti(character)
        both = casei(bare)
        assert (casei(cased), accenti(bare), accenti(both), casei(both)) == (cased, bare, both, both), ascii(character)


@given(st.lists(st.sampled_from(sorted(FOLDS)), max_size=8), st.sampled_from(["é", "É", "e", "E", "Ab", "㎒"]))
def test_any_sequence_of_folds_is_one_of_four_columns(folds: list[str], text: str) -> None:
    index = Index(table_of([(None, value, None, None, None) for value in ("É", "é", "E", "e", "㎒")]))
    nested: list[Any] = [{"property": "t"}, text]
    for fold in folds:
        nested = [{"op": fold, "args": [each]} for each in nested]
    got = evaluate({"op": "=", "args": nested}, index, CRS84)
    for fold in settled(folds):
        text = FOLDS[fold](text)
    assert got.tolist() == [value == text for value in index.texts("t", tuple(folds)).to_pylist()]
    for each in itertools.product(FOLDS, repeat=len(folds) % 4):
        index.texts("t", each)
    assert len([key for key in index._columns if key[0] == "texts"]) <= 4


WORDS = (
    "n|t|d|geometry|1|-2.5|'a'|DATE('2021-01-01')|=|<|AND|OR|NOT|(|)|IS NULL|LIKE|IN|BETWEEN|,|CASEI(|S_INTERSECTS(|"
    "BBOX(0,0,1,1)|POINT(0 0)|T_AFTER(|+|/|true"
)
PIECES = st.sampled_from(WORDS.split("|"))


@given(st.lists(PIECES, max_size=12).map(" ".join))
@settings(max_examples=80)
def test_any_words_of_the_language_are_a_filter_or_a_parameter_error(text: str) -> None:
    test_any_text_is_a_filter_or_a_parameter_error.hypothesis.inner_test(text, "cql2-text")


@given(
    st.sampled_from(
        ["limit", "bbox", "bbox-crs", "datetime", "crs", "filter", "sortby", "cursor", "n", "b", "d", "t", "x"]
    ),
    st.text(max_size=40) | st.sampled_from(["1", "0,0,1,1", "2021-01-01/..", "-n", "true", "CRS84"]),
)
@settings(max_examples=120)
def test_any_parameter_is_understood_or_named(name: str, text: str) -> None:
    with refused_by(name, "query"):
        parse_items_query(f"{name}={quote(text)}".encode(), COLLECTION)


@given(st.text(max_size=60))
def test_any_accept_header_gives_a_format(text: str) -> None:
    assert preferred(text) in FORMATS


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_a_parameter_error(text: str) -> None:
    with refused_by("cursor"):
        assert parse_cursor(parse_cursor(text).text()) == parse_cursor(text)


SORTS = st.lists(
    st.builds(Sort, st.sampled_from(["n", "t", "b", "d"]), st.booleans()), max_size=3, unique_by=lambda sort: sort.name
).map(tuple)


@given(ROWS, SORTS, st.integers(1, 5), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
@settings(max_examples=60)
def test_pages_lose_and_repeat_nothing_while_features_come_and_go(
    rows: list[Any], sorts: tuple[Sort, ...], limit: int, gone: set[int], new: set[int]
) -> None:
    ids = [f"f{n:02d}" for n in range(len(rows))]
    before = Index(table_of(rows, ids))
    kept = [n for n in range(len(rows)) if n not in gone]
    later_ids = [ids[n] for n in kept] + [f"f{n:02d}+" for n in new if n < len(rows)]
    later = Index(table_of([rows[n] for n in kept] + [rows[n] for n in new if n < len(rows)], later_ids))
    index, cursor, seen = before, None, []
    while True:
        page = page_of(index, np.ones(len(index), dtype=bool), sorts, cursor, limit)
        seen += [index.ids[row] for row in page.rows]
        cursor = None if page.next is None else parse_cursor(page.next.text())
        if cursor is None:
            break
        index = later  # from the second page on, everything is another table
    assert len(seen) == len(set(seen))
    if index is later:
        assert {ids[n] for n in kept} <= set(seen)
    else:
        assert sorted(seen) == ids


@given(ROWS, st.lists(st.integers(0, 11), max_size=12))
@settings(max_examples=80)
def test_slices_of_the_encoded_features_are_the_features(rows: list[Any], chosen: list[int]) -> None:
    table = table_of(rows)
    features = encode_features(table, CRS84)
    wanted = np.array([n for n in chosen if n < len(rows)], dtype=np.int64)
    got = orjson.loads(b"[" + features.rows(wanted) + b"]")
    for feature, row in zip(got, wanted.tolist(), strict=True):
        n, t, b, d, point = rows[row]
        assert feature["id"] == f"f{row:02d}"
        assert feature["properties"] == {"n": n, "t": t, "b": b, "d": d}
        assert (feature["geometry"] or {}).get("coordinates") == (None if point is None else list(map(float, point)))
