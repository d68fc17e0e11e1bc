"""Codes 07: warnings of `mlsig lint`."""

from __future__ import annotations

from typing import Final

from mlsig_compiler.codes.code import Code

LINT: Final[tuple[Code, ...]] = ()
