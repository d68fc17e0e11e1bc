"""`mlsig compile`: write a typed Python module for each `.mlsig` file.

    mlsig compile schemas/ --out src/generated
    mlsig compile --check                          # write nothing; exit 1 when something is stale

A run that has nothing to do ends here, before what it would do is even imported: `compiling` has the rest.
"""

from __future__ import annotations

import argparse
import sys
import time

from mlsig_compiler.cli import OK
from mlsig_compiler.files import snapshot
from mlsig_compiler.findings.formats import FORMATS, QUIET


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders (default: `src` of [tool.mlsig])"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="where modules are written (default: `out` of [tool.mlsig])"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, and exit 1 when output is stale")
    parser.add_argument(
        "--resolve-python",
        action="store_true",
        help="look for what python(…) names, in source files that Python would import; nothing is run",
    )
    parser.add_argument("--output-format", choices=FORMATS, default="full", help="how findings are written")


def run(options: argparse.Namespace) -> int:
    """Compile the files, print what was found, and return the exit code."""
    begun = snapshot.Begun(snapshot.Command(tuple(options.paths), options.out), time.time_ns())
    # what python(…) names can be anywhere
    plain = not options.resolve_python
    known = snapshot.recall(begun.command) if plain and options.output_format in QUIET else None
    if known:
        sys.stderr.write((known.checked if options.check else known.compiled) + "\n")
        return OK
    from mlsig_compiler.cli import compiling  # noqa: PLC0415

    return compiling.run(options, begun if plain else None)
