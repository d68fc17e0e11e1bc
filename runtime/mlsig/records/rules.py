"""What is done to a record whose fields fit, and what must hold of it then: transforms in order, then checks.

    settle(shape, passage, "citations[2]", issues, read) -> the passage with its text stripped, say

An expression that has no value for a record makes its check fail. What the user's own Python raises becomes
an issue, as everything that is wrong with data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from mlsig import shapes
from mlsig.errors import FunctionMissing
from mlsig.functions import NO_VALUE
from mlsig.issues import Issue
from mlsig.types.shown import name_of

Read: TypeAlias = Callable[[shapes.Shape, object, str, list[Issue]], Any]


class Doubt(Exception):
    """The fast path cannot say yes."""


def settle(shape: shapes.RecordShape, record: Any, path: str, issues: list[Issue], read: Read) -> Any:
    """Return the record as its transforms make it, and add each check that fails to `issues`.

    Args:
        shape: What was declared.
        record: A record whose fields fit.
        path: Where it is.
        issues: Where to add; what is returned means nothing when something was added.
        read: Reads what a transform made, by the declaration of its field.
    """
    known = len(issues)
    for transform in shape.transforms:
        record = _transformed(shape, transform, record, path, issues, read=read)
        if len(issues) > known:
            return None
    issues += broken(shape.checks, path, record)
    return record


def broken(checks: tuple[shapes.Check, ...], path: str, *records: Any) -> list[Issue]:
    """Return an issue for each check that does not hold."""
    return [
        Issue(path, f"check.{check.name}", check.message) for check in checks if not _holds(check, *records)
    ]


def _holds(check: shapes.Check, *records: Any) -> bool:
    try:
        return check.holds(*records)
    except NO_VALUE:
        return False


def _transformed(
    shape: shapes.RecordShape,
    transform: shapes.Transform,
    record: Any,
    path: str,
    issues: list[Issue],
    *,
    read: Read,
) -> Any:
    name = transform.field
    where = ".".join(filter(None, (path, name)))
    try:
        value = transform.change(record)
    except RecursionError:
        raise
    except ImportError as error:
        raise FunctionMissing(f"`{transform.text}` cannot be imported: {error}") from error
    except Exception as error:
        why = f"raised {name_of(type(error))}" if transform.python else "has no value"
        issues.append(Issue(where, "transform", f"cannot be transformed: `{transform.text}` {why}"))
        return None
    if not name:
        return read(msgspec.structs.replace(shape, transforms=(), checks=()), value, path, issues)
    known = len(issues)
    field = next(field for field in shape.fields if field.name == name)
    found = read(field.shape, value, where, issues)
    return None if len(issues) > known else msgspec.structs.replace(record, **{name: found})
