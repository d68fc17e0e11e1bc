"""The arguments of a call: each for a parameter, by name, and of its type.

    search(query=plan.query, k=3)   ->   {"query": Attribute(…), "k": Constant(3)}

What is written out is checked as a value is, with every constraint; anything else by what it can be.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Edit, Fix, Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve import values
from mlsig_compiler.resolve.pipelines import fitting, outcomes
from mlsig_compiler.resolve.pipelines.callees import Callee
from mlsig_compiler.resolve.pipelines.visible import Visible
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span


def read(node: syntax.Apply, callee: Callee, visible: Visible) -> dict[str, model.Expr]:
    """Return the arguments of a call by the names of their parameters.

    Raises:
        Skip: One of them is wrong or missing, which has been reported.
    """
    given = _matched(node, callee, visible.scope)
    found: dict[str, model.Expr] = {}
    failed = given.failed
    for parameter, value in given.pairs:
        try:
            expr = _argument(value, parameter, callee, visible)
        except Skip:
            failed = True
            continue
        if parameter is not None:
            found[parameter.name] = expr
    if failed:
        raise Skip
    return found


class _Given(NamedTuple):
    """The arguments of a call, each with the parameter that it is for, or None where that is unknown."""

    pairs: list[tuple[model.Field | None, syntax.Expr]]
    failed: bool


def _matched(node: syntax.Apply, callee: Callee, scope: Scope) -> _Given:
    """Match arguments with parameters, and report those that do not match."""
    known = {parameter.name: parameter for parameter in callee.parameters}
    names = {name.text for argument in node.arguments if (name := _name_of(argument)) is not None}
    left = [parameter for parameter in callee.parameters if parameter.name not in names]
    first: dict[str, Span] = {}
    pairs: list[tuple[model.Field | None, syntax.Expr]] = []
    meant: set[str] = set()
    bare: list[syntax.Expr] = []
    failed = False
    for argument in node.arguments:
        name = _name_of(argument)
        value = argument if isinstance(argument, syntax.Each) else argument.value
        if name is None:
            bare.append(value)
            continue
        if name.text in first:
            scope.twice(name, first[name.text], f"argument `{name.text}`")
            failed = True
            continue
        first[name.text] = name.span
        pairs.append((known.get(name.text), value))
        if name.text not in known:
            failed = True
            if not callee.open:
                meant.add(_unknown(name, callee, left, scope))
    for index, value in enumerate(bare):
        # Python would give them to the parameters in their order.
        likely = left[index] if len(bare) <= len(left) else None
        _positional(value, likely, callee, scope)
        if not isinstance(value, syntax.Each):
            pairs.append((likely, value))
    missing = [p for p in left if isinstance(p.default, model.Missing) and p.name not in meant]
    strange = len(names - known.keys())
    # One that is unknown and one that is missing are one mistake.
    if missing and not bare and not (strange and callee.open) and not (strange == len(missing) == 1):
        _missing(node, missing, callee, scope)
    return _Given(pairs, failed or bool(bare) or bool(missing))


def _name_of(argument: syntax.Given | syntax.Each) -> syntax.Name | None:
    return argument.name if isinstance(argument, syntax.Given) else None


def _argument(
    value: syntax.Expr, parameter: model.Field | None, callee: Callee, visible: Visible
) -> model.Expr:
    scope = visible.scope
    if parameter is not None:
        _bare_member(value, parameter, visible)
    expr = visible.read(value)
    if parameter is None:
        visible.typing.of(expr, visible.facts)
        return expr
    written_out = _as_value(value)
    if written_out is not None:
        values.read(written_out, parameter.type, scope)
        return expr
    labels = scope.labels(parameter.span if callee.own else None, "declared here")
    what = f"`{parameter.name}` of {callee.kind} `{callee.name}`"
    taker = fitting.Taker(what, f"{what} is", parameter.type, labels)
    fitting.check(fitting.offered(expr, visible), taker, scope)
    return expr


def _as_value(node: syntax.Expr) -> syntax.Value | None:
    """Return an expression as a value, if it is one that is written out."""
    match node:
        case syntax.Literal():
            return node
        case syntax.ListOf(items, span):
            found = [_as_value(item) for item in items]
            whole = tuple(item for item in found if item is not None)
            return syntax.ListValue(whole, span) if len(whole) == len(items) else None
        case _:
            return None


def _bare_member(value: syntax.Expr, parameter: model.Field, visible: Visible) -> None:
    """Report the member of an enum without its enum: in a step, a bare name is a parameter or a step.

    Raises:
        Skip: It is one.
    """
    scope = visible.scope
    type_ = parameter.type.type if isinstance(parameter.type, model.OptionalType) else parameter.type
    if not isinstance(type_, model.EnumType) or not isinstance(value, syntax.Reference):
        return
    name = value.path[0]
    if name in visible.sorts or name in visible.names.poisoned or name in visible.later:
        return
    if name not in {member.name for member in scope.enum(type_).members}:
        return
    message = f"there is no parameter or step `{name}` here"
    local = [
        known for known in scope.names("enum") if outcomes.place(known, scope) == (type_.module, type_.name)
    ]
    if local:
        help, fix = f"write `{local[0]}.{name}`", replacing(value.span, f"{local[0]}.{name}")
    else:
        help, fix = f"write `{type_.name}.{name}`, and import `{type_.name}` from `{type_.module}`", None
    scope.report("MLS0302", value.span, message, help=help, fix=fix)
    raise Skip


def _positional(value: syntax.Expr, likely: model.Field | None, callee: Callee, scope: Scope) -> None:
    help, fix = "", None
    if likely is not None:
        start = value.span.start
        help = f"write `{likely.name}={scope.written(value.span)}`"
        fix = Fix("", (Edit(Span(start, start), f"{likely.name}="),))
    elif callee.parameters:
        help = f"it takes {listed(parameter.name for parameter in callee.parameters)}"
    elif not callee.open:
        help = f"{callee.kind} `{callee.name}` takes no arguments"
    scope.report(
        "MLS0620", value.span, "an argument is given by the name of its parameter", help=help, fix=fix
    )


def _unknown(name: syntax.Name, callee: Callee, left: list[model.Field], scope: Scope) -> str:
    """Report an argument without a parameter; return the name that was probably meant."""
    free = {parameter.name: parameter for parameter in left}
    meant = nearest(name.text, free)
    more: dict[str, Any] = {"help": "it takes no arguments"}
    if meant:
        more["help"] = f"did you mean `{meant}`?"
        more["fix"] = replacing(name.span, meant) if sure(name.text, free) else None
        more["labels"] = scope.labels(free[meant].span if callee.own else None, "this parameter")
    elif callee.parameters:
        more["help"] = f"it takes {listed(parameter.name for parameter in callee.parameters)}"
    message = f"{callee.kind} `{callee.name}` takes no `{name.text}`"
    scope.report("MLS0621", name.span, message, **more)
    return meant or ""


def _missing(node: syntax.Apply, missing: list[model.Field], callee: Callee, scope: Scope) -> None:
    labels: tuple[Label, ...] = ()
    if callee.own:
        labels = tuple(Label(parameter.span, "declared here, without a default") for parameter in missing[:3])
    message = f"{callee.kind} `{callee.name}` needs {listed(parameter.name for parameter in missing)}"
    written = ", ".join(f"{parameter.name}=…" for parameter in missing)
    help = f"write `{callee.name}({written})`" if not node.arguments else f"add `{written}`"
    scope.report("MLS0622", node.function.span, message, labels=labels, help=help)
