"""``sira backup``, ``sira restore``: the store as a whole."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.base.i18n import translate
from api.commands.session import Session, pass_session
from geo.core.errors import InputError
from geo.core.messages import Message, listed, message

if TYPE_CHECKING:
    from geo.store.again import Later


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Remplacer FILE s'il existe / replace FILE if it exists.")
@pass_session
def backup(session: Session, file: Path, overwrite: bool) -> None:
    """Sauvegarder toute la base dans FILE / write the whole store to FILE."""
    session.store.backup(file, overwrite=overwrite)
    session.say(
        message(
            "{file} holds the store as of revision {revision}. It contains what sources wrote and where: keep it as "
            "safe as the store.",
            file=str(file),
            revision=session.store.revision(),
        )
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--keep/--drop",
    default=None,
    help="Reprendre, ou laisser, ce qui l'a suivie / do again, or drop, what was delivered and decided after it.",
)
@pass_session
def restore(session: Session, file: Path, keep: bool | None) -> None:
    """Remplacer toute la base par la sauvegarde FILE / replace the whole store by the backup FILE."""

    def confirm(later: Sequence[Later]) -> bool:
        for one in later:
            session.say(_erased(one) if one.is_erasure else _unknown(one))
        if all(one.is_erasure for one in later) or keep is not None:
            return bool(keep)
        if sys.stdin.isatty():
            return click.confirm(translate(message("Bring them again after it?"), session.lang))
        raise InputError(message("Say whether to bring them again: --keep, or --drop. Nothing was changed."))

    session.store.restore(file, confirm)
    session.say(
        message(
            "The store now holds what {file} held, as revision {revision}.",
            file=str(file),
            revision=session.store.revision(),
        )
    )


def _erased(one: Later) -> Message:
    return message(
        "Erased since the backup, and erased again in what it brings back: the texts of {count} "
        "{count:record|records} (revision {revision}).",
        count=len(one.entry.details["records"]),
        revision=one.entry.revision,
    )


def _unknown(one: Later) -> Message:
    at, revision = one.entry.at.strftime("%Y-%m-%d %H:%M"), one.entry.revision
    if one.is_delivery:
        return message(
            "Not in the backup: {file}, {rows} {rows:row|rows}, delivered on {at} UTC as revision {revision}.",
            file=one.entry.details["file"],
            rows=len(one.rows),
            at=at,
            revision=revision,
        )
    return message(
        "Not in the backup: {decision}, on {at} UTC as revision {revision}.",
        decision=_decision(one),
        at=at,
        revision=revision,
    )


def _decision(one: Later) -> Message:
    details = one.entry.details
    records = details.get("records") or sorted({report for pair in details.get("pairs", ()) for report in pair})
    match one.entry.action:
        case "rename":
            return message("the source {old} called {new}", old=details["old"], new=details["new"])
        case "undo":
            return message("revision {undone} taken back", undone=details["undone"])
        case "withdraw":
            return message("withdrawn: {ids}", ids=listed(records))
        case "link":
            return message("said to be of one event: {ids}", ids=listed(records))
        case "part":
            return message("said to be of different events: {ids}", ids=listed(records))
        case _:
            return message("taken out of its event: {ids}", ids=listed(records))


COMMANDS: Final = (backup, restore)
