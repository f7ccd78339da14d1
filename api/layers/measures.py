"""The measures: what is counted per unit. Layers, files, sheets and the map take theirs from here.

What each adds up stands in `geo.counting.counts.MEASURES`, and which of them are counted in `COUNTED` there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from geo.core.messages import Message, message
from geo.counting.counts import COUNTED


@dataclass(frozen=True, slots=True)
class Circles:
    """A measure in the map's list: the words for it there, in the legend, and of one unit (one, several).

    `parts` are the measures that it is the sum of, where it is not counted itself; unknown where all of them are.
    """

    choice: Message
    legend: Message
    one: Message
    several: Message
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure: its short name, what it means, its tag in HXL, and its circles where the map draws it."""

    title: Message
    text: Message
    tag: str
    unit: str = "people"
    circles: Circles | None = None


_MEASURES: Final = {
    "events": Measure(
        title=message("Incidents"),
        text=message(
            "Incidents of the types asked for in the period: exact plus spread. 0 means no report, not safety."
        ),
        tag="#indicator+incidents+num",
        unit="incidents",
        circles=Circles(
            choice=message("Incidents"),
            legend=message("Incidents (counts)"),
            one=message("{count} incident"),
            several=message("{count} incidents"),
        ),
    ),
    "killed": Measure(
        title=message("Killed"),
        text=message("People killed; null where no report says."),
        tag="#affected+killed",
    ),
    "injured": Measure(
        title=message("Injured"),
        text=message("People injured; null where no report says."),
        tag="#affected+injured",
    ),
    "civilians": Measure(
        title=message("Civilian victims"),
        text=message("Civilians killed or injured; null where no report says."),
        tag="#affected+civilian",
        circles=Circles(
            choice=message("Civilian victims"),
            legend=message("Civilian victims (counts)"),
            one=message("{count} civilian victim"),
            several=message("{count} civilian victims"),
        ),
    ),
}
#: Measure → what is said of it, in the order in which they are shown.
MEASURES: Final = {name: _MEASURES[name] for name in COUNTED}
#: All but the events: unknown where no report states it, whereas no report is 0 events.
VICTIMS: Final = {name: measure for name, measure in MEASURES.items() if name != "events"}

#: Sums of measures that only the map draws.
_SUMS: Final = {
    "victims": Circles(
        choice=message("Victims, killed and injured"),
        legend=message("Victims, killed and injured (counts)"),
        one=message("{count} victim"),
        several=message("{count} victims"),
        parts=("killed", "injured"),
    )
}
#: Everything that the map draws as circles, in the order of its list: events, the sums, the other measures.
CIRCLES: Final = {
    **{name: measure.circles for name, measure in MEASURES.items() if name == "events" and measure.circles},
    **_SUMS,
    **{name: measure.circles for name, measure in VICTIMS.items() if measure.circles},
}


def for_scripts() -> dict[str, Any]:
    """Return the measures as the page's scripts take them: counted beside events, drawn as circles, sums."""
    return {
        "victims": list(VICTIMS),
        "circles": list(CIRCLES),
        "sums": {name: list(circles.parts) for name, circles in CIRCLES.items() if circles.parts},
    }
