"""What only the author of declarations knows of names: what is called otherwise now, and what may be lost.

    Words(renamed={"Team": "Group", "Team.old": "size", "Member.team": "group"}, lost=("Team.motto",))

Names on the left are those before; an attribute's new name stands alone. Both databases rename in the same
words, and keep what indexes, foreign keys and rows have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from mlsig.resources.errors import ResourceError
from mlsig.resources.resource import Resource


class Words(Struct, frozen=True, kw_only=True):
    """What becomes of names.

    Attributes:
        renamed: New names by old ones: of resources, and of `Resource.attribute` or `Resource.belongs_to`.
        lost: Tables, and columns as `Table.column`, whose content nobody needs any more.
    """

    renamed: Mapping[str, str] = {}
    lost: Sequence[str] = ()


class Renaming:
    """The statements of some renamings: `forwards`, and `backwards`."""

    def __init__(
        self, before: Sequence[type[Resource]], after: Sequence[type[Resource]], words: Words
    ) -> None:
        """Look each name up.

        Raises:
            ResourceError: One is not there, or not free.
        """
        self._then = {resource.__name__: resource for resource in before}
        self._now = {resource.__name__: resource for resource in after}
        self._resources: dict[str, str] = {}
        self._columns: dict[tuple[str, str], str] = {}
        self.forwards: list[str] = []
        self.backwards: list[str] = []
        for old, new in sorted(words.renamed.items()):  # a resource before what it has
            table, _, member = old.partition(".")
            if table not in self._then:
                raise ResourceError(f"there was no {table}, so {old} cannot be renamed")
            if member:
                self._column(table, member, new)
            else:
                self._table(table, new)

    def was(self, resource: str, column: str = "") -> str:
        """Return the name that something had: that of a resource, or of a column of it."""
        if column:
            return self._columns.get((resource, column), column)
        return self._resources.get(resource, resource)

    def _table(self, old: str, new: str) -> None:
        if new not in self._now or new in self._then:
            raise ResourceError(f"{old} cannot be called {new} now: there is no new {new}")
        self._resources[new] = old
        self._say(f'ALTER TABLE "{old}" RENAME TO "{new}"', f'ALTER TABLE "{new}" RENAME TO "{old}"')

    def _column(self, table: str, old: str, new: str) -> None:
        now = next((name for name, was in self._resources.items() if was == table), table)
        before, after = (_columns(kinds.get(name)) for kinds, name in ((self._then, table), (self._now, now)))
        was, will = before.get(old), after.get(new)
        if was is None or will is None or will in before.values() or was in after.values():
            raise ResourceError(
                f"{table}.{old} cannot be called {new} now: there is no such old name, or no such new one"
            )
        self._columns[now, will] = was
        head = f'ALTER TABLE "{now}" RENAME COLUMN'
        self._say(f'{head} "{was}" TO "{will}"', f'{head} "{will}" TO "{was}"')

    def _say(self, forwards: str, backwards: str) -> None:
        self.forwards.append(forwards)
        self.backwards.insert(0, backwards)


def _columns(resource: type[Resource] | None) -> dict[str, str]:
    """Return the columns of a resource, by the names of what they hold."""
    if resource is None:
        return {}
    declared = resource.declaration()
    found = {one.name: one.name for one in declared.attributes}
    return found | {one.name: one.column for one in declared.belongs_to}
