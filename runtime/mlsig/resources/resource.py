"""The class that generated resources derive from: an immutable record of one stored row."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Generic, Literal, Self, TypeVar

from msgspec import Struct

from mlsig.records.record import Record
from mlsig.resources.conditions import Condition, Order
from mlsig.resources.declared import Declaration

if TYPE_CHECKING:
    from mlsig.resources.session import Session

RowT = TypeVar("RowT")


class Page(Struct, Generic[RowT], frozen=True):
    """Some rows of a list.

    Attributes:
        items: The rows, in the order that was asked for.
        next: What to hand in as `after` for those that follow; empty when there are no more.
    """

    items: tuple[RowT, ...]
    next: str = ""


class Change(Struct, Generic[RowT], frozen=True, kw_only=True):
    """What is going to happen to a row, or has: for hooks.

    `before` is None of a row that is created, `after` of one that is deleted.
    """

    event: Literal["create", "update", "delete"]
    before: RowT | None
    after: RowT | None


class Resource(Record, frozen=True, kw_only=True):
    """One stored row, as it was when it was read or written.

    Attributes:
        id: A UUID of version 7.
        created_at: Aware, in UTC, as is `updated_at`.
        version: How often it was written; a change is refused when somebody else has made one since.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def declaration(cls) -> Declaration:
        """Return what the resource declares."""
        return _declaration_of(cls)

    @classmethod
    def get(cls, session: Session, id: str, /) -> Self:
        """Read one.

        Raises:
            NotFound: There is none of that id.
        """
        return session.get(cls, id)

    def delete(self, session: Session, /) -> None:
        """Delete it, and do with those that belong to it as is declared.

        Raises:
            Restricted: Others belong to it, which may not be left alone.
            Stale: Somebody else has changed it since it was read.
        """
        session.delete(self)

    @classmethod
    def list(
        cls,
        session: Session,
        /,
        *,
        where: Condition[Self] | None = None,
        order: Order[Self] | None = None,
        limit: int = 100,
        after: str = "",
    ) -> Page[Self]:
        """Read those that meet a condition, oldest first where no order is given.

        Args:
            session: Where they are stored.
            where: Such as `Run.Fields.score > 0.5`.
            order: Such as `Run.Fields.score.desc()`.
            limit: At most how many.
            after: `next` of the page before, asked for with the same order.
        """
        return session.list(cls, where=where, order=order, limit=limit, after=after)

    @classmethod
    def _declaration(cls) -> Declaration:
        raise NotImplementedError


@cache
def _declaration_of(resource: type[Resource]) -> Declaration:
    return resource._declaration()  # pyright: ignore[reportPrivateUsage]
