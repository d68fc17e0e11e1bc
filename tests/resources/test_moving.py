"""Rows as lines of JSON, there and back, between databases; and `mlsig store`."""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import postgres
import pytest
from mlsig import resources
from mlsig.resources import ResourceError, Session, moving
from mlsig.store import Store
from mlsig_compiler.cli import OK, STORAGE, USAGE, main


@pytest.fixture
def filled(session: Session, projects: ModuleType) -> Session:
    """A session with rows of every kind, one of which belongs to one that was made after it."""
    due = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    first = projects.Project.create(
        session, name="é", due=due, day=None, extra={"a": [0.1, None]}, rate=1 / 3
    )
    second = projects.Project.create(session, name="b", due=None, day=due.date(), parent=first)
    first.update(session, parent=second, status="active")
    projects.Run.create(session, project=first, score=0.1, count=-(2**63))
    projects.Note.create(session, text="", project=second)
    return session


def kinds(projects: ModuleType) -> tuple[type[resources.Resource], ...]:
    return projects.Note, projects.Run, projects.Project


def test_rows_come_back_as_they_were(filled: Session, projects: ModuleType, tmp_path: Path) -> None:
    lines = list(moving.exported(filled))
    with resources.connect(tmp_path / "copy.db", *kinds(projects)) as copy:
        assert moving.imported(copy, [*lines, b"\n"]) == 4
        assert sorted(moving.exported(copy)) == sorted(lines)
        for kind in kinds(projects):
            assert kind.list(copy).items == kind.list(filled).items
        assert moving.checked(copy) == {"Note": 1, "Run": 1, "Project": 2}
        with pytest.raises(ResourceError, match=r"of line 1 is there already, .*; nothing was imported"):
            moving.imported(copy, lines)


def test_lines_that_are_no_rows_are_refused_and_nothing_is_written(
    filled: Session, projects: ModuleType, tmp_path: Path
) -> None:
    lines = [line.decode() for line in moving.exported(filled)]
    (run,) = [line for line in lines if '"Run"' in line]
    with resources.connect(tmp_path / "copy.db", *kinds(projects)) as copy:
        for wrong, said in [
            ("{", "line 2 is no row"),
            (lines[0].replace('"mlsig_resources":1', '"mlsig_resources":2'), "has format 2"),
            (lines[0].replace('"Project"', '"Planet"'), "has a Planet, which is unknown"),
            (run.replace('"score":0.1', '"score":7.0'), "is no Run: score: must be at most 1"),
            (run, "or what it belongs to is not"),
        ]:
            with pytest.raises(ResourceError, match=said):
                moving.imported(copy, ["", wrong])
        with pytest.raises(ResourceError, match="by parent_id, which is not there"):
            moving.imported(copy, [lines[0]])
        assert projects.Project.list(copy).items == ()


def test_a_row_that_is_not_what_is_declared_is_found(filled: Session, projects: ModuleType) -> None:
    with filled.database.transaction() as connection:
        connection.exec_driver_sql('UPDATE "Run" SET "score" = 7')
    with pytest.raises(ResourceError, match="score"):
        moving.checked(filled)


def test_deleted_rows_leave_no_space(filled: Session, projects: ModuleType) -> None:
    (note,) = projects.Note.list(filled).items
    note.delete(filled)
    filled.database.vacuum()
    assert moving.checked(filled) == {"Project": 2, "Run": 1, "Note": 0}


def command(capsys: pytest.CaptureFixture[str], *words: Any, verb: str = "store") -> str:
    assert main([verb, *map(str, words)]) == OK, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_command_copies_resources(
    address: str,
    projects: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with resources.connect(address, *kinds(projects)) as session:
        projects.Project.create(session, name="x", due=None, day=None)
    of = ("--resources", "projects")
    lines = command(capsys, "export", address, *of)
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    copy = tmp_path / "copy.db"
    assert command(capsys, "import", copy, *of) == "imported 1 row\n"
    assert command(capsys, "export", copy, *of) == lines
    assert "is whole: 1 Project, 0 Run, 0 Note" in command(capsys, "check", copy, *of)
    shown = command(capsys, "vacuum", address, *of)
    assert "secret-word" not in shown
    for wrong, said in (("json", "has no resources"), ("nowhere.at_all", "cannot import nowhere.at_all")):
        assert main(["store", "check", address, "--resources", wrong]) == STORAGE
        assert said in capsys.readouterr().err
    assert main(["store", "check", str(tmp_path / "none.db"), *of]) == STORAGE
    assert "there is no database" in capsys.readouterr().err
    (tmp_path / "other.db").write_bytes(b"hello")
    assert main(["store", "check", str(tmp_path / "other.db"), *of]) == STORAGE
    assert "left as it was" in capsys.readouterr().err.replace("left as it is", "left as it was")


def test_the_command_looks_after_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.db"
    with Store(path) as store:
        made = store.create(identity="a", program="R", program_hash="", seed=1, settings={"x": "y" * 100_000})
    assert command(capsys, "check", path) == f"{path} is whole: 1 run\n"
    lines = command(capsys, "export", path)
    assert json.loads(lines)["row"]["id"] == made.id
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert command(capsys, "import", tmp_path / "copy.db") == "imported 1 run\n"
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM runs")
    connection.close()
    assert int(command(capsys, "vacuum", path).split()[-3].replace(",", "")) > 90_000
    assert main(["store", "check", str(tmp_path / "none.db")]) == STORAGE
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO candidates VALUES ('gone', 'k', NULL, 's', 0, '{}')")
    connection.close()
    assert main(["store", "check", str(path)]) == STORAGE
    assert "belongs to no run" in capsys.readouterr().err


def test_runs_of_a_server_are_looked_after_too(
    postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres.database(postgresql, "runs_verb")
    with Store(address) as store:
        made = store.create(identity="a", program="R", program_hash="", seed=1, settings={"x": 1})
    (listed,) = json.loads(command(capsys, "list", "--store", address, "--json", verb="runs"))
    assert (listed["id"], listed["status"]) == (made.id, "pending")
    assert made.id in command(capsys, "show", "R", "--store", address, verb="runs")
    command(capsys, "cancel", "R", "--store", address, verb="runs")
    lines = command(capsys, "export", "--store", address, verb="runs")
    assert main(["runs", "resume", "R", "--store", address]) == USAGE
    assert main(["runs", "show", "gone", "--store", address]) == STORAGE
    assert "secret-word" not in capsys.readouterr().err + lines
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert main(["store", "import", str(tmp_path / "copy.db")]) == OK
    assert main(["store", "check", address]) == OK
    assert main(["store", "vacuum", address]) == OK
    monkeypatch.setattr("sys.stdin", io.StringIO(lines.replace(made.id, "R-other")))
    assert main(["store", "import", address]) == OK
    assert main(["store", "export", address]) == OK
    out, err = capsys.readouterr()
    assert "secret-word" not in out + err
    with Store(address) as again, Store(tmp_path / "copy.db") as copy:
        assert [run.id for run in again.runs()] == [made.id, "R-other"]
        assert copy.runs()[0] == again.runs()[0]
