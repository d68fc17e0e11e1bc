"""`mlsig lsp`: the language server, on standard input and output, for editors.

mlsig lsp                               # what an editor starts (docs/editors.md)
"""

from __future__ import annotations

import argparse
import sys

from mlsig_compiler.cli import OK, USAGE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--stdio", action="store_true", help="what it does in any case; some editors say it")


def run(options: argparse.Namespace) -> int:  # noqa: ARG001  (as of any verb)
    """Serve until the editor says that it is enough, and return the exit code."""
    try:
        from mlsig_compiler.lsp.server import serve  # noqa: PLC0415  (an extra)
    except ImportError:
        sys.stderr.write("error: the language server needs pygls: pip install 'mlsig[lsp]'\n")
        return USAGE
    serve()
    return OK
