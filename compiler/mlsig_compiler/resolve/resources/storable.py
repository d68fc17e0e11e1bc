"""Whether one database can hold what a file declares, together with what that belongs to.

Each resource is a table of its name, and each attribute a column. SQLite does not tell `Run` from `RUN`, and
PostgreSQL knows no more than 63 characters of a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.source import Span


class Declared(NamedTuple):
    """A resource of the file, as far as tables go."""

    name: str
    span: Span
    attributes: Sequence[model.ResourceAttribute]
    belongs_to: Sequence[model.BelongsTo]


class Reached(NamedTuple):
    """A resource that is stored with those of the file, and the place here that leads to it."""

    module: str
    name: str
    span: Span
    here: bool


def check(every: Sequence[Declared], scope: Scope) -> None:
    """Report names that no database takes, or that two tables or columns would share."""
    for one in every:
        _check_names(one, scope)
    first: dict[str, Reached] = {}
    for found in _together(every, scope):
        other = first.setdefault(found.name.lower(), found)
        if (other.module, other.name) != (found.module, found.name):
            _report(found, other, scope)


def _check_names(one: Declared, scope: Scope) -> None:
    from mlsig.resources.naming import refused  # noqa: PLC0415  (most files have no resources)

    help = "rename it: a database gets tables and columns of these names"
    if why := refused(one.name):
        scope.report("MLS0661", one.span, f"`{_cut(one.name)}` {why}", help=help)
    columns = [(found.field.name, found.field.span) for found in one.attributes]
    columns += [(f"{found.name}_id", found.span) for found in one.belongs_to]
    first: dict[str, tuple[str, Span]] = {}
    for name, span in columns:
        if why := refused(name, column=True):
            scope.report("MLS0661", span, f"`{_cut(name)}` {why}", help=help)
            continue
        other, before = first.setdefault(name.lower(), (name, span))
        if other != name:
            message = f"SQLite cannot tell `{name}` from `{other}`"
            labels = (Label(before, "the other one"),)
            scope.report("MLS0661", span, message, labels=labels, help="rename one of them")


def _cut(name: str) -> str:
    return name if len(name) <= 70 else f"{name[:30]}…{name[-10:]}"


def _together(every: Sequence[Declared], scope: Scope) -> Iterator[Reached]:
    """Yield the resources of the file, and those that they belong to, of any file."""
    own = [(one, Reached(scope.module, one.name, one.span, here=True)) for one in every]
    yield from (reached for _, reached in own)
    seen = {(scope.module, one.name) for one in every}
    for one, _ in own:
        for belonging in one.belongs_to:
            yield from _beyond(belonging, belonging.span, seen, scope)


def _beyond(
    start: model.BelongsTo, span: Span, seen: set[tuple[str, str]], scope: Scope
) -> Iterator[Reached]:
    waiting: list[model.BelongsTo | model.HasMany] = [start]
    while waiting:
        one = waiting.pop()
        if (one.module, one.resource) in seen:
            continue
        seen.add((one.module, one.resource))
        yield Reached(one.module, one.resource, span, here=False)
        exports = scope.library.get(one.module)
        found = exports.declarations.get(one.resource) if exports else None
        if isinstance(found, model.Resource):
            waiting += found.belongs_to
            waiting += found.has_many


def _report(found: Reached, other: Reached, scope: Scope) -> None:
    label = "declared here" if other.here else f"this leads to the one of `{other.module}`"
    labels = (Label(other.span, label),)
    if found.here:
        message = f"SQLite cannot tell the tables `{found.name}` and `{other.name}` apart"
    else:
        message = f"`{found.name}` of `{found.module}` would be stored in the same table as "
        message += f"`{other.name}`" if other.here else f"`{other.name}` of `{other.module}`"
    help = "rename one of them: what belongs to each other is in one database, which has one table of a name"
    scope.report("MLS0660", found.span, message, labels=labels, help=help)
