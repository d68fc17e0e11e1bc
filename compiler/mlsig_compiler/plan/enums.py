"""Enums as the strings of a `StrEnum` class, whose members' values are their names."""

from __future__ import annotations

from dataclasses import dataclass

from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import Enum
from mlsig_compiler.plan.deprecation import lasting
from mlsig_compiler.plan.layout import WIDTH
from mlsig_compiler.plan.names import Names


@dataclass(frozen=True, slots=True)
class MemberUnit:
    """`name = value`, and the docstring under it (empty for none)."""

    name: str
    value: str
    doc: str


@dataclass(frozen=True, slots=True)
class EnumUnit:
    """A class, for `enum.py.j2`."""

    name: str
    base: str
    doc: str
    members: tuple[MemberUnit, ...]


def plan_enum(enum: Enum, names: Names) -> EnumUnit:
    """Return the class of an enum."""
    return EnumUnit(
        name=identifier(enum.name),
        base=names("StrEnum"),
        doc=docstring(lasting(enum.description or f"The enum `{enum.name}`.", enum.deprecated), WIDTH - 4),
        members=tuple(
            MemberUnit(
                identifier(member.name),
                literal(member.name),
                docstring(told, WIDTH - 4) if told else "",
            )
            for member in enum.members
            for told in [lasting(member.description, member.deprecated)]
        ),
    )
