"""A simulated model for tests of the optimiser: no network, no weights, planted effects.

It is a function of the request alone, seed included, so every run can be repeated. How often it is right
depends on the prompt in the way that a small base model was seen to behave:

- without demonstrations it mostly rambles;
- demonstrations of one label only, or unlucky ones, make it say the same thing always;
- more of them, and one block rather than turns, help; heat hurts;
- JSON that nobody enforces often comes out broken.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from hashlib import blake2b

import msgspec
from mlsig.errors import ProviderError
from mlsig.providers.messages import Reply, Request

WORDS = {"brilliant": "positive", "dreadful": "negative"}
LABEL = re.compile(r'sentiment"?:\s*"?(positive|negative)')
MENTION = re.compile(r"film number (\d+) was (\w+)")
OTHER = {"positive": "negative", "negative": "positive"}


class SimulatedLM:
    """Answers reviews; counts its calls, which are what would be paid.

    Args:
        delay: Seconds that a call takes, from the request; none by default.
        fail: Raises what it likes for a request, or returns.
    """

    def __init__(
        self,
        *,
        delay: Callable[[Request], float] | None = None,
        fail: Callable[[Request, int], None] | None = None,
    ) -> None:
        self.calls = 0
        self.flying = 0
        self.most_flying = 0
        self._delay = delay
        self._fail = fail

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        self.flying += 1
        self.most_flying = max(self.flying, self.most_flying)
        try:
            await asyncio.sleep(self._delay(request) if self._delay else 0)
            if self._fail:
                self._fail(request, self.calls)
            return answer(request)
        finally:
            self.flying -= 1


def answer(request: Request) -> Reply:
    text = _text(request)
    sent = sum(len(message.content) for message in request.messages) // 4
    return Reply(
        text=text,
        input_tokens=sent,
        output_tokens=max(1, len(text) // 4),
        cost=(sent * 0.05 + len(text) // 4 * 0.2) / 1_000_000,
        latency=0.1 + sent / 10_000,
    )


def chance(request: Request) -> float:
    """The probability of a right answer that the prompt earns, when it answers at all."""
    shown = demos(request)
    temperature = request.temperature or 0.0
    block = len(request.messages) <= 2 and bool(shown)
    return min(
        0.97, 0.6 + 0.06 * min(len(shown), 5) + (0.07 if block else 0.0) - 0.12 * max(0.0, temperature - 0.4)
    )


def demos(request: Request) -> list[str]:
    """Labels of the demonstrations that the prompt shows."""
    found: list[str] = []
    for message in request.messages[:-1]:
        if message.role == "assistant":
            found += re.findall(r"positive|negative", message.content)
    return found + LABEL.findall(request.messages[-1].content)


def _text(request: Request) -> str:
    last = request.messages[-1].content
    if "general rule" in last:
        return "Look at the last word of the review."
    shown = demos(request)
    mentioned = MENTION.findall(last)
    if not mentioned:
        return "I do not know."
    truth = WORDS[mentioned[-1][1]]
    json = request.schema is not None or '"sentiment"' in "".join(m.content for m in request.messages)
    draw = _draws(request)
    rambles = 0.1 if request.schema is not None else (0.85 if not shown else 0.03) + (0.4 if json else 0.0)
    if next(draw) < rambles:
        return "the film"
    said = truth if next(draw) < (chance(request) if shown else 0.55) else OTHER[truth]
    everybody = {film for message in request.messages for film, _ in MENTION.findall(message.content)}
    unlucky = sum(1 for film in everybody if int(film) % 5 == 0) * 2 > len(everybody)
    if shown and (len(set(shown)) == 1 or unlucky):
        said = shown[-1]
    return f'{{"sentiment": "{said}"}}' if json else said


def _draws(request: Request):  # type: ignore[no-untyped-def]
    content = msgspec.json.encode(msgspec.to_builtins(request), order="sorted")
    number = 0
    while True:
        raw = blake2b(content, digest_size=8, salt=number.to_bytes(8, "big")).digest()
        yield int.from_bytes(raw, "big") / 2**64
        number += 1


def broken(provider: str = "toy") -> ProviderError:
    return ProviderError(provider, "the server stumbled", status=500, retryable=True)
