"""What a supervisor has to do, one thing after the other: news of its children, and questions of others.

mail.post(restart)                      # done in its turn
answer = await mail.ask(terminate)      # the same, and whoever asks waits for it
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar, cast

from mlsig.orchestrator.refusals import NotRunning

Result = TypeVar("Result")
Letter: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class Asked:
    """A question in the queue, and its answer."""

    __slots__ = ("_ask", "answer")

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self._ask = ask
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> None:
        """Answer it; errors are the asker's."""
        try:
            answer = await self._ask()
        except asyncio.CancelledError:
            self.refuse(NotRunning("the supervisor was stopped"))
            raise
        except Exception as error:
            self.refuse(error)
        else:
            if not self.answer.done():
                self.answer.set_result(answer)

    def refuse(self, error: Exception) -> None:
        """Answer with an error, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Mail:
    """Letters, in the order in which they came."""

    __slots__ = ("_letters", "_wake")

    def __init__(self) -> None:
        self._letters: deque[Letter] = deque()
        self._wake: asyncio.Future[None] | None = None

    def post(self, letter: Letter) -> None:
        """Add something to do."""
        self._letters.append(letter)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def ask(self, ask: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Add something to do, wait for it, and return what it returns."""
        asked = Asked(ask)
        self.post(asked)
        return cast("Result", await asked.answer)

    async def work(self) -> None:
        """Wait until there is something to do, and do all that there is."""
        if not self._letters:
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None
        while self._letters:
            await self._letters.popleft()()

    def clear(self) -> None:
        """Forget everything."""
        self._letters.clear()

    def refuse(self, name: str) -> None:
        """Answer whoever asked too late."""
        while self._letters:
            letter = self._letters.popleft()
            if isinstance(letter, Asked):
                letter.refuse(NotRunning(f"{name} has stopped"))
