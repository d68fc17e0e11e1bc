"""From JSON Schema to declarations: types of subschemas, each `$ref` a declaration of its own.

    {"type": "array", "items": {"$ref": "#/$defs/Tag"}}   ->   list[Tag], and schema Tag

What is written for one place and cannot be said there is told to the field or declaration that the place
belongs to.
"""

from __future__ import annotations

import json
from typing import Any, cast

from mlsig_compiler import model
from mlsig_compiler.check.names import RECORD
from mlsig_compiler.drafting.draft import (
    JSON,
    Alias,
    Declaration,
    Draft,
    Enum,
    Field,
    Record,
)
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.kinds import Kinds
from mlsig_compiler.drafting.json_schema.merging import ANNOTATIONS
from mlsig_compiler.drafting.json_schema.telling import Dialect
from mlsig_compiler.drafting.json_schema.words import (
    LONGEST_TITLE,
    NO_LONGER,
    OF_KIND,
    alike,
    is_closed,
    is_record,
    last,
    mapping,
    media,
    names_of,
    shown,
    strings,
    told,
)
from mlsig_compiler.drafting.naming import field_names, legal, member


def read(document: Schema, name: str, *, named: bool = False, dialect: Dialect | None = None) -> Draft:
    """Draft a document; `name` is for its root, where that has no title, or is `named` so by the user.

    Raises:
        SchemaError: It cannot be read, or refers to what is elsewhere.
    """
    reader = Reader(document, dialect or Dialect())
    title = document.get("title")
    # A title that is a sentence describes the schema, and does not name it.
    is_name = not named and isinstance(title, str) and 0 < len(title) <= LONGEST_TITLE
    reader.root(str(title) if is_name else name, named=named)
    return reader.draft


class Reader(Kinds):
    """Reads one document."""

    def root(self, name: str, *, named: bool) -> None:
        """Declare the whole document."""
        root = self.document.root
        reference = root.get("$ref")
        if isinstance(reference, str) and not set(root) - ANNOTATIONS - {"$ref"}:
            # A recursive model is written as a reference to one of its own definitions.
            target = self.document.target(reference, root)
            if isinstance(target, dict):
                self.declared(cast("Schema", target), name if named else last(reference))
                return
        self.declared(root, name)

    def declared(self, schema: Schema, wanted: str) -> model.Type:
        """Return the type of a subschema that has a name of its own; declare it the first time."""
        known = self._known.get(id(schema))
        if known is not None:
            return known
        found = media(schema)
        if found is not None:
            return found
        whole = self.flat(schema, None)
        title = schema.get("title")
        if not legal(wanted) and isinstance(title, str) and title:
            wanted = title
        if is_record(whole):
            return self._record(schema, whole, self.names.take(wanted))
        values = names_of(whole)
        if values:
            return self._enum(schema, whole, values, self.names.take(wanted))
        alias = Alias(name=self.names.take(wanted), type=JSON, origin=self.document.pointer(schema))
        self._known[id(schema)] = model.EnumType(alias.name)  # written by its name, as an enum is
        self.draft.declarations.append(alias)
        self._describe(alias, schema, whole)
        alias.type = self.type(schema, alias, alias.name)
        if isinstance(alias.type, model.OptionalType) and isinstance(alias.type.type, model.LiteralType):
            alias.type = self._optional(alias.type.type, f"{alias.name}Value")
        return self._known[id(schema)]

    def _enum(self, schema: Schema, whole: Schema, values: tuple[str, ...], name: str) -> model.Type:
        node = Enum(name=name, members=values, origin=self.document.pointer(schema))
        self._known[id(schema)] = model.EnumType(name)
        self.draft.declarations.append(node)
        self._describe(node, schema, whole)
        self._remains(whole, node, {"enum", "const", "format", "minLength", "maxLength"})
        return model.EnumType(name)

    def record(self, schema: Schema, whole: Schema, wanted: str) -> model.Type:
        """Declare a record for a subschema that has no name."""
        return self._record(schema, whole, self.names.take(wanted))

    def _record(self, schema: Schema, whole: Schema, name: str) -> model.Type:
        node = Record(name=name, origin=self.document.pointer(schema))
        self._known[id(schema)] = model.SchemaType(name)
        self.draft.declarations.append(node)
        self._describe(node, schema, whole)
        base = self._base(schema)
        taken: set[str] = set()
        if base is not None:
            node.extends, whole = base[0], base[1]
            taken = set(self._keys[node.extends].values()) | set(self._keys[node.extends])
        self._fields(whole, node, taken)
        return model.SchemaType(name)

    def _base(self, schema: Schema) -> tuple[str, Schema] | None:
        """Return the record that an `allOf` with one reference extends, and what is added to it."""
        parts = schema.get("allOf")
        if not isinstance(parts, list) or schema.get("additionalProperties") is False:
            return None
        members = [cast("Schema", part) for part in cast("list[object]", parts) if isinstance(part, dict)]
        references = [part for part in members if set(part) == {"$ref"}]
        if len(references) != 1 or len(members) != len(cast("list[object]", parts)) or "$ref" in schema:
            return None
        target = self.document.target(str(references[0]["$ref"]), references[0])
        if not isinstance(target, dict) or target is schema:
            return None
        base_schema = cast("Schema", target)
        rest: Schema = {key: value for key, value in schema.items() if key != "allOf"}
        rest["allOf"] = [part for part in members if part is not references[0]]
        own = self.flat(self.document.adopt(rest, schema), None)
        base = self.flat(base_schema, None)
        ours, theirs = mapping(own.get("properties")), mapping(base.get("properties"))
        plain = is_record(base) and base.get("additionalProperties", True) is True and not is_closed(own)
        clash = set(ours) & set(theirs) or set(strings(own.get("required"))) - set(ours)
        if (
            not plain
            or clash
            or not is_record(own)
            or (id(base_schema) in self._known and not self._made(base_schema))
        ):
            return None
        type_ = self.declared(base_schema, last(str(references[0]["$ref"])))
        if not isinstance(type_, model.SchemaType) or type_.name not in self._keys:
            return None
        return type_.name, own

    def _made(self, schema: Schema) -> bool:
        type_ = self._known.get(id(schema))
        return isinstance(type_, model.SchemaType) and type_.name in self._keys

    def _describe(self, node: Declaration, schema: Schema, whole: Schema) -> None:
        description = whole.get("description")
        node.description = description.strip() if isinstance(description, str) else ""
        title = whole.get("title")
        if isinstance(title, str) and not alike(title, node.name):
            if node.description:
                self.remark(node, schema, f"title: {title}")
            else:
                node.description = title.strip()
        if whole.get("deprecated") is True:
            node.deprecated = NO_LONGER
        for text in told(whole):
            self.lost(node, schema, text)

    def _fields(self, whole: Schema, node: Record, taken: set[str]) -> None:
        properties = mapping(whole.get("properties"))
        required = strings(whole.get("required"))
        keys = [*properties, *(key for key in required if key not in properties)]
        blank = [key for key in keys if not key.strip()]
        names = field_names([key for key in keys if key.strip()], RECORD | {"self"} | taken)
        for key in blank:
            self.lost(
                node, properties.get(key, whole), f"the property {json.dumps(key)}", "a field needs a name"
            )
        node.open = not is_closed(whole)
        if blank:
            node.open = True
        self._keys[node.name] = names
        for key, name in names.items():
            node.fields.append(self._field(key, name, properties.get(key, True), key in required, node))
        extra = whole.get("additionalProperties", True)
        if isinstance(extra, dict) and extra:
            self.lost(
                node,
                cast("Schema", extra),
                "what additionalProperties says of other keys",
                "they are ignored",
            )
        if isinstance(whole.get("unevaluatedProperties"), dict):
            self.lost(node, whole, "unevaluatedProperties", "other keys are ignored")
        if whole.get("patternProperties"):
            node.open = True
            self.lost(node, whole, f"patternProperties {shown(list(mapping(whole['patternProperties'])))}")
        for word in ("minProperties", "maxProperties"):
            if word in whole:
                self.lost(node, whole, f"{word} {shown(whole[word])}")
        self._remains(whole, node, OF_KIND["object"])

    def _field(self, key: str, name: str, schema: object, required: bool, node: Record) -> Field:
        pointer = self.document.pointer(schema)
        field = Field(
            name=name,
            type=JSON,
            alias=None if name == key else key,
            origin=pointer if mapping(schema) else node.origin,
        )
        if schema is False:
            self.lost(field, self.document.root, "that this property can never be given")
        self.fill(field, schema, node.name)
        if required:
            said = mapping(schema)
            if "default" in said:
                self.remark(field, said, f"default: {shown(said['default'])}, yet it is required")
            return field
        self.default(field, schema, node.name)
        return field

    def fill(self, field: Field, schema: object, within: str) -> None:
        """Give a field its type, and what is said about it."""
        if not isinstance(schema, dict):
            return
        node = cast("Schema", schema)
        own = node.get("x-mlsig")
        if (
            isinstance(own, dict)
            and isinstance(alias := cast("Schema", own).get("alias"), str)
            and alias != field.name
        ):
            field.alias = alias
        description = node.get("description")
        title = node.get("title")
        field.description = description.strip() if isinstance(description, str) else ""
        if isinstance(title, str) and not alike(title, field.name) and not alike(title, field.alias or ""):
            if field.description:
                self.remark(field, node, f"title: {title}")
            else:
                field.description = title.strip()
        if node.get("deprecated") is True:
            field.deprecated = NO_LONGER
        for text in told(node):
            self.lost(field, node, text)
        hint = f"{within}{field.name[:1].upper()}{field.name[1:]}" if not legal(field.name) else field.name
        found = self.type(node, field, hint)
        inner = found.type if isinstance(found, model.OptionalType) else None
        field.type = (
            self._optional(inner, field.name, within) if isinstance(inner, model.LiteralType) else found
        )

    def default(self, field: Field, schema: object, within: str) -> None:
        """Give a field that may be left out its default."""
        whole: Schema = cast("Schema", schema) if isinstance(schema, dict) else {}
        if "default" in whole and whole["default"] is not None:
            field.default = self._value(whole["default"], field.type)
            return
        field.default = None
        field.type = self._optional(field.type, field.name, within)

    def _value(self, value: Any, type_: model.Type) -> model.Value:
        """Return a default as the language writes it: members of enums by name, keys as fields are called."""
        match type_:
            case model.OptionalType(inner):
                return self._value(value, inner)
            case model.ListType(inner) if isinstance(value, list):
                return [self._value(item, inner) for item in cast("list[object]", value)]
            case model.MapType(inner) if isinstance(value, dict):
                return {key: self._value(item, inner) for key, item in cast("Schema", value).items()}
            case model.EnumType(name) if isinstance(value, str) and self._is_enum(name):
                return model.EnumMember(name, value) if member(value) else value
            case model.SchemaType(name) if isinstance(value, dict):
                keys = self._keys.get(name, {})
                return {keys.get(key, key): item for key, item in cast("Schema", value).items()}
            case _:
                return cast("model.Value", value)

    def _is_enum(self, name: str) -> bool:
        return any(isinstance(node, Enum) and node.name == name for node in self.draft.declarations)

    def extends(self, node: Schema) -> bool:
        """Say whether an `allOf` becomes a record that extends another one."""
        return is_record(self.flat(node, None)) and self._base(node) is not None
