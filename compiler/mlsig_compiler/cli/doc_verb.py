"""`mlsig doc`: a page of all that `.mlsig` files declare, for people who use them.

mlsig doc                              # `src` of [tool.mlsig], to mlsig.html
mlsig doc schemas --out docs/schemas.html
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlsig_compiler.cli import OK, STORAGE, USAGE
from mlsig_compiler.cli.drafted import misused
from mlsig_compiler.cli.failures import say
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders (default: `src` of [tool.mlsig])",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("mlsig.html"), metavar="FILE", help="default: mlsig.html"
    )
    parser.add_argument("--title", default="mlsig", help="what stands at the top (default: mlsig)")


def run(options: argparse.Namespace) -> int:
    """Write the page, and return the exit code."""
    from mlsig_compiler.exploring.named import WrongFileError  # noqa: PLC0415  (loads the parser)
    from mlsig_compiler.files.config import load  # noqa: PLC0415
    from mlsig_compiler.picturing.page import opened_all, page  # noqa: PLC0415

    paths = options.paths or load(Path.cwd())[0].src
    if not paths:
        return misused("name files or folders, or set `src` in [tool.mlsig] of pyproject.toml")
    with own_mistakes():
        try:
            written = page(opened_all(paths), options.title)
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text(written, encoding="utf-8")
        except WrongFileError as error:
            report(error.found, "full")
            return exit_code(error.found)
        except ModuleNotFoundError as error:
            if error.name != "igraph":
                raise
            say('error: pictures need igraph: pip install "mlsig[graph]"')
            return USAGE
        except OSError as error:
            say(f"error: {error.filename or options.out}: {error.strerror or error}")
            return STORAGE
    sys.stderr.write(f"wrote {options.out.as_posix()}\n")
    return OK
