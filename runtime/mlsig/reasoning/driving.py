"""Does what strategies want done: calls of models, work, and several generators side by side.

The loops of `mlsig.programs` make calls themselves, which is most of what there is to do; what else a
strategy yields comes here.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from mlsig.errors import ParseError, ProviderError, ProviderRefused, ProviderUnreachable
from mlsig.providers import sync
from mlsig.providers.messages import LM, Request
from mlsig.reasoning.steps import Steps, Together, Trail, Wanted
from mlsig.tools.use import Acted


async def result(wanted: Wanted, lm: LM, trail: Trail) -> Any:
    """Do it, and return what came of it.

    Raises:
        ProviderError: A call failed.
        BudgetExhausted: The next call would exceed the budget.
    """
    if isinstance(wanted, Request):
        trail.messages = wanted.messages
        reply = await lm.complete(wanted)
        trail.replies.append(reply)
        return reply
    if not isinstance(wanted, Together):
        acted = wanted if isinstance(wanted, Acted) else await wanted.perform()
        trail.acts.append(acted)
        return acted
    trails = [Trail() for _ in wanted.branches]
    tasks = [
        asyncio.ensure_future(_branch(steps, lm, own))
        for steps, own in zip(wanted.branches, trails, strict=True)
    ]
    try:
        return await asyncio.gather(*tasks)
    finally:
        # After an error, or when this is cancelled, nothing goes on behind the caller's back.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _join(trail, trails)


def result_in_place(wanted: Wanted, lm: LM | sync.Immediate, trail: Trail) -> Any:
    """Do it for a caller that waits; see `result`. A model that answers at once is asked in order."""
    if isinstance(wanted, Request):
        trail.messages = wanted.messages
        reply = sync.complete(lm, wanted)
        trail.replies.append(reply)
        return reply
    if not isinstance(wanted, Together):
        acted = wanted if isinstance(wanted, Acted) else sync.run(wanted.perform())
        trail.acts.append(acted)
        return acted
    if not _immediate(lm):
        return sync.run(result(wanted, cast("LM", lm), trail))
    found: list[Any] = []
    for steps in wanted.branches:
        try:
            found.append(_finished(steps, lm, trail))
        except ParseError as error:
            found.append(error)
        except ProviderError as error:
            found.append(_of_one_call(error))
    return found


async def _branch(steps: Steps, lm: LM, trail: Trail) -> Any:
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(await result(wanted, lm, trail))
    except StopIteration as done:
        return done.value
    except ParseError as error:
        return error
    except ProviderError as error:
        return _of_one_call(error)
    finally:
        steps.close()


def _finished(steps: Steps, lm: LM | sync.Immediate, trail: Trail) -> Any:
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(result_in_place(wanted, lm, trail))
    except StopIteration as done:
        return done.value
    finally:
        steps.close()


def _immediate(lm: Any) -> bool:
    """Say whether a model answers where the caller stands, whatever is around it."""
    while (behind := getattr(lm, "_lm", None)) is not None:
        lm = behind
    return hasattr(lm, "complete_sync")


def _of_one_call(error: ProviderError) -> ProviderError:
    """Return an error that is about one call; one that every other call will meet is raised."""
    if isinstance(error, ProviderRefused | ProviderUnreachable):
        raise error
    return error


def _join(trail: Trail, others: list[Trail]) -> None:
    for other in others:
        trail.messages = other.messages or trail.messages
        trail.replies += other.replies
        trail.acts += other.acts
