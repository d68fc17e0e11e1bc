"""The sections of the page, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final, NamedTuple

from mlsig.insight import Insights, Move
from mlsig.providers.messages import Message
from mlsig.report import charts
from mlsig.report.details import Details
from mlsig.report.differences import difference
from mlsig.report.markup import bar, chart, figure, options, prompt, section, table
from mlsig.report.table import candidates
from mlsig.report.text import calls, comparison, config_rows, front_rows, money, on_a_line
from mlsig.simba.experiment import Findings
from mlsig.simba.settings import UNSAID_CALLS

PAIRS: Final = 5
MOVES: Final = 12
SURE: Final = 0.3
"""A surrogate that explains less than this of what it has not seen is said to be weak."""

SPLITS: Final = {
    "search": "searching",
    "validation": "choosing, on the validation part",
    "reflection": "asking for rules and wordings",
    "held-out": "measuring, on held-out examples",
}


class Shown(NamedTuple):
    """A section: `short` is its name in the navigation."""

    id: str
    short: str
    html: str


def subtitle(findings: Findings) -> str:
    """Return the line under the title."""
    outcome = findings.outcome
    return (
        f"Run {findings.run}, seed {findings.seed}. {calls(findings)}, "
        f"{money(outcome.cost)}, {len(outcome.steps)} steps, {len(outcome.pool)} candidates; "
        f"stopped by {outcome.reason}."
    )


def figures(findings: Findings) -> str:
    """Return the figures at the top: the score before and after, and what it took."""
    outcome, before, after = findings.outcome, findings.baseline, findings.best
    count = before.score.count
    found = [
        figure(
            f"score on {count} held-out examples",
            f"{before.score.mean:.3f} → {after.score.mean:.3f}",
            f"95 %: [{before.score.low:.3f}, {before.score.high:.3f}] before, "
            f"[{after.score.low:.3f}, {after.score.high:.3f}] after",
            "lead",
        )
    ]
    for name, one in list(before.metrics.items())[:2]:
        other = after.metrics[name]
        found.append(figure(name, f"{other.mean:.3f}", f"{other.mean - one.mean:+.3f} from {one.mean:.3f}"))
    allowed = f"of {findings.budget_calls:,} allowed" if findings.budget_calls < UNSAID_CALLS else ""
    found.append(figure("search calls", f"{outcome.calls:,}", allowed))
    found.append(figure("search cost", money(outcome.cost), f"{len(outcome.steps)} steps"))
    found.append(
        figure("candidates", str(len(outcome.pool)), f"{len(outcome.front)} on the front of the finalists")
    )
    return "".join(found)


def shown(findings: Findings, details: Details) -> list[Shown]:
    """Return all sections that have something to say, in order."""
    found = [
        Shown("comparison", "Before and after", _comparison(findings)),
        Shown("history", "Score over calls", _history(details)),
        Shown("front", "Trade-offs", _front(findings, details)),
        Shown("parallel", "Configurations", _parallel(findings)),
    ]
    if details.insights is not None:
        found.append(Shown("importance", "What mattered", _importance(details.insights)))
    if findings.outcome.earned:
        found.append(Shown("earned", "What earned it", _earned(findings)))
    found += [
        Shown("chosen", "What was chosen", _chosen(findings)),
        Shown("prompt", "Prompt", _prompt(findings)),
        Shown("candidates", "Candidates", candidates(findings)),
    ]
    if details.spent:
        found.append(Shown("cost", "Cost", _cost(details)))
    return found


def _comparison(findings: Findings) -> str:
    return section(
        "comparison",
        "Before and after",
        table([("", "baseline", "best"), *comparison(findings)]),
        note=f"Both on the same {findings.baseline.score.count} held-out examples, which the search never "
        "saw. 95 % intervals in brackets.",
    )


def _history(details: Details) -> str:
    said = "What the best candidate was believed to score, after so many calls."
    curve = details.insights.convergence if details.insights is not None else None
    if curve is not None and curve.nearly is not None:
        said += (
            f" It rose by {curve.gain:.3f}; nearly all of that was there after {curve.nearly} calls, and the "
            f"last {100 * curve.idle:.0f}\u00a0% of the calls found nothing better."
        )
    elif curve is not None:
        said += " Nothing better than the beginning was found."
    return section("history", "Score over calls", chart("history", "Score over calls"), note=said)


def _front(findings: Findings, details: Details) -> str:
    objectives = findings.objectives
    names = [measure.name for measure in objectives]
    across = next(
        (i for i, one in enumerate(objectives) if i and one.direction == "minimize"), len(objectives) - 1
    )
    tools = (
        '<div class="tools">'
        f'<label>across <select id="front-x">{options(names, across)}</select></label>'
        f'<label>up <select id="front-y">{options(names, 0)}</select></label></div>'
    )
    said = (
        "Finalists on the validation part of the training examples. "
        "One is on the front when no other is at least as good in all objectives and better in one."
    )
    if details.outcomes:
        said += " Others as they did in the search."
    return section(
        "front",
        "Trade-offs",
        tools,
        chart("front", "Candidates by two objectives"),
        table(front_rows(findings)),
        note=said,
    )


def _parallel(findings: Findings) -> str:
    count = min(charts.LINES, sum(1 for member in findings.outcome.pool if member.count))
    return section(
        "parallel",
        "Configurations",
        chart("parallel", "Parallel coordinates: each candidate is a line", "tall"),
        note=f"Each line is one of {count} candidates, the better the stronger its colour; the chosen one is "
        "green. A line has a gap where a variable is not active. Axes are those variables that varied.",
    )


def _importance(insights: Insights) -> str:
    if insights.quality is None:
        said = (
            f"{insights.candidates} candidates are too few, or too much alike, to say what mattered: "
            "a larger budget would tell."
        )
        return section("importance", "What mattered", note=said)
    said = (
        f"Each variable's share of the variance of the score, by a surrogate fitted to {insights.candidates} "
        f"candidates. It explains {100 * max(0.0, insights.quality):.0f}\u00a0% of the variance of those "
        "that it had not seen."
    )
    if insights.quality < SURE:
        said += " That is little: take this as a hint, and no more."
    pairs = [
        (f"{one.first} × {one.second}", f"{100 * one.share:.1f}\u00a0%")
        for one in insights.interactions[:PAIRS]
    ]
    parts = [chart("importance", "Importance of each variable")]
    if pairs:
        parts.append("<h3>What acts together</h3>")
        parts.append(table([("pair", "share of the variance that is due to both at once"), *pairs]))
    if insights.moves:
        parts.append("<h3>Around the chosen candidate</h3>")
        parts.append(table(_moves(insights.moves)))
    return section("importance", "What mattered", *parts, note=said)


def _moves(moves: Sequence[Move]) -> list[tuple[str, ...]]:
    """Return a row for each move, those that change the score most first."""
    names = list(moves[0].changes)
    rows: list[tuple[str, ...]] = [("variable", "from", "to", *(f"{name}, expected" for name in names))]
    for move in sorted(moves, key=lambda one: -abs(one.changes["score"]))[:MOVES]:
        changes = [f"{move.changes[name]:+.3g}" for name in names]
        rows.append((move.name, on_a_line(move.before), on_a_line(move.after), *changes))
    return rows


def _earned(findings: Findings) -> str:
    pieces = findings.outcome.earned
    rows = [("left out", "score lost without it", "95 %", "examples")]
    rows += [
        (on_a_line(one.what), f"{one.gain:+.3f}", f"[{one.low:+.3f}, {one.high:+.3f}]", str(one.count))
        for one in pieces
    ]
    return section(
        "earned",
        "What earned it",
        chart("earned", "What each rule and demonstration earned"),
        table(rows),
        note="The chosen candidate without one of its rules or demonstrations, on the same examples of the "
        "validation part. A negative figure says that it did better without.",
    )


def _chosen(findings: Findings) -> str:
    body: Mapping[str, Any] = findings.outcome.body
    parts = [table([("variable", "value", ""), *config_rows(findings)])]
    rules = list(body["rules"]) + [
        f"{step}: {rule}"
        for step, taught in body.get("steps", {}).items()
        for rule in taught.get("rules", ())
    ]
    if rules:
        parts.append(f"<h3>Rules</h3><ul>{''.join(f'<li>{escape(rule)}</li>' for rule in rules)}</ul>")
    return section("chosen", "What was chosen", *parts, note="* differs from the default.")


def _prompt(findings: Findings) -> str:
    title = "From the first prompt to the best"
    if not findings.prompts:
        changes = _change(findings.baseline_prompt, findings.prompt)
        return section("prompt", title, *changes, note="As it is sent for the first held-out example.")
    parts: list[str] = []
    for path, after in findings.prompts.items():
        parts += [f"<h3>{escape(path)}</h3>", *_change(findings.baseline_prompts.get(path, ()), after)]
    note = "What each step is sent, for the first inputs that it was given on held-out examples."
    return section("prompt", title, *parts, note=note)


def _change(before: Sequence[Message], after: Sequence[Message]) -> tuple[str, ...]:
    return (
        difference(before, after),
        f"<details><summary>The best prompt</summary>{prompt(after)}</details>",
        f"<details><summary>The prompt before</summary>{prompt(before)}</details>",
    )


def _cost(details: Details) -> str:
    head = (
        "for",
        "evaluations",
        "failed",
        "lost",
        "calls",
        "tokens in + out",
        "US dollars",
        "share of the cost",
    )
    total = sum(one.cost for one in details.spent) or 1.0
    rows = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    for one in sorted(details.spent, key=lambda one: -one.cost):
        cells = (
            SPLITS.get(one.split, one.split),
            f"{one.done:,}",
            f"{one.failed:,}",
            f"{one.lost:,}",
            f"{one.calls:,}",
            f"{one.input_tokens:,} + {one.output_tokens:,}",
            money(one.cost),
        )
        share = f"<td>{100 * one.cost / total:.0f}\u00a0%{bar(one.cost / total)}</td>"
        rows.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}{share}</tr>")
    html = f'<div class="scroll"><table class="wide">{"".join(rows)}</table></div>'
    calls, cost = sum(one.calls for one in details.spent), sum(one.cost for one in details.spent)
    return section("cost", "Cost", html, note=f"{calls:,} calls and {money(cost)} in all.")
