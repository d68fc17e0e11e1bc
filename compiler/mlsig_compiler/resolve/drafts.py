"""Variables half read: their kinds and domains, before anything that mentions other variables is."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler import model, syntax
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve import domains
from mlsig_compiler.resolve.scope import Scope, Skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A variable whose branches have not been read."""

    node: syntax.Variable
    kind: model.VariableKind
    domain: model.Domain

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name.text

    def options(self) -> tuple[str, ...]:
        """Return the options that are names."""
        found = self.domain.options if isinstance(self.domain, model.OptionsDomain) else ()
        return tuple(option for option in found if isinstance(option, str))

    def default(self) -> str:
        """Return the name that is the default of a provider variable."""
        node = self.node.default
        return node.path[0] if isinstance(node, syntax.Reference) else self.options()[0]


def draft(node: syntax.Variable, scope: Scope) -> Draft:
    """Return a variable's kind and domain; the domain of a `model` is every model there is.

    Raises:
        Skip: They are wrong, which has been reported.
    """
    kind = _kind(node, scope)
    if kind != "model":
        return Draft(node, kind, domains.read(kind, arguments_of(node), node.type.span, scope))
    names = dict.fromkeys(known.name for provider in scope.providers.values() for known in provider.models)
    return Draft(node, kind, model.OptionsDomain(options=tuple(names)))


def unique(nodes: list[syntax.Variable], scope: Scope) -> list[syntax.Variable]:
    """Return the variables without those that have the name of an earlier one."""
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


def arguments_of(node: syntax.Variable) -> tuple[syntax.Argument, ...]:
    """Return the arguments of a variable's kind."""
    return node.type.arguments if isinstance(node.type, syntax.TypeName) else ()
