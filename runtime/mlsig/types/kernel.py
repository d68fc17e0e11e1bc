"""The optional compiled kernel: where `mlsig-kernel` is installed, it makes arrays, token lists and records.

It only ever says yes, as every fast path does, so results and issues are the same with it and without.
Set the environment variable MLSIG_KERNEL to `off` to go without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

VERSION: Final = 2
"""The version of the kernel's functions that this runtime knows."""

Fill: TypeAlias = Callable[[Any, Any], bool]
Copy: TypeAlias = Callable[[Any], list[Any] | None]
Cut: TypeAlias = Callable[[bytes, int], tuple[bytes, list[tuple[tuple[int, ...], bytes]]] | None]


class Plan(Protocol):
    """How to make records of a class. None is a doubt."""

    def read(self, data: Any, /) -> Any:
        """Return a record made of a dict."""

    def read_many(self, items: Any, /) -> list[Any] | None:
        """Return the records made of a list of dicts."""


class Kernel(NamedTuple):
    """What a kernel offers.

    `fill` writes nested lists of exact numbers into an array of their shape, and says whether all fit.
    `tokens` copies a list of exact ints from 0 and exact strings; None where there is anything else.
    `cut` takes long arrays of numbers out of JSON text: what is left, with a string that begins with U+0001
    in the place of each, and the shape and float64 memory of each.
    `plan` takes records as `mlsig.records.planning` describes them, and returns how to make the first.
    """

    fill: Fill
    tokens: Copy
    cut: Cut
    plan: Callable[[tuple[Any, ...]], Plan]


@cache
def kernel() -> Kernel | None:
    """Return the kernel, or None where there is none that fits."""
    if os.environ.get("MLSIG_KERNEL") == "off":
        return None
    try:
        found: Any = import_module("mlsig_kernel")
    except ImportError:
        return None
    if getattr(found, "VERSION", 0) != VERSION:
        return None
    return Kernel(found.fill, found.tokens, found.cut, found.Plan)
