"""What `mlsig compile` does when it is not plain that nothing has changed.

Nothing is written unless every file of the run is right. A module whose source is gone is deleted. A run in
which nothing has changed loads neither the parser nor the templates, and is noted (see `snapshot`).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.cli.findings import exit_code, own_mistakes, report
from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.files.config import load
from mlsig_compiler.files.manifest import NAME, Manifest, own_files, source_hash
from mlsig_compiler.files.manifest import load as read_manifest
from mlsig_compiler.files.project import Found, find
from mlsig_compiler.files.snapshot import Begun, Summary, note
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.source import Source, Span
from mlsig_compiler.write import Refusal, compare, ours, remove, target, write

if TYPE_CHECKING:
    from mlsig_compiler.pipeline import Compilation


def run(options: argparse.Namespace, begun: Begun | None = None) -> int:
    """Compile the files, print what was found, and return the exit code.

    Args:
        options: The options of the command line.
        begun: What to note the run as, if it may be noted.
    """
    config, found = load(Path())
    paths: Sequence[Path] = [Path(path) for path in options.paths] or config.src
    out = Path(options.out) if options.out is not None else config.out
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
            return _compile(project, found, out, folders, options, begun=begun)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or out}: {error.strerror or error}\n")
        return STORAGE


def _compile(
    project: Found,
    found: list[Diagnostic],
    out: Path,
    folders: Sequence[Path],
    options: argparse.Namespace,
    *,
    begun: Begun | None,
) -> int:
    sources = project.sources
    manifest = read_manifest(out)
    hashes = {source.module: source_hash(source.text) for source in sources}

    def hash_of(module: str) -> str | None:
        source = None if module in hashes else project.locate(module)
        return source_hash(source.text) if isinstance(source, Source) else hashes.get(module)

    stale = sources
    if not options.resolve_python:
        stale = [s for s in sources if not manifest.fresh(s.module, hashes[s.module], hash_of)]
    written = {*hashes, *manifest.modules}
    made = _made(stale, project, options, written) if stale else None
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
        why = {module: manifest.why_stale(module, hashes.get(module)) for module in stale_files}
        return _checked(why, found, out, options, len(sources))
    edited = {module for module in texts if manifest.edited(module)}
    remove(out, mine)
    result = write(out, texts, hashes)
    anew = [module for module in result.written if module in edited]
    _say("made anew", out, anew, "it was edited; put changes into its source")
    _say("deleted", out, mine, "its source is gone")
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
    if begun and not (found or stale or gone):
        _note(begun, project, manifest, folders)
    unchanged = len(sources) - len(result.written)
    deleted = f", deleted {len(mine)}" if mine else ""
    return _end(found, options, len(sources), f"wrote {len(result.written)}{deleted}, {unchanged} unchanged")


def _say(what: str, out: Path, modules: Iterable[str], why: str) -> None:
    for module in modules:
        sys.stderr.write(f"{what} {target(out, module).as_posix()}: {why}\n")


def _note(begun: Begun, project: Found, manifest: Manifest, folders: Sequence[Path]) -> None:
    """Remember a run that did nothing, where all that it depended on is known."""
    modules = {source.module for source in project.sources}
    files = [source.path for source in project.sources]
    own = own_files()
    # where an import outside of the run leads may be changed by a file that comes before; where a link leads,
    # by any link on the way; and a module that is only remembered goes with its file, wherever that is
    settled = (
        all(manifest.modules[module].imports.keys() <= modules for module in modules)
        and not any(file.is_symlink() for file in files)
        and not manifest.others(modules, folders)
    )
    if settled and own:
        output = [*(target(manifest.out, module) for module in sorted(modules)), manifest.out / NAME]
        count = counted(len(files), "file")
        said = Summary(f"compiled {count}: wrote 0, {len(files)} unchanged", f"compiled {count}: 0 stale")
        note(begun, manifest.out, [*files, *project.folders, *output, *own], said)


def _made(
    stale: Sequence[Source], project: Found, options: argparse.Namespace, written: set[str]
) -> Compilation:
    """Compile what is stale; what it imports is taken from the run, or found under the source roots."""
    from mlsig_compiler.pipeline import compile_all  # noqa: PLC0415  (loads the parser and the templates)

    made = compile_all(stale, project.locate, written)
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
    stale: Mapping[str, str], found: list[Diagnostic], out: Path, options: argparse.Namespace, files: int
) -> int:
    for module, why in stale.items():
        _say("stale:", out, [module], why)
    code = _end(found, options, files, f"{len(stale)} stale")
    return FINDINGS if code == OK and stale else code


def _end(found: Sequence[Diagnostic], options: argparse.Namespace, files: int, outcome: str) -> int:
    report(found, options.output_format)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    said = f", found {counted(errors, 'error')}" if errors else ""
    sys.stderr.write(f"compiled {counted(files, 'file')}{said}: {outcome}\n")
    return exit_code(found)
