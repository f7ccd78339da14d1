"""``sira export``: layers as files to take away, for an audience, in either language"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from api.base.access import Caller, parse_audience
from api.base.assessments import Shelf, make_assessment
from api.base.i18n import LANGUAGES
from api.base.service import Service
from api.collections.registry import TARGET, Collection, collections
from api.collections.tables import OwnPlanners, Tables
from api.commands.audiences import ForAudience, audience_option, hint
from api.commands.session import Session, pass_session
from api.exports import live, package, raster
from api.exports.content import Recipient
from api.exports.single import FORMATS
from geo.core.errors import ModelError, ParameterError
from geo.core.messages import message
from geo.core.replacing import refuse_existing, replacing

#: Exit code of a command that was asked to terminate, as shells have it.
_TERMINATED: Final = 128 + signal.SIGTERM
_ALL: Final = ("gpkg", "qgz", "tif", *FORMATS)


@click.command("export", cls=ForAudience)
@click.option("--format", "form", required=True, type=click.Choice(_ALL), help="Format.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="mali.gpkg")
@click.option(
    "--collection", "names", multiple=True, help="Couche (répétable pour gpkg) / layer (repeatable for gpkg)."
)
@click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Langue du fichier / language of the file.")
@audience_option
@click.option("--revision", type=int, default=None, help="Refuser une autre révision / refuse any other revision.")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="qgz : adresse du service / address.")
@click.option("--overwrite", is_flag=True, help="Remplacer le fichier / replace the file.")
@click.option("--quiet", is_flag=True, help="Sans barre / no bar.")
@pass_session
@click.pass_context
def export(
    context: click.Context,
    session: Session,
    form: str,
    out: Path,
    names: tuple[str, ...],
    lang: str | None,
    audience: str,
    revision: int | None,
    url: str,
    overwrite: bool,
    quiet: bool,
) -> None:
    """Écrire des couches dans un fichier / write layers to a file.

    Sans --collection, gpkg contient toutes les couches que le public visé peut voir.
    Without --collection, gpkg holds all the layers that the audience may see.
    """
    refuse_existing(out, overwrite=overwrite)
    with closing(Service(session.settings)) as service:
        snapshot = service.read_snapshot()
        _check_revision(revision, snapshot.revision)
        recipient = Recipient(
            Tables(service, OwnPlanners(service)), snapshot, Caller(parse_audience(audience)), lang or session.lang
        )
        chosen = _chosen(form, names, recipient)
        _assess(session, service, snapshot.revision, quiet=quiet)
        write = _writer(form, service, recipient, chosen, url, quiet=quiet)
        suffix = FORMATS[form].suffix if form in FORMATS else f".{form}"
        with _ending_orderly(), replacing(out, suffix=suffix, overwrite=overwrite) as part:
            write(part)
        _say(session, recipient, out)
        hint(context, session)


@contextmanager
def _ending_orderly() -> Iterator[None]:
    """Have a request to terminate end the command as Ctrl-C does, so that what is half written is removed."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _check_revision(asked: int | None, present: int) -> None:
    if asked is not None and asked != present:
        raise ParameterError(
            message(
                "revision: the data are of revision {present_revision}, not {asked_revision}; an earlier state comes "
                "back with sira restore.",
                present_revision=present,
                asked_revision=asked,
            ),
            parameter="revision",
        )


def _chosen(form: str, names: tuple[str, ...], recipient: Recipient) -> tuple[Collection, ...]:
    """Return the collections to write; raises where a format takes another number of them."""
    chosen = tuple(recipient.collection(name) for name in dict.fromkeys(names))
    if form == "tif":
        names = names or (raster.CELLS,)
        if names != (raster.CELLS,):
            raise ParameterError(
                message("collection: the format tif is of {name} only.", name=raster.CELLS), parameter="collection"
            )
        return (recipient.collection(raster.CELLS),)
    if form in FORMATS and len(chosen) != 1:
        raise ParameterError(
            message(
                "collection: the format {format} takes exactly one collection; expected one of {expected}.",
                format=form,
                expected=tuple(collections(recipient.snapshot)),
            ),
            parameter="collection",
        )
    return chosen or recipient.visible()


def _assess(session: Session, service: Service, revision: int, *, quiet: bool) -> None:
    """Make the assessment that layers of expected incidents are made from, where it is not there."""
    if service.shelf.path(revision, TARGET).exists():
        return
    session.say(message("The data have not been assessed yet; this takes a minute."), err=True)
    try:
        Shelf.of(session.settings).keep(make_assessment(service.store, session.settings, TARGET, progress=not quiet))
    except ModelError as error:
        session.say(message("Without expected incidents: {reason}", reason=error.message), err=True)


def _writer(
    form: str, service: Service, recipient: Recipient, chosen: tuple[Collection, ...], url: str, *, quiet: bool
) -> Callable[[Path], None]:
    """Return what writes the file; whatever it needs that may be missing is looked for now."""
    if form == "qgz":
        base = live.parse_address(url)
        return lambda path: _write_bytes(path, live.live_project(recipient, base=base, authcfg=None))
    if form == "tif":
        return lambda path: raster.write_raster(service, recipient, path)
    if form in FORMATS:
        return lambda path: FORMATS[form].write(recipient, chosen[0], path)
    present = package.ready(service, recipient, chosen)

    def write(path: Path) -> None:
        with tqdm(total=len(present), disable=quiet, unit="") as bar:
            package.write_package(service, recipient, present, path, partial(_show, bar))

    return write


def _show(bar: tqdm[Any], done: int) -> None:
    bar.update(done - bar.n)


def _write_bytes(path: Path, body: bytes) -> None:
    path.write_bytes(body)


def _say(session: Session, recipient: Recipient, out: Path) -> None:
    audience = recipient.caller.audience.label
    session.say(
        message(
            "{file} written for the audience {audience}, revision {revision}.",
            file=str(out),
            audience=audience,
            revision=recipient.snapshot.revision,
        )
    )
    if recipient.snapshot.is_synthetic_only:
        session.say(message("The file holds synthetic data, and says so."))


COMMANDS: Final = (export,)
