"""A bar that shows how far a long command is, where somebody sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

import click


@contextmanager
def bar(label: str, count: int, file: TextIO | None = None) -> Iterator[Callable[[int], object]]:
    """Give what to call with how much more of `count` is done; elsewhere than on a terminal it shows nothing."""
    shown = file or sys.stderr
    if not shown.isatty():
        yield lambda done: None
        return
    with click.progressbar(length=count, label=label, file=shown) as progress:
        yield progress.update
