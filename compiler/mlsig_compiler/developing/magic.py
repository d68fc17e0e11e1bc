"""`%%mlsig` in IPython and notebooks: a cell of declarations becomes names to use in the next.

    %load_ext mlsig
    %%mlsig
    signature Triage { input message: str  output priority: int(1..5) }

`%%mlsig triage` calls the module `triage`, so that later cells can say `from triage import Triage`.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from mlsig.errors import CompileError

from mlsig_compiler.creating import wrong
from mlsig_compiler.developing.importing import install
from mlsig_compiler.files.project import find
from mlsig_compiler.pipeline import compile_all
from mlsig_compiler.source import Source

CELLS: dict[str, str] = {}


class CellLoader(SourceLoader):
    """Gives Python what a cell compiles to."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_filename(self, fullname: str) -> str:
        """Return a name for tracebacks."""
        return f"{fullname}.mlsig (cell).py"

    def get_data(self, path: str) -> bytes:  # noqa: ARG002
        """Return the module that the cell compiled to."""
        return self.text.encode()


def compiled(name: str, text: str) -> str:
    """Return the module of a cell, which may import other cells and the files of the working folder.

    Raises:
        CompileError: It has mistakes.
    """
    files = find((), (Path.cwd(),))
    source = Source(Path(f"{name}.mlsig"), name, text)

    def locate(module: str) -> Any:
        cell = CELLS.get(module)
        return Source(Path(f"{module}.mlsig"), module, cell) if cell is not None else files.locate(module)

    made = compile_all([source], locate)
    errors = [each for each in (*files.problems, *made.analysis) if each.severity == "error"]
    if errors:
        raise wrong(errors)
    return made.texts[name]


def mlsig(session: Any, line: str, cell: str) -> None:
    """Compile a cell, and put what it declares into the names of the notebook; print its mistakes."""
    name = line.strip() or "cell"
    if not name.isidentifier():
        sys.stderr.write(f"error: `{name}` is no name of a module: letters, digits and underscores\n")
        return
    try:
        text = compiled(name, cell)
    except CompileError as error:
        sys.stderr.write(f"{error}\n")
        return
    CELLS[name] = cell
    loader = CellLoader(text)
    spec = spec_from_loader(name, loader)
    assert spec is not None  # noqa: S101  (it has a loader)
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    session.push({public: getattr(module, public) for public in getattr(module, "__all__", ())})


def load(session: Any) -> None:
    """Give a session of IPython the magic, and let its cells import `.mlsig` files."""
    install()
    session.register_magic_function(partial(mlsig, session), "cell", "mlsig")
