"""What the commands of one call share: settings, language, store and boundaries."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from api.base.i18n import translate
from geo.core.errors import InputError
from geo.core.messages import Message, message

if TYPE_CHECKING:
    from api.base.settings import Settings
    from geo.boundaries.regions import Boundaries
    from geo.store import Store


class Session:
    """What commands share: settings and language; the store and the boundaries are opened on first use."""

    def __init__(self, settings: Settings, lang: str) -> None:
        self.settings = settings
        self.lang = lang
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """The installation's store, migrated; an empty one is seeded with the synthetic default."""
        if self._store is None:
            from geo.store import Store  # loaded by the commands that use it

            self.settings.home.mkdir(parents=True, exist_ok=True)
            self._store = Store.open(self.settings.store_url, quarantine_days=self.settings.quarantine_days)
            for note in self._store.to_import_again():
                self.say(note, err=True)
        return self._store

    @property
    def boundaries(self) -> Boundaries:
        """Shipped boundaries and the vintages imported into the store."""
        from geo.boundaries.regions import Boundaries

        return Boundaries.with_imported(self.store.vintages())

    def say(self, message: Message, *, err: bool = False) -> None:
        """Print `message` in the person's language."""
        click.echo(translate(message, self.lang), err=err)

    def confirm(self, *, yes: bool) -> None:
        """Ask whether to go on, where somebody sits at a terminal and has not said so.

        Raises
        ------
        InputError
            Off a terminal, without ``--yes``.
        click.Abort
            Where the answer is no.
        """
        if yes:
            return
        if not sys.stdin.isatty():
            raise InputError(message("Nothing was changed. To go on without being asked: --yes"))
        click.confirm(translate(message("Go on?"), self.lang), abort=True)


#: Who does what is done from here, in the journal.
COMMAND_LINE = "command line"

pass_session = click.make_pass_decorator(Session)
