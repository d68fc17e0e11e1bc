"""What comes from anywhere: tokens of pages, ids, lines, names and addresses; nothing breaks or is lost."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import postgres
import pytest
from mlsig import resources, shapes
from mlsig.errors import ValidationError
from mlsig.resources import NotFound, Resource, ResourceError, Restricted, Session, moving, std
from mlsig_compiler.cli import STORAGE, main
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path

LANGUAGE = """
resource Select {
  where: int = 1  order: str = ""  from_: date? = null  group: float = 1.0  table: bool = true
  at: datetime = "2026-01-01T00:00:00Z"  limit: json = null
  belongs_to select: Select?
  has_many selects: Select(on_delete=nullify, by=select)
}
resource Head {
  belongs_to best: Item?  belongs_to main: Item?
  has_many items: Item(on_delete=cascade)
}
resource Item {
  belongs_to head: Head
  has_many bests: Head(on_delete=nullify, by=best)
  has_many mains: Head(on_delete=restrict, by=main)
}
resource Left { belongs_to right: Right  has_many rights: Right(on_delete=cascade) }
resource Right { belongs_to left: Left?  has_many lefts: Left(on_delete=cascade) }
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Resources whose names are words of SQL, and which hang together in circles."""
    folder = tmp_path_factory.mktemp("hostile")
    made = compile_source(Source(Path("hostile_rows.mlsig"), "hostile_rows", LANGUAGE))
    assert made.text is not None, [found.message for found in made.diagnostics]
    (folder / "hostile_rows.py").write_text(made.text, "utf-8")
    with on_path(str(folder)):
        yield import_module("hostile_rows")
        sys.modules.pop("hostile_rows")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(
    request: pytest.FixtureRequest, hostile: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    address = str(tmp_path_factory.mktemp("hostile") / "resources.db")
    if request.param == "postgresql":
        address = postgres.database(request.getfixturevalue("postgresql"), f"hostile_{time.time_ns()}")
    kinds = (hostile.Select, hostile.Head, hostile.Item, hostile.Left, hostile.Right)
    with resources.connect(address, *kinds) as session:
        yield session


def test_words_of_sql_are_names_like_others(opened: Session, hostile: ModuleType) -> None:
    kind = hostile.Select
    first = kind.create(opened, order='\'; DROP TABLE "Select" --', where=7)
    second = kind.create(opened, select=first, group=-0.0)
    found = kind.list(opened, where=(kind.Fields.where > 6) & (kind.Fields.order == first.order)).items
    assert (found, first.selects(opened).items) == ((first,), (second,))
    assert str(kind.get(opened, second.id).group) == "0.0", "in both databases, as SQLite keeps no sign of 0"


def test_tokens_of_pages_are_checked_before_a_database_sees_them(
    opened: Session, hostile: ModuleType
) -> None:
    kind = hostile.Select
    id = kind.create(opened).id
    values = ["a", 1, 2**70, 1.5, True, [1], {"a": 1}, "2026-01-01", "2026-01-01T00:00:00", "a\0b"]
    taken = {
        "where": [1],
        "order": ["a", "2026-01-01", "2026-01-01T00:00:00"],
        "from_": ["2026-01-01"],
        "group": [1, 2**70, 1.5],
        "table": [True],
        "at": [],
    }
    for name, fine in taken.items():
        order = getattr(kind.Fields, name).asc()
        for value in values:
            token = base64.urlsafe_b64encode(msgspec.json.encode([value, id])).decode()
            if any(value is one or (value == one and type(value) is type(one)) for one in fine):
                kind.list(opened, order=order, after=token)
                continue
            with pytest.raises(ResourceError, match="not the `next` of a page"):
                kind.list(opened, order=order, after=token)
    for wrong in (b'[1, "x"]', b'[1, "\\u0000"]', b"[" * 10_000, b"{}", b"\xff"):
        with pytest.raises(ResourceError, match="not the `next` of a page"):
            kind.list(opened, after=base64.urlsafe_b64encode(wrong).decode())


def test_what_is_no_id_is_not_there(opened: Session, hostile: ModuleType) -> None:
    for id in ("", "a\0b", "\ud800", "x" * 100_000, "' OR 1=1 --"):
        with pytest.raises(NotFound):
            hostile.Select.get(opened, id)
        with pytest.raises(NotFound, match=r"Select\.select"):
            hostile.Select.create(opened, select=id)


def test_long_conditions_and_times_beyond_the_calendar(opened: Session, hostile: ModuleType) -> None:
    kind = hostile.Select
    row = kind.create(opened, where=12_345)
    assert kind.list(opened, where=kind.Fields.where.is_in(range(12_000, 13_500))).items == (row,)
    assert kind.list(opened, where=kind.Fields.select_id.is_in([None, row.id]), limit=1).items
    either = kind.Fields.where == 12_345
    for number in range(300):
        either |= kind.Fields.where == -number - 1
    assert kind.list(opened, where=either).items == (row,)
    with pytest.raises(ValidationError, match="outside of the years 1 to 9999"):
        kind.create(opened, at=datetime.fromisoformat("0001-01-01T00:00:00+12:00"))


def test_rows_that_belong_to_each_other_are_deleted_together(opened: Session, hostile: ModuleType) -> None:
    itself = hostile.Select.create(opened)
    itself = itself.update(opened, select=itself)
    itself.delete(opened)
    head = hostile.Head.create(opened)
    item = hostile.Item.create(opened, head=head)
    head = head.update(opened, best=item, main=item)
    with pytest.raises(Restricted, match="has 1 mains"):
        item.delete(opened)
    assert hostile.Head.get(opened, head.id) == head
    head.delete(opened)
    assert hostile.Head.list(opened).items == hostile.Item.list(opened).items == ()
    right = hostile.Right.create(opened)
    left = hostile.Left.create(opened, right=right)
    right = right.update(opened, left=left)
    with pytest.raises(Restricted, match=f"Right {right.id} has 1 lefts"):
        left.delete(opened)  # it cannot be without the other for a moment
    right.delete(opened)
    assert hostile.Left.list(opened).items == hostile.Right.list(opened).items == ()


LINE: dict[str, Any] = {
    "id": "01a20a68-d4a4-7000-bcbc-2ab7174c8848",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
    "version": 1,
}
DEEP = '{"mlsig_resources":1,"resource":"Head","row":' + '{"a":' * 50_000 + "1" + "}" * 50_001
WRONG = [
    (DEEP, "is no row of a resource"),
    (b'{"mlsig_resources":1,"resource":"Head\xff"}', "is no row of a resource"),
    ({"version": 2**70}, "version: must be from 1"),
    ({"version": 0}, "version: must be from 1"),
    ({"created_at": "2026-01-01T00:00:00"}, "created_at: must say its zone"),
    ({"updated_at": "9999-12-31T23:59:59-12:00"}, "updated_at: is outside of the years"),
    ({"id": "a\0b"}, "id: is no id"),
    ({"id": "x" * 100_000}, "id: is no id"),
    ({"best_id": "a\0b"}, "best_id: is no id"),
    ({"other": 1}, "other: is not a field"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG, ids=[said for _, said in WRONG])
def test_hostile_lines_are_refused_at_their_place(
    opened: Session, hostile: ModuleType, wrong: Any, said: str
) -> None:
    def line(**values: Any) -> str:
        row = {**LINE, "best_id": None, "main_id": None, **values}
        return json.dumps({"mlsig_resources": 1, "resource": "Head", "row": row})

    bad = line(**wrong) if isinstance(wrong, dict) else wrong
    with pytest.raises(ResourceError, match=f"line 2 .*{said}.*; nothing was imported"):
        moving.imported(opened, [line(), bad])
    assert hostile.Head.list(opened).items == ()


def test_lines_in_no_encoding_are_refused_by_the_command(
    tmp_path: Path, hostile: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lines").write_bytes(b"\xff\xfe\n")
    for words in (["--resources", "hostile_rows"], []):
        with (tmp_path / "lines").open(encoding="utf-8") as file:
            monkeypatch.setattr("sys.stdin", file)
            assert main(["store", "import", str(tmp_path / f"{len(words)}.db"), *words]) == STORAGE
        assert "line 1 is no row of a " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "members", "said"),
    [
        ("sqlite_master", "", "begins as the names of the databases' own tables do"),
        ("PG_class", "", "begins as the names of the databases' own tables do"),
        ("mlsig_migrations", "", "is the table in which mlsig says what was migrated"),
        ("N" * 64, "", "is longer than the 63 characters"),
        ("Job", "c" * 200, "is longer than the 63 characters"),
        ("Job", "xmin", "is a column that PostgreSQL itself has"),
        ("Job", "a A", "Job has a and A, which SQLite cannot tell apart"),
    ],
)
def test_names_that_no_database_takes_are_refused(tmp_path: Path, name: str, members: str, said: str) -> None:
    """The compiler refuses them too (MLS0661); a class may come from elsewhere."""
    attributes = tuple(resources.Attribute(name=one, shape=shapes.Text()) for one in members.split())

    class Made(Resource, frozen=True, kw_only=True):
        @classmethod
        def _declaration(cls) -> resources.Declaration:
            return resources.Declaration(name=name, attributes=attributes)

    Made.__name__ = name
    with pytest.raises(ResourceError, match=said):
        resources.connect(tmp_path / "x.db", Made)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:se@cret@nohost/work",
        "postgresql://me:se/cret@nohost/work",
        "postgresql://me:se?cret@nohost/work",
        "postgresql://me@nohost:secret/work",
        "postgresql://[me:secret@nohost/work",
        "postgresql://nohost.invalid/work?user=me&password=secret",
        "postgresql://me:secret@/work?host=/nowhere",
        "mysql://me:secret@nohost/work",
    ],
)
def test_a_password_is_in_no_message(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ResourceError) as caught:
        resources.connect(address, std.Program, *_KINDS)
    assert "cret" not in f"{caught.value!s} {caught.value!r}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    (tmp_path / "0001.py").write_text('revision = "x"\ndef upgrade():\n    pass\n')
    for words in (["check"], ["migrate", "--apply", str(tmp_path / "0001.py")]):
        of = [] if "--apply" in words else ["--resources", "mlsig.resources.std"]
        assert main(["store", words[0], address, *words[1:], *of]) == STORAGE
    said = capsys.readouterr()
    assert "cret" not in said.out + said.err


_KINDS = (
    std.VariableSpace,
    std.VariableConfiguration,
    std.OptimizationRun,
    std.Evaluation,
    std.Execution,
)
