"""What is proved of a space, and what is not and why.

facts(space, served)  ->  Facts(satisfiable=True, cardinality=28800, mass=0.75, open=())
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlsig.spaces.describing import decimal

from mlsig_compiler import model
from mlsig_compiler.proofs.components import Component
from mlsig_compiler.proofs.study import studied


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of all configurations together.

    Attributes:
        satisfiable: Whether there is a legal one; None where that was not proved.
        cardinality: How many there are, those alike but for continuous numbers counted once; None likewise.
        mass: Which share of what the priors give the constraints keep; None likewise.
        open: Why something was not proved.
    """

    satisfiable: bool | None
    cardinality: int | None
    mass: float | None
    open: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as data; the count as digits, since it has any size."""
        return {
            "satisfiable": self.satisfiable,
            "cardinality": None if self.cardinality is None else decimal(self.cardinality),
            "mass": self.mass,
            "not_proved": list(self.open),
        }


def facts(space: model.Space, served: Mapping[str, model.Provider]) -> Facts:
    """Study a space.

    Args:
        space: The space, which is right.
        served: The providers that it can choose, by name.
    """
    study = studied(space, served)
    reasons = [reason for component in study.components for reason in _reasons(component, space)]
    return Facts(study.satisfiable, study.cardinality, study.mass, tuple(reasons))


def _reasons(component: Component, space: model.Space) -> list[str]:
    """Return why what is said of a component is not all."""
    names = ", ".join(component.names)
    if component.diagram is None:
        return [f"too much hangs together to be decided at once: {names}"]
    found = [
        f"`{space.constraints[k].name}` ({space.constraints[k].text}) is tested by every sample"
        for k in component.tested
    ]
    if component.vague:
        found.append(f"continuous numbers decide about the domains of {', '.join(component.vague)}")
    return found
