"""What a file holds: tables of the registry as layers with titles in the reader's language, and what is said of them"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from api.base.access import Caller, Kind, disclose
from api.base.assessments import today
from api.base.i18n import translate
from api.base.query_parameters import shown
from api.base.service import Snapshot
from api.collections.context import SYNTHETIC
from api.collections.fields import Field, FieldType
from api.collections.registry import Collection
from api.collections.tables import Table, Tables
from api.layers.measures import MEASURES
from api.layers.risk import month_of
from geo.core.errors import NotFoundError
from geo.core.messages import Message, message
from geo.export.layer import Column, ColumnType, ExportLayer, GeometryType
from geo.incidents.schema import VICTIM_COLUMNS
from models.risk.windows import Window

#: Kept of what a table says of itself, in the order in which files say it.
_ABOUT: Final = ("title", "period", "data_until", "vintage", "notices", "caveat", "caveats", "sources", "model")
_KEY_TITLE: Final = message("Identifier")
_KEY_TEXT: Final = message("Identifier of the feature: the same in every file and on the service.")
_AUDIENCES: Final = MappingProxyType(
    {
        "public": message("Made for the audience public."),
        "partner": message("Made for the audience partner: not to be passed on beyond it."),
        "analyst": message("Made for the audience analyst: not to be passed on beyond it."),
        "admin": message("Made for the audience admin: not to be passed on beyond it."),
    }
)
_HXL_KEY: Final = "#meta+id"
_HARM: Final = MappingProxyType({"killed": "killed", "injured": "injured"})
_GROUPS: Final = MappingProxyType(
    {"total": "", "men": "+m+adults", "women": "+f+adults", "boys": "+m+children", "girls": "+f+children"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Recipient:
    """Who takes files away, of which state of the data, in which language."""

    tables: Tables
    snapshot: Snapshot
    caller: Caller
    lang: str

    def known(self) -> Mapping[str, Collection]:
        """Return every collection there is, by its id."""
        return self.tables.collections(self.snapshot)

    def window(self) -> Window | None:
        """Return the window of the forecasts in the files, None where there are none."""
        assessment = self.tables.assessment(self.snapshot)
        return None if assessment is None else assessment.window()

    def title(self, title: Message) -> Message:
        """Return the title of a file as a whole, which begins with it where its forecasts are over."""
        window = self.window()
        return title if window is None else window.mark_title(title, today())

    def notices(self) -> list[str]:
        """Return the sentences that go with a file of many layers."""
        window = self.window()
        said = notices(self.caller, self.lang, synthetic=self.snapshot.is_synthetic_only)
        if window is None:
            return said
        newest = window.newest if self.caller.may(Kind.DAYS) else month_of(window.newest)
        past = window.notice(today(), newest)
        return said if past is None else [translate(past, self.lang), *said]

    def visible(self) -> tuple[Collection, ...]:
        """Return the collections that the recipient may see."""
        return tuple(each for each in self.known().values() if self.caller.may(each.kind))

    def collection(self, name: str) -> Collection:
        """Return the collection named `name`.

        Raises
        ------
        NotFoundError
            If there is none of that name; it names those that there are.
        AccessDeniedError
            If the recipient may not see it.
        """
        known = self.known()
        if name not in known:
            raise NotFoundError(
                message(
                    "{value}: no such collection; expected one of {expected}.", value=shown(name), expected=tuple(known)
                )
            )
        disclose(known[name].kind, self.caller)
        return known[name]

    def table(self, collection: Collection) -> Table:
        """Return a collection's table; raises as `api.collections.tables.Tables.table`."""
        return self.tables.table(collection, self.snapshot, self.caller, self.lang)

    def layer(self, collection: Collection) -> ExportLayer:
        """Return a collection as a layer to write; raises as `table`."""
        return layer_of(self.table(collection), self.caller, self.lang)


def layer_of(table: Table, caller: Caller, lang: str) -> ExportLayer:
    """Return a table as a layer to write, its texts in `lang`."""
    collection = table.collection
    said = (collection.description, *((collection.caveat,) if collection.caveat else ()))
    return ExportLayer(
        name=layer_name(collection),
        title=title_of(collection, lang, synthetic=bool(table.about["synthetic"])),
        description=" ".join(translate(text, lang) for text in said),
        geometry=GeometryType(collection.geometry.value),
        key=Column("id", ColumnType.STRING, translate(_KEY_TITLE, lang), translate(_KEY_TEXT, lang), _HXL_KEY),
        columns=tuple(_column(collection, field, lang) for field in collection.fields),
        frame=table.frame,
        about=about_file(table, caller, lang),
    )


def title_of(collection: Collection, lang: str, *, synthetic: bool) -> str:
    """Return a collection's title, marked where what it shows is synthetic.

    Programs show the title wherever they show the layer, and the rest of what a file says only to who asks for it.
    """
    title = collection.title
    return translate(message("Synthetic data: {title}", title=title) if synthetic else title, lang)


def layer_name(collection: Collection) -> str:
    """Return the name of a collection's table in a file, which every SQL dialect takes without quotes."""
    return collection.id.replace("-", "_")


def aliases(collection: Collection, lang: str) -> tuple[tuple[str, str], ...]:
    """Return each column of a collection's layer and its title."""
    titles = ((field.name, translate(field.title, lang)) for field in collection.fields)
    return (("id", translate(_KEY_TITLE, lang)), *titles)


def _column(collection: Collection, field: Field, lang: str) -> Column:
    description = translate(field.description, lang)
    return Column(
        name=field.name,
        type=ColumnType(field.type.value),
        title=translate(field.title, lang),
        description=description if field.unit is None else f"{description} [{field.unit}]",
        hxl=hashtag(collection, field),
    )


def about_file(table: Table, caller: Caller, lang: str) -> dict[str, str]:
    """Return what every file says of itself, as plain texts: for whom, of which revision, synthetic or not, whence."""
    found = {
        "audience": caller.audience.label,
        "revision": str(table.revision),
        "synthetic": _plain(bool(table.about["synthetic"])),
        "lang": lang,
        "notice": " ".join(notices(caller, lang, synthetic=bool(table.about["synthetic"]))),
    }
    conflict = table.about.get("conflict", {})  # counted apart: of its own period, from its own source
    said = {name: table.about.get(name) for name in _ABOUT}
    said |= {f"conflict_{name}": conflict.get(name) for name in ("period", "source")}
    texts = {name: _plain(value) for name, value in said.items()}
    return found | {name: text for name, text in texts.items() if text}


def notices(caller: Caller, lang: str, *, synthetic: bool) -> list[str]:
    """Return the sentences that go with every file."""
    said: list[Message] = [_AUDIENCES[caller.audience.label], *([SYNTHETIC] if synthetic else [])]
    return [translate(text, lang) for text in said]


def _plain(value: Any) -> str:
    """Return a value of a table's ``about`` as one text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        if "name" in value:  # a source
            return f"{value['name']} ({value['licence']})" if "licence" in value else str(value["name"])
        return "/".join(_plain(part) or ".." for part in value.values()) if any(value.values()) else ""
    if isinstance(value, list | tuple):
        return "; ".join(_plain(part) for part in value)
    return str(value)


def _victims() -> dict[str, str]:
    tags = {}
    for column in VICTIM_COLUMNS:
        harm, _, group = column.partition("_")
        tags[column] = f"#affected+{_HARM[harm]}{_GROUPS.get(group, f'+{group}')}"
    return tags


_TAGS: Final = MappingProxyType(
    {
        **_victims(),
        **{name: measure.tag for name, measure in MEASURES.items()},
        "population": "#population",
        "population_year": "#date+year+population",
        "date": "#date+occurred",
        "last_event": "#date+latest",
        "status_since": "#date+status",
        "survey_date": "#date+survey",
        "clearance_date": "#date+clearance",
        "source": "#meta+source",
        "sources": "#meta+source+num",
        "note": "#description+note",
        "narrative": "#description",
        "event_id": "#event+id",
        "hazard_type": "#event+type",
        "outcome": "#impact+type",
        "status": "#status",
        "method": "#activity+method",
        "expected": "#indicator+expected+num",
        "synthetic": "#meta+synthetic",
        "cercle": "#adm2+id",
    }
)
_ADM: Final = MappingProxyType({"region": "#adm1", "cercle": "#adm2", "commune": "#adm3"})
_UNIT: Final = MappingProxyType({"name": "+name", "pcode": "+code", "unit_id": "+id"})
_NUMERIC: Final = (FieldType.INTEGER, FieldType.NUMBER)


def hashtag(collection: Collection, field: Field) -> str:
    """Return the HXL hashtag of a collection's column: every column has one.

    Examples
    --------
    A unit's name is of its level, whichever file it stands in: ``#adm2+name`` in a file of cercles.
    """
    if collection.level is not None and field.name in _UNIT:
        return _ADM[collection.level] + _UNIT[field.name]
    if field.name == "name":
        return "#loc+name"
    if field.name in _TAGS:
        return _TAGS[field.name]
    attribute = field.name.replace("_", "")
    if field.type in _NUMERIC:
        return f"#indicator+{attribute}+num"
    return f"#date+{attribute}" if field.type in (FieldType.DATE, FieldType.DATETIME) else f"#meta+{attribute}"
