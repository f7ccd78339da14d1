"""Builds the XLSForms of this folder: questions and choices from its CSV files, units from the shipped boundaries.

    python data/forms/build.py

Run by a developer; its output is committed. Names of questions and choices are those of `geo.incidents.schema`, and
their words are words that ``sira import`` knows, so that what a form sends is read without a column map.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from geo.boundaries.regions import Boundaries
from geo.core.provenance import refresh_hashes
from geo.reading.text import fold

HERE: Final = Path(__file__).parent
#: Form → its title; its questions stand in the CSV of its name.
TITLES: Final = {"incident": "Sira : incident", "zone": "Sira : zone dangereuse"}
VINTAGE: Final = "2016"
#: Level of the units that are asked for → the level that the choice before it leaves of them.
UNITS: Final = {"region": None, "cercle": "region", "commune": "cercle"}
LANGUAGE: Final = "Français (fr)"

Rows = list[list[str]]


def sheets(form: str) -> dict[str, Rows]:
    """Return the rows of an XLSForm, sheet by sheet, headers first."""
    header, *listed = _read("choices")
    questions = _read(form)
    lists = {kind.partition(" ")[2] for kind, *_ in questions}
    choices = [[*header, "above"], *(row for row in (*listed, *_units()) if row[0] in lists)]
    settings = ["form_title", "form_id", "version", "default_language", "allow_choice_duplicates"]
    return {
        "survey": questions,
        "choices": choices,
        "settings": [settings, [TITLES[form], f"sira_{form}", "1", LANGUAGE, "yes"]],
    }


def _read(name: str) -> Rows:
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def _units() -> Iterator[list[str]]:
    """Give the units under names without blanks, as forms want them, each with the name of the unit above.

    They are taken from the communes: a cercle that two regions share stands under both.
    """
    boundaries = Boundaries.shipped()
    chain = boundaries.units("commune", VINTAGE)[["name"]].rename(columns={"name": "commune"})
    for level in ("cercle", "region"):
        chain[level] = boundaries.ancestors("commune", level, VINTAGE).map(boundaries.units(level, VINTAGE)["name"])
    for level, above in UNITS.items():
        kept = [level, above] if above else [level]
        for name, *over in chain[kept].drop_duplicates().sort_values(kept).itertuples(index=False):
            yield [level, fold(name), name, name, *map(fold, over)]


def main() -> None:
    """Write the forms and the hashes."""
    for form in TITLES:
        made = Workbook(write_only=True)
        for name, rows in sheets(form).items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append([cell or None for cell in row])
        made.save(HERE / f"{form}.xlsx")
    refresh_hashes(HERE)


if __name__ == "__main__":
    main()
