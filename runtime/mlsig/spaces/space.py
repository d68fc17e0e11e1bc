"""The base of generated spaces.

A generated space brings its own `Config`, `default`, `sample` and `legal` as straight-line code, and typed
faces for the methods here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from mlsig.errors import Issue
from mlsig.spaces import checks, coding, configs, crossing, designs, moves, wishes
from mlsig.spaces.domains import Domain
from mlsig.spaces.draws import Rng
from mlsig.spaces.variables import Composite, Constraint, Preference, Variable


class Space:
    """What can be tuned: variables with their domains, and the constraints between them.

    Attributes:
        Config: The record of one configuration.
        name: Name of the space, for messages.
        variables: The variables, each after those that it depends on; `sample` draws them in this order.
        composites: What is computed from variables, each after those that it reads.
        constraints: What a legal configuration must meet beside its domains.
        preferences: What a configuration had better meet.
        figures: What providers say about their models, by `model.context_window` and the name of the model.
    """

    Config: type[configs.Config]
    name: ClassVar[str]
    variables: ClassVar[tuple[Variable, ...]] = ()
    composites: ClassVar[tuple[Composite, ...]] = ()
    constraints: ClassVar[tuple[Constraint, ...]] = ()
    preferences: ClassVar[tuple[Preference, ...]] = ()
    figures: ClassVar[Mapping[str, Mapping[Any, Any]]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "Config" in cls.__dict__:
            cls.Config.__space__ = cls

    @classmethod
    def default(cls) -> Any:
        """Return the configuration of all defaults."""
        raise NotImplementedError

    @classmethod
    def sample(cls, rng: Rng) -> Any:
        """Draw a legal configuration with the declared priors.

        Every call takes the same count of numbers from `rng`, which the generated docstring says. Only rules
        that the compiler could not decide are tested on what is drawn, and then it is drawn again.

        Raises:
            SpaceError: No attempt of `ATTEMPTS` met these rules; it names the one that failed most.
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
    def sample_columns(cls, n: int, rng: Rng) -> dict[str, Any]:
        """Draw `n` configurations, the same as by `n` calls of `sample`, as arrays by name."""
        from mlsig.spaces import vectors  # noqa: PLC0415  (NumPy is loaded when it is used)

        configs = cls.sample_batch(n, rng)
        names = cls.Config.__struct_fields__
        return {name: vectors.objects([getattr(config, name) for config in configs]) for name in names}

    @classmethod
    def validate(cls, values: Mapping[str, Any]) -> Any:
        """Return `values` as a configuration.

        Raises:
            ValidationError: Names are missing or unknown, or values are not legal; `issues` says all of it.
        """
        return checks.validate(cls, cls.Config, values)

    @classmethod
    def read_json(cls, text: str | bytes) -> Any:
        """Return the JSON of a configuration as one.

        Raises:
            ValidationError: It is no JSON, or no legal configuration.
        """
        return cls.validate(checks.parsed(cls, text))

    @classmethod
    def complete(cls, values: Mapping[str, Any]) -> Any:
        """Return the configuration of some values, and the defaults of all other variables that are active.

        Each default is that of the branch which the values before it choose.

        Raises:
            ValidationError: A name is unknown or not active, a value is not legal, or the constraints do not
                hold of the defaults beside the given values.
        """
        return checks.complete(cls, cls.Config, values)

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

    @classmethod
    def crossover(cls, first: Any, second: Any, rng: Rng) -> Any:
        """Return a legal configuration that has each value from either parent, by the toss of a coin.

        A value that does not fit where it comes to is that of the other parent, or the default. Where no
        mixture is found that the constraints allow, values of the second come one by one to the first.
        """
        return crossing.crossover(cls, first, second, rng)

    @classmethod
    def distance(cls, first: configs.Config, second: configs.Config) -> float:
        """Return how far apart two configurations are: the mean over the variables, from 0 to 1; a metric.

        Different options are 1 apart, and so is what only one of them has; numbers by their share of the
        whole range, with `log` by their logarithms.
        """
        return crossing.distance(cls, first, second)

    @classmethod
    def encode(cls, config: configs.Config) -> list[float]:
        """Return a configuration as a point of the unit cube: one number for each of `variables`, in order.

        Each is the place of the value in the domain that is active, 0 to 1, and nan for what is not active.
        """
        return coding.encode(cls, config)

    @classmethod
    def decode(cls, vector: Sequence[float]) -> Any:
        """Return the configuration that a point stands for; `decode(encode(config))` is `config`.

        What is active and nan takes its default; numbers of what is not active are not looked at. Of a range
        around zero, floats come back as near as numbers of 53 bits allow.

        Raises:
            ValidationError: It is no point of the cube, or the constraints do not hold there.
        """
        return coding.decode(cls, cls.Config, vector)

    @classmethod
    def grid(cls, points: int = 5) -> Any:
        """Yield every legal combination of all options and of up to `points` values of each number.

        The values of a number are evenly spread, with the ends.

        Raises:
            ValueError: `points` is less than 1.
        """
        return designs.grid(cls, cls.Config, points)

    @classmethod
    def latin_hypercube(cls, n: int, rng: Rng) -> Any:
        """Return `n` legal configurations of which every n-th part of each prior has one.

        The parts are those of the numbers that `sample` asks for: what constraints tie together shares one.
        """
        return designs.latin_hypercube(cls, n, rng)

    @classmethod
    def sobol(cls, n: int, seed: int = 0) -> Any:
        """Return `n` legal configurations, by the declared priors, at scrambled Sobol points.

        Raises:
            ImportError: SciPy is missing; the extra `mlsig[sobol]` has it.
            ValueError: The space asks for more numbers a sample than there are dimensions of such points.
        """
        return designs.sobol(cls, n, seed)

    @classmethod
    def cardinality(cls) -> int | None:
        """Return how many legal configurations there are, or None where the compiler did not find out.

        Generated spaces replace this by the exact number, which is an int of any size. Configurations that
        differ only in continuous numbers (floats without steps) count as one.
        """
        return None

    @classmethod
    def describe(cls) -> dict[str, Any]:
        """Return the space as data that any language can read: JSON's types, of the format `FORMAT`.

        Variables with kinds, domains, branches and defaults; conditions and constraints as texts. See
        `mlsig.spaces.describing`.
        """
        from mlsig.spaces import describing  # noqa: PLC0415  (for reports)

        return describing.described(cls)

    @classmethod
    def to_json(cls) -> str:
        """Return the JSON of `describe`."""
        import json  # noqa: PLC0415

        return json.dumps(cls.describe(), ensure_ascii=False, allow_nan=False)

    @classmethod
    def continuous_dimensions(cls) -> int:
        """Return how many variables have a domain with more values than can be counted."""
        return sum(any(domain.size is None for domain in variable.domains) for variable in cls.variables)

    @classmethod
    def module(cls, config: configs.Config, name: str) -> Any:
        """Return the class that a `module` variable of a configuration names.

        It is imported and held against the Protocol of its role when it is first used.

        Raises:
            ValidationError: There is no such variable, it is not active, or its class is not what is needed.
        """
        from mlsig.programs.modules import load  # noqa: PLC0415  (brings adapters and all they need)

        checks.variables(cls, [name])
        values = configs.values_of(cls.name, config)
        cls.domain(name, values)
        return load(name, values[name])

    @classmethod
    def warnings(cls, config: configs.Config) -> list[Issue]:
        """Return the preferences that a legal configuration does not meet."""
        return wishes.warnings(cls, config)

    @classmethod
    def penalty(cls, config: configs.Config) -> float:
        """Return how many preferences a legal configuration does not meet; 0.0 is best."""
        return float(len(wishes.unmet(cls, config)))
