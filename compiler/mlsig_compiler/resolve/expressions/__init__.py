"""Expressions, their names bound: what stands for a variable or a field, a member of an enum, an option.

    provider == openai              ->   Comparison(VariableRef("provider"), (("==", Constant("openai")),))
    verdict != Verdict.supported    ->   Comparison(VariableRef("verdict"), (("!=", Constant(EnumMember())),))

A bare name is a variable of its place if there is one, and otherwise the name of a provider or module option;
a member of an enum is written after its enum. What the values are is a question for `typecheck`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.expressions import apply, members
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.types import constraints
from mlsig_compiler.typecheck import Environment, Sorts
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS
from mlsig_compiler.walking import parts, variables_in, walk

__all__ = ["Names", "environment", "parts", "read", "variables_in", "walk"]


class Names:
    """What a bare name in an expression can be.

    `variables` are those declared and understood (fields, parameters and steps too), `poisoned` those
    declared only, `options` the provider and module options, `words` the strings of choices (to say that
    quotes are missing). An `open` place may have others. `what` is the word of messages. `called` gives an
    option its value where that is another word: a provider that is imported under another name. `bound` are
    those that the `any` and `all` around an expression go through, innermost last.
    """

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.poisoned: set[str] = set()
        self.options: set[str] = set()
        self.words: set[str] = set()
        self.called: dict[str, str] = {}
        self.bound: list[syntax.Name] = []
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

    def has(self, name: str) -> bool:
        """Say whether a name is a value here, understood or not."""
        return (
            name in self.variables
            or name in self.poisoned
            or name in self.options
            or any(name == bound.text for bound in self.bound)
        )

    def every(self) -> list[str]:
        """Return the names that were understood."""
        return [*sorted(self.variables | self.options), *(bound.text for bound in self.bound)]


def environment(
    names: Mapping[str, Sorts], scope: Scope, active: Mapping[str, model.Expr] | None = None
) -> Environment:
    """Return what typing needs: the sorts of the names of a place, and the types that `scope` knows."""
    return Environment(names, scope.fields, scope.enum, active or {}, scope.lenient)


def read(node: syntax.Expr, names: Names, scope: Scope) -> model.Expr:
    """Return the expression of the model.

    Raises:
        Skip: It has a part that is wrong, which has been reported.
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
        case syntax.Conditional(then, condition, otherwise, span):
            one, test, other = _all((then, condition, otherwise), names, scope)
            return model.Conditional(one, test, other, span)
        case syntax.ListOf(items, span):
            return model.ListOf(_all(items, names, scope), span)
        case syntax.Attribute():
            return _attribute(node, names, scope)
        case syntax.Index(operand, key, span):
            one, other = _all((operand, key), names, scope)
            return model.Index(one, other, span)
        case syntax.Apply():
            return _call(node, names, scope)
        case syntax.Each():
            apply.misplaced(node, scope)
            raise Skip


def _comparison(node: syntax.Comparison, names: Names, scope: Scope) -> model.Comparison:
    match node:  # `tools in model.supports`
        case syntax.Comparison(
            syntax.Reference((name,)) as first,
            ((("in" | "not in") as op, syntax.Attribute(name=syntax.Name("supports")) as right),),
        ) if not names.has(name):
            ability = members.ability(first, scope)
            return model.Comparison(ability, ((op, read(right, names, scope)),), node.span)
        case _:
            pass
    operands = (node.first, *(operand for _, operand in node.rest))
    if any(isinstance(each, syntax.Reference) and each.path[0] in names.poisoned for each in operands):
        # a bare name may be one of the options that are not known
        _all(tuple(each for each in operands if not isinstance(each, syntax.Reference)), names, scope)
        raise Skip
    start, *others = _all(operands, names, scope)
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
    if name in names.variables or any(name == bound.text for bound in names.bound):
        return model.VariableRef(name, node.span)
    if name in names.poisoned or names.open or name in scope.poisoned:
        raise Skip
    if name in names.options:
        return model.Constant(names.called.get(name, name), node.span)
    members.unknown(node, names, scope)
    raise Skip


def _attribute(node: syntax.Attribute, names: Names, scope: Scope) -> model.Expr:
    operand = node.operand
    if isinstance(operand, syntax.Reference) and not names.has(operand.path[0]):
        type_ = members.enum_named(operand.path[0], scope)
        if type_ is not None:
            return model.Constant(members.member(type_, node.name, scope), node.span)
    return model.Attribute(read(operand, names, scope), node.name.text, node.span)


def _call(node: syntax.Apply, names: Names, scope: Scope) -> model.Call:
    function = apply.function(node, names, scope)
    if function in OVER_ITEMS:
        each = apply.only_each(node, function, scope)
        return model.Call(function, (_each(each, names, scope),), node.span)
    nodes = apply.arguments(node, function, scope)
    arguments = _all(nodes, names, scope)
    for parameter, argument in zip(FUNCTIONS[function].parameters, nodes, strict=False):
        if parameter.takes == "pattern":
            _pattern(argument, scope)
    return model.Call(function, arguments, node.span)


def _pattern(node: syntax.Expr, scope: Scope) -> None:
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        constraints.pattern_of(node.value, node.span, scope)
    elif not isinstance(node, syntax.Literal):
        help = "only what is written out can be known to be a regular expression, and a quick one"
        scope.report("MLS0465", node.span, "a pattern is a string that is written out", help=help)


def _each(node: syntax.Each, names: Names, scope: Scope) -> model.Each:
    _shadow(node.variable, names, scope)
    found: dict[str, model.Expr] = {}
    failed = False
    try:
        found["items"] = read(node.items, names, scope)
    except Skip:
        failed = True
    names.bound.append(node.variable)
    given = {"element": node.element} | ({"condition": node.condition} if node.condition else {})
    for part, inner in given.items():
        try:
            found[part] = read(inner, names, scope)
        except Skip:
            failed = True
    names.bound.pop()
    if failed:
        raise Skip
    return model.Each(found["element"], node.variable.text, found["items"], found.get("condition"), node.span)


def _shadow(variable: syntax.Name, names: Names, scope: Scope) -> None:
    """Report a name that would hide another."""
    name = variable.text
    where = next((bound.span for bound in names.bound if bound.text == name), None) or scope.where(name)
    if not names.has(name) and where is None and name not in FUNCTIONS and name not in OVER_ITEMS:
        return
    labels = (Label(where, "the other one"),) if where else ()
    message = f"`{name}` is the name of something else here"
    help = "choose another name for what `for` goes through"
    scope.report("MLS0466", variable.span, message, labels=labels, help=help)
    raise Skip
