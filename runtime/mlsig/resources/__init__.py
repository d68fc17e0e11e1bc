"""Resources: what is stored, as typed rows of a real database.

    with resources.connect("projects.db", Project, Run) as session:
        project = Project.create(session, name="first")
        Run.create(session, project=project, score=0.5)
        best = Run.list(session, where=Run.Fields.score > 0.4, order=Run.Fields.score.desc(), limit=10)

Generated modules import this package, which imports nothing heavy: SQLAlchemy comes with `connect`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlsig.resources.conditions import Column, Condition, Order
from mlsig.resources.declared import (
    Action,
    Attribute,
    BelongsTo,
    Calculation,
    Declaration,
    HasMany,
    Hook,
)
from mlsig.resources.errors import (
    NotFound,
    ResourceError,
    Restricted,
    Stale,
    TransitionRefused,
    Vetoed,
)
from mlsig.resources.nodes import (
    BoolOp,
    Call,
    Comparison,
    Conditional,
    Constant,
    Each,
    Index,
    Items,
    Member,
    Name,
    Operation,
    Unary,
)
from mlsig.resources.resource import Change, Page, Resource

if TYPE_CHECKING:
    from mlsig.resources.session import Session, connect

__all__ = [
    "Action",
    "Attribute",
    "BelongsTo",
    "BoolOp",
    "Calculation",
    "Call",
    "Change",
    "Column",
    "Comparison",
    "Condition",
    "Conditional",
    "Constant",
    "Declaration",
    "Each",
    "HasMany",
    "Hook",
    "Index",
    "Items",
    "Member",
    "Name",
    "NotFound",
    "Operation",
    "Order",
    "Page",
    "Resource",
    "ResourceError",
    "Restricted",
    "Session",
    "Stale",
    "TransitionRefused",
    "Unary",
    "Vetoed",
    "connect",
]


def __getattr__(name: str) -> Any:
    if name not in ("Session", "connect"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mlsig.resources import session  # noqa: PLC0415  (it brings SQLAlchemy)

    return getattr(session, name)
