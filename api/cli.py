"""The ``sira`` command: assembles the command families and says errors in the person's language."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import click

import api.commands
from api.i18n import translate
from api.settings import Settings
from geo.errors import SiraError
from geo.regions import Boundaries
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
            self.settings.home.mkdir(parents=True, exist_ok=True)
            self._store = Store.open(self.settings.store_url)
        return self._store

    @property
    def boundaries(self) -> Boundaries:
        """Shipped boundaries and the vintages imported into the store."""
        return Boundaries.with_imported(self.store.vintages())


pass_session = click.make_pass_decorator(Session)


def build() -> click.Group:
    """Return the ``sira`` group with the commands of every module in ``api.commands``."""

    @click.group(context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("--lang", type=click.Choice(["fr", "en"]), default=None, help="Langue / language.")
    @click.version_option(package_name="sira")
    @click.pass_context
    def sira(context: click.Context, lang: str | None) -> None:
        """Sira : cartographie du risque explosif au Mali / explosive risk mapping for Mali."""
        settings = Settings()
        context.obj = Session(settings, lang or settings.lang)

    for module in pkgutil.iter_modules(api.commands.__path__, "api.commands."):
        for command in importlib.import_module(module.name).COMMANDS:
            sira.add_command(command)
    return sira


def main() -> None:
    """Entry point: run the command; a `SiraError` becomes one sentence on stderr and exit code 1."""
    group = build()
    try:
        group(standalone_mode=True)
    except SiraError as error:
        lang = _lang_of(sys.argv)
        click.echo(translate(error.message, lang), err=True)
        sys.exit(1)


def _lang_of(argv: list[str]) -> str:
    for word, following in zip(argv, argv[1:], strict=False):
        if word == "--lang" and following in ("fr", "en"):
            return following
    return Settings().lang
