"""`mlsig init`: start a project that runs.

mlsig init desk
mlsig init desk --provider anthropic
mlsig init                              # in this folder

A terminal is asked which provider answers, unless --provider says so. Nothing that is there is overwritten:
to a pyproject.toml, the table [tool.mlsig] is added.
"""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from mlsig_compiler.cli import OK, STORAGE, USAGE

if TYPE_CHECKING:
    from collections.abc import Mapping


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from mlsig_compiler.starting import KEYS  # noqa: PLC0415

    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="default: this folder"
    )
    parser.add_argument(
        "--provider", choices=list(KEYS), help="who serves the model (default: asked, or openai)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the project, compile it, say how to go on, and return the exit code."""
    from mlsig_compiler.starting import Start, files, named  # noqa: PLC0415

    folder: Path = options.folder
    start = Start(named(folder.resolve().name), options.provider or _asked())
    texts = files(start)
    try:
        refused = _merged(folder, texts)
        if refused:
            sys.stderr.write(f"error: {refused}\n")
            return USAGE
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or folder}: {error.strerror or error}\n")
        return STORAGE
    code = _compiled(folder)
    if code == OK:
        sys.stdout.write(_next(folder, start.provider, texts))
    return code


def _asked() -> str:
    """Ask who serves the model, where there is somebody to ask."""
    from mlsig_compiler.starting import KEYS  # noqa: PLC0415

    first, *others = KEYS
    while sys.stdin.isatty():
        sys.stdout.write(f"Who serves the model? [{first}] {', '.join(others)}: ")
        sys.stdout.flush()
        said = sys.stdin.readline().strip().lower()
        if said in KEYS or not said:
            return said or first
    return first


def _merged(folder: Path, texts: dict[str, str]) -> str:
    """Fit the texts to what is in the folder already, and return why that is not possible, if it is not."""
    from mlsig_compiler.starting import TABLE  # noqa: PLC0415

    project, ignored = folder / "pyproject.toml", folder / ".gitignore"
    if ignored.exists():
        del texts[".gitignore"]
    if project.exists():
        before = project.read_text(encoding="utf-8")
        try:
            tool = tomllib.loads(before).get("tool", {})
        except tomllib.TOMLDecodeError as error:
            return f"{project.as_posix()} is not TOML: {error}"
        if "mlsig" in tool:
            return f"{project.as_posix()} has [tool.mlsig] already: this project has been started"
        texts["pyproject.toml"] = f"{before.rstrip()}\n\n{TABLE}".lstrip()
    there = [name for name in texts if name != "pyproject.toml" and (folder / name).exists()]
    if there:
        return f"{', '.join(there)} would be overwritten: move what is there, or choose another folder"
    return ""


def _compiled(folder: Path) -> int:
    from mlsig_compiler.cli import main  # noqa: PLC0415

    before = Path.cwd()
    os.chdir(folder)
    try:
        return main(["compile"])
    finally:
        os.chdir(before)


def _next(folder: Path, provider: str, texts: Mapping[str, str]) -> str:
    """Return what was written, and what can be done with it."""
    from mlsig_compiler.starting import KEYS  # noqa: PLC0415

    steps = [] if folder == Path() else [f"cd {folder.as_posix()}"]
    if KEYS[provider]:
        steps.append(f"export {KEYS[provider]}=…")
    else:
        steps.append("export MLSIG_LOCAL_URL=http://127.0.0.1:8080/v1")
    steps += [
        'python main.py "Where is my parcel?"',
        "mlsig eval triage:Sort --data test.jsonl",
        "mlsig optimize triage:Sort --train train.jsonl --test test.jsonl --budget-calls 60 --store runs.db",
    ]
    written = "\n".join(f"  {name}" for name in (*texts, "generated/triage.py"))
    return f"wrote\n{written}\n\nnext\n" + "".join(f"  {step}\n" for step in steps)
