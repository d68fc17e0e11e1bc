"""Every code that a finding can have: what it means, an example that causes it, the same example mended.

The documentation of errors is made from this table, and a test holds each example to its code. Ranges: 01
text and syntax, 03 names, 04 types and values, 05 spaces, 06 providers, programs, pipelines and resources, 07
lint, 09 files and configuration.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code
from mlsig_compiler.codes.expressions import EXPRESSIONS
from mlsig_compiler.codes.files import FILES
from mlsig_compiler.codes.lint import LINT
from mlsig_compiler.codes.names import NAMES
from mlsig_compiler.codes.pipelines import PIPELINES
from mlsig_compiler.codes.programs import PROGRAMS
from mlsig_compiler.codes.resources import RESOURCES
from mlsig_compiler.codes.spaces import SPACES
from mlsig_compiler.codes.text import TEXT
from mlsig_compiler.codes.types import TYPES
from mlsig_compiler.findings.nearest import suggestion

__all__ = ["CODES", "Code", "refused"]

CODES: Final[dict[str, Code]] = {
    entry.code: entry
    for entry in (
        *TEXT,
        *NAMES,
        *TYPES,
        *EXPRESSIONS,
        *SPACES,
        *PROGRAMS,
        *PIPELINES,
        *RESOURCES,
        *LINT,
        *FILES,
    )
}


def refused(code: str) -> str:
    """Say why a code cannot be chosen for lint, or nothing."""
    known = [entry.code for entry in LINT]
    if code in known:
        return ""
    if code in CODES:
        return f"`{code}` is an error, and errors are always reported"
    near = suggestion(code, known)
    return f"no warning has the code `{code}`{f'; {near}' if near else ''}"
