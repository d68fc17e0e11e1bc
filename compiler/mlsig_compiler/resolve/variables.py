"""Variables: kind, domain, default and branches.

    var t: float(0..2) = 0.7 { when style == "formal": (0..1) = 0.3 }

A space and the `tune` members of a signature are read by the same function.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import domains, expressions, membership, models, options
from mlsig_compiler.resolve.drafts import Draft, draft, unique
from mlsig_compiler.resolve.order import in_order
from mlsig_compiler.resolve.scope import Scope, Skip


def read(nodes: list[syntax.Variable], names: expressions.Names, scope: Scope) -> tuple[model.Variable, ...]:
    """Return variables in dependency order. `names` learns what the expressions of the space may mention."""
    drafts: dict[str, Draft] = {}
    for node in unique(nodes, scope):
        try:
            drafts[node.name.text] = draft(node, scope)
        except Skip:
            names.poisoned.add(node.name.text)
    names.variables.update(drafts)
    names.options.update(scope.providers, options.MODULES)
    for known in drafts.values():
        (names.options if known.kind in ("module", "provider") else names.words).update(known.options())
    found: list[model.Variable] = []
    for known in drafts.values():
        try:
            variable = _variable(known, drafts, names, scope)
        except Skip:
            names.variables.discard(known.name)
            names.poisoned.add(known.name)
            continue
        scope.origins.put(variable, known.node)
        found.append(variable)
    return in_order(_whole(found, names), scope)


def _whole(found: list[model.Variable], names: expressions.Names) -> list[model.Variable]:
    """Return the variables without those that read, if only through others, one that is poisoned."""
    readers: dict[str, list[str]] = {}
    for variable in found:
        for name in variable.depends:
            readers.setdefault(name, []).append(variable.name)
    known = {variable.name for variable in found}
    lost = [name for name in readers if name not in known]
    for name in lost:  # grows as it goes
        for reader in readers.get(name, ()):
            if reader in known:
                known.discard(reader)
                lost.append(reader)
    names.variables.difference_update(lost)
    names.poisoned.update(lost)
    return [variable for variable in found if variable.name in known]


def _variable(
    known: Draft, drafts: dict[str, Draft], names: expressions.Names, scope: Scope
) -> model.Variable:
    node = known.node
    if known.kind == "model":
        return models.read(node, drafts, names, scope)
    branches = tuple(_branches(known, names, scope))
    depends: dict[str, None] = {}
    for branch in branches:
        depends.update(dict.fromkeys(expressions.variables_in(branch.condition)))
    return model.Variable(
        name=known.name,
        kind=known.kind,
        domain=known.domain,
        default=_default(node.default, known.kind, known.domain, scope),
        branches=branches,
        depends=tuple(depends),
        description=node.description.text if node.description else "",
        span=node.name.span,
    )


def _default(
    node: syntax.Value | None, kind: model.VariableKind, domain: model.Domain, scope: Scope
) -> model.Scalar:
    """Return the default that is written, or the one that the domain implies."""
    if node is None:
        return membership.default_of(domain)
    if kind in ("module", "provider"):
        if isinstance(node, syntax.Reference) and len(node.path) == 1:
            return node.path[0]
        help = f"write `{node.value}`, without quotes" if isinstance(node, syntax.Literal) else ""
        scope.report("MLS0504", node.span, f"the default of a `{kind}` is the name of an option", help=help)
        raise Skip
    if not isinstance(node, syntax.Literal):
        quoted = isinstance(node, syntax.Reference) and kind in ("choice", "model")
        help = (
            f'write "{".".join(node.path)}", with quotes'
            if quoted and isinstance(node, syntax.Reference)
            else ""
        )
        scope.report("MLS0504", node.span, f"this is not a value of `{kind}`", help=help)
        raise Skip
    if kind == "float" and type(node.value) is int:
        return float(node.value)
    return node.value


def _branches(known: Draft, names: expressions.Names, scope: Scope) -> Iterator[model.Branch]:
    skipped = False
    arms = known.node.branches
    for index, arm in enumerate(arms):
        if arm.condition is None and index < len(arms) - 1:
            help = "nothing after it is ever tried"
            scope.report("MLS0507", arm.span, "`else` must be the last arm", help=help)
        try:
            condition = expressions.read(arm.condition, names, scope) if arm.condition else None
            domain = domains.read(known.kind, arm.arguments, arm.span, scope, known.domain)
            default = _branch_default(arm, known, domain, scope)
        except Skip:
            skipped = True
            continue
        text = "else" if arm.condition is None else scope.written(arm.condition.span)
        made = model.Branch(condition=condition, domain=domain, default=default, text=text, span=arm.span)
        scope.origins.put(made, arm)
        yield made
    if skipped:
        raise Skip


def _branch_default(arm: syntax.Branch, known: Draft, domain: model.Domain, scope: Scope) -> model.Scalar:
    """Return an arm's default: what it says, the variable's where that fits, or what the domain implies."""
    if arm.default is not None:
        return _default(arm.default, known.kind, domain, scope)
    if known.node.default is not None:
        inherited = _default(known.node.default, known.kind, domain, scope)
        if membership.contains(inherited, domain):
            return inherited
    return membership.default_of(domain)
