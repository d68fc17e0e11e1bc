"""Spaces and configurations as rows, and what may be done with such rows."""

from __future__ import annotations

import random
from itertools import islice
from typing import Any

from mlsig.errors import ValidationError
from mlsig.resources.actions.rows import as_object
from mlsig.resources.errors import ResourceError
from mlsig.resources.session import Session
from mlsig.resources.std import Sampling, Validity, VariableConfiguration, VariableSpace
from mlsig.spaces import Space

GRID = 1_000
"""So many points of a grid are gone through."""


def keep(session: Session, space: type[Space]) -> VariableSpace:
    """Store what a space is, and offer it to the session."""
    session.offer(Space, space)
    found = space.describe()
    return VariableSpace.create(
        session,
        name=space.name,
        description=space.__doc__ or "",
        definitions=[
            *({**one, "is": "variable"} for one in found["variables"]),
            *({**one, "is": "composite"} for one in found["composites"]),
        ],
        constraints=found["constraints"],
        preferences=found["preferences"],
        standard=found["default"],
        discrete_size=found["cardinality"],
        continuous_dimensions=found["continuous_dimensions"],
    )


def described(row: VariableSpace) -> dict[str, Any]:
    """Return what `Space.describe()` said of the space that a row was made of."""

    def listed(kind: str) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in one.items() if name != "is"}
            for one in row.definitions
            if one["is"] == kind
        ]

    return {
        "mlsig_space": 1,
        "name": row.name,
        "variables": listed("variable"),
        "composites": listed("composite"),
        "constraints": row.constraints,
        "preferences": row.preferences,
        "cardinality": row.discrete_size,
        "continuous_dimensions": row.continuous_dimensions,
        "default": row.standard,
    }


def space_of(session: Session, row: VariableSpace) -> type[Space]:
    """Return the space that a row stands for.

    Raises:
        ResourceError: No space of its name was offered, or it is another one by now.
    """
    space: type[Space] = session.offered(Space, row.name)
    if space.describe() != described(row):
        raise ResourceError(f"the space {row.name} is not the one that was stored: keep it again")
    return space


def generate_configuration(
    session: Session, row: VariableSpace, *, strategy: Sampling, seed: int
) -> VariableConfiguration:
    """Store a configuration that is drawn, the same one for the same seed."""
    space = space_of(session, row)
    rng = random.Random(seed)  # noqa: S311  (for search, not for secrets)
    match strategy:
        case Sampling.default:
            config = space.default()
        case Sampling.grid:
            points: list[Any] = list(islice(space.grid(), GRID))
            if not points:
                raise ResourceError(f"no point of the grid of {row.name} is legal: draw one at random")
            config = points[seed % len(points)]
        case Sampling.latin_hypercube:
            config = space.latin_hypercube(1, rng)[0]
        case Sampling.sobol:
            config = space.sobol(1, seed)[0]
        case Sampling.random:
            config = space.sample(rng)
    return VariableConfiguration.create(
        session,
        name=f"{row.name} {strategy.value} {seed}"[:255],
        configuration=config.to_dict(),
        metadata={"strategy": strategy.value, "seed": seed},
        validity=Validity.valid,
        space=row,
    )


def validate_configuration(session: Session, row: VariableSpace, *, configuration: Any) -> bool:
    """Say whether a configuration is legal; `Space.check` says why not."""
    return isinstance(configuration, dict) and not space_of(session, row).check(as_object(configuration))


def config_of(session: Session, row: VariableConfiguration) -> Any:
    """Return the configuration that a row stands for, as the space's `Config`."""
    return space_of(session, row.space(session)).validate(row.configuration)


def revalidate(session: Session, row: VariableConfiguration) -> VariableConfiguration:
    """Note whether the configuration is legal."""
    try:
        config_of(session, row)
    except ValidationError as error:
        issues = [str(issue) for issue in error.issues]
        kept = {**as_object(row.metadata), "issues": issues}
        return row.update(session, validity=Validity.invalid, metadata=kept)
    return row.update(session, validity=Validity.valid)


def update_performance(
    session: Session, row: VariableConfiguration, *, score: float, metrics: dict[str, float]
) -> VariableConfiguration:
    """Note what was measured."""
    return row.update(session, performance_score=score, metrics={**row.metrics, **metrics})


def variable_count(session: Session, row: VariableSpace) -> int:
    """Return how many variables are free to be set; composites are not."""
    del session
    return sum(one["is"] == "variable" for one in row.definitions)


def values_count(session: Session, row: VariableConfiguration) -> int:
    """Return how many values the configuration has."""
    del session
    return len(as_object(row.configuration))
