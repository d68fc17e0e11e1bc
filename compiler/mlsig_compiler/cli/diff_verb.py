"""`mlsig diff`: what changed between two versions, and whom it breaks.

mlsig diff old.mlsig new.mlsig          # files, folders, or revisions of git
mlsig diff v1.2 HEAD
mlsig diff --against origin/main        # the files as they are now, against a revision
mlsig diff --against v1.2 --breaking data,runs schemas/

The exit code is 1 when anything breaks somebody of --breaking (default: callers, data, runs).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlsig_compiler.cli import FINDINGS, OK, STORAGE, USAGE
from mlsig_compiler.cli.failures import say

if TYPE_CHECKING:
    from mlsig_compiler.compat.changes import Change
    from mlsig_compiler.compat.comparing import Version
    from mlsig_compiler.diagnostics import Diagnostic
    from mlsig_compiler.files.config import Config


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="OLD NEW",
        help="files, folders or revisions; with --against, files and folders",
    )
    parser.add_argument(
        "--against", metavar="REV", help="compare the files as they are now with this revision"
    )
    parser.add_argument(
        "--breaking",
        type=_victims,
        default=("callers", "data", "runs"),
        metavar="WHOM",
        help="who must not be broken: callers, data, runs, separated by commas (default: all of them)",
    )
    parser.add_argument("--json", action="store_true", help="print the changes as JSON")


def _victims(text: str) -> tuple[str, ...]:
    from mlsig_compiler.compat.changes import VICTIMS  # noqa: PLC0415

    found = tuple(part.strip() for part in text.split(","))
    if not set(found) <= set(VICTIMS):
        raise argparse.ArgumentTypeError(f"must be some of {', '.join(VICTIMS)}, separated by commas")
    return found


def run(options: argparse.Namespace) -> int:
    """Compare, print the changes, and return the exit code."""
    from mlsig_compiler.cli.findings import exit_code, own_mistakes, report  # noqa: PLC0415
    from mlsig_compiler.compat.comparing import compared  # noqa: PLC0415
    from mlsig_compiler.compat.revisions import NoRevision  # noqa: PLC0415
    from mlsig_compiler.files.config import load  # noqa: PLC0415

    config, found = load(Path())
    wrong = _misused(options, config)
    if wrong:
        sys.stderr.write(f"error: {wrong}\n")
        return USAGE
    try:
        with _sides(options, config) as (old, new), own_mistakes():
            single = (
                len(old.files) == len(new.files) == 1 and old.files[0].is_file() and new.files[0].is_file()
            )
            before = _read(old, config, found, new.files[0].stem if single else None)
            after = _read(new, config, found, new.files[0].stem if single else None)
    except NoRevision as error:
        say(f"error: {error}")
        return USAGE
    except OSError as error:
        say(f"error: {error.filename or 'a file'}: {error.strerror or error}")
        return STORAGE
    if before is None or after is None:
        report(found, "full")
        sys.stderr.write("versions with mistakes cannot be compared\n")
        return exit_code(found)
    changes = compared(before, after)
    breaking = [each for each in changes if set(each.kind.breaks) & set(options.breaking)]
    sys.stdout.write(_as_json(changes) if options.json else _as_text(changes))
    sys.stderr.write(f"{_summary(changes, breaking)}\n")
    return FINDINGS if breaking else OK


class _Side(NamedTuple):
    """One of two versions: its files, and what to call the folder that they are in."""

    files: list[Path]
    roots: list[Path]
    folder: Path | None = None
    revision: str = ""


def _misused(options: argparse.Namespace, config: Config) -> str:
    if options.against is None:
        if len(options.paths) != 2:
            return (
                "name two versions, OLD and NEW: files, folders or revisions; or one revision with --against"
            )
        plain = all(os.path.lexists(each) for each in options.paths)
        return "" if plain or config.src else "which files? set `src` in [tool.mlsig] of pyproject.toml"
    if not (options.paths or config.src):
        return "which files? name them, or set `src` in [tool.mlsig] of pyproject.toml"
    return ""


@contextmanager
def _sides(options: argparse.Namespace, config: Config) -> Generator[tuple[_Side, _Side]]:
    if options.against is not None:
        paths = [Path(each) for each in options.paths] or list(config.src)
        with _revision(options.against, paths, config) as old:
            yield old, _Side(paths, list(config.src))
        return
    first, second = options.paths
    with _side(first, config) as old, _side(second, config) as new:
        yield old, new


@contextmanager
def _side(text: str, config: Config) -> Generator[_Side]:
    """Yield what a word names: a file or folder, or else a revision."""
    if os.path.lexists(text):
        yield _Side([Path(text)], [])
        return
    with _revision(text, list(config.src), config) as side:
        yield side


@contextmanager
def _revision(revision: str, paths: Sequence[Path], config: Config) -> Generator[_Side]:
    from mlsig_compiler.compat.revisions import NoRevision, checked_out, top  # noqa: PLC0415

    repository = top(Path.cwd()).resolve()
    try:
        inside = [path.resolve().relative_to(repository) for path in paths]
        roots = [path.resolve().relative_to(repository) for path in config.src]
    except ValueError as error:
        raise NoRevision(f"{error}: only files of the repository have revisions") from None
    with checked_out(revision, repository, [*inside, *roots]) as folder:
        files = [folder / path for path in inside if (folder / path).exists()]
        yield _Side(files, [folder / path for path in roots], folder, revision)


def _read(
    side: _Side, config: Config, found: list[Diagnostic], module: str | None
) -> dict[str, Version] | None:
    """Return the modules of a version by name; None where it has mistakes, which are noted."""
    from mlsig_compiler.compat.comparing import Version  # noqa: PLC0415
    from mlsig_compiler.files.project import find  # noqa: PLC0415
    from mlsig_compiler.front import analyse_all  # noqa: PLC0415

    project = find(side.files, side.roots, config.package)
    sources = project.sources
    if side.folder is not None:
        sources = [
            replace(each, path=Path(f"{side.revision}:{each.path.relative_to(side.folder).as_posix()}"))
            for each in sources
        ]
    if module is not None:
        sources = [replace(each, module=module) for each in sources]
    analysis = analyse_all(sources, project.locate)
    errors = [each for each in (*project.problems, *analysis) if each.severity == "error"]
    # a folder without files is a version that declares nothing
    errors = [each for each in errors if each.code != "MLS0903"]
    found += errors
    if errors:
        return None
    modules = {each.module: (analysis.modules[each.module], each) for each in sources}
    return {name: Version(node, source) for name, (node, source) in modules.items() if node is not None}


def _as_text(changes: Sequence[Change]) -> str:
    lines: list[str] = []
    for each in changes:
        whom = ", ".join(each.kind.breaks)
        said = f"breaks {whom}" if whom else "safe"
        lines.append(f"{each.place}: {each.kind.code} {said}: {each.name}: {each.message}")
    return "".join(f"{line}\n" for line in lines)


def _as_json(changes: Sequence[Change]) -> str:
    rows: list[dict[str, object]] = []
    for each in changes:
        line, column = each.place.source.position(each.place.span.start)
        rows.append(
            {
                "code": each.kind.code,
                "title": each.kind.title,
                "breaks": list(each.kind.breaks),
                "module": each.module,
                "name": each.name,
                "message": each.message,
                "path": each.place.source.path.as_posix(),
                "line": line,
                "column": column,
            }
        )
    return json.dumps(rows, indent=2) + "\n"


def _summary(changes: Sequence[Change], breaking: Sequence[Change]) -> str:
    from mlsig_compiler.findings.nearest import counted  # noqa: PLC0415

    if not changes:
        return "nothing changed"
    broken = [
        whom for whom in ("callers", "data", "runs") if any(whom in each.kind.breaks for each in changes)
    ]
    said = f"breaks {', '.join(broken)}" if broken else "breaks nobody"
    return f"{counted(len(changes), 'change')}, {len(breaking)} breaking: {said}"
