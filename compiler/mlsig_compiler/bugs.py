"""What the compiler raises when it finds itself to be wrong. User mistakes are diagnostics, never exceptions."""

from __future__ import annotations


class CompilerBug(Exception):
    """Something that no `.mlsig` file should be able to cause; `mlsig` reports it and exits with 70."""
