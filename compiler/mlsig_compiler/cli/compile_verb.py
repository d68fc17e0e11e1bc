"""`mlsig compile`: write a typed Python module for each `.mlsig` file.

    mlsig compile schemas/ --out src/generated
    mlsig compile --check                          # write nothing; exit 1 when something is stale

Nothing is written unless every file of the run is right. A module whose source is gone is deleted. A run in
which nothing has changed loads neither the parser nor the templates.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.nearest import counted
from mlsig_compiler.render import FORMATS
from mlsig_compiler.source import Source, Span
from mlsig_compiler.write import Refusal, compare, ours, remove, target, write

if TYPE_CHECKING:
    from mlsig_compiler.pipeline import Compilation
    from mlsig_compiler.project import Found


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
    parser.add_argument(
        "--resolve-python",
        action="store_true",
        help="look for what python(…) names, in source files that Python would import; nothing is run",
    )
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
    project = find(paths, config.src, config.package)
    if out is None:
        found += project.problems
        report(found, options.output_format)
        return exit_code(found)
    folders = [path for path in paths if path.is_dir()]
    try:
        with own_mistakes():
            return _compile(project, found, out, folders, options)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or out}: {error.strerror or error}\n")
        return STORAGE


def _compile(
    project: Found, found: list[Diagnostic], out: Path, folders: Sequence[Path], options: argparse.Namespace
) -> int:
    from mlsig_compiler.manifest import load, source_hash  # noqa: PLC0415

    sources = project.sources
    manifest = load(out)
    hashes = {source.module: source_hash(source.text) for source in sources}

    def hash_of(module: str) -> str | None:
        source = None if module in hashes else project.locate(module)
        return source_hash(source.text) if isinstance(source, Source) else hashes.get(module)

    stale = sources
    if not options.resolve_python:
        stale = [s for s in sources if not manifest.fresh(s.module, hashes[s.module], hash_of)]
    made = _made(stale, project, options) if stale else None
    found += [*project.problems, *(made.analysis if made else ())]
    texts = made.texts if made else {}
    if any(diagnostic.severity == "error" for diagnostic in found) or len(texts) < len(stale):
        return _end(found, options, len(sources), "nothing was written")
    gone = manifest.left_over(hashes, folders)
    mine = ours(out, gone)
    if options.check:
        result = compare(out, texts, hashes)
        stale_files = [*result.written, *mine]
        if not mine:  # what is to be deleted may be what is in the way
            found += _refusals(result.refused, sources)
        return _checked(stale_files, found, out, options, len(sources))
    remove(out, mine)
    result = write(out, texts, hashes)
    for module in mine:
        sys.stderr.write(f"deleted {target(out, module).as_posix()}: its source is gone\n")
    for module in gone:
        manifest.drop(module)
    found += _refusals(result.refused, sources)
    if result.refused:
        return _end(found, options, len(sources), "nothing was written")
    for source in stale if made else ():
        module = source.module
        needs = sorted(made.analysis.needs(module)) if made else []
        imports = {name: hash_of(name) or "" for name in needs}
        manifest.note(module, hashes[module], texts[module], source.path, imports)
        # what is only imported is never compiled, so its findings are said with those of whoever imports it
        noisy = [module, *(name for name in needs if name not in hashes)]
        if made and any(len(made.analysis.diagnostics[name]) for name in noisy):
            manifest.doubt(module)
    if sources or gone:
        manifest.save()
    unchanged = len(sources) - len(result.written)
    deleted = f", deleted {len(mine)}" if mine else ""
    return _end(found, options, len(sources), f"wrote {len(result.written)}{deleted}, {unchanged} unchanged")


def _made(stale: Sequence[Source], project: Found, options: argparse.Namespace) -> Compilation:
    """Compile what is stale; what it imports is taken from the run, or found under the source roots."""
    from mlsig_compiler.pipeline import compile_all  # noqa: PLC0415  (loads the parser and the templates)

    made = compile_all(stale, project.locate)
    if options.resolve_python:
        from mlsig_compiler.pyrefs import resolve  # noqa: PLC0415

        resolve(made.analysis, project.roots)
    return made


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
    stale: Sequence[str], found: list[Diagnostic], out: Path, options: argparse.Namespace, files: int
) -> int:
    for module in stale:
        sys.stderr.write(f"stale: {target(out, module).as_posix()}\n")
    code = _end(found, options, files, f"{len(stale)} stale")
    return FINDINGS if code == OK and stale else code


def _end(found: Sequence[Diagnostic], options: argparse.Namespace, files: int, outcome: str) -> int:
    report(found, options.output_format)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    said = f", found {counted(errors, 'error')}" if errors else ""
    sys.stderr.write(f"compiled {counted(files, 'file')}{said}: {outcome}\n")
    return exit_code(found)
