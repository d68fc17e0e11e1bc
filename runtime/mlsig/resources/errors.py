"""What can go wrong with stored resources; values that do not fit are `mlsig.ValidationError`."""

from __future__ import annotations

from collections.abc import Sequence

from mlsig.errors import MlsigError


class ResourceError(MlsigError):
    """Something could not be read from, or written to, the database of resources."""


class NotFound(ResourceError):
    """There is no resource of that id (any more)."""

    def __init__(self, resource: str, id: str, message: str = "") -> None:
        self.resource = resource
        self.id = id
        super().__init__(message or f"there is no {resource} {id}")


class Stale(ResourceError):
    """Somebody else has changed it since it was read: read it again, and decide again."""

    def __init__(self, resource: str, id: str, expected: int, found: int) -> None:
        self.resource = resource
        self.id = id
        self.expected = expected
        self.found = found
        super().__init__(
            f"{resource} {id} has been changed: it has version {found}, not {expected}; "
            f"read it again with `{resource}.get`"
        )


class TransitionRefused(ResourceError):
    """An attribute cannot go from the value that it has to this one.

    Attributes:
        allowed: What it can become; empty where it keeps its value for ever.
    """

    def __init__(
        self, resource: str, attribute: str, before: str, after: str, allowed: Sequence[str]
    ) -> None:
        self.resource = resource
        self.attribute = attribute
        self.before = before
        self.after = after
        self.allowed = tuple(allowed)
        ways = f"it can become {' or '.join(self.allowed)}" if allowed else f"it stays {before}"
        super().__init__(f"{resource}.{attribute} is {before} and cannot become {after}: {ways}")


class Restricted(ResourceError):
    """It cannot be deleted while others belong to it."""


class Vetoed(ResourceError):
    """A hook refuses the change, which is not made; raise it in a hook, with the reason."""
