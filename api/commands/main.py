"""The ``sira`` command: which family holds each command, loaded when it is called; errors in the person's language."""

from __future__ import annotations

import importlib
from typing import Any, Final, NoReturn

import click

from api.base.i18n import LANGUAGES, translate
from api.commands.session import Session
from geo.core.errors import SiraError
from geo.core.messages import Message, message

#: Command → the module of ``api.commands`` that holds it, and what its help begins with: help loads no module.
COMMANDS: Final = {
    "assess": ("assess", "Évaluer le risque sur les données présentes / assess the present data."),
    "backup": ("store", "Sauvegarder toute la base dans FILE / write the whole store to FILE."),
    "bulletin": ("bulletin", "Écrire le bulletin de NAME, une page / write the bulletin of NAME, one page."),
    "counts": (
        "counts",
        "Compter les incidents par unité et période, en CSV / count incidents per unit and period, as CSV.",
    ),
    "erase": ("history", "Effacer les textes d'enregistrements, partout / erase the texts of records, everywhere."),
    "evaluate": ("assess", "Mesurer le modèle sur les données présentes / measure the model on the present data."),
    "export": ("export", "Écrire des couches dans un fichier / write layers to a file."),
    "fetch": ("fetching", "Prendre des données à jour chez leur source / get current data from their source."),
    "hazards": (
        "hazards",
        "Mesurer les zones dangereuses par unité et période / measure hazard areas per unit and period, as CSV.",
    ),
    "history": ("history", "Montrer ce qui est arrivé à l'enregistrement RECORD / show what happened to RECORD."),
    "import": (
        "importing",
        "Importer FILE (incidents ou zones dangereuses) / import FILE (incidents or hazard areas).",
    ),
    "journal": ("history", "Journal de ce qui a été fait / journal of what was done."),
    "keys": ("keys", "Clés d'accès / access keys."),
    "link": ("links", "Dire que des signalements REPORTS sont un seul événement / say that REPORTS are of one event."),
    "links": (
        "links",
        "Lister les signalements liés, ou en question / list reports that are linked, or asked about.",
    ),
    "map": ("map", "Écrire la carte dans un fichier / write the map to one file."),
    "regions": ("regions", "Régions, cercles, communes / regions, cercles, communes."),
    "restore": (
        "store",
        "Remplacer toute la base par la sauvegarde FILE / replace the whole store by the backup FILE.",
    ),
    "roads": ("roads", "Réseau routier / road network."),
    "route": (
        "route",
        "Itinéraire de START à END : incidents recensés, tronçons, autres routes / a route and what is recorded on it.",
    ),
    "serve": ("serve", "Démarrer le service / start the service."),
    "sources": ("history", "Lister les sources, en renommer une / list the sources, rename one."),
    "undo": ("history", "Défaire REVISION, quoi qu'il soit venu après / take REVISION back, whatever came after it."),
    "unlink": (
        "links",
        "Retirer pour de bon le signalement REPORT de son événement / take REPORT out of its event for good.",
    ),
    "users": ("users", "Utilisateurs : qui se connecte par son nom / users: who signs in by name."),
    "withdraw": ("history", "Retirer des enregistrements pour de bon / take records back for good."),
}


class _Sira(click.Group):
    """Says a `SiraError`, or what the system refuses, as one sentence on stderr and ends with exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        family: tuple[click.Command, ...] = importlib.import_module(f"api.commands.{COMMANDS[cmd_name][0]}").COMMANDS
        return next(command for command in family if command.name == cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        most = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, click.Command(name, help=COMMANDS[name][1]).get_short_help_str(most))
            for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SiraError as error:
            needed = getattr(error, "audience", None)  # its class is in a module that help does without
            more = () if needed is None else (message("Here: --audience {audience}.", audience=needed.label),)
            self._end(ctx, error.message, *more)
        except BrokenPipeError:  # whoever read has gone: click ends quietly
            raise
        except OSError as error:
            file, reason = error.filename or "sira", error.strerror or str(error)
            self._end(ctx, message("{file} cannot be read or written: {reason}.", file=str(file), reason=reason))

    @staticmethod
    def _end(ctx: click.Context, *said: Message) -> NoReturn:
        # The settings themselves may be what is wrong: then there is no session yet.
        lang = ctx.obj.lang if isinstance(ctx.obj, Session) else (ctx.params["lang"] or "fr")
        for each in said:
            click.echo(translate(each, lang), err=True)
        ctx.exit(1)


def build() -> click.Group:
    """Return the ``sira`` group."""

    @click.group(cls=_Sira, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("--lang", type=click.Choice(LANGUAGES), default=None, help="Langue / language.")
    @click.version_option(package_name="sira")
    @click.pass_context
    def sira(context: click.Context, lang: str | None) -> None:
        """Sira : cartographie du risque explosif au Mali / explosive risk mapping for Mali."""
        from api.base.settings import load_settings  # a fifth of a second, which help does without

        settings = load_settings()
        context.obj = Session(settings, lang or settings.lang)

    return sira


def main() -> None:
    """Entry point of the ``sira`` command."""
    build()()
