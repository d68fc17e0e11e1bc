"""A space written by hand works like a generated one, from the methods of the base alone."""

from __future__ import annotations

import random
from typing import Any, ClassVar

import pytest
from mlsig import spaces
from mlsig.errors import ValidationError


class Small(spaces.Space):
    """Two variables."""

    class Config(spaces.Config, frozen=True, kw_only=True):
        """A configuration."""

        heat: float
        demos: int

    name: ClassVar[str] = "Small"
    variables: ClassVar[tuple[spaces.Variable, ...]] = (
        spaces.Variable(
            name="heat", kind="float", domain=spaces.FloatDomain(low=0.0, high=1.0, step=0.5), default=0.5
        ),
        spaces.Variable(name="demos", kind="int", domain=spaces.IntDomain(low=0, high=2), default=0),
    )

    @classmethod
    def default(cls) -> Any:
        """Return the defaults."""
        return cls.Config(heat=0.5, demos=0)

    @classmethod
    def sample(cls, rng: spaces.Rng) -> Any:
        """Draw from the declared domains."""
        return cls.Config(**{v.name: v.domain.draw(rng.random()) for v in cls.variables})

    @classmethod
    def legal(cls, config: Any) -> bool:
        """Ask the domains."""
        return all(v.domain.contains(getattr(config, v.name)) for v in cls.variables)


def test_the_methods_of_the_base() -> None:
    batch = Small.sample_batch(20, random.Random(0))
    assert len({config.key() for config in batch}) > 3
    assert Small.validate({"heat": 1, "demos": 2}) == Small.Config(heat=1.0, demos=2)
    with pytest.raises(ValidationError, match="`demos` is 3"):
        Small.validate({"heat": 1, "demos": 3})
    assert [config.to_dict() for config in Small.neighbors(Small.default())] == [
        {"heat": 0.0, "demos": 0},
        {"heat": 1.0, "demos": 0},
        {"heat": 0.5, "demos": 1},
    ]
    assert Small.mutate(Small.default(), random.Random(0), ["demos"]).demos in (1, 2)


def test_a_space_must_say_how_to_start() -> None:
    with pytest.raises(NotImplementedError):
        spaces.Space.default()
    with pytest.raises(NotImplementedError):
        spaces.Space.sample(random.Random(0))
