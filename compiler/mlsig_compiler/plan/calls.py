"""Typed methods that take fields by name: `def __call__(self, *, query: str, k: int = 5) -> …:`.

Programs and tools are called this way. A default that callers could change is made anew in each call.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlsig_compiler.literals import identifier
from mlsig_compiler.model import Field, Missing, PythonRef
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Prefixed, Suffixed, call, lay
from mlsig_compiler.plan.names import Scope
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.plan.values import expression, shareable


def parameter(field: Field, types: Types, scope: Scope, indent: int = 8) -> Expression:
    """Return `name: type = default`; a default that callers could change is left out until the call."""
    head = f"{identifier(field.name)}: "
    kind = annotation(field.type, scope, bare=True)
    if isinstance(field.default, Missing):
        return Prefixed(head, kind)
    if not shareable(field.type, field.default):
        unset = f" | {scope('UnsetType')} = {scope('UNSET')}"
        return Prefixed(head, Suffixed(kind, unset))
    made = lay(expression(field.default, field.type, types, scope), indent)
    return Prefixed(head, Suffixed(kind, f" = {made}"))


def head(start: str, params: list[Expression], result: str, indent: int = 4) -> str:
    """Return the first lines of a method, from `def` to the colon, in a class that is indented that much."""
    line = f"{start}(self, *, {', '.join(lay(param, 0, -1000) for param in params)}){result}"
    if not params:
        return f"{start}(self){result}"
    if len(line) <= WIDTH - indent and "\n" not in line:
        return line
    inner = " " * (indent + 4)
    lines = [f"{inner}{lay(param, indent + 4, 0, 1)}," for param in params]
    return "\n".join([f"{start}(", f"{inner}self,", f"{inner}*,", *lines, f"{' ' * indent}){result}"])


def inputs(fields: Iterable[Field], record: str, types: Types, scope: Scope) -> Expression:
    """Return the record of the parameters, each under its name, left-out defaults made."""
    given: dict[str, Expression] = {}
    for field in fields:
        if isinstance(field.default, Missing) or shareable(field.type, field.default):
            given[field.name] = Atom(field.name)
            continue
        made = lay(expression(field.default, field.type, types, scope), 0, -1000)
        test = f"{scope('isinstance')}({field.name}, {scope('UnsetType')})"
        given[field.name] = Atom(f"{made} if {test} else {field.name}")
    return call(record, keywords=given)


def function_of(python: PythonRef, name: str) -> tuple[str, str]:
    """Return what to import for a function of the user's, and the function itself.

    It is called `name`; what is inside a class or an object is reached through that.
    """
    first, *rest = map(identifier, python.attribute.split("."))
    if rest or first == name:
        return first, ".".join((first, *rest))
    return f"{first} as {name}", name
