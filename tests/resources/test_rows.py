"""Creating, reading, changing and deleting rows, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from types import ModuleType
from typing import Any
from uuid import UUID

import postgres
import pytest
from mlsig import resources
from mlsig.errors import ValidationError
from mlsig.resources import (
    NotFound,
    ResourceError,
    Restricted,
    Session,
    Stale,
    TransitionRefused,
    Vetoed,
)
from mlsig.resources.actions.rows import TRIES, settled
from mlsig.resources.identity import Ids


def test_a_row_comes_back_as_it_was_written(session: Session, projects: ModuleType) -> None:
    noon = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    made = projects.Project.create(
        session,
        name='Ωmega "quoted" \n',
        config=projects.Setup(depth=9, notes=["", "\u0000 in JSON"]),
        rate=0.1 + 0.2,
        tags=["a", "b"],
        extra={"b": [1, None, 1e300], "a": 2**70},
        due=noon,
        day=date(1, 1, 1),
        kind="b",
    )
    read = projects.Project.get(session, made.id)
    assert read == made
    assert list(read.extra) == ["b", "a"]
    assert (read.due, read.due.utcoffset()) == (noon, timedelta(0))
    assert (read.version, read.created_at, read.created_at.tzinfo) == (1, read.updated_at, UTC)
    assert UUID(made.id).version == 7


def test_ids_ascend_when_the_clock_goes_backwards() -> None:
    times = iter([2_000_000_000, 1_000_000_000, 1_000_000_000, 3_000_000_000])
    ids = Ids(lambda: next(times))
    made = [ids() for _ in range(4)]
    assert made == sorted(made)
    assert len(set(made)) == 4
    assert {UUID(one).variant for one in made} == {UUID(made[0]).variant}


def test_values_are_checked_when_a_row_is_created_and_when_it_is_changed(
    session: Session, projects: ModuleType, project: Any
) -> None:
    with pytest.raises(ValidationError) as caught:
        projects.Project.create(session, name="", due=None, day=None, config={"depth": 99})
    assert [issue.path for issue in caught.value.issues] == ["name", "config.depth"]
    with pytest.raises(ValidationError) as caught:
        project.update(session, rate=2.0, config={"depth": 0})
    assert [issue.path for issue in caught.value.issues] == ["config.depth", "rate"]
    with pytest.raises(ValidationError, match="must say its zone"):
        project.update(session, due=datetime(2026, 1, 1))
    for bad in ("a\0b", "half \ud800"):
        with pytest.raises(ValidationError) as caught:
            project.update(session, name=bad)
        assert caught.value.issues[0].path == "name"
    with pytest.raises(ValidationError, match="64 bits"):
        projects.Run.create(session, project=project, count=2**63)
    with pytest.raises(ValidationError, match="nothing that can be changed"):
        session.update(project, {"version": 7})
    assert projects.Project.get(session, project.id) == project


def test_a_change_is_refused_when_somebody_else_has_made_one(
    session: Session, projects: ModuleType, project: Any
) -> None:
    mine = project.update(session, name="mine")
    assert (mine.version, mine.name, mine.created_at) == (2, "mine", project.created_at)
    for late in (lambda: project.update(session, name="late"), lambda: project.delete(session)):
        with pytest.raises(Stale, match=r"it has version 2, not 1; read it again") as caught:
            late()
        assert (caught.value.expected, caught.value.found) == (1, 2)
    assert projects.Project.get(session, project.id) == mine
    mine.delete(session)
    for gone in (lambda: mine.update(session, name="x"), lambda: mine.delete(session)):
        with pytest.raises(NotFound, match=f"there is no Project {project.id}"):
            gone()


def test_of_many_threads_that_change_one_row_one_does(
    session: Session, projects: ModuleType, project: Any
) -> None:
    outcomes: list[str] = []

    def change(number: int) -> None:
        try:
            outcomes.append(project.update(session, name=str(number)).name)
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [outcome for outcome in outcomes if outcome != "stale"]
    assert len(outcomes) == 6
    assert projects.Project.get(session, project.id).name == winner


def test_of_two_writers_with_sessions_of_their_own_one_changes_a_row(
    postgresql: str, projects: ModuleType
) -> None:
    address = postgres.database(postgresql, "two_writers")
    kinds = (projects.Project, projects.Run, projects.Note)
    with resources.connect(address, *kinds) as first, resources.connect(address, *kinds) as second:
        row = projects.Project.create(first, name="x", due=None, day=None)
        outcomes: list[str] = []

        def late() -> None:
            try:
                outcomes.append(row.update(second, name="second").name)
            except Stale as error:
                outcomes.append(f"{error.expected} {error.found}")

        thread = threading.Thread(target=late)
        with first.transaction():
            mine = row.update(first, name="first")
            thread.start()  # which waits for the row, or begins when it is written already
        thread.join()
        assert (outcomes, projects.Project.get(second, row.id)) == (["1 2"], mine)
        with pytest.raises(Restricted, match="has 1 runs"), second.transaction():
            projects.Run.create(first, project=mine)
            mine.delete(second)


def test_a_change_is_tried_again_while_others_are_in_between_but_not_for_ever(
    session: Session, projects: ModuleType, project: Any
) -> None:
    stale = Stale("Project", project.id, 1, 2)
    tries: list[str] = []

    def change(times: int) -> str:
        tries.append(projects.Project.create(session, name="tried", due=None, day=None).id)
        if len(tries) <= times:
            raise stale
        return tries[-1]

    made = settled(session, lambda: change(2))
    assert (len(tries), [one.id for one in projects.Project.list(session).items]) == (3, [project.id, made])
    tries.clear()
    with pytest.raises(Stale):
        settled(session, lambda: change(10**6))
    assert (len(tries), len(projects.Project.list(session).items)) == (TRIES, 2)


def test_what_is_gone_is_worked_out_no_more(session: Session, project: Any) -> None:
    project.delete(session)
    for name in ("run_count", "label", "mean_score"):  # by the database, by an expression, by a function
        with pytest.raises(NotFound, match=f"there is no Project {project.id}"):
            session.calculate(project, name)


def test_a_row_does_not_get_younger_when_the_clock_goes_backwards(address: str, projects: ModuleType) -> None:
    times = [datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3)]
    kinds = (projects.Project, projects.Run, projects.Note)
    with resources.connect(address, *kinds, clock=lambda: times.pop(0)) as session:
        made = projects.Project.create(session, name="x", due=None, day=None)
        later = made.update(session, name="y")
        assert made.updated_at == later.updated_at == datetime(2026, 1, 2, tzinfo=UTC)
        with pytest.raises(ResourceError, match="aware times"):
            later.update(session, name="z")


def test_transitions_are_a_table(session: Session, projects: ModuleType, project: Any) -> None:
    status = projects.Status
    same = project.update(session, status=status.draft)
    active = same.update(session, status=status.active)
    with pytest.raises(TransitionRefused) as caught:
        active.update(session, status=status.draft)
    assert str(caught.value) == "Project.status is active and cannot become draft: it can become archived"
    archived = active.update(session, status="archived")
    with pytest.raises(TransitionRefused, match="it stays archived") as caught:
        archived.update(session, status=status.active)
    assert caught.value.allowed == ()


def test_relationships_are_read_from_both_sides(session: Session, projects: ModuleType, project: Any) -> None:
    child = projects.Project.create(session, name="child", due=None, day=None, parent=project)
    by_id = projects.Project.create(session, name="by id", due=None, day=None, parent=project.id)
    assert child.parent(session) == project
    assert project.parent(session) is None
    assert project.children(session).items == (child, by_id)
    moved = by_id.update(session, parent=child)
    assert child.children(session).items == (moved,)
    assert moved.update(session, parent=None).parent(session) is None


def test_what_is_not_there_can_own_nothing(session: Session, projects: ModuleType, project: Any) -> None:
    with pytest.raises(NotFound, match=r"Run\.project: there is no Project nobody"):
        projects.Run.create(session, project="nobody")
    run = projects.Run.create(session, project=project)
    with pytest.raises(NotFound, match="nobody"):
        run.update(session, project="nobody")
    with pytest.raises(ValidationError, match="must be a Project or its id"):
        run.update(session, project=run)
    with pytest.raises(ValidationError, match="project_id"):
        session.create(projects.Run, {})


def test_deleting_restricts_cascades_and_nullifies(
    session: Session, projects: ModuleType, project: Any
) -> None:
    run = projects.Run.create(session, project=project)
    projects.Note.create(session, text="gone with it", project=project)
    child = projects.Project.create(session, name="child", due=None, day=None, parent=project)
    with pytest.raises(Restricted, match=rf"has 1 runs \(Run {run.id}\): delete them first"):
        project.delete(session)
    assert len(projects.Note.list(session).items) == 1
    run.delete(session)
    project.delete(session)
    assert projects.Note.list(session).items == ()
    (left,) = projects.Project.list(session).items
    assert (left.id, left.parent_id, left.version) == (child.id, None, 2)


def test_hooks_see_the_change_and_may_refuse_it(session: Session, projects: ModuleType, project: Any) -> None:
    with pytest.raises(Vetoed, match="no project is called forbidden"):
        project.update(session, name="forbidden")
    assert projects.Project.get(session, project.id) == project
    with pytest.raises(Vetoed, match="after all"):
        projects.Project.create(session, name="doomed", due=None, day=None)
    assert projects.Project.list(session).items == (project,)
    noted = projects.Project.create(session, name="noted", due=None, day=None)
    assert [note.text for note in noted.notes(session).items] == ["created"]


def test_actions_check_arguments_and_results(session: Session, projects: ModuleType, project: Any) -> None:
    for score in (0.1, 0.9, 0.5):
        projects.Run.create(session, project=project, score=score)
    assert [run.score for run in project.best(session, limit=2)] == [0.9, 0.5]
    assert project.rename(session, name="neu", shout=True).name == "NEU"
    with pytest.raises(ValidationError, match="limit: must be at most 10"):
        project.best(session, limit=11)
    with pytest.raises(ValidationError) as caught:
        session.act(project, "rename", {"shout": 1, "loud": True})
    found = {(issue.path, issue.code) for issue in caught.value.issues}
    assert {("loud", "unknown"), ("name", "missing")} < found
    assert session.act(projects.Project.get(session, project.id), "touch", {}) is None


def test_what_a_wrong_action_returns_is_refused(
    session: Session, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import projects_functions  # noqa: PLC0415

    monkeypatch.setattr(projects_functions, "rename", lambda session, row, **given: "x")
    monkeypatch.setattr(projects_functions, "best", lambda session, row, **given: [row])
    with pytest.raises(ValidationError, match="must be a Project"):
        project.rename(session, name="x")
    with pytest.raises(ValidationError, match="must be a list of Run"):
        project.best(session)


def test_a_transaction_happens_whole_or_not_at_all(
    session: Session, projects: ModuleType, project: Any
) -> None:
    with pytest.raises(KeyError), session.transaction():
        projects.Run.create(session, project=project)
        raise KeyError
    assert projects.Run.list(session).items == ()
    with session.transaction():
        projects.Run.create(session, project=project)
        with pytest.raises(Vetoed):
            projects.Project.create(session, name="doomed", due=None, day=None)
    assert len(projects.Run.list(session).items) == 1
    assert len(projects.Project.list(session).items) == 1


def test_lists_are_filtered_ordered_and_read_in_pages(
    session: Session, projects: ModuleType, project: Any
) -> None:
    run, fields = projects.Run, projects.Run.Fields
    scores = [0.5, 0.1, 0.9, 0.5, 0.3]
    made = [run.create(session, project=project, score=score, done=score > 0.4) for score in scores]
    assert run.list(session).items == tuple(made)
    for order, backwards in ((fields.score.desc(), True), (fields.score.asc(), False)):
        seen: list[Any] = []
        after = ""
        while True:
            page = run.list(session, order=order, limit=2, after=after)
            seen += page.items
            after = page.next
            if not after:
                break
        assert seen == sorted(made, key=lambda one: (one.score, one.id), reverse=backwards)
    done = run.list(session, where=fields.done == True)  # noqa: E712
    assert {one.score for one in done.items} == {0.5, 0.9}
    some = run.list(session, where=(fields.score < 0.2) | ~(fields.score <= 0.5))
    assert {one.score for one in some.items} == {0.1, 0.9}
    listed = run.list(session, where=fields.score.is_in([0.3, 0.1, 7.0]) & (fields.score != 0.1))
    assert {one.score for one in listed.items} == {0.3}
    assert run.list(session, where=fields.score.is_in([])).items == ()
    first, *_ = run.list(session, limit=1, after=run.list(session, limit=1).next).items
    assert first == made[1]
    assert all(one.id < other.id for one, other in pairwise(made))
    by_owner = run.list(session, where=fields.project_id == project.id, limit=2)
    assert by_owner.items == project.runs(session, limit=2).items


def test_null_comes_last_and_is_neither_smaller_nor_greater(session: Session, projects: ModuleType) -> None:
    kind, fields = projects.Project, projects.Project.Fields
    dues = [None, datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), None]
    made = [kind.create(session, name=str(number), due=due, day=None) for number, due in enumerate(dues)]
    for order, wanted in ((fields.due.asc(), "2103"), (fields.due.desc(), "1230")):
        seen, after = "", ""
        for _ in made:
            page = kind.list(session, order=order, limit=1, after=after)
            seen, after = seen + page.items[0].name, page.next
        assert (seen, after) == (wanted, "")
    assert [one.name for one in kind.list(session, where=fields.due == None).items] == ["0", "3"]  # noqa: E711
    assert [one.name for one in kind.list(session, where=~(fields.due < dues[1])).items] == ["0", "1", "3"]
    assert [one.name for one in kind.list(session, where=fields.due != dues[1]).items] == ["0", "2", "3"]
    assert [one.name for one in kind.list(session, where=fields.due != None).items] == ["1", "2"]  # noqa: E711
    with pytest.raises(ResourceError, match="neither smaller nor greater"):
        kind.list(session, where=fields.due < None)


def test_text_is_ordered_by_its_characters(session: Session, projects: ModuleType) -> None:
    kind = projects.Project
    words = ["b", "B", "ä", "a", "Z", "\U0001f600", "\uff5e"]
    for word in words:
        kind.create(session, name=word, due=None, day=None)
    found = kind.list(session, order=kind.Fields.name.asc()).items
    assert [one.name for one in found] == sorted(words)
    assert len(kind.list(session, where=kind.Fields.name > "a").items) == sum(word > "a" for word in words)


def test_what_a_list_cannot_do_it_says(session: Session, projects: ModuleType) -> None:
    run, fields = projects.Run, projects.Run.Fields
    with pytest.raises(TypeError, match="use & "):
        bool(fields.score > 0.5)
    with pytest.raises(ResourceError, match="1 to 10000 rows"):
        run.list(session, limit=0)
    for after in ("x", "bm8="):
        with pytest.raises(ResourceError, match="not the `next` of a page"):
            run.list(session, after=after)
    with pytest.raises(ResourceError, match=r"Project\.Fields\.name is no column of Run"):
        run.list(session, where=projects.Project.Fields.name == "x")
    with pytest.raises(ValidationError, match="score"):
        run.list(session, where=fields.score > "much")
    with pytest.raises(ResourceError, match=r"cannot work out Project\.label by itself"):
        projects.Project.list(session, order=projects.Project.Fields.label.asc())


def test_a_resource_says_what_it_declares(projects: ModuleType) -> None:
    declared = projects.Project.declaration()
    assert declared.variables == ("rate",)
    assert [one.name for one in declared.attributes][:3] == ["name", "status", "config"]
    assert declared.attribute("status").transitions == {
        "draft": ("active", "archived"),
        "active": ("archived",),
    }
    (parent,) = declared.belongs_to
    assert (parent.column, parent.resource, parent.optional) == ("parent_id", projects.Project, True)
    assert {one.name: one.on_delete for one in declared.has_many} == {
        "children": "nullify",
        "runs": "restrict",
        "notes": "cascade",
    }
    assert [one.name for one in declared.actions] == ["rename", "best", "touch"]
    assert declared.actions[0].parameters[1].default() is False
    assert [(one.moment, one.event) for one in declared.hooks] == [("before", "update"), ("after", "create")]
    assert declared.description == "what is worked on"
    assert declared.calculation("nothing") is declared.owner("nothing") is declared.items("nothing") is None
