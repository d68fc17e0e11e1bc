"""Functions with the names that generated metrics use inside."""

from __future__ import annotations

from names import Signature


def metric(example: Signature.Demo, output: Signature.Output) -> float:
    """Return 1 for an answer that says as much as expected."""
    return float(output.str == example.expected.str)


def checked(example: Signature.Demo, output: Signature.Output) -> float:
    """Return 1 for any answer."""
    return 1.0
