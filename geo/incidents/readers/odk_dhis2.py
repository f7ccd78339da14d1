"""Other systems' tables of events (ODK Central, DHIS2), and what any system says beside the event itself: what became
of it in review, codes of units that are not those of Sira, the reference system of its coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from geo.core.messages import message
from geo.incidents.raw import Format, Raw
from geo.incidents.readers.kobo_imsma import KOBO
from geo.incidents.vocabulary import REJECTED
from geo.reading.text import fold, is_blank, where

#: Codes of units in sets that Sira does not hold, and whose they are.
_FOREIGN: Final = {
    "GADM": re.compile(r"MLI(\.\d+){1,4}(_\d+)?"),
    "ISO 3166-2": re.compile(r"ML-(\d{1,2}|BKO)"),
    "geoBoundaries": re.compile(r"(MLI-ADM[0-5]-.+|\d{5,}B\d{6,})"),
}
_LON_LAT: Final = re.compile(r"(epsg:*)?4326|wgs_?(19)?84|wgs_84_geographic|geographic|crs84")

ODK: Final = replace(
    KOBO,
    name="odk",
    label="ODK Central",
    columns=dict(KOBO.columns)
    | {"source_id": ("KEY",), "also_id": (), "edited_id": (), "entered_at": ("SubmissionDate",)},
)
DHIS2: Final = replace(
    KOBO,
    name="dhis2",
    label="DHIS2",
    columns=dict(KOBO.columns)
    | {
        "source_id": ("event", "event uid"),
        "also_id": (),
        "edited_id": (),
        "date": ("eventDate", "event date", "occurredAt", *KOBO.columns["date"]),
        "place_name": ("orgUnitName", "organisation unit name", *KOBO.columns["place_name"]),
        "entered_at": ("created", "created at"),
        "updated_at": ("lastUpdated", "updated at"),
    },
)

_ODK_POINT: Final = re.compile(r"(?:(?P<group>.*)-)?(?P<stem>[^-]+)-(?P<part>Latitude|Longitude|Altitude|Accuracy)")


def is_odk(header: Sequence[str]) -> bool:
    """Tell whether a header is that of an export of ODK Central."""
    names = {name.strip() for name in header}
    return {"SubmissionDate", "KEY"} <= names and bool(names & {"ReviewState", "SubmitterID", "meta-instanceID"})


def is_dhis2(header: Sequence[str]) -> bool:
    """Tell whether a header is that of a list of events of DHIS2."""
    names = {fold(name) for name in header}
    return {"event", "program"} <= names and bool(names & {"eventdate", "event_date", "occurredat"})


def as_kobo(header: Sequence[str]) -> list[str]:
    """Write the names of ODK Central's columns (``group-question``, ``gps-Latitude``) as KoBo would."""
    names = []
    for name in header:
        found = _ODK_POINT.fullmatch(name.strip())
        if found:
            part = {"Accuracy": "precision"}.get(found["part"], found["part"].casefold())
            names.append(f"{found['group'] or ''}/_{found['stem']}_{part}".lstrip("/"))
        else:
            names.append(name.strip().replace("-", "/"))
    return names


def check_beside(raw: Raw, form: Format) -> None:
    """Set aside what was rejected in review, what is in another reference system, and units by codes of other sets."""
    reviewed = raw.column("review")
    raw.faults.add(
        where(reviewed, lambda text: fold(text) in REJECTED),
        "review",
        reviewed,
        lambda _, __: message("The record was rejected in the review of {system}: it is not taken.", system=form.label),
        "review",
    )
    systems = raw.column("crs")
    raw.faults.add(
        where(systems, lambda text: not is_blank(text) and not _LON_LAT.fullmatch(fold(text).replace("_", ":", 1))),
        "crs",
        systems,
        lambda _, value: message(
            "The coordinates are in the reference system {value}; expected longitude, latitude (4326).", value=value
        ),
        "location",
    )
    for name in ("region", "cercle", "commune"):
        for owner, pattern in _FOREIGN.items():
            raw.faults.add(
                where(raw.column(name), lambda text, pattern=pattern: pattern.fullmatch(text.strip()) is not None),  # type: ignore[misc]
                name,
                raw.column(name),
                lambda _, value, owner=owner: message(  # type: ignore[misc]
                    "{value} is a code of {owner}, which Sira does not hold; expected the unit's name, or its P-code "
                    "with --pcodes ocha2020 or cod2015.",
                    value=value,
                    owner=owner,
                ),
                "location",
            )
