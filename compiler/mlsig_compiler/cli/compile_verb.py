"""`mlsig compile`: write a typed Python module for each `.mlsig` file.

    mlsig compile schemas/ --out src/generated
    mlsig compile --check                          # write nothing; exit 1 when something is stale

Nothing is written unless every file of the run is right. A run in which nothing has changed loads neither the
parser nor the templates.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

from mlsig_compiler.cli import BUG, FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.cli.check_verb import exit_code, report
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.nearest import counted
from mlsig_compiler.render import FORMATS
from mlsig_compiler.source import Source, Span
from mlsig_compiler.write import Refusal, Result


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
        "--out", type=Path, metavar="DIR", help="where modules are written (default: `out` of [tool.mlsig])"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, and exit 1 when output is stale")
    parser.add_argument("--output-format", choices=FORMATS, default="full", help="how findings are written")


def run(options: argparse.Namespace) -> int:
    """Compile the files, print what was found, and return the exit code."""
    from mlsig_compiler.config import load  # noqa: PLC0415
    from mlsig_compiler.project import find  # noqa: PLC0415

    config, found = load(Path.cwd())
    paths: Sequence[Path] = options.paths or config.src
    out: Path | None = options.out or config.out
    if not found and (not paths or out is None):
        missing = (
            "files or folders to compile, or set `src`" if not paths else "a folder with --out, or set `out`"
        )
        sys.stderr.write(f"error: name {missing} in [tool.mlsig] of pyproject.toml\n")
        return USAGE
    project = find(paths, config.src)
    found += project.problems
    if out is None:
        report(found, options.output_format)
        return exit_code(found)
    try:
        return _compile(project.sources, found, out, options)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or out}: {error.strerror or error}\n")
        return STORAGE


def _compile(
    sources: Sequence[Source], found: list[Diagnostic], out: Path, options: argparse.Namespace
) -> int:
    from mlsig_compiler.manifest import load, source_hash  # noqa: PLC0415
    from mlsig_compiler.write import compare, write  # noqa: PLC0415

    manifest = load(out)
    hashes = {source.module: source_hash(source.text) for source in sources}
    stale = [source for source in sources if not manifest.fresh(source.module, hashes[source.module])]
    texts: dict[str, str] = {}
    noisy: set[str] = set()
    for source in stale:
        text, diagnostics = _one(source)
        found += diagnostics
        if text is not None:
            texts[source.module] = text
        if diagnostics:
            noisy.add(source.module)
    if any(diagnostic.severity == "error" for diagnostic in found) or len(texts) < len(stale):
        return _end(found, options, len(sources), "nothing was written")
    modules = frozenset(hashes)
    result = compare(out, texts, modules) if options.check else write(out, texts, modules)
    found += _refusals(result.refused, sources)
    if result.refused:
        return _end(found, options, len(sources), "nothing was written")
    if options.check:
        return _checked(result, found, out, options, len(sources))
    for module, text in texts.items():
        if module in noisy:
            manifest.forget(module)  # so that the next run says it again
        else:
            manifest.note(module, hashes[module], text)
    if sources:
        manifest.save()
    unchanged = len(sources) - len(result.written)
    return _end(found, options, len(sources), f"wrote {len(result.written)}, {unchanged} unchanged")


def _one(source: Source) -> tuple[str | None, list[Diagnostic]]:
    """Compile one file; a bug of ours stops the run."""
    from mlsig_compiler.pipeline import compile_source  # noqa: PLC0415  (loads the parser and the templates)

    try:
        compiled = compile_source(source)
    except Exception as error:
        traceback.print_exc()
        sys.stderr.write(
            f"\nerror: mlsig failed on {source.path}: {error}\n"
            "This is a bug of mlsig, not of your file. Please report it, with the file and the lines above.\n"
        )
        raise SystemExit(BUG) from error
    return compiled.text, list(compiled.diagnostics)


def _refusals(refused: Iterable[Refusal], sources: Sequence[Source]) -> list[Diagnostic]:
    by_module = {source.module: source for source in sources}
    found: list[Diagnostic] = []
    for refusal in refused:
        diagnostics = Diagnostics(Source(by_module[refusal.module].path, refusal.module, ""))
        message = f"{refusal.path.as_posix()} cannot be written: {refusal.reason}"
        diagnostics.report("MLS0908", Span(0, 0), message, help="move it away, or choose another `--out`")
        found += diagnostics
    return found


def _checked(
    result: Result, found: list[Diagnostic], out: Path, options: argparse.Namespace, files: int
) -> int:
    for module in result.written:
        sys.stderr.write(f"stale: {out.joinpath(*module.split('.')).as_posix()}.py\n")
    code = _end(found, options, files, f"{len(result.written)} stale")
    return FINDINGS if code == OK and result.written else code


def _end(found: Sequence[Diagnostic], options: argparse.Namespace, files: int, outcome: str) -> int:
    report(found, options.output_format)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    said = f", found {counted(errors, 'error')}" if errors else ""
    sys.stderr.write(f"compiled {counted(files, 'file')}{said}: {outcome}\n")
    return exit_code(found)
