"""Groups inside of groups, as deep as the rest of the compiler follows them.

The parser itself nests without a limit, and so may what it makes; all else that nests is bounded where it is
resolved.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Diagnostics

DEEPEST: Final = 64


def bounded(file: syntax.File, diagnostics: Diagnostics) -> syntax.File:
    """Return a file without the groups that are nested too deeply, which are reported."""
    if not any(_groups(node) for node in file.declarations):
        return file
    declarations = tuple(
        node._replace(members=_bounded(node.members, DEEPEST, diagnostics))
        if isinstance(node, syntax.Space)
        else node
        for node in file.declarations
    )
    return file._replace(declarations=declarations)


def _groups(node: syntax.Declaration) -> bool:
    return isinstance(node, syntax.Space) and any(isinstance(part, syntax.Group) for part in node.members)


def _bounded(
    members: tuple[syntax.SpaceMember, ...], left: int, diagnostics: Diagnostics
) -> tuple[syntax.SpaceMember, ...]:
    found: list[syntax.SpaceMember] = []
    for member in members:
        if not isinstance(member, syntax.Group):
            found.append(member)
        elif left:
            found.append(member._replace(members=_bounded(member.members, left - 1, diagnostics)))
        else:
            message = f"this is nested more than {DEEPEST} levels deep"
            diagnostics.report("MLS0108", member.condition.span, message)
    return tuple(found)
