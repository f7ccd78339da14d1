"""How figures and sentences are written in a text of 80 columns, in French or English."""

from __future__ import annotations

import textwrap
from typing import Final

from babel import Locale
from babel.numbers import format_decimal

from api.base.i18n import translate
from geo.core.messages import Message, message

WIDTH: Final = 80
LOCALES: Final = {"fr": Locale("fr"), "en": Locale("en", "GB")}


class Writing:
    """Writes in one language. A report is one."""

    def __init__(self, lang: str) -> None:
        self._lang = lang

    def _say(self, said: Message) -> str:
        return translate(said, self._lang)

    def _number(self, value: float, digits: int = 2) -> str:
        """Write a number with that many significant digits, whole ones in full."""
        rounded = float(f"{value:.{digits}g}")
        pattern = "#,##0" if abs(rounded) >= 10 ** (digits - 1) else "#,##0.######"
        return format_decimal(value if abs(value) >= 10 ** (digits - 1) else rounded, pattern, LOCALES[self._lang])

    def _percent(self, share: float, *, is_short: bool = False) -> str:
        percent = 100 * share
        if 0 < percent < 1:
            return self._say(message("< 1 %") if is_short else message("under 1 %"))
        if 99 < percent < 100:
            return self._say(message("> 99 %") if is_short else message("over 99 %"))
        return self._say(message("{percent} %", percent=round(percent)))

    def _wrapped(self, text: str, indent: str = "", first: str | None = None) -> list[str]:
        opening = indent if first is None else first
        return textwrap.wrap(text, WIDTH, initial_indent=opening, subsequent_indent=indent, break_on_hyphens=False) or [
            opening
        ]

    def _title(self, said: Message) -> list[str]:
        return [self._say(said), "─" * WIDTH]

    def _time(self, minutes: float) -> str:
        hours, rest = divmod(round(minutes), 60)
        if hours and not rest:
            return self._say(message("{hours} h", hours=hours))
        if hours:
            return self._say(message("{hours} h {minutes} min", hours=hours, minutes=rest))
        return self._say(message("{minutes} min", minutes=rest))

    def _short_estimate(self, value: float | None, low: float | None, high: float | None) -> str:
        if value is None:
            return "–"
        if low is None or high is None:
            return self._number(value)
        return f"{self._number(value)} ({self._number(low)}–{self._number(high)})"
