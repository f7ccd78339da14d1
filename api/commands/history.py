"""``sira history``, ``undo``, ``withdraw``, ``erase``, ``sources``, ``journal``: records, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import click

from api.commands.session import Session, pass_session
from geo.core.messages import Message, listed, message

if TYPE_CHECKING:
    from geo.store.corrections import Undone
    from geo.store.versions import Version

#: Kept by Sira, and no part of what a source says.
_OURS: Final = ("id", "source", "source_id", "digest")
#: What an outcome is called.
_OUTCOMES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "new": message("new"),
        "updated": message("updated"),
        "reread": message("read more closely"),
        "clash": message("clash, set aside"),
        "withdrawn": message("delivered again though withdrawn, set aside"),
        "taken_back": message("withdrawn"),
        "unnumbered": message("its number went to another record"),
    }
)


@click.group(invoke_without_command=True)
@pass_session
def sources(session: Session) -> None:
    """Lister les sources, en renommer une / list the sources, rename one."""
    if click.get_current_context().invoked_subcommand is None:
        for name, count in session.store.sources().items():
            session.say(message("{source}: {count} {count:record|records}", source=name, count=count))


@sources.command()
@click.argument("old")
@click.argument("new")
@pass_session
def rename(session: Session, old: str, new: str) -> None:
    """Appeler NEW la source OLD, ou l'y réunir / call the source OLD by the name NEW, or merge it into that one."""
    done = session.store.rename_source(old, new)
    session.say(
        message(
            "{renamed} {renamed:record|records} renamed, {merged} merged with a record that was there. The store "
            "is at revision {revision}.",
            renamed=done.renamed,
            merged=done.merged,
            revision=done.revision,
        )
    )
    if done.clashes:
        session.say(
            message(
                "{count} {count:record stands|records stand} under both names and {count:differs|differ} too much "
                "to be one; {count:it keeps|they keep} the old name: {ids}",
                count=len(done.clashes),
                ids=", ".join(done.clashes),
            )
        )


@click.command()
@click.argument("record")
@pass_session
def history(session: Session, record: str) -> None:
    """Montrer ce qui est arrivé à l'enregistrement RECORD / show what happened to RECORD."""
    for version in session.store.history(record):
        session.say(_headline(version))
        for name, (before, after) in _changes(version).items():
            click.echo(f"    {name}: {before} → {after}")


@click.command()
@click.argument("revision", type=int)
@click.option("--yes", is_flag=True, help="Ne pas demander / do not ask.")
@pass_session
def undo(session: Session, revision: int, yes: bool) -> None:
    """Défaire REVISION, quoi qu'il soit venu après / take REVISION back, whatever came after it."""

    def confirm(done: Undone) -> None:
        for said, records in (
            (message("{count} {count:record goes|records go}: {ids}", **_named(done.removed)), done.removed),
            (message("{count} {count:record comes|records come} back: {ids}", **_named(done.restored)), done.restored),
            (
                message(
                    "{count} {count:record is|records are} again as other deliveries say: {ids}", **_named(done.changed)
                ),
                done.changed,
            ),
        ):
            if records:
                session.say(said)
        session.confirm(yes=yes)

    done = session.store.undo(revision, confirm)
    session.say(
        message(
            "Revision {undone} was taken back. The store is at revision {revision}.",
            undone=revision,
            revision=done.revision,
        )
    )


@click.command()
@click.argument("records", nargs=-1, required=True)
@click.option("--reason", required=True, help="Pourquoi / why.")
@pass_session
def withdraw(session: Session, records: tuple[str, ...], reason: str) -> None:
    """Retirer des enregistrements pour de bon / take records back for good."""
    revision = session.store.withdraw(records, reason)
    session.say(
        message(
            "{count} {count:record was|records were} withdrawn. The store is at revision {revision}.",
            count=len(set(records)),
            revision=revision,
        )
    )


@click.command()
@click.argument("records", nargs=-1)
@click.option("--source", default=None, help="Tous ceux de cette source / all of this source.")
@click.option("--yes", is_flag=True, help="Ne pas demander / do not ask.")
@pass_session
def erase(session: Session, records: tuple[str, ...], source: str | None, yes: bool) -> None:
    """Effacer les textes d'enregistrements, partout / erase the texts of records, everywhere."""
    if not records and source is None:
        raise click.UsageError("RECORDS, --source")
    session.say(
        message(
            "Narratives, names of places and of areas are erased from the store, from all versions and from what was "
            "set aside. Backups made before keep them."
        )
    )
    session.confirm(yes=yes)
    done = session.store.erase(records, source)
    session.say(
        message(
            "Erased: the texts of {count} {count:record|records} and of {aside} {aside:row|rows} set aside. The "
            "store is at revision {revision}.",
            count=len(done.records),
            aside=done.set_aside,
            revision=done.revision,
        )
    )


@click.group()
def journal() -> None:
    """Journal de ce qui a été fait / journal of what was done."""


@journal.command()
@pass_session
def verify(session: Session) -> None:
    """Vérifier que rien n'y a été changé / check that nothing in it was changed."""
    found = session.store.verify_journal()
    for fault in found.faults:
        session.say(fault)
    if found.erased:
        session.say(message("Texts were erased, and their seals stand, of: {ids}", ids=", ".join(found.erased)))
    if found.faults:
        raise click.exceptions.Exit(1)
    session.say(
        message(
            "The {count} {count:entry of the journal is as it was|entries of the journal are as they were} written.",
            count=found.entries,
        )
    )


def _headline(version: Version) -> Message:
    said = message(
        "{at} UTC, revision {revision}: {outcome} ({who}{file})",
        at=version.entry.at.strftime("%Y-%m-%d %H:%M"),
        revision=version.entry.revision,
        outcome=_OUTCOMES.get(version.outcome, Message("{text}", {"text": version.outcome})),
        who=version.entry.who or "–",
        file=f", {version.entry.details['file']}" if version.entry.details.get("file") else "",
    )
    return message("{said}, taken back since", said=said) if version.undone else said


def _changes(version: Version) -> dict[str, tuple[str, str]]:
    if version.outcome not in ("new", "updated", "reread"):
        return {}
    from geo.store.clashes import value_text
    from geo.store.frames import from_content

    before, after = (from_content(content or {}, "-") for content in (version.before, version.after))
    names = [name for name in after if name not in _OURS and before.get(name) != after[name]]
    return {name: (value_text(before.get(name)), value_text(after[name])) for name in names}


def _named(records: tuple[str, ...]) -> dict[str, Any]:
    return {"count": len(records), "ids": listed(records)}


COMMANDS: Final = (sources, history, undo, withdraw, erase, journal)
