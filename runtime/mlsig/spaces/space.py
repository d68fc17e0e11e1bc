"""The base of generated spaces.

A generated space brings its own `Config`, `default`, `sample` and `legal` as straight-line code, and typed
faces for the methods here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from mlsig.errors import Issue
from mlsig.spaces import checks, configs, moves
from mlsig.spaces.domains import Domain
from mlsig.spaces.draws import Rng
from mlsig.spaces.variables import Constraint, Variable


class Space:
    """What can be tuned: variables with their domains, and the constraints between them.

    Attributes:
        Config: The record of one configuration.
        name: Name of the space, for messages.
        variables: The variables, each after those that it depends on; `sample` draws them in this order.
        constraints: What a legal configuration must meet beside its domains.
    """

    Config: type[configs.Config]
    name: ClassVar[str]
    variables: ClassVar[tuple[Variable, ...]] = ()
    constraints: ClassVar[tuple[Constraint, ...]] = ()

    @classmethod
    def default(cls) -> Any:
        """Return the configuration of all defaults."""
        raise NotImplementedError

    @classmethod
    def sample(cls, rng: Rng) -> Any:
        """Draw a legal configuration with the declared priors.

        Each attempt calls `rng.random()` once for each variable that can have several values in one of its
        domains, in the order of `variables`; attempts that break a constraint are drawn again.

        Raises:
            SpaceError: No attempt of `ATTEMPTS` met the constraints; it names the one that failed most.
        """
        raise NotImplementedError

    @classmethod
    def legal(cls, config: Any) -> bool:  # noqa: ARG003  (overridden)
        """Tell whether a `Config` of values of the declared types is a legal one.

        Generated spaces replace this wherever the types alone do not say so.
        """
        return True

    @classmethod
    def sample_batch(cls, n: int, rng: Rng) -> Any:
        """Draw a list of `n` configurations: the same as `n` calls of `sample`."""
        return [cls.sample(rng) for _ in range(n)]

    @classmethod
    def validate(cls, values: Mapping[str, Any]) -> Any:
        """Return `values` as a configuration.

        Raises:
            ValidationError: Names are missing or unknown, or values are not legal; `issues` says all of it.
        """
        config = checks.read(values, cls.Config)
        if config is not None and cls.legal(config):
            return config
        return checks.explain(cls, cls.Config, values)

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> list[Issue]:
        """Return everything that is wrong with `values`; empty when they are a legal configuration."""
        return checks.check(cls, values)

    @classmethod
    def domain(cls, name: str, values: Mapping[str, Any]) -> Domain:
        """Return the domain of a variable that holds for the given values of the variables it depends on.

        Raises:
            ValidationError: There is no such variable, or what it depends on is missing or not legal.
        """
        return checks.domain(cls, name, values)

    @classmethod
    def mutate(cls, config: Any, rng: Rng, names: Collection[str] | None = None) -> Any:
        """Return a legal configuration near `config`: one variable, or the named ones, drawn anew.

        Variables whose domain changes with them are repaired. So are variables that a broken constraint
        reads; for named variables only when nothing else helps. Returns `config` itself when nothing legal
        was found.

        Raises:
            ValidationError: A name is unknown, or `config` is not legal and nothing legal is near.
        """
        return moves.mutate(cls, config, rng, names)

    @classmethod
    def neighbors(cls, config: Any) -> Any:
        """Return the legal configurations that differ from `config` by one small move of one variable.

        A choice moves to every other option; a number by one step and by a twentieth of its range, either
        way. A variable that the move leaves outside of its domain takes the default there.
        """
        return moves.neighbors(cls, config)
