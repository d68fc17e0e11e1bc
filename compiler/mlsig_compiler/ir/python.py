"""What is named in Python."""

from __future__ import annotations

from typing import Literal

from mlsig_compiler.ir.node import Placed


class PythonRef(Placed):
    """`python("package.module:callable")`."""

    kind: Literal["python"]
    module: str
    """The module to import, dotted."""
    attribute: str
    """The name in it."""
