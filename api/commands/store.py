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
from geo.core.messages import message

if TYPE_CHECKING:
    from geo.store.backup import Delivery


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
    help="Reprendre, ou laisser, ce qui a été livré après elle / bring again, or drop, what was delivered after it.",
)
@pass_session
def restore(session: Session, file: Path, keep: bool | None) -> None:
    """Remplacer toute la base par la sauvegarde FILE / replace the whole store by the backup FILE."""

    def confirm(later: Sequence[Delivery]) -> bool:
        for delivery in later:
            session.say(
                message(
                    "Not in the backup: {file}, {rows} rows, delivered on {at} UTC as revision {revision}.",
                    file=delivery.entry.details["file"],
                    rows=len(delivery.rows),
                    at=delivery.entry.at.strftime("%Y-%m-%d %H:%M"),
                    revision=delivery.entry.revision,
                )
            )
        if not later or keep is not None:
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


COMMANDS: Final = (backup, restore)
