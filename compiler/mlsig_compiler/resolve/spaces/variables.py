"""Variables: kind, domain, default and branches.

    var t: float(0..2) = 0.7 { when style == "formal": (0..1) = 0.3 }

The members of a space, the variables at the top level of a file and the `tune` members of signatures and
schemas are read by the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.resolve import annotated, expressions
from mlsig_compiler.resolve.python import is_python
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import domains, membership, models, options
from mlsig_compiler.resolve.spaces.drafts import Draft, draft
from mlsig_compiler.resolve.spaces.order import Entry, reading


def drafted(nodes: Iterable[syntax.Variable], names: expressions.Names, scope: Scope) -> dict[str, Draft]:
    """Return the kinds and domains of variables, by name; those that have none are poisoned."""
    found: dict[str, Draft] = {}
    for node in nodes:
        try:
            found[node.name.text] = draft(node, scope)
        except Skip:
            names.poisoned.add(node.name.text)
    return found


def understood(entries: list[Entry], names: expressions.Names) -> list[Entry]:
    """Return the items without those that read, if only through others, one that is not among them."""
    readers: dict[str, list[str]] = {}
    for entry in entries:
        for name in entry.item.depends:
            readers.setdefault(name, []).append(entry.item.name)
    known = {entry.item.name for entry in entries}
    lost = [name for name in readers if name not in known]
    for name in lost:  # grows as it goes
        for reader in readers.get(name, ()):
            if reader in known:
                known.discard(reader)
                lost.append(reader)
    names.variables.difference_update(lost)
    names.poisoned.update(lost)
    return [entry for entry in entries if entry.item.name in known]


def variable(
    known: Draft,
    drafts: dict[str, Draft],
    names: expressions.Names,
    scope: Scope,
    *,
    place: str = "var",
    active: model.Expr | None = None,
) -> model.Variable:
    """Return a whole variable, which exists while `active` holds.

    Raises:
        Skip: It is wrong, which has been reported.
    """
    node = known.node
    assert node is not None  # noqa: S101  # what is inherited is whole
    hints = annotated.read(node.annotations, place, scope).hints
    _last_else(node, scope)
    if known.kind == "model":
        made = models.read(node, drafts, names, scope)
    else:
        made = model.Variable(
            name=known.name,
            kind=known.kind,
            domain=known.domain,
            default=_default(node.default, known, known.domain, scope),
            branches=tuple(_branches(known, node, names, scope)),
            description=node.description.text if node.description else "",
            span=node.name.span,
        )
    return placed(replace(made, active=active, hints=hints), node, scope)


def placed(made: model.Variable, node: syntax.Variable | None, scope: Scope) -> model.Variable:
    """Return a variable with the names that its conditions read, and keep the syntax that it came from."""
    depends: dict[str, None] = {}
    for expr in reading(made):
        depends.update(dict.fromkeys(expressions.variables_in(expr)))
    whole = replace(made, depends=tuple(depends))
    if node is not None:
        scope.origins.put(whole, node)
    return whole


def _default(node: syntax.Value | None, known: Draft, domain: model.Domain, scope: Scope) -> model.Scalar:
    """Return the default that is written, or the one that the domain implies."""
    kind = known.kind
    if node is None:
        return membership.default_of(domain)
    if kind == "module" and isinstance(node, syntax.Call) and is_python(node):
        return options.reference(node, scope)
    if kind in ("module", "provider"):
        if isinstance(node, syntax.Reference) and len(node.path) == 1:
            provider = scope.providers.get(node.path[0]) if kind == "provider" else None
            return provider.name if provider else node.path[0]
        bare = node.value if isinstance(node, syntax.Literal) and isinstance(node.value, str) else ""
        help = f"write `{bare}`, without quotes" if bare else ""
        fix = replacing(node.span, bare) if bare in known.options() else None
        message = f"the default of a `{kind}` is the name of an option"
        scope.report("MLS0504", node.span, message, help=help, fix=fix)
        raise Skip
    if not isinstance(node, syntax.Literal):
        quoted = isinstance(node, syntax.Reference) and kind == "choice"
        text = ".".join(node.path) if quoted and isinstance(node, syntax.Reference) else ""
        help = f'write "{text}", with quotes' if quoted else ""
        fix = replacing(node.span, f'"{text}"') if text in known.options() else None
        scope.report("MLS0504", node.span, f"this is not a value of `{kind}`", help=help, fix=fix)
        raise Skip
    if kind == "float" and type(node.value) is int:
        return float(node.value)
    return node.value


def _last_else(node: syntax.Variable, scope: Scope) -> None:
    for arm in node.branches[:-1]:
        if arm.condition is None:
            help = "nothing after it is ever tried"
            scope.report("MLS0507", arm.span, "`else` must be the last arm", help=help)


def _branches(
    known: Draft, node: syntax.Variable, names: expressions.Names, scope: Scope
) -> Iterator[model.Branch]:
    skipped = False
    for arm in node.branches:
        try:
            condition = expressions.read(arm.condition, names, scope) if arm.condition else None
            domain = domains.read(known.kind, arm.arguments, arm.span, scope, known.domain)
            default = _branch_default(arm, node, known, domain, scope)
        except Skip:
            skipped = True
            continue
        text = "else" if arm.condition is None else scope.written(arm.condition.span)
        made = model.Branch(condition=condition, domain=domain, default=default, text=text, span=arm.span)
        scope.origins.put(made, arm)
        yield made
    if skipped:
        raise Skip


def _branch_default(
    arm: syntax.Branch, node: syntax.Variable, known: Draft, domain: model.Domain, scope: Scope
) -> model.Scalar:
    """Return an arm's default: what it says, the variable's where that fits, or what the domain implies."""
    if arm.default is not None:
        return _default(arm.default, known, domain, scope)
    if node.default is not None:
        inherited = _default(node.default, known, domain, scope)
        if membership.contains(inherited, domain):
            return inherited
    return membership.default_of(domain)
