"""`model(provider)`: the models of the chosen provider, one branch for each provider.

provider in {a, b}   ->   when provider == a: models of a; when provider == b: models of b

An arm narrows them by name, `when cheap: ("small")`; it does not apply to a provider that has none of the
models it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import correction, nearest, sure
from mlsig_compiler.resolve import expressions
from mlsig_compiler.resolve.expressions import Names
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import domains
from mlsig_compiler.resolve.spaces.drafts import Draft, arguments_of
from mlsig_compiler.resolve.spaces.groups import joined
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm as it is written: which of the models it leaves."""

    condition: model.Expr | None
    domain: model.OptionsDomain
    default: str | None
    node: syntax.Branch


def read(node: syntax.Variable, drafts: Mapping[str, Draft], names: Names, scope: Scope) -> model.Variable:
    """Return a `model` variable.

    Raises:
        Skip: It is wrong, which has been reported, or its provider is.
    """
    chooser = _chooser(node, drafts, names, scope)
    wanted = _default(node.default, scope)
    span = node.type.span
    known = chooser.serves(scope)
    served = {name: _models(known.get(name), span, scope) for name in chooser.options()}
    every = tuple(dict.fromkeys(known for models in served.values() for known in models))
    arms = _arms(node, every, names, scope)
    branches = [*_narrowed(chooser.name, served, arms, wanted, scope)]
    if len(served) > 1:
        closed = {
            name for arm in arms if arm.condition is None for name in served if _left(arm, served[name])
        }
        rest = {name: models for name, models in served.items() if name not in closed}
        for made in whole(chooser.name, rest, wanted, span):
            scope.origins.put(made, syntax.Branch(None, (), None, span))
            branches.append(made)
    default = wanted
    if wanted in (None, *every):
        default = (
            _first(served[chooser.provider(scope)], wanted) if chooser.provider(scope) in served else every[0]
        )
    depends: dict[str, None] = {}
    for branch in branches:
        depends.update(dict.fromkeys(expressions.variables_in(branch.condition)))
    return model.Variable(
        name=node.name.text,
        kind="model",
        domain=model.OptionsDomain(options=every),
        default=default,
        branches=tuple(branches),
        depends=tuple(depends),
        description=node.description.text if node.description else "",
        span=node.name.span,
    )


def whole(
    chooser: str, served: Mapping[str, tuple[str, ...]], wanted: model.Scalar, span: Span
) -> list[model.Branch]:
    """Return one branch for each provider, with all its models."""
    return [
        model.Branch(
            condition=_chosen(chooser, name, span),
            domain=model.OptionsDomain(options=models),
            default=_first(models, wanted),
            text=f"{chooser} == {name}",
            span=span,
        )
        for name, models in served.items()
    ]


def chooser_of(variable: model.Variable) -> tuple[str, tuple[str, ...]] | None:
    """Return the variable whose providers alone decide what a `model` can be, and these providers."""
    found: dict[str, list[str]] = {}
    for branch in variable.branches:
        match branch.condition:
            case model.Comparison(
                model.VariableRef(name, _), (("==", model.Constant(str() as value, _)),), _
            ):
                found.setdefault(name, []).append(value)
            case _:
                return None
    if len(found) != 1:
        return None
    name, values = next(iter(found.items()))
    return name, tuple(values)


def fitted(variable: model.Variable, chooser: Draft | None, scope: Scope) -> model.Variable:
    """Return an inherited `model` variable with the models of the providers that can be chosen here.

    A space that overrides `provider` means the models of its own providers. Arms that say more than which
    provider is chosen stay as they are.
    """
    said = chooser_of(variable)
    if (
        chooser is None
        or said is None
        or chooser.kind != "provider"
        or set(said[1]) == set(chooser.options())
    ):
        return variable
    was = {name: branch.default for name, branch in zip(said[1], variable.branches, strict=True)}
    known = chooser.serves(scope)
    served = {name: _models(known.get(name), chooser.span, scope) for name in chooser.options()}
    every = tuple(dict.fromkeys(known for models in served.values() for known in models))
    return replace(
        variable,
        domain=model.OptionsDomain(options=every),
        default=_first(served.get(chooser.provider(scope), every), was.get(chooser.provider(scope))),
        branches=tuple(
            branch
            for name, models in served.items()
            for branch in whole(chooser.name, {name: models}, was.get(name), variable.span)
        ),
    )


def _chosen(chooser: str, provider: str, span: Span) -> model.Comparison:
    return model.Comparison(model.VariableRef(chooser, span), (("==", model.Constant(provider, span)),), span)


def _first(models: tuple[str, ...], wanted: model.Scalar) -> str:
    return wanted if isinstance(wanted, str) and wanted in models else models[0]


def _default(node: syntax.Value | None, scope: Scope) -> str | None:
    if node is None:
        return None
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        return node.value
    fix = replacing(node.span, f'"{node.path[0]}"') if isinstance(node, syntax.Reference) else None
    message = "the default of a `model` is the name of a model, a string"
    scope.report("MLS0504", node.span, message, fix=fix)
    raise Skip


def _models(known: model.Provider | None, span: Span, scope: Scope) -> tuple[str, ...]:
    if known is None:  # declared in a module that could not be understood
        raise Skip
    if not known.models:
        labels = (Label(known.span, "declared here"),) if scope.origins.knows(known) else ()
        help = f'add `model "…" {{ … }}` to provider `{known.name}`'
        scope.report("MLS0609", span, f"provider `{known.name}` has no models", labels=labels, help=help)
        raise Skip
    return tuple(one.name for one in known.models)


# Arms


def _arms(node: syntax.Variable, every: tuple[str, ...], names: Names, scope: Scope) -> list[Arm]:
    found: list[Arm] = []
    wrong = False
    for arm in node.branches:
        try:
            found.append(_arm(arm, every, names, scope))
        except Skip:
            wrong = True
    if wrong:
        raise Skip
    return found


def _arm(arm: syntax.Branch, every: tuple[str, ...], names: Names, scope: Scope) -> Arm:
    condition = expressions.read(arm.condition, names, scope) if arm.condition else None
    domain = domains.read("model", arm.arguments, arm.span, scope)
    assert isinstance(domain, model.OptionsDomain)  # noqa: S101  # the only domain of a `model`
    unknown = False
    for _, value in arm.arguments:
        if not isinstance(value, syntax.Literal) or value.value in every:
            continue
        unknown = True
        meant = nearest(str(value.value), every)
        help = f"did you mean `{meant}`?" if meant else ""
        fix = replacing(value.span, f'"{meant}"') if sure(str(value.value), every) else None
        message = f"no provider that can be chosen here has a model `{value.value}`"
        scope.report("MLS0506", value.span, message, help=help, fix=fix)
    if unknown:
        raise Skip
    return Arm(condition, domain, _default(arm.default, scope), arm)


def _narrowed(
    chooser: str, served: Mapping[str, tuple[str, ...]], arms: list[Arm], wanted: str | None, scope: Scope
) -> Iterator[model.Branch]:
    """Yield the branches of the arms: one for each provider that has one of an arm's models."""
    for arm in arms:
        for name, models in served.items():
            left = _left(arm, models)
            if not left:
                continue
            condition, text = arm.condition, _text(arm, scope)
            if len(served) > 1:
                condition = joined(condition, _chosen(chooser, name, arm.node.span))
                text = f"{text} and {chooser} == {name}" if arm.condition else f"{chooser} == {name}"
            default = arm.default if arm.default is not None else wanted
            if arm.default is not None and arm.default not in arm.domain.options:
                shown: str = arm.default  # refused by the check of defaults, where it is written
            else:
                shown = _first(left, default)
            made = model.Branch(
                condition=condition,
                domain=model.OptionsDomain(options=left, weights=_weights(arm.domain, left)),
                default=shown,
                text=text,
                span=arm.node.span,
            )
            scope.origins.put(made, arm.node)
            yield made


def _left(arm: Arm, models: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of a provider's models an arm leaves, in the arm's order."""
    return tuple(str(option) for option in arm.domain.options if option in models)


def _weights(domain: model.OptionsDomain, left: tuple[str, ...]) -> tuple[float, ...] | None:
    if domain.weights is None:
        return None
    shares = dict(zip(domain.options, domain.weights, strict=True))
    found = tuple(shares[name] for name in left)
    return found if sum(found) > 0 else None


def _text(arm: Arm, scope: Scope) -> str:
    if arm.condition is None or arm.node.condition is None:
        return "else"
    text = scope.written(arm.node.condition.span)
    loose = isinstance(arm.condition, model.Conditional) or (
        isinstance(arm.condition, model.BoolOp) and arm.condition.op == "or"
    )
    return f"({text})" if loose else text


def _chooser(node: syntax.Variable, drafts: Mapping[str, Draft], names: Names, scope: Scope) -> Draft:
    """Return the provider variable that `model(provider)` names."""
    arguments = arguments_of(node)
    value = arguments[0].value if len(arguments) == 1 and arguments[0].name is None else None
    if not isinstance(value, syntax.Reference) or len(value.path) != 1:
        help = "write `model(provider)`, where `provider` is a variable of this space"
        message = "`model` needs the variable that chooses the provider"
        scope.report("MLS0502", node.type.span, message, help=help)
        raise Skip
    name = value.path[0]
    draft = drafts.get(name)
    if draft is not None and draft.kind == "provider":
        return draft
    if name in names.poisoned or names.open:
        raise Skip
    if draft is not None:
        scope.report("MLS0502", value.span, f"`{name}` is not a variable of the kind `provider`")
        raise Skip
    providers = [draft.name for draft in drafts.values() if draft.kind == "provider"]
    lead = correction(name, value.span, providers, f"declare `var {name}: provider(…)`")
    scope.report("MLS0302", value.span, f"there is no variable `{name}` here", **lead)
    raise Skip
