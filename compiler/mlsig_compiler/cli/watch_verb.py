"""`mlsig watch`: compile now, and again whenever a `.mlsig` file changes; settings are read anew each time.

    mlsig watch                            # `src` and `out` of [tool.mlsig]
    mlsig watch schemas --out generated

Ends with Ctrl-C, with 0. Mistakes are printed and the files of before stay, as `mlsig compile` leaves them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mlsig_compiler.cli import OK, USAGE

WAIT: Final = 200  # milliseconds


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options: those of `mlsig compile` that make sense here."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders (default: `src` of [tool.mlsig])"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="where modules are written (default: `out` of [tool.mlsig])"
    )
    parser.set_defaults(check=False, resolve_python=False, output_format="full")


def run(options: argparse.Namespace) -> int:
    """Compile until the user has enough, and return the exit code."""
    try:
        from watchfiles import watch  # noqa: PLC0415
    except ModuleNotFoundError:
        sys.stderr.write('error: `mlsig watch` needs watchfiles: pip install "mlsig[watch]"\n')
        return USAGE
    from mlsig_compiler.cli import compiling  # noqa: PLC0415

    folders = list(_watched(options))
    if not folders or any(not folder.exists() for folder in folders):
        return compiling.run(options)  # which says what is missing
    begun = False
    watching = watch(
        *folders, watch_filter=_matters, raise_interrupt=False, yield_on_timeout=True, rust_timeout=WAIT
    )
    # The first turn comes when changes are noticed, so that none between compiling and watching is missed.
    try:
        for changes in watching:
            if changes or not begun:
                compiling.run(options)
            if not begun:
                sys.stderr.write("watching; Ctrl-C ends it\n")
                begun = True
            sys.stderr.flush()
    except KeyboardInterrupt:  # while it compiled
        pass
    return OK


def _matters(_: object, path: str) -> bool:
    """Say whether a change is one of what is compiled, rather than of what was written."""
    return path.endswith(".mlsig")


def _watched(options: argparse.Namespace) -> Iterator[Path]:
    """Yield the folders to watch: editors replace files rather than write into them."""
    from mlsig_compiler.files.config import load  # noqa: PLC0415

    config, _ = load(Path.cwd())
    found = [Path(path) for path in options.paths] or [*config.src]
    yield from dict.fromkeys(path if path.is_dir() else path.parent for path in found)
