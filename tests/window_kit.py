"""What the tests of windows share: a day for the whole service, whatever the clock says."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from api.base import assessments


def on_day(patch: pytest.MonkeyPatch, day: date) -> None:
    """Have every module that asks for the present day told `day`."""
    asked = assessments.today
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "api" and getattr(module, "today", None) is asked:
            patch.setattr(module, "today", lambda: day)
