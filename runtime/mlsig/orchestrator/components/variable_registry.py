"""The spaces that a process searches, the configurations that it knows of them, and who searches now.

    registry = VariableRegistry()
    registry.register(Tuning)
    known = registry.add(Tuning, {"temperature": 0.3, …}, origin="hand")      # validated
    registry.measured(known.id, accuracy=0.81, cost=0.002)
    registry.best("accuracy", space=Tuning).config
    registry.variables(kind="float")                                           # of all spaces

Only legal configurations are known, and equal ones are one.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.components.optimizations import ENDED, Optimization, Optimizations, Status
from mlsig.spaces import Config, Space
from mlsig.spaces.variables import Kind, Variable

CONFIGURATIONS: Final = 10_000


@dataclass
class Known:
    """A configuration that the registry knows.

    Attributes:
        id: The same for equal configurations of one space, in every process.
        space: What it is of.
        config: It.
        since: When it was first added, by the clock.
        metrics: The last value of each that was measured.
        measured: How often something was.
        about: What was said of it when it was added.
    """

    id: str
    space: type[Space]
    config: Config
    since: float
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    measured: int = 0
    about: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class VariableStats:
    """What is known.

    Attributes:
        spaces: Registered.
        variables: Of all of them together.
        configurations: Known now.
        measured: Those of which something was measured.
        forgotten: Configurations that had to make room.
        optimizations: By status; `running` ones are active.
    """

    spaces: int
    variables: int
    configurations: int
    measured: int
    forgotten: int
    optimizations: Mapping[Status, int]


class VariableRegistry:
    """Spaces by name, configurations by id, optimisations while they run.

    Args:
        configurations: How many are known; the one is forgotten that was not added, measured or asked for
            by its id for the longest.
        ended: How many optimisations that have ended are remembered.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        *,
        configurations: int = CONFIGURATIONS,
        ended: int = ENDED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if configurations < 1:
            raise ValueError(f"{configurations} configurations: give 1 or more")
        self._most = configurations
        self._clock = clock
        self._spaces: dict[str, type[Space]] = {}
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._forgotten = 0
        self.optimizations = Optimizations(ended=ended, clock=clock)

    # Spaces.

    def register(self, *spaces: type[Space]) -> None:
        """Make spaces known; again is no matter."""
        for space in spaces:
            self._spaces[_name(space)] = space

    def space(self, name: str) -> type[Space]:
        """Return a space by its name, `Tuning`, or with its module, `generated.qa.Tuning`.

        Raises:
            KeyError: There is none of the name, or there are several.
        """
        if name in self._spaces:
            return self._spaces[name]
        found = [full for full, space in self._spaces.items() if space.name == name]
        if len(found) == 1:
            return self._spaces[found[0]]
        if found:
            raise KeyError(f"several spaces are called {name}: ask for one of {', '.join(sorted(found))}")
        raise KeyError(f"there is no space {name}; there are {', '.join(sorted(self._spaces)) or 'none'}")

    def spaces(self) -> dict[str, type[Space]]:
        """Return all of them by their full names."""
        return dict(self._spaces)

    def variables(
        self, name: str | None = None, *, kind: Kind | None = None, space: type[Space] | None = None
    ) -> list[tuple[type[Space], Variable]]:
        """Return variables with their spaces: those of a name, a kind, a space, or all."""
        return [
            (each, variable)
            for each in self._spaces.values()
            if space in (None, each)
            for variable in each.variables
            if name in (None, variable.name) and kind in (None, variable.kind)
        ]

    # Configurations.

    def add(self, space: type[Space], values: Mapping[str, Any] | Config, **about: Any) -> Known:
        """Make a configuration known, or find it where it is; its space too.

        Args:
            space: What it is of.
            values: By name, or a ready-made configuration, which is checked as well.
            about: What to remember of it, beside what is.

        Raises:
            ValidationError: It is not legal; nothing is remembered.
        """
        config: Config = space.validate(values.to_dict() if isinstance(values, Config) else values)
        self.register(space)
        id = f"{_name(space)}-{config.digest()}"
        known = self._known.get(id)
        if known is None:
            known = self._known[id] = Known(id, space, config, self._clock())
            if len(self._known) > self._most:
                self._known.popitem(last=False)
                self._forgotten += 1
        self._known.move_to_end(id)
        known.about.update(about)
        return known

    def get(self, id: str) -> Known:
        """Return a configuration by its id.

        Raises:
            KeyError: It is not known, or not any more.
        """
        if id not in self._known:
            raise KeyError(f"there is no configuration {id}; {len(self._known)} are known")
        self._known.move_to_end(id)
        return self._known[id]

    def measured(self, id: str, **metrics: float) -> None:
        """Remember what was measured of a configuration.

        Raises:
            KeyError: It is not known.
        """
        known = self.get(id)
        known.metrics.update(metrics)
        known.measured += 1

    def find(
        self,
        *,
        space: type[Space] | None = None,
        values: Mapping[str, Any] | None = None,
        about: Mapping[str, Any] | None = None,
        where: Callable[[Known], bool] | None = None,
    ) -> list[Known]:
        """Return the configurations that meet all that is asked for, the one used last at the end.

        Args:
            space: What they are of.
            values: What variables or composites have to be.
            about: What has to have been said of them.
            where: Anything else.
        """
        return list(self._found(space, values or {}, about or {}, where))

    def best(self, metric: str, *, space: type[Space] | None = None, maximize: bool = True) -> Known | None:
        """Return the configuration with the best measured value; None where nothing was measured."""
        found = self.find(space=space, where=lambda known: metric in known.metrics)
        sign = 1 if maximize else -1
        return max(found, key=lambda known: sign * known.metrics[metric], default=None)

    def forget(self, id: str) -> bool:
        """Forget a configuration; say whether it was known."""
        return self._known.pop(id, None) is not None

    def _found(
        self,
        space: type[Space] | None,
        values: Mapping[str, Any],
        about: Mapping[str, Any],
        where: Callable[[Known], bool] | None,
    ) -> Iterator[Known]:
        for known in self._known.values():
            if space not in (None, known.space) or not about.items() <= known.about.items():
                continue
            if values and not values.items() <= known.config.to_dict().items():
                continue
            if where is None or where(known):
                yield known

    # Optimisations.

    def optimizing(self, name: str, space: type[Space], *, maximize: bool = True) -> Optimization:
        """Begin an optimisation, of this task: `with registry.optimizing("mood", Tuning) as run: …`."""
        self.register(space)
        return self.optimizations.begin(name, space, maximize=maximize)

    def stats(self) -> VariableStats:
        """Return the counts."""
        return VariableStats(
            spaces=len(self._spaces),
            variables=sum(len(space.variables) for space in self._spaces.values()),
            configurations=len(self._known),
            measured=sum(known.measured > 0 for known in self._known.values()),
            forgotten=self._forgotten,
            optimizations=self.optimizations.counts(),
        )

    def child(self, id: str = "variable_registry") -> Child:
        """Return it as a child of a supervisor; what it knows outlives the task of that."""
        return Child(id, self.run)

    async def run(self, started: Started) -> None:
        """Be there until cancelled."""
        started()
        await asyncio.Event().wait()


def _name(space: type[Space]) -> str:
    return f"{space.__module__}.{space.name}"
