"""Domains of variables as they are written: `float(0.0..1.0, log)`, `choice("a", "b")`."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from mlsig_compiler import model
from mlsig_compiler.drafting.printing import value_text


def number(kind: str, low: float, high: float, *words: str) -> str:
    """Return a range: `int(0..8, step=2)`."""
    return f"{kind}({', '.join((f'{value_text(low)}..{value_text(high)}', *words))})"


def choice(options: Sequence[model.Scalar], weights: Sequence[float] | None = None) -> str:
    """Return options: `choice("a", 1, null)`, or `bool` where they are that."""
    if sorted(map(repr, options)) == ["False", "True"] and weights is None:
        return "bool"
    shares = [] if weights is None else [f"weights={value_text([float(weight) for weight in weights])}"]
    return f"choice({', '.join([*map(value_text, options), *shares])})"


def scalar(value: Any) -> bool:
    """Tell whether a value can be an option: a text, a finite number, a bool or nothing."""
    if isinstance(value, float):
        return isfinite(value)
    return value is None or isinstance(value, str | int)


def plain(value: Any) -> Any:
    """Return a number of NumPy as Python's own, and what is none as it is."""
    item = getattr(value, "item", None)
    return item() if item is not None and not isinstance(value, str | bytes) else value
