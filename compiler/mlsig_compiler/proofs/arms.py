"""The domains that a variable can have, and the values that can be listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mlsig_compiler import model
from mlsig_compiler.configurations import figures
from mlsig_compiler.evaluate import Chosen
from mlsig_compiler.proofs.abstraction import UNKNOWN, Meanings, truth
from mlsig_compiler.proofs.cells import INACTIVE, Span, Steps, whole

LISTED: Final = 512
"""Ranges of up to so many values are looked at value by value."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A domain of a variable, and the condition under which it holds; None where no earlier one does."""

    number: int
    condition: model.Expr | None
    domain: model.Domain


@dataclass(slots=True)
class Values:
    """What a variable can be: `points`, each once, and the arms that are too large to list.

    `listed` has the points of each arm that is listed, as indices.
    """

    variable: model.Variable
    arms: list[Arm]
    points: list[Any] = field(default_factory=list[Any])
    listed: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    large: dict[int, Steps | Span] = field(default_factory=dict[int, "Steps | Span"])


def arms(variable: model.Variable) -> list[Arm]:
    """Return every domain of a variable, the last without a condition.

    The branches of a model name every provider, so that its own domain never holds beside them.
    """
    found = [Arm(k, branch.condition, branch.domain) for k, branch in enumerate(variable.branches)]
    if found and (found[-1].condition is None or variable.kind == "model"):
        last = found[-1]
        return [*found[:-1], Arm(last.number, None, last.domain)]
    return [*found, Arm(len(found), None, variable.domain)]


def values(
    variable: model.Variable, space: model.Space, meanings: Meanings, served: Mapping[str, model.Provider]
) -> Values:
    """Return the values of a variable."""
    found = Values(variable, arms(variable))
    known: dict[Any, int] = {}

    def point(value: Any) -> int:
        identity: tuple[Any, ...] = (value.__class__, value, id(getattr(value, "figures", None)))
        if identity not in known:
            known[identity] = len(found.points)
            found.points.append(value)
        return known[identity]

    floats = any(map(_has_float, (variable.domain, *(branch.domain for branch in variable.branches))))
    for arm in found.arms:
        if isinstance(arm.domain, model.OptionsDomain):
            options = [_stored(option, floats=floats) for option in arm.domain.options]
            if variable.kind == "model":
                serving = _providers(variable, arm, space, meanings)
                options = [_chosen(str(option), serving, served) for option in arm.domain.options]
            found.listed[arm.number] = [point(option) for option in options]
            continue
        piece = whole(arm.domain)
        if piece.size is not None and piece.size <= LISTED:
            every = [piece.low] if isinstance(piece, Span) else [piece.at(k) for k in range(piece.count)]
            found.listed[arm.number] = [point(value) for value in every]
        else:
            found.large[arm.number] = piece
    if variable.active is not None:
        found.listed[INACTIVE] = [point(None)]
    return found


def _has_float(domain: model.Domain) -> bool:
    if isinstance(domain, model.OptionsDomain):
        return any(isinstance(option, float) for option in domain.options)
    return isinstance(domain, model.FloatDomain)


def _stored(option: model.Scalar, *, floats: bool) -> model.Scalar:
    """An int is a float where another value of the variable is one."""
    return float(option) if floats and isinstance(option, int) and not isinstance(option, bool) else option


def _chosen(option: str, serving: list[str], served: Mapping[str, model.Provider]) -> str:
    """Return a model with the figures that whoever serves it states, where all state the same."""
    stated = [_figures(option, provider, served) for provider in serving]
    if not stated or stated[0] is None or any(one != stated[0] for one in stated):
        return option
    return Chosen.of(option, stated[0])


def _providers(variable: model.Variable, arm: Arm, space: model.Space, meanings: Meanings) -> list[str]:
    """Return who may serve the models of an arm."""
    choosers = [other for other in space.variables if other.kind == "provider"]
    choosers = [other for other in choosers if other.name in variable.depends] or choosers
    names: list[str] = []
    for chooser in choosers[:1]:
        domains = [other.domain for other in arms(chooser)]
        names = [str(o) for d in domains if isinstance(d, model.OptionsDomain) for o in d.options]
        branch = variable.branches[arm.number] if arm.number < len(variable.branches) else None
        if branch is not None and branch.condition is not None:
            holds = meanings.of(branch.condition)
            unknown = dict.fromkeys(meanings.reads(branch.condition), UNKNOWN)
            names = [name for name in names if truth(holds, {**unknown, chooser.name: name}) is not False]
    return list(dict.fromkeys(names))


def _figures(option: str, provider: str, served: Mapping[str, model.Provider]) -> dict[str, Any] | None:
    for known in served[provider].models if provider in served else ():
        if known.name == option:
            return figures(known)
    return None
