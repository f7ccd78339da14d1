"""What the commands of keys and users share: options that bound what somebody does, and how that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from api.base.keys import EVERYWHERE
from api.base.users import parse_scope
from api.commands.session import Session
from geo.store import Scope

place_option: Final[Callable[..., Any]] = click.option(
    "--place",
    "places",
    multiple=True,
    metavar="CODE",
    help="Code d'une région ou d'un cercle où agir ; répétable / code of a region or cercle to act in; repeatable.",
)
source_option: Final[Callable[..., Any]] = click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="SOURCE",
    help="Source sur laquelle agir ; répétable / source to act on; repeatable.",
)


def scope_of(session: Session, places: Sequence[str], sources: Sequence[str]) -> Scope:
    """Return the scope that options name; the boundaries are read only where they are asked about."""
    if not places and not sources:
        return EVERYWHERE
    return parse_scope(places, sources, session.boundaries)


def shown(scope: Scope) -> str:
    """Return a scope as a column of a list; - for all."""
    return " ".join((*scope.places, *scope.sources)) or "-"
