"""Composites as read-only properties of a configuration: computed when they are asked for, and never set.

    composite budget: float = max_tokens * 2.5

becomes

    @property
    def budget(self) -> float:
        of = functions.known(self)
        return float(of.max_tokens * 2.5)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier
from mlsig_compiler.model import Composite, Space
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.expressions import Place
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.wording import said

_BODY = 12  # column at which the body of a property stands


@dataclass(frozen=True, slots=True)
class ConfigProperty:
    """A composite: `head` is what stands after `def`, `lines` are the body."""

    head: str
    doc: str
    lines: tuple[str, ...]


def computed(place: Place, composite: Composite, spell: Mapping[str, str], room: int) -> list[str]:
    """Return the expression of a composite's value on one line, or on several where the room is too small."""
    head = f"{spell[composite.type]}("
    text = expressions.python(composite.value, place)
    if len(head) + len(text) + 1 <= room:
        return [f"{head}{text})"]
    return [head, *(f"    {line}" for line in expressions.lines(composite.value, place)), ")"]


def plan_properties(
    space: Space,
    names: Names,
    hidden: Collection[str],
    place: Callable[[expressions.Spelling], Place],
    *,
    spell: Mapping[str, str],
    width: int,
) -> tuple[ConfigProperty, ...]:
    """Return the properties of a space's composites.

    Args:
        space: The space.
        names: The names of the module.
        hidden: The names of fields and properties, which are in the way of annotations.
        place: How expressions are written, given how variables are.
        spell: How the module writes its words.
        width: Column that no line should cross.
    """
    nullable = frozenset(variable.name for variable in space.variables if domains.unset(variable))

    def spelled(name: str) -> str:
        text = f"of.{identifier(name)}"
        return f"(None if {text} is {spell['spaces']}.UNSET else {text})" if name in nullable else text

    found: list[ConfigProperty] = []
    for composite in space.composites:
        here = place(spelled)
        kind = names(composite.type, hidden)
        lines = [f"of = {spell['functions']}.known(self)"] if composite.depends else []
        absent = ""
        if composite.active is not None:
            absent = " | None"
            condition = expressions.python(expressions.opposite(composite.active), here)
            lines += [f"if {condition}:", "    return None"]
        first, *rest = computed(here, composite, spell, width - _BODY - len("return "))
        lines += [f"return {first}", *rest]
        doc = composite.description or f"Computed: {said(composite.value, space)}."
        head = f"{identifier(composite.name)}(self) -> {kind}{absent}"
        found.append(ConfigProperty(head, docstring(doc, width - _BODY), tuple(lines)))
    return tuple(found)
