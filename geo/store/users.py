"""Users: who signs in by name, and the links by which they set a password, known by the hash of their token alone."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from geo.core.errors import InputError, NotFoundError, ParameterError
from geo.core.messages import message
from geo.store import tables
from geo.store.database import Database, largest_id
from geo.store.keys import dump_scope, load_scope
from geo.store.moments import aware, naive
from geo.store.records import Scope, User

#: A link is over after so long.
LINK_LASTS: Final = dt.timedelta(days=7)
#: The role of which somebody who can sign in must be left.
ADMIN: Final = "admin"
#: What is said of a link that is nobody's.
GONE: Final = message("This link was used already, or is over. Whoever invited you can make a new one.")
_NAME: Final = re.compile(r"[\w.@+-]{2,64}")
_LONGEST_TEXT: Final = 100


class Users:
    """The store's users; none is ever removed, so that what they did stays theirs: they are disabled.

    What is said of one makes no revision. Every method that needs it is told the time, in UTC.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(
        self,
        name: str,
        hash: str,
        at: dt.datetime,
        *,
        role: str,
        audience: str,
        shown: str = "",
        organisation: str = "",
        scope: Scope = Scope(),  # noqa: B008 # frozen
        lang: str = "fr",
    ) -> User:
        """Keep a new user, who can sign in once the link with this hash was used.

        Raises
        ------
        ParameterError
            Where the name cannot be one, or is somebody's already; where a text is too long, or an admin is bounded.
        """
        table, given, name = tables.users, name, user_name(name)
        _require_unbounded_admin(role, scope)
        texts = {"shown": _text(shown or given, "shown"), "organisation": _text(organisation, "organisation")}
        with self._database.write() as connection:
            if connection.execute(select(table.c.id).where(table.c.name == name)).first() is not None:
                raise ParameterError(message("There is a user {name} already.", name=name), parameter="name")
            number = largest_id(connection, table) + 1
            connection.execute(
                insert(table).values(
                    id=number,
                    name=name,
                    **texts,
                    role=role,
                    audience=audience,
                    scope=dump_scope(scope),
                    lang=lang,
                    created=naive(at),
                )
            )
            _put_link(connection, number, hash, at)
            return _numbered(connection, number)

    def link(self, number: int, hash: str, at: dt.datetime) -> User:
        """Keep a new link for a user in place of the one before; the password lasts until the link is used.

        Raises
        ------
        NotFoundError
            Where there is no such user.
        InputError
            Where the user is disabled.
        """
        with self._database.write() as connection:
            user = _numbered(connection, number)
            if user.disabled is not None:
                raise InputError(message("The user {name} is disabled; enable them first.", name=user.name))
            _put_link(connection, number, hash, at)
            return user

    def invited(self, hash: str, at: dt.datetime) -> User | None:
        """Return whose link has this hash, as long as it lasts and was not used; using it up is `accept`'s."""
        with self._database.read() as connection:
            return _invited(connection, hash, at)

    def accept(self, hash: str, password: str, at: dt.datetime) -> User:
        """Use a link up: keep the user's password, as an encoded hash, and end all that was begun with one before.

        Raises
        ------
        NotFoundError
            Where there is no such link, it is over or was used.
        """
        with self._database.write() as connection:
            user = _invited(connection, hash, at)
            if user is None:
                raise NotFoundError(GONE)
            _end_links(connection, user.id)
            _set(connection, user.id, password=password)
            _end_sessions(connection, user.id)
            return _numbered(connection, user.id)

    def set_password(self, number: int, password: str, *, but: str) -> None:
        """Keep another password of a user, and end all their sessions but the one with the hash `but`; links too."""
        with self._database.write() as connection:
            _set(connection, number, password=password)
            _end_links(connection, number)
            _end_sessions(connection, number, but=but)

    def renew_hash(self, number: int, old: str, new: str) -> None:
        """Keep another hash of the same password, where it is still that one."""
        table = tables.users
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.id == number, table.c.password == old).values(password=new))

    def change(
        self, number: int, *, role: str | None = None, audience: str | None = None, scope: Scope | None = None
    ) -> User:
        """Change what a user may do, see, and where; what is None stays.

        Raises
        ------
        NotFoundError
            Where there is no such user.
        InputError
            Where that would leave no admin who can sign in.
        ParameterError
            Where an admin would be bounded.
        """
        with self._database.write() as connection:
            user = _numbered(connection, number)
            if role not in (None, ADMIN):
                _require_another_admin(connection, user)
            _require_unbounded_admin(role or user.role, user.scope if scope is None else scope)
            values = {
                "role": role,
                "audience": audience,
                "scope": None if scope is None else dump_scope(scope),
            }
            _set(connection, number, **{name: value for name, value in values.items() if value is not None})
            return _numbered(connection, number)

    def disable(self, number: int, at: dt.datetime) -> User:
        """Let a user in no longer, and end their sessions and links; again changes nothing.

        Raises
        ------
        NotFoundError
            Where there is no such user.
        InputError
            Where that would leave no admin who can sign in.
        """
        with self._database.write() as connection:
            user = _numbered(connection, number)
            if user.disabled is None:
                _require_another_admin(connection, user)
                _set(connection, number, disabled=naive(at))
                _end_links(connection, number)
                _end_sessions(connection, number)
            return _numbered(connection, number)

    def enable(self, number: int) -> User:
        """Let a disabled user in again, with the password that there was; raises as `link` does."""
        with self._database.write() as connection:
            _numbered(connection, number)
            _set(connection, number, disabled=None)
            return _numbered(connection, number)

    def named(self, name: str) -> User | None:
        """Return the user who signs in as `name`, in any case of letters, disabled or not; None where there is none."""
        wanted = folded(name)
        if not _NAME.fullmatch(wanted):
            return None
        with self._database.read() as connection:
            row = connection.execute(select(tables.users).where(tables.users.c.name == wanted)).one_or_none()
        return None if row is None else to_user(row)

    def get(self, number: int) -> User:
        """Return a user by number; raises `NotFoundError` where there is none."""
        with self._database.read() as connection:
            return _numbered(connection, number)

    def list(self) -> tuple[User, ...]:
        """Return all users by name, disabled ones too."""
        with self._database.read() as connection:
            found = [to_user(row) for row in connection.execute(select(tables.users))]
        return tuple(sorted(found, key=lambda user: user.name))

    def links(self, at: dt.datetime) -> dict[int, dt.datetime]:
        """Return user → until when a link of theirs lasts."""
        table = tables.invitations
        query = select(table.c.user, table.c.created).where(table.c.created > naive(at) - LINK_LASTS)
        with self._database.read() as connection:
            return {row.user: aware(row.created) + LINK_LASTS for row in connection.execute(query)}


def folded(name: str) -> str:
    """Return a name as it is compared: whatever the case of its letters, and however they were typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).strip().casefold())


def user_name(name: str) -> str:
    """Return `name` as the store keeps it; raises `ParameterError` where nobody can sign in by it."""
    found = folded(name)
    if not _NAME.fullmatch(found):
        raise ParameterError(
            message("{name}: a name has 2 to 64 letters, digits or any of . _ - + @, and no blanks.", name=name[:80]),
            parameter="name",
        )
    return found


def to_user(row: Row[Any]) -> User:
    """Return a row of the table of users as a `User`."""
    return User(
        id=row.id,
        name=row.name,
        shown=row.shown,
        organisation=row.organisation,
        role=row.role,
        audience=row.audience,
        scope=load_scope(row.scope),
        lang=row.lang,
        created=aware(row.created),
        disabled=aware(row.disabled),
        password=row.password,
    )


def _text(given: str, parameter: str) -> str:
    text = " ".join(given.split())
    if len(text) > _LONGEST_TEXT or any(unicodedata.category(letter).startswith("C") for letter in text):
        raise ParameterError(
            message("A name or organisation has at most {most} characters.", most=_LONGEST_TEXT), parameter=parameter
        )
    return text


def _numbered(connection: Connection, number: int) -> User:
    row = connection.execute(select(tables.users).where(tables.users.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(message("There is no user number {number}.", number=number))
    return to_user(row)


def _set(connection: Connection, number: int, **values: Any) -> None:
    if values:
        connection.execute(update(tables.users).where(tables.users.c.id == number).values(values))


def _put_link(connection: Connection, number: int, hash: str, at: dt.datetime) -> None:
    _end_links(connection, number)
    connection.execute(insert(tables.invitations).values(user=number, hash=hash, created=naive(at)))


def _end_links(connection: Connection, number: int) -> None:
    table = tables.invitations
    connection.execute(delete(table).where(table.c.user == number))


def _invited(connection: Connection, hash: str, at: dt.datetime) -> User | None:
    users, links = tables.users, tables.invitations
    query = select(users).join(links, links.c.user == users.c.id)
    query = query.where(links.c.hash == hash, links.c.created > naive(at) - LINK_LASTS, users.c.disabled.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else to_user(row)


def _end_sessions(connection: Connection, number: int, but: str = "") -> None:
    table = tables.sessions
    connection.execute(delete(table).where(table.c.user == number, table.c.hash != but))


def _require_another_admin(connection: Connection, user: User) -> None:
    """Let pass what takes `user` from the admins who can sign in, as long as another one is left.

    Writers come one at a time (`geo.store.database`): two admins cannot take each other away.
    """
    if user.role != ADMIN or not user.may_sign_in:
        return
    table = tables.users
    others = select(table.c.id).where(
        table.c.id != user.id, table.c.role == ADMIN, table.c.disabled.is_(None), table.c.password.is_not(None)
    )
    if connection.execute(others).first() is None:
        raise InputError(
            message(
                "{name} is the last admin who can sign in. Make somebody else an admin first, who has set a password.",
                name=user.name,
            )
        )


def _require_unbounded_admin(role: str, scope: Scope) -> None:
    if role == ADMIN and scope != Scope():
        raise ParameterError(
            message("An admin is bounded to no places and sources: they could widen that themselves."),
            parameter="scope",
        )
