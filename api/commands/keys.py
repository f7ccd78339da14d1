"""``sira keys``: make, list and revoke access keys."""

from __future__ import annotations

from typing import Final

import click

from api.base.access import labels, parse_audience
from api.base.i18n import translate
from api.base.keys import create_key
from api.commands.session import Session, pass_session
from geo.core.messages import message


@click.group()
def keys() -> None:
    """Clés d'accès / access keys."""


@keys.command()
@click.option("--audience", required=True, type=click.Choice(labels()[1:]), help="partner < analyst < admin.")
@click.option("--label", default="", help="Pour qui / for whom.")
@pass_session
def create(session: Session, audience: str, label: str) -> None:
    """Créer une clé ; elle est seule sur la dernière ligne / make a key; it stands alone on the last line."""
    key = create_key(session.store, parse_audience(audience), label=label)
    session.say(
        message("A key of the audience {audience}. It is shown only now: the store keeps its hash.", audience=audience)
    )
    click.echo(key)


@keys.command(name="list")
@pass_session
def list_(session: Session) -> None:
    """Lister les clés, sans les montrer / list keys, without showing them."""
    for key in session.store.keys.list():
        state = message("revoked") if key.revoked else message("valid")
        columns = (
            str(key.id),
            key.audience,
            key.created.date().isoformat(),
            translate(state, session.lang),
            repr(key.label),
        )
        click.echo("\t".join(columns))


@keys.command()
@click.argument("number", type=click.IntRange(min=1))
@pass_session
def revoke(session: Session, number: int) -> None:
    """Révoquer la clé NUMBER / revoke key NUMBER."""
    session.store.keys.revoke(number)
    session.say(message("Key number {number} is revoked.", number=number))


COMMANDS: Final = (keys,)
