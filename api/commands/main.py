"""The ``sira`` command: assembles the command families and says errors in the person's language."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, NoReturn

import click

import api.commands
from api.base.i18n import LANGUAGES, translate
from api.base.settings import load_settings
from api.commands.session import Session
from geo.core.errors import SiraError
from geo.core.messages import Message, message


class _Sira(click.Group):
    """Says a `SiraError`, or what the system refuses, as one sentence on stderr and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SiraError as error:
            self._end(ctx, error.message)
        except BrokenPipeError:  # whoever read has gone: click ends quietly
            raise
        except OSError as error:
            file, reason = error.filename or "sira", error.strerror or str(error)
            self._end(ctx, message("{file} cannot be read or written: {reason}.", file=str(file), reason=reason))

    @staticmethod
    def _end(ctx: click.Context, said: Message) -> NoReturn:
        # The settings themselves may be what is wrong: then there is no session yet.
        lang = ctx.obj.lang if isinstance(ctx.obj, Session) else (ctx.params["lang"] or "fr")
        click.echo(translate(said, lang), err=True)
        ctx.exit(1)


def build() -> click.Group:
    """Return the ``sira`` group with the commands of every module in ``api.commands``."""

    @click.group(cls=_Sira, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Langue / language.")
    @click.version_option(package_name="sira")
    @click.pass_context
    def sira(context: click.Context, lang: str | None) -> None:
        """Sira : cartographie du risque explosif au Mali / explosive risk mapping for Mali."""
        settings = load_settings()
        context.obj = Session(settings, lang or settings.lang)

    for module in pkgutil.iter_modules(api.commands.__path__, "api.commands."):
        for command in getattr(importlib.import_module(module.name), "COMMANDS", ()):
            sira.add_command(command)
    return sira


def main() -> None:
    """Entry point of the ``sira`` command."""
    build()()
