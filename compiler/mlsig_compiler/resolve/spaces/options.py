"""The options of a `bool`, `choice`, `module`, `provider` or `model` variable.

("formal", "casual", weights=[0.7, 0.3])  ->  OptionsDomain(("formal", "casual"), (0.7, 0.3))

The option of a provider is the name of its declaration, whatever an import calls it.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve.python import is_python, python_ref
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces.arguments import Said, wrong
from mlsig_compiler.source import Span

ADAPTERS: Final = ("Chat", "JSON", "Markdown", "XML")
REASONING: Final = (
    "Predict",
    "ChainOfThought",
    "ProgramOfThought",
    "ReAct",
    "BestOfN",
    "SelfConsistency",
)
MODULES: Final = (*ADAPTERS, *REASONING)

Option: TypeAlias = tuple[model.Scalar, Span]


def bools(said: Said, span: Span, scope: Scope, base: model.Domain | None) -> model.Domain:
    """Return the domain of a `bool`, or of an arm of one; see `options`."""
    if base is None and said.values:
        raise wrong(span, "`bool` takes no arguments", scope)
    if base is None:
        return model.OptionsDomain(options=(False, True))
    options = [_scalar_option("bool", node, scope) for node in said.values]
    if not options:
        raise wrong(span, "a branch needs options here, such as `(true)`", scope)
    return model.OptionsDomain(options=tuple(options))


def options(kind: str, said: Said, span: Span, scope: Scope) -> model.Domain:
    """Return the domain that options describe.

    Raises:
        Skip: There are none, or one is wrong, which has been reported.
    """
    options: list[model.Scalar] = []
    first: dict[model.Scalar, Span] = {}
    skipped = False
    for node in said.values:
        try:
            option = _scalar_option(kind, node, scope)
        except Skip:
            skipped = True
            continue
        if option in first:
            earlier = next(other for other in options if other == option)
            _same(kind, (option, node.span), (earlier, first[option]), scope)
            continue
        first[option] = node.span
        options.append(option)
    if skipped:
        raise Skip
    if not options:
        if kind == "provider" and scope.providers and not said.values:
            options.extend(_all_providers(span, scope))
        elif kind == "provider" and (scope.open or scope.poisoned):
            raise Skip
        else:
            raise wrong(span, f"`{kind}` needs at least one option", scope, help=_example(kind))
    return model.OptionsDomain(options=tuple(options), weights=_weights(said, len(said.values), scope))


def _same(kind: str, later: Option, earlier: Option, scope: Scope) -> None:
    """Report two options that are the same to Python: repeated, `1` and `true`, providers of one name."""
    (other, here), (one, there) = later, earlier
    labels = (Label(there, "first listed here"),)
    if kind == "provider" and scope.written(there) != scope.written(here):
        message = f"two providers are called `{one}`, so nothing could tell which was chosen"
        help = "a provider is known by the name of its declaration, whatever an import calls it"
        scope.report("MLS0610", here, message, labels=labels, help=help)
    elif type(one) is not type(other):
        message = f"Python cannot tell `{scope.written(here)}` from `{scope.written(there)}`"
        help = f'for example "{scope.written(here)}", a string'
        scope.report("MLS0515", here, message, labels=labels, help=help)
    else:
        scope.report("MLS0515", here, "this option is listed twice", labels=labels)


def _all_providers(span: Span, scope: Scope) -> list[str]:
    """Return every provider of the file, imported ones included, by their own names."""
    called: dict[str, str] = {}
    for local, provider in scope.providers.items():
        earlier = called.setdefault(provider.name, local)
        if earlier != local:
            message = f"two providers are called `{provider.name}`, so nothing could tell which was chosen"
            help = f"list those that are meant: `provider({earlier}, …)`"
            raise wrong(span, message, scope, "MLS0610", help=help)
    return list(called)


def _example(kind: str) -> str:
    return {
        "choice": 'for example `choice("terse", "friendly")`',
        "module": 'for example `module(Chat, JSON)`, or a class of yours: `python("package.module:Class")`',
        "provider": "declare a `provider` in this file, and name it here",
    }.get(kind, "")


def _scalar_option(kind: str, node: syntax.Value | syntax.Range, scope: Scope) -> model.Scalar:
    if isinstance(node, syntax.Literal) and kind == "choice":
        return node.value
    if isinstance(node, syntax.Literal) and kind == "bool" and type(node.value) is bool:
        return node.value
    if isinstance(node, syntax.Literal) and kind == "model" and isinstance(node.value, str):
        return node.value
    if kind == "module" and isinstance(node, syntax.Call) and is_python(node):
        return reference(node, scope)
    if not isinstance(node, syntax.Reference) or len(node.path) != 1 or kind in ("choice", "bool", "model"):
        raise _no_option(kind, node, scope)
    name = node.path[0]
    if kind == "module":
        _known_module(name, node.span, scope)
        return name
    if name not in scope.providers:
        scope.wrong_kind(name, node.span, "provider")
        raise Skip
    return scope.providers[name].name


def reference(node: syntax.Call, scope: Scope) -> str:
    """Return the option that a class of the user's is: `package.module:Class`.

    Raises:
        Skip: It names none, which has been reported.
    """
    found = python_ref(node, scope)
    if not found.module or not found.attribute:
        raise Skip
    return f"{found.module}:{found.attribute}"


OPTION_NEEDS: Final = {
    "choice": "a string, number, `true`, `false` or `null`",
    "bool": "`true` or `false`",
    "model": "the name of a model, a string",
}


def _no_option(kind: str, node: syntax.Value | syntax.Range, scope: Scope) -> Skip:
    """Report what cannot be an option of a kind: mostly quotes that are missing, or too many."""
    help, fix = "", None
    if isinstance(node, syntax.Reference) and kind in ("choice", "model"):
        text = f'"{".".join(node.path)}"'
        help, fix = f"write {text}, with quotes", replacing(node.span, text)
    elif isinstance(node, syntax.Literal) and isinstance(node.value, str) and node.value.isidentifier():
        help, fix = f"write `{node.value}`, without quotes", replacing(node.span, node.value)
    message = f"an option of `{kind}` is {OPTION_NEEDS.get(kind, 'a name')}"
    return wrong(node.span, message, scope, help=help, fix=fix)


def _known_module(name: str, span: Span, scope: Scope) -> None:
    if name in MODULES:
        return
    if name in scope.poisoned:
        raise Skip
    meant = nearest(name, MODULES)
    help = f"did you mean `{meant}`?" if meant else f"there are {listed(MODULES)}"
    fix = replacing(span, meant) if meant and sure(name, MODULES) else None
    raise wrong(span, f"there is no module `{name}`", scope, "MLS0513", help=help, fix=fix)


def _weights(said: Said, count: int, scope: Scope) -> tuple[float, ...] | None:
    if said.weights is None:
        return None
    found: list[float] = []
    for item in said.weights.items:
        value = item.value if isinstance(item, syntax.Literal) else None
        if type(value) not in (int, float) or float(value or 0) < 0:
            raise wrong(item.span, "a weight is a number, 0 or more", scope)
        found.append(float(value or 0))
    if len(found) != count:
        raise wrong(said.weights.span, f"there are {len(found)} weights for {count} options", scope)
    if not math.fsum(found) > 0:
        raise wrong(said.weights.span, "at least one weight must be greater than 0", scope)
    return tuple(found)
