"""A program: a signature, a space of ways to run it, and what it is judged by."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, ClassVar, Self, TypeVar

from mlsig.candidates import Candidate
from mlsig.executions import ErrorKind, Execution
from mlsig.providers.declared import Provider
from mlsig.providers.messages import LM, Message, Reply, Request
from mlsig.records import Record
from mlsig.settings import CallSettings, Direction, Knob, Metric, Objective
from mlsig.signatures import Signature
from mlsig.spaces import Space

__all__ = [
    "CallSettings",
    "Candidate",
    "Direction",
    "ErrorKind",
    "Execution",
    "Knob",
    "Metric",
    "Objective",
    "Program",
]

OutputT = TypeVar("OutputT", bound=Record)


class Program:
    """The base of generated programs. Instances never change: `with_candidate` and `using` return copies."""

    name: ClassVar[str]
    signature: ClassVar[type[Signature]]
    space: ClassVar[type[Space]]
    providers: ClassVar[Mapping[str, Provider]]
    objectives: ClassVar[tuple[Objective, ...]] = ()
    metrics: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def settings(config: Any) -> CallSettings:
        """Say what a configuration means for a call."""
        raise NotImplementedError

    @property
    def candidate(self) -> Candidate:
        """What the program runs with."""
        raise NotImplementedError

    def with_candidate(self, candidate: Candidate) -> Self:
        """Return a copy that runs with `candidate`."""
        raise NotImplementedError

    def using(self, lm: LM) -> Self:
        """Return a copy whose calls are answered by `lm`."""
        raise NotImplementedError

    def prompt(self, **inputs: Any) -> tuple[Message, ...]:
        """Return exactly what would be sent for these inputs; makes no call."""
        raise NotImplementedError

    def steps(self, inputs: Record, *, seed: int | None = None) -> Generator[Request, Reply, Record]:
        """Run without doing any input or output: yields requests, receives replies, returns the output."""
        raise NotImplementedError

    def __call__(self, *args: Any, **inputs: Any) -> Any:
        """Run, and return the typed output."""
        raise NotImplementedError

    async def acall(self, *args: Any, **inputs: Any) -> Any:
        """Run, and return the typed output."""
        raise NotImplementedError

    async def execute(self, inputs: Record, lm: LM, *, seed: int | None = None) -> Execution:
        """Run, and report; only a dead model or an empty budget raises."""
        raise NotImplementedError

    def _call(self, inputs: Record, output: type[OutputT]) -> OutputT:
        raise NotImplementedError

    async def _acall(self, inputs: Record, output: type[OutputT]) -> OutputT:
        raise NotImplementedError
