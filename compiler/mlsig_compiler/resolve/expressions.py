"""Expressions over the variables of a space: names become variables, or options of them.

    provider == openai   ->   Comparison(VariableRef("provider"), (("==", Constant("openai")),))

A bare name is a variable if there is one, and otherwise the name of a provider or module option.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mlsig_compiler import model, syntax
from mlsig_compiler.nearest import nearest
from mlsig_compiler.resolve.scope import Scope, Skip

PYTHON_CONSTANTS: Final = {"True": "true", "False": "false", "None": "null"}


class Names:
    """What a bare name in an expression can be.

    `variables` are those declared and understood (fields, parameters and steps too), `poisoned` those declared
    only, `options` the provider and module options, `words` the strings of choices (to say that quotes are
    missing). An `open` place may have others. `what` is the word of messages. `called` gives an option its value
    where that is another word: a provider that is imported under another name.
    """

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.poisoned: set[str] = set()
        self.options: set[str] = set()
        self.words: set[str] = set()
        self.called: dict[str, str] = {}
        self.open = False
        self.what = "variable or option"

    @classmethod
    def of_fields(
        cls,
        fields: Iterable[str | model.Field],
        poisoned: Iterable[str] = (),
        *,
        what: str = "field",
        open: bool = False,
    ) -> Names:
        """Return the names of a record: its fields. `poisoned` are fields that could not be understood."""
        names = cls()
        names.variables.update(field if isinstance(field, str) else field.name for field in fields)
        names.poisoned.update(poisoned)
        names.what, names.open = what, open
        return names


def read(node: syntax.Expr, names: Names, scope: Scope) -> model.Expr:
    """Return the expression of the model.

    Raises:
        Skip: It has a part that is wrong or unsupported, which has been reported.
    """
    scope.enter(node.span)
    try:
        return _read(node, names, scope)
    finally:
        scope.leave()


def _read(node: syntax.Expr, names: Names, scope: Scope) -> model.Expr:
    match node:
        case syntax.Literal(value, span):
            return model.Constant(value, span)
        case syntax.Reference():
            return _name(node, names, scope)
        case syntax.Unary(op, operand, span):
            return model.Unary(op, read(operand, names, scope), span)
        case syntax.Binary(op, left, right, span):
            one, other = _all((left, right), names, scope)
            return model.Binary(op, one, other, span)
        case syntax.Comparison():
            return _comparison(node, names, scope)
        case syntax.BoolOp(op, operands, span):
            return model.BoolOp(op, _all(operands, names, scope), span)
        case syntax.ListOf(items, span):
            return model.ListOf(_all(items, names, scope), span)
        case _:
            scope.unsupported("this expression", node.span)
            raise Skip


def _comparison(node: syntax.Comparison, names: Names, scope: Scope) -> model.Comparison:
    start, *others = _all((node.first, *(operand for _, operand in node.rest)), names, scope)
    operators: list[syntax.Comparator] = [op for op, _ in node.rest]
    return model.Comparison(start, tuple(zip(operators, others, strict=True)), node.span)


def _all(nodes: tuple[syntax.Expr, ...], names: Names, scope: Scope) -> tuple[model.Expr, ...]:
    """Read several expressions, each of which may report something, before giving up on the whole."""
    found: list[model.Expr] = []
    for node in nodes:
        try:
            found.append(read(node, names, scope))
        except Skip:
            continue
    if len(found) < len(nodes):
        raise Skip
    return tuple(found)


def _name(node: syntax.Reference, names: Names, scope: Scope) -> model.Expr:
    name = node.path[0]
    if name in names.variables:
        return model.VariableRef(name, node.span)
    if name in names.poisoned or names.open or name in scope.poisoned:
        raise Skip
    if name in names.options:
        return model.Constant(names.called.get(name, name), node.span)
    scope.report(
        "MLS0302", node.span, f"there is no variable or option `{name}` here", help=_help(name, names)
    )
    raise Skip


def _help(name: str, names: Names) -> str:
    if name in names.words:
        return f'a choice is a string: write "{name}"'
    if name in PYTHON_CONSTANTS:
        return f"write `{PYTHON_CONSTANTS[name]}`"
    meant = nearest(name, sorted(names.variables | names.options))
    return f"did you mean `{meant}`?" if meant else ""


def variables_in(expr: model.Expr | None) -> dict[str, model.VariableRef]:
    """Return the variables that an expression reads, by name, each where it is first read."""
    found: dict[str, model.VariableRef] = {}
    for node in walk(expr) if expr else ():
        if isinstance(node, model.VariableRef):
            found.setdefault(node.name, node)
    return found


def walk(expr: model.Expr) -> list[model.Expr]:
    """Return an expression and all its parts, in the order in which they are written."""
    return [expr, *(inner for part in parts(expr) for inner in walk(part))]


def parts(expr: model.Expr) -> tuple[model.Expr, ...]:
    """Return the direct parts of an expression."""
    match expr:
        case model.Unary(_, operand, _):
            return (operand,)
        case model.Binary(_, left, right, _):
            return (left, right)
        case model.Comparison(first, rest, _):
            return (first, *(operand for _, operand in rest))
        case model.BoolOp(_, operands, _) | model.ListOf(operands, _):
            return operands
        case _:
            return ()
