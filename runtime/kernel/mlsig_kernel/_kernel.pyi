"""What `_kernel.c` defines."""

from typing import Any, Final

VERSION: Final[int]

def fill(values: object, into: Any, /) -> bool: ...
def tokens(values: object, /) -> list[int | str] | None: ...
