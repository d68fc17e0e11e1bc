"""Several answers to one question, and the one that most of them support, or that a reward likes best.

class Careful(BestOfN):                      # in a module of yours: `module(Predict, "acme:Careful")`
    inner = ChainOfThought
    samples = 7

    @staticmethod
    def reward(inputs, output) -> float: ...
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, ClassVar

from mlsig import shapes
from mlsig.adapters.task import Layout
from mlsig.errors import ProviderError
from mlsig.parsing import Reading
from mlsig.parsing.outputs import unfit
from mlsig.reasoning.asking import Asking
from mlsig.reasoning.modules import ChainOfThought, Predict, Reasoning
from mlsig.reasoning.steps import Steps, Together, Wanted
from mlsig.reasoning.votes import vote
from mlsig.records import Record
from mlsig.tools.use import Acted


class BestOfN:
    """Asks `samples` times, side by side where that is possible, and lets the answers vote, field by field.

    Attributes:
        inner: How each answer is reached.
        samples: How many; None for what the configuration says.
        reward: Scores an answer, higher is better; with one, the best answer is taken whole, and the first
            of equals. It is called as `reward(inputs, output)`.
    """

    lead: ClassVar[tuple[shapes.Field, ...]] = ()
    inner: ClassVar[type[Reasoning]] = Predict
    samples: ClassVar[int | None] = None
    reward: ClassVar[Callable[[Any, Any], float] | None] = None

    def __init_subclass__(cls) -> None:
        # What the model writes before its outputs is a matter of the strategy inside.
        cls.lead = cls.inner.lead

    @classmethod
    def run(cls, layout: Layout, ask: Asking, inputs: Record) -> Generator[Wanted, Any, Reading[Any]]:
        """Ask several times, and choose.

        Raises:
            ParseError: No answer could be read.
            ProviderError: No call was answered.
        """
        count = max(1, ask.settings.samples if cls.samples is None else cls.samples)
        branches = tuple(cls._one(layout, ask.sample(number), inputs) for number in range(count))
        results: list[Any] = yield Together(branches)
        readings: list[Reading[Any]] = [found for found in results if isinstance(found, Reading)]
        if not readings:
            # What could be read wrongly says more than a call that failed.
            raise min(results, key=lambda error: isinstance(error, ProviderError))
        reward = cls.reward
        if reward is not None:
            chosen = max(readings, key=lambda reading: float(reward(inputs, reading.output)))
        else:
            chosen = vote(readings, lambda output: bool(ask.signature.disagreements(inputs, output)))
        if len(readings) < count:
            yield Acted(
                name="vote", arguments="", result=f"{len(readings)} of {count} answers count", failed=True
            )
        return chosen

    @classmethod
    def _one(cls, layout: Layout, ask: Asking, inputs: Record) -> Steps:
        """Return the steps to one answer that fits its inputs."""
        reading: Reading[Any] = yield from cls.inner.run(layout, ask, inputs)
        issues = ask.signature.disagreements(inputs, reading.output)
        if issues:
            raise unfit(issues, "")
        return reading


class SelfConsistency(BestOfN):
    """Reasons in words `samples` times, in different ways, and takes the answer that most of them reach."""

    inner = ChainOfThought
