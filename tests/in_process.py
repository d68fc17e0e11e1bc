"""`mlsig` without a process of its own: the same code, sooner."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mlsig_compiler.cli import main


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs `mlsig` in a folder of its own, in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: Any, given: str = "") -> Done:
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.chdir(self.folder)
            patch.setattr("sys.path", list(sys.path))  # the verbs add folders of the user's to it
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
            try:
                code = main([str(word) for word in words])
            except SystemExit as stopped:
                code = int(stopped.code or 0)
        return Done(code, out.getvalue(), err.getvalue())
