"""Asking again after an answer that cannot be used, with what was wrong about it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

import msgspec

from mlsig.adapters.wording import Words
from mlsig.errors import ParseError
from mlsig.parsing import Reading
from mlsig.providers.messages import Message, Reply, Request
from mlsig.reasoning.steps import Steps, Wanted

MOST_ISSUES: Final = 10
LONGEST: Final = 20_000


def reasked(
    steps: Steps, read: Callable[[str], Reading[Any]], times: int, words: Words
) -> Generator[Wanted, Any, Reading[Any]]:
    """Run a strategy; where its last answer cannot be read, show the model why and ask again.

    Each time is a request like any other: it is counted in calls, tokens and budgets.

    Args:
        steps: The strategy.
        read: Reads an answer to the last request.
        times: How often to ask again at most.
        words: The texts `again` and `issue`.

    Raises:
        ParseError: The last answer could not be read either.
    """
    last: tuple[Request, Reply] | None = None
    try:
        wanted = next(steps)
        while True:
            came = yield wanted
            if isinstance(wanted, Request):
                last = wanted, came
            wanted = steps.send(came)
    except StopIteration as done:
        reading: Reading[Any] = done.value
        return reading
    except ParseError as error:
        failure = error
    while last is not None and last[1].text == failure.text and times > 0:
        times -= 1
        request, reply = last
        again = (*request.messages, *_told(reply, failure, words))
        request = msgspec.structs.replace(request, messages=again)
        reply = yield request
        last = request, reply
        try:
            return read(reply.text)
        except ParseError as error:
            failure = error
    raise failure


def _told(reply: Reply, error: ParseError, words: Words) -> tuple[Message, ...]:
    issues = "\n".join(words.say("issue", issue=str(issue)) for issue in error.issues[:MOST_ISSUES])
    asked = Message("user", words.say("again", issues=issues))
    return (Message("assistant", reply.text[:LONGEST]), asked) if reply.text.strip() else (asked,)
