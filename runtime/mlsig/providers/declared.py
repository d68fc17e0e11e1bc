"""A `provider` declaration, as generated modules state it. Nothing here opens a connection."""

from __future__ import annotations

import os

import msgspec

from mlsig.errors import ProviderRefused


class Env(msgspec.Struct, frozen=True):
    """`env("NAME", "fallback")`: read when a call is made, never stored."""

    name: str
    fallback: str | None = None

    def read(self) -> str | None:
        """Return the variable's value, or the fallback; an empty variable counts as unset."""
        return os.environ.get(self.name) or self.fallback


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider lets us do; None is no limit. Rates are per minute."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model: `context_window` and `max_output` in tokens, costs in US dollars per million tokens."""

    name: str
    context_window: int | None = None
    max_output: int | None = None
    input_cost: float = 0.0
    output_cost: float = 0.0
    supports: frozenset[str] = frozenset()

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """Return the price of a call in US dollars."""
        return (input_tokens * self.input_cost + output_tokens * self.output_cost) / 1_000_000


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A declared provider: its wire protocol, its address, where its key is found, and its models by name."""

    name: str
    protocol: str
    base_url: str | Env
    key: Env | None = None
    limits: Limits = Limits()
    models: tuple[Model, ...] = ()

    def model(self, name: str) -> Model:
        """Return the declared model, or a bare one when the name is not declared."""
        for model in self.models:
            if model.name == name:
                return model
        return Model(name=name)

    def url(self) -> str:
        """Return the base URL without a trailing slash.

        Raises:
            ProviderRefused: The address comes from an environment variable that is not set.
        """
        url = self.base_url.read() if isinstance(self.base_url, Env) else self.base_url
        if not url:
            name = self.base_url.name if isinstance(self.base_url, Env) else "base_url"
            raise ProviderRefused(self.name, f"no address: set the environment variable {name}")
        return url.rstrip("/")
