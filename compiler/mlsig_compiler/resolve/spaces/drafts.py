"""Variables half read: their kinds and domains, before anything that mentions other variables is."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import nearest, sure
from mlsig_compiler.resolve.expressions import Names
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.spaces import domains
from mlsig_compiler.resolve.spaces.options import MODULES
from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Draft:
    """A variable whose conditions have not been read. One that is inherited has no `node`, and is whole."""

    name: str
    kind: model.VariableKind
    domain: model.Domain
    node: syntax.Variable | None = None
    whole: model.Variable | None = None

    @property
    def span(self) -> Span:
        """Where it is declared, in this file or in another."""
        if self.node is not None:
            return self.node.name.span
        return self.whole.span if self.whole else Span(0, 0)

    def options(self) -> tuple[str, ...]:
        """Return the options that are strings or names."""
        found = self.domain.options if isinstance(self.domain, model.OptionsDomain) else ()
        return tuple(option for option in found if isinstance(option, str))

    def serves(self, scope: Scope) -> dict[str, model.Provider]:
        """Return the providers that can be chosen, by the names of their declarations."""
        named = [
            scope.providers[value.path[0]]
            for _, value in (arguments_of(self.node) if self.node else ())
            if isinstance(value, syntax.Reference) and value.path[0] in scope.providers
        ]
        return {**scope.served, **{provider.name: provider for provider in named}}

    def provider(self, scope: Scope) -> str:
        """Return the default of a provider variable."""
        if self.whole is not None:
            return str(self.whole.default)
        node = self.node.default if self.node else None
        if isinstance(node, syntax.Reference):
            known = scope.providers.get(node.path[0])
            return known.name if known else node.path[0]
        return self.options()[0]


def inherited(variable: model.Variable) -> Draft:
    """Return what others may know of a variable that another space declares."""
    return Draft(variable.name, variable.kind, variable.domain, whole=variable)


def draft(node: syntax.Variable, scope: Scope) -> Draft:
    """Return a variable's kind and domain; the domain of a `model` is every model there is.

    Raises:
        Skip: They are wrong, which has been reported.
    """
    kind = _kind(node, scope)
    name = node.name.text
    if kind != "model":
        return Draft(name, kind, domains.read(kind, arguments_of(node), node.type.span, scope), node)
    names = dict.fromkeys(known.name for provider in scope.served.values() for known in provider.models)
    return Draft(name, kind, model.OptionsDomain(options=tuple(names)), node)


def unique(nodes: list[syntax.Variable], scope: Scope) -> list[syntax.Variable]:
    """Return the variables without those that have the name of an earlier one."""
    first: dict[str, syntax.Variable] = {}
    for node in nodes:
        earlier = first.setdefault(node.name.text, node)
        if earlier is not node:
            scope.twice(node.name, earlier.name.span, f"variable `{node.name.text}`")
    return list(first.values())


def learn(drafts: dict[str, Draft], names: Names, scope: Scope) -> None:
    """Tell the expressions of a space which variables and options they may mention."""
    names.variables.update(drafts)
    names.options.update(scope.providers, MODULES)
    names.called.update({local: known.name for local, known in scope.providers.items()})
    for known in drafts.values():
        (names.options if known.kind in ("module", "provider") else names.words).update(known.options())


def _kind(node: syntax.Variable, scope: Scope) -> model.VariableKind:
    type_ = node.type
    if isinstance(type_, syntax.TypeName) and not type_.items:
        word = type_.name.text
        for kind in domains.KINDS:
            if word == kind:
                return kind
        meant = nearest(word, domains.KINDS)
        help = f"did you mean `{meant}`?" if meant else 'for one of a few strings write `choice("a", "b")`'
        fix = replacing(type_.name.span, meant) if meant and sure(word, domains.KINDS) else None
        message = f"a variable cannot be of the kind `{word}`"
        scope.report("MLS0501", type_.name.span, message, help=help, fix=fix)
        raise Skip
    help = "write `choice(…)`" if isinstance(type_, syntax.UnionType | syntax.Literal) else ""
    scope.report("MLS0501", type_.span, "a variable cannot be of this type", help=help)
    raise Skip


def arguments_of(node: syntax.Variable) -> tuple[syntax.Argument, ...]:
    """Return the arguments of a variable's kind."""
    return node.type.arguments if isinstance(node.type, syntax.TypeName) else ()
