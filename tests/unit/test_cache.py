"""The cache of encoded bodies: bounded in bytes, oldest use first out, each body made once."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time

import brotli
import pytest

from api.base.cache import Encoded, EncodedCache, encode


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
    async def fill() -> EncodedCache:
        cache = EncodedCache(100)
        for key in "abc":
            await cache.get(key, lambda: body_of(30))
        cache.peek("a")
        await cache.get("d", lambda: body_of(30))
        return cache

    cache = asyncio.run(fill())
    assert cache.peek("b") is None
    assert all(cache.peek(key) is not None for key in "acd")
    assert cache.size == 90


def test_a_body_larger_than_the_cache_is_answered_and_not_kept() -> None:
    cache = EncodedCache(10)
    assert asyncio.run(cache.get("a", lambda: body_of(30))) is not None
    assert cache.peek("a") is None
    assert cache.size == 0


def test_concurrent_callers_make_a_body_once_and_keys_work_side_by_side() -> None:
    made: list[str] = []
    both = threading.Barrier(2, timeout=600)

    def make(key: str) -> Encoded:
        made.append(key)
        both.wait()  # passes only where both keys are made at the same time
        return body_of(1)

    async def ask() -> None:
        cache = EncodedCache(100)
        await asyncio.gather(*(cache.get(key, lambda key=key: make(key)) for key in "ab" * 10))

    asyncio.run(ask())
    assert sorted(made) == ["a", "b"]


def test_an_error_reaches_everyone_who_waits_and_is_not_kept() -> None:
    def fail() -> Encoded:
        time.sleep(0.05)
        raise LookupError("no")

    async def ask() -> None:
        cache = EncodedCache(100)
        answers = await asyncio.gather(*(cache.get("a", fail) for _ in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [LookupError] * 3
        assert await cache.get("a", lambda: body_of(1)) is not None

    asyncio.run(ask())


def test_not_now_is_not_kept() -> None:
    async def ask() -> None:
        cache = EncodedCache(100)
        assert await cache.get("a", lambda: None) is None
        assert await cache.get("a", lambda: body_of(1)) is not None

    asyncio.run(ask())


def test_a_caller_who_hangs_up_does_not_stop_the_others() -> None:
    go_on = threading.Event()

    def make() -> Encoded:
        assert go_on.wait(10)
        return body_of(1)

    async def ask() -> None:
        cache = EncodedCache(100)
        first = asyncio.create_task(cache.get("a", make))
        second = asyncio.create_task(cache.get("a", make))
        await asyncio.sleep(0.05)
        first.cancel()
        go_on.set()
        assert await second is not None
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(ask())
