"""`mlsig check`: report what is wrong in `.mlsig` files, and write nothing.

mlsig check schemas/
mlsig check --output-format github
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mlsig_compiler.cli import BUG, FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.nearest import counted
from mlsig_compiler.render import FORMATS, Format, render, wants_color
from mlsig_compiler.source import Source


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders (default: `src` of [tool.mlsig])",
    )
    parser.add_argument("--output-format", choices=FORMATS, default="full", help="how findings are written")


def run(options: argparse.Namespace) -> int:
    """Check the files, print what was found, and return the exit code."""
    # `--help` needs no parser
    from mlsig_compiler.config import load  # noqa: PLC0415
    from mlsig_compiler.front import analyse  # noqa: PLC0415
    from mlsig_compiler.project import find  # noqa: PLC0415

    config, found = load(Path.cwd())
    paths: Sequence[Path] = options.paths or config.src
    if not paths and not found:
        sys.stderr.write(
            "error: name files or folders to check, or set `src` in [tool.mlsig] of pyproject.toml\n"
        )
        return USAGE
    project = find(paths, config.src)
    found += project.problems
    for source in project.sources:
        with own_mistakes(source):
            found += analyse(source)[1]
    report(found, options.output_format)
    sys.stderr.write(f"{summary(found, len(project.sources))}\n")
    return exit_code(found)


def report(found: Sequence[Diagnostic], format: Format) -> None:
    """Write findings to standard output."""
    text = render(found, format, color=wants_color(sys.stdout))
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


@contextmanager
def own_mistakes(source: Source) -> Generator[None]:
    """Say that a failure of the compiler is not the user's, and end with the exit code for it."""
    try:
        yield
    except Exception as error:
        traceback.print_exc()
        sys.stderr.write(
            f"\nerror: mlsig failed on {source.path}: {error}\n"
            "This is a bug of mlsig, not of your file. Please report it, with the file and the lines above.\n"
        )
        raise SystemExit(BUG) from error


def summary(found: Sequence[Diagnostic], files: int) -> str:
    """Return the last line of a run."""
    checked = f"checked {counted(files, 'file')}"
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    warnings = len(found) - errors
    if not found:
        return f"{checked}, found no mistakes"
    parts = [counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return f"{checked}, found {' and '.join(parts)}"


def exit_code(found: Sequence[Diagnostic]) -> int:
    """Return the exit code: a file that cannot be read outweighs wrong use, which outweighs mistakes."""
    codes = {diagnostic.code for diagnostic in found if diagnostic.severity == "error"}
    if "MLS0902" in codes:
        return STORAGE
    if codes & {"MLS0901", "MLS0903"}:
        return USAGE
    return FINDINGS if codes else OK
