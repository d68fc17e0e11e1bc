"""A configuration: one value for every variable of a space."""

from __future__ import annotations

from typing import Any

import msgspec


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of generated configurations; equal ones have equal hashes and equal keys."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name, in the order in which the variables were declared."""
        return msgspec.structs.asdict(self)

    def key(self) -> str:
        """Return the canonical JSON of the values: names sorted, no spaces."""
        return msgspec.json.encode(self, order="sorted").decode()
