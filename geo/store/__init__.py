"""Where incidents, hazard areas, imported boundaries, keys and users live: SQLite by default, PostGIS by a URL."""

from geo.store.records import ImportReport, Key, Login, Revision, RevisionKind, Scope, Session, StoredQuarantine, User
from geo.store.store import Store

__all__ = [
    "ImportReport",
    "Key",
    "Login",
    "Revision",
    "RevisionKind",
    "Scope",
    "Session",
    "Store",
    "StoredQuarantine",
    "User",
]
