"""The table of candidates, with its filters."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from mlsig.insight.observations import DEMOS, RULES, settings
from mlsig.report.markup import bar, section, tags
from mlsig.report.text import on_a_line
from mlsig.simba.experiment import Findings
from mlsig.simba.outcome import Finalist, Member

HEAD: Final = ("candidate", "made by", "from", "step", "search score", "validation score", "what it changed")
LONG: Final = 60
CHANGES: Final = 12


def candidates(findings: Findings) -> str:
    """Return the section: filters, and a row for each candidate, finalists and the best first."""
    outcome = findings.outcome
    finalists = {finalist.key: finalist for finalist in outcome.finalists}
    pool = sorted(
        outcome.pool, key=lambda one: (one.key != outcome.best, one.key not in finalists, -one.mean)
    )
    baseline = next(settings(one.body) for one in outcome.pool if one.key == outcome.baseline)
    parents = {one.key: settings(one.body) for one in outcome.pool}
    rows = [
        _row(one, finalists.get(one.key), parents.get(one.parent or "", baseline), findings) for one in pool
    ]
    head = "".join(f'<th><button type="button">{escape(name)}</button></th>' for name in HEAD)
    table = (
        f'<div class="scroll"><table id="candidates" class="wide"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    return section("candidates", "Candidates", _filters(findings), table)


def _filters(findings: Findings) -> str:
    pool = findings.outcome.pool
    made = dict.fromkeys(part for one in pool for part in one.strategy.split("+"))
    options = "".join(f'<option value="{escape(name)}">{escape(name)}</option>' for name in made)
    return (
        '<div class="tools"><label>containing <input id="filter-text" type="search" '
        'placeholder="JSON demos=4 …" autocomplete="off"></label>'
        '<label>made by <select id="filter-made"><option value="">anything</option>'
        f"{options}</select></label>"
        '<label><span>search score at least <b id="filter-value"></b></span>'
        '<input id="filter-least" type="range" min="0" max="1" step="0.01" value="0"></label>'
        '<label class="check"><input id="filter-finalists" type="checkbox"> finalists only</label>'
        '<output id="filter-count" aria-live="polite"></output></div>'
    )


def _row(member: Member, finalist: Finalist | None, parent: Mapping[str, Any], findings: Findings) -> str:
    outcome = findings.outcome
    chosen = member.key == outcome.best
    marks = [("chosen", "good")] * chosen + [("front", "accent")] * (member.key in outcome.front)
    marks += [("baseline", "")] * (member.key == outcome.baseline)
    name = f"{escape(member.key[:8])} {''.join(tags([text], kind) for text, kind in marks)}"
    searched = f"{member.mean:.3f} <span class='muted'>({member.count})</span>{bar(member.mean)}"
    validated = (
        "" if finalist is None else f"{finalist.score:.3f} <span class='muted'>({finalist.count})</span>"
    )
    changed = changes(parent, settings(member.body)) if member.parent else []
    cells = [
        (member.key, name, "mono"),
        (member.strategy, escape(member.strategy), ""),
        (member.parent or "", escape((member.parent or "")[:8]), "mono"),
        (str(member.step), str(member.step), ""),
        (f"{member.mean:.6f}" if member.count else "", searched if member.count else "", ""),
        ("" if finalist is None else f"{finalist.score:.6f}", validated, ""),
        (str(len(changed)), tags(changed[:CHANGES]), ""),
    ]
    html = "".join(
        f'<td class="{kind}" data-value="{escape(value)}">{text}</td>' for value, text, kind in cells
    )
    return (
        f'<tr{" class=chosen" if chosen else ""} data-made="{escape(member.strategy)}" '
        f'data-score="{member.mean:.6f}" data-finalist="{int(finalist is not None)}">{html}</tr>'
    )


def changes(parent: Mapping[str, Any], child: Mapping[str, Any]) -> list[str]:
    """Say what a candidate has that the one it was made of had not."""
    said: list[str] = []
    for name, value in child.items():
        if parent.get(name) == value:
            continue
        if name.endswith((RULES, DEMOS)):
            said.append(f"{name.replace('(', '').replace(')', '')} {parent.get(name, 0)} → {value}")
        else:
            said.append(f"{name}={_short(on_a_line(value))}")
    said += [f"{name} not active" for name in parent if name not in child]
    return said or ["other words"]


def _short(text: str) -> str:
    return text if len(text) <= LONG else f"{text[: LONG - 1]}…"
