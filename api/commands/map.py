"""``sira map``: the map as one file that opens without the service and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from api.access import Caller, labels, parse_audience
from api.assessments import shown
from api.cli import Session, pass_session
from api.i18n import LANGUAGES
from api.maps.single_file import single_file
from api.queries import parse_vintage
from api.service import Service
from geo.errors import FileError
from geo.messages import message
from geo.regions import DEFAULT_VINTAGE
from models.target import Target


@click.command("map")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="mali.html")
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Première vue / first view.")
@click.option("--vintage", default=DEFAULT_VINTAGE, show_default=True, help="Découpage / boundaries.")
@click.option(
    "--audience",
    type=click.Choice(labels()),
    default="public",
    show_default=True,
    help="Pour qui / for whom: public < partner < analyst < admin.",
)
@pass_session
def write_map(session: Session, out: Path, lang: str | None, vintage: str, audience: str) -> None:
    """Écrire la carte dans un fichier / write the map to one file."""
    service = Service(session.settings)
    snapshot = service.read_snapshot()
    parse_vintage(vintage, None, snapshot.boundaries)
    caller = Caller(parse_audience(audience))
    assessment = shown(service.shelf, snapshot.revision, Target.IED, synthetic=snapshot.is_synthetic_only)
    html = single_file(
        service.store, snapshot, caller, lang=lang or session.lang, vintage=vintage, assessment=assessment
    )
    try:
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        raise FileError(
            message("{file} cannot be written: {reason}.", file=str(out), reason=error.strerror or ""), file=str(out)
        ) from error
    session.say(message("Map for the audience {audience} written to {file}.", audience=audience, file=str(out)))
    if assessment is None:
        session.say(message("It holds no expected incidents: no assessment is at hand. To make one: sira assess"))
    if snapshot.has_synthetic:
        session.say(message("It holds synthetic data, and says so."))


COMMANDS: Final = (write_map,)
