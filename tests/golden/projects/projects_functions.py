"""What the resources of this case do in Python."""

from __future__ import annotations

from mlsig import resources
from projects import Note, Project, Run

FORBIDDEN = "forbidden"


def mean_score(session: resources.Session, row: Project) -> float:
    """Return the average score of the runs; 0 where there are none."""
    runs = row.runs(session).items
    return sum(run.score for run in runs) / len(runs) if runs else 0.0


def rename(session: resources.Session, row: Project, *, name: str, shout: bool) -> Project:
    """Change the name."""
    return row.update(session, name=name.upper() if shout else name)


def best(session: resources.Session, row: Project, *, limit: int) -> list[Run]:
    """Return the runs of the best scores."""
    return list(row.runs(session, order=Run.Fields.score.desc(), limit=limit).items)


def touch(session: resources.Session, row: Project) -> None:
    """Write it again."""
    row.update(session)


def guard(session: resources.Session, change: resources.Change[Project]) -> None:
    """Refuse one name."""
    if change.after is not None and change.after.name == FORBIDDEN:
        raise resources.Vetoed(f"no project is called {FORBIDDEN}")


def note(session: resources.Session, change: resources.Change[Project]) -> None:
    """Leave a note of what was created."""
    if change.after is not None and change.after.name == "noted":
        Note.create(session, text="created", project=change.after)
    if change.after is not None and change.after.name == "doomed":
        raise resources.Vetoed("after all")
