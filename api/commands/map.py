"""``sira map``: the map as one file that opens without the service and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from api.base.access import Audience, Caller, Kind, labels, parse_audience
from api.base.assessments import shown
from api.base.i18n import LANGUAGES
from api.base.service import Service, Snapshot
from api.commands.audiences import ForAudience
from api.commands.session import Session, pass_session
from api.layers.query import parse_vintage
from api.map.file_routes import MOST_PLACES, make_roads, no_routes
from api.map.single_file import FileRoads, single_file
from api.roads.planners import make_ready
from geo.boundaries.regions import DEFAULT_VINTAGE
from geo.core.errors import FileError, NotReadyError
from geo.core.messages import message
from models.risk.assessment import Assessment
from models.risk.target import Target

#: Progress is said once for so many places.
_EVERY: Final = 8


@click.command("map", cls=ForAudience)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="mali.html")
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Première vue / first view.")
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / boundaries.")
@click.option(
    "--audience",
    type=click.Choice(labels()),
    default=None,
    help="Pour qui / for whom: public < partner < analyst < admin. Sans / without: public; données synthétiques "
    "seules / synthetic data alone: analyst.",
)
@click.option(
    "--places",
    type=click.IntRange(min=2),
    default=MOST_PLACES,
    show_default=True,
    help="Itinéraires entre tant de lieux / routes between so many places.",
)
@pass_session
def write_map(session: Session, out: Path, lang: str | None, vintage: str, audience: str | None, places: int) -> None:
    """Écrire la carte dans un fichier / write the map to one file."""
    service = Service(session.settings)
    snapshot = service.read_snapshot()
    parse_vintage(vintage, None, snapshot.boundaries)
    # As on the map of the service: whoever tries Sira out sees all of the synthetic default.
    everybody = Audience.ANALYST if snapshot.is_synthetic_only else Audience.PUBLIC
    caller = Caller(everybody if audience is None else parse_audience(audience))
    assessment = shown(service.shelf, snapshot.revision, Target.IED, synthetic=snapshot.is_synthetic_only)
    html = single_file(
        service.store,
        snapshot,
        caller,
        lang=lang or session.lang,
        vintage=vintage,
        assessment=assessment,
        roads=_roads(session, service, snapshot, assessment, places) if caller.may(Kind.ROUTES) else FileRoads(),
    )
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        raise FileError(
            message("{file} cannot be written: {reason}.", file=str(out), reason=error.strerror or ""), file=str(out)
        ) from error
    session.say(
        message("Map for the audience {audience} written to {file}.", audience=caller.audience.label, file=str(out))
    )
    if assessment is None:
        session.say(message("It holds no expected incidents: no assessment is at hand. To make one: sira assess"))
    if snapshot.is_synthetic_only:
        session.say(message("It holds synthetic data, and says so."))


def _roads(
    session: Session, service: Service, snapshot: Snapshot, assessment: Assessment | None, places: int
) -> FileRoads:
    """Have the planner answer for the routes that the file holds, which takes about half a minute; progress is said."""
    if assessment is None:
        return FileRoads()
    try:
        ready = make_ready(service.store, snapshot.boundaries, assessment, service.settings.home)
    except NotReadyError as error:
        session.say(error.message, err=True)
        return no_routes(error.message)

    def say(held: int, most: int) -> None:
        if held % _EVERY == 0 or held == most:
            session.say(message("Routes between {held} of {most} places", held=held, most=most), err=True)

    return make_roads(ready, snapshot.boundaries, most_places=places, progress=say)


COMMANDS: Final = (write_map,)
