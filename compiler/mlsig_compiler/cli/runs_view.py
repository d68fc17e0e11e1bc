"""Runs as people read them: a table of many, a page of one, columns side by side."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

if TYPE_CHECKING:
    from mlsig.store import Run
    from mlsig.store.history import Totals

    from mlsig_compiler.cli.runs_pairs import Pair

NARROWEST: Final = 80
"""Columns of a table at least; what does not fit goes on in the next line."""

WHOLE: Final = frozenset({"status", "cost"})
"""Columns that never go on in the next line."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A run, and what its evaluations come to.

    Attributes:
        best_score: What the chosen candidate is expected to score; what the best seems to, while a run lasts.
        seconds: From its start to its end; None for what has not ended.
        held_out: The score on examples that the search never saw, before and after.
    """

    id: str
    program: str
    status: str
    seed: int
    iterations: int
    best_score: float | None
    best_candidate: str | None
    held_out: tuple[float, float] | None
    calls: int
    cost: float
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    seconds: float | None
    error: str | None
    settings: dict[str, Any]
    parts: list[Totals]


def summary(run: Run, totals: list[Totals]) -> Summary:
    """Return what there is to say of a run."""
    took = run.completed_at - run.started_at if run.completed_at and run.started_at else None
    best_candidate, best_score = _best(run)
    return Summary(
        id=run.id,
        program=run.program,
        status=run.state,
        seed=run.seed,
        iterations=run.iterations,
        best_score=best_score,
        best_candidate=best_candidate,
        held_out=_held_out(run.outcome),
        calls=sum(part.calls for part in totals),
        cost=sum(part.cost for part in totals),
        created_at=run.created_at,
        started_at=run.started_at,
        completed_at=run.completed_at,
        seconds=None if took is None else took.total_seconds(),
        error=run.error,
        settings=cast("dict[str, Any]", run.settings.get("settings") or {}),
        parts=totals,
    )


def _best(run: Run) -> tuple[str | None, float | None]:
    """Return who was chosen and its expected score; who leads, and seems to score what, while a run lasts."""
    try:
        found = (run.outcome or {})["outcome"]
        return str(found["best"]), float(found["score"])
    except (KeyError, TypeError):
        return run.best_candidate, run.best_score


def _held_out(outcome: dict[str, Any] | None) -> tuple[float, float] | None:
    """Return what the findings of `mlsig optimize` say; None for an outcome of another kind."""
    try:
        before, after = ((outcome or {})[which]["score"]["mean"] for which in ("baseline", "best"))
        return float(before), float(after)
    except (KeyError, TypeError):
        return None


def text(act: str, found: Sequence[Summary]) -> str:
    """Return the text of `list`, `show` or `compare`."""
    if not found:
        return "there are no runs yet\n"
    if act == "list":
        return _table(["run", "status", "steps", "best", "calls", "cost", "begun"], map(_row, found))
    return _table(["", *(one.id for one in found)], _facts(found, every=act == "show"))


def compared(found: Sequence[Summary], pairs: Sequence[Pair], changed: Mapping[str, tuple[Any, Any]]) -> str:
    """Return the text of `compare`; of two runs also what the same examples say, and what was chosen."""
    parts = [text("compare", found)]
    if pairs:
        names = ["same examples", "first", "second", "difference", "95 % interval"]
        parts.append(_table(names, map(_paired, pairs)))
    if changed:
        rows = [[name, _said(one), _said(other)] for name, (one, other) in changed.items()]
        parts.append(_table(["chosen", *(one.id for one in found)], rows))
    return "\n".join(parts)


def _paired(one: Pair) -> list[str]:
    digits = 6 if one.objective == "cost" else 3
    numbers = [f"{value:.{digits}f}" for value in (one.first, one.second)]
    interval = f"{one.low:+.{digits}f} … {one.high:+.{digits}f}"
    return [f"{one.objective} ({one.pairs})", *numbers, f"{one.difference:+.{digits}f}", interval]


def _row(one: Summary) -> list[str]:
    begun = (one.started_at or one.created_at).strftime("%m-%d %H:%M")
    steps, calls = f"{one.iterations}", f"{one.calls:,}"
    return [one.id, one.status, steps, _score(one.best_score), calls, f"${one.cost:.4f}", begun]


def _facts(found: Sequence[Summary], *, every: bool) -> list[list[str]]:
    rows = [
        ["program", *(one.program for one in found)],
        ["status", *(one.status for one in found)],
        ["seed", *(str(one.seed) for one in found)],
        ["steps", *(str(one.iterations) for one in found)],
        ["best score", *(_score(one.best_score) for one in found)],
        ["held out", *(_change(one.held_out) for one in found)],
        ["calls", *(f"{one.calls:,}" for one in found)],
        ["cost", *(f"${one.cost:.4f}" for one in found)],
        ["took", *("-" if one.seconds is None else f"{one.seconds:.1f} s" for one in found)],
    ]
    names = dict.fromkeys(name for one in found for name in one.settings if name != "seed")
    for name in names:
        said = [_said(one.settings.get(name)) for one in found]
        if every or len(set(said)) > 1:
            rows.append([name, *said])
    if every:
        (one,) = found
        rows += [["best candidate", one.best_candidate or "-"], ["begun", str(one.started_at or "-")]]
        rows += [["error", one.error]] if one.error else []
        for part in one.parts:
            sums = (
                f"{part.done:,} evaluations, {part.failed:,} failed, {part.lost:,} lost, {part.calls:,} calls"
            )
            rows.append([f"on {part.split}", sums])
    return rows


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.3f}"


def _change(held_out: tuple[float, float] | None) -> str:
    return "-" if held_out is None else f"{held_out[0]:.3f} -> {held_out[1]:.3f}"


def _said(value: object) -> str:
    return "-" if value is None else str(value)


def _table(head: Sequence[str], rows: Any) -> str:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in head:
        table.add_column(Text(name), overflow="fold", no_wrap=name in WHOLE)
    for row in rows:
        table.add_row(*map(Text, row))
    out = io.StringIO()
    console = Console(file=out, width=max(Console().width, NARROWEST), soft_wrap=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n") + "\n"
