"""A space as a tree for people.

    print_tree(view(Tuning, facts, …), sys.stdout)

Text of files reaches a terminal without the characters that one would act on. Without colours where nobody
watches; lines are wrapped on a terminal and whole in a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TextIO

from mlsig.spaces.describing import decimal
from mlsig.spaces.domains import show

from mlsig_compiler.exploring.facts import Facts
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.findings.render import wants_color
from mlsig_compiler.findings.terminal import printable

if TYPE_CHECKING:
    from mlsig.spaces import Branch, Composite, Space, Variable
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

_DIGITS: Final = 30  # of a count that is shown whole
_WIDE: Final = 10_000  # columns where lines are not to be wrapped


def console(stream: TextIO) -> Console:
    """Return where trees and tables are printed to."""
    from rich.console import Console  # noqa: PLC0415  (loads much)

    watched = stream.isatty()
    color = wants_color(stream)
    width = None if watched or os.environ.get("COLUMNS") else _WIDE
    return Console(
        file=stream,
        width=width,
        no_color=not color,
        force_terminal=color,
        color_system="auto" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        safe_box=True,
    )


def tree(space: type[Space], name: str, place: str, facts: Facts, warnings: Iterable[str]) -> Tree:
    """Return a space as a tree.

    Args:
        space: The generated class.
        name: The name of the space.
        place: Where it is declared.
        facts: What is proved of it.
        warnings: What the compiler finds odd about it.
    """
    from rich.tree import Tree  # noqa: PLC0415

    root = Tree(_text((name, "bold"), (f"  {place}", "dim")))
    root.add(_text((_size(space, facts), "")))
    _variables(root, space)
    _composites(root, space.composites)
    if space.constraints:
        branch = root.add(_text(("constraints", "bold")))
        for rule in space.constraints:
            branch.add(_text((rule.name, "cyan"), (f"  {rule.text}", ""), _aside(rule.message)))
    if space.preferences:
        branch = root.add(_text(("preferences", "bold")))
        for wish in space.preferences:
            branch.add(_text((wish.text, ""), _aside(wish.message)))
    _proofs(root, space, facts, warnings)
    return root


def size(facts: Facts) -> str:
    """Return how many configurations there are, in words."""
    if facts.cardinality is None:
        return "an unknown number of legal configurations"
    digits = decimal(facts.cardinality)
    if len(digits) <= _DIGITS:
        word = "configuration" if digits == "1" else "configurations"
        return f"{facts.cardinality:,} legal {word}"
    return f"{digits[0]}.{digits[1:3]}e{len(digits) - 1} legal configurations"


def _size(space: type[Space], facts: Facts) -> str:
    endless = space.continuous_dimensions()
    more = f", times {counted(endless, 'continuous dimension')}" if endless else ""
    return f"{counted(len(space.variables), 'variable')}: {size(facts)}{more}"


def _variables(root: Tree, space: type[Space]) -> None:
    branch = root.add(_text(("variables", "bold")))
    groups: dict[str, Tree] = {"": branch}
    for variable in space.variables:
        if variable.text not in groups:
            groups[variable.text] = branch.add(_text((f"when {variable.text}", "magenta")))
        _variable(groups[variable.text], variable)


def _variable(group: Tree, variable: Variable) -> None:
    described = _aside(variable.description)
    if variable.exhaustive and variable.branches:
        node = group.add(_text((variable.name, "cyan"), (f"  {variable.kind}", "green"), described))
    else:
        node = group.add(
            _text((variable.name, "cyan"), (f"  {variable.kind}", "green"), *_domain(variable), described)
        )
    for arm in variable.branches:
        word = "else" if arm.when is None else f"when {arm.text}"
        node.add(_text((f"{word}:", "magenta"), *_domain(arm)))
    if variable.hints:
        said = ", ".join(f"{key}={show(value)}" for key, value in variable.hints.items())
        node.add(_text((f"hint: {said}", "dim")))


def _domain(arm: Branch | Variable) -> list[tuple[str, str]]:
    domain = arm.domain
    extra = ", log" if getattr(domain, "log", False) else ""
    normal = getattr(domain, "normal", None)
    if normal is not None:
        extra += f", normal({show(normal[0])}, {show(normal[1])})"
    weights = getattr(domain, "weights", None)
    if weights is not None:
        extra += f", weights {', '.join(map(show, weights))}"
    return [(f"  {domain}{extra}", ""), (f" = {show(arm.default)}", "yellow")]


def _composites(root: Tree, composites: Iterable[Composite]) -> None:
    found = list(composites)
    if not found:
        return
    branch = root.add(_text(("composites", "bold")))
    for each in found:
        when = f"  when {each.text}" if each.text else ""
        reads = f"  of {', '.join(each.depends)}" if each.depends else ""
        branch.add(
            _text(
                (each.name, "cyan"),
                (f"  {each.type}", "green"),
                (reads, ""),
                (when, "magenta"),
                _aside(each.description),
            )
        )


def _proofs(root: Tree, space: type[Space], facts: Facts, warnings: Iterable[str]) -> None:
    branch = root.add(_text(("proofs", "bold")))
    branch.add(_proved(facts.satisfiable is True, "there is a legal configuration"))
    branch.add(_proved(True, "the default is legal"))
    are = "is" if facts.cardinality == 1 else "are"
    branch.add(_proved(facts.cardinality is not None, f"there {are} {size(facts)}"))
    if space.constraints:
        kept = "the share of the prior that the constraints keep"
        if facts.mass is not None:
            kept = f"the constraints keep {_share(facts.mass)} of the prior"
        branch.add(_proved(facts.mass is not None, kept))
    for reason in facts.open:
        branch.add(_text((f"  {reason}", "dim")))
    for warning in warnings:
        branch.add(_text(("warning  ", "yellow"), (warning, "")))


def _proved(found: bool, what: str) -> Text:
    return _text(("proved  " if found else "not proved  ", "green" if found else "yellow"), (what, ""))


def _share(mass: float) -> str:
    return f"{100 * mass:.3g} %" if mass < 1 else "all"


def _aside(text: str) -> tuple[str, str]:
    return (f"  {text}" if text else "", "dim")


def _text(*parts: tuple[str, str]) -> Text:
    from rich.text import Text  # noqa: PLC0415

    return Text.assemble(*((printable(text), style) for text, style in parts if text))
