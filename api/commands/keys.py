"""``sira keys``: make, list, replace and revoke access keys."""

from __future__ import annotations

import datetime as dt
from typing import Final

import click

from api.base.access import labels, parse_audience
from api.base.authentication import utc_now
from api.base.i18n import translate
from api.base.keys import create_key, replace_key
from api.base.roles import parse_role, role_labels
from api.commands.scopes import place_option, scope_of, shown, source_option
from api.commands.session import Session, pass_session
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.store import Key


@click.group()
def keys() -> None:
    """Clés d'accès / access keys."""


@keys.command()
@click.option("--audience", required=True, type=click.Choice(labels()[1:]), help="partner < analyst < admin.")
@click.option("--label", default="", help="Pour qui / for whom.")
@click.option("--role", default=None, type=click.Choice(role_labels()), help="Ce qu'elle peut faire / what it may do.")
@place_option
@source_option
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Premier jour où elle n'ouvre plus rien / first day on which it opens nothing.",
)
@pass_session
def create(
    session: Session,
    audience: str,
    label: str,
    role: str | None,
    places: tuple[str, ...],
    sources: tuple[str, ...],
    expires: dt.datetime | None,
) -> None:
    """Créer une clé ; elle est seule sur la dernière ligne / make a key; it stands alone on the last line."""
    key = create_key(
        session.store,
        parse_audience(audience),
        label=label,
        role=None if role is None else parse_role(role),
        scope=scope_of(session, places, sources),
        expires=_later(expires),
    )
    session.say(
        message("A key of the audience {audience}. It is shown only now: the store keeps its hash.", audience=audience)
    )
    click.echo(key)


@keys.command(name="list")
@pass_session
def list_(session: Session) -> None:
    """Lister les clés, sans les montrer / list keys, without showing them."""
    for key in session.store.keys.list():
        columns = (
            str(key.id),
            key.audience,
            key.created.date().isoformat(),
            translate(_state(key), session.lang),
            repr(key.label),
            key.role,
            shown(key.scope),
            "-" if key.expires is None else f"{key.expires:%Y-%m-%d %H:%M}Z",
            "-" if key.used is None else f"{key.used:%Y-%m-%d %H}h",
        )
        click.echo("\t".join(columns))


@keys.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--keep-days",
    default=7,
    show_default=True,
    type=click.IntRange(0, 365),
    help="Jours que l'ancienne ouvre encore / days for which the old one still opens.",
)
@pass_session
def replace(session: Session, number: int, keep_days: int) -> None:
    """Une nouvelle clé pour la clé NUMBER, qui vit encore un temps / a new key for NUMBER, which lives on a while."""
    now = utc_now()
    key, _ = replace_key(session.store, number, keep=dt.timedelta(days=keep_days), at=now)
    old = next(each for each in session.store.keys.list() if each.id == number)
    session.say(
        message(
            "The new key opens what number {number} opens, which ends on {day} at {time} UTC. It is shown only now:",
            number=number,
            day=(old.expires or now).date(),
            time=f"{old.expires or now:%H:%M}",
        )
    )
    click.echo(key)


@keys.command()
@click.argument("number", type=click.IntRange(min=1))
@pass_session
def revoke(session: Session, number: int) -> None:
    """Révoquer la clé NUMBER / revoke key NUMBER."""
    session.store.keys.revoke(number)
    session.say(message("Key number {number} is revoked.", number=number))


def _state(key: Key) -> Message:
    if key.revoked:
        return message("revoked")
    return message("expired") if key.expires is not None and key.expires <= utc_now() else message("valid")


def _later(day: dt.datetime | None) -> dt.datetime | None:
    """Return the moment at which a day begins, in UTC; raises `ParameterError` where it has passed."""
    if day is None:
        return None
    moment = day.replace(tzinfo=dt.UTC)
    if moment <= utc_now():
        raise ParameterError(message("{day} is over: the key would open nothing.", day=day.date()), parameter="expires")
    return moment


COMMANDS: Final = (keys,)
