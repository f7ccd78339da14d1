"""JSON that is no GeoJSON: a list of records, one record per line, or the records in an answer of an API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from geo.core.errors import FileError
from geo.core.messages import Message, message
from geo.reading.encodings import decode
from geo.reading.tabular import Sheet, cell_text

_COLLECTION: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*\"type\"\s*:\s*\"FeatureCollection\"")
#: What makes a JSON object GeoJSON, or TopoJSON.
_GEO: Final = frozenset({"FeatureCollection", "Feature", "Topology", "GeometryCollection"})


def is_records(data: bytes, file: str) -> bool:
    """Tell whether a JSON text holds records and not features; text that is no JSON is for the reader to name."""
    if _COLLECTION.match(data[:200]):
        return False
    text = decode(data, file)[0].lstrip()
    if text.startswith("["):
        return text[1:].lstrip().startswith("{")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _first_line(text) is not None
    return isinstance(document, dict) and "features" not in document and document.get("type") not in _GEO


def read_records(data: bytes, file: str) -> Sheet:
    """Read records, numbered from 1 (or by their line); what is nested gets the names of its parents before its own.

    Raises
    ------
    FileError
        The text is no JSON, a line of it is not, or it holds no list of records or several.
    """
    text, notes = decode(data, file)
    numbered, told = _numbered(text, file)
    flat = [(number, _flat(record)) for number, record in numbered]
    names = list(dict.fromkeys(name for _, record in flat for name in record))
    cells = [names, *([record.get(name, "") for name in names] for _, record in flat)]
    return Sheet(file, "records", [0, *(number for number, _ in flat)], cells, (*notes, *told))


def _numbered(text: str, file: str) -> tuple[list[tuple[int, Mapping[str, Any]]], tuple[Message, ...]]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _first_line(text) is None:
            raise FileError(
                message("{file} is not valid JSON: {why}.", file=file, why=str(error)), file=file
            ) from error
        return _lines(text, file), ()
    if isinstance(document, list):
        return _records(document, file), ()
    lists = {name: value for name, value in document.items() if _is_list_of_records(value)}
    if len(lists) == 1:
        (name, found), *_ = lists.items()
        return _records(found, file), (message("The records are those under {name}.", name=name),)
    if not lists and any(not isinstance(value, dict | list) for value in document.values()) and len(document) > 3:
        return [(1, document)], ()
    raise FileError(
        message(
            "{file} is JSON but holds no list of records, or several ({names}).",
            file=file,
            names=", ".join(lists) or "—",
        ),
        file=file,
    )


def _is_list_of_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _records(found: Sequence[Any], file: str) -> list[tuple[int, Mapping[str, Any]]]:
    for number, record in enumerate(found, start=1):
        if not isinstance(record, dict):
            raise FileError(
                message("{file}: entry {row} of the list is no record of names and values.", file=file, row=number),
                file=file,
            )
    return list(enumerate(found, start=1))


def _first_line(text: str) -> Mapping[str, Any] | None:
    """Return the first line, where each line is a record of its own."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        record = orjson.loads(first)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) and rest.strip() else None


def _lines(text: str, file: str) -> list[tuple[int, Mapping[str, Any]]]:
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip(" \t\r\x1e"):
            continue
        try:
            record = orjson.loads(line.strip(" \t\r\x1e"))
        except orjson.JSONDecodeError as error:
            raise FileError(
                message("{file}, line {line}: not valid JSON ({why}).", file=file, line=number, why=str(error)),
                file=file,
            ) from error
        if not isinstance(record, dict):
            raise FileError(
                message("{file}: entry {row} of the list is no record of names and values.", file=file, row=number),
                file=file,
            )
        found.append((number, record))
    return found


def _flat(record: Mapping[str, Any], above: str = "", depth: int = 0) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in record.items():
        if isinstance(value, dict) and depth < 5:
            found |= _flat(value, f"{above}{name}/", depth + 1)
        else:
            found[f"{above}{name}"] = (
                orjson.dumps(value).decode() if isinstance(value, dict | list) else cell_text(value)
            )
    return found
