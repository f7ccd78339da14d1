"""``sira links``, ``sira link``, ``sira unlink``: reports of one event, and questions about likely repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click
import shapely

from api.commands.session import Session, pass_session
from geo.core.messages import Message, listed, message
from geo.core.names import shown
from geo.store.clashes import value_text

if TYPE_CHECKING:
    from geo.incidents.likeness import Likeness
    from geo.store.questions import Group
    from geo.store.records import ImportReport


@click.command()
@click.argument("reports", nargs=-1)
@click.option("--review", is_flag=True, help="Les questions ouvertes / the open questions.")
@click.option("--different", is_flag=True, help="Répondre que non : événements distincts / answer no: other events.")
@pass_session
def links(session: Session, reports: tuple[str, ...], review: bool, different: bool) -> None:
    """Lister les signalements liés, ou en question / list reports that are linked, or asked about.

    Ceux de REPORTS seulement, ou tous / those of REPORTS only, or all.
    """
    if different:
        if not reports:
            raise click.UsageError("--different REPORT…")
        revision = session.store.part(reports)
        session.say(
            message(
                "They are different events, and are not asked about again. The store is at revision {revision}.",
                revision=revision,
            )
        )
        return
    wanted = set(reports)
    found = session.store.questions() if review else session.store.links()
    found = [group for group in found if not wanted or wanted & set(group.ids)]
    for number, group in enumerate(found, start=1):
        session.say(_asked(number, group) if review else _linked(group))
        for record in group.reports:
            click.echo(f"  {_side(record)}")
        say_likenesses(session, group.likenesses)
        if review:
            ids = " ".join(group.ids)
            session.say(message("  Yes: sira link {ids}", ids=ids))
            session.say(message("  No: sira links --different {ids}", ids=ids))
    if not found:
        session.say(message("No question is open.") if review else message("No reports are linked."))


@click.command()
@click.argument("reports", nargs=-1, required=True)
@pass_session
def link(session: Session, reports: tuple[str, ...]) -> None:
    """Dire que des signalements REPORTS sont un seul événement / say that REPORTS are of one event."""
    revision = session.store.link(reports)
    session.say(
        message("These reports are one event, and count once. The store is at revision {revision}.", revision=revision)
    )


@click.command()
@click.argument("report")
@pass_session
def unlink(session: Session, report: str) -> None:
    """Retirer pour de bon le signalement REPORT de son événement / take REPORT out of its event for good."""
    revision = session.store.unlink(report)
    session.say(
        message(
            "The report {id} counts as an event of its own from revision {revision} on.", id=report, revision=revision
        )
    )


def say_likenesses(session: Session, likenesses: Sequence[Likeness]) -> None:
    """Say how alike reports are, and why, a line for each two."""
    for like in likenesses:
        session.say(
            message(
                "  {score} {a} – {b}: {reasons}",
                score=f"{like.score:.2f}",
                a=like.a,
                b=like.b,
                reasons=_joined(like.reasons),
            )
        )


def say_links(session: Session, outcome: ImportReport, *, check: bool) -> None:
    """Say what an import linked, or as a check would link, and what is asked."""
    if outcome.linked and check:
        session.say(
            message(
                "{count} {count:report|reports} would be linked with others, as one event each:", count=outcome.linked
            )
        )
    elif outcome.linked:
        session.say(
            message(
                "{count} {count:report was|reports were} linked with others, as one event each (sira links):",
                count=outcome.linked,
            )
        )
    if outcome.linked:
        say_likenesses(session, outcome.links)
    if check and outcome.asked and outcome.open:
        session.say(
            message(
                "{asked} {asked:question|questions} would be new: reports of one source that are likely one event, "
                "counted as their own until answered.",
                asked=outcome.asked,
            )
        )
    elif outcome.open and not check:
        session.say(
            message(
                "{asked} {asked:question is|questions are} new, {open} {open:is|are} open: reports of one source "
                "that are likely one event, counted as their own until answered. They are listed by: sira links "
                "--review",
                asked=outcome.asked,
                open=outcome.open,
            )
        )


def _joined(reasons: Sequence[Message]) -> Message:
    first, *others = reasons
    said = first
    for reason in others:
        said = message("{said}, {more}", said=said, more=reason)
    return said


def _asked(number: int, group: Group) -> Message:
    return message(
        "{number}. Are these {count} reports of {source} one event?",
        number=number,
        count=len(group.reports),
        source=group.reports[0]["source"],
    )


def _linked(group: Group) -> Message:
    sources = sorted({record["source"] for record in group.reports})
    return message("One event, {count} reports ({sources}):", count=len(group.reports), sources=listed(sources))


def _side(record: dict[str, Any]) -> str:
    """Return what a report says, in a line."""
    day = "–" if record["date"] is None else record["date"].date().isoformat()
    victims = f"{value_text(record['killed_total'])} † {value_text(record['injured_total'])} +"
    parts = [day, _place(record), record["hazard_type"], value_text(record["outcome"]), victims]
    parts += [shown(record[name]) for name in ("place_name", "narrative") if record[name]]
    return f"{record['id']}: {' | '.join(parts)}"


def _place(record: dict[str, Any]) -> str:
    point = None if record["wkb"] is None else shapely.from_wkb(record["wkb"])
    if point is None or point.is_empty:
        return value_text(record["location_unit"])
    return f"{point.y:.5f} {point.x:.5f}"


COMMANDS: Final = (links, link, unlink)
