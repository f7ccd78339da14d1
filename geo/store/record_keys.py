"""By what a record is known where its source gives no id: an incident's date, place and device, an area's outline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import shapely
from sqlalchemy import Table

from geo.store import tables
from geo.store.frames import WKB

#: Degrees are compared to this many decimals (1 m): another program may write a position a little differently.
_DECIMALS: Final = 5
#: What the keys of a record are made of, beside its geometry.
KEY_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "incidents": ("date", "date_precision", "hazard_type", "location_unit"),
    "hazards": ("name",),
}

#: What a record says, as a digest: there may be a million, and they are only compared.
Key = bytes
_KEY_BYTES: Final = 16


def keys_of(table: Table, records: Sequence[Mapping[str, Any]]) -> list[tuple[Key, ...]]:
    """Return, for each record, by what it is known where its source gives no id, the most telling first.

    An incident by its parsed date, place and device; an area by its name, then by its outline. What says too little
    gives no key.
    """
    shapes = shapely.from_wkb([record[WKB] for record in records])
    said = map(_of_area if table is tables.hazards else _of_incident, records, shapes)
    return [tuple(_key(text) for text in texts) for texts in said]


def _of_area(record: Mapping[str, Any], shape: shapely.MultiPolygon) -> Iterator[str]:
    if record["name"]:
        yield f"name {record['name']}"
    yield f"shape {_outline(shape)}"


def _of_incident(record: Mapping[str, Any], shape: shapely.Point | None) -> Iterator[str]:
    if record["date"] is not None and (place := _place(record, shape)):
        yield f"{record['date'].isoformat()} {record['date_precision']} {record['hazard_type']} {place}"


def _key(text: str) -> Key:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()


def _place(record: Mapping[str, Any], shape: shapely.Point | None) -> str:
    if shape is None or shape.is_empty:
        return f"in {record['location_unit']}" if record["location_unit"] else ""
    return f"at {round(shape.x, _DECIMALS) + 0.0} {round(shape.y, _DECIMALS) + 0.0}"  # 0.0 and -0.0 are one


def _outline(shape: shapely.MultiPolygon) -> str:
    rounded = shapely.set_precision(shape, 10**-_DECIMALS, mode="pointwise").normalize()
    return hashlib.sha256(shapely.to_wkb(rounded, byte_order=1)).hexdigest()
