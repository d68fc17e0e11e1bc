"""A space as data, so that an optimiser in any language can search it.

    {
      "mlsig_space": 1,
      "name": "Tuning",
      "variables": [
        {"name": "temperature", "kind": "float", "default": 0.7,
         "domain": {"type": "float", "low": 0.0, "high": 2.0, "step": null, "log": false, "normal": null},
         "branches": [{"when": "adapter == JSON", "domain": …, "default": 0.0}],
         "depends": ["adapter"], …}
      ],
      "composites": […], "constraints": […], "preferences": […],
      "cardinality": "1200", "continuous_dimensions": 1,
      "default": {"temperature": 0.7, …}
    }

Variables stand after those that they depend on: whoever goes through them in order, takes for each the first
branch whose condition holds, and leaves out what is not active, has a configuration but for the constraints,
and `validate` says whether it is one. Conditions are texts of the language, for people; `mlsig ir` has their
trees. The format changes only together with its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlsig.spaces.domains import Domain, FloatDomain, IntDomain
from mlsig.spaces.variables import Branch, Composite, Constraint, Preference, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

FORMAT: Final = 1
_KEPT: Final = 2**53  # numbers of JSON are floats to many who read them


def described(space: type[Space]) -> dict[str, Any]:
    """Return a space as data; see above."""
    cardinality = space.cardinality()
    return {
        "mlsig_space": FORMAT,
        "name": space.name,
        "variables": [_variable(variable) for variable in space.variables],
        "composites": [_composite(composite) for composite in space.composites],
        "constraints": [{"name": rule.name, **_rule(rule)} for rule in space.constraints],
        "preferences": [_rule(wish) for wish in space.preferences],
        "cardinality": None if cardinality is None else decimal(cardinality),
        "continuous_dimensions": space.continuous_dimensions(),
        "default": space.default().to_dict(),
    }


def decimal(number: int) -> str:
    """Return the decimal digits of an int of any size, which `str` refuses from 4,300 on."""
    if abs(number) < _KEPT:
        return str(number)
    from decimal import MAX_EMAX, MAX_PREC, Context  # noqa: PLC0415

    return format(Context(prec=MAX_PREC, Emax=MAX_EMAX).create_decimal(number), "f")


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "kind": variable.kind,
        "domain": _domain(variable.domain),
        "default": variable.default,
        "branches": [_branch(branch) for branch in variable.branches],
        "when": variable.text or None,
        "depends": list(variable.depends),
        "hints": dict(variable.hints),
        "description": variable.description,
    }


def _branch(branch: Branch) -> dict[str, Any]:
    when = None if branch.when is None else branch.text
    return {"when": when, "domain": _domain(branch.domain), "default": branch.default}


def _domain(domain: Domain) -> dict[str, Any]:
    if isinstance(domain, FloatDomain):
        normal = None if domain.normal is None else list(domain.normal)
        return {
            "type": "float",
            "low": domain.low,
            "high": domain.high,
            "step": domain.step,
            "log": domain.log,
            "normal": normal,
        }
    if isinstance(domain, IntDomain):
        return {
            "type": "int",
            "low": domain.low,
            "high": domain.high,
            "step": domain.step,
            "log": domain.log,
        }
    weights = None if domain.weights is None else list(domain.weights)
    return {"type": "options", "options": list(domain.options), "weights": weights}


def _composite(composite: Composite) -> dict[str, Any]:
    return {
        "name": composite.name,
        "type": composite.type,
        "when": composite.text or None,
        "depends": list(composite.depends),
        "description": composite.description,
    }


def _rule(rule: Constraint | Preference) -> dict[str, Any]:
    return {"text": rule.text, "reads": list(rule.reads), "message": rule.message}
