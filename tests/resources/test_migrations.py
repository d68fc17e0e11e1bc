"""Migrations: written from two compiled modules, applied on both databases, losing only what they say."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig import resources
from mlsig.resources import ResourceError, migrations, moving
from mlsig.resources.renaming import Words
from mlsig_compiler.cli import OK, STORAGE, USAGE, main
from mlsig_compiler.cli.store_verb import resources_of
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from reference.imported import on_path

BEFORE = """
enum Mood { calm, cross }
resource Team { name: str  old: int = 1  has_many members: Member(on_delete=cascade) }
resource Member { name: str  belongs_to team: Team  belongs_to mentor: Member? }
"""
AFTER = """
enum Mood { calm, cross }
resource Team {
  name: str
  mood: Mood = cross
  motto: str = "it's \\"100 %\\" \\n"
  size: int = 7
  share: float = 0.5
  open: bool = true
  tags: list[str] = ["a"]
  since: datetime = "2026-01-01T00:00:00Z"
  day: date = "2026-01-02"
  note: str? = null
  has_many members: Member(on_delete=restrict)
  has_many prizes: Prize(on_delete=cascade)
}
resource Member { name: str  belongs_to team: Team  belongs_to mentor: Member? }
resource Prize { name: str  belongs_to team: Team }
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ModuleType, ModuleType]]:
    """The resources as they were, and as they are."""
    folder = tmp_path_factory.mktemp("migrations")
    for name, language in (("teams_before", BEFORE), ("teams_after", AFTER)):
        made = compile_source(Source(Path(f"{name}.mlsig"), name, language))
        assert made.text is not None, [found.message for found in made.diagnostics]
        (folder / f"{name}.py").write_text(made.text, "utf-8")
    with on_path(str(folder)):
        yield importlib.import_module("teams_before"), importlib.import_module("teams_after")
        for name in ("teams_before", "teams_after"):
            sys.modules.pop(name)


def compiled(tmp_path: Path, name: str, language: str) -> list[type[resources.Resource]]:
    made = compile_source(Source(Path(f"{name}.mlsig"), name, language))
    assert made.text is not None
    (tmp_path / f"{name}.py").write_text(made.text, "utf-8")
    with on_path(str(tmp_path)):
        try:
            return resources_of(name)
        finally:
            sys.modules.pop(name)


def command(*words: Any) -> int:
    return main(["store", "migrate", *map(str, words)])


def test_tables_change_and_rows_stay(
    address: str, modules: tuple[ModuleType, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = modules
    with resources.connect(address, before.Team, before.Member) as session:
        team = before.Team.create(session, name="first")
        boss = before.Member.create(session, name="boss", team=team)
        member = before.Member.create(session, name="new", team=team, mentor=boss)
    with pytest.raises(ResourceError, match=r"mlsig store migrate"):
        resources.connect(address, after.Team, after.Member, after.Prize)
    file = tmp_path / "migrations" / "0001.py"
    modules_ = ("--from", "teams_before", "--resources", "teams_after", "--lose", "Team.old")
    assert command(address, *modules_, "--out", file) == OK
    assert command(address, *modules_, "--out", file) == STORAGE
    assert "Read it before you apply it: it loses what Team.old hold" in file.read_text("utf-8")
    capsys.readouterr()
    assert [command(address, "--apply", file), command(address, "--apply", file)] == [OK, OK]
    assert capsys.readouterr().out == f"{file} is applied\n{file} was applied before\n"
    with resources.connect(address, after.Team, after.Member, after.Prize) as session:
        (found,) = after.Team.list(session).items
        wanted = after.Team.validate(
            {
                **{name: getattr(team, name) for name in ("id", "name", "version")},
                "created_at": team.created_at,
                "updated_at": team.updated_at,
            }
        )
        assert found == wanted
        assert [(one.id, one.mentor_id) for one in found.members(session).items] == [
            (boss.id, None),
            (member.id, boss.id),
        ]
        after.Prize.create(session, name="cup", team=found)
        with session.database.transaction() as connection, pytest.raises(Exception, match=r"(?i)foreign key"):
            connection.exec_driver_sql('DELETE FROM "Team"')


def test_what_stays_needs_no_migration(
    modules: tuple[ModuleType, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("x.db", "--from", "teams_after", "--resources", "teams_after") == OK
    assert (
        capsys.readouterr().out
        == "the tables stay as they are; `mlsig store check` says whether all rows fit\n"
    )
    assert command("x.db", "--from", "teams_before", "--resources", "teams_after", "--lose", "Team.old") == OK
    assert "def upgrade() -> None:" in capsys.readouterr().out
    assert command("x.db", "--resources", "teams_after") == USAGE
    capsys.readouterr()
    assert command("x.db", "--from", "teams_before", "--resources", "teams_after") == STORAGE
    assert "Team.old is gone, with what it holds: if it has another name now (perhaps size), say " in (
        said := capsys.readouterr().err
    )
    assert "`--renamed Team.old=NAME`; if it is to be lost, `--lose Team.old`" in said
    assert command("x.db", "--from", "a", "--resources", "teams_after", "--renamed", "x") == STORAGE


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("resource R { a: int }", "R.a was stored as text, not as int: add another attribute"),
        ("resource R { a: str  b: int }", "R.b is new and has no default: give it one"),
        ("resource O { }  resource R { a: str  belongs_to o: O }", "R.o_id is new and has no default"),
    ],
)
def test_what_only_its_author_knows_is_refused(tmp_path: Path, after: str, said: str) -> None:
    before = compiled(tmp_path, "was", "resource R { a: str }")
    with pytest.raises(ResourceError, match=said):
        migrations.difference(before, compiled(tmp_path, "will", after))


def test_a_migration_that_fails_changes_nothing(
    address: str, modules: tuple[ModuleType, ModuleType], tmp_path: Path
) -> None:
    before, _ = modules
    with resources.connect(address, before.Team, before.Member) as session:
        before.Team.create(session, name="kept")
    file = tmp_path / "0001.py"
    head = 'from alembic import op\nrevision = "x"\ndef upgrade():\n    '
    file.write_text(f'{head}op.drop_table("Member")\n    op.execute("nonsense")\n')
    with pytest.raises(ResourceError, match=r"refuses 0001.py: .*nonsense.*; nothing is changed") as caught:
        migrations.apply(address, file)
    assert "secret-word" not in str(caught.value)
    with resources.connect(address, before.Team, before.Member) as session:
        assert [team.old for team in before.Team.list(session).items] == [1]
    for content, said in (("", "is no migration"), ("1 / 0", "cannot be read as Python")):
        file.write_text(content)
        with pytest.raises(ResourceError, match=said):
            migrations.apply(address, file)
    with pytest.raises(ResourceError, match="there is no file"):
        migrations.apply(address, tmp_path / "none.py")


RENAMED = """
resource Group { title: str  size: int = 1  level: int = 2  has_many people: Person(on_delete=cascade) }
resource Person { name: str  belongs_to group: Group  belongs_to mentor: Person? }
"""
SAME = Words(
    renamed={
        "Team": "Group",
        "Team.name": "title",
        "Team.old": "size",
        "Member": "Person",
        "Member.team": "group",
    }
)


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[type[resources.Resource]]]:
    """The same under other names."""
    folder = tmp_path_factory.mktemp("renamed")
    made = compile_source(Source(Path("teams_renamed.mlsig"), "teams_renamed", RENAMED))
    assert made.text is not None
    (folder / "teams_renamed.py").write_text(made.text, "utf-8")
    with on_path(str(folder)):
        yield resources_of("teams_renamed")
        sys.modules.pop("teams_renamed")


def test_what_has_another_name_keeps_what_it_holds(
    address: str,
    modules: tuple[ModuleType, ModuleType],
    renamed: list[type[resources.Resource]],
    tmp_path: Path,
) -> None:
    before, _ = modules
    with resources.connect(address, before.Team, before.Member) as session:
        team = before.Team.create(session, name="first", old=41)
        boss = before.Member.create(session, name="boss", team=team)
        before.Member.create(session, name="new", team=team, mentor=boss)
    group, person = renamed
    content = migrations.difference([before.Team, before.Member], renamed, SAME)
    assert content is not None and "it loses" not in content
    (tmp_path / "0001.py").write_text(content, "utf-8")
    assert migrations.apply(address, tmp_path / "0001.py")
    with resources.connect(address, *renamed) as session:
        (found,) = group.list(session).items
        values = found.to_dict()
        assert {name: values[name] for name in ("id", "title", "size", "level")} == {
            "id": team.id, "title": "first", "size": 41, "level": 2
        }  # fmt: skip
        people = session.items(person, "group", found).items
        assert [one.to_dict()["mentor_id"] for one in people] == [None, boss.id]
        session.delete(people[1])
        session.delete(found)
        assert person.list(session).items == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words(), "Member is gone, with what it holds: .*perhaps Group or Person"),
        (Words(renamed={"Nobody": "Group"}), "there was no Nobody"),
        (Words(renamed={"Team": "Nobody"}), "Team cannot be called Nobody now"),
        (Words(renamed={"Team": "Group", "Team.name": "nothing"}), "Team.name cannot be called nothing now"),
        (Words(renamed={**SAME.renamed}, lost=("Team.x",)), "Team.x would not be lost"),
    ],
)
def test_names_that_cannot_be_are_refused(
    modules: tuple[ModuleType, ModuleType],
    renamed: list[type[resources.Resource]],
    words: Words,
    said: str,
) -> None:
    before, _ = modules
    with pytest.raises(ResourceError, match=said):
        migrations.difference([before.Team, before.Member], renamed, words)


WIDE = """
enum Mood { calm, cross }
resource R { mood: Mood = calm  size: int(0..100) = 1  note: str?  belongs_to up: R? }
resource S { kind: "a" | "b" | "c" = "a"  share: float = 0.0  tags: list[int] = [] }
"""
NARROW = """
enum Mood { calm }
resource R { mood: Mood = calm  size: int(0..10) = 1  note: str  belongs_to up: R? }
resource S { kind: "a" | "b" = "a"  share: float(0.0..1.0) = 0.0  tags: list[str] = [] }
"""


Load = Callable[[str, str], list[Any]]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """Compile resources under a name, whose module stays until the tests of this file are over."""
    folder, names = tmp_path_factory.mktemp("loaded"), set[str]()

    def load(name: str, language: str) -> list[Any]:
        if name not in names:
            made = compile_source(Source(Path(f"{name}.mlsig"), name, language))
            assert made.text is not None, [found.message for found in made.diagnostics]
            (folder / f"{name}.py").write_text(made.text, "utf-8")
            names.add(name)
            importlib.invalidate_caches()
        return list[Any](resources_of(name))

    with on_path(str(folder)):
        yield load
        for name in names:
            sys.modules.pop(name)


def test_rows_that_would_not_fit_stop_a_migration_until_it_says_what_becomes_of_them(
    address: str, tmp_path: Path, load: Load
) -> None:
    wide, narrow = load("rows_wide", WIDE), load("rows_narrow", NARROW)
    with resources.connect(address, *wide) as session:
        row = wide[0].create(session, mood="cross", size=11, note=None)
        wide[0].create(session, note="x", up=row)
        other = wide[1].create(session, kind="c", share=1.5, tags=[1])
    content = migrations.difference(wide, narrow)
    assert content is not None
    file = tmp_path / "0001.py"
    mended = [
        ("R.mood", "'cross'", "UPDATE \"R\" SET mood = 'calm'"),
        ("R.size", "11", 'UPDATE "R" SET size = 10 WHERE size > 10'),
        ("R.note", "null", "UPDATE \"R\" SET note = '' WHERE note IS NULL"),
        ("S.kind", "'c'", "UPDATE \"S\" SET kind = 'b' WHERE kind = 'c'"),
        ("S.share", "1.5", 'UPDATE "S" SET share = 1 WHERE share > 1'),
    ]
    for name, shown, statement in mended:
        file.write_text(content, "utf-8")
        said = rf"1 row is what {name} cannot be any more \({shown}\): say before this.*; nothing is changed"
        with pytest.raises(ResourceError, match=said):
            migrations.apply(address, file)
        first = content.index("    fits(")
        content = f"{content[:first]}    op.execute({statement!r})\n{content[first:]}"
    file.write_text(content, "utf-8")
    assert migrations.apply(address, file)
    with resources.connect(address, *narrow) as session:
        (found, second) = narrow[0].list(session).items
        values = found.to_dict()
        assert (values["id"], values["mood"], values["size"], values["note"]) == (row.id, "calm", 10, "")
        assert second.to_dict()["up_id"] == row.id
        # What SQL cannot say is found by a look at all rows, which names the one that is meant.
        with pytest.raises(ResourceError, match=rf"S {other.id}: 1 issue\n  tags\[0\]: must be a string"):
            moving.checked(session)


def test_one_that_must_belong_to_something_does(address: str, tmp_path: Path, load: Load) -> None:
    free = load("rows_free", "resource A { x: int = 0 }  resource B { belongs_to a: A? }")
    bound = load("rows_bound", "resource A { x: int = 0 }  resource B { belongs_to a: A }")
    content = migrations.difference(free, bound)
    assert content is not None
    (tmp_path / "0001.py").write_text(content, "utf-8")
    with resources.connect(address, *free) as session:
        free[1].create(session, a=free[0].create(session))
        alone = free[1].create(session)
    with pytest.raises(ResourceError, match=r"1 row is what B\.a_id cannot be any more \(null\)"):
        migrations.apply(address, tmp_path / "0001.py")
    with resources.connect(address, *free) as session:
        session.delete(free[1].get(session, alone.id))
    assert migrations.apply(address, tmp_path / "0001.py")
    assert migrations.difference(bound, bound) is None
