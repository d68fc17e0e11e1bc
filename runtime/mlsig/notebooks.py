"""`%load_ext mlsig` in IPython and notebooks: `%%mlsig` compiles a cell of declarations, for the next to use.

The compiler is loaded when this is asked for, not before.
"""

from __future__ import annotations

import importlib
from typing import Any

from mlsig.errors import MlsigError


def load_ipython_extension(shell: Any) -> None:
    """Give a shell the magic.

    Raises:
        MlsigError: The compiler is not installed.
    """
    try:
        magic = importlib.import_module("mlsig_compiler.developing.magic")
    except ModuleNotFoundError as error:
        raise MlsigError(f"%%mlsig needs the compiler of mlsig, and {error.name} is not installed") from error
    magic.load(shell)
