"""``sira fetch``: current data from their source, with a person's own credentials, into the store."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from api.base.assessments import today
from api.base.i18n import translate
from api.commands import reports
from api.commands.importing import ALL, NONE, REPORT, SOME, close, tell
from api.commands.session import COMMAND_LINE, Session, pass_session
from geo.core.errors import ParameterError
from geo.core.messages import listed, message
from geo.incidents import fetch as sources
from geo.incidents import readers
from geo.incidents.schema import HazardType
from geo.store.terms import Terms


@click.group()
def fetch() -> None:
    """Prendre des données à jour chez leur source / get current data from their source."""


@fetch.command()
@click.option("--token", envvar="SIRA_UCDP_TOKEN", default="", help="SIRA_UCDP_TOKEN.", show_envvar=False)
@click.option("--release", required=True, help="25.1 (annuelle / yearly), 25.0.9 (mensuelle / monthly).")
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), default=None, help="AAAA-MM-JJ / YYYY-MM-DD.")
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), default=None, help="AAAA-MM-JJ / YYYY-MM-DD.")
@click.option("--url", envvar="SIRA_UCDP_URL", default=sources.UCDP_URL, help="SIRA_UCDP_URL.")
@REPORT
@pass_session
def ucdp(
    session: Session,
    token: str,
    release: str,
    start: datetime | None,
    end: datetime | None,
    url: str,
    report: Path | None,
) -> None:
    """Prendre UCDP GED et l'importer / get UCDP GED and import it."""
    _need(token, "SIRA_UCDP_TOKEN")
    file = sources.fetch_ucdp(_folder(session), token=token, release=release, start=_day(start), end=_day(end), url=url)
    code = _import(session, file, report)
    close(session)
    sys.exit(code)


@fetch.command()
@click.option("--email", envvar="SIRA_ACLED_EMAIL", default="", help="SIRA_ACLED_EMAIL.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="AAAA-MM-JJ ; ensuite, sans elle, ce qui a changé depuis / YYYY-MM-DD; later, without it, what changed since.",
)
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), default=None, help="AAAA-MM-JJ / YYYY-MM-DD.")
@click.option("--url", envvar="SIRA_ACLED_URL", default=sources.ACLED_URL, help="SIRA_ACLED_URL.")
@click.option("--password", envvar="SIRA_ACLED_PASSWORD", default="", help="SIRA_ACLED_PASSWORD.")
@REPORT
@pass_session
def acled(
    session: Session,
    email: str,
    start: datetime | None,
    end: datetime | None,
    url: str,
    password: str,
    report: Path | None,
) -> None:
    """Prendre ACLED et l'importer / get ACLED and import it."""
    _need(email, "SIRA_ACLED_EMAIL")
    _need(password, "SIRA_ACLED_PASSWORD")
    account = {"email": email, "password": password, "url": url}
    begin, since = (start.date(), None) if start is not None else _last_fetch(session)
    file = sources.fetch_acled(_folder(session), start=begin, end=_day(end), since=since, **account)
    if file is None:
        session.say(message("Nothing changed at ACLED since the last time."))
    code = ALL if file is None else _import(session, file, report, part=since is not None)
    code = max(code, _withdraw_deleted(session, account), key=(ALL, SOME, NONE).index)
    close(session)
    sys.exit(code)


def _last_fetch(session: Session) -> tuple[date, int]:
    """Return from which day on ACLED's events are here, and up to which change."""
    state = sources.AcledState.of(session.store.delivered())
    if state is None:
        raise ParameterError(
            message("ACLED was not fetched yet up to a last change; say from which day on: --start YYYY-MM-DD"),
            parameter="--start",
        )
    return state


def _withdraw_deleted(session: Session, account: Mapping[str, str]) -> int:
    """Withdraw the events that ACLED deleted since they last changed; return the exit code that this adds."""
    incidents = session.store.incidents(hazards=HazardType)
    held = incidents[(incidents["source"] == "acled") & ~incidents["synthetic"].astype(bool)]
    if held.empty:
        return ALL
    changed = held["updated_at"].fillna(datetime(1970, 1, 1)).astype("datetime64[s]").astype("int64")
    try:
        deleted = sources.fetch_acled_deleted(since=int(changed.min()), **account)
    except sources.FetchError as error:
        session.say(message("What ACLED deleted could not be read: {why}", why=error.message))
        return SOME
    gone = [
        str(record)
        for record, name, at in zip(held.index, held["source_id"], changed, strict=True)
        if deleted.get(name, -1) >= at
    ]
    if gone:
        reason = translate(message("ACLED deleted it; read on {day}", day=today()), session.lang)
        revision = session.store.withdraw(gone, reason)
        session.say(
            message(
                "{count} {count:event|events} that ACLED deleted {count:was|were} withdrawn: {ids}. The store is "
                "at revision {revision}; sira undo {revision} brings {count:it|them} back.",
                count=len(gone),
                ids=listed(gone),
                revision=revision,
            )
        )
    return ALL


@fetch.command()
@click.option("--url", envvar="SIRA_HDX_URL", default=sources.HDX_URL, help="SIRA_HDX_URL.")
@pass_session
def cod(session: Session, url: str) -> None:
    """Prendre les limites administratives de l'OCHA / get OCHA's administrative boundaries."""
    for file in sources.fetch_cod(_folder(session), url=url):
        session.say(message("Saved: {file}", file=str(file)))
    session.say(message("Import it as a vintage with: sira regions import FILE --vintage NAME"))


def _import(session: Session, file: Path, report: Path | None, *, part: bool = False) -> int:
    """Import a file that was fetched from its source."""
    batch = readers.read(file, boundaries=session.boundaries, today=today())
    outcome = session.store.add_incidents(batch, Terms(who=COMMAND_LINE, part=part))
    return tell(session, batch, outcome, report, partial(reports.of_incidents, session, file), check=False)


def _need(value: str, variable: str) -> None:
    if not value:
        raise ParameterError(
            message("Set {variable} to your own credentials with this source.", variable=variable), parameter=variable
        )


def _folder(session: Session) -> Path:
    return session.settings.home / "fetched"


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


COMMANDS: Final = (fetch,)
