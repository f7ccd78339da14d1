"""Pages of features: the rows that are asked for, and the bytes around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import numpy as np
import orjson
from numpy.typing import NDArray

from api.base.i18n import translate
from api.base.links import GEOJSON, PAGE, PLAIN_JSON, Base, link, segment
from api.base.sizes import Most
from api.collections.fields import FieldType
from api.layers.encode import json_value
from api.ogc.encoded import Blocks
from api.ogc.filters import evaluate, intersects
from api.ogc.index import Index
from api.ogc.paging import Page, page_of, row_of
from api.ogc.parameters import DAY_S, ItemsQuery
from geo.core.errors import NotFoundError
from geo.core.messages import message

_TITLES: Final = {
    "self": message("This page"),
    "alternate": message("This page for people"),
    "next": message("Next page"),
    "prev": message("Previous page"),
    "collection": message("The collection"),
}


#: Part of the most bytes that features take; the rest is for what stands around them.
_SPARE: Final = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class ItemsAnswer:
    """What a question for items found."""

    page: Page
    matched: int


def find_items(index: Index, query: ItemsQuery, limit: int) -> ItemsAnswer:
    """Return the page that `query` asks for; raises `ParameterError` naming the parameter that is wrong."""
    matched = _matched(index, query)
    return ItemsAnswer(page_of(index, matched, query.sorts, query.cursor, limit), int(matched.sum()))


def find_page(index: Index, features: Blocks, query: ItemsQuery, limit: int, most: Most) -> tuple[ItemsAnswer, bytes]:
    """Return the page that `query` asks for and its features, fewer than `limit` where these were larger than `most`.

    Raises
    ------
    TooLargeError
        Where one feature alone is.
    """
    while True:
        answer = find_items(index, query, limit)
        found = features.rows(answer.page.rows)
        count, room = len(answer.page.rows), _SPARE * most.nbytes
        if len(found) <= room or count <= 1:
            most.check(len(found))
            return answer, found
        limit = max(1, min(count - 1, int(count * _SPARE * room / len(found))))


def _matched(index: Index, query: ItemsQuery) -> NDArray[np.bool_]:
    """Return the rows that belong to the answer.

    As Part 1 has it (fc-bbox-response, fc-time-response), what has no geometry lies in every box, and what has no
    time in every interval.
    """
    rows = np.ones(len(index), dtype=bool)
    if query.area is not None:
        unlocated = np.ones(len(index), dtype=bool)
        unlocated[index.located] = False
        rows &= unlocated | intersects(index, query.area)
    name = index.table.collection.time_field
    if query.time is not None and name is not None:
        first, last = (np.floor(end / DAY_S) * DAY_S for end in query.time)  # dates are known to the day
        seconds = index.seconds(name)
        rows &= ~index.known(name) | ((seconds >= first) & (seconds <= last))
    for name, value in query.equal:
        rows &= _equals(index, name, value)
    if query.filter is not None:
        rows &= evaluate(query.filter, index, query.filter_crs)
    return rows


def _equals(index: Index, name: str, value: str | float | bool) -> NDArray[np.bool_]:
    type_ = index.fields[name].type
    if type_ is FieldType.STRING:
        return evaluate({"op": "=", "args": [{"property": name}, value]}, index, "")
    column: NDArray[Any]
    if type_ is FieldType.BOOLEAN:
        column = index.flags(name)
    else:
        column = index.seconds(name) if type_ in (FieldType.DATE, FieldType.DATETIME) else index.numbers(name)
    equal: NDArray[np.bool_] = index.known(name) & (column == value)
    return equal


@dataclass(frozen=True, slots=True)
class ItemsBody:
    """A page as bytes, and what it says apart from the time when it was made."""

    whole: bytes
    tagged: tuple[bytes, ...]


def items_body(index: Index, features: bytes, answer: ItemsAnswer, base: Base, query: bytes, lang: str) -> ItemsBody:
    """Return the FeatureCollection of a page.

    Parameters
    ----------
    features : bytes
        Those of the page, with commas between them.
    query : bytes
        Raw query string of the request: links repeat it, with another cursor.
    """
    id_ = index.table.collection.id
    about = {**index.table.about, "lang": lang}
    around = {
        "numberMatched": answer.matched,
        "numberReturned": len(answer.page.rows),
        "links": items_links(id_, answer.page, base, query, lang),
        "sira": json_value(about),
    }
    rest = orjson.dumps(around)[1:]
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
    whole = b'{"type":"FeatureCollection","features":[' + features + b'],"timeStamp":"' + made + b'",' + rest
    return ItemsBody(whole, (features, rest))


def items_links(id_: str, page: Page, base: Base, query: bytes, lang: str) -> list[dict[str, Any]]:
    """Return the links of a page of features."""
    path = f"/collections/{id_}/items"
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=False))
    kept = {name: value for name, value in given.items() if name != "f"}
    links = [
        _link(base, path, kept | {"f": "json"}, "self", GEOJSON, lang),
        _link(base, path, kept | {"f": "html"}, "alternate", PAGE, lang),
    ]
    for rel, cursor in (("next", page.next), ("prev", page.previous)):
        if cursor is not None:
            links.append(_link(base, path, given | {"cursor": cursor.text()}, rel, GEOJSON, lang))
    links.append(_link(base, f"/collections/{id_}", _lang(given), "collection", PLAIN_JSON, lang))
    return links


def feature_body(index: Index, features: Blocks, feature_id: str, base: Base, query: bytes, lang: str) -> bytes:
    """Return one feature with its links and what holds for its numbers.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    row = row_of(index, feature_id)
    if row is None:
        raise NotFoundError(message("This collection has no feature of that id."))
    id_ = index.table.collection.id
    path = f"/collections/{id_}/items/{segment(feature_id)}"
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=False))
    kept = {name: value for name, value in given.items() if name != "f"}
    links = [
        _link(base, path, kept | {"f": "json"}, "self", GEOJSON, lang),
        _link(base, path, kept | {"f": "html"}, "alternate", PAGE, lang),
        _link(base, f"/collections/{id_}", _lang(given), "collection", PLAIN_JSON, lang),
    ]
    about = orjson.dumps({"links": links, "sira": json_value({**index.table.about, "lang": lang})})
    return features.rows(np.array([row]))[:-1] + b"," + about[1:]


def _lang(given: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if name == "lang"}


def _link(base: Base, path: str, parameters: Mapping[str, str], rel: str, type_: str, lang: str) -> dict[str, Any]:
    return link(base.href(path, parameters), rel, type_, translate(_TITLES[rel], lang))
