"""The rows of a delivery: what is asked of all of them at once, and whole records a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import shapely
from sqlalchemy import Table

from geo.core.claims import Claims
from geo.core.crs import require_storage_crs
from geo.core.identity import Claim
from geo.store.frames import WKB, Record, to_records, values_of
from geo.store.record_keys import KEY_COLUMNS, keys_of
from geo.store.register import Read

#: Rows of a part: a record takes some kilobytes as long as it is worked on.
PART: Final = 20_000

_NO_CLAIM: Final = Claim()


class Delivered:
    """The rows of a delivery in the order of its file.

    Attributes
    ----------
    read
        What matching asks of each row.
    """

    def __init__(
        self,
        read: Sequence[Read],
        make: Callable[[int, int], list[Record]],
        claims: Callable[[int, int], Iterable[Claim]],
        part: int,
    ) -> None:
        self.read = list(read)
        self._make = make
        self._claims = claims
        self._size = part
        self._last: tuple[int, list[Record]] | None = None

    @classmethod
    def of_frame(
        cls,
        table: Table,
        frame: gpd.GeoDataFrame,
        schema: Mapping[str, str],
        claims: Mapping[str, Claim],
    ) -> Delivered:
        """Return the rows of a table, with what each says of its identity."""
        require_storage_crs(frame, "a table for the store")
        in_order = isinstance(claims, Claims) and claims.ids.equals(frame.index)

        def claims_of(start: int, stop: int) -> Iterator[Claim]:
            if in_order and isinstance(claims, Claims):
                return claims.between(start, stop)
            return (claims.get(str(name), _NO_CLAIM) for name in frame.index[start:stop])

        read: list[Read] = []
        for start in range(0, len(frame), PART):
            some = frame.iloc[start : start + PART]
            columns = {name: values_of(some[name]) for name in ("source", "source_id", *KEY_COLUMNS[table.name])}
            columns[WKB] = shapely.to_wkb(some.geometry.to_numpy()).tolist()
            records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            read += _read(table, [str(name) for name in some.index], records, claims_of(start, start + PART))
        return cls(read, lambda start, stop: to_records(frame.iloc[start:stop], schema), claims_of, PART)

    @classmethod
    def of_records(cls, table: Table, records: Sequence[Record], claims: Mapping[str, Claim]) -> Delivered:
        """Return records as rows: in one part, since they are in memory already."""
        names = [record["id"] for record in records]

        def claims_of(start: int, stop: int) -> Iterator[Claim]:
            return (claims.get(name, _NO_CLAIM) for name in names[start:stop])

        count = max(1, len(records))
        read = _read(table, names, records, claims_of(0, count))
        return cls(read, lambda start, stop: list(records[start:stop]), claims_of, count)

    def claim(self, claims: Mapping[int, Claim]) -> None:
        """Let rows, by their position, say something else of their record."""
        for position, claim in claims.items():
            self.read[position] = self.read[position]._replace(claim=claim)

    def __len__(self) -> int:
        return len(self.read)

    def read_in_parts(self) -> Iterator[tuple[int, Sequence[Read]]]:
        """Give the rows in parts, each with the position of its first."""
        for start in range(0, len(self.read), self._size):
            yield start, self.read[start : start + self._size]

    def part(self, start: int) -> list[Record]:
        """Return the records of the part that begins at `start`; the last one is remembered."""
        if self._last is None or self._last[0] != start:
            self.forget()  # it goes before the next is made
            self._last = start, self._make(start, start + self._size)
        return self._last[1]

    def claims(self, start: int) -> list[Claim]:
        """Return what the rows of a part say of their records, and where in the file each stands."""
        stop = start + self._size
        read = self.read[start:stop]
        return [
            claim if claim.own == row.claim.own else claim._replace(own=row.claim.own)
            for claim, row in zip(self._claims(start, stop), read, strict=True)
        ]

    def forget(self) -> None:
        """Forget the last part: linking needs the room."""
        self._last = None


def _read(
    table: Table, names: Sequence[str], records: Sequence[Mapping[str, Any]], claims: Iterable[Claim]
) -> list[Read]:
    said = zip(names, records, claims, keys_of(table, records), strict=True)
    alike: dict[Claim, Claim] = {}  # mostly all say the same but for the place in the file, which no matching asks
    return [
        Read(name, record["source"], record["source_id"], alike.setdefault(where := claim._replace(row=0), where), keys)
        for name, record, claim, keys in said
    ]
