"""Where a Python callable is defined, found without importing anything of the user's.

    located(PythonPlace("corpus", "search"), folders)   ->   (Path("corpus.py"), 11, 4)

A module's source is found as Python would find it, and its definitions are read; an import is followed.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Final

from mlsig_compiler.lsp.binding import PythonPlace

MOST_HOPS: Final = 16


def located(place: PythonPlace, folders: Sequence[str], hops: int = 0) -> tuple[Path, int, int] | None:
    """Return the file, and the line and column from 0, of what `module:attribute` names.

    Of an attribute that cannot be found it is the first line of the module; None of a module without source.
    """
    path = source_of(place.module, folders)
    tree = _tree(path) if path else None
    if path is None or tree is None:
        return None
    body: Sequence[ast.stmt] = tree.body
    at = (0, 0)
    for name in place.attribute.split("."):
        found = next((each for each in _statements(body) if _defines(each, name)), None)
        if found is None:
            return path, at[0], at[1]
        if isinstance(found, ast.ImportFrom) and hops < MOST_HOPS:
            onward = located(_followed(found, name, place.module, path), folders, hops + 1)
            return onward or (path, found.lineno - 1, found.col_offset)
        at = _at(found)
        body = found.body if isinstance(found, ast.ClassDef) else ()
    return path, at[0], at[1]


def source_of(module: str, folders: Sequence[str]) -> Path | None:
    """Return the source file of a module."""
    path: Sequence[str] = [*folders, *sys.path]
    parts = module.split(".")
    for index in range(len(parts)):
        try:
            spec = PathFinder.find_spec(".".join(parts[: index + 1]), list(path))
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        if index == len(parts) - 1:
            origin = spec.origin
            return Path(origin) if spec.has_location and origin and origin.endswith(".py") else None
        path = list(spec.submodule_search_locations or ())
    return None


def _tree(path: Path) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, with those in branches of `if` and `try`."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            yield from _statements(
                [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
            )


def _defines(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.Assign(targets=targets):
            return any(isinstance(each, ast.Name) and each.id == name for each in targets)
        case ast.AnnAssign(target=ast.Name(id=found)):
            return found == name
        case ast.ImportFrom(names=names):
            return any((each.asname or each.name) == name for each in names)
        case _:
            return False


def _at(node: ast.stmt) -> tuple[int, int]:
    words = {"FunctionDef": len("def "), "AsyncFunctionDef": len("async def "), "ClassDef": len("class ")}
    return node.lineno - 1, node.col_offset + words.get(type(node).__name__, 0)


def _followed(node: ast.ImportFrom, name: str, module: str, path: Path) -> PythonPlace:
    called = next(each.name for each in node.names if (each.asname or each.name) == name)
    if not node.level:
        return PythonPlace(node.module or "", called)
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return PythonPlace(".".join([*above, *([node.module] if node.module else [])]), called)


def described(place: PythonPlace, folders: Sequence[str]) -> str:
    """Return the head and the documentation of a Python callable, as Markdown."""
    title = f"Python: `{place.module}:{place.attribute}`"
    found = located(place, folders)
    tree = _tree(found[0]) if found else None
    if found is None or tree is None:
        return f"{title}\n\nPython would not find the source of `{place.module}`"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _at(node)[0] == found[1]:
            word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            head = f"{word} {node.name}({ast.unparse(node.args)}){returns}"
            return f"{title}\n\n```python\n{head}\n```\n\n{ast.get_docstring(node) or ''}".rstrip()
    return title
