"""Findings as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any, Final

from mlsig.evaluation import Evaluation
from mlsig.evaluation.intervals import percentile
from mlsig.providers.messages import Message
from mlsig.simba.experiment import Findings
from mlsig.simba.settings import UNSAID_CALLS

ERRORS_SHOWN: Final = 3


def summary(findings: Findings) -> str:
    """Return both measurements, the Pareto front, the chosen configuration and the final prompt."""
    baseline, best, outcome = findings.baseline, findings.best, findings.outcome
    count = baseline.score.count
    lines = [
        f"{findings.program}, run {findings.run}",
        "",
        f"held-out: {count} examples, never seen by the search; 95 % intervals in brackets",
        *table(
            [
                ("", "baseline", "best"),
                *comparison(findings),
                ("failed examples", str(baseline.errors), str(best.errors)),
            ]
        ),
        "",
        f"search: {calls(findings)}, {money(outcome.cost)}, "
        f"{len(outcome.steps)} steps, {len(outcome.pool)} candidates; stopped by {outcome.reason}"
        + (f"; {findings.lost} evaluations lost to a kill" if findings.lost else ""),
        f"held-out measurements: {baseline.calls + _again(findings)} calls, "
        f"{money(baseline.cost + (best.cost if _again(findings) else 0.0))}",
        "",
        "Pareto front of the finalists, on the validation part of the training examples",
        *table(front_rows(findings)),
        "",
        "configuration (* differs from the default)",
        *table(config_rows(findings)),
        "",
        "final prompt, for the first held-out example",
        *_final(findings),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def measured(
    program: str, evaluation: Evaluation, places: Sequence[str] = (), *, shown: int = ERRORS_SHOWN
) -> str:
    """Return one measurement: metrics with intervals, cost, latency, and the first errors.

    Args:
        program: Its name.
        evaluation: The measurement.
        places: Where each example is, such as `reviews.jsonl:12`; without them, ids name examples.
        shown: How many errors.
    """
    costs = [result.cost for result in evaluation.results]
    rows = [(f"{name} ({one.method})", str(one)) for name, one in evaluation.metrics.items()]
    rows += [
        (f"score ({evaluation.score.method})", str(evaluation.score)),
        ("cost", f"{money(evaluation.cost)} in all, {_each(evaluation.cost, evaluation):.3g} USD/example"),
        ("cost p50 / p90 / p99, USD", " / ".join(f"{percentile(costs, p):.3g}" for p in (0.5, 0.9, 0.99))),
        ("latency p50 / p90 / p99, s", _latency(evaluation)),
        ("mean tokens in + out", _tokens(evaluation)),
        ("calls", str(evaluation.calls)),
        ("failed examples", str(evaluation.errors)),
    ]
    names = places or [f"example {result.example[:8]}" for result in evaluation.results]
    failed = [
        (name, result.error)
        for name, result in zip(names, evaluation.results, strict=True)
        if result.error is not None
    ]
    lines = [f"{program} on {evaluation.score.count} examples; 95 % intervals in brackets", *table(rows)]
    lines += [f"  {name}: {on_a_line(error)}"[:200] for name, error in failed[:shown]]
    if len(failed) > shown:
        lines.append(f"  … and {len(failed) - shown} more")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def comparison(findings: Findings) -> list[tuple[str, str, str]]:
    """Return a row for each metric, the score, cost, latency and tokens: name, baseline, best."""
    baseline, best = findings.baseline, findings.best
    rows = [
        (f"{name} ({one.method})", str(one), str(best.metrics[name]))
        for name, one in baseline.metrics.items()
    ]
    rows.append((f"score ({baseline.score.method})", str(baseline.score), str(best.score)))
    for name, words in (
        ("cost, USD/example", _cost),
        ("latency p50 / p90 / p99, s", _latency),
        ("tokens in + out, per example", _tokens),
    ):
        rows.append((name, words(baseline), words(best)))
    return rows


def front_rows(findings: Findings) -> list[tuple[str, ...]]:
    """Return the finalists that no other beats, and the chosen one: candidate, examples, raw objectives.

    The chosen one is marked: what the search knew of it counts too, so that it may be beaten here.
    """
    outcome = findings.outcome
    names = [measure.name + (f", {measure.unit}" if measure.unit else "") for measure in findings.objectives]
    rows: list[tuple[str, ...]] = [("candidate", *names, "examples")]
    for finalist in outcome.finalists:
        chosen, beaten = finalist.key == outcome.best, finalist.key not in outcome.front
        if beaten and not chosen:
            continue
        mark = " (chosen)" if chosen else ""
        mark += " (not on the front)" if beaten else ""
        mark += " (baseline)" if finalist.key == outcome.baseline else ""
        values = [f"{measure.value:.4g}" for measure in finalist.measures]
        rows.append((finalist.key[:8] + mark, *values, str(finalist.count)))
    return rows if len(rows) > 1 else [("none: the budget left nothing for a comparison",)]


def config_rows(findings: Findings) -> list[tuple[str, ...]]:
    """Return each variable with its chosen value, and the default where it differs."""
    rows: list[tuple[str, ...]] = []
    for name, value in findings.config.items():
        before = findings.baseline_config.get(name)
        changed = before != value
        told = "not set" if before is None else on_a_line(before)
        was = f"was {told}" if changed else ""
        rows.append((f"{'*' if changed else ' '} {name}", on_a_line(value), was))
    body = findings.outcome.body
    for said, name in (("demonstrations", "demos"), ("rules", "rules")):
        count = len(body[name]) + sum(len(step.get(name, ())) for step in body.get("steps", {}).values())
        rows.append((f"{'*' if count else ' '} {said}", str(count), ""))
    return rows


def _final(findings: Findings) -> list[str]:
    """Return the prompt; of a pipeline, those of its steps."""
    if not findings.prompts:
        return prompt_lines(findings.prompt)
    return [
        line
        for path, messages in findings.prompts.items()
        for line in (f"  step {path}", *prompt_lines(messages))
    ]


def prompt_lines(messages: Sequence[Message]) -> list[str]:
    """Return a prompt as it is sent, each message under its role; what a terminal would obey is escaped."""
    lines: list[str] = []
    for message in messages:
        lines += [f"  [{message.role}]", *(f"  {_visible(line)}" for line in message.content.split("\n"))]
    return lines


def _visible(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() or char == "\t" else ascii(char)[1:-1] for char in line)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as aligned lines."""
    width = max(len(row) for row in rows)
    full = [(*row, *[""] * (width - len(row))) for row in rows]
    widths = [max(len(row[column]) for row in full) for column in range(width)]
    return [
        "  " + "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)) for row in full
    ]


def on_a_line(value: Any) -> str:
    """Return a value on one line, without what a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())


def calls(findings: Findings) -> str:
    """Return how many calls a search made, of how many where that was said."""
    most = findings.budget_calls
    return f"{findings.outcome.calls}{f' of {most}' if most < UNSAID_CALLS else ''} calls"


def money(amount: float) -> str:
    """Return US dollars with as many digits as small amounts need."""
    if amount >= 1:
        return f"${amount:,.2f}"
    digits = 4 if amount >= 0.0001 or amount <= 0 else 1 - floor(log10(amount))
    return f"${amount:.{digits}f}"


def _cost(evaluation: Evaluation) -> str:
    return f"{_each(evaluation.cost, evaluation):.3g}"


def _latency(evaluation: Evaluation) -> str:
    latency = evaluation.latency
    return f"{latency.p50:.2f} / {latency.p90:.2f} / {latency.p99:.2f}"


def _tokens(evaluation: Evaluation) -> str:
    sent, received = evaluation.input_tokens, evaluation.output_tokens
    return f"{_each(sent, evaluation):.0f} + {_each(received, evaluation):.0f}"


def _each(total: float, evaluation: Evaluation) -> float:
    return total / max(1, evaluation.score.count)


def _again(findings: Findings) -> int:
    """Calls for the best program: none where the baseline won."""
    return 0 if findings.best.candidate == findings.baseline.candidate else findings.best.calls
