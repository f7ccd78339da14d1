"""Tables of collections: made when first asked for, kept as long as what they are made from is current."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.base.access import Caller, Kind, disclose
from api.base.assessments import find, shown, today
from api.base.i18n import translate
from api.base.service import Service, Snapshot
from api.collections.context import Basis, MadeFrom
from api.collections.fields import DTYPES, Field, FieldType
from api.collections.registry import TARGET, Collection, collections, titled
from api.layers.layer import GeometryType
from api.roads.planners import ReadyPlanner, make_ready
from geo.core.crs import STORAGE_CRS, require_storage_crs
from geo.core.memory import LON, flat, frame_nbytes, located
from models.risk.assessment import Assessment
from models.risk.target import Target
from models.risk.windows import Age

#: The revision of the store, None where it decides nothing; and all else that a table depends on.
Key = tuple[int | None, Hashable]

_DIFFERENT: Final = (Kind.DAYS, Kind.INCIDENT_POINTS, Kind.EXACT_POINTS, Kind.NARRATIVES)
_MANY = {
    GeometryType.MULTIPOLYGON: (shapely.GeometryType.POLYGON, shapely.multipolygons),
    GeometryType.MULTILINESTRING: (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
}
_EXPECTED = {
    GeometryType.POINT: shapely.GeometryType.POINT,
    GeometryType.MULTIPOLYGON: shapely.GeometryType.MULTIPOLYGON,
    GeometryType.MULTILINESTRING: shapely.GeometryType.MULTILINESTRING,
}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Table:
    """A collection's rows, for one revision, audience and language. Nobody changes it; later revisions may share it.

    Attributes
    ----------
    rows : DataFrame
        Index = feature id (text), ordered by it. Columns are exactly the collection's fields, of pandas' nullable types
        string, Int64, Float64 and boolean; dates are datetime64[s]. Then ``geometry`` in EPSG:4326; points are two
        columns, see `geo.core.memory.flat`.
    about : dict
        What holds for the whole: period, sources, synthetic, revision, caveat, lang.
    decimals : int
        Decimals of a degree worth keeping.
    nbytes : int
        Of the rows; texts and numbers in ``about`` are few.
    """

    collection: Collection
    rows: pd.DataFrame
    about: dict[str, Any]
    revision: int
    decimals: int
    nbytes: int

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """All rows, with their geometries."""
        return _with_shapes(self.rows)

    def chosen(self, rows: NDArray[np.int64]) -> gpd.GeoDataFrame:
        """Return some rows, in this order, with their geometries."""
        return _with_shapes(self.rows.iloc[rows])

    @property
    def is_placed(self) -> NDArray[np.bool_]:
        """Which rows have a geometry."""
        is_missing: NDArray[np.bool_]
        if isinstance(self.rows, gpd.GeoDataFrame):
            is_missing = shapely.is_missing(self.rows.geometry.to_numpy())
        else:
            is_missing = np.isnan(self.rows[LON].to_numpy(dtype=np.float64))
        return ~is_missing

    def at(self, revision: int) -> Table:
        """Return the same rows as those of a revision in which nothing of them has changed."""
        if revision == self.revision:
            return self
        return replace(self, revision=revision, about=about_at(self.about, self.collection, revision))

    @property
    def temporal(self) -> tuple[date, date] | None:
        """First and last day of the time field, None where there is none."""
        if self.collection.time_field is None or self.rows.empty:
            return None
        days = self.rows[self.collection.time_field]
        return days.min().date(), days.max().date()


def about_at(about: dict[str, Any], collection: Collection, revision: int) -> dict[str, Any]:
    """Return what holds for a table as it is told in a revision: what is made from an assessment is of its own."""
    return about | {"revision": revision} if collection.made_from is MadeFrom.DATA else about


class Tables:
    """The tables of one service. Used from threads.

    Parameters
    ----------
    roads : callable
        Returns the planner to show now; raises `NotReadyError` while there is none.
    """

    def __init__(self, service: Service, roads: Callable[[Snapshot, Target], ReadyPlanner]) -> None:
        self._service = service
        self._roads = roads

    @staticmethod
    def disclose(collection: Collection, caller: Caller) -> None:
        """Let pass a caller who may see the collection; raises as `api.base.access.disclose` does."""
        disclose(collection.kind, caller)

    def assessment(self, snapshot: Snapshot) -> Assessment | None:
        """Return the assessment that collections show now, None where there is none yet; nothing is made."""
        return shown(self._service.shelf, snapshot.revision, TARGET, synthetic=snapshot.is_synthetic_only)

    def collections(self, snapshot: Snapshot) -> Mapping[str, Collection]:
        """Return every collection by its id, under the titles of the day: a window that is over is said in them."""
        assessment, day = self.assessment(snapshot), today()
        return {name: titled(each, assessment, day) for name, each in collections(snapshot).items()}

    def key(self, collection: Collection, snapshot: Snapshot, caller: Caller, lang: str) -> Key:
        """Return what a table's rows depend on; raises as `table` does, without making it.

        It begins with the revision where that decides any of them: it decides nothing of what is shipped, nor of what
        an assessment or a planner says. The window of an assessment is over as time passes, so the key of what is made
        from one holds how old it is.
        """
        return self._ask(collection, snapshot, caller, lang)[1]

    def table(self, collection: Collection, snapshot: Snapshot, caller: Caller, lang: str) -> Table:
        """Return a collection's table as `caller` may see it.

        Raises
        ------
        AccessDeniedError
            As `api.base.access.disclose`.
        NotReadyError
            Where the assessment, or the planner, that it is made from is not there yet; it is being made then.
        MovedError
            Where the data changed meanwhile: what `caller` may see was decided on those before.
        """
        basis, (revision, what) = self._ask(collection, snapshot, caller, lang)

        def make() -> Table:
            table = _make(collection, basis)
            self._service.require(snapshot)
            return table

        found = self._service.kept.get((revision, "table", what), make)
        if revision is None:  # its rows are right whenever they were made, but not who may see them
            self._service.require(snapshot)
        return found.at(snapshot.revision)

    def _ask(self, collection: Collection, snapshot: Snapshot, caller: Caller, lang: str) -> tuple[Basis, Key]:
        disclose(collection.kind, caller)
        seen = tuple(caller.may(kind) for kind in _DIFFERENT) if collection.by_audience else None
        day = today()
        basis = Basis(self._service.store, snapshot, caller, lang, day)
        what: tuple[Hashable, ...] = (collection.id, seen, lang)
        if collection.made_from is MadeFrom.ASSESSMENT:
            service = self._service
            assessment = service.shelf.peek(snapshot.revision, TARGET) or find(
                service.shelf, service.assessor, snapshot.revision, TARGET, synthetic=snapshot.is_synthetic_only
            )
            what += snapshot.boundaries, snapshot.pseudonyms(service.store), assessment.token
            return replace(basis, assessment=assessment), (None, (*what, _age(collection, assessment, day)))
        if collection.made_from is MadeFrom.ROADS:
            ready = self._roads(snapshot, TARGET)
            return replace(basis, ready=ready), (None, (*what, ready.token, _age(collection, ready.assessment, day)))
        return basis, (None if collection.kind is Kind.REFERENCE else snapshot.revision, what)


def _age(collection: Collection, assessment: Assessment, day: date) -> Age | None:
    return None if collection.window is None else collection.window(assessment).age(day)


def _make(asked: Collection, basis: Basis) -> Table:
    made = asked.make(basis)
    assessment = basis.ready.assessment if basis.ready is not None else basis.assessment
    collection = titled(collections(basis.snapshot)[asked.id], assessment, basis.today)
    about = {
        "caveat": None if collection.caveat is None else translate(collection.caveat, basis.lang),
        **made.about,
        "layer": collection.id,
        "title": translate(collection.title, basis.lang),
        "vintage": collection.vintage,
    }
    frame = typed(made.frame, collection.fields, collection.geometry)
    rows = flat(frame) if collection.geometry is GeometryType.POINT else frame
    return Table(collection, rows, about, basis.snapshot.revision, made.decimals, frame_nbytes(rows))


def _with_shapes(rows: pd.DataFrame) -> gpd.GeoDataFrame:
    return rows if isinstance(rows, gpd.GeoDataFrame) else located(rows)


def typed(frame: gpd.GeoDataFrame, fields: tuple[Field, ...], geometry: GeometryType) -> gpd.GeoDataFrame:
    """Return `frame` with the columns of `fields` and ``geometry``, rows ordered by their text index ``id``.

    Dtypes are those of `api.collections.fields.DTYPES`; what is missing is missing. Lists become JSON text; simple
    geometries become multiple ones where the type asks for it, empty ones become missing.

    Raises
    ------
    ValueError
        Where a geometry is of another type.
    """
    require_storage_crs(frame, "the collection")
    index = pd.Index(frame.index.astype("str"), name="id")
    columns = {each.name: pd.Series(_typed(frame[each.name], each.type).array, index=index) for each in fields}
    shapes = gpd.GeoSeries(one_type(frame.geometry.to_numpy(), geometry), index=index, crs=STORAGE_CRS)
    return gpd.GeoDataFrame(columns, geometry=shapes, index=index).sort_index()


def _typed(column: pd.Series, type_: FieldType) -> pd.Series:
    if type_ is FieldType.STRING:
        if column.dtype == object:  # else it holds texts, or nothing
            texts = column.to_numpy(dtype=object, copy=True)
            is_known = column.notna().to_numpy()
            texts[is_known] = [_text(value) for value in texts[is_known]]
            texts[~is_known] = None
            column = pd.Series(texts, dtype=object)
    elif type_ in (FieldType.DATE, FieldType.DATETIME):
        column = pd.to_datetime(column)
    elif type_ is FieldType.INTEGER:
        column = column.astype("Float64")
    result: pd.Series = column.astype(DTYPES[type_])
    return result


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode() if isinstance(value, list) else str(value)


def one_type(shapes: NDArray[np.object_], type_: GeometryType) -> NDArray[np.object_]:
    """Return `shapes` as the one type of a collection."""
    result = shapes.copy()
    result[shapely.is_empty(shapes)] = None
    if type_ in _MANY:
        single, many = _MANY[type_]
        rows = np.flatnonzero(shapely.get_type_id(result) == single)
        result[rows] = many(result[rows], indices=np.arange(len(rows)))
    wrong = (shapely.get_type_id(result) != _EXPECTED[type_]) & ~shapely.is_missing(result)
    if wrong.any():
        raise ValueError(f"expected {type_.value}, found {result[wrong][0].geom_type}")
    return result


class OwnPlanners:
    """Makes a planner when asked for the first time, and keeps it as long as its assessment is the one to show."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: dict[Target, ReadyPlanner] = {}

    def __call__(self, snapshot: Snapshot, target: Target) -> ReadyPlanner:
        """Return it; raises `NotReadyError` where there is no assessment."""
        service = self._service
        assessment = find(
            service.shelf, service.assessor, snapshot.revision, target, synthetic=snapshot.is_synthetic_only
        )
        kept = self._kept.get(target)
        if kept is None or kept.assessment is not assessment:
            kept = self._kept[target] = make_ready(
                service.store, snapshot.boundaries, assessment, service.settings.home
            )
        return kept
