"""What an admin does with users, in the browser and on the command line: invite, make a new link, say what they may."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Sequence
from typing import Final

from api.base.access import Audience
from api.base.keys import EVERYWHERE, hash_key
from api.base.roles import Role
from geo.boundaries.regions import Boundaries
from geo.core.errors import ParameterError
from geo.core.messages import Message, message
from geo.store import Scope, Store, User

#: What somebody sees unless it is said: who verifies has to see what was written.
USUAL: Final = {
    Role.READER: Audience.PARTNER,
    Role.REPORTER: Audience.PARTNER,
    Role.VERIFIER: Audience.ANALYST,
    Role.MANAGER: Audience.ANALYST,
    Role.ADMIN: Audience.ADMIN,
}
_LEVELS: Final = ("region", "cercle")
_LONGEST_SOURCE: Final = 100


def invite(
    store: Store,
    name: str,
    at: dt.datetime,
    *,
    role: Role,
    audience: Audience | None = None,
    shown: str = "",
    organisation: str = "",
    scope: Scope = EVERYWHERE,
    lang: str = "fr",
) -> tuple[User, str]:
    """Return a new user, and the token of the link by which they set a password; raises as `Users.invite` does."""
    token = secrets.token_urlsafe(32)
    user = store.users.invite(
        name,
        hash_key(token),
        at,
        role=role.label,
        audience=seen_by(role, audience).label,
        shown=shown,
        organisation=organisation,
        scope=scope,
        lang=lang,
    )
    return user, token


def new_link(store: Store, number: int, at: dt.datetime) -> tuple[User, str]:
    """Return a user and the token of a new link, in place of the one before; raises as `Users.link` does."""
    token = secrets.token_urlsafe(32)
    return store.users.link(number, hash_key(token), at), token


def change(
    store: Store, user: User, *, role: Role, audience: Audience | None = None, scope: Scope | None = None
) -> User:
    """Change what a user may do, see, and where (None: as it is); raises as `Users.change` does."""
    return store.users.change(user.id, role=role.label, audience=seen_by(role, audience).label, scope=scope)


def seen_by(role: Role, audience: Audience | None) -> Audience:
    """Return the audience of somebody with a role; raises `ParameterError` where an admin's would be less."""
    if role is Role.ADMIN and audience not in (None, Audience.ADMIN):
        raise ParameterError(
            message("An admin is of the audience admin: they could give themselves any."), parameter="audience"
        )
    return USUAL[role] if audience is None else audience


def address_of_link(base: str, token: str, lang: str) -> str:
    """Return the address of an invitation at the service `base`, in the language of whom it is for."""
    return f"{base.rstrip('/')}/invitation?lang={lang}&token={token}"


def state_of(user: User, link_until: dt.datetime | None) -> Message:
    """Return how a user stands: disabled, invited until when, without a link, or active."""
    if user.disabled is not None:
        return message("disabled")
    if link_until is not None:
        return message("invited, link until {day}", day=link_until.date())
    return message("active") if user.password is not None else message("link over")


def parse_scope(places: Sequence[str], sources: Sequence[str], boundaries: Boundaries) -> Scope:
    """Return the scope of codes of regions or cercles, of any vintage known here, and of names of sources.

    Raises
    ------
    ParameterError
        Where no region or cercle has one of the codes, or a source cannot be called so.
    """
    wanted = sorted({code.strip() for code in places if code.strip()})
    unknown = sorted(set(wanted) - _codes(boundaries)) if wanted else []
    if unknown:
        raise ParameterError(
            message("No region or cercle has the code {code}.", code=", ".join(each[:40] for each in unknown[:5])),
            parameter="place",
        )
    named = sorted({source.strip() for source in sources if source.strip()})
    for source in named:
        if len(source) > _LONGEST_SOURCE or not source.isprintable():
            raise ParameterError(
                message("{source}: no source can have this name.", source=source[:40]), parameter="source"
            )
    return Scope(tuple(wanted), tuple(named))


def listed(text: str) -> list[str]:
    """Return what a field lists, separated by commas, semicolons or lines."""
    return [part for part in re.split(r"[,;\n]", text) if part.strip()]


def _codes(boundaries: Boundaries) -> set[str]:
    found: set[str] = set()
    for vintage in boundaries.vintages():
        levels = [level for level in _LEVELS if level in boundaries.levels(vintage)]
        units = {unit for level in levels for unit in boundaries.units(level, vintage).index}
        found |= {code for (_, code), unit in boundaries.codes(vintage).items() if unit in units}
    return found
