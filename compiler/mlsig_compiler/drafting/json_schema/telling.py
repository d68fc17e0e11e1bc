"""What all parts of the reader share: the document, the draft, and how the user is told of what is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import (
    Draft,
    Note,
)
from mlsig_compiler.drafting.json_schema.document import Document, Schema
from mlsig_compiler.drafting.json_schema.merging import merged
from mlsig_compiler.drafting.json_schema.words import (
    DEEPEST,
    LOST,
    REMARKS,
    SILENT,
    Owner,
    shown,
)
from mlsig_compiler.drafting.naming import Names


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the sources of JSON Schema.

    Attributes:
        ecma: Patterns are ECMAScript's.
    """

    ecma: bool = True


class Telling:
    """Knows the document and the draft, and puts `allOf` into one schema."""

    def __init__(self, root: Schema, dialect: Dialect) -> None:
        self.draft = Draft()
        self.document = Document(root)
        self.dialect = dialect
        self.names = Names()
        self._known: dict[int, model.Type] = {}
        self._keys: dict[str, dict[str, str]] = {}  # fields by key, of each record
        self._options: dict[tuple[str | int | bool, ...], str] = {}

    def lost(self, owner: Owner, schema: object, what: str, why: str = "") -> None:
        """Say, at the place and to the user, what is not carried over."""
        said = f"{LOST}{what}{f' ({why})' if why else ''}"
        self.draft.warn(owner, said, self.document.pointer(schema))

    def remark(self, owner: Owner, schema: object, what: str) -> None:
        """Keep as a comment what says nothing about values."""
        owner.comments.append(what)
        self.draft.notes.append(
            Note(self.document.pointer(schema), f"kept as a comment: {what}", warning=False)
        )

    def _losing(self, owner: Owner, schema: Schema) -> Callable[[str, str], None]:
        return lambda _, what: self.lost(owner, schema, what)

    def _remains(self, whole: Schema, owner: Owner, read: set[str] | frozenset[str]) -> None:
        """Tell every word that nothing has read."""
        for word, value in whole.items():
            if word in read or word in SILENT:
                continue
            if word in REMARKS or word.startswith("x-"):
                self.remark(owner, whole, f"{word}: {shown(value)}")
            else:
                self.lost(owner, whole, f"{word} {shown(value)}")

    def flat(self, schema: Schema, owner: Owner | None, seen: tuple[int, ...] = ()) -> Schema:
        """Return a subschema with what `allOf`, and a `$ref` beside other words, say put into it."""
        parts: list[object] = []
        rest: Schema = {}
        for key, value in schema.items():
            if key == "allOf" and isinstance(value, list):
                parts += cast("list[object]", value)
            elif key == "$ref" and isinstance(value, str):
                parts.append(self.document.target(value, schema))
            else:
                rest[key] = value
        if not parts:
            return schema
        whole = rest
        for part in parts:
            if part is False and owner is not None:
                self.lost(owner, schema, "a part that no value fits")
            if not isinstance(part, dict):
                continue
            inner = cast("Schema", part)
            if id(inner) in seen or len(seen) > DEEPEST:
                if owner is not None:
                    self.lost(owner, schema, "a reference that leads back to itself")
                continue
            deeper = self.flat(inner, owner, (*seen, id(schema), id(inner)))
            # Names and addresses of a part are its own.
            deeper = {
                key: value
                for key, value in deeper.items()
                if key not in ("$id", "id", "$defs", "definitions")
            }
            whole, left = merged(whole, deeper)
            for word in left:
                if owner is not None:
                    self.lost(owner, inner, f"{word} {shown(deeper[word])}, beside another {word}")
        return self.document.adopt(whole, schema)
