"""`model(provider)`: the models of the chosen provider, one branch for each provider.

provider in {a, b}   ->   when provider == a: models of a; when provider == b: models of b
"""

from __future__ import annotations

from collections.abc import Mapping

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve.drafts import Draft, arguments_of
from mlsig_compiler.resolve.expressions import Names
from mlsig_compiler.resolve.scope import Scope, Skip


def read(node: syntax.Variable, drafts: Mapping[str, Draft], names: Names, scope: Scope) -> model.Variable:
    """Return a `model` variable.

    Raises:
        Skip: It is wrong, which has been reported, or its provider is.
    """
    chooser = _chooser(node, drafts, names, scope)
    if node.branches:
        scope.report("MLS0190", node.branches[0].span, "`when` on a `model` variable is not supported yet")
        raise Skip
    wanted = _default(node, scope)
    branches = [_branch(node, chooser, name, wanted, scope) for name in chooser.options()]
    every = tuple(dict.fromkeys(known for branch in branches for known in _models(branch)))
    first = next(
        (b.default for b in branches if b.text == f"{chooser.name} == {chooser.default()}"), every[0]
    )
    varies = len(branches) > 1
    return model.Variable(
        name=node.name.text,
        kind="model",
        domain=model.OptionsDomain(options=every),
        default=first if wanted in (None, *every) else wanted,
        branches=tuple(branches) if varies else (),
        depends=(chooser.name,) if varies else (),
        description=node.description.text if node.description else "",
        span=node.name.span,
    )


def _default(node: syntax.Variable, scope: Scope) -> str | None:
    if node.default is None:
        return None
    if isinstance(node.default, syntax.Literal) and isinstance(node.default.value, str):
        return node.default.value
    scope.report("MLS0504", node.default.span, "the default of a `model` is the name of a model, a string")
    raise Skip


def _branch(
    node: syntax.Variable, chooser: Draft, name: str, wanted: str | None, scope: Scope
) -> model.Branch:
    provider = scope.providers[name]
    models = tuple(known.name for known in provider.models)
    span = node.type.span
    if not models:
        labels = (Label(provider.span, "declared here"),)
        help = f'add `model "…" {{ … }}` to provider `{name}`'
        scope.report("MLS0609", span, f"provider `{name}` has no models", labels=labels, help=help)
        raise Skip
    condition = model.Comparison(
        model.VariableRef(chooser.name, span), (("==", model.Constant(name, span)),), span
    )
    made = model.Branch(
        condition=condition,
        domain=model.OptionsDomain(options=models),
        default=wanted if wanted in models else models[0],
        text=f"{chooser.name} == {name}",
        span=span,
    )
    scope.origins.put(made, syntax.Branch(None, (), None, span))
    return made


def _models(branch: model.Branch) -> tuple[model.Scalar, ...]:
    return branch.domain.options if isinstance(branch.domain, model.OptionsDomain) else ()


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
    help = suggestion(name, providers) or f"declare `var {name}: provider(…)`"
    scope.report("MLS0302", value.span, f"there is no variable `{name}` here", help=help)
    raise Skip
