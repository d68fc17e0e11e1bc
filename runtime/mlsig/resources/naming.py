"""Names of tables and columns that SQLite and PostgreSQL both take, and keep apart.

    refused("x" * 64)             "is longer than the 63 characters that PostgreSQL keeps"
    refused("xmin", column=True)  "is a column that PostgreSQL itself has in every table"

Every name is quoted, so words of SQL are names like all others.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 63
"""PostgreSQL cuts off what is behind this many characters."""
OWN_TABLES: Final = ("pg_", "sqlite_")
"""What the names of the databases' own tables begin with."""
MIGRATIONS: Final = "mlsig_migrations"
"""The table that says which migrations were applied."""
OWN_COLUMNS: Final = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})


def refused(name: str, *, column: bool = False) -> str:
    """Return why a name is none for a table, or a column; empty when it is one."""
    folded = name.lower()
    if len(name) > LONGEST:
        return f"is longer than the {LONGEST} characters that PostgreSQL keeps"
    if column and name in OWN_COLUMNS:
        return "is a column that PostgreSQL itself has in every table"
    if not column and folded.startswith(OWN_TABLES):
        return "begins as the names of the databases' own tables do"
    if not column and folded == MIGRATIONS:
        return "is the table in which mlsig says what was migrated"
    return ""
