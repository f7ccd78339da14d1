"""For whom a command writes a file: the option, what each audience sees, and what is said without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import click

from api.base.access import DESCRIPTIONS, REQUIRED, Audience, labels
from api.base.i18n import LANGUAGES, translate
from api.commands.session import Session
from geo.core.messages import Message, message

_F = TypeVar("_F", bound=Callable[..., Any])
_USUAL: Final = Audience.PUBLIC.label


def audience_option(command: _F) -> _F:
    """Give a command the option ``--audience``: the public's where it is not named."""
    return click.option(
        "--audience",
        type=click.Choice(labels()),
        default=_USUAL,
        show_default=True,
        help="Pour qui, voir ci-dessous / for whom, see below.",
    )(command)


class ForAudience(click.Command):
    """A command whose help ends with what each audience sees, in both languages."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Command`."""
        for said in (translate(each, lang) for lang in LANGUAGES for each in _seen()):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(said)


def hint(context: click.Context, session: Session) -> None:
    """Tell whoever did not name an audience what the file leaves out."""
    if context.get_parameter_source("audience") is click.core.ParameterSource.COMMANDLINE:
        return
    said = message(
        "Without --audience the file is for {audience}: {kinds}. More with --audience and one of {others}; what each "
        "sees is in the help.",
        audience=_USUAL,
        kinds=_kinds(Audience.PUBLIC),
        others=labels()[1:],
    )
    session.say(said, err=True)


def _seen() -> Iterator[Message]:
    for audience in Audience:
        kinds = _kinds(audience)
        if audience is Audience.PUBLIC:
            yield message("{audience}: {kinds}.", audience=audience.label, kinds=kinds)
        elif kinds:
            yield message("{audience}: also {kinds}.", audience=audience.label, kinds=kinds)
        else:
            before = Audience(audience - 1).label
            yield message("{audience}: the same as {before}.", audience=audience.label, before=before)


def _kinds(audience: Audience) -> tuple[Message, ...]:
    """Return what an audience sees that the one before it does not."""
    return tuple(DESCRIPTIONS[kind] for kind, needed in REQUIRED.items() if needed is audience)
