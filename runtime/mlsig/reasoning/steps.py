"""What a program asks of whoever runs it: calls of a model, things to do, and several of these side by side.

A strategy is a generator. It yields one of these and is sent what came of it; it does no input or output:

    reply = yield request                             # a `Reply`
    acted = yield use                                 # an `Acted`
    results = yield Together((one(), another()))      # what each returned, or the error that ended it
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Protocol, TypeAlias

import msgspec

from mlsig.providers.messages import Message, Reply, Request
from mlsig.tools.use import Acted


class Work(Protocol):
    """Something to do that is no call of a model: a tool, a program in the sandbox."""

    async def perform(self) -> Acted:
        """Do it. What goes wrong is part of the result: it is for the model to read."""
        ...


class Together(msgspec.Struct, frozen=True):
    """Generators that are run side by side where the model allows it, and in order where it does not.

    What comes back is a list with what each returned. `ParseError`, and a `ProviderError` that is about one
    call, stand in it as values; any other error ends them all.
    """

    branches: tuple[Generator[Any, Any, Any], ...]


Wanted: TypeAlias = Request | Work | Together | Acted
"""What a strategy may yield; an `Acted` is only kept, for whoever looks at the run."""

Steps: TypeAlias = Generator[Wanted, Any, Any]
"""A strategy at work."""


class Trail:
    """What happened in a run, in order; of things side by side, one after the other.

    Attributes:
        messages: The prompt of the last call.
        replies: What the model answered.
        acts: What was done between the calls.
    """

    __slots__ = ("acts", "messages", "replies")

    def __init__(self) -> None:
        self.messages: tuple[Message, ...] = ()
        self.replies: list[Reply] = []
        self.acts: list[Acted] = []
