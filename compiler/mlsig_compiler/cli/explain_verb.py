"""`mlsig explain MLS0301`: what a finding means, with a wrong and a right example."""

from __future__ import annotations

import argparse
import sys

from mlsig_compiler.cli import OK, USAGE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument("code", help="a code of a finding, such as MLS0301")


def run(options: argparse.Namespace) -> int:
    """Print the page of a code."""
    from mlsig_compiler.codes import CODES  # noqa: PLC0415
    from mlsig_compiler.nearest import nearest  # noqa: PLC0415

    asked = str(options.code).upper()
    code = CODES.get(asked)
    if code is None:
        near = nearest(asked, list(CODES))
        meant = f"; did you mean {near}?" if near else ""
        sys.stderr.write(f"error: no finding has the code {asked!a}{meant}\n")
        return USAGE
    sys.stdout.write(code.page())
    return OK
