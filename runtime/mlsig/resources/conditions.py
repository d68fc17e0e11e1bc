"""What a list of resources is filtered and ordered by: typed, and plain data until a session reads it.

    (Run.Fields.score > 0.4) & (Run.Fields.status == Status.done)

`OwnerT` says whose columns these are, so that a type checker refuses those of another resource.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeVar, cast

if TYPE_CHECKING:
    from mlsig.resources.resource import Resource

OwnerT = TypeVar("OwnerT", bound="Resource")
ValueT = TypeVar("ValueT")


class Condition(Generic[OwnerT]):
    """`a & b`, `a | b` and `~a` make conditions of conditions."""

    __slots__ = ("op", "parts")

    def __init__(self, op: str, parts: tuple[Any, ...]) -> None:
        self.op = op
        self.parts = parts

    def __and__(self, other: Condition[OwnerT]) -> Condition[OwnerT]:
        return self._joined("and", other)

    def __or__(self, other: Condition[OwnerT]) -> Condition[OwnerT]:
        return self._joined("or", other)

    def __invert__(self) -> Condition[OwnerT]:
        return Condition("not", (self,))

    def _joined(self, op: str, other: Condition[OwnerT]) -> Condition[OwnerT]:
        """Join two; a long chain stays one list, which nothing goes through by recursion."""
        first = self.parts if self.op == op else (self,)
        return Condition(op, (*first, other))

    def __bool__(self) -> NoReturn:
        raise TypeError("a condition is neither true nor false: use & | ~ instead of and, or, not")


class Order(Generic[OwnerT]):
    """By which column, and whether the largest come first; null comes last either way."""

    __slots__ = ("column", "descending")

    def __init__(self, column: Column[OwnerT, Any], *, descending: bool) -> None:
        self.column = column
        self.descending = descending


class Column(Generic[OwnerT, ValueT]):
    """What one row of a resource has under a name, for conditions and orders."""

    __slots__ = ("name", "resource")

    def __init__(self, resource: str, name: str) -> None:
        self.resource = resource
        self.name = name

    # SQLAlchemy, polars and all other libraries of this kind take `==` for their own use, as this one does.
    def __eq__(self, other: ValueT) -> Condition[OwnerT]:  # type: ignore[override]  # pyright: ignore
        return self._compared("==", other)

    def __ne__(self, other: ValueT) -> Condition[OwnerT]:  # type: ignore[override]  # pyright: ignore
        return self._compared("!=", other)

    def __hash__(self) -> int:
        return hash((self.resource, self.name))

    def __lt__(self, other: ValueT) -> Condition[OwnerT]:
        return self._compared("<", other)

    def __le__(self, other: ValueT) -> Condition[OwnerT]:
        return self._compared("<=", other)

    def __gt__(self, other: ValueT) -> Condition[OwnerT]:
        return self._compared(">", other)

    def __ge__(self, other: ValueT) -> Condition[OwnerT]:
        return self._compared(">=", other)

    def is_in(self, values: Iterable[ValueT]) -> Condition[OwnerT]:
        """Hold where the value is one of these."""
        return self._compared("in", tuple(values))

    def asc(self) -> Order[OwnerT]:
        """Put the smallest first."""
        return Order(self, descending=False)

    def desc(self) -> Order[OwnerT]:
        """Put the largest first."""
        return Order(self, descending=True)

    def _compared(
        self, op: Literal["==", "!=", "<", "<=", ">", ">=", "in"], other: object
    ) -> Condition[OwnerT]:
        owned = cast("Column[OwnerT, Any]", self)
        return Condition(op, (owned, other))
