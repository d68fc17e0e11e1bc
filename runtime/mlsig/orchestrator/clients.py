"""The models of an orchestrator's programs: programs that name the same providers share one client.

So the limits of a provider hold for all of them together, and so do its connections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlsig.programs.program import Program
    from mlsig.providers.client import Client
    from mlsig.providers.declared import Provider
    from mlsig.providers.messages import LM


class Clients:
    """Clients, made when they are first needed. Belongs to one event loop.

    Args:
        programs: Whose providers are known from the start.
    """

    def __init__(self, programs: Iterable[Program]) -> None:
        self._known: list[dict[str, Provider]] = []
        self._clients: dict[int, Client] = {}
        for program in programs:
            self._place(program.providers)

    def of(self, program: Program) -> LM:
        """Return who answers a program's calls."""
        if program.lm is not None:
            return program.lm
        place = self._place(program.providers)
        client = self._clients.get(place)
        if client is None:
            from mlsig.providers.client import Client  # noqa: PLC0415  (loads the HTTP libraries)

            client = self._clients[place] = Client(self._known[place])
        return client

    async def aclose(self) -> None:
        """Close all connections."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.aclose()

    def _place(self, providers: Mapping[str, Provider]) -> int:
        """Return where these providers are, or can be added without being taken for others of their name."""
        for place, known in enumerate(self._known):
            news = providers.keys() - known.keys()
            if any(known[name] != provider for name, provider in providers.items() if name in known):
                continue
            if news and place in self._clients:
                continue  # a client knows what it was made with
            known.update(providers)
            return place
        self._known.append(dict(providers))
        return len(self._known) - 1
