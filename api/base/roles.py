"""Who may do what: the one table of roles and actions. What somebody may see is their audience's (`api.base.access`).

Five roles, each doing all that the one before it does: reader < reporter < verifier < manager < admin. A scope bounds
where, and with whose records, somebody acts; it never bounds what they see.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from geo.core.errors import AccessDeniedError, ParameterError
from geo.core.messages import Message, message

if TYPE_CHECKING:
    from api.base.access import Caller


class Role(IntEnum):
    """What somebody may do, from the least to the most."""

    READER = 0
    REPORTER = 1
    VERIFIER = 2
    MANAGER = 3
    ADMIN = 4

    @property
    def label(self) -> str:
        """The word that the store, options and documents use."""
        return self.name.lower()


class Action(StrEnum):
    """What can be done, as far as roles differ."""

    OWN_LOGIN = "own_login"
    HAND_IN = "hand_in"
    VERIFY = "verify"
    SETTLE = "settle"
    ADMINISTER = "administer"


#: The least role that may do each. Nothing else in the project decides this.
REQUIRED: Final = MappingProxyType(
    {
        Action.OWN_LOGIN: Role.READER,
        Action.HAND_IN: Role.REPORTER,
        Action.VERIFY: Role.VERIFIER,
        Action.SETTLE: Role.MANAGER,
        Action.ADMINISTER: Role.ADMIN,
    }
)

DESCRIPTIONS: Final = MappingProxyType(
    {
        Action.OWN_LOGIN: message("see and change one's own password and logins"),
        Action.HAND_IN: message("hand in reports and files"),
        Action.VERIFY: message("verify or return what others handed in"),
        Action.SETTLE: message("settle likely repeats and clashes, withdraw records"),
        Action.ADMINISTER: message("invite users, and change what they may do and see"),
    }
)

NAMES: Final = MappingProxyType(
    {
        Role.READER: message("reader"),
        Role.REPORTER: message("reporter"),
        Role.VERIFIER: message("verifier"),
        Role.MANAGER: message("manager"),
        Role.ADMIN: message("admin"),
    }
)


class SignInNeededError(AccessDeniedError):
    """Nobody may do this who has not signed in."""


class RoleError(AccessDeniedError):
    """Whoever asks may not do this, or not there; `role` says which role may."""

    def __init__(self, message: Message, *, role: Role) -> None:
        super().__init__(message)
        self.role = role


def parse_role(text: str, *, parameter: str = "role") -> Role:
    """Return the role named `text`; raises `ParameterError` naming the five."""
    for role in Role:
        if role.label == text:
            return role
    raise ParameterError(
        message("{value}: no role of that name; expected one of {expected}.", value=text, expected=role_labels()),
        parameter=parameter,
    )


def role_labels() -> tuple[str, ...]:
    """Return the words for the roles, the one that may do least first."""
    return tuple(role.label for role in Role)


def authorise(
    action: Action, caller: Caller, *, places: Collection[str] | None = None, source: str | None = None
) -> None:
    """Let pass a `caller` who may do `action`, with a record where one is named.

    Parameters
    ----------
    places : collection of str, optional
        Codes of the units that hold the record: its region's and its cercle's, in any code set.
    source : str, optional
        Whose record it is. Both are needed to ask of a record; without them the question is of the action alone.

    Raises
    ------
    SignInNeededError
        Nobody has signed in.
    RoleError
        The caller's role is not enough, or their scope does not hold the record.
    """
    needed = REQUIRED[action]
    if caller.role is None:
        raise SignInNeededError(message("Sign in to do this: {action}.", action=DESCRIPTIONS[action]))
    if caller.role < needed:
        raise RoleError(
            message(
                "This needs the role {role} or above, and yours is {yours}: {action}.",
                role=NAMES[needed],
                yours=NAMES[caller.role],
                action=DESCRIPTIONS[action],
            ),
            role=needed,
        )
    if places is not None and source is not None and not caller.scope.covers(places, source):
        raise RoleError(
            message("You may do this only within your places and sources: {action}.", action=DESCRIPTIONS[action]),
            role=needed,
        )
