"""The compiler, asked for by name: what runs compiled modules needs none."""

from __future__ import annotations

import importlib
from typing import Any

from mlsig.errors import MlsigError


def compiler(part: str, wanted: str, instead: str) -> Any:
    """Return a module of the compiler.

    Args:
        part: Its name within the compiler, such as `creating`.
        wanted: What needs it, for the message.
        instead: What can be done without it.

    Raises:
        MlsigError: The compiler is not installed.
    """
    try:
        return importlib.import_module(f"mlsig_compiler.{part}")
    except ModuleNotFoundError as error:
        raise MlsigError(
            f"{wanted} needs the compiler of mlsig, and {error.name} is not installed: "
            f"pip install mlsig, or {instead}"
        ) from error
