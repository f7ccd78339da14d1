"""The imported network on disk: arrays in one npz file, the rest in JSON, replaced as a whole."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.core.errors import FileError
from geo.core.messages import message
from geo.core.provenance import sha256_of
from geo.roads.graph import CLASSES, SURFACES, Network
from geo.roads.shipped import shipped_network

#: Changes whenever what is written does: an older file is then asked to be imported again.
FORMAT: Final = 1

#: Written last: a network is there, or replaced, when this file is.
INDEX: Final = "network.json"
_ARRAYS: Final = tuple(field.name for field in fields(Network) if field.name not in ("texts", "source"))


@dataclass(frozen=True, slots=True)
class InstalledNetwork:
    """The network of an installation.

    `order` is what `geo.roads.routing.contraction_order` gave for it, where it was kept. `about` holds what is known of
    the import: file, sha256, imported (date).
    """

    network: Network
    order: NDArray[np.uint32] | None
    about: dict[str, Any]


def save_network(
    folder: Path,
    network: Network,
    *,
    order: NDArray[np.uint32] | None = None,
    about: dict[str, Any] | None = None,
) -> None:
    """Write a network into `folder`, in place of the one before; a reader sees the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays_file = folder / f"network-{secrets.token_hex(8)}.npz"
    arrays = {name: getattr(network, name) for name in _ARRAYS}
    if order is not None:
        arrays["order"] = order
    np.savez(arrays_file, **arrays)
    index = {
        "format": FORMAT,
        "arrays": arrays_file.name,
        "sha256": sha256_of(arrays_file),
        "source": network.source,
        "texts": network.texts,
        "about": about or {},
    }
    draft = folder / f"{arrays_file.stem}.json"
    draft.write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, folder / INDEX)
    for earlier in folder.glob("network-*.npz"):
        if earlier != arrays_file:
            earlier.unlink(missing_ok=True)


def load_network(folder: Path) -> InstalledNetwork:
    """Return the network that was saved in `folder`.

    Raises
    ------
    FileError
        If it is damaged, or written by another version.
    """
    index_file = folder / INDEX
    try:
        index = json.loads(index_file.read_text(encoding="utf-8"))
        if index["format"] != FORMAT:
            raise _unusable(index_file)
        arrays_file = folder / Path(index["arrays"]).name
        if sha256_of(arrays_file) != index["sha256"]:
            raise _unusable(arrays_file)
        with arrays_file.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        order = arrays.pop("order", None)
        network = Network(texts=tuple(index["texts"]), source=index["source"], **arrays)
        _check(network, order, arrays_file)
        return InstalledNetwork(network, order, index["about"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _unusable(index_file) from error


def installed_network(folder: Path) -> InstalledNetwork:
    """Return the imported network where there is one in `folder`, else the shipped schematic one."""
    if (folder / INDEX).exists():
        return load_network(folder)
    return InstalledNetwork(shipped_network(), None, {})


def _check(network: Network, order: NDArray[np.uint32] | None, file: Path) -> None:
    """Refuse arrays that do not fit each other: they would fail, or worse, far from here."""
    nodes, edges = network.node_count, network.edge_count
    per_edge = [name for name in _ARRAYS if name not in ("lon", "lat", "node_name", "coordinates", "offsets")]
    fits = (
        all(getattr(network, name).shape == (edges,) for name in per_edge)
        and network.lat.shape == network.node_name.shape == (nodes,)
        and network.offsets.shape == (edges + 1,)
        and network.coordinates.shape == (int(network.offsets[-1]), 2)
        and bool((np.diff(network.offsets) >= 2).all())
        and (order is None or order.shape == (nodes,))
    )
    codes = (
        (network.tail, 0, nodes),
        (network.head, 0, nodes),
        (network.road_class, 0, len(CLASSES)),
        (network.surface, 0, len(SURFACES)),
        (network.name, -1, len(network.texts)),
        (network.ref, -1, len(network.texts)),
        (network.node_name, -1, len(network.texts)),
    )
    if not fits or not all(((low <= code) & (code < high)).all() for code, low, high in codes):
        raise _unusable(file)


def _unusable(file: Path) -> FileError:
    return FileError(
        message("{file}: the stored road network is damaged or of another version; import it again.", file=file.name),
        file=file.name,
    )
