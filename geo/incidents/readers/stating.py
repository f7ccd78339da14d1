"""Where the rows of a file say that they are, those that are set aside, too."""

from __future__ import annotations

from geo.boundaries.regions import Boundaries
from geo.incidents.positions import Points, read_points
from geo.incidents.raw import pick
from geo.incidents.readers.detection import Found


def stated_points(found: Found, boundaries: Boundaries) -> Points:
    """Return the point that each row of a file states, as it is written; NaN where none can be made out."""
    raw = pick(found.table, found.chosen, found.form.constants)
    return read_points(raw, boundaries.country().bounds)
