"""What a model around another one has in common: the sync and the async face of one set of steps.

A wrapper says what it does as a generator that yields requests for the model behind it and receives the
replies, or has its errors raised at the `yield`. So a sync caller of, say, a budget around a model that
needs no event loop takes no trip to one.
"""

from __future__ import annotations

from collections.abc import Generator

from mlsig.providers.messages import LM, Reply, Request


class Around:
    """A model around another one."""

    _lm: LM

    def _steps(self, request: Request) -> Generator[Request, Reply, Reply]:
        """Yield requests for the model behind, receive replies, return the reply to `request`."""
        raise NotImplementedError

    async def complete(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            ProviderError: As the model behind.
        """
        steps = self._steps(request)
        try:
            asked = next(steps)
            while True:
                try:
                    reply = await self._lm.complete(asked)
                except BaseException as error:
                    asked = steps.throw(error)
                else:
                    asked = steps.send(reply)
        except StopIteration as done:
            found: Reply = done.value
            return found

    def complete_sync(self, request: Request) -> Reply:
        """Answer one request and wait for it; as `complete`."""
        from mlsig.providers import sync  # noqa: PLC0415  (asyncio and threads only where they are used)

        steps = self._steps(request)
        try:
            asked = next(steps)
            while True:
                try:
                    reply = sync.complete(self._lm, asked)
                except BaseException as error:
                    asked = steps.throw(error)
                else:
                    asked = steps.send(reply)
        except StopIteration as done:
            found: Reply = done.value
            return found
