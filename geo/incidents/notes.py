"""What Sira did to take a row: short remarks, kept as English text in the ``note`` column and read back from it."""

from __future__ import annotations

import re
from typing import Final

from geo.core.messages import Message, message

_SEPARATOR: Final = "; "


def outside_border(distance_m: int) -> Message:
    """The point lies this far outside the border and was taken all the same."""
    return message("{distance} m outside the border", distance=distance_m)


def between(start: str, end: str) -> Message:
    """The source gives a span of days (ISO dates), the table a month or year."""
    return message("between {start} and {end}", start=start, end=end)


def centre_of(lon: str, lat: str, unit: str, level: str) -> Message:
    """The point is a unit's centre and so stands for the unit."""
    return message(
        "coordinates {lon}, {lat} are the centre of {unit} ({level}), taken as known to this unit only",
        lon=lon,
        lat=lat,
        unit=unit,
        level=level,
    )


def spelled(name: str, unit: str) -> Message:
    """The name is a letter off the only like unit inside the unit that the row names."""
    return message("{name} taken for {unit}, a letter off", name=name, unit=unit)


def unknown_unit(level: str, name: str) -> Message:
    """A coarser unit that the row names is in no vintage; a finer one decided."""
    return message("{name} is no known {level}", name=name, level=level)


def unknown_word(column: str, word: str) -> Message:
    """The row says this in a column of closed words, and Sira does not know it."""
    return message("{column}: “{word}” is not known", column=column, word=word)


def several_devices(words: str) -> Message:
    """The row names devices of several categories."""
    return message("several devices: {words}", words=words)


def false_alarm() -> Message:
    """The source says that there was nothing."""
    return message("a false alarm")


def count_said(column: str, text: str, number: int | None) -> Message:
    """The row counts people by a range, a minimum or in words."""
    if number is None:
        return message("{column}: “{text}”, taken as not known", column=column, text=text)
    return message("{column}: “{text}”, taken as at least {number}", column=column, text=text, number=number)


def is_of_count(note: Message) -> bool:
    """Tell whether a remark is one of `count_said`."""
    return note.template in (count_said("", "", None).template, count_said("", "", 0).template)


def about(text: str) -> Message:
    """The source says only about when."""
    return message("date: “{text}”", text=text)


def in_utc(day: str, written: str) -> Message:
    """The source's time zone makes its day another one in UTC."""
    return message("{day} in UTC, {written} where it was written", day=day, written=written)


def sub_event_lost() -> Message:
    """The upgrade of a store could not tell which kind of explosive event of ACLED's this is."""
    return message("ACLED's sub-event was not kept: air strike, shelling, grenade or chemical weapon")


_TEMPLATES: Final = (
    outside_border(0).template,
    between("", "").template,
    centre_of("", "", "", "").template,
    spelled("", "").template,
    unknown_unit("", "").template,
    unknown_word("", "").template,
    several_devices("").template,
    about("").template,
    in_utc("", "").template,
    count_said("", "", None).template,
    count_said("", "", 0).template,
    false_alarm().template,
    sub_event_lost().template,
)


def write(notes: list[Message]) -> str | None:
    """Join remarks for the ``note`` column; None where there are none."""
    return _SEPARATOR.join(str(note).replace(_SEPARATOR, ", ") for note in notes) or None


def read(text: str) -> tuple[Message, ...]:
    """Return the remarks in a ``note``, so that they can be said in the reader's language.

    A remark that Sira did not write itself comes back as it is.

    Examples
    --------
    >>> [note.params["distance"] for note in read("150 m outside the border")]
    ['150']
    """
    return tuple(_recognise(part) for part in text.split(_SEPARATOR) if part)


def _recognise(part: str) -> Message:
    for template in _TEMPLATES:
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(template)), part)
        if found is not None:
            return Message(template, found.groupdict())
    return Message("{text}", {"text": part})
