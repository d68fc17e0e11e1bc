"""The import hook: `import mlsig.importer`, then `import qa` compiles `qa.mlsig` as it is now.

A folder of `sys.path`, or of a namespace package, that has `qa.mlsig` has a module `qa`, unless Python finds
one first. Nothing is written. `importlib.reload` compiles again. Mistakes are a `CompileError`, which prints
as the command does.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Final

from mlsig_compiler.creating import wrong
from mlsig_compiler.files.config import load
from mlsig_compiler.files.project import SUFFIX, Found, find
from mlsig_compiler.pipeline import compile_all


class Loader(importlib.abc.SourceLoader):
    """Gives Python what a file compiles to.

    Attributes:
        file: The `.mlsig` file.
        root: The folder that its module name counts from.
    """

    def __init__(self, file: Path, root: Path) -> None:
        self.file = file
        self.root = root

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002
        """Return a name for tracebacks, which show lines of the module that was made, not of its source."""
        return f"{self.file}.py"

    def path_stats(self, path: str) -> dict[str, int]:  # noqa: ARG002
        """Say that there is nothing to keep: what is imported is what stands in the file now.

        Raises:
            OSError: Always.
        """
        raise OSError

    def get_data(self, path: str) -> bytes:  # noqa: ARG002
        """Return the module that the file compiles to.

        Raises:
            CompileError: It has mistakes.
        """
        return compiled(self.file, self.root).encode()


class Finder(importlib.abc.MetaPathFinder):
    """Finds `.mlsig` files where Python found no module."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        """Return what is to be loaded for a name, or None where no folder has such a file."""
        *packages, name = fullname.split(".")
        for entry in sys.path if path is None else path:
            folder = Path(entry or ".").absolute()
            file = folder / f"{name}{SUFFIX}"
            if file.is_file():
                root = folder.parents[len(packages) - 1] if packages else folder
                return spec_from_loader(fullname, Loader(file, root))
        return None


FINDER: Final = Finder()


def install() -> None:
    """Let `.mlsig` files be imported from now on; doing it twice does it once."""
    if FINDER not in sys.meta_path:
        sys.meta_path.append(FINDER)


def remove() -> None:
    """Let them be imported no longer; modules that were stay."""
    if FINDER in sys.meta_path:
        sys.meta_path.remove(FINDER)


def compiled(file: Path, root: Path) -> str:
    """Return the module of a file.

    Raises:
        CompileError: It, or what it imports, has mistakes.
    """
    config, problems = load(file.parent)
    project: Found = find([file], (root, *config.src))
    made = compile_all(project.sources, project.locate)
    errors = [
        finding for finding in (*problems, *project.problems, *made.analysis) if finding.severity == "error"
    ]
    if errors:
        raise wrong(errors)
    (text,) = made.texts.values()
    return text
