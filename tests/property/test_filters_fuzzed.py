"""Filters of any kind: each is answered, or refused as the caller's fault; nothing of a library comes through."""

from __future__ import annotations

import orjson
import pytest
from filters_kit import refused_by, table_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.ogc.cql import parse_filter
from api.ogc.crs import CRS84, MERCATOR
from api.ogc.filters import evaluate
from api.ogc.index import Index

pytestmark = pytest.mark.slow

#: Drawn in two halves, texts and JSON: 2,000 filters in `make test`, 20,000 in `make nightly`.
FILTERS = 10_000 if settings.get_current_profile_name() == "nightly" else 1_000

INDEX = Index(
    table_of(
        [
            (1.0, "a", True, "2021-01-01", (0, 0)),
            (None, "é", None, None, None),
            (2.0, None, False, "2022-02-28", (1, 2)),
        ]
    )
)
#: Columns without any value, and a table without rows, too.
INDEXES = (INDEX, Index(table_of([(None, None, None, None, None)])), Index(table_of([])))
COLUMNS = ("n", "t", "b", "d", "geometry", "nobody")
BROKEN_SHAPES = (
    "POLYGON((-4 14 -4 15, -3 14, -4 14))",
    "POLYGON((-4 14, -4 15",
    "POLYGON((0 0, 1 1, 0 0))",
    "POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))",
    "POLYGON(())",
    "POLYGON EMPTY",
    "LINESTRING(0 0)",
    "POINT(NaN 0)",
    "POINT(1e999 0)",
    "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((0 0,1 0,1 1,0 0)))",
    "GEOMETRYCOLLECTION(POLYGON((0 0,1 0,1 1,0 0)),LINESTRING(0 0,1 1))",
    "BBOX(1,1,0)",
    "BBOX(0,0,1,1)",
)
SPATIAL = ("S_WITHIN", "S_INTERSECTS", "S_CONTAINS", "S_TOUCHES", "S_CROSSES", "S_OVERLAPS", "S_DISJOINT", "S_EQUALS")
TOKENS = st.sampled_from(
    [
        *COLUMNS,
        *BROKEN_SHAPES,
        *SPATIAL,
        *("AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS NULL", "CASEI", "ACCENTI", "DIV", "TRUE", "NULL"),
        *("T_AFTER", "T_DURING", "INTERVAL('2021-01-01','..')", "DATE('2021-02-30')", "TIMESTAMP('x')", "avg"),
        *(
            "=",
            "<>",
            "<",
            ">=",
            "+",
            "-",
            "*",
            "/",
            "%",
            "^",
            "(",
            ")",
            ",",
            "'a'",
            "'%\\'",
            "'é",
            '"n"',
            "\\",
            "\0",
            "😀",
        ),
        *("0", "-1", "1e308", "9" * 40, "0x1", "2021-01-01"),
    ]
)
RIGHT = (
    "n = 1 AND (t LIKE 'a%' OR NOT b = TRUE) AND d > DATE('2021-01-01')",
    "n * 2 + 1 BETWEEN 0 AND 5 AND t IN ('a', 'é') AND CASEI(ACCENTI(t)) <> 'E'",
    "T_DURING(d, INTERVAL('2021-01-01', '..')) OR t IS NOT NULL",
    "S_WITHIN(geometry, POLYGON((-4 14, -4 15, -3 14, -4 14)))",
    "NOT S_INTERSECTS(MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2))), geometry)",
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Draw a right filter in which a piece is missing, doubled or foreign."""
    text = draw(st.sampled_from(RIGHT))
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    piece = draw(st.sampled_from(["", text[first:last] * 2]) | TOKENS)
    return text[:first] + piece + text[last:]


TEXTS = damaged() | st.lists(TOKENS, min_size=1, max_size=12).map(" ".join) | st.text(max_size=60)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5)
)
OPERATORS = st.sampled_from(
    ["and", "or", "not", "in", "like", "between", "isNull", "=", "<", "+", "/", "^", "casei", "accenti", "t_during"]
) | st.sampled_from(SPATIAL).map(str.lower)


def _branch(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    args = st.lists(inner, max_size=3) | inner
    return st.one_of(
        st.builds(lambda op, args: {"op": op, "args": args}, OPERATORS, args),
        st.builds(lambda name: {"property": name}, st.sampled_from(COLUMNS) | inner),
        st.builds(lambda kind, value: {kind: value}, st.sampled_from(["date", "timestamp", "interval", "bbox"]), args),
        st.builds(
            lambda kind, at: {"type": kind, "coordinates": at},
            st.sampled_from(["Point", "Polygon", "MultiPolygon", "LineString", "GeometryCollection", "Nothing"]),
            st.recursive(st.lists(st.floats(-1e3, 1e3), max_size=3), lambda at: st.lists(at, max_size=3), max_leaves=5),
        ),
        st.lists(inner, max_size=3),
    )


TREES = st.recursive(SCALARS, _branch, max_leaves=10)


@pytest.mark.parametrize("shape", BROKEN_SHAPES)
@pytest.mark.parametrize("operator", SPATIAL)
def test_a_broken_shape_is_the_callers_fault(operator: str, shape: str) -> None:
    for text in (f"{operator}(geometry,{shape})", f"NOT {operator}({shape},geometry)"):
        with refused_by("filter"):
            evaluate(parse_filter(text, "cql2-text"), INDEX, CRS84)


@settings(max_examples=FILTERS)
@given(TEXTS)
@example("CASEI(t) LIKE 'ml%'")
def test_any_text_is_answered_or_refused(text: str) -> None:
    for index in INDEXES:
        with refused_by("filter"):
            assert len(evaluate(parse_filter(text, "cql2-text"), index, CRS84)) == len(index)


@settings(max_examples=FILTERS)
@given(TREES, st.sampled_from([CRS84, MERCATOR]))
@example({"op": "casei", "args": [{"op": "casei", "args": 5}]}, CRS84)
def test_any_json_is_answered_or_refused(tree: object, crs: str) -> None:
    try:
        text = orjson.dumps(tree).decode()
    except (TypeError, orjson.JSONEncodeError):  # integers that JSON has no room for
        return
    for index in INDEXES:
        with refused_by("filter"):
            assert len(evaluate(parse_filter(text, "cql2-json"), index, crs)) == len(index)
