"""The data of the charts, as JSON-like data for the page's script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from mlsig.evaluation.objectives import Measure
from mlsig.insight.observations import settings
from mlsig.insight.surrogate import Columns
from mlsig.report.details import Details
from mlsig.simba.experiment import Findings
from mlsig.simba.outcome import Member

LINES: Final = 150
"""How many candidates the parallel coordinates show, the best of them."""

TICKS: Final = 8
"""An option list longer than this has marks at some of them only."""

SHORT: Final = 22


def data(findings: Findings, details: Details) -> dict[str, Any]:
    """Return what all charts show."""
    return {
        "history": _history(findings),
        "front": front(findings, details),
        "parallel": parallel(findings),
        "importance": _importance(details),
        "earned": _earned(findings),
    }


def name_of(key: str, findings: Findings) -> str:
    """Return the short name of a candidate."""
    names = {findings.outcome.best: " (chosen)", findings.outcome.baseline: " (baseline)"}
    return key[:8] + names.get(key, "")


def _history(findings: Findings) -> dict[str, Any]:
    outcome = findings.outcome
    ends = {0: outcome.history[0].calls if outcome.history else 0}
    ends |= {step.number: step.calls for step in outcome.steps}
    tried = [member for member in outcome.pool if member.count and member.step in ends]
    return {
        "calls": [point.calls for point in outcome.history],
        "score": [point.score for point in outcome.history],
        "tried": {
            "calls": [ends[member.step] for member in tried],
            "score": [member.mean for member in tried],
            "names": [escape(f"{name_of(member.key, findings)} by {member.strategy}") for member in tried],
        },
    }


def front(findings: Findings, details: Details) -> dict[str, Any]:
    """Return the objectives, and the candidates by them: finalists where they met, others by the search."""
    outcome = findings.outcome
    points: list[dict[str, Any]] = []
    finalists = {finalist.key: finalist for finalist in outcome.finalists}
    names = [measure.name for measure in findings.objectives]
    for member in outcome.pool:
        finalist = finalists.get(member.key)
        known = details.outcomes.get(member.key, {})
        if finalist is not None:
            values = [measure.value for measure in finalist.measures]
        elif all(name in known for name in names):
            values = [known[name] for name in names]
        else:
            continue
        points.append(
            {
                "name": name_of(member.key, findings),
                "values": values,
                "finalist": finalist is not None,
                "front": member.key in outcome.front,
            }
        )
    return {"axes": [axis(measure) for measure in findings.objectives], "points": points}


def axis(measure: Measure) -> str:
    """Return the title of an axis; Plotly reads a little markup in titles."""
    better = "more" if measure.direction == "maximize" else "less"
    unit = f", {measure.unit}" if measure.unit else ""
    return escape(f"{measure.name}{unit} ({better} is better)")


def parallel(findings: Findings) -> dict[str, Any]:
    """Return an axis for each variable that varied and for the score, and a line for each candidate."""
    members = sorted((one for one in findings.outcome.pool if one.count), key=lambda one: one.mean)[-LINES:]
    values = [settings(member.body) for member in members]
    columns = Columns(values)
    axes = [{"name": escape(_short(name)), "ticks": _ticks(columns, name)} for name in columns.names]
    means = [member.mean for member in members]
    low, high = (min(means), max(means)) if means else (0.0, 0.0)
    axes.append({"name": "score", "ticks": [[0, f"{low:.3f}"], [1, f"{high:.3f}"]] if high > low else []})
    span = (low, high) if high > low else (low - 0.5, low + 0.5)
    lines = [
        _line(member, setting, columns, findings, rank=number / max(1, len(members) - 1), span=span)
        for number, (member, setting) in enumerate(zip(members, values, strict=True))
    ]
    # What is drawn last lies on top.
    return {"axes": axes, "lines": sorted(lines, key=lambda line: line["chosen"])}


def _line(
    member: Member,
    setting: Mapping[str, Any],
    columns: Columns,
    findings: Findings,
    *,
    rank: float,
    span: tuple[float, float],
) -> dict[str, Any]:
    low, high = span
    said = [escape(f"{name}: {_said(setting.get(name))}") for name in columns.names]
    return {
        "name": escape(name_of(member.key, findings)),
        "at": [
            *(place(columns, name, setting) for name in columns.names),
            (member.mean - low) / (high - low),
        ],
        "values": [*said, f"score: {member.mean:.3f}"],
        "rank": rank,
        "chosen": member.key == findings.outcome.best,
    }


def place(columns: Columns, name: str, setting: Mapping[str, Any]) -> float | None:
    """Return how high on its axis a value is, in [0, 1]; None where the variable is not active."""
    if name not in setting:
        return None
    seen = columns.seen[name]
    if columns.is_number(name):
        low, high = columns.span(name)
        return (float(setting[name]) - low) / (high - low) if high > low else 0.5
    return seen.index(setting[name]) / (len(seen) - 1) if len(seen) > 1 else 0.5


def _ticks(columns: Columns, name: str) -> list[list[Any]]:
    seen: Sequence[Any] = columns.seen[name]
    shown = [seen[0], seen[-1]] if columns.is_number(name) else seen
    if len(shown) > TICKS:
        shown = [shown[0], shown[len(shown) // 2], shown[-1]]
    return [
        [place(columns, name, {name: value}), escape(_short(_said(value)))] for value in dict.fromkeys(shown)
    ]


def _importance(details: Details) -> dict[str, Any]:
    shares = details.insights.importance if details.insights is not None else ()
    return {"names": [escape(_short(one.name)) for one in shares], "values": [one.share for one in shares]}


def _earned(findings: Findings) -> dict[str, Any]:
    pieces = findings.outcome.earned
    return {
        "names": [escape(_short(piece.what)) for piece in pieces],
        "values": [piece.gain for piece in pieces],
    }


def _said(value: Any) -> str:
    if value is None:
        return "not active"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
