"""Where each shipped file comes from: source, licence, attribution and hash, read from ``data/*/SOURCES.toml``."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geo.core.errors import FileError, NotFoundError
from geo.core.messages import message


@dataclass(frozen=True, slots=True)
class Source:
    """One shipped file. `path` is relative to the data folder; `sha256` is of its bytes, in hex."""

    path: str
    source: str
    licence: str
    attribution: str
    sha256: str
    note: str = ""


def data_path(relative: str) -> Path:
    """Return the path of a shipped file, e.g. ``regions/communes.fgb``.

    Raises
    ------
    NotFoundError
        If no such file is shipped.
    """
    path = data_root() / relative
    if not path.is_file():
        raise NotFoundError(message("Sira ships no file {file}.", file=relative))
    return path


def data_root() -> Path:
    """Return the folder of the shipped data."""
    return Path(str(importlib.resources.files("sira_data")))


def sources() -> tuple[Source, ...]:
    """Return every shipped file's source, sorted by path.

    Raises
    ------
    FileError
        If a SOURCES.toml lacks a key or holds an unknown one.
    """
    root = data_root()
    found = [
        source
        for listing in root.glob("*/SOURCES.toml")
        for source in _read_listing(listing.read_text(encoding="utf-8"), listing.parent.relative_to(root).as_posix())
    ]
    return tuple(sorted(found, key=lambda source: source.path))


@lru_cache(maxsize=16)
def _read_listing(listing: str, folder: str) -> tuple[Source, ...]:
    entries = tomllib.loads(listing)["file"]
    read = []
    for entry in entries:
        wanted = {"path", "source", "licence", "attribution", "sha256"}
        if not wanted <= set(entry) <= wanted | {"note"}:
            raise FileError(
                message(
                    "{file}: the entry {entry} must hold path, source, licence, attribution, sha256 and may hold note.",
                    file=f"{folder}/SOURCES.toml",
                    entry=entry.get("path", "?"),
                ),
                file=f"{folder}/SOURCES.toml",
            )
        read.append(Source(**{**entry, "path": f"{folder}/{entry['path']}"}))
    return tuple(read)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def refresh_hashes(folder: Path) -> None:
    """Write the current hash of each file that ``folder/SOURCES.toml`` names into it; for the build scripts.

    Each entry's ``sha256`` line must follow its ``path`` line somewhere before the next entry.
    """
    listing = folder / "SOURCES.toml"
    blocks = re.split(r"(?m)^(?=\[\[file\]\])", listing.read_text(encoding="utf-8"))
    listing.write_text("".join(_with_hash(block, folder) for block in blocks), encoding="utf-8")


def _with_hash(block: str, folder: Path) -> str:
    path = re.search(r'(?m)^path = "(.+)"$', block)
    if path is None:
        return block
    return re.sub(r'(?m)^sha256 = ".*"$', f'sha256 = "{sha256_of(folder / path[1])}"', block)
