"""`mlsig check`: report what is wrong in `.mlsig` files, and write nothing.

mlsig check schemas/
mlsig check --output-format github
mlsig check --resolve-python            # python("module:name") is looked for as well
mlsig check --stdin-filename schemas/a.mlsig - < unsaved
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mlsig_compiler.cli import USAGE
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.nearest import counted
from mlsig_compiler.render import FORMATS

if TYPE_CHECKING:
    from mlsig_compiler.config import Config
    from mlsig_compiler.project import Found

STDIN: Final = Path("-")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders, or - for standard input (default: `src` of [tool.mlsig])",
    )
    parser.add_argument("--output-format", choices=FORMATS, default="full", help="how findings are written")
    parser.add_argument(
        "--resolve-python",
        action="store_true",
        help="look for what python(…) names, in source files that Python would import; nothing is run",
    )
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="PATH", help="the file that standard input stands for"
    )


def run(options: argparse.Namespace) -> int:
    """Check the files, print what was found, and return the exit code."""
    from mlsig_compiler.config import load  # noqa: PLC0415  (`--help` needs neither this nor the parser)

    config, found = load(Path.cwd())
    paths: Sequence[Path] = options.paths or config.src
    if not paths and not found:
        return _misused("name files or folders to check, or set `src` in [tool.mlsig] of pyproject.toml")
    if STDIN in paths and (len(paths) > 1 or options.stdin_filename is None):
        return _misused("`-` stands alone, with --stdin-filename to say which file it is")
    with own_mistakes():
        again, files = checked(paths, config, options)
    found += again
    report(found, options.output_format)
    sys.stderr.write(f"{summary(found, files)}\n")
    return exit_code(found)


def checked(
    paths: Sequence[Path], config: Config, options: argparse.Namespace
) -> tuple[list[Diagnostic], int]:
    """Return what is wrong in files and in what they import, and how many were named."""
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415

    project = _project(paths, config, options.stdin_filename)
    analysis = analyse_all(project.sources, project.locate)
    if options.resolve_python:
        from mlsig_compiler.pyrefs import resolve  # noqa: PLC0415

        resolve(analysis, project.roots)
    return [*project.problems, *analysis], len(project.sources)


def _misused(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return USAGE


def _project(paths: Sequence[Path], config: Config, stdin: Path | None) -> Found:
    from mlsig_compiler.project import LARGEST, find, given  # noqa: PLC0415

    if STDIN in paths and stdin is not None:
        return given(stdin, sys.stdin.buffer.read(LARGEST + 1), config.src, config.package)
    return find(paths, config.src, config.package)


def summary(found: Sequence[Diagnostic], files: int) -> str:
    """Return the last line of a run."""
    checked = f"checked {counted(files, 'file')}"
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    warnings = len(found) - errors
    if not found:
        return f"{checked}, found no mistakes"
    parts = [counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number]
    return f"{checked}, found {' and '.join(parts)}"
