"""`mlsig explain MLS0301`: what a finding means, with a wrong and a right example.

`mlsig explain` on its own lists all codes.
"""

from __future__ import annotations

import argparse
import sys

from mlsig_compiler.cli import OK, USAGE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's options."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="a code of a finding, such as MLS0301 (default: list all)"
    )


def run(options: argparse.Namespace) -> int:
    """Print the page of a code, or the list of all."""
    from mlsig_compiler.codes import CODES  # noqa: PLC0415
    from mlsig_compiler.findings.nearest import nearest  # noqa: PLC0415

    if options.code is None:
        sys.stdout.writelines(f"{code}  {CODES[code].title}\n" for code in sorted(CODES))
        return OK
    asked = str(options.code).upper()
    asked = f"MLS{int(asked):04}" if asked.isascii() and asked.isdigit() else asked
    if asked.startswith("CH"):
        from mlsig_compiler.compat.changes import KINDS  # noqa: PLC0415

        kind = KINDS.get(asked)
        if kind is not None:
            whom = f"breaks {', '.join(kind.breaks)}" if kind.breaks else "is safe"
            sys.stdout.write(f"{kind.code}: {kind.title}\n\nA change that `mlsig diff` reports; it {whom}.\n")
            return OK
    code = CODES.get(asked)
    if code is None:
        near = nearest(asked, list(CODES))
        meant = f"; did you mean {near}?" if near else ""
        sys.stderr.write(f"error: no finding has the code {asked!a}{meant}\n")
        return USAGE
    sys.stdout.write(code.page())
    return OK
