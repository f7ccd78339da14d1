"""What people write into addresses and what files are called: any text gives a value or an error that names it."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from io import StringIO
from types import SimpleNamespace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from api.collections.registry import collections
from api.exports.content import hashtag
from api.exports.live import parse_address, parse_authcfg
from geo.boundaries.regions import Boundaries
from geo.core.errors import ParameterError
from geo.core.tables import undefused, write_csv
from geo.core.written import NAME_LENGTH
from geo.export.formats import short_names

#: A tag and attributes, as the HXL standard writes them.
HASHTAG = re.compile(r"#[a-z][a-z0-9]*(\+[a-z][a-z0-9_]*)*")


@given(st.text())
def test_any_text_is_an_authentication_or_an_error(text: str) -> None:
    with suppress(ParameterError):
        assert re.fullmatch(r"[A-Za-z0-9]{7}", parse_authcfg(text), re.ASCII)


@given(st.one_of(st.text(), st.from_regex(r"https?://[a-z.:\[\]0-9'/\"<&]{0,20}")))
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    with suppress(ParameterError):
        found = parse_address(text)
        assert found.startswith(("http://", "https://"))
        assert not set(found) & set("'\"<>& \n")
        assert not found.endswith("/")


@given(st.text("'=+-@;＝ \n\r\ta1(", max_size=14))
def test_what_keeps_a_spreadsheet_from_running_a_text_is_taken_out_again(text: str) -> None:
    out = StringIO(newline="")
    write_csv(pd.DataFrame({"text": [text], "n": [1]}), out)
    written = list(csv.reader(StringIO(out.getvalue(), newline="")))[1][0]
    assert undefused(written) == text


@given(st.lists(st.text(min_size=1), unique=True, max_size=60))
def test_short_names_are_short_and_differ(names: list[str]) -> None:
    short = short_names(names)
    assert list(short) == names
    assert all(0 < len(name) <= NAME_LENGTH and re.fullmatch(r"\w+", name, re.ASCII) for name in short.values())
    assert len({name.lower() for name in short.values()}) == len(names)


def test_every_column_of_every_collection_has_a_hashtag() -> None:
    known = collections(SimpleNamespace(boundaries=Boundaries.shipped()))  # type: ignore[arg-type]
    for collection in known.values():
        for field in collection.fields:
            assert HASHTAG.fullmatch(hashtag(collection, field)), (collection.id, field.name)
