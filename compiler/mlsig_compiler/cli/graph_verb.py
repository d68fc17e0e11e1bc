"""`mlsig graph`: the types of a file, a pipeline or a space, as Mermaid, DOT or SVG.

    mlsig graph qa.mlsig                               the types, as Mermaid
    mlsig graph qa.mlsig:Research --format svg > research.svg

NAME can be a pipeline, whose steps are shown, or a space, whose conditions are. Nothing is written.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from mlsig_compiler.cli import OK, STORAGE, USAGE
from mlsig_compiler.cli.drafted import misused
from mlsig_compiler.cli.failures import say
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report

FORMATS: Final = ("mermaid", "dot", "svg")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "target",
        metavar="FILE[:NAME]",
        help="a .mlsig file, whose types are shown, or a pipeline or a space of it",
    )
    parser.add_argument("--format", choices=FORMATS, default="mermaid", help="default: mermaid")


def run(options: argparse.Namespace) -> int:
    """Print the picture, and return the exit code."""
    from mlsig_compiler.exploring.named import NoSuchSpaceError, WrongFileError, parted  # noqa: PLC0415
    from mlsig_compiler.picturing.page import opened, pictured  # noqa: PLC0415
    from mlsig_compiler.picturing.writing import dot, mermaid  # noqa: PLC0415

    file, name = parted(options.target)
    with own_mistakes():
        try:
            graph = pictured(opened(file), name)
        except NoSuchSpaceError as error:
            return misused(str(error))
        except WrongFileError as error:
            report(error.found, "full")
            return exit_code(error.found)
        except OSError as error:
            say(f"error: {error.filename or 'a file'}: {error.strerror or error}")
            return STORAGE
    if options.format == "svg":
        try:
            from mlsig_compiler.picturing.svg import svg  # noqa: PLC0415

            sys.stdout.write(svg(graph))
        except ModuleNotFoundError:
            say('error: pictures need igraph: pip install "mlsig[graph]"; Mermaid and DOT need nothing')
            return USAGE
        return OK
    sys.stdout.write(mermaid(graph) if options.format == "mermaid" else dot(graph))
    return OK
