"""What is named in Python."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.source import Span


@dataclass(frozen=True, slots=True)
class PythonRef:
    """`python("package.module:callable")`."""

    module: str
    attribute: str
    span: Span
