"""Checks and transforms as methods of generated classes, and as the entries of shapes that name them.

    check not_blank: len(text) > 0 "a passage needs text"

becomes

    def _check_not_blank(self) -> bool:
        "a passage needs text"
        return len(self.text) > 0

and `shapes.Check("not_blank", cls._check_not_blank, "a passage needs text")`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.literals import docstring, dotted, identifier
from mlsig_compiler.plan.layout import Atom, Expression, Text, call, lay
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.record_expressions import Fields
from mlsig_compiler.plan.types import Types, annotation

_TOKEN = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^ "])+')


@dataclass(frozen=True, slots=True)
class MethodUnit:
    """A method: what follows `def`, its docstring, and the lines of its body."""

    head: str
    doc: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The methods of a class's rules, and the entries of its shape."""

    methods: tuple[MethodUnit, ...] = ()
    transforms: tuple[Expression, ...] = ()
    checks: tuple[Expression, ...] = ()


NO_RULES: Final = Rules()


def plan_rules(
    name: str,
    fields: tuple[model.Field, ...],
    *,
    transforms: tuple[model.Transform, ...],
    checks: tuple[model.Check, ...],
    types: Types,
    names: Names,
    width: int,
) -> Rules:
    """Return the rules of a record called `name`."""
    scope = Scope(names, frozenset(field.name for field in fields))
    place = Fields(fields, lambda field: f"self.{field}", types, names)
    methods: list[MethodUnit] = []
    changes: list[Expression] = []
    for order, transform in enumerate(transforms, 1):
        method = f"_transform_{order}{f'_{identifier(transform.field)}' if transform.field else ''}"
        methods.append(_transform(method, name, transform, place, scope, width=width))
        changes.append(_change(method, transform, names))
    for check in checks:
        head = f"_check_{identifier(check.name)}(self) -> {scope('bool')}"
        methods.append(MethodUnit(head, told(check, width), held(check, place, width)))
    found = tuple(entry(check, "cls", names) for check in checks)
    return Rules(tuple(methods), tuple(changes), found)


def held(check: model.Check, place: Fields, width: int) -> tuple[str, ...]:
    """Return the body of a method that says whether a check holds."""
    return tuple(returned(place.condition(check.condition), width))


def entry(check: model.Check, owner: str, names: Names) -> Expression:
    """Return what a shape says of a check."""
    method = Atom(f"{owner}._check_{identifier(check.name)}")
    return call(f"{names('shapes')}.Check", Text(check.name), method, Text(said(check)))


def said(check: model.Check) -> str:
    """Return the message of a check, which is its condition where none is written."""
    return check.message or " ".join(check.text.split())


def returned(text: str, width: int, word: str = "return ") -> Iterator[str]:
    """Yield the lines of a statement that ends in an expression, cut where operators stand."""
    room = width - 8
    if len(word) + len(text) <= room:
        yield word + text
        return
    yield f"{word}("
    for part in _clauses(text):
        yield from _filled(part, room - 4)
    yield ")"


def told(check: model.Check, width: int) -> str:
    """Return the docstring of a check's method."""
    return docstring(check.message or f"Say whether `{check.name}` holds.", width - 8)


def _transform(
    method: str, owner: str, transform: model.Transform, place: Fields, scope: Scope, *, width: int
) -> MethodUnit:
    names = place.names
    if transform.field is None:
        kind, taken = f"{scope('object')}", "self"
        name = names.own(owner)
        mapping = f"{names('Mapping')}[{names('str')}, {names('object')}]"
        function = f"{names('Callable')}[[{name}], {name} | {mapping}]"
        doc = "Return the record that takes the place of this one."
    else:
        type_ = place.fields[transform.field].type
        kind = lay(annotation(type_, scope, bare=True), width=10_000)
        bare = lay(annotation(type_, scope.clear, bare=True), width=10_000)
        function = f"{names('Callable')}[[{bare}], {bare}]"
        taken = f"self.{identifier(transform.field)}"
        doc = f"Return the new `{transform.field}`."
    body: list[str] = []
    if isinstance(transform.value, model.PythonRef):
        module, attribute = dotted(transform.value.module), dotted(transform.value.attribute)
        body = [f"from {module} import {attribute} as _function", "", f"_change: {function} = _function"]
        body.append(f"return _change({taken})")
    elif transform.field is not None:
        text = place.python(transform.value, place.fields[transform.field].type)
        if place.untyped(text):
            body = [*returned(text, width, f"_new: {kind} = "), "return _new"]
        else:
            body = list(returned(text, width))
    return MethodUnit(f"{method}(self) -> {kind}", docstring(doc, width - 8), tuple(body))


def _change(method: str, transform: model.Transform, names: Names) -> Expression:
    value = transform.value
    outside = isinstance(value, model.PythonRef)
    text = (
        f"{value.module}:{value.attribute}"
        if isinstance(value, model.PythonRef)
        else f"transform {transform.field}"
    )
    more = {"python": Atom("True")} if outside else {}
    parts = (Text(transform.field or ""), Atom(f"cls.{method}"), Text(text))
    return call(f"{names('shapes')}.Transform", *parts, keywords=more)


def _clauses(text: str) -> list[str]:
    """Cut an expression before each `and` and `or` that stands in no brackets."""
    found: list[list[str]] = [[]]
    depth = 0
    for token in _TOKEN.findall(text):
        if depth == 0 and token in ("and", "or"):
            found.append([])
        found[-1].append(token)
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", token)
        depth += sum(bare.count(char) for char in "([{") - sum(bare.count(char) for char in ")]}")
    return [" ".join(tokens) for tokens in found if tokens]


def _filled(text: str, room: int) -> Iterator[str]:
    """Yield a clause in lines, each as long as there is room."""
    line, indent = "", "    "
    for token in _TOKEN.findall(text):
        if line and len(line) + 1 + len(token) > room - 4:
            yield indent + line
            line, indent = token, "        "
        else:
            line = f"{line} {token}" if line else token
    yield indent + line
