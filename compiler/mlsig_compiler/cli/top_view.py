"""One look at a server, for a terminal: who runs, what waits, how fast, and what it costs.

    mlsig  running · up 3 min · 2 of 100 calls run, 0 wait · 2 requests to models · $0.0123
    …

Rates are those between two looks, or since the start at the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mlsig.orchestrator.state import Node, State
from mlsig.report.text import money
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from mlsig_compiler.findings.terminal import printable

STYLES: Final[Mapping[str, str]] = {
    "running": "green",
    "starting": "yellow",
    "restarting": "bold red",
    "draining": "yellow",
    "stopped": "red",
}


def frame(now: State, before: State | None = None) -> RenderableType:
    """Return what is shown; `before` is the look that rates are counted from."""
    if before is not None and before.uptime > now.uptime:
        before = None  # it was started again
    seconds = now.uptime - (before.uptime if before else 0.0)
    parts: list[RenderableType] = [_head(now), Text()]
    if now.programs:
        parts += [_programs(now, before, seconds), Text()]
    if now.models:
        parts += [_models(now, before, seconds), Text()]
    parts.append(_tree(now.tree))
    if now.components:
        parts += [Text(), _components(now.components)]
    return Group(*parts)


def _head(now: State) -> Text:
    line = Text()
    line.append(printable(now.name), style="bold")
    line.append("  ")
    line.append(printable(now.state), style=STYLES.get(now.state, ""))
    zombies = f" · zombies: {printable(', '.join(now.zombies))}" if now.zombies else ""
    line.append(
        f" · up {duration(now.uptime)} · {now.running} calls run, {now.waiting} wait, of {now.most} · "
        f"{now.requests} requests to models · {now.restarts} restarts{zombies} · {money(now.cost)}"
    )
    return line


def _programs(now: State, before: State | None, seconds: float) -> Table:
    names = ("run", "wait", "ok", "failed", "late", "refused", "left", "calls/s", "mean", "tokens", "cost")
    table = _table("program", names)
    known = {program.name: program for program in before.programs} if before else {}
    for one in now.programs:
        old = known.get(one.name)
        ended = one.ended - (old.ended if old else 0)
        spent = one.seconds - (old.seconds if old else 0.0)
        errors = ", ".join(f"{name} {count}" for name, count in sorted(one.errors.items()))
        table.add_row(
            printable(one.name),
            *map(str, (one.running, one.waiting, one.succeeded)),
            Text(str(one.failed), style="red" if one.failed else ""),
            *map(str, (one.late, one.refused, one.cancelled)),
            rate(ended, seconds),
            f"{spent / ended:.2f} s" if ended else "",
            str(one.tokens),
            money(one.cost),
        )
        if errors:
            table.add_row(Text(f"  {printable(errors)}", style="dim"))
    return table


def _models(now: State, before: State | None, seconds: float) -> Table:
    table = _table("model", ("calls", "errors", "cached", "calls/s", "in", "out", "cost", "per hour"))
    known = {(model.provider, model.model): model for model in before.models} if before else {}
    for one in now.models:
        old = known.get((one.provider, one.model))
        calls = one.calls - (old.calls if old else 0)
        cost = one.cost - (old.cost if old else 0.0)
        table.add_row(
            printable(f"{one.provider}/{one.model}"),
            str(one.calls),
            Text(str(one.errors), style="red" if one.errors else ""),
            str(one.hits),
            rate(calls, seconds),
            str(one.input_tokens),
            str(one.output_tokens),
            money(one.cost),
            money(cost / seconds * 3600) if seconds > 0 else "",
        )
    return table


def _tree(node: Node, above: Tree | None = None) -> Tree:
    line = Text()
    line.append(printable(node.id), style="bold" if node.kind == "supervisor" else "")
    line.append("  ")
    line.append(printable(node.state), style=STYLES.get(node.state, ""))
    if node.restarts:
        line.append(f"  restarts: {node.restarts}", style="yellow")
    if node.last:
        line.append(f"  last ended by {printable(node.last)}", style="dim")
    branch = Tree(line, guide_style="dim") if above is None else above.add(line)
    for child in node.children:
        _tree(child, branch)
    return branch


def _components(components: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for name, found in components.items():
        table.add_row(printable(name), Text(printable(" · ".join(figures(found))), style="dim"))
    return table


def figures(found: Any, name: str = "") -> list[str]:
    """Return the figures of a component that are not zero, as words."""
    whole: Any = found
    if isinstance(found, dict):
        return [each for key, one in whole.items() for each in figures(one, f"{name} {key}".strip())]
    if isinstance(found, list):
        return [f"{name} {len(whole)}"] if whole else []
    if isinstance(found, float):
        return [f"{name} {found:.3g}"] if found else []
    return [f"{name} {found}"] if found else []


def _table(first: str, rest: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True)
    for name in rest:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def rate(count: int, seconds: float) -> str:
    """Return how many a second."""
    return f"{count / seconds:.2g}" if seconds > 0 and count else ""


def duration(seconds: float) -> str:
    """Return a time in its two largest units."""
    whole = int(seconds)
    for size, unit, below, less in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // below} {less}"
    return f"{whole} s"
