"""`mlsig ir`: print the resolved model of files, and of what they import, as one JSON document.

mlsig ir schemas/qa.mlsig > qa.json
mlsig ir --schema                      # the JSON Schema of that document

Findings go to standard error; nothing is printed unless every file is right.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlsig_compiler.cli import OK, STORAGE, USAGE
from mlsig_compiler.cli.findings import exit_code, in_order, own_mistakes
from mlsig_compiler.diagnostics import Diagnostic
from mlsig_compiler.findings.render import render, wants_color
from mlsig_compiler.source import Source

if TYPE_CHECKING:
    from mlsig_compiler import model
    from mlsig_compiler.front import Analysis


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="files and folders (default: `src` of [tool.mlsig])",
    )
    parser.add_argument("--no-places", action="store_true", help="leave out lines and columns")
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON Schema of the document instead, and stop"
    )


def run(options: argparse.Namespace) -> int:
    """Print the document, or what is wrong, and return the exit code."""
    if options.schema:
        from mlsig_compiler.ir.schema import text as schema  # noqa: PLC0415

        sys.stdout.write(schema())
        return OK
    from mlsig_compiler.files.config import load  # noqa: PLC0415  (the rest loads the parser)
    from mlsig_compiler.files.project import find  # noqa: PLC0415

    config, found = load(Path.cwd())
    paths: Sequence[Path] = options.paths or config.src
    if not paths and not found:
        sys.stderr.write(
            "error: name files or folders to read, or set `src` in [tool.mlsig] of pyproject.toml\n"
        )
        return USAGE
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415

    try:
        project = find(paths, config.src, config.package)
        with own_mistakes():
            analysis = analyse_all(project.sources, project.locate)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'a file'}: {error.strerror or error}\n")
        return STORAGE
    found += [*project.problems, *analysis]
    _say(in_order(found))
    if any(finding.severity == "error" for finding in found):
        return exit_code(found)
    from mlsig_compiler.ir import document, text  # noqa: PLC0415

    requested = [source.module for source in project.sources]
    modules, sources = _modules(analysis)
    made = document(tuple(modules.values()), requested, sources.get, places=not options.no_places)
    sys.stdout.write(text(made))
    return OK


def _say(found: Sequence[Diagnostic]) -> None:
    """Write findings to standard error."""
    said = render(found, "full", color=wants_color(sys.stderr)) if found else ""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(said.encode(encoding, "backslashreplace").decode(encoding))


def _modules(analysis: Analysis) -> tuple[dict[str, model.Module], dict[str, Source]]:
    """Return the modules that were read and those of `std` that they import, each after its imports."""
    from mlsig_compiler import standard  # noqa: PLC0415

    modules: dict[str, model.Module] = {}
    sources = {name: diagnostics.source for name, diagnostics in analysis.diagnostics.items()}

    def add(module: model.Module) -> None:
        for imported in module.imports:
            name = imported.module
            found = None if name in modules or name in sources else standard.module(name)
            source = standard.source(name) if found else None
            if found is not None and source is not None:
                sources[name] = source
                add(found.module)
        modules[module.name] = module

    for module in analysis.modules.values():
        if module is not None:
            add(module)
    return modules, sources
