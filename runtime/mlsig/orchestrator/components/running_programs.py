"""A program that runs: its line of calls, what it runs with, and what it did."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlsig.orchestrator.components.bounded import Bounded, Work

if TYPE_CHECKING:
    from mlsig.programs.program import Program
    from mlsig.providers.accounting import Tally


@dataclass(frozen=True)
class Ran:
    """One run, as it is remembered.

    Attributes:
        at: When it ended, by the clock.
        cost: US dollars.
        latency: Seconds that its requests took.
        tokens: Read and written.
        error: Why there is no output, or None.
    """

    at: float
    cost: float
    latency: float
    tokens: int
    error: str | None


@dataclass(frozen=True)
class ProgramStats:
    """How a program did.

    Attributes:
        work: Its calls.
        requests: Answered by models.
        cost: US dollars of all its calls.
        tokens: Read and written by all its calls.
        recent: The last 100 runs, the oldest first.
        candidate: The key of what it runs with.
    """

    work: Work
    requests: int
    cost: float
    tokens: int
    recent: tuple[Ran, ...]
    candidate: str


class Running:
    """A program, and what is known of it."""

    def __init__(self, program: Program, line: Bounded, recent: int, needs: Mapping[str, int]) -> None:
        self.needs = needs
        self.given = program
        self.program = program
        self.ready = program
        self.line = line
        self.recent: deque[Ran] = deque(maxlen=recent)
        self.requests = self.tokens = 0
        self.cost = 0.0

    def count(self, took: Tally, at: float, error: BaseException | None) -> None:
        """Note what a call took, when it ended, and what it ended with."""
        tokens = took.input_tokens + took.output_tokens
        self.requests += took.calls
        self.tokens += tokens
        self.cost += took.cost
        told = None if error is None else str(error) or type(error).__name__
        self.recent.append(Ran(at, took.cost, took.latency, tokens, told))

    def stats(self) -> ProgramStats:
        """Return how it did."""
        return ProgramStats(
            work=self.line.work.get(self.line.name, Work()).copy(),
            requests=self.requests,
            cost=self.cost,
            tokens=self.tokens,
            recent=tuple(self.recent),
            candidate=self.program.candidate.key(),
        )
