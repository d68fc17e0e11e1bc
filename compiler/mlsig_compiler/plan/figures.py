"""Figures of the chosen model, as tables that generated code looks them up in.

    max_tokens <= model.context_window   ->   cls.figures["model.context_window"][model]

A model that several providers serve with different figures is looked up with its provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlsig_compiler import model
from mlsig_compiler.configurations import figures, in_order
from mlsig_compiler.evaluate import UNSAID
from mlsig_compiler.walking import walk

UNLIMITED: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Table:
    """One figure of one model variable: by the name of the model, or by its provider's and its own.

    Attributes:
        chooser: The variable that chooses the provider, where the name of the model alone does not say it.
    """

    owner: str
    figure: str
    chooser: str
    values: dict[str, Any]
    beside: dict[tuple[str, str], Any]

    @property
    def name(self) -> str:
        """Under which the table is kept."""
        return f"{self.owner}.{self.figure}"


def expressions_of(space: model.Space) -> list[model.Expr]:
    """Return every expression of a space."""
    found: list[model.Expr | None] = []
    for item in in_order(space):
        found.append(item.active)
        if isinstance(item, model.Composite):
            found.append(item.value)
        else:
            found += [branch.condition for branch in item.branches]
    found += [rule.condition for rule in space.constraints]
    found += [preference.condition for preference in space.preferences]
    return [expr for expr in found if expr is not None]


def tables(space: model.Space, served: Mapping[str, model.Provider]) -> dict[tuple[str, str], Table]:
    """Return a table for each figure that some expression of a space reads, by variable and figure."""
    found: dict[tuple[str, str], Table] = {}
    variables = {variable.name: variable for variable in space.variables}
    for expr in expressions_of(space):
        for owner, figure in asked(expr):
            variable = variables.get(owner)
            if variable is not None and (owner, figure) not in found:
                found[owner, figure] = _table(variable, figure, space, served)
    return found


def asked(expr: model.Expr) -> dict[tuple[str, str], None]:
    """Return the figures that an expression reads, by variable and figure."""
    return {
        (node.operand.name, node.name): None
        for node in walk(expr)
        if isinstance(node, model.Attribute) and isinstance(node.operand, model.VariableRef)
    }


def chooser(variable: model.Variable, space: model.Space, served: Mapping[str, model.Provider]) -> str:
    """Return the variable that chooses the provider of a model; empty where there is none."""
    providers = [other for other in space.variables if other.kind == "provider"]
    read = [other.name for other in providers if other.name in variable.depends]
    if read:
        return read[0]
    names = set(_options(variable))
    fitting = [
        other.name
        for other in providers
        if any(names <= {known.name for known in _models(option, served)} for option in _options(other))
    ]
    return (fitting or [""])[0]


def _table(
    variable: model.Variable, figure: str, space: model.Space, served: Mapping[str, model.Provider]
) -> Table:
    who = chooser(variable, space, served)
    providers = [option for other in space.variables if other.name == who for option in _options(other)]
    names = set(_options(variable))
    beside: dict[tuple[str, str], Any] = {}
    for provider in providers:
        for known in _models(provider, served):
            if known.name in names:
                beside[provider, known.name] = figures(known).get(figure, UNSAID[figure])
    values: dict[str, Any] = {}
    for (_, name), value in beside.items():
        if values.setdefault(name, value) != value:
            return Table(variable.name, figure, who, {}, beside)
    return Table(variable.name, figure, "", values, {})


def _options(variable: model.Variable) -> list[str]:
    domains: Iterable[model.Domain] = (variable.domain, *(branch.domain for branch in variable.branches))
    found = [domain.options for domain in domains if isinstance(domain, model.OptionsDomain)]
    return list(dict.fromkeys(str(option) for options in found for option in options))


def _models(provider: str, served: Mapping[str, model.Provider]) -> tuple[model.ProviderModel, ...]:
    return served[provider].models if provider in served else ()
