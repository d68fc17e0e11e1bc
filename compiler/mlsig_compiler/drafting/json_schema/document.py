"""A JSON Schema document: where each subschema stands, and what a `$ref` leads to.

    document.pointer(schema)                 ->   "/properties/tags/items"
    document.target("#/$defs/Tag", schema)   ->   the subschema

Subschemas are known by identity, so that those of a merged schema still say where they come from.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, cast
from urllib.parse import unquote, urldefrag, urljoin

Schema: TypeAlias = "dict[str, Any]"
# Values that look like schemas and are data.
DATA: Final = frozenset({"enum", "const", "default", "examples", "example"})


class SchemaError(Exception):
    """The document is not one that can be read; the message has the JSON pointer."""


class RemoteReference(SchemaError):
    """A reference leads out of the document."""


class Document:
    """One document, with an index of its subschemas."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self._pointers: dict[int, str] = {}
        self._bases: dict[int, str] = {}
        self._ids: dict[str, Schema] = {"": root}
        self._anchors: dict[tuple[str, str], Schema] = {}
        self._kept: list[Schema] = []
        self._index()

    def _index(self) -> None:
        waiting: list[tuple[object, str, str]] = [(self.root, "", "")]
        while waiting:
            node, pointer, base = waiting.pop()
            if isinstance(node, dict):
                schema = cast("Schema", node)
                base = self._known(schema, pointer, base)
                for key, value in schema.items():
                    if key not in DATA or pointer.endswith("/properties"):
                        waiting.append((value, f"{pointer}/{escaped(key)}", base))
            elif isinstance(node, list):
                items = cast("list[object]", node)
                waiting.extend((item, f"{pointer}/{index}", base) for index, item in enumerate(items))

    def _known(self, schema: Schema, pointer: str, base: str) -> str:
        """Index a subschema; return the address that references inside of it start from."""
        name = schema.get("$id", schema.get("id"))
        if isinstance(name, str) and not pointer.endswith("/properties"):
            address, anchor = urldefrag(urljoin(base, name))
            if anchor:
                self._anchors.setdefault((base, anchor), schema)
            else:
                base = address
                self._ids.setdefault(base, schema)
        for word in ("$anchor", "$dynamicAnchor"):
            anchor_ = schema.get(word)
            if isinstance(anchor_, str):
                self._anchors.setdefault((base, anchor_), schema)
        self._pointers[id(schema)] = pointer
        self._bases[id(schema)] = base
        return base

    def pointer(self, schema: object) -> str:
        """Return where a subschema stands, `/` for the whole document."""
        return self._pointers.get(id(schema), "") or "/"

    def adopt(self, made: Schema, origin: Schema) -> Schema:
        """Let a schema that was made from another one stand where that stands; return it."""
        self._kept.append(made)  # an identity is only its own while it lives
        self._pointers[id(made)] = self._pointers.get(id(origin), "")
        self._bases[id(made)] = self._bases.get(id(origin), "")
        return made

    def target(self, reference: str, schema: Schema) -> object:
        """Return what a `$ref` of a subschema leads to: a schema, `true` or `false`.

        Raises:
            RemoteReference: It leads out of the document.
            SchemaError: It leads nowhere.
        """
        base = self._bases.get(id(schema), "")
        if reference.startswith("#"):
            address, fragment = base, reference[1:]
        else:
            address, fragment = urldefrag(urljoin(base, reference))
        resource = self._ids.get(address)
        if resource is None:
            raise RemoteReference(
                f"{self.pointer(schema)}: the reference {reference} leads out of the document, and "
                "nothing is fetched: put what it means under $defs, and refer to it as #/$defs/Name"
            )
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            found = self._anchors.get((address, fragment))
            if found is None:
                raise SchemaError(f"{self.pointer(schema)}: no $anchor is called {fragment}")
            return found
        return self._at(fragment, resource, reference, schema)

    def _at(self, fragment: str, resource: Schema, reference: str, schema: Schema) -> object:
        node: object = resource
        for part in fragment.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and key in node:
                node = cast("dict[str, object]", node)[key]
            elif isinstance(node, list) and key.isdecimal() and int(key) < len(cast("list[object]", node)):
                node = cast("list[object]", node)[int(key)]
            else:
                raise SchemaError(f"{self.pointer(schema)}: the reference {reference} leads nowhere")
        if not isinstance(node, dict | bool):
            raise SchemaError(f"{self.pointer(schema)}: the reference {reference} leads to no schema")
        return cast("object", node)


def escaped(key: str) -> str:
    """Return a key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
