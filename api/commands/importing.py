"""``sira import``: files of incidents or hazard areas into the store, with a report."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, get_args

import click

from api.base.assessments import today
from api.base.i18n import translate
from api.base.keys import close_if_real
from api.commands import reports, row_map
from api.commands.links import say_links
from api.commands.progress import bar
from api.commands.reports import Delivery, faults_of, kind_named
from api.commands.row_map import PlacedRow
from api.commands.session import COMMAND_LINE, Session, pass_session
from geo import hazards
from geo.boundaries.units import PCODE_SETS
from geo.core.errors import SourceNeededError
from geo.core.messages import Message, listed, message
from geo.hazards import HazardBatch
from geo.hazards.contents import Content, contents
from geo.hazards.tables import BearingReference
from geo.incidents import readers
from geo.incidents.batch import Batch, Fault
from geo.incidents.dates import Order
from geo.incidents.readers import detection
from geo.incidents.readers.column_map import ColumnMap, load_column_map
from geo.store.completing import Complete
from geo.store.records import ImportReport, SetAside
from geo.store.terms import Terms

#: Rows set aside that are printed; the report file has them all.
_SHOWN: Final = 10
#: Exit codes of an import: all rows are in the store, none is, some are not or are asked about.
ALL: Final = 0
NONE: Final = 1
SOME: Final = 3

REPORT = click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    default=None,
    help="CSV ou XLSX des lignes mêmes, avec leurs fautes, à corriger et à réimporter / CSV or XLSX of the rows "
    "themselves, with their faults, to correct and import again.",
)


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "column_map",
    type=click.Path(path_type=Path),
    default=None,
    help="Fichier TOML : quelle colonne est quoi / TOML file: which column is what.",
)
@click.option("--source", default=None, help="Nom de qui publie / name of the publisher.")
@click.option(
    "--date-order",
    type=click.Choice(get_args(Order)),
    default=None,
    help="Ordre jour/mois, si le fichier ne le montre pas / order of day and month, where the file does not show it.",
)
@click.option(
    "--bearings",
    type=click.Choice(get_args(BearingReference)),
    default=None,
    help="Nord des azimuts d'une zone, si le fichier ne le dit pas / north of an area's bearings, if not stated.",
)
@click.option("--sheet", default=None, help="Feuille d'un classeur / sheet of a workbook.")
@click.option("--layer", default=None, help="Couche d'un fichier SIG / layer of a GIS file.")
@click.option("--encoding", default=None, help="Codage d'un texte : cp850, utf-8 / encoding of a text.")
@click.option(
    "--header-row",
    type=click.IntRange(min=1),
    default=None,
    help="Ligne des en-têtes, depuis 1 / row of the header, from 1.",
)
@click.option(
    "--pcodes",
    type=click.Choice(PCODE_SETS),
    default=None,
    help="Jeu de P-codes des unités / code set of the units' P-codes.",
)
@click.option(
    "--accept",
    "meant",
    multiple=True,
    metavar="ID",
    help="Prendre la mise à jour de cet enregistrement, si grande soit-elle / take the update of this record, however "
    "much it changes.",
)
@click.option(
    "--complete",
    is_flag=True,
    help="FILE contient tout ce qu'a sa source : retirer ce qui manque / FILE holds all of its source: withdraw what "
    "is missing.",
)
@click.option(
    "--period",
    nargs=2,
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    metavar="START END",
    help="Complet pour ces dates, END exclu / complete for these dates, END excluded.",
)
@click.option("--check", is_flag=True, help="Tout dire et ne rien changer / say all of it and change nothing.")
@click.option("--force", is_flag=True, help="Retirer même plus de la moitié / withdraw even more than half.")
@click.option("--yes", is_flag=True, help="Ne pas demander / do not ask.")
@REPORT
@pass_session
def import_(
    session: Session,
    file: Path,
    column_map: Path | None,
    source: str | None,
    date_order: Order | None,
    bearings: BearingReference | None,
    meant: tuple[str, ...],
    complete: bool,
    check: bool,
    period: tuple[datetime, datetime] | None,
    force: bool,
    yes: bool,
    report: Path | None,
    sheet: str | None,
    layer: str | None,
    header_row: int | None,
    encoding: str | None,
    pcodes: str | None,
) -> None:
    """Importer FILE (incidents ou zones dangereuses) / import FILE (incidents or hazard areas)."""
    reports.require_elsewhere(report, file)
    reports.require_writable(report)
    terms = Terms(
        who=COMMAND_LINE,
        meant=frozenset(meant),
        complete=_completeness(session, period, force=force, yes=yes or check) if complete or period else None,
        check=check,
    )

    taking = partial(bar, translate(message("Rows taken"), session.lang))
    held: frozenset[Content] = frozenset({"incidents"})
    mapping = ColumnMap() if column_map is None else load_column_map(column_map)
    stated = mapping.place
    where: dict[str, Any] = {"sheet": sheet, "layer": layer, "header_row": header_row, "encoding": encoding}
    place = replace(stated, layer=layer or stated.layer, encoding=encoding or stated.encoding)
    if not mapping.columns:
        held = contents(file, place, detection.fits)

    def take_areas(source: str | None) -> int:
        areas = hazards.read(
            file,
            boundaries=session.boundaries,
            today=today(),
            source=source or mapping.source,
            date_order=date_order or mapping.date_order,
            bearings=bearings,
            values=mapping.values,
            layer=place.layer,
            encoding=place.encoding,
            areas_only="incidents" in held,
        )
        to = reports.for_areas(report, beside="incidents" in held)
        with taking(len(areas.accepted)) as progress:
            outcome = session.store.add_hazards(areas, replace(terms, progress=progress))
        rows = partial(reports.of_areas, file, place, areas_only="incidents" in held)
        return tell(session, areas, outcome, to, rows, check=check)

    def take(source: str | None) -> int:
        codes = {take_areas(source)} if "areas" in held else set()
        if "incidents" in held:
            codes.add(take_incidents(source))
        return codes.pop() if len(codes) == 1 else SOME

    def take_incidents(source: str | None) -> int:
        batch = readers.read(
            file,
            boundaries=session.boundaries,
            today=today(),
            column_map=None if column_map is None else mapping,
            source=source,
            date_order=date_order,
            pcodes=pcodes,
            **where,
        )
        with taking(len(batch.accepted)) as progress:
            outcome = session.store.add_incidents(batch, replace(terms, progress=progress))
        rows = partial(reports.of_incidents, session, file, None if column_map is None else mapping, where)
        return tell(session, batch, outcome, report, rows, check=check)

    try:
        code = take(source)
    except SourceNeededError as needed:
        if not sys.stdin.isatty():
            raise
        code = take(_ask_source(session, needed))
    if not check:
        close(session)
    sys.exit(code)


def _completeness(session: Session, period: tuple[datetime, datetime] | None, *, force: bool, yes: bool) -> Complete:
    def confirm(records: Sequence[str], known: int) -> None:
        session.say(
            message(
                "{count} of {known} records of the source {count:is|are} not in the file and would be withdrawn: {ids}",
                count=len(records),
                known=known,
                ids=listed(records),
            )
        )
        session.confirm(yes=yes)

    days = None if period is None else (period[0].date(), period[1].date())
    return Complete(confirm, days, force)


def _ask_source(session: Session, needed: SourceNeededError) -> str:
    """Ask whose records a file holds, where somebody sits at a terminal."""
    session.say(needed.message)
    known = session.store.sources()
    if known:
        session.say(message("Sources known here: {sources}.", sources=", ".join(known)))
    return str(click.prompt(translate(message("Source"), session.lang)))


def tell(
    session: Session,
    batch: Batch | HazardBatch,
    outcome: ImportReport,
    report: Path | None,
    delivered: Callable[[], Delivery],
    *,
    check: bool,
) -> int:
    """Say what became of a file; return the exit code: 0 all of it is in the store, 1 none is, 3 neither, or asked."""
    session.say(
        message(
            "{file}: {format}, {rows} {rows:row|rows} read.", file=batch.file, format=batch.format, rows=batch.rows_read
        )
    )
    delivery = delivered() if check or report is not None else None
    if check and delivery is not None:
        for line in reports.about(batch, delivery):
            session.say(line)
    for note in outcome.notes:
        session.say(note)
    session.say(
        message(
            "{new} new, {updated} updated, {duplicate} already there, {quarantined} set aside.",
            new=outcome.new,
            updated=outcome.updated,
            duplicate=outcome.duplicate,
            quarantined=outcome.quarantined,
        )
    )
    _tell_set_aside(
        session, outcome.set_aside, shown=None if check and report is None else _SHOWN, reported=report is not None
    )
    places = [] if delivery is None else reports.whereabouts(batch, outcome, delivery)
    if check:
        _tell_places(session, places)
    if report is not None and delivery is not None:
        session.say(_reported(session, report, batch, outcome, delivery, places))
    say_links(session, outcome, check=check)
    if check:
        session.say(message("This was a check: the store is as it was."))
    elif outcome.changed:
        session.say(message("The store is at revision {revision}.", revision=outcome.revision))
    else:
        session.say(message("Nothing changed; the store stays at revision {revision}.", revision=outcome.revision))
    if not outcome.set_aside and not outcome.asked:
        return ALL
    return SOME if outcome.new + outcome.updated + outcome.duplicate else NONE


def _reported(
    session: Session,
    report: Path,
    batch: Batch | HazardBatch,
    outcome: ImportReport,
    delivery: Delivery,
    places: Sequence[PlacedRow],
) -> Message:
    """Write the report and say where it is; without room for it, what was taken was taken all the same."""
    try:
        written, page = reports.write(session, report, batch, outcome, delivery, places)
    except OSError as error:
        return message(
            "The report {file} could not be written: {why}. What is said here holds without it.",
            file=str(report),
            why=error.strerror or str(error),
        )
    return message(
        "All rows are in {file}, with what became of each and why: correct them there and import that file. {page} "
        "shows where they lie.",
        file=str(written),
        page=str(page),
    )


def _tell_set_aside(session: Session, rows: Sequence[SetAside], *, shown: int | None, reported: bool) -> None:
    for kind, count in Counter(row.kind for row in rows).most_common():
        session.say(message("  {kind}: {count}", kind=kind_named(kind), count=count))
    for row in rows[:shown]:
        for fault in faults_of(row):
            session.say(_line(row.row, fault))
    if shown is not None and not reported and len(rows) > shown:
        session.say(message("… and {count} more; --report FILE.xlsx writes them all.", count=len(rows) - shown))


def _tell_places(session: Session, rows: Sequence[PlacedRow]) -> None:
    if rows:
        for line in row_map.as_text(row_map.by_cercle(rows, session.boundaries, session.lang)):
            click.echo(line)


def _line(row: int, fault: Fault) -> Message:
    value = fault.value if len(fault.value) <= 60 else f"{fault.value[:59]}…"
    if not fault.column:
        return message("Row {row}: {reason}", row=row, reason=fault.reason)
    return message(
        "Row {row}, {column} “{value}”: {reason}", row=row, column=fault.column, value=value, reason=fault.reason
    )


def close(session: Session) -> None:
    """Once the store holds real incidents it is no longer open to all: say so, with the key, which stands last."""
    key = close_if_real(session.store)
    if key is not None:
        session.say(
            message(
                "The store now holds real incidents and is closed to callers without a key. This admin key is shown "
                "only once; keep it safe:"
            )
        )
        click.echo(key)


COMMANDS: Final = (import_,)
