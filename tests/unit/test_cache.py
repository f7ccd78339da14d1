"""What is kept: bounded in bytes all together, oldest use first out, each thing made once."""

from __future__ import annotations

import gzip
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest

from api.base.cache import Encoded, Kept, encode


def body_of(size: int) -> Encoded:
    return Encoded({"identity": b"x" * size}, {"identity": b'"x"'})  # type: ignore[arg-type]


def test_each_coding_holds_the_body_under_a_tag_of_its_own() -> None:
    encoded = encode(b"hello " * 100)
    assert brotli.decompress(encoded.bodies["br"]) == b"hello " * 100
    assert gzip.decompress(encoded.bodies["gzip"]) == b"hello " * 100
    assert encoded.bodies["identity"] == b"hello " * 100
    assert len(set(encoded.etags.values())) == 3
    assert encode(b"hello " * 100) == encoded
    assert not set(encode(b"other").etags.values()) & set(encoded.etags.values())


def test_the_least_recently_used_goes_first() -> None:
    kept = Kept(100)
    for key in "abc":
        kept.get(key, lambda: body_of(30))
    kept.peek("a")
    kept.get("d", lambda: body_of(30))
    assert kept.peek("b") is None
    assert all(kept.peek(key) is not None for key in "acd")
    assert kept.nbytes == 90


def test_what_does_not_fit_is_answered_not_kept_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept(10)
    kept.keep("small", body_of(5))
    with caplog.at_level(logging.WARNING, logger="sira"):
        assert [kept.get(key, lambda: body_of(30)).nbytes for key in "aba"] == [30, 30, 30]
    assert kept.peek("a") is None
    assert kept.peek("small") is not None, "nothing has to give way to what does not fit anyway"
    assert kept.nbytes == 5
    assert [record.message.partition(":")[0] for record in caplog.records] == ["SIRA_CACHE_MB"]


def test_a_thing_that_grew_beyond_the_bound_is_not_kept_any_more() -> None:
    kept = Kept(10)
    kept.keep("a", body_of(5))
    kept.keep("a", body_of(30))
    assert kept.peek("a") is None
    assert kept.nbytes == 0


def test_threads_make_a_thing_once_and_keys_work_side_by_side() -> None:
    made: list[str] = []
    both = threading.Barrier(2, timeout=600)

    def make(key: str) -> Encoded:
        made.append(key)
        both.wait()  # passes only where both keys are made at the same time
        return body_of(1)

    kept = Kept(100)
    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda key: kept.get(key, lambda: make(key)), "ab" * 10))
    assert sorted(made) == ["a", "b"]
    assert len({id(each) for each in found}) == 2
    assert not kept._making, "no lock stays behind"


def test_an_error_is_not_kept() -> None:
    def fail() -> Encoded:
        raise LookupError("no")

    kept = Kept(100)
    with pytest.raises(LookupError):
        kept.get("a", fail)
    assert kept.get("a", lambda: body_of(1)).nbytes == 1
