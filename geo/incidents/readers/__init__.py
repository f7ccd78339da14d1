"""Files of incidents: one reader per format, and `read`, which finds the one for a file."""

from geo.incidents.readers.reading import delivered, read

__all__ = ["delivered", "read"]
