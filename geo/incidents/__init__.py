"""Incidents: one schema, validation with quarantine, duplicates; what files hold of them is read in `readers`."""

from geo.incidents.batch import Batch, QuarantinedRow

__all__ = ["Batch", "QuarantinedRow"]
