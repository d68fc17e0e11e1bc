"""The modules that a run has resolved so far, for those that import from them.

    library.add(exports)                        after a file is resolved
    library.get("std.sampling")                 -> Exports, or None when there is no such module

A module is resolved after everything that it imports, so what it finds here is complete.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from mlsig_compiler import model

KIND_OF: Final[dict[type, str]] = {
    model.Enum: "enum",
    model.Alias: "type",
    model.Schema: "schema",
    model.Signature: "signature",
    model.Space: "space",
    model.Fragment: "var",
    model.Provider: "provider",
    model.Tool: "tool",
    model.Program: "program",
    model.Pipeline: "pipeline",
    model.Resource: "resource",
}


@dataclass(frozen=True, slots=True)
class Exports:
    """What a module declares.

    A `poisoned` name is declared, and something about it is wrong or could not be understood. `imports` says
    where the names come from that the module itself imports: (module, name).
    """

    module: str
    declarations: dict[str, model.Declaration]
    poisoned: frozenset[str] = frozenset()
    imports: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    open: bool = False  # it may declare names that could not be read


class Index(Protocol):
    """What every file that could be imported declares: asked only for messages."""

    def names(self) -> list[str]:
        """Return the names of all modules."""
        ...

    def homes(self, name: str, kinds: Collection[str]) -> list[str]:
        """Return the modules that declare a name, as one of some kinds if there are any."""
        ...

    def leads_to(self, module: str, target: str) -> bool:
        """Say whether a module imports another, if only through others."""
        ...


class NoIndex:
    """The index of a file on its own."""

    def names(self) -> list[str]:
        """Return nothing."""
        return []

    def homes(self, name: str, kinds: Collection[str]) -> list[str]:  # noqa: ARG002  (as of any index)
        """Return nothing."""
        return []

    def leads_to(self, module: str, target: str) -> bool:  # noqa: ARG002  (as of any index)
        """Say no."""
        return False


@dataclass(slots=True)
class Library:
    """Modules by name. `lost` are those that cannot be read, or that wait for each other in a circle.

    `fallback` is asked for modules that no file of the run declares.
    """

    modules: dict[str, Exports] = field(default_factory=dict[str, Exports])
    lost: set[str] = field(default_factory=set[str])
    fallback: Callable[[str], Exports | None] = lambda _: None
    index: Index = field(default_factory=NoIndex)

    def add(self, exports: Exports) -> None:
        """Add a module that has been resolved."""
        self.modules[exports.module] = exports

    def get(self, module: str) -> Exports | None:
        """Return what a module declares, or None when there is no such module."""
        found = self.modules.get(module)
        if found is None:
            found = self.fallback(module)
            if found is not None:
                self.modules[module] = found
        return found

    def visible(self, module: model.Module) -> list[model.Declaration]:
        """Return what a module declares and what it imports."""
        found = list(module.declarations)
        for name in module.imports:
            exports = self.get(name.module)
            if exports is not None:
                found.append(exports.declarations[name.name])
        return found
