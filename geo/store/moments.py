"""Moments as the tables keep them: in UTC, without a zone."""

from __future__ import annotations

import datetime as dt
from typing import overload


def naive(moment: dt.datetime) -> dt.datetime:
    """Return a moment as a column keeps it."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None)


@overload
def aware(stored: dt.datetime) -> dt.datetime: ...
@overload
def aware(stored: None) -> None: ...
def aware(stored: dt.datetime | None) -> dt.datetime | None:
    """Return what a column keeps as a moment."""
    return None if stored is None else stored.replace(tzinfo=dt.UTC)
