"""The space of a pipeline: those of its steps side by side, each under the name of its step.

    class Variables(spaces.Product):
        class Config(spaces.ProductConfig, frozen=True, kw_only=True):
            plan: Plan.Variables.Config
            docs: Review.Variables.Config

        parts = (spaces.Part("plan", "plan", Plan.Variables), spaces.Part("docs", "docs", Review.Variables))

As data, a configuration is flat: `{"plan.model": …, "plan.temperature": …, "docs.model": …}`. Nothing is said
about two steps together, so a sample of the whole is a sample of each, and there are as many configurations
as there are combinations. Whatever looks at variables one by one (`mutate`, `neighbors`, `check`, importance)
finds them here under these names, and their conditions look at the values of their own step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, cast

import msgspec

from mlsig.errors import Issue
from mlsig.spaces import checks
from mlsig.spaces.configs import Config, values_of
from mlsig.spaces.draws import Rng
from mlsig.spaces.space import Space
from mlsig.spaces.variables import ABSENT, Branch, Composite, Condition, Constraint, Preference, Variable


class Part(msgspec.Struct, frozen=True):
    """The space of one step: the step's name, and that of the attribute which has its configuration."""

    name: str
    attribute: str
    space: type[Space]


def _of(config: object, part: Part) -> Any:
    """Return the configuration of a step."""
    return getattr(config, part.attribute)


class ProductConfig(Config, frozen=True, kw_only=True):
    """The base of configurations of pipelines: one configuration for each step."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values by `step.variable`; composites too, and nothing that is inactive."""
        return {
            f"{part.name}.{name}": value
            for part in self.__space__.parts
            for name, value in _of(self, part).to_dict().items()
        }

    def __variables__(self) -> dict[str, Any]:
        """Return the values of the variables by `step.variable`, unchecked."""
        return {
            f"{part.name}.{name}": value
            for part in self.__space__.parts
            for name, value in _of(self, part).__variables__().items()
        }

    @classmethod
    def __made__(cls, values: Mapping[str, Any]) -> Self:
        """Return legal values by `step.variable` as a configuration."""
        parts: tuple[Part, ...] = cls.__space__.parts
        made: dict[str, Config] = {
            part.attribute: part.space.Config.__made__(_within(values, f"{part.name}.")) for part in parts
        }
        return cls(**made)


class _Inside:
    """A condition of a step's variables, over the values of all steps."""

    __slots__ = ("_prefix", "_test")

    def __init__(self, step: str, test: Callable[[Mapping[str, Any]], Any]) -> None:
        self._prefix = f"{step}."
        self._test = test

    def __call__(self, values: Mapping[str, Any]) -> Any:
        return self._test(_within(values, self._prefix))


def _within(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    start = len(prefix)
    return {name[start:]: value for name, value in values.items() if name.startswith(prefix)}


def _condition(part: Part, condition: Condition | None) -> Condition | None:
    return None if condition is None else _Inside(part.name, condition)


def _text(part: Part, text: str) -> str:
    if not text:
        return ""
    said, _, inner = text.rpartition(" (in ")
    return f"{said} (in {part.name}.{inner}" if said else f"{text} (in {part.name})"


def _names(part: Part, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{part.name}.{name}" for name in names)


def _variables(part: Part) -> tuple[Variable, ...]:
    return tuple(
        msgspec.structs.replace(
            variable,
            name=f"{part.name}.{variable.name}",
            branches=tuple(_branch(part, branch) for branch in variable.branches),
            when=_condition(part, variable.when),
            text=_text(part, variable.text),
            depends=_names(part, variable.depends),
        )
        for variable in part.space.variables
    )


def _branch(part: Part, branch: Branch) -> Branch:
    return msgspec.structs.replace(branch, when=_condition(part, branch.when), text=_text(part, branch.text))


def _composites(part: Part) -> tuple[Composite, ...]:
    return tuple(
        msgspec.structs.replace(
            composite,
            name=f"{part.name}.{composite.name}",
            value=_Inside(part.name, composite.value),
            when=_condition(part, composite.when),
            text=_text(part, composite.text),
            depends=_names(part, composite.depends),
        )
        for composite in part.space.composites
    )


def _constraints(part: Part) -> tuple[Constraint, ...]:
    return tuple(
        msgspec.structs.replace(
            rule,
            name=f"{part.name}.{rule.name}",
            holds=_Inside(part.name, rule.holds),
            text=_text(part, rule.text),
            reads=_names(part, rule.reads),
        )
        for rule in part.space.constraints
    )


def _preferences(part: Part) -> tuple[Preference, ...]:
    return tuple(
        msgspec.structs.replace(
            wish,
            holds=_Inside(part.name, wish.holds),
            text=_text(part, wish.text),
            reads=_names(part, wish.reads),
        )
        for wish in part.space.preferences
    )


class _Collected:
    """A tuple of all steps' variables, or of what else they have: put together when it is first read."""

    def __init__(self, of: Callable[[Part], tuple[Any, ...]]) -> None:
        self._of = of
        self._name = ""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type[Product]) -> tuple[Any, ...]:
        found = tuple(each for part in owner.parts for each in self._of(part))
        if owner is not Product:
            setattr(owner, self._name, found)
        return found


class Product(Space):
    """The base of generated spaces of pipelines.

    Attributes:
        parts: The spaces of the steps, in the order of the steps.
    """

    parts: ClassVar[tuple[Part, ...]] = ()
    variables: ClassVar[tuple[Variable, ...]] = cast("Any", _Collected(_variables))
    composites: ClassVar[tuple[Composite, ...]] = cast("Any", _Collected(_composites))
    constraints: ClassVar[tuple[Constraint, ...]] = cast("Any", _Collected(_constraints))
    preferences: ClassVar[tuple[Preference, ...]] = cast("Any", _Collected(_preferences))

    @classmethod
    def legal(cls, config: Any) -> bool:
        """Tell whether the configuration of each step is a legal one."""
        return all(part.space.legal(_of(config, part)) for part in cls.parts)

    @classmethod
    def sample_columns(cls, n: int, rng: Rng) -> dict[str, Any]:
        """Draw `n` configurations, the same as by `n` calls of `sample`, as arrays by `step.variable`."""
        from mlsig.spaces import vectors  # noqa: PLC0415  (NumPy is loaded when it is used)

        rows = [config.to_dict() for config in cls.sample_batch(n, rng)]
        names = [*(one.name for one in cls.variables), *(one.name for one in cls.composites)]
        return {name: vectors.objects([row.get(name, ABSENT) for row in rows]) for name in names}

    @classmethod
    def encode(cls, config: Config) -> list[float]:
        """Return a configuration as a point of the unit cube: the points of the steps in turn."""
        values_of(cls.name, config)
        return [number for part in cls.parts for number in part.space.encode(_of(config, part))]

    @classmethod
    def cardinality(cls) -> int | None:
        """Return how many configurations are legal; None where that of a step is not known."""
        found = 1
        for part in cls.parts:
            count = part.space.cardinality()
            if count is None:
                return None
            found *= count
        return found

    @classmethod
    def module(cls, config: Config, name: str) -> Any:
        """Return the class that a `module` variable of a configuration names."""
        checks.variables(cls, [name])
        part = next(part for part in cls.parts if name.startswith(f"{part.name}."))
        return part.space.module(_of(config, part), name.removeprefix(f"{part.name}."))

    @classmethod
    def warnings(cls, config: Config) -> list[Issue]:
        """Return the preferences that a legal configuration does not meet; paths name the steps."""
        return [
            Issue(part.name, issue.code, issue.message, issue.value)
            for part in cls.parts
            for issue in part.space.warnings(_of(config, part))
        ]
