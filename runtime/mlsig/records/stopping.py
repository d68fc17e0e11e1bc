"""How the careful path stops at the first thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex

from mlsig.issues import Issue


class Found(BaseException):
    """The first issue. No handler of exceptions on the way takes it for one of the data's own."""

    def __init__(self, issue: Issue) -> None:
        self.issue = issue
        super().__init__(issue)


class First(list[Issue]):
    """A list of issues that nothing is ever added to: the first raises `Found`."""

    __slots__ = ()

    def append(self, issue: Issue, /) -> None:
        """Stop."""
        raise Found(issue)

    def extend(self, issues: Iterable[Issue], /) -> None:
        """Stop where there is one."""
        for issue in issues:
            raise Found(issue)

    def insert(self, _index: SupportsIndex, issue: Issue, /) -> None:
        """Stop."""
        raise Found(issue)

    def __iadd__(self, issues: Any, /) -> First:  # type: ignore[override,misc]
        self.extend(issues)
        return self
