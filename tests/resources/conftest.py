"""What tests of resources share: a compiled module, and both databases."""

from __future__ import annotations

import importlib
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import postgres
import pytest
from mlsig import resources
from mlsig.resources import Session
from reference.imported import on_path
from searched import KINDS

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


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(
    request: pytest.FixtureRequest, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """One database of each kind for all tests of this file."""
    address = str(tmp_path_factory.mktemp("std") / "resources.db")
    if request.param == "postgresql":
        address = postgres.database(request.getfixturevalue("postgresql"), f"std_{time.time_ns()}")
    with resources.connect(address, *KINDS, clock=clock) as session:
        yield session


@pytest.fixture(scope="module")
def sentiment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A compiled program."""
    folder = tmp_path_factory.mktemp("sentiment")
    case = CASE.parent / "sentiment"
    shutil.copy(case / "expected.py", folder / "sentiment.py")
    shutil.copy(case / "sentiment_metric.py", folder)
    with on_path(str(folder)):
        yield importlib.import_module("sentiment")
        sys.modules.pop("sentiment")
