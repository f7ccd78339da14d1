"""Which record each row of a delivery is of: by Sira's own id, the source's id, or what the row itself says.

Rows are matched within their source: two organisations may both number from 1. Rows that say the same without an id
are counted off, first with first, so that two devices at one place and day stay two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, Table, or_, select

from geo.core.identity import Claim, pseudonym_in, pseudonyms
from geo.store import tables
from geo.store.frames import WKB, Record
from geo.store.record_keys import KEY_COLUMNS
from geo.store.register import Read, Register

#: Under this name a store keeps the secret that its pseudonyms are made with.
PSEUDONYMS: Final = "pseudonyms"
#: Stored records that are read together.
_AT_ONCE: Final = 5_000


def recognised(connection: Connection, table: Table, rows: Sequence[Read], also: Iterable[str]) -> dict[int, Claim]:
    """Return position → claim of rows that state an id or a pseudonym of this store's, as claims of that record.

    Files for partners bear pseudonyms; and where the columns by which a file of Sira's is known were deleted, its ids
    are left in the column that other files have their source's in.

    Parameters
    ----------
    also
        Ids of records that are in no table any more.
    """
    foreign: dict[int, str] = {}
    for position, row in enumerate(rows):
        name = row.claim.own or row.source_id or ""
        if pseudonym_in(name) or (not row.claim.own and name.startswith(f"{row.source}:")):
            foreign[position] = name
    if not foreign:
        return {}
    ids = {*connection.execute(select(table.c.id)).scalars(), *also}
    known = _by_pseudonym(connection, ids) if any(map(pseudonym_in, foreign.values())) else {}
    result = {}
    for position, name in foreign.items():
        row = rows[position]
        is_stated = name in ids and (row.claim.own or row.id not in ids)
        earlier = f"{name.rpartition(':')[0]}:{pseudonym_in(name)}"  # as an earlier version of Sira called it
        if found := name if is_stated else known.get(pseudonym_in(name)) or (earlier if earlier in ids else None):
            result[position] = row.claim._replace(own=found)
    return result


def _by_pseudonym(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return pseudonym → id; none where this store never told any."""
    kept = connection.execute(select(tables.settings.c.value).where(tables.settings.c.name == PSEUDONYMS)).scalar()
    return {} if kept is None else dict(zip(pseudonyms(ids, bytes.fromhex(kept)), ids, strict=True))


def registered(connection: Connection, table: Table, rows: Sequence[Read], taken_back: Iterable[Record]) -> Register:
    """Return the records that the rows may be of: those of their sources, or all where Sira wrote the file.

    Those that were taken back are among them, behind those that stand.
    """
    names = ("id", "source", "source_id", "digest", *KEY_COLUMNS[table.name], WKB)
    query = select(*(table.c[name] for name in names)).order_by(table.c.revision_added, table.c.id)
    sources = {row.source for row in rows}
    if not any(row.claim.own for row in rows):
        # also ids that a source gave before it had another name: no second record may have them
        alike = (table.c.id.startswith(f"{source}:", autoescape=True) for source in sorted(filter(None, sources)))
        named = table.c.source.in_([source for source in sources if source is not None])
        query = query.where(or_(named, *alike, *([table.c.source.is_(None)] if None in sources else [])))
    register = Register()
    result = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    for part in result.mappings().partitions():
        register.fill(table, [dict(row) for row in part])
    register.fill(table, list(taken_back))
    return register
