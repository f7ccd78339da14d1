"""``sira backup``, ``restore``, ``unlink``, ``sources``: the store as a whole, events taken apart, sources named."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from api.commands.session import Session, pass_session
from geo.core.messages import message


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
@pass_session
def restore(session: Session, file: Path) -> None:
    """Remplacer toute la base par la sauvegarde FILE / replace the whole store by the backup FILE."""
    session.store.restore(file)
    session.say(
        message(
            "The store now holds what {file} held, as revision {revision}.",
            file=str(file),
            revision=session.store.revision(),
        )
    )


@click.command()
@click.argument("event_id")
@pass_session
def unlink(session: Session, event_id: str) -> None:
    """Séparer pour de bon les signalements liés sous EVENT_ID / take the reports linked as EVENT_ID apart for good."""
    revision = session.store.unlink(event_id)
    session.say(
        message(
            "The reports of the event {event_id} count as events of their own from revision {revision} on.",
            event_id=event_id,
            revision=revision,
        )
    )


@click.group(invoke_without_command=True)
@pass_session
def sources(session: Session) -> None:
    """Lister les sources, en renommer une / list the sources, rename one."""
    if click.get_current_context().invoked_subcommand is None:
        for name, count in session.store.sources().items():
            session.say(message("{source}: {count} records", source=name, count=count))


@sources.command()
@click.argument("old")
@click.argument("new")
@pass_session
def rename(session: Session, old: str, new: str) -> None:
    """Appeler NEW la source OLD, ou l'y réunir / call the source OLD by the name NEW, or merge it into that one."""
    done = session.store.rename_source(old, new)
    session.say(
        message(
            "{renamed} records renamed, {merged} merged with a record that was there. The store is at revision "
            "{revision}.",
            renamed=done.renamed,
            merged=done.merged,
            revision=done.revision,
        )
    )
    if done.clashes:
        session.say(
            message(
                "{count} records stand under both names and differ too much to be one; they keep the old name: {ids}",
                count=len(done.clashes),
                ids=", ".join(done.clashes),
            )
        )


COMMANDS: Final = (backup, restore, unlink, sources)
