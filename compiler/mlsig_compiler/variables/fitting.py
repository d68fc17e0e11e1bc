"""The standard variables that fit a signature and the providers that may serve it.

They are written in mlsig, in std/signature.mlsig, and read by this compiler's own front end. What a server
does not accept is left out: temperatures above 1 where the protocol is Anthropic's, and more tokens than the
chosen model can write.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mlsig_compiler import model, standard
from mlsig_compiler.source import Span

LOWER: Final = {"anthropic": 1.0}
"""The highest temperature that servers of a protocol accept, where it is below 2."""
FIGURES: Final = ("max_output", "context_window")
MESSAGE: Final = "the answer must fit what the model can write"


@dataclass(frozen=True, slots=True)
class Fitting:
    """Variables, and the constraints between them and the chosen model."""

    variables: tuple[model.Variable, ...]
    constraints: tuple[model.Constraint, ...] = ()


def fitting(
    outputs: Collection[str],
    taken: Collection[str],
    providers: Sequence[model.Provider],
    usual: model.ProviderModel | None,
    span: Span,
) -> Fitting:
    """Return the standard variables that fit, without `provider` and `model`.

    Args:
        outputs: The names of a signature's outputs; one called `reasoning` leaves no room for that variable.
        taken: Names that mean something already.
        providers: Those that may be chosen, by variables called `provider` and `model`.
        usual: The model that is chosen by default.
        span: Where they are said to be declared.
    """
    found: list[model.Variable] = []
    constraints: list[model.Constraint] = []
    for each in _standard():
        if each.name in taken or each.name in {"reasoning"} & set(outputs):
            continue
        variable = replace(each, span=span)
        if each.name == "temperature":
            variable = _temperature(variable, providers, span)
        elif each.name == "max_tokens":
            variable, constraints = _max_tokens(variable, providers, usual, span)
        found.append(variable)
    return Fitting(tuple(found), tuple(constraints))


def _max_tokens(
    variable: model.Variable,
    providers: Sequence[model.Provider],
    usual: model.ProviderModel | None,
    span: Span,
) -> tuple[model.Variable, list[model.Constraint]]:
    """Return the variable within what every model can write, by its range or by constraints."""
    domain = variable.domain
    if not isinstance(domain, model.IntDomain) or usual is None:
        return variable, []
    every = [known for provider in providers for known in provider.models]
    rooms = {min(domain.high, *stated(known)) if stated(known) else domain.high for known in every}
    room = min(domain.high, *stated(usual)) if stated(usual) else domain.high
    default = min(room, variable.default) if isinstance(variable.default, int) else room
    if len(rooms) == 1:
        return replace(variable, domain=replace(domain, high=room), default=default), []
    short = [
        figure
        for figure in FIGURES
        if any((limit := getattr(known, figure)) is not None and limit < domain.high for known in every)
    ]
    return replace(variable, default=default), [_limit(figure, span) for figure in short]


def stated(known: model.ProviderModel) -> list[int]:
    """Return how many tokens a model can write at most, by each figure that its provider states."""
    return [limit for figure in FIGURES if (limit := getattr(known, figure)) is not None]


def _limit(figure: str, span: Span) -> model.Constraint:
    bound = model.Attribute(model.VariableRef("model", span), figure, span)
    condition = model.Comparison(model.VariableRef("max_tokens", span), (("<=", bound),), span)
    return model.Constraint(
        name=f"max_tokens_within_{figure}",
        condition=condition,
        message=MESSAGE,
        text=f"max_tokens <= model.{figure}",
        span=span,
    )


def _temperature(variable: model.Variable, providers: Sequence[model.Provider], span: Span) -> model.Variable:
    """Return the variable with an arm for each provider that accepts less than the others."""
    lower = {one.name: LOWER[one.protocol] for one in providers if one.protocol in LOWER}
    domain = variable.domain
    if not lower or not isinstance(domain, model.FloatDomain):
        return variable
    if len(lower) == len({one.name for one in providers}):
        return replace(variable, domain=replace(domain, high=max(lower.values())))
    arms = tuple(
        model.Branch(
            condition=is_provider(name, span),
            domain=replace(domain, high=high),
            default=variable.default,
            text=f"provider == {name}",
            span=span,
        )
        for name, high in lower.items()
    )
    return replace(variable, branches=arms, depends=("provider",))


def is_provider(name: str, span: Span) -> model.Expr:
    """Return `provider == name`."""
    return model.Comparison(model.VariableRef("provider", span), (("==", model.Constant(name, span)),), span)


def _standard() -> tuple[model.Variable, ...]:
    spaces = [node for node in standard.declarations("std.signature") if isinstance(node, model.Space)]
    return spaces[0].variables
