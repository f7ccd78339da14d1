"""Compile a numeric kernel with numba, keeping the machine code between runs wherever a place for it can be written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` on its first call, without the interpreter's lock, and cache the result on disk.

    Kernels take the whole work as plain arrays and are run in threads of our own: numba's ``parallel=True`` aborts
    the process when two threads of a server enter its default thread pool at once.

    numba refuses to cache where neither the source folder nor the user's cache folder can be written (a read-only
    installation without a home). The kernel is then compiled anew in each process; nothing else changes.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError as error:
        if "cannot cache function" not in str(error):
            raise
        return numba.njit(**options)(function)  # type: ignore[no-any-return]
