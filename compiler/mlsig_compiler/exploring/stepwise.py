"""The space of a pipeline, made in memory: those of its steps, each under the name of its step.

    found = named("research.mlsig:Research", config)
    space_of(found)          a class with variables `plan.temperature`, `return.model`, …
    facts_of(found)          what is proved of all steps together

What is no pipeline is what `made` and `facts` return.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import msgspec
from mlsig import spaces

from mlsig_compiler.exploring.facts import Facts, facts
from mlsig_compiler.exploring.made import made
from mlsig_compiler.exploring.named import Named
from mlsig_compiler.plan.flows import RETURN, attributes
from mlsig_compiler.plan.pipelines import OF_CONFIG

if TYPE_CHECKING:
    from mlsig.spaces import Space


class Stepwise(spaces.Product):
    """The base of spaces of pipelines that nobody has compiled."""

    @classmethod
    def default(cls) -> Any:
        """Return the configuration of all defaults."""
        return cls.Config(**{part.attribute: part.space.default() for part in cls.parts})

    @classmethod
    def sample(cls, rng: spaces.Rng) -> Any:
        """Draw a legal configuration: one of each step."""
        return cls.Config(**{part.attribute: part.space.sample(rng) for part in cls.parts})

    @classmethod
    def validate(cls, values: Mapping[str, Any]) -> Any:
        """Return values by `step.variable` as a configuration, or raise `ValidationError`."""
        return spaces.explain(cls, cls.Config, values)


def space_of(found: Named) -> type[Space]:
    """Return the class of a space, or of all steps of a pipeline."""
    if found.space is not None:
        return made(found.space, found.served)
    inside = {step: space_of(each) for step, each in found.steps}
    names = attributes(inside, OF_CONFIG | {RETURN})
    parts = tuple(spaces.Part(step, names[step], space) for step, space in inside.items())
    config = msgspec.defstruct(
        "Config",
        [(part.attribute, part.space.Config) for part in parts],
        bases=(spaces.ProductConfig,),
        frozen=True,
        kw_only=True,
    )
    return type("Variables", (Stepwise,), {"Config": config, "name": found.name, "parts": parts})


def facts_of(found: Named) -> Facts:
    """Study a space, or those of all steps: nothing is said about two of them together."""
    if found.space is not None:
        return facts(found.space, found.served)
    every = [(step, facts_of(each)) for step, each in found.steps]
    satisfiable = [each.satisfiable for _, each in every]
    counts = [each.cardinality for _, each in every if each.cardinality is not None]
    shares = [each.mass for _, each in every if each.mass is not None]
    return Facts(
        satisfiable=None if None in satisfiable else all(satisfiable),
        cardinality=prod(counts) if len(counts) == len(every) else None,
        mass=prod(shares) if len(shares) == len(every) else None,
        open=tuple(f"{step}: {reason}" for step, each in every for reason in each.open),
    )
