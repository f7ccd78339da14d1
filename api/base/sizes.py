"""How large a JSON document of the map, the layers and ``/ogc`` may be, and where what is larger is had in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from geo.core.errors import SiraError
from geo.core.messages import Message, message

#: Beyond it browsers and GIS clients stand still, and whoever is on a poor line waits for nothing.
MOST_BYTES: Final = 20_000_000
_MEGABYTE: Final = 1_000_000


class TooLargeError(SiraError):
    """An answer has, or would have, more bytes than are sent at once.

    `collection` is the id under which the same is had in pages, as tiles and as files; empty where it is under none.
    """

    def __init__(self, message: Message, *, collection: str = "") -> None:
        super().__init__(message)
        self.collection = collection


@dataclass(frozen=True, slots=True)
class Most:
    """The most bytes of a document, and the collection that holds the same in parts, if any."""

    nbytes: int = MOST_BYTES
    collection: str = ""

    def check(self, nbytes: int) -> None:
        """Raise `TooLargeError` where a document has more bytes, or is known to come to more."""
        if nbytes > self.nbytes:
            raise TooLargeError(
                message(
                    "The answer is larger than {megabytes} MB, the most that is sent at once.",
                    megabytes=-(-self.nbytes // _MEGABYTE),
                ),
                collection=self.collection,
            )
