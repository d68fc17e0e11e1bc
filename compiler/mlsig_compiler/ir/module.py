"""The whole document: the modules that were asked for, and those that they import."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from mlsig_compiler.ir.node import Node, Placed
from mlsig_compiler.ir.programs import Pipeline, Program, Provider, Tool
from mlsig_compiler.ir.records import Alias, Enum, Schema, Signature
from mlsig_compiler.ir.resources import Resource
from mlsig_compiler.ir.spaces import Fragment, Space


class Import(Placed):
    """A name that a module takes from another."""

    module: str
    """The module that declares it."""
    name: str
    """Its name there."""
    local: str
    """Its name here."""
    kind: Literal[
        "enum",
        "type",
        "schema",
        "signature",
        "space",
        "var",
        "provider",
        "tool",
        "program",
        "pipeline",
        "resource",
    ]
    """The word that declares it there; here `kind` does not tag a union."""


Declaration = TypeAliasType(
    "Declaration",
    Annotated[
        Enum
        | Alias
        | Schema
        | Signature
        | Space
        | Fragment
        | Provider
        | Tool
        | Program
        | Pipeline
        | Resource,
        Field(discriminator="kind"),
    ],
)


class Module(Node):
    """One file, with every name bound and every type known."""

    name: str
    """Dotted: `a/b.mlsig` is `a.b`."""
    path: str
    """The file, as it was named or found, with `/` between its parts."""
    imports: tuple[Import, ...]
    declarations: tuple[Declaration, ...]
    """In the order in which they are written."""
    variables: dict[str, Space]
    """By signature, program and pipeline: the space of everything about it that can be tuned.

    The variables of a pipeline are called `step.variable`."""


class Document(Node):
    """The resolved model of a set of `.mlsig` files, written by `mlsig ir`."""

    version: Literal[1]
    """The version of this format. What is added keeps it; what changes or goes away raises it."""
    requested: tuple[str, ...]
    """The names of the modules that were asked for; the others are what they import."""
    modules: tuple[Module, ...]
    """Each after those that it imports."""
