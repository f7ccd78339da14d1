"""``sira bulletin``: one page on a region, cercle or commune, or on the country, as PDF."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

import click

from api.base.access import Caller, Kind, parse_audience
from api.base.assessments import Shelf, make_assessment, today
from api.base.i18n import LANGUAGES
from api.base.service import Service, Snapshot
from api.bulletin.places import find_unit
from api.bulletin.rendering import SheetRequest, render_sheet
from api.bulletin.unit_facts import check_unit_access
from api.commands.audiences import ForAudience, audience_option
from api.commands.session import Session, pass_session
from api.layers.query import parse_target, parse_vintage
from api.roads.planners import ReadyPlanner, make_ready
from geo.boundaries.regions import DEFAULT_VINTAGE, LEVELS, Boundaries, Unit
from geo.core.errors import AmbiguousNameError, ParameterError
from geo.core.messages import message
from geo.core.replacing import refuse_existing, replacing
from models.risk.assessment import Assessment
from models.risk.target import Target

#: What a name means where units of several levels bear it.
_USUAL: Final = "cercle"


@click.command(cls=ForAudience)
@click.argument("name", required=False)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="bandiagara.pdf")
@click.option("--national", is_flag=True, help="Fiche nationale / national sheet.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Langue / language.")
@click.option("--target", default=Target.IED.value, show_default=True, help="ied | erw | conflict")
@click.option("--level", type=click.Choice(LEVELS), default=None, help="Niveau / level.")
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / boundaries.")
@click.option("--within", default=None, help="Unité qui la contient / unit that contains it.")
@audience_option
@click.option("--overwrite", is_flag=True, help="Remplacer le fichier / replace the file.")
@pass_session
def bulletin(
    session: Session,
    name: str | None,
    out: Path,
    national: bool,
    lang: str | None,
    target: str,
    level: str | None,
    vintage: str,
    within: str | None,
    audience: str,
    overwrite: bool,
) -> None:
    """Écrire le bulletin de NAME, une page / write the bulletin of NAME, one page.

    Un nom qui désigne des unités de plusieurs niveaux est celui du cercle / of several levels, the cercle's.
    """
    if lang is not None:
        session.lang = lang
    if national == (name is not None):
        raise ParameterError(
            message("name: give the name of a region, cercle or commune, or --national; expected exactly one."),
            parameter="name",
        )
    wanted = parse_target(target)
    caller = Caller(parse_audience(audience))
    refuse_existing(out, overwrite=overwrite)
    with closing(Service(session.settings)) as service:
        snapshot = service.read_snapshot()
        parse_vintage(vintage, None, snapshot.boundaries)
        place = None
        if name is not None:
            unit = _resolved(session, snapshot.boundaries, name, level, vintage, within)
            check_unit_access(unit.level, caller)
            place = find_unit(snapshot.boundaries, unit.unit_id, vintage)
        assessment = _assessment(session, service, snapshot, wanted)
        ready = None if place is None else _ready(service, snapshot, assessment, caller)
        body = render_sheet(
            service.store, snapshot, SheetRequest(place, assessment, ready, caller, session.lang, today())
        )
        with replacing(out, suffix=".pdf", overwrite=overwrite) as part:
            part.write_bytes(body)
    session.say(message("Bulletin for the audience {audience} written to {file}.", audience=audience, file=str(out)))
    if snapshot.is_synthetic_only:
        session.say(message("The sheet holds synthetic data, and says so."))


def _resolved(
    session: Session, boundaries: Boundaries, name: str, level: str | None, vintage: str, within: str | None
) -> Unit:
    """Return the unit that `name` means; where several levels share it the cercle, and the others are named."""
    try:
        return boundaries.resolve(name, level=level, vintage=vintage, within=within)
    except AmbiguousNameError:
        found = boundaries.matches(name, level=level, vintage=vintage, within=within)
        cercles = [unit for unit in found if unit.level == _USUAL]
        others = tuple(f"{unit.name}, --level {unit.level}" for unit in found if unit.level != _USUAL)
        if level is not None or len(cercles) != 1:
            for unit in found:
                session.say(message("{unit}: {id}", unit=str(unit), id=unit.unit_id), err=True)
            raise
        said = message("{name} is taken for the cercle; also: {others}.", name=cercles[0].name, others=others)
        session.say(said, err=True)
        return cercles[0]


def _assessment(session: Session, service: Service, snapshot: Snapshot, target: Target) -> Assessment:
    """Return the assessment of the present revision; what has not been assessed yet is assessed first."""
    shelf = Shelf.of(session.settings)
    found = shelf.get(snapshot.revision, target)
    if found is None:
        session.say(message("These data are assessed first; this takes a minute."), err=True)
        found = make_assessment(service.store, session.settings, target)
        shelf.keep(found)
    return found


def _ready(service: Service, snapshot: Snapshot, assessment: Assessment, caller: Caller) -> ReadyPlanner | None:
    if not caller.may(Kind.ROUTES):
        return None
    return make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)


COMMANDS: Final = (bulletin,)
