"""Files of incidents: one reader per format, and `read`, which finds the one for a file."""

from geo.incidents.readers.reading import read

__all__ = ["read"]
