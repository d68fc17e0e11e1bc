"""What a file declares and imports, by name, and where findings go while names are looked up.

A name whose declaration could not be understood is *poisoned*: it is known, nothing is known about it, and
nothing that mentions it is complained about. So one mistake costs one message.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.findings.nearest import correction
from mlsig_compiler.resolve import importing
from mlsig_compiler.resolve.importing import Imported
from mlsig_compiler.resolve.library import Library
from mlsig_compiler.source import Source, Span

DeclarationT = TypeVar("DeclarationT", bound=syntax.Declaration)

DEEPEST: Final = 64

ANYTHING: Final = model.ANYTHING

# The word that declares each kind; messages use it too.
KIND_OF: Final[dict[type, str]] = {
    syntax.Enum: "enum",
    syntax.Alias: "type",
    syntax.Schema: "schema",
    syntax.Signature: "signature",
    syntax.Space: "space",
    syntax.Fragment: "var",
    syntax.Provider: "provider",
    syntax.Tool: "tool",
    syntax.Program: "program",
    syntax.Pipeline: "pipeline",
    syntax.Resource: "resource",
}


class Skip(Exception):
    """What is being resolved has been reported, or depends on something that was; leave it out."""


class Origins:
    """Which piece of syntax each node of the model came from, for messages that point at a part of it."""

    def __init__(self) -> None:
        self._nodes: dict[int, tuple[Any, Any]] = {}

    def put(self, node: Any, origin: Any) -> None:
        """Note where a node came from. The node is kept, so that its identity stays its own."""
        self._nodes[id(node)] = (node, origin)

    def of(self, node: Any) -> Any:
        """Return the syntax of a node."""
        return self._nodes[id(node)][1]

    def knows(self, node: Any) -> bool:
        """Say whether a node was written in this file: one that is included from another was not."""
        return id(node) in self._nodes


class Scope:
    """The names of one file.

    `made` grows pass by pass; `enums`, `schemas`, `resources` and `pairs` (fields with their syntax) are
    known before the declarations that they belong to are whole. `providers` has the imported ones too.
    """

    def __init__(
        self, file: syntax.File, source: Source, diagnostics: Diagnostics, library: Library | None = None
    ) -> None:
        self.file = file
        self.source = source
        self.diagnostics = diagnostics
        self.library = library or Library()
        self.origins = Origins()
        self.syntax: dict[str, syntax.Declaration] = {}
        self.imported: dict[str, Imported] = {}
        self.made: dict[str, model.Declaration] = {}
        self.enums: dict[str, model.Enum] = {}
        self.pairs: dict[str, list[tuple[syntax.Field, model.Field]]] = {}
        self.schemas: dict[str, tuple[model.Field, ...]] = {}
        self.resources: dict[str, tuple[model.Field, ...]] = {}
        self.providers: dict[str, model.Provider] = {}
        self.served: dict[str, model.Provider] = {}  # by the names of their declarations
        self.aliases: dict[str, model.Type] = {}
        self.bases: dict[str, str] = {}  # what declarations extend, where that can be had
        self.unfolding: list[str] = []  # the aliases that are being read, each for the one before
        self.unions: list[Sequence[tuple[model.Type, Span]]] = []  # whose options are still to be told apart
        self.compared: dict[
            tuple[model.SchemaType, model.SchemaType], bool
        ] = {}  # whether they are told apart
        self.unknown_types: set[str] = set()
        self.poisoned: set[str] = set()
        self.incomplete: set[str] = set()  # declarations whose base could not be understood
        self.opened: set[str] = set()  # schemas that are `@open`
        self.open = file.broken
        self._depth = 0
        for imported in importing.bind(file, self):
            self._import(imported)
        for declaration in file.declarations:
            self._declare(declaration)

    @property
    def module(self) -> str:
        """The dotted name of this file's module."""
        return self.source.module

    # Declarations and imports

    def _import(self, imported: Imported) -> None:
        name = imported.local.text
        self.imported[name] = imported
        if isinstance(imported.declaration, model.Provider):
            self.providers[name] = imported.declaration

    def _declare(self, declaration: syntax.Declaration) -> None:
        name = declaration.head.name
        earlier = self.imported.get(name.text)
        first = self.where(name.text)
        if earlier is not None:
            self.report(
                "MLS0310",
                name.span,
                f"`{name.text}` is imported and declared",
                label="declared here",
                labels=(Label(earlier.span, "imported here"),),
                help=f"delete the import, or give it another name: `{earlier.name} as …`",
            )
        elif first is not None:
            self.twice(name, first, f"`{name.text}`")
        else:
            self.syntax[name.text] = declaration

    def declarations(self) -> list[syntax.Declaration]:
        """Return the declarations that count, in their order: of those with one name, the first."""
        return list(self.syntax.values())

    def of(self, kind: type[DeclarationT]) -> list[DeclarationT]:
        """Return the declarations of one kind that count, in their order."""
        return [node for node in self.syntax.values() if isinstance(node, kind)]

    def make(self, node: syntax.Declaration, made: model.Declaration | None) -> None:
        """Keep what a declaration became; None poisons its name."""
        if made is not None:
            self.made[node.head.name.text] = made
            self.origins.put(made, node)

    def declaration(self, name: str) -> model.Declaration | None:
        """Return what a name means, its own or imported, as far as the passes have come."""
        found = self.imported.get(name)
        return found.declaration if found else self.made.get(name)

    def names(self, *kinds: str) -> list[str]:
        """Return the names of declarations of some kinds, imported ones included."""
        own = [name for name, node in self.syntax.items() if KIND_OF[type(node)] in kinds]
        return own + [name for name, found in self.imported.items() if found.kind in kinds]

    def kind(self, name: str) -> str | None:
        """Return what a name declares, if anything."""
        node = self.syntax.get(name)
        if node is not None:
            return KIND_OF[type(node)]
        found = self.imported.get(name)
        return found.kind if found else None

    def where(self, name: str) -> Span | None:
        """Return where in this file a name is declared or imported."""
        node = self.syntax.get(name)
        if node is not None:
            return node.head.name.span
        found = self.imported.get(name)
        return found.local.span if found else None

    def unknowable(self, name: str) -> bool:
        """Say whether a name that is not declared here may still exist."""
        return self.open or name in self.poisoned

    # What types mean

    def enum(self, type_: model.EnumType) -> model.Enum:
        """Return the enum that a type names."""
        found = self._elsewhere(type_.module, type_.name)
        return found if isinstance(found, model.Enum) else self.enums[type_.name]

    def fields(self, type_: model.RecordType) -> tuple[model.Field, ...]:
        """Return the fields of a schema or a resource, or the outputs of a signature."""
        found = self._elsewhere(type_.module, type_.name)
        match type_:
            case model.SchemaType():
                return found.fields if isinstance(found, model.Schema) else self.schemas[type_.name]
            case model.ResourceType():
                return found.fields if isinstance(found, model.Resource) else self.resources[type_.name]
            case model.OutputType():
                found = found or self.made.get(type_.name)
                return found.outputs if isinstance(found, model.Signature) else ()

    def schema(self, type_: model.SchemaType) -> model.Schema | None:
        """Return the schema that a type names, None while it is not made."""
        own = type_.module == self.module
        found = self.made.get(type_.name) if own else self._elsewhere(type_.module, type_.name)
        return found if isinstance(found, model.Schema) else None

    def lenient(self, type_: model.EnumType | model.RecordType) -> bool:
        """Say whether a declared type may have members that could not be read."""
        if type_.module == self.module:
            return self.partial(type_.name)
        exports = self.library.get(type_.module)
        return exports is None or type_.name in exports.poisoned

    def partial(self, name: str) -> bool:
        """Say whether a declaration of this file may have members that could not be read."""
        node = self.syntax.get(name)
        return name in self.incomplete or (node is not None and (node.broken or node.head.broken))

    def is_open(self, type_: model.SchemaType) -> bool:
        """Say whether a schema keeps quiet about fields that it does not have."""
        found = self._elsewhere(type_.module, type_.name)
        return found.open if isinstance(found, model.Schema) else type_.name in self.opened

    def names_of(self, type_: model.EnumType) -> set[str]:
        """Return the names by which a file may call an enum: its own, and those that imports give it."""
        found = {
            name for name, it in self.imported.items() if (it.module, it.name) == (type_.module, type_.name)
        }
        return {type_.name, *found}

    def _elsewhere(self, module: str, name: str) -> model.Declaration | None:
        exports = None if module == self.module else self.library.get(module)
        return exports.declarations.get(name) if exports else None

    # Findings

    def report(self, code: str, span: Span, message: str, **more: Any) -> None:
        """Report a finding; see `Diagnostics.report`."""
        self.diagnostics.report(code, span, message, **more)

    def twice(self, name: syntax.Name, first: Span, what: str, help: str = "") -> None:
        """Report a second declaration of a name."""
        self.report(
            "MLS0310",
            name.span,
            f"{what} is declared twice",
            label="declared again here",
            labels=(Label(first, "first declared here"),),
            help=help,
        )

    def wrong_kind(self, name: str, span: Span, wanted: str) -> None:
        """Report a name that should be that of a `wanted`, and is not: unknown, or something else."""
        if self.unknowable(name):
            return
        found = self.kind(name)
        if found is None:
            self.report(
                "MLS0304",
                span,
                f"there is no {wanted} `{name}` in this file",
                **self.lead(name, span, wanted),
            )
            return
        where = self.where(name)
        self.report(
            "MLS0305",
            span,
            f"`{name}` is {article(found)}, and {article(wanted)} is needed here",
            labels=(Label(where, "declared here"),) if where else (),
            **correction(name, span, self.names(wanted)),
        )

    def lead(self, name: str, span: Span, *kinds: str) -> dict[str, Any]:
        """Return the help and fix for a name that means nothing here: a missing import, or a near name."""
        return importing.lead(name, span, kinds, self)

    def labels(self, span: Span | None, message: str) -> tuple[Label, ...]:
        """Return a label for a second place, none when it is not in this file."""
        return (Label(span, message),) if span else ()

    def written(self, span: Span) -> str:
        """Return what the user wrote, on one line."""
        return " ".join(self.source.text[span.start : span.end].split())

    # Nesting

    def enter(self, span: Span) -> None:
        """Go one level down in something that nests; `leave` goes back up.

        Raises:
            Skip: It is nested too deeply, which has been reported.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            self.report("MLS0108", span, f"this is nested more than {DEEPEST} levels deep")
            self._depth -= 1
            raise Skip

    def leave(self) -> None:
        """Go one level up."""
        self._depth -= 1


def article(noun: str) -> str:
    """Return a noun with `a` or `an`."""
    return f"{'an' if noun.lstrip('`')[:1].lower() in 'aeiou' else 'a'} {noun}"
