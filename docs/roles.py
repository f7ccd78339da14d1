"""Write the table of roles and actions of ``api/base/roles.py`` into ``docs/access.md`` and its French twin."""

from __future__ import annotations

from pathlib import Path

from api.base.i18n import translate
from api.base.roles import DESCRIPTIONS, NAMES, REQUIRED, Role

BEGIN = "<!-- begin: python docs/roles.py -->"
END = "<!-- end -->"
PAGES = {"en": Path(__file__).with_name("access.md"), "fr": Path(__file__).with_name("access.fr.md")}
YES = {"en": "yes", "fr": "oui"}
WHAT = {"en": "what", "fr": "action"}


def table(lang: str) -> str:
    """Return the table as Markdown: an action a line, a role a column."""
    heads = [f"{translate(NAMES[role], lang)} (`{role.label}`)" for role in Role]
    lines = [f"| {WHAT[lang]} | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for action, least in REQUIRED.items():
        cells = [YES[lang] if role >= least else "" for role in Role]
        lines.append(f"| {translate(DESCRIPTIONS[action], lang)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def with_table(text: str, lang: str) -> str:
    """Return a page with the table as the code has it."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(lang)}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    for lang, page in PAGES.items():
        page.write_text(with_table(page.read_text(encoding="utf-8"), lang), encoding="utf-8")
