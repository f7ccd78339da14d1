"""What can be wrong with the address of a tile beyond its parts."""

from __future__ import annotations

from geo.errors import NotFoundError


class OutdatedTilesError(NotFoundError):
    """The address is of other content than the present one; the client has to look up the present address."""
