"""`[tool.mlsig]` of the nearest pyproject.toml.

[tool.mlsig]
src = ["schemas"]            # source roots, from the folder of pyproject.toml
out = "src/generated"        # where modules are written
package = "app.generated"    # the Python package that `out` is: modules in it may be called `json`

[tool.mlsig.lint]
select = ["MLS0701"]         # the only warnings wanted (default: all)
ignore = ["MLS0703"]         # warnings that are not wanted
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mlsig_compiler.diagnostics import Diagnostic, Diagnostics
from mlsig_compiler.findings.nearest import listed, suggestion
from mlsig_compiler.source import Source, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The configuration of a run; paths are joined to the folder of pyproject.toml."""

    src: tuple[Path, ...] = ()
    out: Path | None = None
    package: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def load(folder: Path) -> tuple[Config, list[Diagnostic]]:
    """Return what the nearest pyproject.toml, from a folder upwards, says, and what is wrong with it."""
    for parent in (folder, *folder.absolute().parents):
        path = parent / "pyproject.toml"
        if path.is_file():
            return _read(path)
    return Config(), []


def _read(path: Path) -> tuple[Config, list[Diagnostic]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        diagnostics = Diagnostics(Source(path, "", ""))
        diagnostics.report("MLS0902", Span(0, 0), f"this file cannot be read: {reason}")
        return Config(), list(diagnostics)
    diagnostics = Diagnostics(Source(path, "", text))
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        diagnostics.report("MLS0906", Span(0, 0), f"this is not TOML: {error}")
        return Config(), list(diagnostics)
    tool: Any = tables.get("tool")
    table: Any = cast("dict[str, Any]", tool).get("mlsig") if isinstance(tool, dict) else None
    if table is None:
        return Config(), []
    if not isinstance(table, dict):
        diagnostics.report("MLS0906", _key(text, "mlsig"), "`tool.mlsig` is a table")
        return Config(), list(diagnostics)
    return _validated(cast("dict[str, Any]", table), path.parent, diagnostics), list(diagnostics)


def _validated(table: Mapping[str, Any], root: Path, diagnostics: Diagnostics) -> Config:
    # pydantic takes longer to import than a small file takes to check
    from pydantic import ValidationError  # noqa: PLC0415

    from mlsig_compiler.files.settings import Lint, Settings  # noqa: PLC0415

    text = diagnostics.source.text
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            where = [str(part) for part in problem["loc"] if isinstance(part, str)]
            key = where[-1]
            span = _key(text, key)
            if problem["type"] == "extra_forbidden":
                known = tuple((Lint if len(where) > 1 else Settings).model_fields)
                help = suggestion(key, known) or f"there are {listed(known)}"
                table_name = ".".join(["tool.mlsig", *where[:-1]])
                diagnostics.report("MLS0907", span, f"`[{table_name}]` has no key `{key}`", help=help)
            else:
                reason = problem["msg"].removeprefix("Value error, ")
                diagnostics.report("MLS0906", span, f"`{key}`: {reason[:1].lower()}{reason[1:]}")
        return Config()
    return Config(
        src=tuple(root / folder for folder in settings.src),
        out=root / settings.out if settings.out is not None else None,
        package=settings.package,
        select=tuple(settings.lint.select),
        ignore=tuple(settings.lint.ignore),
    )


def _key(text: str, key: str) -> Span:
    """Return where a key first stands in the table: near enough for a message."""
    table = max(text.find("[tool.mlsig]"), 0)
    for start in range(table, len(text)):
        if text.startswith(key, start) and text[max(start - 1, 0)] in "\n. \t\"'{,":
            return Span(start, start + len(key))
    return Span(table, table)
