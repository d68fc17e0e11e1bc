"""What tests of resources share: a compiled module, and both databases."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import postgres
import pytest
from mlsig import resources
from reference.imported import on_path

CASE = Path(__file__).resolve().parents[1] / "golden" / "projects"
NUMBERS = count()


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The compiled golden case."""
    folder = tmp_path_factory.mktemp("projects")
    shutil.copy(CASE / "expected.py", folder / "projects.py")
    shutil.copy(CASE / "projects_functions.py", folder)
    with on_path(str(folder)):
        yield importlib.import_module("projects")
        sys.modules.pop("projects")
        sys.modules.pop("projects_functions", None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A server of our own."""
    with postgres.server() as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "resources.db")
    return postgres.database(request.getfixturevalue("postgresql"), f"test_{next(NUMBERS)}")


@pytest.fixture
def session(address: str, projects: ModuleType) -> Iterator[resources.Session]:
    """An open session for the resources of the case."""
    with resources.connect(address, projects.Project, projects.Run, projects.Note) as opened:
        yield opened


@pytest.fixture
def project(session: resources.Session, projects: ModuleType) -> Any:
    """One stored project."""
    return projects.Project.create(session, name="first", due=None, day=None)
