"""What a file declares, by name, and where findings go while names are looked up.

A name whose declaration could not be understood is *poisoned*: it is known, nothing is known about it, and
nothing that mentions it is complained about. So one mistake costs one message.
"""

from __future__ import annotations

from typing import Any, Final

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.source import Source, Span

DEEPEST: Final = 64

# The type of what could not be understood: told apart from a real `json` by identity.
ANYTHING: Final = model.ScalarType("json")

KIND_OF: Final[dict[type, str]] = {
    syntax.Enum: "enum",
    syntax.Schema: "schema",
    syntax.Signature: "signature",
    syntax.Space: "space",
    syntax.Provider: "provider",
    syntax.Program: "program",
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


class Scope:
    """The names of one file."""

    def __init__(self, file: syntax.File, source: Source, diagnostics: Diagnostics) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.origins = Origins()
        self.syntax: dict[str, syntax.Declaration] = {}
        self.enums: dict[str, model.Enum] = {}
        self.schemas: dict[str, tuple[model.Field, ...]] = {}
        self.providers: dict[str, model.Provider] = {}
        self.poisoned: set[str] = set()
        self.open = file.broken
        self._depth = 0
        for declaration in file.declarations:
            if isinstance(declaration, syntax.Unsupported):
                self.unsupported(declaration)
                self.poisoned.update(declaration.names)
                self.open = self.open or declaration.opens
            else:
                self._declare(declaration)

    def _declare(self, declaration: syntax.Declaration) -> None:
        head = declaration.head
        if head.extends and head.extends.feature:
            self.unsupported(head.extends)
        first = self.syntax.get(head.name.text)
        if first is None:
            self.syntax[head.name.text] = declaration
            return
        self.twice(head.name, first.head.name.span, f"`{head.name.text}`")

    def declarations(self) -> list[syntax.Declaration]:
        """Return the declarations that count, in their order: of those with one name, the first."""
        return list(self.syntax.values())

    def names(self, *kinds: str) -> list[str]:
        """Return the names of declarations of some kinds."""
        return [name for name, node in self.syntax.items() if KIND_OF[type(node)] in kinds]

    def kind(self, name: str) -> str | None:
        """Return what a name declares, if anything."""
        node = self.syntax.get(name)
        return KIND_OF[type(node)] if node else None

    def unknowable(self, name: str) -> bool:
        """Say whether a name that is not declared here may still exist."""
        return self.open or name in self.poisoned

    # Findings

    def report(self, code: str, span: Span, message: str, **more: Any) -> None:
        """Report a finding; see `Diagnostics.report`."""
        self.diagnostics.report(code, span, message, **more)

    def unsupported(self, node: syntax.Unsupported) -> None:
        """Report a construct that is not supported yet."""
        self.report("MLS0190", node.span, f"{node.feature} is not supported yet")

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
                help=suggestion(name, self.names(wanted)),
            )
            return
        self.report(
            "MLS0305",
            span,
            f"`{name}` is {article(found)}, and {article(wanted)} is needed here",
            labels=(Label(self.syntax[name].head.name.span, "declared here"),),
            help=suggestion(name, self.names(wanted)),
        )

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
