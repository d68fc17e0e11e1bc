"""What docstrings say of what is `@deprecated`: that it is still there, and what to use instead."""

from __future__ import annotations


def lasting(description: str, deprecated: str | None) -> str:
    """Return a description that says, where it is so, that what it describes is deprecated."""
    if deprecated is None:
        return description
    said = f"Deprecated: {deprecated.strip()}"
    return f"{description}\n\n{said}" if description else said
