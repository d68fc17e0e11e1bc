"""Where the grammar and the templates are: inside the installed package, or beside it in a checkout.

text("grammar", "mlsig.lark")
"""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal


def folder(name: Literal["grammar", "templates", "std"]) -> Traversable:
    """Return a folder of the compiler's data."""
    packaged = files("mlsig_compiler").joinpath(name)
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / name


def text(name: Literal["grammar", "templates", "std"], file: str) -> str:
    """Return the text of one data file, which is UTF-8."""
    return folder(name).joinpath(file).read_text(encoding="utf-8")
