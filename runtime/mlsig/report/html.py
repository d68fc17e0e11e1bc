"""Findings as one HTML file that needs no network: styles, data and plotly.js are all inside.

Every text that comes from a user, a model or a data set passes through `escape`, or, inside the chart data,
through `script_safe`; nothing else reaches the page.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from html import escape
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

import msgspec

from mlsig.errors import MlsigError, StoreError
from mlsig.providers.messages import Message
from mlsig.report.text import comparison, config_rows, front_rows, money
from mlsig.simba.experiment import Findings


class ReportExtraMissing(MlsigError):
    """The optional package for charts is not installed."""

    def __init__(self) -> None:
        super().__init__('the HTML report needs plotly: install it with `pip install "mlsig[report]"`')


def require_extra() -> None:
    """Make sure that a report can be made, before anything is paid for it.

    Raises:
        ReportExtraMissing: plotly is not installed.
    """
    _plotly()


def write(findings: Findings, path: Path) -> None:
    """Write the report, whole or not at all.

    Raises:
        ReportExtraMissing: plotly is not installed.
        StoreError: The file cannot be written.
    """
    page = render(findings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(page)
        # A temporary file is private; a report is an ordinary file.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError as error:
        raise StoreError(f"cannot write the report {path}: {error.strerror or error}") from error


def render(findings: Findings) -> str:
    """Return the page.

    Raises:
        ReportExtraMissing: plotly is not installed.
    """
    outcome = findings.outcome
    count = findings.baseline.score.count
    page = Template(files("mlsig.report").joinpath("page.html").read_text(encoding="utf-8"))
    rules = "".join(f"<li>{escape(rule)}</li>" for rule in outcome.body["rules"])
    return page.substitute(
        title=escape(f"{findings.program}: what the search found"),
        subtitle=escape(
            f"Run {findings.run}, seed {findings.seed}. {outcome.calls} of {findings.budget_calls} calls, "
            f"{money(outcome.cost)}, {len(outcome.steps)} steps, {len(outcome.pool)} candidates; "
            f"stopped by {outcome.reason}."
        ),
        held_out=escape(
            f"Both on the same {count} held-out examples, which the search never saw. "
            "95 % intervals in brackets."
        ),
        comparison=_table([("", "baseline", "best"), *comparison(findings)]),
        front_note=escape(
            "Finalists on the validation part of the training examples. "
            "One is on the front when no other is at least as good in all objectives and better in one."
        ),
        front=_table(front_rows(findings)),
        config=_table([("variable", "value", ""), *config_rows(findings)]),
        rules=f"<h2>Rules</h2><ul>{rules}</ul>" if rules else "",
        prompt=_prompt(findings.prompt),
        baseline_prompt=_prompt(findings.baseline_prompt),
        candidates=_candidates(findings),
        charts=script_safe({"history": _history(findings), "front": _front(findings)}),
        plotly=_plotly(),
    )


def script_safe(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in, whatever its strings say."""
    text = msgspec.json.encode(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _plotly() -> str:
    try:
        # An optional extra, without types.
        offline: Any = import_module("plotly.offline")
    except ImportError as error:
        raise ReportExtraMissing from error
    return str(offline.get_plotlyjs()).replace("</script", "<\\/script")


def _table(rows: Sequence[Sequence[str]], chosen: int = -1) -> str:
    """Return an HTML table; the first row is its head."""
    head, *body = rows
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = [f"<tr>{cells}</tr>"]
    for number, row in enumerate(body):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f'<tr class="chosen">{cells}</tr>' if number == chosen else f"<tr>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"


def _prompt(messages: Sequence[Message]) -> str:
    return "".join(
        f'<div class="role">{escape(message.role)}</div><pre>{escape(message.content)}</pre>'
        for message in messages
    )


def _candidates(findings: Findings) -> str:
    outcome = findings.outcome
    validated = {finalist.key: finalist for finalist in outcome.finalists}
    rows = [
        ("candidate", "made by", "from", "step", "search score (examples)", "validation score (examples)")
    ]
    pool = sorted(outcome.pool, key=lambda member: (-(member.key in validated), -member.mean))
    for member in pool:
        final = validated.get(member.key)
        rows.append(
            (
                member.key[:8],
                member.strategy,
                (member.parent or "")[:8],
                str(member.step),
                f"{member.mean:.3f} ({member.count})" if member.count else "",
                f"{final.score:.3f} ({final.count})" if final else "",
            )
        )
    chosen = next(number for number, member in enumerate(pool) if member.key == outcome.best)
    return _table(rows, chosen)


def _history(findings: Findings) -> dict[str, Any]:
    points = findings.outcome.history
    return {
        "x": "calls",
        "y": "score of the best, as believed",
        "traces": [
            {
                "name": "search",
                "mode": "lines+markers",
                "paint": "accent",
                "x": [point.calls for point in points],
                "y": [point.score for point in points],
                "hover": "%{x} calls: %{y:.3f}<extra></extra>",
            }
        ],
    }


def _front(findings: Findings) -> dict[str, Any]:
    """Return the finalists by the first objective and the first that is a cost of some kind."""
    objectives = findings.objectives
    up = 0
    across = next(
        (i for i, one in enumerate(objectives) if i and one.direction == "minimize"), len(objectives) - 1
    )
    outcome = findings.outcome
    traces: list[dict[str, Any]] = []
    for name, paint, on_front in (("Pareto front", "good", True), ("other finalists", "muted", False)):
        members = [one for one in outcome.finalists if (one.key in outcome.front) is on_front]
        if not members:
            continue
        traces.append(
            {
                "name": name,
                "mode": "markers",
                "paint": paint,
                "size": 12 if on_front else 8,
                "x": [one.measures[across].value for one in members],
                "y": [one.measures[up].value for one in members],
                "text": [_named(one.key, findings) for one in members],
                "hover": "%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
            }
        )
    return {"x": _axis(objectives[across]), "y": _axis(objectives[up]), "traces": traces}


def _named(key: str, findings: Findings) -> str:
    names = {findings.outcome.best: " (chosen)", findings.outcome.baseline: " (baseline)"}
    return key[:8] + names.get(key, "")


def _axis(measure: Any) -> str:
    better = "more" if measure.direction == "maximize" else "less"
    unit = f", {measure.unit}" if measure.unit else ""
    # Plotly reads a little markup in titles.
    return escape(f"{measure.name}{unit} ({better} is better)")
