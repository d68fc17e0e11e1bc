"""The files that an overlay is written for: their text and their names, and what the overlay imports."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mlsig.errors import MlsigError

from mlsig_compiler import syntax
from mlsig_compiler.imports import Parsed

_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*')


class CannotExportError(MlsigError):
    """What a run chose cannot be said in a `.mlsig` file."""


@dataclass(slots=True)
class Original:
    """A file: its text, its declarations by name, and what it imports by local name."""

    files: Mapping[str, Parsed]
    module: str
    declared: dict[str, Any] = field(default_factory=dict[str, Any])
    imported: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def __post_init__(self) -> None:
        file = self.files[self.module].file
        self.declared = {node.head.name.text: node for node in file.declarations}
        for node in file.imports:
            module = ".".join(node.module.path)
            for one in node.names:
                self.imported[(one.alias or one.name).text] = (module, one.name.text)

    def text(self, node: Any) -> str:
        """Return the text of a node."""
        return self.files[self.module].source.text[node.span.start : node.span.end]

    def found(self, name: str) -> tuple[Original, Any]:
        """Return the file that declares a name, and the declaration.

        Raises:
            CannotExportError: That file cannot be read.
        """
        if name in self.declared or name not in self.imported:
            return self, self.declared.get(name)
        module, name = self.imported[name]
        if module not in self.files:
            raise CannotExportError(
                f"{name} is of {module}, which cannot be read: {name} cannot be said anew"
            )
        return Original(self.files, module).found(name)


class Part(NamedTuple):
    """A declaration of the overlay, or a `whole=False` part of one, and the file whose names it uses."""

    text: str
    home: Original
    whole: bool = True


def imports(root: Original, parts: Iterable[Part], own: Collection[str]) -> str:
    """Return the imports of all that the parts name, and of the providers that the root sees.

    Args:
        root: The file that the overlay is for.
        parts: All that the overlay declares.
        own: The names that it declares.

    Raises:
        CannotExportError: One name means different things in different parts.
    """
    taken: dict[str, tuple[str, str]] = {}
    for text, home, _ in [*parts, Part("", root)]:
        used = {word for word in _WORD.findall(text) if not word.startswith('"')} - set(own)
        places = dict(home.imported)
        places |= {name: (home.module, name) for name in home.declared if name not in own}
        for local, place in places.items():
            if local not in used and not (not text and home is root and _is_provider(root, local)):
                continue
            if taken.setdefault(local, place) != place:
                first, second = taken[local][0], place[0]
                raise CannotExportError(
                    f"{local} is one thing in {first} and another in {second}: rename one of them, or import "
                    "it under another name"
                )
    lines: dict[str, set[str]] = {}
    for local, (module, name) in taken.items():
        lines.setdefault(module, set()).add(name if local == name else f"{name} as {local}")
    return "".join(
        f"from {module} import {', '.join(sorted(names))}\n" for module, names in sorted(lines.items())
    )


def _is_provider(root: Original, local: str) -> bool:
    if local in root.imported and root.imported[local][0] == "std.providers":
        return True
    if local in root.imported and root.imported[local][0] not in root.files:
        return False
    return isinstance(root.found(local)[1], syntax.Provider)
