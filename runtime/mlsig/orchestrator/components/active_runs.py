"""A run of the optimiser as others see it while it is under way, whatever becomes of its task."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlsig.orchestrator.components.optimizations import Optimization
    from mlsig.providers.messages import LM
    from mlsig.simba.events import Event
    from mlsig.simba.experiment import Experiment, Findings, Measuring


@dataclass(frozen=True)
class ActiveRun:
    """A run that is under way, as it is at the moment.

    Attributes:
        id: Its name in the store.
        program: What it improves.
        seconds: Since it was started here.
        phase: What it does: `starting`, `baseline`, `search`, `finals`, `best`.
        step: Steps of the search that are done.
        calls: Calls that the search has paid for, as of its last step.
        budget: Calls that it may pay for.
        candidates: Tried so far.
        score: What its best candidate is believed to score; None before the first step.
        evaluated: Examples run or recalled since it was started the last time.
        crashes: What it crashed with; it was started again after each.
        stopping: Whether it was asked to stop.
    """

    id: str
    program: str
    seconds: float
    phase: str
    step: int
    calls: int
    budget: int
    candidates: int
    score: float | None
    evaluated: int
    crashes: tuple[str, ...]
    stopping: bool


class Run:
    """A run, and what is known of it outside of its task."""

    def __init__(self, id: str, identity: str, experiment: Experiment, lm: LM, began: float) -> None:
        self.id = id
        self.identity = identity
        self.experiment = experiment
        self.lm = lm
        self.began = began
        self.phase = "starting"
        self.step = self.calls = self.candidates = self.evaluated = 0
        self.score: float | None = None
        self.crashes: list[str] = []
        self.asked = False
        self.known: Optimization | None = None
        self.ended: asyncio.Future[Findings] = asyncio.get_running_loop().create_future()
        self.ended.add_done_callback(_seen)

    def hear(self, event: Event | Measuring) -> None:
        """Follow it."""
        from mlsig.simba import events  # noqa: PLC0415  (it is imported by now)
        from mlsig.simba.experiment import Measuring  # noqa: PLC0415

        match event:
            case Measuring():
                self.phase = event.which
            case events.Started():
                self.phase, self.calls = "search", event.paid
            case events.Evaluated():
                self.evaluated += 1
            case events.StepEnded():
                self.step, self.score = event.step, event.score
                self.calls, self.candidates = event.calls, event.candidates
                if self.known is not None:
                    self.known.progress(event.score)
            case events.FinalsStarted():
                self.phase = "finals"
            case events.Ended():
                self.score, self.calls = event.score, event.calls
            case _:
                pass

    def now(self, clock: float) -> ActiveRun:
        """Return how it is; `clock` says what time it is."""
        return ActiveRun(
            id=self.id,
            program=self.experiment.program.name,
            seconds=clock - self.began,
            phase=self.phase,
            step=self.step,
            calls=self.calls,
            budget=self.experiment.settings.budget_calls,
            candidates=self.candidates,
            score=self.score,
            evaluated=self.evaluated,
            crashes=tuple(self.crashes),
            stopping=self.asked,
        )

    def stop(self) -> bool:
        """Say whether to stop; it is asked before each call."""
        return self.asked or self.experiment.stop()


def _seen(ended: asyncio.Future[Findings]) -> None:
    """Nobody has to ask for a result."""
    if not ended.cancelled():
        ended.exception()
