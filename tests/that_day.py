"""The day on which the tests take place: the default data end a month before, whatever the calendar says."""

from __future__ import annotations

import time
from datetime import UTC, datetime

TODAY = datetime(2026, 11, 30, 12, tzinfo=UTC)


def script() -> str:
    """Return what gives a page that day for its own; its clock goes on, and tests may still move it."""
    shift_ms = round((TODAY.timestamp() - time.time()) * 1000)
    return f"""(() => {{
        const Real = Date;
        window.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now() + {shift_ms}); }}
            static now() {{ return Real.now() + {shift_ms}; }}
        }};
    }})()"""
