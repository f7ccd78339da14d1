"""From areas as files state them to canonical rows: each is taken, or set aside with the reason."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from geo.core.errors import SourceNeededError
from geo.core.identity import Claim
from geo.core.invented import is_invented
from geo.core.messages import Message, message
from geo.hazards import fields
from geo.hazards.batch import QuarantinedArea, RawArea
from geo.hazards.fields import FieldError, text_of
from geo.hazards.schema import (
    AREA_DIFFERENCE_LIMIT,
    RELEASED_STATUSES,
    HazardStatus,
    StatusChange,
    history_text,
)
from geo.hazards.shapes import area_m2, as_multipolygon, in_range, repair, swapped, to_metric, wkt
from geo.hazards.sira import wrote
from geo.incidents.batch import Fault
from geo.incidents.dates import Order
from geo.incidents.schema import DatePrecision

#: Outlines are simplified: an area may reach this far over the border without remark.
BORDER_TOLERANCE_M: Final = 1_000.0
#: An area with more than this share of its land beyond that is taken for one of another country.
OUTSIDE_SHARE_LIMIT: Final = 0.5

#: Characters of a repair's WKT that its reason shows; `QuarantinedArea.repair_wkt` has all of it.
REPAIR_SHOWN: Final = 400

_UNIT_M2: Final = {"area_m2": 1.0, "area_ha": 1e4, "area_km2": 1e6}
#: What a file has columns for or not, beside what every file must have → the fields that say it.
_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name",),
    "device_categories": ("devices",),
    "survey_date": ("survey_date",),
    "clearance_date": ("clearance_date",),
    "method": ("method",),
    "area_reported_m2": tuple(_UNIT_M2),
    "updated_at": ("updated_at",),
}


class _GeometryError(Exception):
    """The polygon cannot be used; carries what a person needs to judge it."""

    def __init__(self, reason: Message, kind: str, geometry: BaseGeometry | None) -> None:
        super().__init__(reason)
        self.reason, self.kind, self.geometry = reason, kind, geometry


@dataclass(frozen=True, slots=True)
class TakenArea:
    """A canonical row (``values`` without geometry), its id, and what was noted about it."""

    id: str
    row: int
    values: Mapping[str, Any]
    geometry: MultiPolygon
    notes: tuple[Message, ...]
    claim: Claim


class Validator:
    """Judges areas one by one against the schema and the country.

    Parameters
    ----------
    country
        Outline of the country, lon/lat.
    today
        UTC date; later dates are refused.
    file
        Name of the file.
    source
        Who areas come from that do not say.
    order
        The file's order of day and month.
    """

    def __init__(
        self, country: BaseGeometry, today: dt.date, file: str, source: str | None, order: Order | None
    ) -> None:
        self._today = today
        self._file = file
        self._source = source
        self._order = order
        self._near = shapely.buffer(to_metric(country), BORDER_TOLERANCE_M)
        shapely.prepare(self._near)
        self._rows: dict[str, int] = {}

    def judge(self, area: RawArea) -> TakenArea | QuarantinedArea:
        """Return the canonical row of an area, or the area set aside with all that is wrong with it."""
        try:
            taken = self._take(area)
            self._require_new(taken)
        except FieldError as error:
            aside = QuarantinedArea(area.row, error.column, error.value, error.reason, error.kind)
            return replace(aside, others=self._others(area, error.column))
        except _GeometryError as error:
            return replace(_broken(area.row, error), others=self._others(area, "geometry"))
        self._rows[taken.id] = taken.row
        return taken

    def _others(self, area: RawArea, named: str) -> tuple[Fault, ...]:
        """Return the faults of an area beside the one in the column `named`, which was found first."""
        found: dict[str, Fault] = {}
        for check in self._checks(area):
            try:
                check()
            except FieldError as error:
                found.setdefault(error.column, Fault(error.column, error.value, error.reason, error.kind))
            except _GeometryError as error:
                found.setdefault("geometry", Fault("geometry", "", error.reason, error.kind))
        return tuple(fault for column, fault in found.items() if column != named)

    def _checks(self, area: RawArea) -> Iterator[Callable[[], object]]:
        """Yield what is asked of each cell, by itself."""
        texts = {name: text_of(area.properties, name) for name in fields.NAMES}
        yield partial(self._geometry, area)
        yield partial(fields.require_unrejected, area.properties)
        for name in fields.DATE_FIELDS:
            yield partial(fields.parse_date, texts[name], name, self._today, self._order)
        if texts["status"]:
            yield partial(fields.parse_status, texts["status"], "status")
        if texts["history"]:
            yield partial(fields.parse_changes, texts["history"], "history", self._today)
        yield partial(fields.parse_devices, texts["devices"], "devices")
        yield partial(fields.parse_method, texts["method"], "method")
        yield partial(fields.parse_flag, texts["synthetic"], "synthetic")
        for name in _UNIT_M2:
            yield partial(fields.parse_number, texts[name], name, minimum=0)

    def _take(self, area: RawArea) -> TakenArea:
        properties = area.properties
        fields.require_plain_text(properties)
        fields.require_unrejected(properties)
        geometry = self._geometry(area)
        notes = list(area.notes)
        source = self._source_of(properties)
        source_id = text_of(properties, "source_id")
        made = not source_id
        if made:
            source_id = hashlib.sha256(shapely.to_wkb(geometry, byte_order=1)).hexdigest()[:12]
            notes.append(message("it has no id at its source; {id} was made from its polygon", id=source_id))
        dates, date_notes = self._dates(properties)
        measured = area_m2(geometry)
        reported = _reported_area(properties)
        history = self._history(properties, dates)
        notes += [*date_notes, *_by_survey(history, dates), *self._remarks(geometry, reported, measured)]
        values = {
            "source": source,
            "source_id": source_id,
            "name": text_of(properties, "name") or None,
            "history": history_text(history),
            "device_categories": fields.parse_devices(text_of(properties, "devices"), "devices"),
            "survey_date": dates["survey_date"],
            "clearance_date": dates["clearance_date"],
            "method": fields.parse_method(text_of(properties, "method"), "method"),
            "area_reported_m2": reported,
            "area_measured_m2": measured,
            "updated_at": dates["updated_at"],
            "synthetic": fields.parse_flag(text_of(properties, "synthetic"), "synthetic")
            or is_invented(source, text_of(properties, "name")),
            "note": self._note(properties, notes),
        }
        own = properties.get("id", "").strip() if wrote(properties) else ""
        claim = Claim(area.row, own, made, unsaid=_unsaid(properties))
        return TakenArea(own or f"{source}:{source_id}", area.row, values, geometry, tuple(notes), claim)

    def _note(self, properties: Mapping[str, str], notes: Sequence[Message]) -> str | None:
        """Return what Sira did to take an area: of one that it wrote, what it did when it first took it."""
        said = [properties["note"].strip()] if wrote(properties) else [str(note) for note in notes]
        return "; ".join(filter(None, said)) or None

    def _source_of(self, properties: Mapping[str, str]) -> str:
        source = text_of(properties, "source") or self._source
        if not source:
            raise SourceNeededError(
                message(
                    "{file} does not say whose records it holds. Name the source, an organisation or its system, and "
                    "use the same name for all of its files: --source NAME",
                    file=self._file,
                ),
                file=self._file,
            )
        return source

    def _require_new(self, taken: TakenArea) -> None:
        earlier = self._rows.get(taken.id)
        if earlier is not None:
            raise FieldError(
                "source_id",
                str(taken.values["source_id"]),
                message("the same area stands in row {row} already", row=earlier),
                "duplicate",
            )

    def _dates(self, properties: Mapping[str, str]) -> tuple[Mapping[str, dt.date | None], list[Message]]:
        dates: dict[str, dt.date | None] = {}
        notes = []
        for field in fields.DATE_FIELDS:
            text = text_of(properties, field)
            dates[field], precision = fields.parse_date(text, field, self._today, self._order)
            if precision is not DatePrecision.DAY:
                notes.append(
                    message("{column} {value} is taken as {date}", column=field, value=text, date=dates[field])
                )
        survey, clearance = dates["survey_date"], dates["clearance_date"]
        if survey and clearance and clearance < survey:
            raise FieldError(
                "clearance_date",
                clearance.isoformat(),
                message("clearance ended before the survey of {survey_date}", survey_date=survey),
                "date",
            )
        return dates, notes

    def _history(self, properties: Mapping[str, str], dates: Mapping[str, dt.date | None]) -> tuple[StatusChange, ...]:
        text = text_of(properties, "history")
        changes = fields.parse_changes(text, "history", self._today) if text else ()
        word = text_of(properties, "status")
        if not word:
            if changes:
                return changes
            raise FieldError("status", "", message("the status is missing"), "status")
        status = fields.parse_status(word, "status")
        if changes:
            if changes[-1].status != status:
                raise FieldError(
                    "status",
                    word,
                    message("the history ends in {last}, not in the stated status", last=str(changes[-1].status)),
                    "status",
                )
            return changes
        since = dates["status_date"] or _date_of(status, dates["survey_date"], dates["clearance_date"])
        if since is None:
            raise FieldError(
                "status_date",
                "",
                message("it is not said since when the status holds (status_date, survey_date or clearance_date)"),
                "date",
            )
        return (StatusChange(since, status),)

    def _geometry(self, area: RawArea) -> MultiPolygon:
        geometry = area.geometry
        if geometry is not None and not in_range(geometry):
            raise _GeometryError(
                message("coordinates are no longitudes and latitudes in degrees"), "location", geometry
            )
        if area.fault is not None:
            raise _GeometryError(area.fault, "geometry", geometry)
        if geometry is None or geometry.is_empty:
            raise _GeometryError(message("the polygon is missing or empty"), "geometry", None)
        if geometry.geom_type not in ("Polygon", "MultiPolygon"):
            raise _GeometryError(
                message("found {kind}; expected Polygon or MultiPolygon", kind=geometry.geom_type), "geometry", geometry
            )
        if not geometry.is_valid:
            raise _GeometryError(
                message("the polygon is broken: {detail}", detail=shapely.is_valid_reason(geometry)),
                "geometry",
                geometry,
            )
        self._require_inside(geometry)
        return as_multipolygon(geometry)

    def _require_inside(self, geometry: BaseGeometry) -> None:
        if self._outside_share(geometry) <= OUTSIDE_SHARE_LIMIT:
            return
        other = swapped(geometry)
        if in_range(other) and self._outside_share(other) <= OUTSIDE_SHARE_LIMIT:
            reason = message("the polygon lies outside Mali; with longitude and latitude exchanged it lies inside")
            raise _GeometryError(reason, "swapped", geometry)
        raise _GeometryError(message("the polygon lies outside Mali"), "outside", geometry)

    def _outside_share(self, geometry: BaseGeometry) -> float:
        metric = to_metric(geometry)
        if not shapely.is_valid(metric):  # far from Mali the projection folds
            return 1.0
        if shapely.contains(self._near, metric):
            return 0.0
        return 1.0 - float(shapely.intersection(self._near, metric).area) / float(metric.area)

    def _remarks(self, geometry: BaseGeometry, reported: float | None, measured: float) -> list[Message]:
        remarks = []
        share = self._outside_share(geometry)
        if share > 0:
            remarks.append(message("{percent} % of the area lies outside Mali", percent=round(100 * share, 1)))
        if reported and abs(measured - reported) / reported > AREA_DIFFERENCE_LIMIT:
            remarks.append(
                message(
                    "reported {reported_m2} m², measured {measured_m2} m²: a difference of {percent} %",
                    reported_m2=round(reported),
                    measured_m2=round(measured),
                    percent=round(100 * (measured - reported) / reported, 1),
                )
            )
        return remarks


def _unsaid(properties: Mapping[str, str]) -> str:
    """Return the columns of the table that an area's file has nothing for, with blanks between them."""
    return " ".join(
        column for column, names in _SAID.items() if all(fields.column_of(name, properties) is None for name in names)
    )


def _date_of(status: HazardStatus, survey: dt.date | None, clearance: dt.date | None) -> dt.date | None:
    """Return the date of the activity that gives a status: clearance for cleared land, survey for the rest.

    Where it is not said when land was cleared, that of its survey stands for it (`_by_survey` says so).
    """
    return (clearance or survey) if status in RELEASED_STATUSES else survey


def _by_survey(history: tuple[StatusChange, ...], dates: Mapping[str, dt.date | None]) -> tuple[Message, ...]:
    last = history[-1]
    cleared = last.status is HazardStatus.CLEARED and dates["clearance_date"] is None and dates["status_date"] is None
    if not cleared or last.since != dates["survey_date"]:
        return ()
    return (message("it is not said when it was cleared; the date of its survey stands for it"),)


def _reported_area(properties: Mapping[str, str]) -> float | None:
    if wrote(properties) and not any(name.startswith("area_repor") for name in properties):
        return None  # KML has no field for what is missing, and the area beside it is the measured one
    for field, factor in _UNIT_M2.items():
        number = fields.parse_number(text_of(properties, field), field, minimum=0)
        if number is not None:
            return number * factor
    return None


def _broken(row: int, problem: _GeometryError) -> QuarantinedArea:
    geometry = problem.geometry
    if geometry is None:
        return QuarantinedArea(row, "geometry", "", problem.reason, problem.kind)
    text = wkt(geometry)
    if problem.kind != "geometry" or geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return QuarantinedArea(row, "geometry", text, problem.reason, problem.kind, broken_wkt=text)
    repaired = repair(geometry)
    as_written, as_repaired = area_m2(geometry), area_m2(repaired)
    shown = wkt(repaired)
    reason = message(
        "{reason}. As written it measures {broken_m2} m²; a repair, for a person to judge, would measure {repair_m2} "
        "m²: {repair}",
        reason=problem.reason,
        broken_m2=round(as_written),
        repair_m2=round(as_repaired),
        repair=shown if len(shown) <= REPAIR_SHOWN else f"{shown[:REPAIR_SHOWN]}…",
    )
    return QuarantinedArea(
        row,
        "geometry",
        text,
        reason,
        problem.kind,
        broken_wkt=text,
        repair_wkt=shown,
        broken_area_m2=as_written,
        repair_area_m2=as_repaired,
    )
