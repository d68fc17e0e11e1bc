"""A hard cap on calls, tokens and US dollars.

Every call is reserved before it is made, at the most that it can take, so no number of calls in flight can
exceed the cap. What an answered call did not use comes back. The call itself never does, and neither does
anything of a call whose outcome is unknown: it may have been paid for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Mapping
from typing import Final

import msgspec

from mlsig.errors import BudgetExhausted, ProviderError
from mlsig.providers.around import Around
from mlsig.providers.declared import Model, Provider
from mlsig.providers.messages import LM, Attachment, Reply, Request

_FRAME: Final = 16
"""Tokens that a provider may put around each message."""

_FILE: Final = 5_000
"""Tokens for a file, more than any provider counts for an image of ordinary settings."""

_SOUND: Final = 50
"""Bytes of a sound to a token: a second is 32 tokens at most, and 2 kB at the least."""


class Spending(msgspec.Struct, frozen=True):
    """Tokens, of prompts and answers, and US dollars."""

    tokens: int = 0
    dollars: float = 0.0

    def plus(self, other: Spending) -> Spending:
        """Return both together."""
        return Spending(self.tokens + other.tokens, self.dollars + other.dollars)

    def less(self, other: Spending) -> Spending:
        """Return what is left without the other."""
        return Spending(self.tokens - other.tokens, self.dollars - other.dollars)


NOTHING: Final = Spending()


class Budget:
    """So much and no more, whoever makes the calls. Safe to share between tasks and threads.

    Attributes:
        limit: Calls allowed, or None.
        used: Calls reserved until now, those of an earlier process included.
        spent: Tokens and dollars, reserved ones included.
        elsewhere: Hears of what another process has paid.
    """

    def __init__(
        self,
        limit: int | None = None,
        *,
        tokens: int | None = None,
        dollars: float | None = None,
        used: int = 0,
        spent: Spending = NOTHING,
    ) -> None:
        """Allow so many calls, tokens and dollars, of which some are gone; None is no limit.

        Raises:
            ValueError: A limit is not above zero.
        """
        if limit is not None and limit <= 0:
            raise ValueError(f"a budget of {limit} calls allows nothing: it must be at least 1")
        for name, most in (("tokens", tokens), ("dollars", dollars)):
            if most is not None and not most > 0:
                raise ValueError(f"a budget of {most} {name} allows nothing: it must be above 0")
        self.limit: Final = limit
        self.tokens: Final = tokens
        self.dollars: Final = dollars
        self.used = used
        self.spent = spent
        self.elsewhere: Callable[[Spending], None] | None = None
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """Calls that may still be made, as far as their number goes."""
        return sys.maxsize if self.limit is None else max(0, self.limit - self.used)

    def reserve(self, most: Spending = NOTHING, calls: int = 1) -> None:
        """Take one call from the budget, or several at once, and the most that they can take.

        Raises:
            BudgetExhausted: So much is not left; nothing was taken.
        """
        with self._lock:
            if self.limit is not None and self.used + calls > self.limit:
                raise BudgetExhausted(f"the budget of {self.limit} calls is used up")
            tokens, dollars = self.spent.tokens + most.tokens, self.spent.dollars + most.dollars
            if self.tokens is not None and tokens > self.tokens:
                raise BudgetExhausted(
                    f"the next call may take {most.tokens:,} tokens, and of the budget of {self.tokens:,} "
                    f"there are {max(0, self.tokens - self.spent.tokens):,} left"
                )
            if self.dollars is not None and dollars > self.dollars:
                raise BudgetExhausted(
                    f"the next call may cost {most.dollars:.6f} dollars, and of the budget of "
                    f"{self.dollars:.6f} there are {max(0.0, self.dollars - self.spent.dollars):.6f} left"
                )
            self.used += calls
            self.spent = Spending(tokens, dollars)

    def release(self, calls: int) -> None:
        """Give calls back that were reserved for somebody else to make, and were not made."""
        with self._lock:
            self.used -= calls

    def charge(self, calls: int, spent: Spending = NOTHING) -> None:
        """Take from the budget what another process has paid, and tell whoever counts beside it."""
        with self._lock:
            self.used += calls
        self.settle(NOTHING, spent)
        if self.elsewhere is not None:
            self.elsewhere(spent)

    def settle(self, most: Spending, really: Spending) -> None:
        """Say what a reserved call took; what it did not is there again."""
        with self._lock:
            tokens = self.spent.tokens - most.tokens + really.tokens
            self.spent = Spending(tokens, self.spent.dollars - most.dollars + really.dollars)


class BudgetedLM(Around):
    """A model behind a budget; a budget in tokens or dollars needs to know the providers."""

    def __init__(self, lm: LM, budget: Budget, providers: Mapping[str, Provider] | None = None) -> None:
        self._lm = lm
        self._budget = budget
        self._providers = providers or {}

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        """Reserve, ask and settle; `BudgetExhausted` when the budget would be exceeded, or may be."""
        budget = self._budget
        if budget.tokens is None and budget.dollars is None:
            budget.reserve()
            return (yield request)
        provider = self._providers.get(request.provider)
        most = most_of(request, provider.model(request.model) if provider else Model(name=request.model))
        budget.reserve(most)
        try:
            reply = yield request
        except ProviderError as error:
            if error.status is not None and error.status != 200:  # the provider did not take it
                budget.settle(most, NOTHING)
            raise
        budget.settle(most, Spending(reply.input_tokens + reply.output_tokens, reply.cost))
        return reply


class Limited(Around):
    """A model whose calls are within budgets in tokens or dollars."""

    def most(self, request: Request) -> Spending:
        """Return the most that a call can take; `NOTHING` where there is no such budget."""
        raise NotImplementedError


def _most_of_file(file: Attachment) -> int:
    """Return the most tokens that a file is likely to take; what is behind a URL nobody knows."""
    size = {"image": 0, "audio": len(file.data) // _SOUND, "document": len(file.data)}[file.kind]
    return max(_FILE, size)


def most_of(request: Request, model: Model) -> Spending:
    """Return the most that a call can take: a token is at least a byte.

    Raises:
        BudgetExhausted: Nothing limits the answer.
    """
    written = request.max_tokens or model.max_output
    if written is None:
        raise BudgetExhausted(
            f"a budget in tokens or dollars needs a limit for each answer of {request.model}: "
            "set max_tokens, or declare the model's max_output"
        )
    asked = sum(len(message.content.encode()) + _FRAME for message in request.messages)
    asked += sum(len(call.arguments.encode()) for message in request.messages for call in message.calls)
    asked += sum(_most_of_file(file) for message in request.messages for file in message.media)
    asked += len(msgspec.json.encode((request.schema, request.tools)))
    return Spending(asked + written, model.cost(asked, written))
