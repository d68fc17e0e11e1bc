"""Files in prompts: the text says where they stand, such as `[image 1]`, and they travel beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import msgspec

from mlsig import shapes
from mlsig.providers.messages import Attachment
from mlsig.types.presenting import presented

if TYPE_CHECKING:
    from mlsig.types.media import Medium

Kind: TypeAlias = Literal["image", "audio", "document"]


class Marks:
    """Names the files of one message, and keeps them.

    Attributes:
        counts: How many there were of each kind, by its name.
    """

    __slots__ = ("_found", "counts")

    def __init__(self, counts: dict[str, int] | None = None) -> None:
        self.counts = dict(counts or {})
        self._found: list[Attachment] = []

    def alone(self, value: Any) -> str:
        """Return the name of a file, or nothing for any other value."""
        return self._mark(value) if is_medium(value) else ""

    def presented(self, value: Any) -> Any:
        """Return what stands in JSON for a value that is not JSON by itself."""
        return self._mark(value) if is_medium(value) else presented(value)

    def take(self, at: int) -> list[Attachment]:
        """Return the files named since the last time, as standing at a place in the text."""
        found = [msgspec.structs.replace(one, at=at) for one in self._found]
        self._found.clear()
        return found

    def _mark(self, medium: Medium) -> str:
        kind = cast("Kind", type(medium).__name__.lower())
        number = self.counts[kind] = self.counts.get(kind, 0) + 1
        self._found.append(
            Attachment(
                kind=kind,
                at=0,
                url=medium.url or "",
                data=medium.data or b"",
                media_type=medium.media_type,
            )
        )
        return f"[{kind} {number}]"


def holds_media(shape: shapes.Shape, seen: frozenset[type[Any]] = frozenset()) -> bool:
    """Say whether a value of this type can be a file, or have one inside."""
    match shape:
        case shapes.Medium():
            return True
        case shapes.Optional(inner):
            return holds_media(inner, seen)
        case shapes.Array():
            return holds_media(shape.items, seen)
        case shapes.Mapping():
            return holds_media(shape.values, seen)
        case shapes.Union(options):
            return any(holds_media(option, seen) for option in options)
        case shapes.Ref(kind) | shapes.RecordShape(type=kind):
            if kind in seen:
                return False
            return any(holds_media(field.shape, seen | {kind}) for field in kind.shape().fields)
        case _:
            return False


def is_medium(value: Any) -> bool:
    """Say whether a value is a file."""
    from mlsig.types.media import Medium  # noqa: PLC0415  (only where there are files)

    return isinstance(value, Medium)
