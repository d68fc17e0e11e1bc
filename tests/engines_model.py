"""Programs and models that workers load for themselves; what these are asked is on a list."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from mlsig.providers import sync
from mlsig.providers.messages import Reply, Request
from simulated import answer
from toy import Review

Stubborn = Review.with_reasks(4)
"""Asks again and again."""

ASKED: list[Request] = []
"""What the models of this process were asked."""


class Positive:
    async def complete(self, request: Request) -> Reply:
        return Reply(text="sentiment: positive", input_tokens=1, output_tokens=1)


def model() -> Positive:
    return Positive()


class Bad:
    """Cannot be read until it was asked as often as the number of the film says, up to four times."""

    async def complete(self, request: Request) -> Reply:
        ASKED.append(request)
        told = sum(message.role == "assistant" for message in request.messages)
        number = int(request.messages[-1 - 2 * told].content.partition("film number ")[2].split()[0])
        text = "sentiment: positive" if told >= number % 4 else "hm"
        return Reply(text=text, input_tokens=100, output_tokens=10, cost=0.001)


def bad() -> Bad:
    return Bad()


class Noted:
    """The simulated model, whose questions are noted."""

    async def complete(self, request: Request) -> Reply:
        ASKED.append(request)
        return answer(request)


def noted() -> Noted:
    return Noted()


class Mortal:
    """The program's own provider; the process that has its fourth answer dies before it can say so."""

    def __init__(self) -> None:
        self._lm = sync.SharedClient(Review.providers)
        self._folder = Path(os.environ["MORTAL"])

    async def complete(self, request: Request) -> Reply:
        reply = await self._lm.complete(request)
        for number in range(4):
            try:
                (self._folder / str(number)).touch(exist_ok=False)
            except FileExistsError:
                continue
            if number == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            break
        return reply


def mortal() -> Mortal:
    return Mortal()
