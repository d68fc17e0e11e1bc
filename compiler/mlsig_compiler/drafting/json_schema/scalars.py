"""Types of strings, numbers, bools and listed values."""

from __future__ import annotations

from typing import Any

from mlsig_compiler import model
from mlsig_compiler.drafting.draft import (
    BOOL,
    JSON,
    Alias,
    Enum,
    optional,
)
from mlsig_compiler.drafting.json_schema import bounds
from mlsig_compiler.drafting.json_schema.document import Schema
from mlsig_compiler.drafting.json_schema.telling import Telling
from mlsig_compiler.drafting.json_schema.words import (
    MOMENTS,
    OF_KIND,
    Owner,
    shown,
)
from mlsig_compiler.drafting.naming import member


class Scalars(Telling):
    """Reads what has no parts."""

    def _optional(self, type_: model.Type, wanted: str, within: str = "") -> model.Type:
        """Return the optional of a type; literals alone need a name for it."""
        if isinstance(type_, model.LiteralType):
            if type_.options not in self._options:
                name = self._options[type_.options] = self.names.take(wanted, within)
                self.draft.declarations.append(Alias(name=name, type=type_))
            return model.OptionalType(model.EnumType(self._options[type_.options]))
        return optional(type_)

    def _fixed(self, values: list[object], whole: Schema, owner: Owner, hint: str) -> model.Type:
        """Return the type of listed values."""
        self._remains(whole, owner, {"enum", "const", *bounds.COMPARED})
        values = [value for value in values if bounds.within(value, whole)]
        null = None in values
        others: list[str | int | bool] = []
        for given in values:
            if given is None:
                continue
            value = int(given) if isinstance(given, float) and given.is_integer() else given
            if not isinstance(value, str | int) or (
                not isinstance(value, str) and abs(value) > bounds.LARGEST_INT
            ):
                why = "only strings, whole numbers and bools can be"
                self.lost(owner, whole, f"the options {shown(values)}", why)
                return JSON
            if not any(type(value) is type(each) and value == each for each in others):
                others.append(value)
        if not others:
            self.lost(owner, whole, "that only null fits here", "json takes it")
            return JSON
        texts = tuple(value for value in others if isinstance(value, str) and member(value))
        if len(texts) == len(others) > 1:
            made: model.Type = self._named_enum(texts, hint, whole)
        else:
            made = model.LiteralType(tuple(others))
        return model.OptionalType(made) if null else made

    def _named_enum(self, texts: tuple[str, ...], hint: str, whole: Schema) -> model.Type:
        if texts not in self._options:
            name = self._options[texts] = self.names.take(hint)
            self.draft.declarations.append(
                Enum(name=name, members=texts, origin=self.document.pointer(whole))
            )
        return model.EnumType(self._options[texts])

    def _string(self, whole: Schema, owner: Owner, _: str) -> model.Type:
        format_ = whole.get("format")
        limits = bounds.lengths(whole, "minLength", "maxLength", self._losing(owner, whole))
        pattern = whole.get("pattern")
        moment = MOMENTS.get(format_ if isinstance(format_, str) else "")
        self._remains(whole, owner, OF_KIND["string"])
        if moment is not None:
            for word in ("minLength", "maxLength", "pattern"):
                if word in whole:
                    self.lost(owner, whole, f"{word} {shown(whole[word])} of a {moment.name}")
            return moment
        if format_ is not None:
            self.lost(owner, whole, f"format {shown(format_)}", "any string fits")
        said: dict[str, Any] = {**limits}
        if isinstance(pattern, str):
            said["pattern"] = bounds.pattern(pattern, ecma=self.dialect.ecma)
        return model.ScalarType("str", model.Constraints(**said))

    def _number(self, whole: Schema, owner: Owner, kind: str) -> model.Type:
        name = "int" if kind == "integer" else "float"
        found = bounds.number(whole, name, self._losing(owner, whole))
        self._remains(whole, owner, OF_KIND[kind])
        return model.ScalarType("int" if kind == "integer" else "float", found)

    def _boolean(self, whole: Schema, owner: Owner, _: str) -> model.Type:
        self._remains(whole, owner, set())
        return BOOL
