"""Changes of tables: written as a file for people to read, from two compiled modules, and applied.

    content = difference(before, after, Words(renamed={"Team.old": "size"}))
    apply("projects.db", Path("0001.py"))    # all of it in one transaction, or nothing

Alembic finds and writes the changes, as Python with `upgrade()` and `downgrade()`, for a review. What it
cannot know is refused: whether what is gone has another name now or is to be lost, what becomes of values
when a type changes, and what rows that are there have in a new column without a default.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from hashlib import blake2b
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import DefaultClause

from mlsig.resources.database import opened, reason
from mlsig.resources.errors import ResourceError
from mlsig.resources.naming import MIGRATIONS
from mlsig.resources.renaming import Renaming, Words
from mlsig.resources.resource import Resource
from mlsig.resources.storage import encode, stored
from mlsig.resources.tables import Tables, UtcTime

try:
    from alembic.autogenerate import produce_migrations, render_python_code
    from alembic.migration import MigrationContext
    from alembic.operations import Operations, ops

    from mlsig.resources import fitting
except ModuleNotFoundError:
    raise ResourceError("migrations need the extra: pip install 'mlsig[migrations]'") from None

APPLIED: Final = Table(
    MIGRATIONS, MetaData(), Column("revision", Text, primary_key=True), Column("applied_at", Text)
)
"""What was applied to a database."""
_TEMPLATE: Final = '''\
"""Change the tables of resources.

Written by `mlsig store migrate`. Read it before you apply it{losing}.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
{imports}
revision = {revision!r}


def upgrade() -> None:
    """Change the tables."""
    {upgrade}


def downgrade() -> None:
    """Change them back; what was lost is not there again."""
    {downgrade}
'''


def difference(
    before: Sequence[type[Resource]], after: Sequence[type[Resource]], words: Words | None = None
) -> str | None:
    """Return the text of a migration, or None where the tables stay as they are.

    Args:
        before: The resources as they were.
        after: The resources as they are.
        words: What only their author knows of names.

    Raises:
        ResourceError: Nobody but its author knows what should become of values.
    """
    words = words or Words()
    renaming = Renaming(before, after, words)
    _refuse_changed_types(before, after, renaming)
    old, new = Tables(before), Tables(after)
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        old.metadata.create_all(connection)
        for statement in renaming.forwards:
            connection.exec_driver_sql(statement)
        options = {"compare_type": True, "target_metadata": new.metadata}
        context = MigrationContext.configure(connection, opts=options)
        found = produce_migrations(context, new.metadata)
        upgrade, downgrade = found.upgrade_ops, found.downgrade_ops
        asked = _asked(before, after, renaming)
        if upgrade is None or downgrade is None:
            return None
        if upgrade.is_empty() and not renaming.forwards and not asked:
            return None
        _give_defaults(upgrade.ops, {resource.__name__: resource for resource in after})
        gone, added = _changed(upgrade.ops, old, renaming)
        lost = sorted(map(str, gone))
        _refuse_losses(gone, added, words)
        imports: set[str] = set()
        changes, back = (_rendered(one, context, imports) for one in (upgrade, downgrade))
    engine.dispose()
    if asked:
        imports.add("from mlsig.resources.fitting import fits")
    changed = not upgrade.is_empty()
    texts = [
        "\n    ".join([*map(_executed, renaming.forwards), *asked, *([changes] if changed else [])]),
        "\n    ".join([*([back] if changed else []), *map(_executed, renaming.backwards)]) or "pass",
    ]
    return _TEMPLATE.format(
        losing=f": it loses what {', '.join(lost)} hold" if lost else "",
        imports="".join(f"{line}\n" for line in sorted(imports)),
        revision=blake2b("\n".join(texts).encode(), digest_size=6).hexdigest(),
        upgrade=texts[0],
        downgrade=texts[1],
    )


def _asked(
    before: Sequence[type[Resource]], after: Sequence[type[Resource]], renaming: Renaming
) -> list[str]:
    """Return the questions to rows that may not fit what their attributes can hold now."""
    then = {resource.__name__: resource.declaration() for resource in before}
    found: list[str] = []
    for resource in after:
        name = resource.__name__
        old = then.get(renaming.was(name))
        if old is not None:
            declared = resource.declaration()
            columns = [one.name for one in declared.attributes] + [one.column for one in declared.belongs_to]
            found += fitting.asked(name, old, declared, {one: renaming.was(name, one) for one in columns})
    return found


def _executed(statement: str) -> str:
    return f"op.execute({statement!r})"


def apply(address: str | Path, path: Path) -> bool:
    """Change the tables of a database as a file says, and return whether that was still to be done.

    Raises:
        ResourceError: The file is no migration, or the database refuses; nothing is changed then.
    """
    module = _loaded(path)
    revision = str(getattr(module, "revision", ""))
    upgrade: Any = getattr(module, "upgrade", None)
    if not revision or upgrade is None:
        raise ResourceError(f"{path} is no migration: it has no revision and upgrade()")
    engine, shown = opened(address)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                # Tables are copied, and the old ones dropped: what belongs to their rows must stay.
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            done = _apply(connection, revision, upgrade)
            connection.commit()
            return done
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise ResourceError(f"{shown} refuses {path.name}: {reason(error)}; nothing is changed") from None
    finally:
        engine.dispose()


def _apply(connection: Connection, revision: str, upgrade: Any) -> bool:
    APPLIED.create(connection, checkfirst=True)
    if connection.execute(select(APPLIED).where(APPLIED.c.revision == revision)).first():
        return False
    try:
        with Operations.context(MigrationContext.configure(connection)):
            upgrade()
    except (SQLAlchemyError, sqlite3.Error, ResourceError):
        raise
    except Exception as error:
        raise ResourceError(f"upgrade() of {revision} fails: {error}; nothing is changed") from error
    if connection.dialect.name == "sqlite":
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if dangling is not None:
            raise ResourceError(f"rows of {dangling[0]} would belong to nothing; nothing is changed")
    now = datetime.now(UTC).isoformat()
    connection.execute(insert(APPLIED).values(revision=revision, applied_at=now))
    return True


def _loaded(path: Path) -> ModuleType:
    loader = SourceFileLoader("mlsig_migration", str(path))
    spec = spec_from_loader(loader.name, loader)
    if spec is None or not path.is_file():
        raise ResourceError(f"there is no file {path}")
    module = module_from_spec(spec)
    try:
        loader.exec_module(module)
    except Exception as error:
        raise ResourceError(f"{path} cannot be read as Python: {error}") from error
    return module


def _rendered(found: Any, context: Any, imports: set[str]) -> str:
    def item(kind: str, made: Any, _: object) -> str | Literal[False]:
        if kind == "type" and isinstance(made, UtcTime):
            imports.add("from mlsig.resources.tables import UtcTime")
            return "UtcTime()"
        return False

    code = render_python_code(found, render_as_batch=True, render_item=item, migration_context=context)
    lines = [line for line in code.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(lines).strip()


def _refuse_changed_types(
    before: Sequence[type[Resource]], after: Sequence[type[Resource]], renaming: Renaming
) -> None:
    then = {resource.__name__: resource.declaration() for resource in before}
    for resource in after:
        old = then.get(renaming.was(resource.__name__))
        for attribute in resource.declaration().attributes:
            name = renaming.was(resource.__name__, attribute.name)
            known = old.attribute(name) if old else None
            kinds = (stored(known.shape).kind if known else None, stored(attribute.shape).kind)
            if known is not None and kinds[0] != kinds[1]:
                what = f"{resource.__name__}.{attribute.name} was stored as {kinds[0]}, not as {kinds[1]}"
                raise ResourceError(f"{what}: add another attribute, move the values, then delete this one")


class Named(NamedTuple):
    """A table, or a column of one with what kind of values it holds."""

    table: str
    column: str = ""
    kind: type[Any] | None = None

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        return self[:2] < other[:2]

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.column else self.table


def _refuse_losses(gone: Sequence[Named], added: Sequence[Named], words: Words) -> None:
    """Refuse to lose what nobody has said may be lost."""
    for one in sorted(gone):
        if str(one) in words.lost:
            continue
        beside = [
            other for other in added if bool(other.column) == bool(one.column) and other.kind is one.kind
        ]
        alike = sorted(
            other.column or other.table for other in beside if one.table == other.table or not one.column
        )
        maybe = f" (perhaps {' or '.join(alike)})" if alike else ""
        raise ResourceError(
            f"{one} is gone, with what it holds: if it has another name now{maybe}, say "
            f"`--renamed {one}=NAME`; if it is to be lost, `--lose {one}`"
        )
    unknown = sorted(set(words.lost) - set(map(str, gone)))
    if unknown:
        raise ResourceError(f"{', '.join(unknown)} would not be lost: there is no such loss to agree to")


def _give_defaults(found: Sequence[Any], resources: dict[str, type[Resource]]) -> None:
    """Give new columns that hold no null what rows that are there have in them."""
    for one in found:
        if isinstance(one, ops.ModifyTableOps):
            _give_defaults(one.ops, resources)
        elif isinstance(one, ops.AddColumnOp) and not one.column.nullable:
            attribute = resources[one.table_name].declaration().attribute(one.column.name)
            if attribute is None or attribute.default is None:
                what = f"{one.table_name}.{one.column.name} is new and has no default"
                raise ResourceError(f"{what}: give it one, or make it optional, for the rows that are there")
            one.column.server_default = DefaultClause(_default(attribute.default(), attribute.shape))


def _default(value: Any, shape: Any) -> Any:
    written = encode(value, shape, "", [])
    if isinstance(written, bool):
        return text("true" if written else "false")
    if isinstance(written, int | float):
        return text(repr(written))
    if isinstance(written, datetime):
        return written.isoformat(timespec="microseconds")
    return written.isoformat() if isinstance(written, date) else written


def _changed(found: Sequence[Any], old: Tables, renaming: Renaming) -> tuple[list[Named], list[Named]]:
    """Return what is gone, and what is new."""
    gone: list[Named] = []
    added: list[Named] = []
    for one in found:
        if isinstance(one, ops.ModifyTableOps):
            inner = _changed(one.ops, old, renaming)
            gone += inner[0]
            added += inner[1]
        elif isinstance(one, ops.DropColumnOp):
            column = old.of[renaming.was(one.table_name)].c[one.column_name]
            gone.append(Named(one.table_name, one.column_name, type(column.type)))
        elif isinstance(one, ops.DropTableOp):
            gone.append(Named(one.table_name))
        elif isinstance(one, ops.AddColumnOp):
            added.append(Named(one.table_name, one.column.name, type(one.column.type)))
        elif isinstance(one, ops.CreateTableOp):
            added.append(Named(one.table_name))
    return gone, added
