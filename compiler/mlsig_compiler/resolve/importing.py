"""Imports: which name means what of which module, and which import is missing.

    from a.b import Passage, Topic as T       ->   Passage: a.b's Passage, T: a.b's Topic

A name that cannot be had is poisoned, so that only the import is complained about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Edit, Fix, Label, replacing
from mlsig_compiler.findings.nearest import correction, listed, nearest
from mlsig_compiler.resolve.library import KIND_OF, Exports
from mlsig_compiler.source import Span

if TYPE_CHECKING:
    from mlsig_compiler.resolve.scope import Scope


class Imported(NamedTuple):
    """A name that an import brings, what it means, and where it is written."""

    local: syntax.Name
    module: str
    name: str
    declaration: model.Declaration
    span: Span

    @property
    def kind(self) -> str:
        """The word that declares it."""
        return KIND_OF[type(self.declaration)]


def bind(file: syntax.File, scope: Scope) -> Iterator[Imported]:
    """Yield what a file imports, each local name once, and poison what cannot be had."""
    first: dict[str, tuple[syntax.Import, syntax.Imported]] = {}
    for node in file.imports:
        exports = _exports(node, scope)
        for imported in node.names:
            local = imported.alias or imported.name
            if local.text in first:
                _twice(imported, node, first[local.text], scope)
                continue
            first[local.text] = node, imported
            found = None if exports is None else _declaration(node, imported.name, exports, scope)
            if found is None or exports is None:
                scope.poisoned.add(local.text)
                # what was probably meant is used below the import, and mended with it
                meant = exports and not imported.alias and nearest(local.text, exports.declarations)
                if meant:
                    scope.poisoned.add(meant)
            else:
                yield Imported(local, exports.module, imported.name.text, found, imported.span)


def _exports(node: syntax.Import, scope: Scope) -> Exports | None:
    module = ".".join(node.module.path)
    exports = scope.library.get(module)
    if exports is None and module not in scope.library.lost:
        known = scope.library.index.names()
        inside = [name for name in known if name.startswith(f"{module}.")]
        named = [f"{module}.{imported.name.text}" for imported in node.names]
        inner = next((name for name in inside if name in named), None)
        meant = nearest(module, known)
        shipped = [name for name in known if name.startswith("std.")]
        label, help, fix = "", "", None
        if inner:
            help = f"`{inner}` is a module: write `from {inner} import` and the names that you need"
        elif inside:
            help = f"`{module}` is a folder; it has {listed(inside)}"
        elif meant:
            help, fix = f"did you mean `{meant}`?", replacing(node.module.span, meant)
        elif node.module.path[0] == "std":
            help = f"the library that comes with mlsig has {listed(shipped)}"
        else:
            label = f"no source root has a file `{'/'.join(node.module.path)}.mlsig`"
        scope.report(
            "MLS0320", node.module.span, f"there is no module `{module}`", label=label, help=help, fix=fix
        )
    return exports


def _declaration(
    node: syntax.Import, name: syntax.Name, exports: Exports, scope: Scope
) -> model.Declaration | None:
    found = exports.declarations.get(name.text)
    if found is None and not exports.open and name.text not in exports.poisoned:
        message = f"`{exports.module}` declares no `{name.text}`"
        scope.report("MLS0321", name.span, message, **_instead(node, name, exports, scope))
    return found


def _instead(node: syntax.Import, name: syntax.Name, exports: Exports, scope: Scope) -> dict[str, Any]:
    """Return the help, and the fix where it is certain, for a name that a module does not declare."""
    inner = f"{exports.module}.{name.text}"
    if inner in scope.library.index.names():
        return {"help": f"`{inner}` is a module: write `from {inner} import` and the names that you need"}
    home = exports.imports.get(name.text)
    if home is not None:
        module, called = home
        fix = replacing(node.module.span, module) if len(node.names) == 1 and called == name.text else None
        return {"help": f"`{exports.module}` has it from `{module}`: import it from there", "fix": fix}
    meant = nearest(name.text, exports.declarations)
    if meant:
        return {"help": f"did you mean `{meant}`?", "fix": replacing(name.span, meant)}
    homes = scope.library.index.homes(name.text, ())
    if len(homes) == 1:
        fix = replacing(node.module.span, homes[0]) if len(node.names) == 1 else None
        return {"help": f"`{homes[0]}` declares it", "fix": fix}
    if homes:
        return {"help": f"{listed(homes)} declare it"}
    known = list(exports.declarations)
    return {"help": f"it has {listed(known)}" if known else "it declares nothing"}


def _twice(
    imported: syntax.Imported,
    node: syntax.Import,
    first: tuple[syntax.Import, syntax.Imported],
    scope: Scope,
) -> None:
    local = imported.alias or imported.name
    same = first[0].module.path == node.module.path and first[1].name.text == imported.name.text
    help = "delete it" if same else f"give one another name: `{imported.name.text} as …`"
    scope.report(
        "MLS0310",
        local.span,
        f"`{local.text}` is imported twice",
        label="imported again here",
        labels=(Label(first[1].span, "first imported here"),),
        help=help,
    )


# The import that is missing


def lead(name: str, span: Span, kinds: tuple[str, ...], scope: Scope) -> dict[str, Any]:
    """Return the help, and the fix where it is certain, for a name that means nothing in a file.

    It is declared in another file of the run or in `std`, and an import is missing; or it is nearly one that
    is known here.
    """
    return missing(name, kinds, scope) or dict(correction(name, span, scope.names(*kinds)))


def missing(name: str, kinds: tuple[str, ...], scope: Scope) -> dict[str, Any]:
    """Return the help, and the fix where it is certain, for a name that could be imported; else nothing."""
    homes = [module for module in scope.library.index.homes(name, kinds) if module != scope.module]
    if len(homes) == 1:
        module = homes[0]
        if scope.library.index.leads_to(module, scope.module):
            return {
                "help": f"`{module}` declares it and imports this file: move it to a file that both import"
            }
        fix = adding(module, name, scope.file, scope.source.text)
        return {"help": f"add `from {module} import {name}`", "fix": fix}
    if homes:
        return {"help": " or ".join(f"`from {module} import {name}`" for module in homes[:3])}
    return {}


def adding(module: str, name: str, file: syntax.File, text: str) -> Fix:
    """Return the fix that imports a name: one more in the import of its module, or an import of its own."""
    for node in file.imports:
        if ".".join(node.module.path) == module and node.names:
            end = node.names[-1].span.end
            return Fix("", (Edit(Span(end, end), f", {name}"),))
    line = f"from {module} import {name}"
    if file.imports:
        end = file.imports[-1].span.end
        return Fix("", (Edit(Span(end, end), f"\n{line}"),))
    start = after_preamble(text)
    return Fix("", (Edit(Span(start, start), f"{line}\n\n"),))


def after_preamble(text: str) -> int:
    """Return where a first import goes: after the comments at the top, if an empty line ends them."""
    start = 0
    if text.startswith("\ufeff"):
        return after_preamble(text[1:]) + 1
    for line in text.splitlines(keepends=True):
        if line.startswith("#"):
            start += len(line)
            continue
        return start + len(line) if start and not line.strip() else 0
    return 0
