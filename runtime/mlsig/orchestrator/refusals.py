"""Why a supervisor does not do what it was asked to."""

from __future__ import annotations

from mlsig.orchestrator.children import Exit


class SupervisionError(Exception):
    """Something was asked of a supervisor that it cannot do."""


class NotRunning(SupervisionError):
    """The supervisor, or the child, does not run."""


class UnknownChild(SupervisionError):
    """No child has the name."""


class AlreadyThere(SupervisionError):
    """There is a child of the name."""


class NotStopped(SupervisionError):
    """The child runs, or is being started again."""


class StartFailed(SupervisionError):
    """A child ended before it was initialised."""

    def __init__(self, id: str, why: Exit) -> None:
        super().__init__(f"child {id!r} did not start: {why}")
        self.id = id
        self.exit = why
