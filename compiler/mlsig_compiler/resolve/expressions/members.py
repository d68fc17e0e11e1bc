"""Members of enums in expressions, and what a name was meant to be that is nothing there.

Verdict.supported   ->   EnumMember("Verdict", "supported")
supported           ->   help: write `Verdict.supported`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import listed, nearest, sure
from mlsig_compiler.resolve import importing
from mlsig_compiler.resolve.programs.providers import ABILITIES
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.typecheck.functions import FUNCTIONS, OVER_ITEMS

if TYPE_CHECKING:
    from mlsig_compiler.resolve.expressions import Names

PYTHON_CONSTANTS: Final = {
    "True": "true",
    "False": "false",
    "None": "null",
    "none": "null",
    "nil": "null",
    "undefined": "null",
}


def enum_named(name: str, scope: Scope) -> model.EnumType | None:
    """Return the enum that a name declares, imports or is another name of; None of anything else.

    Raises:
        Skip: The name is known, and what it means is not.
    """
    kind = scope.kind(name)
    if kind not in ("enum", "type"):
        return None
    found = scope.imported.get(name)
    made = found.declaration if found else scope.enums.get(name) or scope.made.get(name)
    match made:
        case model.Enum():
            return model.EnumType(found.name, found.module) if found else model.EnumType(name, scope.module)
        case model.Alias(type=model.EnumType() as type_):
            return type_
        case None:
            raise Skip
        case _:
            return None


def member(type_: model.EnumType, name: syntax.Name, scope: Scope) -> model.EnumMember:
    """Return a member of an enum.

    Raises:
        Skip: There is none of this name, which has been reported.
    """
    members = [member.name for member in scope.enum(type_).members]
    if name.text in members:
        return model.EnumMember(type_.name, name.text, type_.module)
    if not scope.lenient(type_):
        meant = nearest(name.text, members)
        help = f"did you mean `{meant}`?" if meant else f"it has {listed(members)}"
        fix = replacing(name.span, meant) if meant and sure(name.text, members) else None
        message = f"`{type_.name}` has no member `{name.text}`"
        scope.report("MLS0303", name.span, message, help=help, fix=fix)
    raise Skip


def ability(node: syntax.Reference, scope: Scope) -> model.Constant:
    """Return what a model may support: the name before `in model.supports`.

    Raises:
        Skip: It is no ability, which has been reported.
    """
    name = node.path[0]
    if name in ABILITIES:
        return model.Constant(name, node.span)
    meant = nearest(name, ABILITIES)
    help = f"did you mean `{meant}`?" if meant else f"there are {listed(ABILITIES)}"
    fix = replacing(node.span, meant) if meant and sure(name, ABILITIES) else None
    scope.report("MLS0302", node.span, f"`{name}` is not an ability of a model", help=help, fix=fix)
    raise Skip


def unknown(node: syntax.Reference, names: Names, scope: Scope) -> None:
    """Report a name that is nothing in an expression."""
    name, span = node.path[0], node.span
    kind = scope.kind(name)
    if kind is not None:
        example = _example(name, scope) if kind in ("enum", "type") else ""
        help = f"a member is written after its enum: `{example}`" if example else ""
        scope.report("MLS0305", span, f"`{name}` is {article(kind)}, and a value is needed here", help=help)
        return
    if scope.unknowable(name):
        return
    absent = importing.missing(name, ("enum", "type"), scope)
    if absent:
        scope.report("MLS0304", span, f"there is no enum `{name}` in this file", **absent)
        return
    more: dict[str, Any] = {}
    meant = nearest(name, names.every())
    owners = [owner for owner in scope.names("enum") if name in _members(owner, scope)]
    if name in names.words:
        more = {"help": f'a choice is a string: write "{name}"', "fix": replacing(span, f'"{name}"')}
    elif name in PYTHON_CONSTANTS:
        more = {
            "help": f"write `{PYTHON_CONSTANTS[name]}`",
            "fix": replacing(span, PYTHON_CONSTANTS[name]),
        }
    elif owners:
        written = [f"{owner}.{name}" for owner in owners]
        fix = replacing(span, written[0]) if len(owners) == 1 else None
        more = {"help": f"a member is written after its enum: {listed(written)}", "fix": fix}
    elif name in FUNCTIONS or name in OVER_ITEMS:
        usage = FUNCTIONS[name].usage if name in FUNCTIONS else f"{name}(… for x in items)"
        more = {"help": f"`{name}` is a function: write `{usage}`"}
    elif meant:
        fix = replacing(span, meant) if sure(name, names.every()) else None
        more = {"help": f"did you mean `{meant}`?", "fix": fix}
    scope.report("MLS0302", span, f"there is no {names.what} `{name}` here", **more)


def _members(name: str, scope: Scope) -> list[str]:
    try:
        type_ = enum_named(name, scope)
    except Skip:
        return []
    return [member.name for member in scope.enum(type_).members] if type_ else []


def _example(name: str, scope: Scope) -> str:
    members = _members(name, scope)
    return f"{name}.{members[0]}" if members else ""
