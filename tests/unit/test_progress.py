"""How far an import is, shown where somebody sits at a terminal."""

from __future__ import annotations

import io

from api.commands.progress import bar


class Terminal(io.StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_how_far_it_is() -> None:
    terminal = Terminal()
    with bar("Rows taken", 4, terminal) as progress:
        progress(4)
    assert "Rows taken" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_elsewhere_nothing_is_written() -> None:
    file = io.StringIO()
    with bar("Rows taken", 4, file) as progress:
        progress(4)
    assert file.getvalue() == ""
