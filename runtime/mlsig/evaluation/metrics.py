"""What metrics say of an answer, here or in a process that can be killed.

A broken metric ends the work: no score can be made up for it. One that runs in a process of its own and hangs
there, or takes the process with it, fails its example alone.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable
from importlib import import_module
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, Protocol

from mlsig.errors import MlsigError, ValidationError
from mlsig.programs import Program
from mlsig.signatures import Example

if TYPE_CHECKING:
    from mlsig.evaluation.evaluator import Job

METRIC: Final = "metric"
"""The kind of an error of a metric whose process hung or died."""


class EvaluationError(MlsigError):
    """The program or a metric raises: its code is broken, not its prompt."""


class MetricError(EvaluationError):
    """A metric cannot be imported, raises, or returns no finite number; no score can be made up for that."""


class MetricFailed(Exception):
    """A metric hung, or its process died: there is no telling whether it is broken, or this answer is odd."""


class Processes(Protocol):
    """What metrics ask of `mlsig.orchestrator.components.EvaluationWorkers`."""

    @property
    def processes(self) -> int:
        """How many there are."""
        ...

    def call(self, function: Callable[..., Any], *args: Any) -> Coroutine[Any, Any, Any]:
        """Run a function in one of them."""
        ...


class Metrics:
    """The metrics of programs, run here, or in processes where there are any."""

    def __init__(self, processes: Processes | None = None) -> None:
        self._apart = processes if processes is not None and processes.processes else None
        self.here: Final = self._apart is None

    @staticmethod
    def now(program: Program, example: Example[Any, Any], output: Any) -> dict[str, float]:
        """Return what each metric says, here and now.

        Raises:
            MetricError: One is broken.
        """
        return {name: measured(program, name, example, output) for name in program.metrics}

    async def of(self, program: Program, example: Example[Any, Any], output: Any) -> dict[str, float]:
        """Return what each metric of a program says about an answer.

        Raises:
            MetricError: One is broken.
            MetricFailed: One hung, or its process died.
        """
        if self._apart is None:
            return self.now(program, example, output)
        return {
            name: await self._measured(self._apart, program, name, example, output)
            for name in program.metrics
        }

    async def tried(self, jobs: Iterable[Job]) -> None:
        """Score the first example whose right answer is known as if the model had given that answer.

        Raises:
            MetricError: A metric is broken.
        """
        for job in jobs:
            try:
                answer = job.program.signature.Output.validate(job.example.expected.to_dict())
            except ValidationError:
                continue
            try:
                await self.of(job.program, job.example, answer)
            except MetricFailed as error:
                raise MetricError(str(error)) from error
            return

    async def _measured(
        self, processes: Processes, program: Program, name: str, example: Example[Any, Any], output: Any
    ) -> float:
        from mlsig.orchestrator import WorkerDied  # noqa: PLC0415  (few have metrics in processes)

        kind = type(program)
        try:
            found = await processes.call(
                measured_apart, kind.__module__, kind.__qualname__, name, example, output
            )
        except (TimeoutError, WorkerDied) as error:
            raise MetricFailed(f"metric {name} of {program.name}: {error}") from error
        except Exception as error:
            # What cannot travel between processes ends here too.
            raise MetricError(
                f"metric {name} of {program.name}: cannot run in a process: {type(error).__name__}: {error}"
            ) from error
        if isinstance(found, str):
            raise MetricError(found)
        return float(found)


def measured_apart(module: str, program: str, name: str, example: Example[Any, Any], output: Any) -> Any:
    """Return what a metric says, or what is wrong with it as text; the whole of what a process does."""
    found = sys.modules.get(module) or import_module(module)
    for part in program.split("."):
        found = getattr(found, part)
    kind: Any = found
    try:
        return measured(kind, name, example, output)
    except MetricError as error:
        return str(error)


def measured(program: Program | type[Program], name: str, example: Example[Any, Any], output: Any) -> float:
    """Return what a metric says about an answer.

    Raises:
        MetricError: It cannot be imported, raises, or returns no finite number.
    """
    try:
        value = float(getattr(program, f"metric_{name}")(example, output))
    except Exception as error:
        raise MetricError(
            f"metric {name} of {program.name}: {type(error).__name__}: {error}{_place(error)}"
        ) from error
    if not isfinite(value):
        raise MetricError(f"metric {name} of {program.name}: returned {value}, which is not a finite number")
    return value


def _place(error: Exception) -> str:
    """Say where in the user's metric it happened, or where the metric is imported if it never got so far."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)[1:]
        if not frame.filename.startswith("<frozen ")
    ]
    # The first is the program's method, which imports the metric; the second is the metric.
    return "".join(f" ({frame.filename}:{frame.lineno})" for frame in frames[:2][-1:])
