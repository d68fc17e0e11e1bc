"""The numbers that steer a run.

All of them are part of a run's identity: change one, and it is another run.
"""

from __future__ import annotations

from typing import Final

import msgspec

ALGORITHM: Final = 3
"""Rises when the same settings begin to give another trajectory.

A run is resumed only by the algorithm it began with.
"""

UNSAID_CALLS: Final = 1_000_000
"""The budget in calls of a run that another budget ends."""

STRATEGIES: Final = (
    "append_demo",
    "append_rule",
    "vary_configuration",
    "swap_module",
    "merge",
    "assemble",
    "reword",
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How a run searches.

    Attributes:
        budget_calls: Calls that may be paid for, reflection and calls lost to a kill included; `UNSAID_CALLS`
            where another budget ends the run.
        budget_tokens: Tokens of prompts and answers that may be paid for, at the most that calls can take.
        budget_usd: US dollars that may be spent, by the declared prices.
        budget_seconds: After so many seconds no call is made.
        seed: Decides every random choice, and the sampling seed of every call.
        challengers: New candidates in a step.
        returning: Earlier candidates that get another chance in a step.
        rungs: Examples of a mini-batch that contestants run: all of them the first
            rung, the better half the second, and so on.
        finalists: Front-runners that are compared on the validation part, besides the baseline.
        final_share: The part of the budget that is kept for that comparison.
        max_demos: Demonstrations of a candidate, where no variable `demos` says it.
        max_rules: Rules of a candidate.
        rules: Whether to ask a model for words: rules, and other instructions and descriptions.
        strategies: The ways to make new candidates; all of them where none is named.
        target: Stop when the best score is at least this, on at least as many examples as the last rung has.
        patience: Stop after so many steps without a gain of `min_delta`.
        earned: Whether to find out, for a tenth of the budget, what each rule and demonstration of the chosen
            candidate earned.
    """

    budget_calls: int
    seed: int = 0
    budget_tokens: int | None = None
    budget_usd: float | None = None
    budget_seconds: float | None = None
    challengers: int = 6
    returning: int = 1
    rungs: tuple[int, ...] = (4, 8, 16)
    finalists: int = 4
    final_share: float = 0.3
    max_demos: int = 4
    max_rules: int = 8
    rules: bool = True
    strategies: tuple[str, ...] = ()
    target: float | None = None
    patience: int = 10
    min_delta: float = 0.001
    earned: bool = False

    def __post_init__(self) -> None:
        if self.budget_calls < 1:
            raise ValueError(f"a budget of {self.budget_calls} calls allows nothing: it must be at least 1")
        further = {"tokens": self.budget_tokens, "dollars": self.budget_usd, "seconds": self.budget_seconds}
        for name, most in further.items():
            if most is not None and not most > 0:
                raise ValueError(f"a budget of {most} {name} allows nothing: it must be above 0")
        if not self.rungs or any(
            low >= high for low, high in zip((0, *self.rungs), self.rungs, strict=False)
        ):
            raise ValueError(f"rungs {self.rungs} must rise from at least 1")
        if min(self.challengers, self.finalists, self.patience) < 1:
            raise ValueError("challengers, finalists and patience must be at least 1")
        unknown = sorted(set(self.strategies) - set(STRATEGIES))
        if unknown:
            raise ValueError(f"there is no strategy {', '.join(unknown)}; there are {', '.join(STRATEGIES)}")

    @property
    def slack(self) -> int:
        """Calls that are planned for nobody, so that a kill or two does not change the course of the run."""
        return self.budget_calls // 25
