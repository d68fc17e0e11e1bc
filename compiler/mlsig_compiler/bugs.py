"""What the compiler raises when it finds itself wrong. Users' mistakes are diagnostics instead."""

from __future__ import annotations


class InternalError(Exception):
    """Something that no `.mlsig` file should be able to cause; `mlsig` reports it and exits with 70."""
