"""ACLED's air strikes, shelling and grenades leave "other explosive ordnance", which counted as IEDs and mines.

Earlier versions kept of ACLED's sub-events only whether they were a remote explosive, a suicide bomb or another one.
The others get the class that nearly all of them belong to, a note, and no digest, so that their file, imported again,
sets each right. The revision that this makes tells how many there are and which files brought them.
"""

from __future__ import annotations

import datetime as dt
import json

import sqlalchemy as sa
from alembic import op

from geo.core.messages import message
from geo.store.records import dump_message

revision = "0003"
down_revision = "0002"

_NOTE = "ACLED's sub-event was not kept: air strike, shelling, grenade or chemical weapon"
_REVISIONS = sa.table(
    "revisions",
    sa.column("id", sa.Integer),
    sa.column("created_at", sa.DateTime),
    *(sa.column(name, sa.Text) for name in ("kind", "file", "format", "digest", "counts", "notes")),
)
_INCIDENTS = sa.table(
    "incidents",
    *(sa.column(name, sa.Text) for name in ("id", "source", "hazard_type", "note", "digest")),
    sa.column("synthetic", sa.Boolean),
    sa.column("revision_updated", sa.Integer),
)


def upgrade() -> None:
    """Give the rows their class and begin a revision; a store without such rows stays as it is."""
    connection = op.get_bind()
    of_acled = sa.select(_REVISIONS.c.id).where(_REVISIONS.c.format == json.dumps("ACLED"))
    lost = sa.and_(
        _INCIDENTS.c.hazard_type == "other_explosive",
        _INCIDENTS.c.synthetic.is_(False),
        sa.or_(_INCIDENTS.c.source == "acled", _INCIDENTS.c.revision_updated.in_(of_acled)),
    )
    rows = connection.execute(
        sa.select(_REVISIONS.c.file, sa.func.count())
        .join_from(_INCIDENTS, _REVISIONS, _INCIDENTS.c.revision_updated == _REVISIONS.c.id)
        .where(lost)
        .group_by(_REVISIONS.c.id, _REVISIONS.c.file)
        .order_by(_REVISIONS.c.id)
    ).all()
    if not rows:
        return
    number = connection.execute(sa.select(sa.func.max(_REVISIONS.c.id))).scalar_one() + 1
    files = dict.fromkeys(json.loads(file) for file, _ in rows)
    count = sum(each for _, each in rows)
    connection.execute(_REVISIONS.insert().values(**_revision(number, count, tuple(files))))
    note = sa.case((_INCIDENTS.c.note.is_(None), _NOTE), else_=_INCIDENTS.c.note + f"; {_NOTE}")
    connection.execute(
        _INCIDENTS.update()
        .where(lost)
        .values(hazard_type="air_or_indirect_fire", note=note, digest="", revision_updated=number)
    )


def _revision(number: int, count: int, files: tuple[str, ...]) -> dict[str, object]:
    told = message(
        "{count} records of ACLED, stored by an earlier version, do not say whether they are air strikes, shelling or "
        "grenades. They count for none of the forecasts. Import again: {files}.",
        count=count,
        files=", ".join(files),
    )
    return {
        "id": number,
        "created_at": dt.datetime.now(dt.UTC).replace(tzinfo=None),
        "kind": "upgrade",
        "file": json.dumps(""),
        "format": json.dumps(""),
        "digest": "",
        "counts": json.dumps({"updated": count}),
        "notes": json.dumps([dump_message(told)]),
    }
