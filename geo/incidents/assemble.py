"""From the text of a row to a row of the canonical table; every fault is named with its column and value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.boundaries.regions import Boundaries
from geo.core.claims import Claims
from geo.core.crs import STORAGE_CRS
from geo.core.errors import FileError, SourceNeededError
from geo.core.identity import MADE
from geo.core.invented import FALSE, TRUE, is_invented
from geo.core.messages import Message, message
from geo.core.names import slug
from geo.incidents import notes
from geo.incidents.dates import (
    EARLIEST,
    DateColumn,
    Order,
    Trouble,
    exchanged,
    first_of,
    is_short,
    is_shown_short,
    parse_dates,
    settle_order,
)
from geo.incidents.devices import read_devices
from geo.incidents.location import locate, points_of
from geo.incidents.loose_dates import Moment
from geo.incidents.people import read_counts
from geo.incidents.places import Places
from geo.incidents.raw import Raw
from geo.incidents.schema import COLUMNS, VICTIM_COLUMNS, DatePrecision, conform
from geo.incidents.vocabulary import DATE_PRECISIONS
from geo.reading.text import UNSTORED, control_characters, each, fold, formulas, is_blank, where

_DATE_FIELDS: Final = ("date", "date_end", "entered_at", "updated_at")
#: What a file has columns for or not, beside what every file must have.
SAID: Final = ("hazard_type", "outcome", *VICTIM_COLUMNS, "narrative", "place_name", "entered_at", "updated_at")
_STAMPS: Final = ("entered_at", "updated_at")
#: Rows of which the table is made at once.
_TOGETHER: Final = 20_000


def check_text(raw: Raw) -> None:
    """Set aside rows with control characters or formulas in a column that is used."""
    for name in raw.frame.columns:
        values = raw.frame[name]
        if UNSTORED in "".join(values):
            unstored = where(values, lambda text: text.startswith(UNSTORED))
            raw.frame[name] = values = each(values, lambda text: text.removeprefix(UNSTORED))
            raw.faults.add(
                unstored,
                name,
                values,
                lambda _, __: message(
                    "The cell is a formula without a stored value; open and save the file in Excel or LibreOffice."
                ),
                "formula",
            )
        raw.faults.add(
            control_characters(values),
            name,
            values,
            lambda _, __: message("The cell holds control characters or characters that reverse the text."),
            "control",
        )
        raw.faults.add(
            formulas(values),
            name,
            values,
            lambda _, __: message("The cell is a formula; Sira takes values only."),
            "formula",
        )


def assemble(
    raw: Raw, *, boundaries: Boundaries, today: date, source: str | None, date_order: Order | None
) -> tuple[gpd.GeoDataFrame, Claims]:
    """Return the accepted rows as a canonical table, and id → what each says of the record that it is of.

    All other rows are set aside in ``raw.faults``. The texts of ``raw.frame`` are gone then.

    Raises
    ------
    SourceNeededError
        Where rows name no source and `source` is None.
    """
    stamps = _parse_all_dates(raw, date_order)
    when, when_precision = _dates(raw, stamps, today)
    hazard, outcome = read_devices(raw)
    counts = read_counts(raw)
    places = locate(raw, boundaries)
    sources = _sources(raw, source)
    made = where(raw.column("source_id"), is_blank)
    source_ids = raw.column("source_id")
    if made.any():
        source_ids = source_ids.where(~made, _made_ids(sources, when, when_precision, hazard, places))
    synthetic = _synthetic(raw, sources)
    own, also = raw.column("own_id"), raw.column("also_id")
    ids = own.where(own != "", each(sources, lambda source: f"{source}:") + source_ids)
    unusable = raw.faults.of_cell("source_id")  # which does not say of which record its row is
    _set_repeats_aside(raw, ids, stamps)
    raw.faults.name(ids.where((~made | (own != "").to_numpy()) & ~unusable, ""))
    columns: dict[str, pd.Series | NDArray[Any]] = {
        "source": sources,
        "source_id": source_ids,
        "date": when,
        "date_precision": when_precision,
        "location_precision": places.precision,
        "location_error_km": places.error_km,
        "location_unit": places.unit,
        "hazard_type": hazard,
        "outcome": outcome,
        "narrative": _or_none(_narrative(raw)),
        "place_name": _or_none(raw.column("place_name")),
        **{name: stamps[name].at for name in _STAMPS if name in stamps},
        "synthetic": synthetic,
    }
    unsaid = _unsaid(raw)
    raw.frame = raw.frame[[]]  # what is needed of its texts is in the columns; their table needs the room
    good = np.flatnonzero(~raw.faults.bad)
    taken = [
        _table(raw, good[start : start + _TOGETHER], columns, counts, places, ids)
        for start in range(0, max(1, len(good)), _TOGETHER)
    ]
    table = taken[0] if len(taken) == 1 else pd.concat(taken)
    claims = Claims(
        table.index,
        raw.lines[good],
        own.to_numpy(dtype=object)[good],
        made[good],
        also.to_numpy(dtype=object)[good],
        unsaid,
    )
    return table, claims


def _table(
    raw: Raw,
    rows: NDArray[np.intp],
    columns: Mapping[str, pd.Series | NDArray[Any]],
    counts: Mapping[str, NDArray[np.float64]],
    places: Places,
    ids: pd.Series,
) -> gpd.GeoDataFrame:
    """Return some rows as a canonical table: in parts, since on the way to its columns a row takes far more room."""
    data: dict[str, Any] = {name: np.asarray(column)[rows] for name, column in columns.items()}
    for name, values in counts.items():
        unknown = np.isnan(values[rows])
        data[name] = pd.array(np.where(unknown, 0, values[rows]).astype(np.int64), dtype="Int32")
        data[name][unknown] = pd.NA
    data["note"] = [notes.write(raw.row_notes[row]) if row in raw.row_notes else None for row in rows.tolist()]
    frame = pd.DataFrame({name: data[name] for name in COLUMNS if name in data})
    points = points_of(places.of(rows)).to_numpy()
    return conform(gpd.GeoDataFrame(frame, geometry=points, crs=STORAGE_CRS).set_index(pd.Index(ids[rows], name="id")))


def _unsaid(raw: Raw) -> str:
    """Return the columns of the table that nothing in the file is for, with blanks between them."""
    also = {"narrative": "activity"}  # which is written into it
    return " ".join(name for name in SAID if name not in raw.frame and also.get(name) not in raw.frame)


def _parse_all_dates(raw: Raw, given: Order | None) -> dict[str, DateColumn]:
    used = ~raw.faults.bad
    present = [name for name in _DATE_FIELDS if name in raw.frame]
    columns = {raw.headers.get(name, name): raw.frame.loc[used, name] for name in present}
    raw.notes += _maybe_exchanged(columns)
    order, note = settle_order(columns, raw.lines[used], raw.file, given)
    if note is not None:
        raw.notes.append(note)
    short = [
        text
        for values in columns.values()
        for text in values.unique()
        if is_shown_short(text) or (order is not None and is_short(text))
    ]
    if short:
        raw.notes.append(
            message("Years of two digits are read as spreadsheets do, from 1930 to 2029, e.g. {text}.", text=short[0])
        )
    parsed = {name: parse_dates(raw.frame[name], order, stamp=name in _STAMPS) for name in present}
    for name, column in parsed.items():
        raw.faults.add(
            np.array([trouble is not None for trouble in column.trouble], dtype=bool),
            name,
            raw.frame[name],
            partial(_trouble, column.trouble),
            "date",
        )
    return parsed


def _maybe_exchanged(columns: Mapping[str, pd.Series]) -> list[Message]:
    return [
        message(
            "In the column {column}, {dates} {dates:cell is a date|cells are dates}, all of days 1 to 12, and {texts} "
            "{texts:is|are} text, all of later days: a spreadsheet has probably exchanged day and month of the dates. "
            "Compare them with the source's own file.",
            column=column,
            dates=found[0],
            texts=found[1],
        )
        for column, values in columns.items()
        if (found := exchanged(values)) is not None
    ]


def _trouble(troubles: NDArray[np.object_], position: int, value: str) -> Message:
    if troubles[position] is Trouble.IMPOSSIBLE:
        return message("There is no such day as {value}.", value=value)
    if troubles[position] is Trouble.SHORT_YEAR:
        return message("The year of {value} has two digits; write all four.", value=value)
    return message("{value} is not a date Sira can read; write it as YYYY-MM-DD.", value=value)


def _dates(raw: Raw, stamps: dict[str, DateColumn], today: date) -> tuple[NDArray[np.datetime64], NDArray[np.object_]]:
    if "date" in stamps:
        shown, at, precision = "date", stamps["date"].at, stamps["date"].precision.copy()
    else:
        shown, (at, precision) = "year", _from_parts(raw)
    texts = raw.column(shown)
    raw.faults.add(
        np.isnat(at), shown, texts, lambda _, __: message("The date is missing."), "date"
    )  # also after a trouble, which then stands
    raw.faults.add(
        at > np.datetime64(today, "s") + np.timedelta64(86_399, "s"),
        shown,
        texts,
        lambda _, value: message("The date {value} is in the future.", value=value),
        "date",
    )
    raw.faults.add(
        at < np.datetime64(EARLIEST, "s"),
        shown,
        texts,
        lambda _, value: message("The date {value} is before {earliest}.", value=value, earliest=EARLIEST),
        "date",
    )
    coarser = each(raw.column("date_precision"), lambda text: DATE_PRECISIONS.get(fold(text), ""))
    raw.faults.add(
        (coarser == "").to_numpy() & ~where(raw.column("date_precision"), is_blank),
        "date_precision",
        raw.column("date_precision"),
        lambda _, value: message(
            "{value} is no date precision; expected one of: {expected}.", value=value, expected=", ".join(DatePrecision)
        ),
        "code",
    )
    ranks = {precision.value: rank for rank, precision in enumerate(DatePrecision)}
    for position, word in enumerate(coarser):
        if word and precision[position] and ranks[word] > ranks[precision[position]]:
            precision[position] = word
    if "date" in stamps:
        _note_moments(raw, stamps["date"])
    _note_spans(raw, stamps, at, precision)
    return first_of(at, precision), precision


def _note_moments(raw: Raw, column: DateColumn) -> None:
    """Say of each date what its precision cannot hold: a span, about, another day in UTC."""
    for position, moment in enumerate(column.moments):
        if isinstance(moment, Moment) and (moment.until or moment.about or moment.written):
            raw.row_notes[position] += _remarks(moment, raw.column("date")[position])


def _remarks(moment: Moment, text: str) -> list[Message]:
    day = moment.at.date().isoformat()
    remarks = [] if moment.until is None else [notes.between(day, moment.until.isoformat())]
    if moment.about:
        remarks.append(notes.about(text))
    if moment.written is not None:
        remarks.append(notes.in_utc(day, moment.written.isoformat()))
    return remarks


def _note_spans(
    raw: Raw, stamps: dict[str, DateColumn], at: NDArray[np.datetime64], precision: NDArray[np.object_]
) -> None:
    """Keep the span of days that a source gives, since the table holds days, months and years only."""
    if "date_end" not in stamps:
        return
    end = stamps["date_end"].at
    spans = ~np.isnat(at) & ~np.isnat(end) & (end.astype("datetime64[D]") > at.astype("datetime64[D]"))
    for position in np.flatnonzero(spans & ~raw.faults.bad).tolist():
        if precision[position] == DatePrecision.DAY.value:
            precision[position] = DatePrecision.MONTH.value
        raw.row_notes[position].append(
            notes.between(str(at[position].astype("datetime64[D]")), str(end[position].astype("datetime64[D]")))
        )


def _from_parts(raw: Raw) -> tuple[NDArray[np.datetime64], NDArray[np.object_]]:
    """Build dates from columns year, month and day; a missing day or month makes the date that much coarser."""
    parts = [raw.column(name) for name in ("year", "month", "day")]
    texts = [
        "-".join(part.zfill(width) for part, width in zip(row, (4, 2, 2), strict=True) if not is_blank(part))
        for row in zip(*parts, strict=True)
    ]
    column = parse_dates(texts, None)
    raw.faults.add(
        np.array([trouble is not None for trouble in column.trouble], dtype=bool),
        "year",
        pd.Series(texts, dtype=object),
        lambda _, value: message("There is no such day as {value}.", value=value),
        "date",
    )
    return column.at, column.precision


def _narrative(raw: Raw) -> pd.Series:
    """Return the narrative, with the victims' activity where the source states it, under the source's own name."""
    narrative, activity = raw.column("narrative"), raw.column("activity")
    if "activity" not in raw.frame:
        return narrative
    named = activity.where(activity == "", raw.headers.get("activity", "activity") + ": " + activity)
    both = (narrative != "") & (named != "")
    return narrative + both.map({True: " | ", False: ""}) + named


def _synthetic(raw: Raw, sources: pd.Series) -> NDArray[np.bool_]:
    """Tell which rows are invented: by their mark, their source or the words their narrative begins with."""
    texts = raw.column("synthetic")
    words = each(texts, fold)
    raw.faults.add(
        ~words.isin(TRUE | FALSE).to_numpy(),
        "synthetic",
        texts,
        lambda _, value: message(
            "{value} does not say whether the row is synthetic; expected true or false.", value=value
        ),
        "flag",
    )
    told = where(sources, lambda source: is_invented(source, ""))
    told |= where(raw.column("narrative"), lambda text: is_invented("", text))
    told |= words.isin(TRUE).to_numpy()
    return told


def _or_none(texts: pd.Series) -> pd.Series:
    return texts.where(texts != "", None)


def _sources(raw: Raw, source: str | None) -> pd.Series:
    stated = each(raw.column("source"), slug)
    silent = stated == ""
    if source is None and silent[~raw.faults.bad].any():
        raise SourceNeededError(
            message(
                "{file} does not say whose records it holds. Name the source, an organisation or its system, and use "
                "the same name for all of its files: --source NAME",
                file=raw.file,
            ),
            file=raw.file,
        )
    if source is not None and not slug(source):
        raise FileError(
            message("{source} is not a usable name of a source; it needs letters or digits.", source=source),
            file=raw.file,
        )
    return stated.where(~silent, slug(source or ""))


def _made_ids(
    sources: pd.Series,
    when: NDArray[np.datetime64],
    precision: NDArray[np.object_],
    hazard: NDArray[np.object_],
    places: Places,
) -> pd.Series:
    """Return ids for rows to which the source gives none: of what they say, counted off where several say the same."""
    points = [
        unit if unit else f"{lon:.5f} {lat:.5f}"
        for unit, lon, lat in zip(places.unit, places.lon, places.lat, strict=True)
    ]
    said = pd.Series(
        ["|".join(map(str, row)) for row in zip(sources, when, precision, hazard, points, strict=True)], dtype=object
    )
    number = said.groupby(said).cumcount() + 1
    return pd.Series(
        [
            f"{MADE}{hashlib.sha256(text.encode()).hexdigest()[:20]}" + (f"-{count}" if count > 1 else "")
            for text, count in zip(said, number, strict=True)
        ],
        dtype=object,
    )


def _set_repeats_aside(raw: Raw, ids: pd.Series, stamps: dict[str, DateColumn]) -> None:
    """Keep one row per record: the one updated last where the file says so, else the first; name the others."""
    good = np.flatnonzero(~raw.faults.bad)
    codes = pd.factorize(ids)[0]
    updated = stamps["updated_at"].at if "updated_at" in stamps else np.full(len(raw), np.datetime64("NaT", "s"))
    ages = updated.astype(np.int64)  # NaT is the smallest integer: any stated time beats none
    ranked = good[np.lexsort((good, -ages[good].astype(float), codes[good]))]
    keeper: dict[int, int] = {}
    for position in ranked:
        keeper.setdefault(int(codes[position]), int(position))
    repeated = np.zeros(len(raw), dtype=bool)
    repeated[[p for p in good if keeper[int(codes[p])] != p]] = True

    def reason(position: int, _: str) -> Message:
        kept = keeper[int(codes[position])]
        row = raw.faults.place_of(kept, position)
        if raw.frame.iloc[position].equals(raw.frame.iloc[kept]) or ages[position] != ages[kept]:
            return message("The same record is taken from row {row}.", row=row)
        return message(
            "Row {row} has the same id with other content, and was taken. If these are two records, give them two ids.",
            row=row,
        )

    raw.faults.add(repeated, "source_id", raw.column("source_id"), reason, "duplicate")
