"""Calls in expressions: which function, and whether it is given what fits in number and form.

text.strip()     ->   help: write `strip(text)`
len(one, two)    ->   `len` takes 1 argument, and this has 2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import counted, listed, nearest, sure
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS, WITH_MORE, chosen

if TYPE_CHECKING:
    from mlsig_compiler.resolve.expressions import Names

# What other languages, and people in a hurry, call some of the functions.
ALSO_CALLED: Final = {
    "length": "len",
    "size": "len",
    "count": "len",
    "average": "mean",
    "avg": "mean",
    "ln": "log",
    "trim": "strip",
    "lowercase": "lower",
    "casefold": "lower",
    "toLowerCase": "lower",
    "uppercase": "upper",
    "toUpperCase": "upper",
    "startsWith": "startswith",
    "endsWith": "endswith",
    "includes": "contains",
    "has": "contains",
    "sort": "sorted",
    "distinct": "unique",
    "some": "any",
    "every": "all",
}
PATTERNS: Final = frozenset({"match", "search", "fullmatch", "regex", "test", "findall"})
CONVERSIONS: Final = frozenset({"int", "float", "str", "bool", "list", "dict", "set", "tuple"})


def function(node: syntax.Apply, names: Names, scope: Scope) -> str:
    """Return the name of the function that is called.

    Raises:
        Skip: It is none, which has been reported.
    """
    called = node.function
    if isinstance(called, syntax.Reference):
        name = called.path[0]
        if not names.has(name) and (name in FUNCTIONS or name in OVER_ITEMS):
            return name
        _no_function(name, called, names, scope)
    elif isinstance(called, syntax.Attribute):
        _method(node, called, names, scope)
    else:
        scope.report("MLS0464", called.span, "only functions can be called", help=_all_functions())
    raise Skip


def _no_function(name: str, called: syntax.Reference, names: Names, scope: Scope) -> None:
    kind = scope.kind(name)
    message, more = f"there is no function `{name}`", {"help": _all_functions()}
    if name == "python":
        message = "an expression makes no calls into Python"
        more = {"help": "a tool, a metric, a hook or a whole `transform` can be written in Python"}
    elif names.has(name):
        message = f"`{name}` is a value, and only functions can be called"
        if name in FUNCTIONS:
            more = {"help": f"the function `{name}` cannot be reached where something else has its name"}
    elif kind is not None:
        message = f"`{name}` is {article(kind)}, and an expression calls only functions of the language"
        where = scope.where(name)
        steps = "a step of a pipeline calls it: `result = {}(…)`"
        callable_ = kind in ("tool", "program", "signature", "pipeline")
        scope.report(
            "MLS0464",
            called.span,
            message,
            labels=(Label(where, "declared here"),) if where else (),
            help=steps.format(name) if callable_ else "",
        )
        return
    elif scope.unknowable(name):
        return
    else:
        more = _meant(name, called, called.span)
    scope.report("MLS0464", called.span, message, **more)


def _meant(name: str, called: syntax.Expr, span: Any) -> dict[str, Any]:
    """Say which function was probably meant."""
    meant = ALSO_CALLED.get(name)
    if meant:
        return {"help": f"the function is called `{meant}`", "fix": replacing(span, meant)}
    del called
    if name in PATTERNS:
        return {"help": "write `matches(text, pattern)`"}
    if name in CONVERSIONS:
        return {"help": "values are not converted: compare and combine what is of one type"}
    meant = nearest(name, [*FUNCTIONS, *OVER_ITEMS])
    if meant:
        fix = replacing(span, meant) if sure(name, [*FUNCTIONS, *OVER_ITEMS]) else None
        return {"help": f"did you mean `{meant}`?", "fix": fix}
    return {"help": _all_functions()}


def _all_functions() -> str:
    return f"there are {listed([*FUNCTIONS, *OVER_ITEMS], most=40)}"


def _method(node: syntax.Apply, called: syntax.Attribute, names: Names, scope: Scope) -> None:
    """Report `x.f(…)`, and say what it would be as a function."""
    owner, name = called.operand, called.name.text
    known = name if name in FUNCTIONS else ALSO_CALLED.get(name, "")
    given = [_written(argument, scope) for argument in node.arguments]
    outside = isinstance(owner, syntax.Reference) and not names.has(owner.path[0])
    more: dict[str, Any] = {}
    if known in FUNCTIONS:
        values = given if outside else [_written(owner, scope), *given]
        if known == "join" and not outside:
            values = [*given, _written(owner, scope)]
        text = f"{known}({', '.join(values)})"
        wanted = chosen(known, len(values)).fewest
        fits = len(values) >= wanted and "\n" not in text and len(text) <= 60
        more = {"help": f"write `{text}`", "fix": replacing(node.span, text)} if fits else {}
        more = more or {"help": f"write `{FUNCTIONS[known].usage}`"}
    elif name in PATTERNS:
        more = {"help": "write `matches(text, pattern)`"}
    elif name == "get":
        more = {"help": "an entry of a map is written `map[key]`, and whether it is there, `key in map`"}
    message = f"values have no methods, such as `{name}`"
    if outside:
        message = f"an expression calls only functions of the language, and not `{_written(called, scope)}`"
    span = node.span if "fix" in more else called.span
    scope.report("MLS0464", span, message, **more)


def _written(node: syntax.Expr | syntax.Given, scope: Scope) -> str:
    value = node.value if isinstance(node, syntax.Given) else node
    return scope.source.text[value.span.start : value.span.end]


def only_each(node: syntax.Apply, name: str, scope: Scope) -> syntax.Each:
    """Return what `any` or `all` goes through.

    Raises:
        Skip: It is called otherwise, which has been reported.
    """
    values = [
        argument.value if isinstance(argument, syntax.Given) else argument for argument in node.arguments
    ]
    if len(values) == 1 and isinstance(values[0], syntax.Each):
        return values[0]
    help = f"for example `{name}(x > 0 for x in items)`"
    scope.report("MLS0465", node.span, f"`{name}` needs `… for x in items` in its parentheses", help=help)
    raise Skip


def arguments(node: syntax.Apply, name: str, scope: Scope) -> tuple[syntax.Expr, ...]:
    """Return the arguments of a function, whose number and form are right.

    Raises:
        Skip: They are not, which has been reported.
    """
    wanted = chosen(name, len(node.arguments))
    found: list[syntax.Expr] = []
    for argument in node.arguments:
        if isinstance(argument, syntax.Each):
            misplaced(argument, scope)
            raise Skip
        if argument.name is not None:
            help = f"write `{wanted.usage}`"
            message = "the arguments of a function have no names"
            scope.report("MLS0465", argument.name.span, message, help=help)
            raise Skip
        if isinstance(argument.value, syntax.Each):
            misplaced(argument.value, scope)
            raise Skip
        found.append(argument.value)
    most = len(found) if wanted.more else len(wanted.parameters)
    if wanted.fewest <= len(found) <= most:
        return tuple(found)
    fewest = FUNCTIONS[name].fewest
    takes = counted(fewest, "argument") if fewest == most else f"{fewest} or {most} arguments"
    if name in WITH_MORE and name != "round":
        takes = "a list, or several numbers"
    help = f"write `{FUNCTIONS[name].usage}`"
    scope.report(
        "MLS0465", node.span, f"`{name}` takes {takes}, and this has {len(found) or 'none'}", help=help
    )
    raise Skip


def misplaced(node: syntax.Each, scope: Scope) -> None:
    """Report `… for x in items` that is not the argument of `any` or `all`."""
    help = "for example `all(len(x) > 0 for x in items)`"
    scope.report("MLS0465", node.span, "`for` stands only in `any(…)` and `all(…)`", help=help)
