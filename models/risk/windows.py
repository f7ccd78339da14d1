"""How old the window of a forecast is on a day, and what is said first where it is over: the one rule for all ways out.

A window is the days [start, end) that a forecast is for. The map's page works out the same states from the same dates
with its reader's clock (``api/map/scripts/base/forecast.js``), since a file grows old after it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from geo.core.messages import Days, Message, message

#: Where the newest record is older than this, there is no current forecast.
OUT_OF_DATE_MONTHS: Final = 6


class Age(StrEnum):
    """How old a window is."""

    AHEAD = "ahead"
    RUNNING = "running"
    OVER = "over"
    OUT_OF_DATE = "out_of_date"


@dataclass(frozen=True, slots=True)
class Window:
    """The days [start, end) that figures are of, and the newest record that they were made from.

    `is_forecast` is False where they tell of the past, as hotspots do: such a window cannot be over, only out of date.
    """

    start: date
    end: date
    newest: date
    is_forecast: bool = True

    @property
    def days(self) -> Days:
        """Its first and its last day, for sentences."""
        return Days(self.start, self.end - timedelta(days=1))

    def age(self, today: date) -> Age:
        """Return how old the window is on the day `today`.

        Examples
        --------
        >>> window = Window(date(2026, 8, 3), date(2026, 11, 2), date(2026, 8, 2))
        >>> [str(window.age(date(2026, month, 2))) for month in (8, 11)], str(window.age(date(2027, 2, 3)))
        (['ahead', 'over'], 'out_of_date')
        """
        if is_out_of_date(self.newest, today):
            return Age.OUT_OF_DATE
        if today >= self.end and self.is_forecast:
            return Age.OVER
        return Age.RUNNING if today >= self.start else Age.AHEAD

    def mark(self, today: date) -> Message | None:
        """Return the few words that titles begin with; None where the window is not over."""
        return {
            Age.OVER: message("Forecast over since {date}", date=self.end),
            Age.OUT_OF_DATE: message("Out of date"),
        }.get(self.age(today))

    def mark_title(self, title: Message, today: date) -> Message:
        """Return a title behind the `mark` where there is one."""
        mark = self.mark(today)
        return title if mark is None else message("{mark}: {title}", mark=mark, title=title)

    def notice(self, today: date, newest: date | str | None = None) -> Message | None:
        """Return the sentence that must be said first; None where the window is not over.

        Parameters
        ----------
        newest : date or str, optional
            What is said of the newest record where not its day is: the public is told the month.
        """
        age = self.age(today)
        if age is Age.OUT_OF_DATE and not self.is_forecast:
            return message("Out of date: the newest record is of {newest}.", newest=newest or self.newest)
        if age is Age.OUT_OF_DATE:
            return message(
                "Out of date: the newest record is of {newest}. There is no current forecast; the figures are those "
                "made then for {days}.",
                newest=newest or self.newest,
                days=self.days,
            )
        if age is Age.OVER:
            return message(
                "Forecast over since {date}. There is no current forecast; the figures are those made then for {days}.",
                date=self.end,
                days=self.days,
            )
        return None


def is_out_of_date(newest: date, today: date) -> bool:
    """Tell whether the newest record is more than six months old, so that there is no current forecast.

    Examples
    --------
    >>> is_out_of_date(date(2025, 8, 31), date(2026, 2, 28)), is_out_of_date(date(2025, 8, 31), date(2026, 3, 1))
    (False, True)
    """
    months = newest.year * 12 + newest.month - 1 + OUT_OF_DATE_MONTHS
    year, month = divmod(months, 12)
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (first_of_next - date(year, month + 1, 1)).days
    return today > date(year, month + 1, min(newest.day, last))
