"""What people say of reports: that they are of one event, that they are not, that one is an event of its own.

What holds is worked out of the journal, so that such an answer can be taken back as everything else can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from sqlalchemy import Connection, delete, insert, or_, select

from geo.core.errors import NotFoundError, ParameterError
from geo.core.messages import message
from geo.incidents.duplicates import Pair, groups
from geo.store import journal, revisions, tables
from geo.store.frames import in_parts
from geo.store.records import Action, RevisionKind


@dataclass(slots=True)
class Said:
    """What holds of pairs and of single reports, and the revision by which it does."""

    same: dict[Pair, int] = field(default_factory=dict)
    different: dict[Pair, int] = field(default_factory=dict)
    alone: dict[str, int] = field(default_factory=dict)

    def link(self, pairs: Iterable[Pair], revision: int) -> None:
        """Let each pair be of one event."""
        for pair in pairs:
            self.different.pop(pair, None)
            self.same[pair] = revision
            for report in pair:
                self.alone.pop(report, None)

    def part(self, pairs: Iterable[Pair], revision: int) -> None:
        """Let each pair be of two events."""
        for pair in pairs:
            self.same.pop(pair, None)
            self.different[pair] = revision

    def merge(self, gone: Mapping[str, str]) -> None:
        """Let what was said of records that are gone into others hold for these; of two answers the later one."""
        told = [(by, pair, self.link) for pair, by in self.same.items()]
        told += [(by, pair, self.part) for pair, by in self.different.items()]
        alone = {gone.get(report, report): by for report, by in self.alone.items()}
        self.same, self.different = {}, {}
        for by, (a, b), answer in sorted(told, key=lambda each: each[:2]):
            if (one := gone.get(a, a)) != (other := gone.get(b, b)):
                answer([(min(one, other), max(one, other))], by)
        self.alone = alone

    def unlink(self, report: str, revision: int) -> None:
        """Let a report be an event of its own; those that it linked stay together."""
        left = next((sorted(group - {report}) for group in groups(self.same) if report in group), [])
        self.same = {pair: said for pair, said in self.same.items() if report not in pair}
        self.same |= {(left[0], other): revision for other in left[1:] if (left[0], other) not in self.different}
        self.alone[report] = revision


def said(connection: Connection) -> Said:
    """Return what holds."""
    table, alone = tables.answers, tables.unlinked
    result = Said(alone={row.incident_id: row.revision for row in connection.execute(select(alone))})
    for row in connection.execute(select(table)):
        (result.same if row.same else result.different)[row.a, row.b] = row.revision
    return result


def settle(connection: Connection) -> None:
    """Bring what holds up to date with the journal."""
    _write(connection, _replayed(connection, journal.entries(connection)))


def link(connection: Connection, reports: Sequence[str]) -> int:
    """Let reports be of one event, whatever their sources. Returns the new revision.

    Raises
    ------
    NotFoundError
        Where one of them is no report.
    ParameterError
        Where it is said of fewer than two, or two of the event that they make were said to be of two.
    """
    names = _found(connection, reports)
    if len(names) < 2:
        raise ParameterError(message("It takes two reports to link."), parameter="reports")
    return answer(connection, list(combinations(names, 2)), same=True)


def part(connection: Connection, reports: Sequence[str]) -> int:
    """Let reports be of different events; a single one differs from all that it is asked about. Gives the revision.

    Raises
    ------
    NotFoundError
        Where one of them is no report, or nothing is asked about the only one.
    ParameterError
        Where two of them are linked over others.
    """
    names = _found(connection, reports)
    if len(names) > 1:
        return answer(connection, list(combinations(names, 2)), same=False)
    table = tables.questions
    asked = select(table.c.a, table.c.b).where(or_(table.c.a.in_(names), table.c.b.in_(names)))
    pairs = [(row.a, row.b) for row in connection.execute(asked.order_by(table.c.a, table.c.b))]
    if not pairs:
        raise NotFoundError(message("No question is open about the report {id}; name both reports.", id=names[0]))
    return answer(connection, pairs, same=False)


def unlink(connection: Connection, report: str) -> int:
    """Take a report out of its event, for good: it is an event of its own. Returns the new revision.

    The other reports of the event stay together.

    Raises
    ------
    NotFoundError
        Where there is no such report, or it is linked with none.
    """
    table = tables.incidents
    event = select(table.c.event_id).where(table.c.id == report).scalar_subquery()
    linked = connection.execute(select(table.c.id).where(table.c.event_id == event)).scalars().all()
    if len(linked) < 2:
        raise NotFoundError(message("The report {id} is linked with no other.", id=report))
    revision = revisions.begin(connection, RevisionKind.UNLINK, counts={"reports": 1})
    journal.append(connection, Action.UNLINK, revision, {"records": [report]})
    settle(connection)
    return revision


def answer(connection: Connection, pairs: Sequence[Pair], *, same: bool) -> int:
    """Let each of these pairs of reports be of one event, or of two. Returns the new revision."""
    kind, action = (RevisionKind.LINK, Action.LINK) if same else (RevisionKind.PART, Action.PART)
    revision = revisions.begin(connection, kind, counts={"pairs": len(pairs)})
    journal.append(connection, action, revision, {"pairs": [list(pair) for pair in pairs]})
    settle(connection)
    _require_consistent(said(connection))
    return revision


def _require_consistent(now: Said) -> None:
    for group in groups(now.same):
        for a, b in sorted(now.different):
            if a in group and b in group:
                raise ParameterError(
                    message(
                        "{a} and {b} would be of one event, by what was said of them and of others, and of two. Link "
                        "these two as well (sira link {a} {b}), or take one out first (sira unlink {a}).",
                        a=a,
                        b=b,
                    ),
                    parameter="reports",
                )


def _replayed(connection: Connection, line: Sequence[journal.Entry]) -> Said:
    gone = journal.undone(line)
    unlinked = {entry.revision for entry in line if entry.action is Action.UNLINK}
    # what an earlier version of Sira wrote without a journal
    result = Said(alone={name: by for name, by in said(connection).alone.items() if by not in unlinked})
    for entry in line:
        if entry.number in gone:
            continue
        if entry.action is Action.UNLINK:
            for report in entry.details["records"]:
                result.unlink(report, entry.revision)
        elif entry.action in (Action.LINK, Action.PART):
            answer = result.link if entry.action is Action.LINK else result.part
            answer([(a, b) for a, b in entry.details["pairs"]], entry.revision)
        elif entry.action is Action.RENAME:
            result.merge(entry.details.get("merged", {}))
    return result


def _write(connection: Connection, now: Said) -> None:
    connection.execute(delete(tables.answers))
    connection.execute(delete(tables.unlinked))
    rows = [
        {"a": a, "b": b, "same": same, "revision": revision}
        for same, pairs in ((True, now.same), (False, now.different))
        for (a, b), revision in pairs.items()
    ]
    if rows:
        connection.execute(insert(tables.answers), rows)
    alone = [{"incident_id": report, "revision": revision} for report, revision in now.alone.items()]
    if alone:
        connection.execute(insert(tables.unlinked), alone)


def _found(connection: Connection, reports: Iterable[str]) -> list[str]:
    names = sorted(set(reports))
    table = tables.incidents
    there = {
        name
        for part in in_parts(names)
        for name in connection.execute(select(table.c.id).where(table.c.id.in_(part))).scalars()
    }
    for name in names:
        if name not in there:
            raise NotFoundError(message("There is no report {id}.", id=name))
    return names
