"""The standard variables that fit a signature and the providers that may serve it.

They are written in mlsig, in std/signature.mlsig, and read by this compiler's own front end. What a server
does not accept is left out: temperatures above 1 where the protocol is Anthropic's, and more tokens than the
chosen model can write.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mlsig_compiler import model, standard
from mlsig_compiler.source import Span
from mlsig_compiler.walking import variables_in

LOWER: Final = {"anthropic": 1.0}
"""The highest temperature that servers of a protocol accept, where it is below 2."""


def fitting(
    outputs: Collection[str],
    taken: Collection[str],
    providers: Sequence[model.Provider],
    span: Span,
) -> tuple[model.Variable, ...]:
    """Return the standard variables that fit, without `provider` and `model`.

    Args:
        outputs: The names of a signature's outputs; one called `reasoning` leaves no room for that variable.
        taken: Names that mean something already.
        providers: Those that may be chosen, by variables called `provider` and `model`.
        span: Where they are said to be declared.
    """
    found: list[model.Variable] = []
    for each in _standard():
        if each.name in taken or each.name in {"reasoning"} & set(outputs):
            continue
        variable = replace(each, span=span)
        if each.name == "temperature":
            variable = _temperature(variable, providers, span)
        elif each.name == "max_tokens":
            variable = _max_tokens(variable, providers, span)
        found.append(variable)
    return tuple(found)


def _max_tokens(variable: model.Variable, providers: Sequence[model.Provider], span: Span) -> model.Variable:
    """Return the variable with an arm for the models that can write less than the others."""
    domain, default = variable.domain, variable.default
    if not isinstance(domain, model.IntDomain) or not isinstance(default, int):
        return variable
    rooms = {
        (provider.name, known.name): min([domain.high, *_stated(known)])
        for provider in providers
        for known in provider.models
    }
    most = max(rooms.values(), default=domain.high)
    arms = [
        _arm(pair, room, rooms, replace(variable, domain=replace(domain, high=room)), span)
        for pair, room in rooms.items()
        if room < most
    ]
    if not arms:
        return replace(variable, domain=replace(domain, high=most), default=min(most, default))
    depends = sorted({name for arm in arms if arm.condition for name in variables_in(arm.condition)})
    return replace(
        variable,
        domain=replace(domain, high=most),
        default=min(most, default),
        branches=tuple(arms),
        depends=tuple(depends),
    )


def _stated(known: model.ProviderModel) -> list[int]:
    """Return how many tokens a model can write at most, by each figure that its provider states."""
    return [limit for limit in (known.max_output, known.context_window) if limit is not None]


def _arm(
    pair: tuple[str, str],
    room: int,
    rooms: Mapping[tuple[str, str], int],
    narrowed: model.Variable,
    span: Span,
) -> model.Branch:
    """Return the arm of one model; the provider is asked too where another has a model of that name."""
    provider, name = pair
    condition: model.Expr = model.Comparison(
        model.VariableRef("model", span), (("==", model.Constant(name, span)),), span
    )
    text = f"model == {json.dumps(name, ensure_ascii=False)}"
    if any(other != provider and known == name for other, known in rooms):
        condition = model.BoolOp("and", (is_provider(provider, span), condition), span)
        text = f"provider == {provider} and {text}"
    default = min(room, narrowed.default) if isinstance(narrowed.default, int) else room
    return model.Branch(condition=condition, domain=narrowed.domain, default=default, text=text, span=span)


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
