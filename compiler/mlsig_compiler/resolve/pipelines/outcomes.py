"""Types that say what comes out of something: a type, or the name of what has outputs.

    read(list[Answer], scope, "signature", "program")   ->   ListType(OutputType("Answer"))

A pipeline returns a type, or what a signature or program does; an action returns a type or a resource. Such a
name may be optional and in a list, as a type may.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import importing, types
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.types import constraints


def read(node: syntax.Type, scope: Scope, *kinds: str) -> model.Type:
    """Return a type in which names of some kinds of declarations may stand; what is wrong is reported."""
    try:
        return _nested(node, scope, kinds)
    except Skip:
        return model.ANYTHING


def _nested(node: syntax.Type, scope: Scope, kinds: tuple[str, ...]) -> model.Type:
    scope.enter(node.span)
    try:
        return _read(node, scope, kinds)
    finally:
        scope.leave()


def _read(node: syntax.Type, scope: Scope, kinds: tuple[str, ...]) -> model.Type:
    match node:
        case syntax.OptionalType(inner) if _mentions(inner, scope, kinds):
            known = _nested(inner, scope, kinds)
            return known if known is model.ANYTHING else model.OptionalType(known)
        case syntax.TypeName(name, (inner,)) if name.text == "list" and _mentions(inner, scope, kinds):
            items = _nested(inner, scope, kinds)
            found = constraints.read("list", node, scope)
            return items if items is model.ANYTHING else model.ListType(items, found)
        case syntax.TypeName(name, (), arguments) if scope.kind(name.text) in kinds:
            if arguments:
                message = f"`{name.text}` is not a type that takes constraints"
                scope.report("MLS0405", node.span, message, help=f"write `{name.text}` alone")
            return meaning(name.text, scope)
        case syntax.TypeName(name, ()) if _elsewhere(name.text, scope, kinds):
            label = "neither a type nor declared in this file"
            more = importing.missing(name.text, kinds, scope)
            scope.report("MLS0301", name.span, f"unknown type `{name.text}`", label=label, **more)
            return model.ANYTHING
        case _:
            return types.read(node, scope)


def _mentions(node: syntax.Type, scope: Scope, kinds: tuple[str, ...]) -> bool:
    """Say whether one of the names is somewhere in a type, however deep."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, syntax.OptionalType):
            waiting.append(part.type)
        elif isinstance(part, syntax.TypeName):
            name = part.name.text
            if scope.kind(name) in kinds or _elsewhere(name, scope, kinds):
                return True
            waiting.extend(part.items)
    return False


def _elsewhere(name: str, scope: Scope, kinds: tuple[str, ...]) -> bool:
    """Say whether a name means nothing here, and something in a file that could be imported."""
    if name in types.KNOWN or scope.kind(name) is not None or scope.unknowable(name):
        return False
    return bool(importing.missing(name, kinds, scope))


def meaning(name: str, scope: Scope) -> model.Type:
    """Return what comes out of a signature or program, or a resource; `ANYTHING` when it is poisoned."""
    where, own = place(name, scope)
    if scope.kind(name) == "resource":
        return model.ResourceType(own, where)
    declaration = scope.declaration(name)
    if isinstance(declaration, model.Program):
        where, own = signature_of(declaration, where, scope)
    known = where != scope.module or isinstance(scope.made.get(own), model.Signature)
    return model.OutputType(own, where) if declaration is not None and known else model.ANYTHING


def place(name: str, scope: Scope) -> tuple[str, str]:
    """Return the module in which a name of this file is declared, and its name there."""
    found = scope.imported.get(name)
    return (found.module, found.name) if found else (scope.module, name)


def signature_of(program: model.Program, module: str, scope: Scope) -> tuple[str, str]:
    """Return the module and the name of the signature of a program that a module declares."""
    if module == scope.module:
        return place(program.signature, scope)
    here = (module, program.signature)
    exports = scope.library.get(module)
    return exports.imports.get(program.signature, here) if exports else here
