"""What pytest collects from a `.mlsig` file.

    qa.mlsig::compiles              the file and what it imports have no mistakes
    qa.mlsig::Review::example[0]    of a program, or of a signature without: an example passes the checks,
                                    those of Python too; a prompt can be made of it; metrics give numbers

Source roots are those of `[tool.mlsig]` of the nearest pyproject.toml, or else the file's folder; Python
functions that a file names are imported from there and from pytest's root. Nothing is written, and no model
is asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from mlsig.errors import CompileError
from mlsig.evaluation.metrics import Metrics
from mlsig.programs import Program
from mlsig.signatures import Example, Signature

from mlsig_compiler.developing.importing import Loader, install
from mlsig_compiler.files.config import load
from mlsig_compiler.naming import parts_of


class Failed(Exception):
    """A test failed, and this is all there is to say: no traceback leads to a mistake in a `.mlsig` file."""


class Test(pytest.Item):
    """One thing that must hold of a file."""

    def __init__(self, *, holds: Callable[[], None], **more: Any) -> None:
        cast("Any", super()).__init__(**more)  # pytest's is not annotated
        self._holds = holds

    def runtest(self) -> None:
        """Find out.

        Raises:
            Failed: It does not hold.
        """
        self._holds()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what to print: of what is known to be wrong, the words alone."""
        if isinstance(excinfo.value, Failed | CompileError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test stands."""
        return self.path, None, self.name


class SourceFile(pytest.File):
    """A `.mlsig` file."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield its tests; a file that does not compile has the one that says so."""
        try:
            module = self._module()
        except CompileError as error:
            yield self._test("compiles", partial(_raise, error))
            return
        yield self._test("compiles", _nothing)
        for name, signature, programs in _signatures(module):
            for number, example in enumerate(signature.examples):
                shown: list[Program | None] = [*programs] or [None]
                for each in shown:
                    label = each.name if each else name
                    yield self._test(
                        f"{label}::example[{number}]", partial(_stands, signature, example, each)
                    )

    def _test(self, name: str, holds: Callable[[], None]) -> pytest.Item:
        made: pytest.Item = cast("Any", Test).from_parent(self, name=name, holds=holds)
        return made

    def _module(self) -> ModuleType:
        roots = [root.absolute() for root in load(self.path.parent)[0].src]
        root = next((root for root in roots if self.path.is_relative_to(root)), self.path.parent)
        folders = [str(root), str(self.config.rootpath)]
        sys.path += [folder for folder in folders if folder not in sys.path]
        install()  # for what the file imports
        return loaded(".".join(parts_of(self.path, [root])), Loader(self.path, root))


def loaded(name: str, loader: Loader) -> ModuleType:
    """Return the module of a file, made once.

    Raises:
        CompileError: The file has mistakes.
    """
    known = sys.modules.get(name)
    found = getattr(known, "__loader__", None)
    if known is not None and isinstance(found, Loader) and found.file == loader.file:
        return known
    spec = spec_from_loader(name, loader)
    assert spec is not None  # noqa: S101  (it has a loader)
    module = module_from_spec(spec)
    sys.modules[name] = module  # where msgspec looks for what annotations name
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _signatures(module: ModuleType) -> Iterator[tuple[str, type[Signature], list[Program]]]:
    """Yield the signatures that a module declares, each with the programs there that ask for it."""
    values = [getattr(module, name) for name in getattr(module, "__all__", ())]
    programs = [value for value in values if isinstance(value, Program)]
    for value in values:
        if isinstance(value, type) and issubclass(value, Signature):
            yield value.__name__, value, [each for each in programs if each.signature is value]


def _stands(signature: Any, example: Example[Any, Any], program: Program | None) -> None:
    """Say whether an example can be shown to a model, and measured."""
    inputs, expected = example.inputs.to_dict(), example.expected.to_dict()
    issues = signature.Input.check(inputs) + signature.Expected.check(expected)
    if issues:
        raise Failed("\n".join(map(str, issues)))
    if program is None:
        return
    program.prompt(**inputs)
    if program.metrics and not signature.Output.check(expected):
        Metrics.now(program, example, signature.Output.validate(expected))


def _raise(error: Exception) -> None:
    raise error


def _nothing() -> None:
    pass
