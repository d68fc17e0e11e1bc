"""Types of the language as Python annotations, and what can be said about a type before the program runs.

list[str](max_length=8)  ->  Annotated[list[str], Meta(max_length=8)]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import literal
from mlsig_compiler.model import (
    BuiltinType,
    Constraints,
    EmbeddingType,
    Enum,
    EnumType,
    Field,
    ListType,
    LiteralType,
    MapType,
    OptionalType,
    OutputType,
    RecordType,
    ScalarType,
    Schema,
    SchemaType,
    Signature,
    TensorType,
    Type,
    UnionType,
)
from mlsig_compiler.plan import builtin
from mlsig_compiler.plan.layout import Atom, Either, Expression, Suffixed, call, subscript
from mlsig_compiler.plan.names import Scope

Bounds: TypeAlias = dict[str, float] | dict[str, int]
FLOATS = frozenset({"float", "probability", "confidence_score"})
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class Types:
    """The enums, schemas and signatures of a module by name, and questions about types that need them."""

    def __init__(
        self,
        enums: Mapping[str, Enum],
        schemas: Mapping[str, Schema],
        signatures: Mapping[str, Signature] | None = None,
    ) -> None:
        self.enums = enums
        self.schemas = schemas
        self.signatures = signatures or {}
        # What is found once is kept: a chain of a thousand schemas would be walked a million times.
        self._met: dict[str, tuple[str, ...]] = {}
        self._circular: dict[str, bool] = {}

    def schema(self, name: str) -> Schema:
        """Return a declared schema."""
        return self.schemas[name]

    def fields(self, type_: RecordType) -> tuple[Field, ...]:
        """Return the fields of a schema, or the outputs of a signature."""
        if isinstance(type_, OutputType):
            return self.signatures[type_.name].outputs
        return self.schema(type_.name).fields

    def reached(self, *types: Type) -> tuple[str, ...]:
        """Return the names of all that values of these types can hold, as they are met.

        Enums, schemas, and signatures of whose outputs there are some.
        """
        seen = dict.fromkeys(_named(types))
        waiting = deque(seen)
        while waiting:
            for name in self._direct(waiting.popleft()):
                if name not in seen:
                    seen[name] = None
                    waiting.append(name)
        return tuple(seen)

    def deep(self, *types: Type) -> Iterator[Type]:
        """Yield every type inside these, through schemas too."""
        inner = (field.type for name in self.reached(*types) for field in self._inside(name))
        for type_ in (*types, *inner):
            yield from parts(type_)

    def recursive(self, name: str) -> bool:
        """Say whether a schema can hold itself."""
        if name not in self._circular:
            self._circular[name] = name in self.reached(*(field.type for field in self.schemas[name].fields))
        return self._circular[name]

    def acyclic(self, *types: Type) -> bool:
        """Say whether no value of these types can be part of a cycle: the collector may skip them."""
        for part in self.deep(*types):
            if builtin.is_keyed(part) or (isinstance(part, ScalarType) and part.name == "json"):
                return False
        return not any(self.recursive(name) for name in self.reached(*types) if name in self.schemas)

    def secret(self, *types: Type) -> bool:
        """Say whether values of these types can hold an `api_key`."""
        return any(builtin.is_key(part) for part in self.deep(*types))

    def _direct(self, name: str) -> tuple[str, ...]:
        """Return the names that stand in the fields of a declaration."""
        if name not in self._met:
            self._met[name] = tuple(dict.fromkeys(_named(field.type for field in self._inside(name))))
        return self._met[name]

    def _inside(self, name: str) -> tuple[Field, ...]:
        """Return the fields of a schema, the outputs of a signature, and nothing of an enum."""
        if name in self.schemas:
            return self.schemas[name].fields
        return self.signatures[name].outputs if name in self.signatures else ()


def _named(types: Iterable[Type]) -> Iterator[str]:
    """Yield the names of enums, schemas and signatures that are written in types."""
    for type_ in types:
        for part in parts(type_):
            if isinstance(part, EnumType | SchemaType | OutputType):
                yield part.name


def parts(type_: Type) -> Iterator[Type]:
    """Yield a type and the types written inside it, not looking into schemas."""
    yield type_
    if isinstance(type_, ListType):
        yield from parts(type_.items)
    elif isinstance(type_, MapType):
        yield from parts(type_.values)
    elif isinstance(type_, OptionalType):
        yield from parts(type_.type)
    elif isinstance(type_, UnionType):
        for option in type_.options:
            yield from parts(option)


def annotation(type_: Type, scope: Scope, *, bare: bool = False) -> Expression:
    """Return the annotation of a field; a `bare` one, for a function's parameter, leaves constraints out."""
    if isinstance(type_, ScalarType):
        return _scalar(type_, scope, bare=bare)
    if isinstance(type_, LiteralType):
        return subscript(scope("Literal"), *(Atom(literal(option)) for option in type_.options))
    if isinstance(type_, ListType):
        inner = annotation(type_.items, scope, bare=bare)
        whole = subscript(scope("list"), inner)
        return whole if bare else _annotated(whole, _lengths(type_.constraints), scope)
    if isinstance(type_, MapType):
        inner = annotation(type_.values, scope, bare=bare)
        whole = subscript(scope("dict"), Atom(scope("str")), inner)
        return whole if bare else _annotated(whole, _lengths(type_.constraints), scope)
    if isinstance(type_, OptionalType):
        inner = annotation(type_.type, scope, bare=bare)
        return inner if inner == Atom(scope("Any")) else Suffixed(inner, " | None")
    if isinstance(type_, UnionType):
        options = tuple(annotation(option, scope, bare=bare) for option in type_.options)
        return Either(options) if bare or _told_apart(type_) else subscript(scope("Either"), *options)
    if isinstance(type_, EnumType | SchemaType):
        return Atom(scope.own(type_.name))
    if isinstance(type_, OutputType):
        return Atom(f"{scope.own(type_.name)}.Output")
    if isinstance(type_, BuiltinType | EmbeddingType | TensorType):
        return builtin.annotation(type_, scope, bare=bare)
    raise InternalError(f"no annotation for {type_}")


def bounds(type_: ScalarType) -> Bounds:
    """Return the bounds of a number as its Python type, at most one at each end."""
    says = type_.constraints
    found = {"ge": says.ge, "gt": says.gt, "le": says.le, "lt": says.lt, "multiple_of": says.multiple_of}
    given = {word: value for word, value in found.items() if value is not None}
    if "ge" in given and "gt" in given:
        given.pop("ge" if given["gt"] >= given["ge"] else "gt")
    if "le" in given and "lt" in given:
        given.pop("le" if given["lt"] <= given["le"] else "lt")
    if type_.name in FLOATS:
        return {word: float(value) for word, value in given.items()}
    if any(int(value) != value for value in given.values()):
        raise InternalError("a bound of an int is not an int")
    return {word: int(value) for word, value in given.items()}


def _scalar(type_: ScalarType, scope: Scope, *, bare: bool) -> Expression:
    if type_.name == "json":
        return Atom(scope("Any"))
    if type_.name in FLOATS:
        return Atom(scope("float")) if bare else _finite(type_, scope)
    plain = Atom(scope(type_.name))
    if bare or type_.name in {"bool", "date", "datetime"}:
        return plain
    if type_.name == "int":
        says = bounds(type_)
        told = says if all(_SMALLEST <= value <= _LARGEST for value in says.values()) else {}
        return _annotated(plain, {word: Atom(literal(value)) for word, value in told.items()}, scope)
    return _annotated(plain, _lengths(type_.constraints), scope)  # patterns are tested by the runtime, faster


def _finite(type_: ScalarType, scope: Scope) -> Expression:
    says = {word: value for word, value in bounds(type_).items() if word != "multiple_of"}
    if not says:
        return Atom(scope("Finite"))
    meta: dict[str, Expression] = {word: Atom(literal(value)) for word, value in says.items()}
    if "ge" not in says and "gt" not in says:
        meta["ge"] = Atom(f"-{scope('LARGEST')}")
    if "le" not in says and "lt" not in says:
        meta["le"] = Atom(scope("LARGEST"))
    return _annotated(Atom(scope("float")), meta, scope)


def _lengths(says: Constraints) -> dict[str, Expression]:
    given = {"min_length": says.min_length, "max_length": says.max_length}
    return {word: Atom(literal(value)) for word, value in given.items() if value is not None}


def _annotated(plain: Expression, meta: Mapping[str, Expression], scope: Scope) -> Expression:
    if not meta:
        return plain
    return subscript(scope("Annotated"), plain, call(scope("Meta"), keywords=meta))


def _told_apart(type_: UnionType) -> bool:
    """Say whether msgspec knows which option a value is: it takes one of each kind."""
    kinds = [_kind(option) for option in type_.options]
    return "" not in kinds and len(set(kinds)) == len(kinds)


def _kind(option: Type) -> str:
    match option:
        case ScalarType("str" | "date" | "datetime") | EnumType():
            return "string"
        case ScalarType("bool"):
            return "bool"
        case ScalarType("int" | "float" | "probability" | "confidence_score"):
            return "number"
        case LiteralType(options) if len({type(value) for value in options}) == 1:
            return "string" if isinstance(options[0], str) else "number"
        case ListType():
            return "array"
        case MapType() | SchemaType():
            return "object"
        case _:
            return ""
