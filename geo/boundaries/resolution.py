"""From a name or a P-code to the one unit it means, or an error that helps to say it better."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import pandas as pd

from geo.core.errors import AmbiguousNameError, CodeMismatchError, ParameterError, UnknownNameError
from geo.core.messages import Message, message
from geo.core.names import MAX_NAME_LENGTH, fold, nearest, shown, words
from geo.core.provenance import data_path

_LEVEL_WORDS: Final = {
    "region": "region",
    "district": "region",
    "cercle": "cercle",
    "circle": "cercle",
    "commune": "commune",
    "municipality": "commune",
}
_SAYS_LEVEL_FIRST: Final = re.compile(
    r"(?:the |le |la )?(region|district|cercle|circle|commune|municipality)(?: rurale| urbaine)?"
    r"(?: (?:de la|du|de|d|of))? (.+)"
)
_SAYS_LEVEL_LAST: Final = re.compile(r"(.+) (region|district|cercle|circle|commune|municipality)")
_CODE: Final = re.compile(r"ml\d{2,8}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One region, cercle or commune: its row of the unit table without the geometry. Missing values are None."""

    unit_id: str
    level: str
    vintage: str
    name: str
    pcode: str | None
    pcode_set: str | None
    parent_id: str | None
    area_km2: float
    population: int | None

    def __str__(self) -> str:
        return f"{self.name} ({self.level})"


class UnitNames:
    """The names and codes of one vintage.

    Parameters
    ----------
    table : DataFrame
        Unit tables of all levels, one below the other.
    codes : mapping
        (code set, P-code) → unit id.
    """

    def __init__(self, table: pd.DataFrame, codes: Mapping[tuple[str, str], str]) -> None:
        self._units = {unit.unit_id: unit for unit in _as_units(table)}
        self._codes = {(pcode_set, pcode.casefold()): unit_id for (pcode_set, pcode), unit_id in codes.items()}
        self._by_key: dict[str, list[Unit]] = defaultdict(list)
        for unit in self._units.values():
            self._enter(unit.name, unit)
            _, bare = _split_level(unit.name)
            self._enter(bare, unit)
        for alias, name, level in aliases():
            for unit in list(self._by_key.get(fold(name), ())):
                if level in ("", unit.level) and unit.name == name:
                    self._enter(alias, unit)

    def _enter(self, spelling: str, unit: Unit) -> None:
        known = self._by_key[fold(spelling)]
        if unit not in known:
            known.append(unit)

    def matches(self, name: str, level: str | None, within: str | None) -> tuple[Unit, ...]:
        """Return the units that `name` may mean; of `level`, and inside the unit called `within`, where given."""
        if _CODE.fullmatch(fold(name)):
            found = self._with_code(fold(name))
        elif self._by_key.get(fold(name)):
            found = self._by_key[fold(name)]
        else:
            said, bare = _split_level(name)
            if said is not None and level not in (None, said):
                raise ParameterError(
                    message(
                        "The name {name} says another level than the level asked for, {level}.",
                        name=shown(name),
                        level=level,
                    ),
                    parameter="level",
                )
            level = said or level
            found = self._by_key.get(fold(bare), [])
        found = [unit for unit in found if level in (None, unit.level)]
        if within is not None:
            around = {unit.unit_id for unit in self.matches(within, None, None)}
            if not around:
                raise self._unknown(within, None)
            found = [unit for unit in found if around & set(self._ancestry(unit))]
        return tuple(found)

    def resolve(self, name: str, level: str | None, within: str | None) -> Unit:
        """Return the one unit that `name` means. See `geo.boundaries.regions.Boundaries.resolve`."""
        found = self.matches(name, level, within)
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._elsewhere(name, level, within) or self._unknown(name, level)
        raise self._ambiguous(name, found)

    def by_code(self, pcode: str, pcode_set: str, name: str | None) -> Unit:
        """Return the unit with this code. See `geo.boundaries.regions.Boundaries.resolve_code`."""
        sets = sorted({each for each, _ in self._codes})
        if pcode_set not in sets:
            raise ParameterError(
                message(
                    "There is no code set {pcode_set}; there are {known}.", pcode_set=pcode_set, known=", ".join(sets)
                ),
                parameter="pcode_set",
            )
        unit_id = self._codes.get((pcode_set, pcode.strip().casefold()))
        if unit_id is None:
            codes = nearest(pcode, (code.upper() for each, code in self._codes if each == pcode_set))
            raise UnknownNameError(
                message(
                    "The code set {pcode_set} has no code {pcode}; the nearest are {nearest}.",
                    pcode_set=pcode_set,
                    pcode=shown(pcode),
                    nearest=", ".join(codes),
                ),
                candidates=codes,
            )
        unit = self._units[unit_id]
        if name is not None and unit not in self.matches(name, None, None):
            raise CodeMismatchError(self._mismatch(pcode, pcode_set, name, unit), candidates=(unit.name,))
        return unit

    def _with_code(self, code: str) -> list[Unit]:
        ids = dict.fromkeys(unit_id for (_, pcode), unit_id in self._codes.items() if pcode == code)
        return [self._units[unit_id] for unit_id in ids]

    def _ancestry(self, unit: Unit) -> Iterable[str]:
        parent = unit.parent_id
        while parent is not None and parent in self._units:
            yield parent
            parent = self._units[parent].parent_id

    def _elsewhere(self, name: str, level: str | None, within: str | None) -> UnknownNameError | None:
        """Return the error for a name that is known, but of no unit of this level or inside this unit."""
        wherever = self.matches(name, None, None)
        if not wherever:
            return None
        parents = {unit: next(iter(self._ancestry(unit)), None) for unit in wherever}
        candidates = tuple(
            f"{unit.name} ({unit.level})"
            if parent is None
            else f"{unit.name} ({unit.level}, {self._units[parent].name})"
            for unit, parent in parents.items()
        )
        said = message(
            "{name} is not the name of a unit of the level {level} within {within}; what is called that: {units}.",
            name=shown(name),
            level=level or message("(any)"),
            within=message("(anywhere)") if within is None else shown(within),
            units=", ".join(candidates),
        )
        return UnknownNameError(said, candidates=candidates)

    def _unknown(self, name: str, level: str | None) -> UnknownNameError:
        wanted = {
            key: next(unit.name for unit in units if level in (None, unit.level))
            for key, units in self._by_key.items()
            if any(level in (None, unit.level) for unit in units)
        }
        if _CODE.fullmatch(fold(name)):
            wanted = {pcode: pcode.upper() for _, pcode in self._codes}
        candidates = nearest(_split_level(name)[1], wanted)
        return UnknownNameError(
            message(
                "{name} is not known; the nearest spellings are {nearest}.",
                name=shown(name),
                nearest=", ".join(candidates),
            ),
            candidates=candidates,
        )

    def _ambiguous(self, name: str, found: tuple[Unit, ...]) -> AmbiguousNameError:
        if _CODE.fullmatch(fold(name)):
            owners = [
                f"{pcode_set}: {self._units[unit_id].name}"
                for (pcode_set, pcode), unit_id in self._codes.items()
                if pcode == fold(name)
            ]
            said = message(
                "The code {pcode} means different units in different code sets ({owners}); name the code set.",
                pcode=shown(name),
                owners=", ".join(owners),
            )
            return AmbiguousNameError(said, candidates=owners)
        levels = tuple(dict.fromkeys(unit.level for unit in found))
        if len(levels) > 1:
            said = message(
                "{name} is the name of units of several levels ({levels}); say which level.",
                name=shown(name),
                levels=", ".join(levels),
            )
            return AmbiguousNameError(said, candidates=levels)
        parents = tuple(self._units[parent].name for unit in found for parent in list(self._ancestry(unit))[:1])
        said = message(
            "{name} is the name of {count} units of the level {level} (in {parents}); say within which.",
            name=shown(name),
            count=len(found),
            level=levels[0],
            parents=", ".join(parents),
        )
        return AmbiguousNameError(said, candidates=parents)

    def _mismatch(self, pcode: str, pcode_set: str, name: str, unit: Unit) -> Message:
        meant = {each.unit_id for each in self.matches(name, None, None)}
        own = [f"{code.upper()} ({each})" for (each, code), unit_id in self._codes.items() if unit_id in meant]
        return message(
            "The code {pcode} is {unit} in the code set {pcode_set}, not {name}. Codes of {name}: {codes}.",
            pcode=shown(pcode),
            unit=unit.name,
            pcode_set=pcode_set,
            name=shown(name),
            codes=", ".join(own) or "–",
        )


def _as_units(table: pd.DataFrame) -> Iterable[Unit]:
    columns = ["level", "vintage", "name", "pcode", "pcode_set", "parent_id", "area_km2", "population"]
    plain = table[columns].astype(object).where(table[columns].notna(), None)
    return (Unit(*row) for row in plain.itertuples(name=None))


def level_in_name(name: str) -> str | None:
    """Return the level that a name says, as "cercle de Tombouctou" does, or None."""
    return _split_level(name)[0]


def _split_level(name: str) -> tuple[str | None, str]:
    """Return the level that `name` says ("cercle de …", "… region") or None, and the name without it."""
    text = words(name[:MAX_NAME_LENGTH])
    if first := _SAYS_LEVEL_FIRST.fullmatch(text):
        return _LEVEL_WORDS[first[1]], first[2]
    if last := _SAYS_LEVEL_LAST.fullmatch(text):
        return _LEVEL_WORDS[last[2]], last[1]
    return None, name[:MAX_NAME_LENGTH]


@cache
def aliases() -> tuple[tuple[str, str, str], ...]:
    """Return the known other spellings: (spelling, name, level it holds for or "")."""
    with data_path("regions/aliases.csv").open(encoding="utf-8", newline="") as stream:
        return tuple((row["alias"], row["name"], row["level"]) for row in csv.DictReader(stream))
