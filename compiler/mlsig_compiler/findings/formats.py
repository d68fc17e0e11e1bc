"""The formats that findings are written in; `render` says what each is."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Format: TypeAlias = Literal["full", "concise", "json", "github", "sarif"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)
# Those that write nothing where nothing was found.
QUIET: Final = frozenset({"full", "concise", "github"})
