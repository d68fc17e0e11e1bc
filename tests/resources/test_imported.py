"""Resources of other files, and of the library: what belongs to them, reads them, and varies with them."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig import resources
from mlsig.resources import Restricted, std
from mlsig_compiler.cli.store_verb import resources_of
from mlsig_compiler.pipeline import compile_all, compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path

PEOPLE = """
enum Mood { calm, cross }
resource Person "somebody" {
  name: str
  @variable mood: Mood = cross
  @variable patience: int(1..5) = 2
  @variable share: float(0.0..1.0)
  calculate grown: bool = patience >= 3
}
space Search { include Person  var more: bool = true  constraint some: patience > 1 or more }
"""
WORK = """
from resources_people import Mood as Temper, Person as Human
from std.resources import Program, ProgramStatus
resource Task {
  title: str
  belongs_to owner: Human?
  belongs_to program: Program
  calculate cross: bool = owner != null and owner.mood == Temper.cross
  calculate grown: bool = owner != null and owner.grown
  calculate active: bool = program.status == ProgramStatus.active
  action hand_over(to: str) -> Human? = python("resources_task_functions:hand_over")
}
space Search { include Human  var top: int(1..3) = 1 }
"""
FUNCTIONS = """
def hand_over(session, row, *, to):
    return None if row.owner_id is None else row.owner(session).update(session, name=to)
"""
NAMES = ("resources_people", "resources_work")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two compiled modules."""
    folder = tmp_path_factory.mktemp("imported")
    sources = [
        Source(Path(f"{name}.mlsig"), name, text) for name, text in zip(NAMES, (PEOPLE, WORK), strict=True)
    ]
    made = compile_all(sources, lambda _: None, NAMES)
    assert not list(made.analysis)
    for name, text in made.texts.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    (folder / "resources_task_functions.py").write_text(FUNCTIONS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def modules(folder: Path) -> Iterator[tuple[ModuleType, ModuleType]]:
    with on_path(str(folder)):
        people, work = (importlib.import_module(name) for name in NAMES)
        yield people, work
        for name in (*NAMES, "resources_task_functions"):
            sys.modules.pop(name, None)


def test_rows_belong_to_rows_of_other_files(address: str, modules: tuple[ModuleType, ModuleType]) -> None:
    people, work = modules
    kinds = resources_of("resources_work")
    assert kinds[:3] == [work.Task, people.Person, std.Program]
    with resources.connect(address, *kinds) as session:
        ann = people.Person.create(session, name="Ann", patience=3, share=0.5)
        program = std.Program.create(session, name="p", status=std.ProgramStatus.active)
        task = work.Task.create(session, title="t", owner=ann, program=program)
        alone = work.Task.create(session, title="alone", program=program.id)
        assert (task.owner(session), task.program(session), alone.owner(session)) == (ann, program, None)
        assert [(task.cross(session), task.grown(session)), alone.cross(session)] == [(True, True), False]
        listed = work.Task.list(session, where=work.Task.Fields.grown == True, limit=5)  # noqa: E712
        assert listed.items == (task,)
        assert work.Task.list(session, where=work.Task.Fields.active == False).items == ()  # noqa: E712
        assert task.hand_over(session, to="Bea") == ann.get(session, ann.id)
        assert alone.hand_over(session, to="Bea") is None
        with pytest.raises(Restricted, match=r"Person .* has 1 of which it is the owner \(Task .*\): delete"):
            ann.get(session, ann.id).delete(session)
        task.get(session, task.id).delete(session)
        ann.get(session, ann.id).delete(session)


def test_attributes_that_vary_are_a_space(address: str, modules: tuple[ModuleType, ModuleType]) -> None:
    people, work = modules
    space = people.Person.variables()
    assert space is people.Person.Variables
    assert space.default().to_dict() == {"mood": "cross", "patience": 2, "share": 0.5}
    assert (space.cardinality(), people.Person.declaration().variables) == (10, ("mood", "patience", "share"))
    assert people.Search.default().to_dict() == {**space.default().to_dict(), "more": True}
    assert set(work.Search.default().to_dict()) == {"mood", "patience", "share", "top"}
    drawn: Any = space.sample(random.Random(3)).to_dict()
    with resources.connect(address, people.Person) as session:
        row = people.Person.create(session, name="x", **drawn)
        assert people.Person.declaration().configuration(row) == drawn
        assert space.validate(people.Person.declaration().configuration(row)).to_dict() == drawn


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("resource R { a: int }  space S { include R }", "MLS0305", "no attribute of `R` is marked"),
        ("resource R { @variable a: bool  variables: int }", "MLS0312", "variables"),
        ("resource R { @variable key: bool }", "MLS0312", "key"),
    ],
)
def test_what_cannot_vary_is_said(text: str, code: str, said: str) -> None:
    found = list(compile_source(Source(Path("r.mlsig"), "r", text)).diagnostics)
    assert [one.code for one in found if one.severity == "error"] == [code]
    assert said in str(found[0].message)


def test_two_resources_of_one_name_are_not_stored_together(
    modules: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    people, _ = modules
    made = compile_source(Source(Path("again.mlsig"), "again", "resource Person { a: int }"))
    assert made.text is not None
    (tmp_path / "again.py").write_text(made.text, "utf-8")
    with on_path(str(tmp_path)):
        again = importlib.import_module("again")
        sys.modules.pop("again")
    with pytest.raises(
        resources.ResourceError, match="Person of resources_people, Person of again; rename one of them"
    ):
        resources.connect(tmp_path / "x.db", people.Person, again.Person)
