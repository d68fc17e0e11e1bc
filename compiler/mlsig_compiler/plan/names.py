"""Names that generated code takes from elsewhere, kept apart from the names that the user declares.

    names = Names({"Review", "Any"})
    names("dict") -> "dict"         names("Any") -> "_lib_Any"     (and the import that makes it so)

A user may call a schema `Any`, or a field `date`. Inside a class whose fields hide a name, the generated
code spells that name in a way that no user can declare, since users' names never begin with an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import identifier
from mlsig_compiler.plan.linking import Taken
from mlsig_compiler.standard import COMPILED

Natural: TypeAlias = tuple[tuple[str, int, str], ...]
"""A name in pieces: a number, or one character that is in none."""

_PARTS: Final = re.compile(r"[0-9]+|.")

_ORIGINS: Final = {
    "collections.abc": (
        "AsyncGenerator", "Awaitable", "Callable", "Collection", "Generator", "Iterator", "Mapping",
        "Sequence",
    ),
    "datetime": ("date", "datetime"),
    "enum": ("StrEnum",),
    "math": ("ceil", "exp", "floor", "log", "sqrt"),
    "typing": ("Annotated", "Any", "ClassVar", "Final", "Literal", "Protocol", "TYPE_CHECKING", "TypeAlias"),
    "mlsig": ("functions", "gencode", "resources", "shapes", "spaces"),
    "mlsig.records.answers": ("ModelResponse", "Step", "VariableConfig"),
    "mlsig.types.held": (
        "BoolArray", "Float16Array", "Float32Array", "Float64Array", "Held", "Int16Array", "Int32Array",
        "Int64Array", "Int8Array", "Tokens", "UInt8Array", "array", "equal", "hashed",
    ),
    "mlsig.types.either": ("Either",),
    "mlsig.types.keys": ("ApiKey",),
    "mlsig.types.media": ("Audio", "Document", "Image"),
    "mlsig.programs": ("CallSettings", "Knob", "Metric", "Objective", "Program"),
    "mlsig.programs.pipeline": ("Pipeline", "Stage", "StepEvent", "Task"),
    "mlsig.providers.declared": ("Env", "Limits", "Model", "Provider"),
    "mlsig.records": ("Finite", "LARGEST", "Record"),
    "mlsig.readings": ("Reading",),
    "mlsig.resources": ("Resource",),
    "mlsig.signatures": ("Example", "Signature"),
    "mlsig.tools.tool": ("Tool",),
    "mlsig.tools.use": ("Usable",),
    "msgspec": ("Meta", "Struct", "UNSET", "UnsetType", "field"),
    "builtins": (
        "abs", "all", "any", "bool", "classmethod", "dict", "float", "frozenset", "int", "isinstance", "len",
        "list", "max", "min", "object", "property", "range", "round", "sorted", "staticmethod", "str", "sum",
        "tuple", "type",
    ),
}  # fmt: skip
_MODULE_OF: Final = {name: module for module, names in _ORIGINS.items() for name in names}


class Names:
    """The names of one generated module. Call it to use one from elsewhere."""

    def __init__(self, declared: Collection[str], siblings: Mapping[str, Taken] | None = None) -> None:
        self._declared = frozenset(declared)
        self._imported: set[tuple[str, str, str]] = set()
        self._aliases: dict[str, str] = {}
        self._siblings = siblings or {}
        self._met: set[tuple[Taken, str]] = set()

    def __call__(self, name: str, hidden: Collection[str] = ()) -> str:
        """Return how to spell a name where `hidden` ones are in the way, and note its import."""
        return self.take(_MODULE_OF[name], name, hidden)

    def take(self, module: str, name: str, hidden: Collection[str] = ()) -> str:
        """Do the same for a name that is not in the table."""
        if name not in self._declared and name not in hidden:
            if module != "builtins":
                self._imported.add((module, name, name))
            return name
        alias = f"_lib_{name}"
        self._imported.add((module, name, alias))
        return alias

    def own(self, name: str, hidden: Collection[str] = ()) -> str:
        """Return how to spell a name that the user declares or imports where `hidden` ones are in the way."""
        if name not in self._declared:
            raise InternalError(f"{name!a} is used and not declared")
        alias = f"_own_{identifier(name)}" if name in hidden else name
        taken = self._siblings.get(name)
        if taken is not None and taken.module in COMPILED:
            self._imported.add((COMPILED[taken.module], taken.name, alias))
        elif taken is not None:
            self._met.add((taken, alias))
        elif alias != name:
            self._aliases[name] = alias
        return alias

    def inner(self, holder: str, name: str) -> str:
        """Return how to spell a class's own member in that class's annotations.

        Type checkers look past the member when the module declares the same name.
        """
        return f"{holder}.{name}" if name in self._declared else name

    def uses(self, name: str) -> bool:
        """Say whether a name may mean something in the module already."""
        return name in _MODULE_OF or name in self._declared

    def alias(self, name: str) -> str:
        """Return the second name of a declaration, empty when nobody needs one."""
        return self._aliases.get(name, "")

    def siblings(self) -> list[tuple[Taken, str]]:
        """Return what the module uses of other generated modules, each with its name here."""
        return sorted(self._met)

    def imports(self) -> tuple[tuple[str, ...], ...]:
        """Return the lines of the import statements in two blocks: standard library, everything else."""
        ours = {entry for entry in self._imported if entry[0].split(".")[0] in {"mlsig", "msgspec"}}
        return tuple(tuple(lines(block)) for block in (self._imported - ours, ours) if block)


@dataclass(frozen=True, slots=True)
class Scope:
    """Names as seen from one place of a module, where `hidden` ones are in the way."""

    names: Names
    hidden: frozenset[str] = frozenset()

    def __call__(self, name: str) -> str:
        """Return how to spell a name from elsewhere."""
        return self.names(name, self.hidden)

    def own(self, name: str) -> str:
        """Return how to spell a name that the user declares."""
        return self.names.own(name, self.hidden)

    @property
    def clear(self) -> Scope:
        """The same module, seen from inside a function, which looks past its class."""
        return Scope(self.names)


def lines(entries: set[tuple[str, str, str]], width: int = 88) -> list[str]:
    """Return the statements that import names, as (module, name, name here), in the order that ruff wants."""
    found_lines: list[str] = []
    for module in sorted({entry[0] for entry in entries}, key=natural):
        names = sorted((entry for entry in entries if entry[0] == module), key=lambda entry: _place(entry[1]))
        found = [
            (_place(name), f"from {module} import {name} as {alias}")
            for _, name, alias in names
            if name != alias
        ]
        direct = [name for _, name, alias in names if name == alias]
        if direct:
            found.insert(0, (_place(direct[0]), _wrapped(module, direct, width)))
        found_lines += [line for _, line in sorted(found, key=lambda pair: pair[0])]
    return found_lines


def _wrapped(module: str, names: list[str], width: int) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= width:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def order(name: str) -> tuple[int, Natural]:
    """Return a key that sorts names as ruff does: constants, then classes, then the rest."""
    if name.isupper() and len(name) > 1:
        return (0, natural(name))
    return (1 if name[0].isupper() else 2, natural(name))


def _place(name: str) -> tuple[int, Natural, Natural]:
    """Return a key that sorts names as ruff does where they are imported: big and small letters are alike."""
    kind, exact = order(name)
    return (kind, natural(name.lower()), exact)


def natural(name: str) -> Natural:
    """Return a key by which `Step2` stands before `Step10`, and so does what begins with a nought."""
    return tuple(
        ("0", 0 if part[0] == "0" else len(part), part) if part.isdigit() else (part, 0, "")
        for part in _PARTS.findall(name)
    )
