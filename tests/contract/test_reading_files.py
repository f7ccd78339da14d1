"""HEAD wherever GET answers, and ranges of bytes of every file that says it has them (RFC 9110, 9.3.2 and 14)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from door_kit import WAYS_IN, Installation, Way, installation
from service_of import addresses_of, newcomer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),  # affine's, of rasterio
]

FILES = ["/exports/places.fgb", "/exports/sira.gpkg", "/exports/risk-cells.tif", "/layers/risk.tif"]
#: Headers that differ from one answer to the next: a nonce, and the length and tag of a page that has one.
PASSING = {"content-security-policy", "content-length", "etag", "set-cookie"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("reading")) as found:
        yield found


def test_head_answers_wherever_get_does(here: Installation) -> None:
    for path, methods in addresses_of(here.app).items():
        assert ("HEAD" in methods) == ("GET" in methods), path
    ways = [*{way.path: way for way in here.ways() if way.method == "GET"}.values()]  # one kind of each
    ways += [Way(path, "GET", path) for path in sorted(WAYS_IN) if "GET" in addresses_of(here.app)[path]]
    asking = newcomer(here.app)
    for way in ways:
        # The nonce and what hangs on it apart, HEAD is GET without its content.
        full, head = (asking.get(way.address, method=method, Accept="*/*") for method in ("GET", "HEAD"))
        assert head.content == b"", way
        assert head.status_code == full.status_code, way
        for name in full.headers.keys() - PASSING:
            assert head.headers[name] == full.headers[name], (way, name)
    assert len(ways) > 70


@pytest.mark.parametrize("address", FILES)
def test_a_range_that_is_none_is_ignored(here: Installation, address: str) -> None:
    whole = newcomer(here.app).get(address)
    assert whole.headers["accept-ranges"] == "bytes"
    for asked in ("bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-1", "bytes=0-3,x", "lines=0-3", "0-3", "bytes=1"):
        answer = newcomer(here.app).get(address, Range=asked)
        assert (answer.status_code, answer.content) == (200, whole.content), asked


@pytest.mark.parametrize("address", FILES)
def test_a_range_that_is_not_there_is_said_with_the_length(here: Installation, address: str) -> None:
    whole = newcomer(here.app).get(address)
    size = len(whole.content)
    for asked in (f"bytes={size}-", f"bytes={size}-{size + 9},{2 * size}-", "bytes=-0", "bytes=" + "9" * 5000 + "-"):
        answer = newcomer(here.app).get(address, Range=asked)
        assert answer.status_code == 416, asked
        assert answer.headers["content-range"] == f"bytes */{size}"
        assert answer.content == b""
    # the condition of another copy, and another method, leave the range aside
    for answer in (
        newcomer(here.app).get(address, Range=f"bytes={size}-", If_Range='"another"'),
        newcomer(here.app).get(address, Range=f"bytes={size}-", method="HEAD"),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-length"] == str(size)


@pytest.mark.parametrize("address", FILES)
def test_a_range_that_is_there_is_sent(here: Installation, address: str) -> None:
    whole = newcomer(here.app).get(address)
    size, tag = len(whole.content), whole.headers["etag"]
    for asked, first, end in (
        ("bytes=0-7", 0, 8),
        ("Bytes=3-3", 3, 4),
        ("bytes=-5", size - 5, size),
        (f"bytes=2-{size * 9}", 2, size),
        (f"bytes={size}-, 4-9", 4, 10),
    ):
        answer = newcomer(here.app).get(address, Range=asked, If_Range=tag)
        assert answer.status_code == 206, asked
        assert answer.content == whole.content[first:end]
        assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
