"""The shape of `[tool.mlsig]`, checked by pydantic. Imported only when there is such a table."""

from __future__ import annotations

import json
import keyword
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mlsig_compiler.codes import refused


def _package(name: str) -> str:
    if all(
        part.isidentifier() and part.isascii() and not keyword.iskeyword(part) for part in name.split(".")
    ):
        return name
    raise ValueError("must be a dotted Python name")


def _folder(path: str) -> str:
    if "\x00" in path:
        raise ValueError("cannot be a path")
    return path


def _folders(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(
            f"must be a list of folders: write `src = [{json.dumps(value, ensure_ascii=False)}]`"
        )
    return value


Folder = Annotated[str, Field(min_length=1, strict=True), AfterValidator(_folder)]


def _code(code: str) -> str:
    problem = refused(code)
    if problem:
        raise ValueError(problem)
    return code


Code = Annotated[str, Field(strict=True), AfterValidator(_code)]


class Lint(BaseModel):
    """Which warnings a project wants."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: list[Code] = Field(default_factory=list)
    ignore: list[Code] = Field(default_factory=list)


class Settings(BaseModel):
    """What a project may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    src: Annotated[list[Folder], BeforeValidator(_folders)] = Field(default_factory=list)
    out: Folder | None = None
    package: Annotated[str, Field(strict=True), AfterValidator(_package)] | None = None
    lint: Lint = Lint()
