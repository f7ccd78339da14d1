"""Where incidents, hazard areas, imported boundaries and keys live: SQLite by default, PostGIS by a URL."""

from geo.store.records import ImportReport, Key, Revision, RevisionKind, Session, StoredQuarantine
from geo.store.store import Store

__all__ = ["ImportReport", "Key", "Revision", "RevisionKind", "Session", "Store", "StoredQuarantine"]
