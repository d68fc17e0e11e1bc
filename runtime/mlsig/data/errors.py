"""What can go wrong with a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from mlsig.errors import Issue, MlsigError

SHOWN: Final = 10
ISSUES_SHOWN: Final = 3


class BrokenRow(msgspec.Struct, frozen=True):
    """A row that cannot be read, or does not fit.

    Attributes:
        place: Where it is, such as `reviews.jsonl:12`.
        issues: What is wrong with it; never empty.
    """

    place: str
    issues: tuple[Issue, ...]

    def __str__(self) -> str:
        shown = "; ".join(str(issue) for issue in self.issues[:ISSUES_SHOWN])
        more = len(self.issues) - ISSUES_SHOWN
        return f"{self.place}: {shown}" + (f"; and {more} more" if more > 0 else "")


class DataError(MlsigError):
    """A data set cannot be used as it is.

    Attributes:
        source: What was asked for, such as `reviews.jsonl`.
        broken: The first broken rows, if rows are the trouble.
        total: How many rows are broken.
    """

    def __init__(self, source: str, message: str, broken: Sequence[BrokenRow] = (), total: int = 0) -> None:
        self.source = source
        self.broken = tuple(broken)
        self.total = total
        super().__init__(f"{source}: {message}")

    def __str__(self) -> str:
        lines = [super().__str__(), *(f"  {row}" for row in self.broken[:SHOWN])]
        if self.total > SHOWN:
            lines.append(f"  … and {self.total - SHOWN} more")
        return "\n".join(lines)


class DataUnreadable(DataError):
    """The file or function is not there, or is not what its name says.

    Attributes:
        storage: The trouble is the file itself, which is not there or cannot be read, not what is in it.
    """

    def __init__(self, source: str, message: str, *, storage: bool = False) -> None:
        super().__init__(source, message)
        self.storage = storage
