"""The store: the one door to what an installation keeps."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
from sqlalchemy import Connection, insert, select

from geo.boundaries.regions import Boundaries
from geo.core.errors import NotFoundError
from geo.core.messages import Message, message
from geo.incidents.duplicates import link
from geo.incidents.schema import EXPLOSIVE, HazardType
from geo.store import (
    again,
    corrections,
    erasing,
    events,
    held,
    imports,
    journal,
    links,
    quarantine,
    questions,
    revisions,
    standing,
    tables,
    verifying,
    versions,
    vintages,
)
from geo.store import backup as backups
from geo.store.database import Database
from geo.store.keys import Keys
from geo.store.migrate import migrate
from geo.store.questions import Group
from geo.store.real_or_synthetic import holds
from geo.store.records import ImportReport, Revision, RevisionKind, StoredQuarantine
from geo.store.replay import DELIVERIES
from geo.store.sessions import Sessions
from geo.store.terms import NO_TERMS, Batch, Terms
from geo.store.users import Users


class _RehearsalError(Exception):
    """Ends a transaction that was only a check; carries what it would have done."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.report = report


class Store:
    """Incidents, hazard areas, imported boundaries and keys of an installation, in SQLite or PostGIS.

    Each change of what is mapped is one transaction and makes one revision. A reader sees one revision whole, also
    while an import runs. May be shared between threads; other processes may use the same database.

    As soon as it holds one real record of any kind, it hands out none that is synthetic (`geo.core.real_or_synthetic`).

    Get one with `Store.open`; close it, or use it as a context manager.
    """

    def __init__(self, database: Database, quarantine_days: int = quarantine.KEPT_DAYS) -> None:
        self._database = database
        self._quarantine_days = quarantine_days
        #: Types → the revision and their period in it: a map asks hundreds of times, and each time all rows are read.
        self._periods: dict[frozenset[str], tuple[int, tuple[dt.date, dt.date] | None]] = {}
        self.keys = Keys(database)
        self.sessions = Sessions(database)
        self.users = Users(database)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        seed: bool = True,
        busy_timeout_s: float = 60.0,
        quarantine_days: int = quarantine.KEPT_DAYS,
    ) -> Self:
        """Open a store and bring its schema up to date; seed an empty one with the synthetic default.

        Parameters
        ----------
        url
            ``sqlite:///FILE`` (created where it is missing; its folder must exist), or
            ``postgresql+psycopg://USER:PASSWORD@HOST/NAME`` of a database with PostGIS.
        seed
            Whether an empty store is given the synthetic default, as revision 1.
        busy_timeout_s
            How long a writer waits for another one.
        quarantine_days
            After so many days it forgets what cells of rows held that were set aside: now, and at each import.

        Raises
        ------
        StoreError
            Where the store cannot be reached, read, written or migrated.
        """
        with ExitStack() as stack:
            database = Database(url, busy_timeout_s=busy_timeout_s)
            stack.callback(database.close)
            migrate(database)
            store = cls(database, quarantine_days)
            store._expire()
            if seed and store.revision() == 0:
                store._seed()
            stack.pop_all()
        return store

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def add_incidents(self, batch: Batch, terms: Terms = NO_TERMS) -> ImportReport:
        """Import what a reader took from a file of incidents, all or nothing.

        A known record (`geo.store.register`) is updated where its content differs and is not older; an update that
        changes it so much that a mistake is likelier (`geo.store.clashes`) is set aside, unless it is meant. The
        same file again changes nothing. The first explosive incidents that are not synthetic replace the synthetic
        ones.
        """
        return self._rehearsed(lambda connection: imports.add_incidents(connection, batch, _relink, terms), terms)

    def add_hazards(self, batch: Batch, terms: Terms = NO_TERMS) -> ImportReport:
        """Import what a reader took from a file of hazard areas, all or nothing, as `add_incidents` does.

        The history of a known area keeps the statuses that a newer file no longer names.
        """
        return self._rehearsed(lambda connection: imports.add_hazards(connection, batch, terms), terms)

    def _rehearsed(self, take: Callable[[Connection], ImportReport], terms: Terms) -> ImportReport:
        try:
            with self._database.write() as connection:
                report = take(connection)
                quarantine.expire(connection, self._quarantine_days)
                if terms.check:
                    raise _RehearsalError(report)
                return report
        except _RehearsalError as done:  # its transaction is rolled back
            return done.report

    def _expire(self) -> None:
        with self._database.read() as connection:
            due = quarantine.has_expired(connection, self._quarantine_days)
        if due:
            with self._database.write() as connection:
                quarantine.expire(connection, self._quarantine_days)
            self._database.settle()

    def rename_source(self, old: str, new: str) -> corrections.Renamed:
        """Call a source by another name; a record that both have becomes one. All or nothing.

        Raises
        ------
        NotFoundError
            Where no record is of the source `old`.
        ParameterError
            Where `new` is no usable name.
        """
        with self._database.write() as connection:
            return corrections.rename(connection, old, new, _relink)

    def undo(self, revision: int, confirm: Callable[[corrections.Undone], None] = lambda _: None) -> corrections.Undone:
        """Take back what made a revision, however much came after it, once `confirm` has let it (it raises where not).

        Every record then is what replaying all other deliveries and decisions in order gives; where no real record is
        left, the synthetic default is back. The revision of an earlier `undo` may be taken back, too.

        Raises
        ------
        NotFoundError
            Where there is no such revision.
        ParameterError
            Where it cannot be taken back.
        """
        with self._database.write() as connection:
            return _undo(connection, revision, confirm)

    def withdraw(self, records: Collection[str], reason: str) -> int:
        """Take records back, for good: later deliveries bring them again only where they are meant. Gives the revision.

        Raises
        ------
        NotFoundError
            Where one of them is no record of the store.
        """
        with self._database.write() as connection:
            return corrections.withdraw(connection, records, reason, _relink)

    def erase(self, records: Collection[str] = (), source: str | None = None) -> erasing.Erased:
        """Erase personal text of records, or of all of a source, from the store, its versions and what was set aside.

        Raises
        ------
        NotFoundError
            Where there is no such record, or none of this source.
        """
        with self._database.write() as connection:
            done = erasing.erase(connection, records, source, _relink)
        self._database.settle()
        return done

    def add_vintage(self, name: str, units: gpd.GeoDataFrame, metadata: Mapping[str, Any]) -> int:
        """Keep an imported unit table (see docs/architecture.md) as, or within, the vintage `name`.

        Units of the same levels are replaced, other levels stay. Returns the revision.

        Raises
        ------
        ParameterError
            Where a shipped vintage has this name.
        """
        with self._database.write() as connection:
            return vintages.add(connection, name, units, metadata)

    def unlink(self, report: str) -> int:
        """Take a report out of its event, for good: later imports do not link it again. Returns the revision.

        The other reports of the event stay together.

        Raises
        ------
        NotFoundError
            Where there is no such report, or it is linked with none.
        """
        with self._database.write() as connection:
            revision = links.unlink(connection, report)
            _relink(connection)
            return revision

    def link(self, reports: Sequence[str]) -> int:
        """Say that reports are of one event, whatever their sources: they count as one. Returns the revision.

        Raises
        ------
        NotFoundError
            Where one of them is no report.
        ParameterError
            Where there are fewer than two, or two of them would be of one event and of two.
        """
        with self._database.write() as connection:
            revision = links.link(connection, reports)
            _relink(connection)
            return revision

    def part(self, reports: Sequence[str]) -> int:
        """Say that reports are of different events: no later import links them, or asks again. Returns the revision.

        A single report differs from all that it is asked about.

        Raises
        ------
        NotFoundError
            Where one of them is no report, or nothing is asked about the only one.
        ParameterError
            Where two of them are linked over others.
        """
        with self._database.write() as connection:
            revision = links.part(connection, reports)
            _relink(connection)
            return revision

    # Reading

    def revision(self) -> int:
        """Return the number of the present revision; 0 for a store that was never filled."""
        with self._database.read() as connection:
            return revisions.current(connection)

    def revisions(self) -> tuple[Revision, ...]:
        """Return all revisions, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(tables.revisions).order_by(tables.revisions.c.id))
            return tuple(revisions.read(row) for row in rows)

    def to_import_again(self) -> tuple[Message, ...]:
        """Return which files an upgrade asks for, as long as records are as it left them."""
        with self._database.read() as connection:
            return revisions.unsettled(connection)

    def incidents(
        self,
        *,
        start: dt.date | None = None,
        end: dt.date | None = None,
        hazards: Iterable[str] = EXPLOSIVE,
    ) -> gpd.GeoDataFrame:
        """Return an incident table (`geo.incidents.schema`) and a column ``event_id``, ordered by id.

        Reports that were linked as one event share its ``event_id``.

        Parameters
        ----------
        start, end
            Half-open interval of the column ``date`` (UTC), which is the first day of a month or year where no more
            is known; None leaves that side open.
        hazards
            Hazard types wanted. What is kept `geo.incidents.schema.APART` comes only where it is asked for.
        """
        with self._database.read() as connection:
            return standing.incidents(connection, start, end, hazards)

    def all_incidents(self, known: held.Incidents | None = None) -> held.Incidents:
        """Return the incidents of every type, to be held in memory.

        Parameters
        ----------
        known : Incidents, optional
            What was held until now: only rows that are not among them are read.
        """
        with self._database.read() as connection:
            return held.read(connection, known)

    def count_incidents(
        self,
        *,
        start: dt.date | None = None,
        end: dt.date | None = None,
        hazards: Iterable[str] = EXPLOSIVE,
    ) -> int:
        """Return how many rows `incidents` gives, without reading them."""
        with self._database.read() as connection:
            return standing.count_incidents(connection, start, end, hazards)

    def newest_since(self, most: int, hazards: Iterable[str] = EXPLOSIVE) -> dt.date | None:
        """Return the ``date`` of the incident after the newest `most`, None where there are no more than these."""
        with self._database.read() as connection:
            return standing.newest_since(connection, most, hazards)

    def hazards(self) -> gpd.GeoDataFrame:
        """Return the hazard areas (`geo.hazards.schema`), ordered by id."""
        with self._database.read() as connection:
            return standing.hazards(connection)

    def quarantine(self, revision: int) -> tuple[StoredQuarantine, ...]:
        """Return the rows that the import of a revision set aside, in the order of its report."""
        with self._database.read() as connection:
            return quarantine.read(connection, revision)

    def questions(self) -> list[Group]:
        """Return the reports of one source that are likely one event and wait for an answer, the likeliest first."""
        with self._database.read() as connection:
            return questions.read(connection)

    def links(self) -> list[Group]:
        """Return the events that several reports tell of, with how alike these are."""
        with self._database.read() as connection:
            return events.read(connection)

    def sources(self) -> dict[str, int]:
        """Return source → number of its records, of all kinds, by name; synthetic ones aside."""
        with self._database.read() as connection:
            return corrections.sources(connection)

    def delivered(self) -> tuple[str, ...]:
        """Return the names of the files that were delivered and not taken back since, oldest first."""
        with self._database.read() as connection:
            line = journal.entries(connection)
        gone = journal.undone(line)
        return tuple(entry.details["file"] for entry in line if entry.action in DELIVERIES and entry.number not in gone)

    def history(self, record: str) -> list[versions.Version]:
        """Return what happened to a record, oldest first.

        Raises
        ------
        NotFoundError
            Where nothing is known of it.
        """
        with self._database.read() as connection:
            found = versions.history(connection, record)
        if not found:
            raise NotFoundError(message("There is no record {id}.", id=record))
        return found

    def verify_journal(self) -> verifying.Verified:
        """Check that nothing that was entered in the journal has been changed since."""
        with self._database.read() as connection:
            return verifying.verify(connection)

    def vintages(self) -> dict[str, gpd.GeoDataFrame]:
        """Return imported vintage → unit table of all its levels, for `Boundaries.with_imported`."""
        with self._database.read() as connection:
            return vintages.read(connection)

    def vintage_digests(self) -> dict[tuple[str, str], str]:
        """Return what tells the imported vintages from any other, without reading them."""
        with self._database.read() as connection:
            return vintages.digests(connection)

    def secret(self, name: str) -> bytes:
        """Return 32 random bytes kept under a name, drawn on first need; backups carry them."""
        table = tables.settings
        query = select(table.c.value).where(table.c.name == name)
        with self._database.read() as connection:
            kept = connection.execute(query).scalar()
        if kept is None:
            with self._database.write() as connection:
                kept = connection.execute(query).scalar()  # another process may have drawn it since
                if kept is None:
                    kept = secrets.token_hex(32)
                    connection.execute(insert(table).values(name=name, value=kept))
        return bytes.fromhex(kept)

    def data_period(self, hazards: Iterable[str] = EXPLOSIVE) -> tuple[dt.date, dt.date] | None:
        """Return the first and last ``date`` (UTC) of the incidents of these types, None where there is none."""
        types = frozenset(str(HazardType(hazard)) for hazard in hazards)
        with self._database.read() as connection:
            revision = revisions.current(connection)
            known = self._periods.get(types)
            if known is None or known[0] != revision:
                known = self._periods[types] = revision, standing.data_period(connection, types)
        return known[1]

    def has_real(self) -> bool:
        """Tell whether any incident, conflict events included, or hazard area is not synthetic."""
        with self._database.read() as connection:
            return holds(connection, synthetic=False)

    def synthetic_only(self) -> bool:
        """Tell whether there is data and all of it is synthetic: it is shown then, marked, and harms nobody."""
        with self._database.read() as connection:
            return holds(connection, synthetic=True) and not holds(connection, synthetic=False)

    # Whole

    def backup(self, path: Path, *, overwrite: bool = False) -> None:
        """Write the store as it is now to one SQLite file, which appears whole or not at all."""
        backups.backup(self._database, Path(path), overwrite=overwrite)

    def restore(self, path: Path, confirm: Callable[[Sequence[again.Later]], bool] = lambda later: False) -> None:
        """Replace all that the store holds by a backup, of this database or the other kind; all or nothing.

        Makes a new revision. Keys that were revoked here stay revoked, users stay what they are here, and text that was
        erased here is erased again. `confirm` is given what was done later and tells whether it is done again; it
        raises to leave the store as it is.
        """

        def take(connection: Connection, one: again.Later) -> None:
            again.do(connection, one, _relink, _undo)

        backups.restore(self._database, Path(path), confirm, take)
        self._database.settle()

    def _seed(self) -> None:
        with self._database.write() as connection:
            if revisions.current(connection) == 0:  # another process may have been faster
                _put_default(connection, revisions.begin(connection, RevisionKind.SYNTHETIC))


def _put_default(connection: Connection, revision: int) -> None:
    # drawn once in a store's life, by an empty one: a filled one need not load it
    from geo.store.synthetic import hazards, incidents

    imports.put_default(connection, incidents(), hazards(), _relink, revision)


def _undo(
    connection: Connection, revision: int, confirm: Callable[[corrections.Undone], None] = lambda _: None
) -> corrections.Undone:
    done = corrections.undo(connection, revision, _relink, confirm=confirm)
    if not any(holds(connection, synthetic=kind) for kind in (True, False)) and _was_seeded(connection):
        _put_default(connection, done.revision)
    return done


def _was_seeded(connection: Connection) -> bool:
    seeded = tables.revisions.c.kind == str(RevisionKind.SYNTHETIC)
    return connection.execute(select(tables.revisions.c.id).where(seeded)).first() is not None


def _relink(connection: Connection) -> events.Relinked:
    return events.relink(connection, partial(link, boundaries=Boundaries.shipped()))
