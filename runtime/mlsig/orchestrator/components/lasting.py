"""A supervisor of children that are added while it runs, and are there again after its own restart.

    servers = Lasting("servers")
    await servers.add(Child("clock", serve))
    await servers.remove("clock")

What OTP forgets with a supervisor, those children that were not declared, is remembered in the object.
"""

from __future__ import annotations

from mlsig.orchestrator.children import Child, Started
from mlsig.orchestrator.dynamic import DynamicSupervisor


class Lasting(DynamicSupervisor):
    """Children that come and go, and stay where it goes and comes.

    Args:
        name: What logs call it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self._added: dict[str, Child] = {}

    async def run(self, started: Started) -> None:
        """Run until cancelled, first of all those that were added before."""
        self._specs = tuple(self._added.values())
        await super().run(started)

    async def add(self, spec: Child) -> None:
        """Start a child, now and after each restart.

        Raises:
            AlreadyThere: There is one of the name.
            StartFailed: It did not start.
            NotRunning: The supervisor does not run.
        """
        await self.start_child(spec)
        self._added[spec.id] = spec

    async def remove(self, id: str) -> None:
        """End a child for good.

        Raises:
            UnknownChild: There is none of the name.
            NotRunning: The supervisor does not run.
        """
        await self.terminate_child(id)
        await self.delete_child(id)
        del self._added[id]
