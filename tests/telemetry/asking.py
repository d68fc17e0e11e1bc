"""Programs, models and providers that the tests of telemetry call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from mlsig.providers.client import Client
from mlsig.providers.declared import Env, Model, Provider
from mlsig.providers.messages import LM, Message, Request
from mlsig.providers.retries import Backoff
from toy import Classify, Review

KEY = "sk-very-secret-0123456789"
QUICK = Backoff(first=0.001, longest=0.002)
ASK = Request(
    provider="local",
    model="small",
    messages=(Message("system", "Be brief."), Message("user", "private words")),
    temperature=0.5,
    seed=7,
    max_tokens=20,
    stop=("\n",),
    schema={"type": "object"},
)


def declared(url: str | Env, **changes: Any) -> Provider:
    model = Model(name="small", input_cost=2.0, output_cost=4.0)
    return Provider(**{"name": "local", "protocol": "openai", "base_url": url, "models": (model,)} | changes)


def program(url: str, lm: LM | None = None, **changes: Any) -> Any:
    """The toy's program with a provider at a URL."""

    class Served(type(Review)):  # type: ignore[misc]
        providers: ClassVar[Mapping[str, Provider]] = {"toy": declared(url, name="toy", **changes)}

    return Served(lm=lm)


def client(provider: Provider, **options: Any) -> Client:
    return Client({provider.name: provider}, **{"backoff": QUICK} | options)


INPUTS = Classify.Input(review="private words")
