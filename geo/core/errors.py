"""One exception tree for the whole project. Each error carries a `Message`, so it can be said in two languages."""

from __future__ import annotations

from collections.abc import Sequence

from geo.core.messages import Message


class SiraError(Exception):
    """Root of everything Sira raises on purpose."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class InputError(SiraError):
    """What a person or a file gave cannot be used; the message names it and says what was expected."""


class ParameterError(InputError):
    """A parameter of a request, command or function is wrong."""

    def __init__(self, message: Message, *, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class FileError(InputError):
    """A file cannot be used as a whole: unreadable, of no known format, or its columns do not fit."""

    def __init__(self, message: Message, *, file: str) -> None:
        super().__init__(message)
        self.file = file


class SourceNeededError(FileError):
    """A file does not say whose records it holds; whoever brings it must."""


class GeometryError(InputError):
    """A geometry is invalid, of the wrong type or outside the range of its CRS."""


class CRSError(InputError):
    """Coordinates come in another CRS than required; Sira never guesses one."""


class PlaceNameError(InputError):
    """A name or code does not lead to exactly one place."""

    def __init__(self, message: Message, *, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class UnknownNameError(PlaceNameError):
    """No place has this name or code; `candidates` holds the nearest spellings."""


class AmbiguousNameError(PlaceNameError):
    """Several places have this name; `candidates` holds what would tell them apart."""


class CodeMismatchError(PlaceNameError):
    """A P-code and a name contradict each other in the named code set."""


class NotFoundError(SiraError):
    """The thing asked for does not exist."""


class OffNetworkError(InputError):
    """A place lies too far from the nearest road; `distance_km` says how far."""

    def __init__(self, message: Message, *, distance_km: float) -> None:
        super().__init__(message)
        self.distance_km = distance_km


class NoRouteError(NotFoundError):
    """No way leads there; `exclusions` holds what was asked to be left out and cuts it."""

    def __init__(self, message: Message, *, exclusions: Sequence[Message] = ()) -> None:
        super().__init__(message)
        self.exclusions = tuple(exclusions)


class AccessDeniedError(SiraError):
    """The caller may not see this."""


class StoreError(SiraError):
    """The store cannot be opened, migrated, backed up or restored."""


class NotReadyError(SiraError):
    """What was asked for is not made yet; the message says what to do."""


class ModelError(SiraError):
    """A model cannot be fitted, loaded or used on these data."""
