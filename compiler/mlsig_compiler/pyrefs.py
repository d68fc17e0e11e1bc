"""Whether what `python("module:name")` names is there: for `--resolve-python`.

    resolve(analysis, roots)      reports `python("qa:exact_mach")` where qa.py defines `exact_match` only

Nothing of the user's is imported or run: a module's source is found as Python would find it (in the working
folder, beside the source roots, and on `sys.path`) and its definitions are read. What has no source that
could be read, such as an extension, is trusted.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Final, Literal, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics, replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.front import Analysis
from mlsig_compiler.nodes import nodes

MOST_HOPS: Final = 16


@dataclass(frozen=True, slots=True)
class Class:
    """A class and what its body defines; with bases, it may have more."""

    names: dict[str, Definition]
    open: bool


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A name that an import brings; `name` is None for a module itself."""

    module: str
    name: str | None


# A function or a value: what it has is known only when it runs.
Value: TypeAlias = Literal["value"]
Definition: TypeAlias = "Class | Elsewhere | Value"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a module defines; an `open` one may have more, which cannot be told without running it."""

    names: dict[str, Definition]
    open: bool = False
    folders: tuple[str, ...] = ()  # where its submodules are, for a package


UNKNOWABLE: Final = Contents({}, open=True)


def resolve(analysis: Analysis, roots: Sequence[Path]) -> None:
    """Report each reference to Python that leads nowhere, where it is written."""
    importlib.invalidate_caches()
    found = Modules([str(Path.cwd()), *(str(root.absolute().parent) for root in roots), *sys.path])
    seen: set[int] = set()  # what a declaration has from another file is reported there
    for name, module in analysis.modules.items():
        if module is None:
            continue
        for node in nodes(module.declarations):
            if isinstance(node, model.PythonRef) and id(node) not in seen:
                seen.add(id(node))
                _check(node, found, analysis.diagnostics[name])


def _check(ref: model.PythonRef, modules: Modules, diagnostics: Diagnostics) -> None:
    contents = modules.get(ref.module)
    if contents is None:
        lost = _first_lost(ref.module, modules)
        meant = modules.near(lost)
        help, fix = "", None
        if meant:
            fixed = meant + ref.module.removeprefix(lost)
            help, fix = f"did you mean `{fixed}`?", replacing(ref.span, f'"{fixed}:{ref.attribute}"')
        message = f"there is no Python module `{ref.module}`"
        label = f"Python would not find `{lost}`"
        diagnostics.report("MLS0330", ref.span, message, label=label, help=help, fix=fix)
        return
    attributes = ref.attribute.split(".")
    lost_at = _lost_at(contents, attributes, modules)
    if lost_at is None:
        return
    place, index = lost_at
    owner = ref.module if index == 0 else ".".join(attributes[:index])
    message = f"`{owner}` defines no `{attributes[index]}`"
    inner = f"{ref.module}.{attributes[0]}"
    meant = nearest(attributes[index], place.names)
    if index == 0 and len(attributes) > 1 and modules.get(inner) is not None:
        fixed = f"{inner}:{'.'.join(attributes[1:])}"
        help, fix = f'it is a module: write `python("{fixed}")`', replacing(ref.span, f'"{fixed}"')
    elif meant:
        fixed = ".".join([*attributes[:index], meant, *attributes[index + 1 :]])
        help, fix = f"did you mean `{meant}`?", replacing(ref.span, f'"{ref.module}:{fixed}"')
    else:
        public = sorted(name for name in place.names if not name.startswith("_"))
        help, fix = f"it has {listed(public)}" if public else "", None
    diagnostics.report("MLS0331", ref.span, message, help=help, fix=fix)


def _first_lost(module: str, modules: Modules) -> str:
    """Return the shortest part of a module's name that is not there."""
    parts = module.split(".")
    names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return next((name for name in names if modules.get(name) is None), module)


def _lost_at(
    contents: Contents, attributes: list[str], modules: Modules
) -> tuple[Contents | Class, int] | None:
    """Return what lacks an attribute, and which one; None when all are there, or nobody can tell."""
    place: Contents | Class | None = contents
    for index, attribute in enumerate(attributes):
        if place is None:
            return None
        definition = place.names.get(attribute)
        if definition is None:
            return None if place.open else (place, index)
        place = _meant(definition, modules)
    return None


def _meant(definition: Definition, modules: Modules) -> Contents | Class | None:
    """Return what a name stands for where that has names of its own, however often it was imported."""
    for _ in range(MOST_HOPS):
        if isinstance(definition, Class):
            return definition
        if not isinstance(definition, Elsewhere):
            return None
        contents = modules.get(definition.module)
        if definition.name is None or contents is None:
            return contents
        following = contents.names.get(definition.name)
        if following is None:
            return modules.get(f"{definition.module}.{definition.name}")
        definition = following
    return None


class Modules:
    """Python modules by name, as far as their source tells what they define."""

    def __init__(self, path: Iterable[str]) -> None:
        self._path = list(dict.fromkeys(entry or str(Path.cwd()) for entry in path))
        self._known: dict[str, Contents | None] = {}

    def get(self, name: str) -> Contents | None:
        """Return what a module defines, or None when there is no such module."""
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def near(self, name: str) -> str | None:
        """Return the name of a module of the user's that was probably meant."""
        above, _, last = name.rpartition(".")
        outer = self.get(above) if above else None
        folders = outer.folders if outer else self._path
        known = [entry for folder in folders for entry in _modules_in(folder)]
        found = nearest(last, known)
        return None if found is None else f"{above}.{found}" if above else found

    def _find(self, name: str) -> Contents | None:
        above = name.rpartition(".")[0]
        if name in sys.builtin_module_names:
            return UNKNOWABLE
        path: Sequence[str] = self._path
        if above:
            package = self.get(above)
            if package is None or (not package.folders and not package.open):
                return None
            if not package.folders:
                return UNKNOWABLE
            path = package.folders
        spec = _spec(name, list(path), top=not above)
        if spec is None:
            return None
        folders = tuple(spec.submodule_search_locations or ())
        origin = spec.origin
        if not spec.has_location or origin is None:
            return Contents({}, folders=folders)  # a folder without an __init__.py
        if not origin.endswith(".py"):
            return UNKNOWABLE
        return _read(Path(origin), name, folders)


def _spec(name: str, path: list[str], *, top: bool) -> ModuleSpec | None:
    """Return where a module is; finders that packages have installed are asked for their own."""
    found = PathFinder.find_spec(name, path)
    finders = sys.meta_path if top and found is None else []
    for finder in finders:
        find: Callable[..., ModuleSpec | None] | None = getattr(finder, "find_spec", None)
        with contextlib.suppress(Exception):
            found = found or (find(name, None) if find else None)
    return found


def _modules_in(folder: str) -> list[str]:
    try:
        entries = list(Path(folder).iterdir())
    except OSError:
        return []
    return [
        entry.stem for entry in entries if entry.suffix == ".py" or entry.joinpath("__init__.py").is_file()
    ]


def _read(path: Path, name: str, folders: tuple[str, ...]) -> Contents:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Contents({}, open=True, folders=folders)
    package = name if folders else name.rpartition(".")[0]
    reader = Reader(package)
    reader.body(tree.body)
    return Contents(reader.names, reader.open or "__getattr__" in reader.names, folders)


@dataclass(slots=True)
class Reader:
    """The names that a body of code defines, branches of `if`, `try`, `with` and loops included."""

    package: str
    names: dict[str, Definition] = field(default_factory=dict[str, "Definition"])
    open: bool = False

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Read statements."""
        for node in statements:
            self._statement(node)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.names[name] = "value"
            case ast.ClassDef(name=name):
                inner = Reader(self.package)
                inner.body(node.body)
                plain = not node.bases and not node.keywords and not node.decorator_list
                self.names[name] = Class(inner.names, open=inner.open or not plain)
            case ast.Import(names=names):
                for alias in names:
                    first = alias.name.partition(".")[0]
                    self.names[alias.asname or first] = Elsewhere(alias.name if alias.asname else first, None)
            case ast.ImportFrom():
                self._import(node)
            case _:
                self._others(node)

    def _import(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level:
            parts = self.package.split(".") if self.package else []
            kept = parts[: len(parts) - node.level + 1]
            module = ".".join([*kept, *([module] if module else [])])
        for alias in node.names:
            if alias.name == "*":
                self.open = True
            else:
                self.names[alias.asname or alias.name] = Elsewhere(module, alias.name)

    def _others(self, node: ast.stmt) -> None:
        """Read assignments, and statements with statements inside."""
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt):
                self._statement(inner)
            elif isinstance(inner, ast.ExceptHandler | ast.match_case):
                self.body(inner.body)
            else:
                self._expression(inner)

    def _expression(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                self.names[inner.id] = "value"
            elif isinstance(inner, ast.Name) and inner.id in ("globals", "setattr", "exec"):
                self.open = True
