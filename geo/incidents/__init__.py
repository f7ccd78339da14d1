"""Incidents: one schema, one reader per source format, validation with quarantine, duplicates."""

from geo.incidents.batch import Batch, QuarantinedRow
from geo.incidents.reading import read

__all__ = ["Batch", "QuarantinedRow", "read"]
