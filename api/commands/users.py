"""``sira users``: invite, list and change those who sign in by name, and end their logins."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import click

from api.base.access import labels, parse_audience
from api.base.authentication import utc_now
from api.base.i18n import LANGUAGES, translate
from api.base.roles import parse_role, role_labels
from api.base.users import address_of_link, change, new_link, state_of
from api.base.users import invite as invited
from api.commands.scopes import place_option, scope_of, shown, source_option
from api.commands.session import Session, pass_session
from geo.core.errors import NotFoundError
from geo.core.messages import message
from geo.store import User
from geo.store.users import LINK_LASTS

_audience_option: Final = click.option(
    "--audience", default=None, type=click.Choice(labels()[1:]), help="Ce qu'il voit / what they see."
)
_address_option: Final = click.option(
    "--address",
    default="http://127.0.0.1:8000",
    show_default=True,
    metavar="URL",
    help="Adresse du service, pour le lien / address of the service, for the link.",
)


@click.group()
def users() -> None:
    """Utilisateurs : qui se connecte par son nom / users: who signs in by name."""


@users.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(role_labels()), help="Ce qu'il peut faire / what they may do.")
@_audience_option
@click.option("--shown", default="", metavar="TEXT", help="Nom affiché / name shown.")
@click.option("--organisation", default="", metavar="TEXT", help="Organisation / organisation.")
@place_option
@source_option
@click.option("--user-lang", type=click.Choice(LANGUAGES), default="fr", help="Sa langue / their language.")
@_address_option
@pass_session
def invite(
    session: Session,
    name: str,
    role: str,
    audience: str | None,
    shown: str,
    organisation: str,
    places: tuple[str, ...],
    sources: tuple[str, ...],
    user_lang: str,
    address: str,
) -> None:
    """Inviter NAME ; le lien est seul sur la dernière ligne / invite NAME; the link stands alone on the last line."""
    user, token = invited(
        session.store,
        name,
        utc_now(),
        role=parse_role(role),
        audience=None if audience is None else parse_audience(audience),
        shown=shown,
        organisation=organisation,
        scope=scope_of(session, places, sources),
        lang=user_lang,
    )
    _say_link(session, user, token, address)


@users.command()
@click.argument("name")
@_address_option
@pass_session
def link(session: Session, name: str, address: str) -> None:
    """Un nouveau lien pour NAME (mot de passe oublié) / a new link for NAME (password forgotten)."""
    user, token = new_link(session.store, _named(session, name).id, utc_now())
    _say_link(session, user, token, address)


@users.command(name="list")
@pass_session
def list_(session: Session) -> None:
    """Lister les utilisateurs / list users."""
    links = session.store.users.links(utc_now())
    for user in session.store.users.list():
        state = translate(state_of(user, links.get(user.id)), session.lang)
        columns = (user.name, user.role, user.audience, state, shown(user.scope), user.shown, user.organisation)
        click.echo("\t".join(columns))


@users.command()
@click.argument("name")
@click.argument("role", type=click.Choice(role_labels()))
@_audience_option
@pass_session
def role(session: Session, name: str, role: str, audience: str | None) -> None:
    """Donner ROLE à NAME, avec ce que ce rôle voit / give ROLE to NAME, with what that role sees."""
    seen = None if audience is None else parse_audience(audience)
    _say_state(session, change(session.store, _named(session, name), role=parse_role(role), audience=seen))


@users.command()
@click.argument("name")
@place_option
@source_option
@pass_session
def scope(session: Session, name: str, places: tuple[str, ...], sources: tuple[str, ...]) -> None:
    """Où NAME agit ; sans option, partout / where NAME acts; everywhere without an option."""
    user = _named(session, name)
    _say_state(session, session.store.users.change(user.id, scope=scope_of(session, places, sources)))


@users.command()
@click.argument("name")
@pass_session
def disable(session: Session, name: str) -> None:
    """Ne plus laisser entrer NAME / let NAME in no longer."""
    user = session.store.users.disable(_named(session, name).id, utc_now())
    session.say(message("The user {name} is disabled, and signed out everywhere.", name=user.name))


@users.command()
@click.argument("name")
@pass_session
def enable(session: Session, name: str) -> None:
    """Laisser entrer NAME à nouveau / let NAME in again."""
    user = session.store.users.enable(_named(session, name).id)
    session.say(message("The user {name} may sign in again.", name=user.name))


@users.command()
@click.argument("name")
@pass_session
def logins(session: Session, name: str) -> None:
    """Lister les connexions de NAME / list the logins of NAME."""
    for login in session.store.sessions.of(_named(session, name).id, utc_now()):
        click.echo("\t".join((login.name, _minute(login.began), _minute(login.seen))))


@users.command(name="end-logins")
@click.argument("name")
@click.argument("login", required=False)
@pass_session
def end_logins(session: Session, name: str, login: str | None) -> None:
    """Mettre fin aux connexions de NAME, ou à LOGIN / end the logins of NAME, or LOGIN."""
    ended = session.store.sessions.end_of(_named(session, name).id, name=login)
    session.say(message("Logins ended: {count}.", count=ended))


def _named(session: Session, name: str) -> User:
    user = session.store.users.named(name)
    if user is None:
        raise NotFoundError(message("There is no user {name}.", name=name[:80]))
    return user


def _say_link(session: Session, user: User, token: str, address: str) -> None:
    session.say(
        message(
            "Send this link to {name} alone. It lasts {days} days, and is used up once they set a password:",
            name=user.name,
            days=LINK_LASTS.days,
        )
    )
    click.echo(address_of_link(address, token, user.lang))


def _say_state(session: Session, user: User) -> None:
    values: dict[str, Any] = {"name": user.name, "role": user.role, "audience": user.audience}
    session.say(
        message("{name}: role {role}, audience {audience}, acts in {scope}.", **values, scope=shown(user.scope))
    )


def _minute(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"


COMMANDS: Final = (users,)
