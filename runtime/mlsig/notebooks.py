"""`%load_ext mlsig` in IPython and notebooks: `%%mlsig` compiles a cell of declarations, for the next to use.

The compiler is loaded when this is asked for, not before.
"""

from __future__ import annotations

from typing import Any

from mlsig.compiler import compiler


def load_ipython_extension(shell: Any) -> None:
    """Give a shell the magic.

    Raises:
        MlsigError: The compiler is not installed.
    """
    compiler("developing.magic", "%%mlsig", "compile a file beforehand").load(shell)
