"""Every node of a model, whatever its kind.

[node for node in nodes(module) if isinstance(node, model.PythonRef)]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast


def nodes(node: object) -> Iterator[Any]:
    """Yield a node and all that it holds: members of dataclasses, tuples, lists and dictionaries."""
    waiting: list[object] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple | list):
            waiting.extend(reversed(cast("tuple[object, ...]", found)))
        elif isinstance(found, dict):
            waiting.extend(reversed([*cast("dict[object, object]", found).values()]))
        elif is_dataclass(found) and not isinstance(found, type):
            yield found
            waiting.extend(getattr(found, name) for name in _names(type(found)))


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in reversed(fields(kind)))
