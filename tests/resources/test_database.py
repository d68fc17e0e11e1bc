"""What a database is opened from, what is refused, and what is never shown."""

from __future__ import annotations

import importlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import postgres
import pytest
from mlsig import resources
from mlsig.resources import Column, ResourceError
from mlsig.resources.database import APPLICATION_ID
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path


def kinds(projects: ModuleType) -> tuple[type[resources.Resource], ...]:
    return projects.Project, projects.Run, projects.Note


def test_what_is_stored_is_there_when_it_is_opened_again(address: str, projects: ModuleType) -> None:
    with resources.connect(address, *kinds(projects)) as session:
        made = projects.Project.create(session, name="kept", due=None, day=None)
    with resources.connect(address, *kinds(projects)) as session:
        assert projects.Project.get(session, made.id) == made


def test_one_process_at_a_time_has_a_file(tmp_path: Path, projects: ModuleType) -> None:
    path = tmp_path / "deep" / "x.db"
    with (
        resources.connect(f"sqlite:///{path}", *kinds(projects)),
        pytest.raises(ResourceError, match="another process has it open"),
    ):
        resources.connect(path, *kinds(projects))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + bytes(200)])
def test_a_file_of_somebody_else_is_left_as_it_is(
    tmp_path: Path, projects: ModuleType, content: bytes
) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(ResourceError, match="it was left as it is"):
        resources.connect(path, *kinds(projects))
    assert path.read_bytes() == content


def test_a_damaged_file_is_refused(tmp_path: Path, projects: ModuleType) -> None:
    path = tmp_path / "x.db"
    with resources.connect(path, *kinds(projects)) as session:
        for _ in range(50):
            projects.Project.create(session, name="x" * 255, due=None, day=None)
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
    path.write_bytes(data)
    with pytest.raises(ResourceError, match=r"damaged|malformed"):
        resources.connect(path, *kinds(projects))
    assert path.read_bytes() == bytes(data)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("mysql://root:pass-word@localhost/x", "other databases cannot"),
        ("://", "other databases cannot"),
        ("sqlite://", "name the file"),
        ("/", "is a folder"),
    ],
)
def test_addresses_that_cannot_be_used(projects: ModuleType, address: str, said: str) -> None:
    with pytest.raises(ResourceError, match=said) as caught:
        resources.connect(address, *kinds(projects))
    assert "pass-word" not in str(caught.value)


def test_a_password_is_never_shown(projects: ModuleType, tmp_path: Path, postgresql: str) -> None:
    with pytest.raises(ResourceError) as caught:
        resources.connect(f"postgresql://me:pass-word@/x?host={tmp_path}", *kinds(projects))
    assert "postgresql://me@/x?host=" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "pass-word" not in str(caught.value)
    address = postgres.database(postgresql, "shown")
    with resources.connect(address, *kinds(projects)) as session:
        assert "secret-word" not in session.database.shown
        with pytest.raises(ResourceError) as caught, session.database.transaction() as connection:
            connection.exec_driver_sql("SELECT nonsense")
    assert "nonsense" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_tables_of_other_declarations_are_refused(address: str, projects: ModuleType) -> None:
    with (
        resources.connect(address, *kinds(projects)) as session,
        session.database.transaction() as connection,
    ):
        connection.exec_driver_sql('ALTER TABLE "Note" RENAME COLUMN "text" TO "words"')
    with pytest.raises(ResourceError, match=r"the table Note .* lacks text and also has words"):
        resources.connect(address, *kinds(projects))


def test_a_session_needs_all_that_its_resources_belong_to(tmp_path: Path, projects: ModuleType) -> None:
    with pytest.raises(ResourceError, match="Run belongs to Project: connect with Project as well"):
        resources.connect(tmp_path / "x.db", projects.Run)
    with (
        resources.connect(tmp_path / "x.db", projects.Project) as session,
        pytest.raises(ResourceError, match="does not know Note: connect with it"),
    ):
        projects.Note.list(session)
    other = type("Project", (projects.Project,), {})
    with pytest.raises(ResourceError, match="two resources are called Project"):
        resources.connect(tmp_path / "x.db", projects.Project, other)


def test_importing_a_module_of_resources_imports_no_database(projects: ModuleType) -> None:
    folder = Path(str(projects.__file__)).parent
    heavy = "'sqlalchemy', 'psycopg', 'numpy'"
    code = f"import sys, projects; print([name for name in ({heavy}) if name in sys.modules])"
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert made.stdout.strip() == "[]"


def test_columns_are_told_apart() -> None:
    first, second = Column("Run", "score"), Column("Run", "score")
    assert hash(first) == hash(second)
    assert importlib.import_module("mlsig.resources").connect
    with pytest.raises(AttributeError, match="nothing"):
        resources.nothing  # noqa: B018


def test_resources_may_belong_to_each_other(address: str, tmp_path: Path) -> None:
    language = "resource A { belongs_to b: B? }  resource B { belongs_to a: A? }"
    made = compile_source(Source(Path("circle.mlsig"), "circle", language))
    assert made.text is not None
    (tmp_path / "circle.py").write_text(made.text, "utf-8")
    with on_path(str(tmp_path)):
        circle = importlib.import_module("circle")
    with resources.connect(address, circle.A, circle.B) as session:
        first = circle.A.create(session)
        second = circle.B.create(session, a=first)
        first = first.update(session, b=second)
        assert (first.b(session), second.a(session)) == (second, first)
    sys.modules.pop("circle")


@pytest.mark.parametrize(("durability", "said"), [("full", ("2", "on")), ("normal", ("1", "off"))])
def test_what_is_committed_survives_what_was_asked_for(
    address: str, projects: ModuleType, durability: Any, said: tuple[str, str]
) -> None:
    kinds = (projects.Project, projects.Run, projects.Note)
    with resources.connect(address, *kinds, durability=durability) as session:
        with session.database.transaction() as connection:
            asked = "PRAGMA synchronous" if "://" not in address else "SHOW synchronous_commit"
            assert str(connection.exec_driver_sql(asked).scalar()) in said
        assert projects.Project.create(session, name="x", due=None, day=None).version == 1
