"""Types of subschemas: references, unions, lists, maps, and records, which are declared elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import cast

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import (
    JSON,
    optional,
)
from mlsig_compiler.drafting.json_schema import bounds
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.merging import ANNOTATIONS
from mlsig_compiler.drafting.json_schema.scalars import Scalars
from mlsig_compiler.drafting.json_schema.unions import union
from mlsig_compiler.drafting.json_schema.words import (
    DEEPEST,
    OF_KIND,
    REMARKS,
    Owner,
    is_record,
    last,
    mapping,
    media,
    shown,
)
from mlsig_compiler.drafting.naming import singular


class Kinds(Scalars, ABC):
    """Reads the type of a subschema."""

    @abstractmethod
    def declared(self, schema: Schema, wanted: str) -> model.Type:
        """Return the type of a subschema that has a name of its own; declare it the first time."""

    @abstractmethod
    def record(self, schema: Schema, whole: Schema, wanted: str) -> model.Type:
        """Declare a record for a subschema that has no name."""

    @abstractmethod
    def extends(self, node: Schema) -> bool:
        """Say whether an `allOf` becomes a record that extends another one."""

    def type(self, schema: object, owner: Owner, hint: str, depth: int = 0) -> model.Type:
        """Return the type of a subschema. A bare optional of literals is left for the caller to name."""
        if not isinstance(schema, dict) or not schema:
            if schema is False:
                self.lost(owner, self.document.root, "that no value fits here")
            return JSON
        node = cast("Schema", schema)
        if depth > DEEPEST:
            self.lost(owner, node, "what is nested more deeply")
            return JSON
        reference = node.get("$ref", node.get("$dynamicRef", node.get("$recursiveRef")))
        if isinstance(reference, str) and not set(node) - ANNOTATIONS - {
            "$ref",
            "$dynamicRef",
            "$recursiveRef",
            "x-mlsig",
        }:
            target = self.document.target(reference, node)
            self._remains(node, owner, {"$ref", "$dynamicRef", "$recursiveRef"})
            inner = mapping(target)
            if inner:
                wanted = last(reference) if reference.strip("#") else hint
                return self.declared(inner, wanted)
            return self.type(target, owner, hint, depth + 1)
        single = node.get("allOf")
        if (
            isinstance(single, list)
            and len(cast("list[object]", single)) == 1
            and not set(node) - ANNOTATIONS - {"allOf", "x-mlsig"}
        ):
            self._remains(node, owner, {"allOf"})
            return self.type(cast("list[object]", single)[0], owner, hint, depth + 1)
        if isinstance(node.get("allOf"), list) and self.extends(node):
            return self.record(node, self.flat(node, None), hint)
        whole = self.flat(node, owner)
        found = self._type(whole, owner, hint, depth)
        return self._nullable(found) if whole.get("nullable") is True else found

    def _nullable(self, type_: model.Type) -> model.Type:
        return type_ if isinstance(type_, model.OptionalType) else optional(type_)

    def _type(self, whole: Schema, owner: Owner, hint: str, depth: int) -> model.Type:
        found = media(whole)
        if found is not None:
            return found
        for word in ("anyOf", "oneOf"):
            if isinstance(whole.get(word), list):
                return self._any(word, whole, owner, hint, depth)
        if "const" in whole or isinstance(whole.get("enum"), list):
            values = [whole["const"]] if "const" in whole else cast("list[object]", whole["enum"])
            return self._fixed(values, whole, owner, hint)
        kind = whole.get("type")
        if isinstance(kind, list):
            return self._kinds(cast("list[object]", kind), whole, owner, hint, depth)
        if not isinstance(kind, str):
            kind = self._guessed(whole, owner)
        reading = {
            "string": self._string, "integer": self._number, "number": self._number, "boolean": self._boolean,
        }  # fmt: skip
        if kind in reading:
            return reading[kind](whole, owner, kind)
        if kind == "array":
            return self._array(whole, owner, hint, depth)
        if kind == "object":
            return self._object(whole, owner, hint, depth)
        if kind == "null":
            self.lost(owner, whole, "that only null fits here", "json takes it")
        elif kind:
            self.lost(owner, whole, f"the type {shown(kind)}")
        self._remains(whole, owner, set())
        return JSON

    def _guessed(self, whole: Schema, owner: Owner) -> str:
        """Return the kind that the words of a schema without a type are about."""
        for kind, words in OF_KIND.items():
            found = [word for word in sorted(words) if word in whole]
            if found:
                wider = "number" if kind == "integer" else kind
                fits = f"that values of other kinds than {wider} fit here"
                self.lost(owner, whole, fits, f"{found[0]} has no type beside it")
                return wider
        return ""

    def _any(self, word: str, whole: Schema, owner: Owner, hint: str, depth: int) -> model.Type:
        options = cast("list[object]", whole[word])
        rest = {key: value for key, value in whole.items() if key != word}
        if is_record(rest) and not all(
            isinstance(o, dict) and ("$ref" in o or "properties" in o) for o in options
        ):
            self.lost(owner, whole, f"{word} {shown(options)}")
            return self._type(self.document.adopt(rest, whole), owner, hint, depth)
        beside = {
            key: value
            for key, value in rest.items()
            if key not in ANNOTATIONS and key not in REMARKS and key not in ("x-mlsig", "nullable")
        }
        self._remains(rest, owner, set(beside))
        null = False
        found: list[model.Type] = []
        for index, option in enumerate(options):
            inner = mapping(option)
            if inner.get("type") == "null" and "$ref" not in inner:
                null = True
                continue
            if option is False:
                continue
            name = self._option_name(option, hint, index, len(options))
            node = option
            if beside and inner:
                both: Schema = {"allOf": [inner, self.document.adopt(dict(beside), whole)]}
                node = self.document.adopt(both, inner)
            type_ = self.type(node, owner, name, depth + 1)
            if isinstance(type_, model.OptionalType):
                null, type_ = True, type_.type
            found.append(type_)
        if not found:
            self.lost(owner, whole, f"{word} {shown(options)}", "json takes it")
            return JSON
        made = union(found, lambda what: self.lost(owner, whole, f"a part of {word}: {what}"))
        return (model.OptionalType(made) if made != JSON else JSON) if null else made

    def _option_name(self, option: object, hint: str, index: int, count: int) -> str:
        title = cast("Schema", option).get("title") if isinstance(option, dict) else None
        if isinstance(title, str) and title:
            return title
        return f"{hint}{index + 1}" if count > 2 else hint

    def _kinds(self, kinds: list[object], whole: Schema, owner: Owner, hint: str, depth: int) -> model.Type:
        names = [kind for kind in kinds if isinstance(kind, str) and kind != "null"]
        found: list[model.Type] = []
        others = {word for kind in names for word in OF_KIND.get(kind, ())}
        for kind in names:
            unfit = others - OF_KIND.get(kind, frozenset())
            single = {key: value for key, value in whole.items() if key not in unfit}
            made = self._type(self.document.adopt({**single, "type": kind}, whole), owner, hint, depth + 1)
            if isinstance(made, model.OptionalType):
                made = made.type
            found.append(made)
            # What is beside the kinds is told once.
            whole = self.document.adopt({k: v for k, v in whole.items() if k in others or k == "type"}, whole)
        if not found:
            self.lost(owner, whole, "that only null fits here", "json takes it")
            return JSON
        made = union(found, lambda what: self.lost(owner, whole, f"a part of type: {what}"))
        return model.OptionalType(made) if "null" in kinds and made != JSON else made

    def _array(self, whole: Schema, owner: Owner, hint: str, depth: int) -> model.Type:
        limits = bounds.lengths(whole, "minItems", "maxItems", self._losing(owner, whole))
        items = whole.get("items", True)
        places = whole.get("prefixItems", items if isinstance(items, list) else None)
        name = singular(hint)
        if isinstance(places, list):
            made = self._tuple(cast("list[object]", places), whole, owner, name, depth, limits)
        else:
            made = self._inner(cast("object", items), owner, name, depth)
        self._remains(whole, owner, OF_KIND["array"])
        unique = whole.get("uniqueItems") is True
        return model.ListType(made, bounds.constraints(limits, unique=unique))

    def _tuple(  # noqa: PLR0917  (the way to a place, and the place)
        self,
        places: list[object],
        whole: Schema,
        owner: Owner,
        hint: str,
        depth: int,
        limits: dict[str, int],
    ) -> model.Type:
        rest = whole.get("additionalItems", True) if "prefixItems" not in whole else whole.get("items", True)
        self.lost(owner, whole, f"which of the {len(places)} places of the tuple has which type")
        parts = [*places, *([] if rest is False else [rest])]
        if rest is False or limits.get("max_length", len(places) + 1) <= len(places):
            limits["max_length"] = min(limits.get("max_length", len(places)), len(places))
            parts = list(places)
        found = [self._inner(part, owner, hint, depth) for part in parts]
        null = any(isinstance(type_, model.OptionalType) for type_ in found)
        made = union(
            [type_.type if isinstance(type_, model.OptionalType) else type_ for type_ in found] or [JSON],
            lambda what: self.lost(owner, whole, f"a part of the tuple: {what}"),
        )
        return self._optional(made, hint) if null else made

    def _inner(self, schema: object, owner: Owner, hint: str, depth: int) -> model.Type:
        """Return the type of the items of a list or the values of a map."""
        made = self.type(schema, owner, hint, depth + 1)
        if isinstance(made, model.OptionalType) and isinstance(made.type, model.LiteralType):
            return self._optional(made.type, hint)
        return made

    def _object(self, whole: Schema, owner: Owner, hint: str, depth: int) -> model.Type:
        if is_record(whole):
            return self._known.get(id(whole)) or self.record(whole, whole, hint)
        limits = bounds.lengths(whole, "minProperties", "maxProperties", self._losing(owner, whole))
        patterns = mapping(whole.get("patternProperties"))
        values: object = whole.get("additionalProperties", True)
        if patterns:
            self.lost(owner, whole, f"which keys patternProperties {shown(list(patterns))} asks for")
            closed = values is False
            found = [self._inner(each, owner, singular(hint), depth) for each in patterns.values()]
            same = len(found) == 1 and closed
            made = found[0] if same else JSON
            if not same:
                self.lost(owner, whole, "the types of the values", "keys tell them apart")
        else:
            made = self._inner(values, owner, singular(hint), depth)
        self._remains(whole, owner, OF_KIND["object"])
        return model.MapType(made, bounds.constraints(limits))
