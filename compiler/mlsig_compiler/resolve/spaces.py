"""Spaces: their variables in dependency order, and their constraints.

    var a: int { when b == "x": (0..1) }  var b: choice("x")   ->   variables b, a; declared a, b

The `tune` members of a signature are read by the same functions.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve import domains, expressions
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span


def read(node: syntax.Space, scope: Scope) -> model.Space:
    """Return the space; what is wrong in it is reported and left out."""
    nodes = [member for member in node.members if isinstance(member, syntax.Variable)]
    names = expressions.Names()
    names.open = node.broken or node.head.extends is not None
    for member in node.members:
        if isinstance(member, syntax.Unsupported):
            scope.unsupported(member)
            names.poisoned.update(member.names)
            names.open = names.open or member.opens
    variables = read_variables(nodes, names, scope)
    constraints = _constraints(node, names, scope)
    description = node.head.description
    return model.Space(
        name=node.head.name.text,
        variables=variables,
        declared=tuple(variable.name.text for variable in nodes),
        constraints=constraints,
        description=description.text if description else "",
        span=node.head.name.span,
    )


def read_variables(
    nodes: list[syntax.Variable], names: expressions.Names, scope: Scope
) -> tuple[model.Variable, ...]:
    """Return variables in dependency order. `names` learns what the expressions of the space may mention."""
    kept = _unique(nodes, scope)
    found: dict[str, tuple[syntax.Variable, model.VariableKind, model.Domain]] = {}
    for node in kept:
        try:
            kind = _kind(node, scope)
            if kind != "model":
                found[node.name.text] = (
                    node,
                    kind,
                    domains.read(kind, _arguments(node), node.type.span, scope),
                )
            else:
                found[node.name.text] = (node, kind, _any_model(scope))
        except Skip:
            names.poisoned.add(node.name.text)
    names.variables.update(found)
    for _, kind, domain in found.values():
        if isinstance(domain, model.OptionsDomain):
            words = {option for option in domain.options if isinstance(option, str)}
            (names.options if kind in ("module", "provider") else names.words).update(words)
    names.options.update(scope.providers)
    variables: list[model.Variable] = []
    for node, kind, domain in found.values():
        try:
            variable = _variable(node, kind, domain, names, found, scope)
        except Skip:
            names.variables.discard(node.name.text)
            names.poisoned.add(node.name.text)
            continue
        scope.origins.put(variable, node)
        variables.append(variable)
    return _in_order(variables, scope)


def _unique(nodes: list[syntax.Variable], scope: Scope) -> list[syntax.Variable]:
    first: dict[str, syntax.Variable] = {}
    for node in nodes:
        earlier = first.setdefault(node.name.text, node)
        if earlier is not node:
            scope.twice(node.name, earlier.name.span, f"variable `{node.name.text}`")
    return list(first.values())


def _kind(node: syntax.Variable, scope: Scope) -> model.VariableKind:
    type_ = node.type
    if isinstance(type_, syntax.TypeName) and not type_.items:
        word = type_.name.text
        for kind in domains.KINDS:
            if word == kind:
                return kind
        help = suggestion(word, domains.KINDS) or 'for one of a few strings write `choice("a", "b")`'
        scope.report("MLS0501", type_.name.span, f"a variable cannot be of the kind `{word}`", help=help)
        raise Skip
    help = "write `choice(…)`" if isinstance(type_, syntax.UnionType | syntax.Literal) else ""
    scope.report("MLS0501", type_.span, "a variable cannot be of this type", help=help)
    raise Skip


def _arguments(node: syntax.Variable) -> tuple[syntax.Argument, ...]:
    return node.type.arguments if isinstance(node.type, syntax.TypeName) else ()


def _any_model(scope: Scope) -> model.Domain:
    names = dict.fromkeys(known.name for provider in scope.providers.values() for known in provider.models)
    return model.OptionsDomain(options=tuple(names))


def _variable(
    node: syntax.Variable,
    kind: model.VariableKind,
    domain: model.Domain,
    names: expressions.Names,
    found: dict[str, tuple[syntax.Variable, model.VariableKind, model.Domain]],
    scope: Scope,
) -> model.Variable:
    description = node.description.text if node.description else ""
    if kind == "model":
        return _model_variable(node, found, names, description, scope)
    branches = tuple(_branches(node, kind, domain, names, scope))
    depends: dict[str, None] = {}
    for branch in branches:
        depends.update(dict.fromkeys(expressions.variables_in(branch.condition)))
    return model.Variable(
        name=node.name.text,
        kind=kind,
        domain=domain,
        default=_default(node.default, kind, domain, scope),
        branches=branches,
        depends=tuple(depends),
        description=description,
        span=node.name.span,
    )


def _default(
    node: syntax.Value | None, kind: model.VariableKind, domain: model.Domain, scope: Scope
) -> model.Scalar:
    """Return the default that is written, or the one that the domain implies."""
    if node is None:
        return domains.default_of(domain)
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


def _branches(
    node: syntax.Variable,
    kind: model.VariableKind,
    base: model.Domain,
    names: expressions.Names,
    scope: Scope,
) -> Iterable[model.Branch]:
    skipped = False
    for index, branch in enumerate(node.branches):
        if branch.condition is None and index < len(node.branches) - 1:
            scope.report(
                "MLS0507", branch.span, "`else` must be the last arm", help="nothing after it is ever tried"
            )
        try:
            condition = expressions.read(branch.condition, names, scope) if branch.condition else None
            domain = domains.read(kind, branch.arguments, branch.span, scope, base)
            default = _branch_default(branch, node, kind, domain, scope)
        except Skip:
            skipped = True
            continue
        text = "else" if branch.condition is None else slice_of(branch.condition.span, scope)
        made = model.Branch(condition=condition, domain=domain, default=default, text=text, span=branch.span)
        scope.origins.put(made, branch)
        yield made
    if skipped:
        raise Skip


def _branch_default(
    branch: syntax.Branch, node: syntax.Variable, kind: model.VariableKind, domain: model.Domain, scope: Scope
) -> model.Scalar:
    """Return a branch's default: the one written, the variable's where it fits, or the one that the domain implies."""
    if branch.default is not None:
        return _default(branch.default, kind, domain, scope)
    if node.default is not None:
        inherited = _default(node.default, kind, domain, scope)
        if not domains.refusal(inherited, domain) and not (
            isinstance(inherited, int | float)
            and not isinstance(domain, model.OptionsDomain)
            and domains.off_grid(inherited, domain)
        ):
            return inherited
    return domains.default_of(domain)


def slice_of(span: Span, scope: Scope) -> str:
    """Return what the user wrote, on one line."""
    return " ".join(scope.source.text[span.start : span.end].split())


def _model_variable(
    node: syntax.Variable,
    found: dict[str, tuple[syntax.Variable, model.VariableKind, model.Domain]],
    names: expressions.Names,
    description: str,
    scope: Scope,
) -> model.Variable:
    """Return `model(provider)`: one branch for each provider, over that provider's models."""
    chooser = _chooser(node, found, names, scope)
    if node.branches:
        scope.report("MLS0190", node.branches[0].span, "`when` on a `model` variable is not supported yet")
        raise Skip
    _, _, options = found[chooser]
    assert isinstance(options, model.OptionsDomain)
    wanted = _default(node.default, "model", options, scope) if node.default else None
    branches: list[model.Branch] = []
    for name in options.options:
        models = tuple(known.name for known in scope.providers[str(name)].models)
        if not models:
            provider = scope.providers[str(name)]
            labels = (Label(provider.span, "declared here"),)
            help = f'add `model "…" {{ … }}` to provider `{name}`'
            scope.report(
                "MLS0609", node.type.span, f"provider `{name}` has no models", labels=labels, help=help
            )
            raise Skip
        span = node.type.span
        condition = model.Comparison(
            model.VariableRef(chooser, span), (("==", model.Constant(name, span)),), span
        )
        branches.append(
            model.Branch(
                condition=condition,
                domain=model.OptionsDomain(options=models),
                default=wanted if wanted in models else models[0],
                text=f"{chooser} == {name}",
                span=span,
            )
        )
        scope.origins.put(branches[-1], syntax.Branch(None, (), None, span))
    every = tuple(dict.fromkeys(known for branch in branches for known in _known(branch)))
    start = _default(found[chooser][0].default, "provider", options, scope)
    default = next(
        (branch.default for branch, name in zip(branches, options.options, strict=True) if name == start),
        every[0],
    )
    only = len(branches) == 1
    return model.Variable(
        name=node.name.text,
        kind="model",
        domain=model.OptionsDomain(options=every),
        default=wanted if only and wanted is not None else default if wanted in (None, *every) else wanted,
        branches=() if only else tuple(branches),
        depends=() if only else (chooser,),
        description=description,
        span=node.name.span,
    )


def _known(branch: model.Branch) -> tuple[model.Scalar, ...]:
    assert isinstance(branch.domain, model.OptionsDomain)
    return branch.domain.options


def _chooser(
    node: syntax.Variable,
    found: dict[str, tuple[syntax.Variable, model.VariableKind, model.Domain]],
    names: expressions.Names,
    scope: Scope,
) -> str:
    """Return the name of the provider variable in `model(provider)`."""
    arguments = _arguments(node)
    value = arguments[0].value if len(arguments) == 1 and arguments[0].name is None else None
    if not isinstance(value, syntax.Reference) or len(value.path) != 1:
        help = "write `model(provider)`, where `provider` is a variable of this space"
        scope.report(
            "MLS0502", node.type.span, "`model` needs the variable that chooses the provider", help=help
        )
        raise Skip
    name = value.path[0]
    if name in found and found[name][1] == "provider":
        return name
    if name in names.poisoned or names.open:
        raise Skip
    providers = [other for other, (_, kind, _) in found.items() if kind == "provider"]
    if name in found:
        scope.report("MLS0502", value.span, f"`{name}` is not a variable of the kind `provider`")
    else:
        help = suggestion(name, providers) or f"declare `var {name}: provider(…)`"
        scope.report("MLS0302", value.span, f"there is no variable `{name}` here", help=help)
    raise Skip


def _in_order(variables: list[model.Variable], scope: Scope) -> tuple[model.Variable, ...]:
    """Sort variables so that each stands after those that it reads; otherwise in the order of the source."""
    position = {variable.name: index for index, variable in enumerate(variables)}
    waiting = {v.name: {name for name in v.depends if name in position} for v in variables}
    readers: dict[str, list[str]] = {name: [] for name in position}
    for name, needs in waiting.items():
        for need in needs:
            readers[need].append(name)
    ready = [position[name] for name, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    found: list[model.Variable] = []
    while ready:
        variable = variables[heapq.heappop(ready)]
        found.append(variable)
        for reader in readers[variable.name]:
            waiting[reader].discard(variable.name)
            if not waiting[reader]:
                heapq.heappush(ready, position[reader])
    if len(found) == len(variables):
        return tuple(found)
    done = {variable.name for variable in found}
    left = [variable for variable in variables if variable.name not in done]
    _report_cycle(left, scope)
    return (*found, *left)


def _report_cycle(left: list[model.Variable], scope: Scope) -> None:
    """Report one cycle among variables that wait for each other, as a path back to its start."""
    needs = {variable.name: [name for name in variable.depends] for variable in left}
    path = [left[0].name]
    while True:
        onward = next(name for name in needs[path[-1]] if name in needs)
        if onward in path:
            break
        path.append(onward)
    cycle = path[path.index(onward) :]
    by_name = {variable.name: variable for variable in left}
    first = min(cycle, key=lambda name: by_name[name].span)
    turn = cycle.index(first)
    cycle = [*cycle[turn:], *cycle[:turn]]
    shown = " -> ".join([*cycle, cycle[0]])
    message = f"`{first}` depends on itself" if len(cycle) == 1 else "these variables depend on each other"
    labels = tuple(
        _read_at(by_name[one], other) for one, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    )
    scope.report("MLS0508", by_name[first].span, message, label=shown, labels=labels)


def _read_at(variable: model.Variable, other: str) -> Label:
    found = next(
        (
            reference.span
            for branch in variable.branches
            for name, reference in expressions.variables_in(branch.condition).items()
            if name == other
        ),
        variable.span,
    )
    return Label(found, f"`{variable.name}` reads `{other}` here")


def _constraints(node: syntax.Space, names: expressions.Names, scope: Scope) -> tuple[model.Constraint, ...]:
    found: list[model.Constraint] = []
    first: dict[str, Span] = {}
    forbidden = 0
    for member in node.members:
        if not isinstance(member, syntax.Constraint):
            continue
        forbidden += member.forbidden
        name = member.name.text if member.name else f"forbid_{forbidden}"
        if member.name and name in first:
            scope.twice(member.name, first[name], f"constraint `{name}`")
        first.setdefault(name, member.name.span if member.name else member.condition.span)
        try:
            condition = expressions.read(member.condition, names, scope)
        except Skip:
            continue
        span = member.condition.span
        made = model.Constraint(
            name=name,
            condition=model.Unary("not", condition, span) if member.forbidden else condition,
            message=member.message.text if member.message else "",
            text=slice_of(span, scope),
            span=span,
        )
        scope.origins.put(made, member)
        found.append(made)
    return tuple(found)
