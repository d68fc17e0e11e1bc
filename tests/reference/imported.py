"""Import generated text, under a name of the test's choosing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


def imported(name: str, text: str) -> ModuleType:
    """Return the module that the text is, importable by its name: msgspec reads annotations there."""
    module = ModuleType(name)
    sys.modules[name] = module
    try:
        exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def on_path(*folders: str) -> Iterator[None]:
    """Let modules of the folders be imported, for as long as the block runs."""
    before = list(sys.path)
    sys.path[:0] = folders
    try:
        yield
    finally:
        sys.path[:] = before
