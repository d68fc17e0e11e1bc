"""The wheel and the sdist: what is in them, and that the wheel alone does the first things people do."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mlsig", "mlsig_compiler")


def build(tree: Path, into: Path, kind: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(into), "-t", kind],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = into.glob({"wheel": "*.whl", "sdist": "*.tar.gz"}[kind])
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as whoever has only the sdist does."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    return build(tree, tmp_path_factory.mktemp("wheel"), "wheel")


def test_the_wheel_holds_both_packages_and_what_they_read(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for package, home in zip(PACKAGES, ("runtime", "compiler"), strict=True):
        assert f"{package}/py.typed" in names
        modules = {str(path.relative_to(ROOT / home)) for path in (ROOT / home / package).rglob("*.py")}
        assert modules <= names
    for folder in ("grammar", "templates"):
        files = {path.name for path in (ROOT / folder).iterdir() if path.is_file()}
        assert {f"mlsig_compiler/{folder}/{name}" for name in files} <= names
    assert not [name for name in names if name.split("/")[0].partition("-")[0] not in PACKAGES]


def test_the_metadata_says_the_version_the_licence_and_the_extras(wheel: Path, sdist: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
        assert any(name.endswith("/licenses/LICENSE") for name in archive.namelist())
    assert metadata["Name"] == "mlsig"
    assert sdist.name == f"mlsig-{metadata['Version']}.tar.gz"
    assert metadata["License-Expression"] == "MIT"
    tools = (ROOT / "docs" / "releases.md").read_text(encoding="utf-8")
    assert not [extra for extra in metadata.get_all("Provides-Extra") if f"`{extra}`" not in tools]


def test_the_wheel_alone_compiles_checks_and_runs(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    desk = tmp_path / "desk"
    desk.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("smoke.py")),
            str(desk),
            str(ROOT / "examples/quickstart"),
        ],
        env=os.environ | {"PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    version = wheel.name.split("-")[1]
    assert f"mlsig {version} works on Python" in done.stdout
