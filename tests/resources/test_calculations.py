"""Calculations: the database and Python give the same value, or the database is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import postgres
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig import resources, shapes
from mlsig.errors import ValidationError
from mlsig.resources import (
    BoolOp,
    Calculation,
    Call,
    Comparison,
    Conditional,
    Constant,
    Each,
    Index,
    Items,
    Member,
    Name,
    Operation,
    ResourceError,
    Session,
    Unary,
)
from mlsig.resources.calculating import in_python, in_sql
from mlsig.resources.scalars import Beyond
from nightly import examples
from sqlalchemy import select

NUMBERS = count()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(
    request: pytest.FixtureRequest, projects: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Session, list[Any]]]:
    """A session with projects and runs that differ in all that expressions look at."""
    address: str | Path = tmp_path_factory.mktemp("calculations") / "resources.db"
    if request.param == "postgresql":
        address = postgres.database(request.getfixturevalue("postgresql"), f"calculations_{next(NUMBERS)}")
    with resources.connect(address, projects.Project, projects.Run, projects.Note) as session:
        due = datetime(2026, 1, 1, tzinfo=UTC)
        first = projects.Project.create(session, name="Éa", due=due, day=None, tags=["x"], extra=[3])
        second = projects.Project.create(
            session, name="b%_", due=None, day=due.date(), parent=first, rate=0.0, status="active", kind="b"
        )
        third = projects.Project.create(session, name="ab", due=None, day=None, parent=second, rate=1.0)
        for number, (owner, done) in enumerate([(first, True), (first, False), (second, True)]):
            projects.Run.create(session, project=owner, done=done, score=number / 2, count=2**62 * number - 5)
        yield session, [first, second, third]


# Expressions over a project, by what they are. What a type checker would refuse is not among them.

RUN_NUMBERS = [Member(Name("r"), "score"), Member(Member(Name("r"), "project"), "rate")]


def numbers(depth: int) -> st.SearchStrategy[resources.nodes.Node]:
    leaves = st.one_of(
        st.sampled_from([Name("rate"), Name("version"), Name("run_count"), Call("len", (Name("name"),))]),
        st.sampled_from([Call("len", (Name("children"),)), Call("len", (Name("tags"),))]),
        st.integers(-3, 2**63 - 1).map(Constant),
        st.floats(-4, 4).map(Constant),
        st.sampled_from([1e-300, 1e308, 5e-324]).map(Constant),
    )
    if depth == 0:
        return leaves
    inner = numbers(depth - 1)
    return st.one_of(
        leaves,
        st.builds(Operation, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner, inner),
        st.builds(lambda a: Unary("-", a), inner),
        st.builds(lambda a: Call("abs", (a,)), inner),
        st.builds(lambda f, a, b: Call(f, (a, b)), st.sampled_from(["min", "max"]), inner, inner),
        st.builds(lambda a: Call("round", (a,)), inner),
        st.builds(Conditional, inner, conditions(depth - 1), inner),
    )


def texts() -> st.SearchStrategy[resources.nodes.Node]:
    return st.one_of(
        st.sampled_from([Name("name"), Name("status"), Name("kind"), Call("lower", (Name("name"),))]),
        st.sampled_from(["", "a", "É", "b%_", "active", "Z"]).map(Constant),
    )


def conditions(depth: int) -> st.SearchStrategy[resources.nodes.Node]:
    ops = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    here = Comparison(Name("parent"), (("!=", Constant(None)),))
    leaves = st.one_of(
        st.sampled_from(
            [
                Comparison(Name("due"), (("==", Constant(None)),)),
                BoolOp("and", (here, Comparison(Member(Name("parent"), "name"), (("==", Constant("Éa")),)))),
                BoolOp(
                    "and",
                    (here, Comparison(Call("len", (Member(Name("parent"), "runs"),)), ((">", Constant(1)),))),
                ),
                BoolOp("or", (Comparison(Name("day"), (("==", Constant(None)),)), Name("good"))),
                Comparison(Name("created_at"), (("<=", Name("updated_at")),)),
                Comparison(Index(Name("extra"), Constant(0)), (("==", Constant(3)),)),
            ]
        ),
        st.builds(lambda a, op, b: Comparison(a, ((op, b),)), texts(), ops, texts()),
        st.builds(
            lambda a, op, b: Comparison(a, ((op, Items((b, Constant("ab")))),)),
            texts(),
            st.sampled_from(["in", "not in"]),
            texts(),
        ),
        st.builds(
            lambda f, a, b: Call(f, (a, b)), st.sampled_from(["startswith", "contains"]), texts(), texts()
        ),
        st.booleans().map(Constant),
    )
    if depth == 0:
        return leaves
    inner, number = conditions(depth - 1), numbers(depth - 1)
    run_number = st.sampled_from(RUN_NUMBERS)
    element = st.builds(lambda a, op, b: Comparison(a, ((op, b),)), run_number, ops, number)
    done = st.sampled_from([None, Member(Name("r"), "done"), Unary("not", Member(Name("r"), "done"))])
    return st.one_of(
        leaves,
        st.builds(
            lambda a, op, b, op2, c: Comparison(a, ((op, b), (op2, c))), number, ops, number, ops, number
        ),
        st.builds(lambda op, a, b: BoolOp(op, (a, b)), st.sampled_from(["and", "or"]), inner, inner),
        st.builds(lambda a: Unary("not", a), inner),
        st.builds(
            lambda f, e, c: Call(f, (Each(e, "r", Name("runs"), c),)),
            st.sampled_from(["any", "all"]),
            element,
            done,
        ),
    )


def in_database(session: Session, row: Any, calculation: Calculation) -> Any:
    table = session.table(type(row))
    found = in_sql(session, type(row), calculation)
    with session.database.transaction() as connection:
        return connection.execute(select(found.expr).where(table.c.id == row.id)).scalar_one()


@examples(40)
@given(st.one_of(conditions(2), numbers(2)))
def test_the_database_and_python_agree(stored: tuple[Session, list[Any]], node: resources.nodes.Node) -> None:
    session, rows = stored
    calculation = Calculation(name="x", shape=shapes.Json(), value=node)
    for row in rows:
        try:
            found = in_database(session, row, calculation)
        except Beyond:
            return
        except ResourceError as error:
            assert "underflow" in str(error)  # of PostgreSQL; then Python is asked
            continue
        wanted = in_python(session, row, calculation)
        assert (found, isinstance(found, bool)) == (wanted, isinstance(wanted, bool))


@pytest.mark.parametrize("name", ["run_count", "good"])
def test_what_the_language_page_calculates_is_asked_of_the_database(
    stored: tuple[Session, list[Any]], name: str
) -> None:
    session, rows = stored
    calculation = type(rows[0]).declaration().calculation(name)
    values = [in_database(session, row, calculation) for row in rows]
    assert values == [in_python(session, row, calculation) for row in rows]
    assert values == [getattr(row, name)(session) for row in rows]
    assert values == {"run_count": [2, 1, 0], "good": [False, True, False]}[name]


@pytest.mark.parametrize(
    "node",
    [
        Conditional(Constant(None), Name("good"), Name("version")),
        Comparison(Name("parent"), (("==", Name("parent")),)),
        Comparison(Name("parent"), (("!=", Constant(None)),)),
        Conditional(
            Comparison(Member(Member(Name("parent"), "parent"), "parent"), (("==", Constant(None)),)),
            Call("contains", (Name("name"), Constant("ab"))),
            Constant(False),
        ),
        Call("max", (Unary("-", Name("rate")), Call("abs", (Constant(-0.25),)))),
    ],
    ids=str,
)
def test_some_expressions_the_database_knows(
    stored: tuple[Session, list[Any]], node: resources.nodes.Node
) -> None:
    session, rows = stored
    calculation = Calculation(name="x", shape=shapes.Json(), value=node)
    values = [in_database(session, row, calculation) for row in rows]
    assert values == [in_python(session, row, calculation) for row in rows]


def test_lists_are_filtered_and_ordered_by_calculations(
    stored: tuple[Session, list[Any]], projects: ModuleType
) -> None:
    session, (first, second, third) = stored
    kind, fields = projects.Project, projects.Project.Fields
    assert kind.list(session, order=fields.run_count.asc()).items == (third, second, first)
    page = kind.list(session, order=fields.run_count.desc(), limit=1)
    assert kind.list(session, order=fields.run_count.desc(), limit=1, after=page.next).items == (second,)
    assert kind.list(session, where=fields.good == True).items == (second,)  # noqa: E712
    run = projects.Run
    assert {one.project_id for one in run.list(session, where=run.Fields.of_active == True).items} == {  # noqa: E712
        second.id
    }


def test_python_works_out_the_rest(stored: tuple[Session, list[Any]]) -> None:
    session, (first, second, third) = stored
    assert [row.label(session) for row in (first, second, third)] == ["big", "B%_", "AB"]
    assert [row.mean_score(session) for row in (first, second, third)] == [0.25, 1.0, 0.0]


@pytest.mark.parametrize(
    "node",
    [
        Operation("/", Constant(1), Name("run_count")),
        Operation("+", Name("version"), Constant(2**63 - 1)),
        Operation("%", Name("version"), Constant(2)),
        Operation("*", Constant(1e300), Constant(1e300)),
        Comparison(Name("created_at"), ((">", Constant("2026-01-01T00:00:00+00:00")),)),
        Call("upper", (Name("name"),)),
        Call("len", (Name("tags"),)),
        Name("label"),
        Name("mean_score"),
        Name("parent"),
        Member(Name("config"), "depth"),
        Items((Constant(1),)),
        Constant(2**70),
        Unary("-", Constant(-(2**63))),
        Call("abs", (Constant(-(2**63)),)),
        Operation("*", Operation("/", Constant(1e200), Constant(1e-200)), Constant(2.0)),
        Operation("-", Constant(2**62), Constant(0.5)),
        Conditional(Constant(None), Name("good"), Constant(None)),
        Comparison(Name("name"), (("in", Name("tags")),)),
        Comparison(Name("name"), (("==", Name("version")),)),
        Comparison(Name("parent_id"), (("in", Items((Constant(None),))),)),
        Call("any", (Each(Constant(True), "t", Name("tags")),)),
        Call("startswith", (Name("day"), Constant("a"))),
        Call("min", (Constant(1), Constant(0.5))),
        BoolOp("and", (Name("version"), Name("good"))),
    ],
    ids=str,
)
def test_what_a_database_may_see_otherwise_is_left_to_python(
    stored: tuple[Session, list[Any]], node: resources.nodes.Node
) -> None:
    session, rows = stored
    with pytest.raises(Beyond):
        in_sql(session, type(rows[0]), Calculation(name="x", shape=shapes.Json(), value=node))


def test_a_calculation_that_has_no_value_says_so(
    stored: tuple[Session, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, (_, _, third) = stored
    divided = Operation("/", Constant(1), Name("run_count"))
    with pytest.raises(ResourceError, match=r"Project\.x has no value: division by zero"):
        in_python(session, third, Calculation(name="x", shape=shapes.Number(), value=divided))
    import projects_functions  # noqa: PLC0415

    monkeypatch.setattr(projects_functions, "mean_score", lambda session, row: "much")
    with pytest.raises(ValidationError, match=r"Project\.mean_score"):
        third.mean_score(session)
    with pytest.raises(ResourceError, match="no calculation nothing"):
        session.calculate(third, "nothing")
