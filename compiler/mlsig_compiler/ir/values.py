"""Values: JSON where JSON can say them, an object with a `kind` where it cannot.

{"kind": "enum_member", "enum": "Verdict", "name": "refuted", "module": "qa"}
{"kind": "env", "name": "OPENAI_API_KEY"}
{"kind": "map", "entries": {"a": 1}}
{"kind": "integer", "digits": "9223372036854775807"}       # beyond 2**53 - 1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field
from typing_extensions import TypeAliasType

from mlsig_compiler.ir.node import Node

SAFE: Final = 2**53 - 1


class LargeInteger(Node):
    """An integer outside ±(2**53 - 1), which many readers of JSON would round."""

    kind: Literal["integer"]
    digits: Annotated[str, Field(pattern=r"^-?[1-9][0-9]{15,18}$")]
    """Its decimal digits."""


class EnumMember(Node):
    """A member of an enum, as a value."""

    kind: Literal["enum_member"]
    enum: str
    """The name of the enum where it is declared."""
    name: str
    """The name of the member, which is also its value as text."""
    module: str
    """The module that declares the enum."""


class EnvRef(Node):
    """A text that the environment has; as a value, of an `api_key` only."""

    kind: Literal["env"]
    name: str
    """The name of the variable."""
    fallback: str | None = None
    """What to take when it is not set."""


class MapValue(Node):
    """A value of a schema or a map."""

    kind: Literal["map"]
    entries: dict[str, Value]
    """The values by key, in the order in which they are written."""


SmallInteger = Annotated[int, Field(ge=-SAFE, le=SAFE)]
Integer = SmallInteger | LargeInteger
Number = SmallInteger | float | LargeInteger
Scalar = TypeAliasType("Scalar", bool | Integer | float | str | None)
Tagged = Annotated[LargeInteger | EnumMember | EnvRef | MapValue, Field(discriminator="kind")]
if TYPE_CHECKING:
    Value: TypeAlias = (
        "bool | int | float | str | tuple[Value, ...] | LargeInteger | EnumMember | EnvRef | MapValue | None"
    )
else:  # type checkers know no recursive alias with constraints in it
    Value = TypeAliasType("Value", bool | SmallInteger | float | str | tuple["Value", ...] | Tagged | None)


class Default(Node):
    """What a field has when nothing is given."""

    value: Value
    """The value, which may be null."""
