"""Nested lists of floats as arrays, by way of MessagePack.

msgspec writes a list in C: for each list a head that says its length, for each float a tag and eight bytes.
When the text is as long as that of nested lists of floats of a shape, and all heads and tags are where that
text has them, there is nothing else in it, and the numbers are read off the text. What passes for a float
is what msgspec writes as one: a float, and a member of an enum whose value is one. (So would an element that
is a `msgspec.Raw` of such text: who hands in encoded text is taken at their word.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from msgspec.msgpack import Encoder

Array = npt.NDArray[Any]

_write: Final = Encoder().encode_into
_FLOAT: Final = b"\xcb"
# The sum of squares below which every number is finite and fits; above it the careful path decides.
SAFE: Final = {"float16": 6e4**2, "float32": 1e76, "float64": 1e300}
_MOST_KEPT: Final = 1 << 16


class Written:
    """Makes arrays of one dtype.

    Memory to write to is used again, since asking for it takes as long as writing. Whoever uses a page has
    taken it out of the stock, so that no two threads write to one.
    """

    def __init__(self, dtype: str) -> None:
        self._dtype = np.dtype(dtype)
        self._safe = SAFE[dtype]
        self._stock: dict[tuple[int, ...], list[_Page]] = {}

    def read(self, value: Any, sizes: tuple[int, ...]) -> Array | None:
        """Return nested lists of floats as an array of a shape; None where they are not.

        Raises:
            Exception: Any, where they are not.
        """
        stock = self._stock.get(sizes)
        if stock is None:
            stock = self._new_stock(sizes)
        page = stock.pop() if stock else _Page(sizes)
        text = page.text
        _write(value, text)  # cuts the text to what it wrote
        if len(text) != page.length:
            return None
        found: Array | None = None
        if (
            text.startswith(page.head)
            and page.tags.tobytes() == page.all_tags
            and (not page.heads or page.has_heads())
        ):
            wide, flat = page.wide, page.flat
            np.copyto(wide, page.numbers)
            if np.vdot(flat, flat) <= self._safe:  # unlike `dot`, it says nothing about overflow
                found = wide.astype(self._dtype)
                found.setflags(write=False)
        if page.count <= _MOST_KEPT:
            stock.append(page)
        return found

    def _new_stock(self, sizes: tuple[int, ...]) -> list[_Page]:
        if len(self._stock) >= 64:
            self._stock.clear()
        return self._stock.setdefault(sizes, [])


class _Page:
    """Memory for the text of nested lists of floats of a shape, and views of its parts."""

    __slots__ = ("all_tags", "count", "flat", "head", "heads", "length", "numbers", "tags", "text", "wide")

    def __init__(self, sizes: tuple[int, ...]) -> None:
        layout = np.dtype([("tag", "u1"), ("number", ">f8")])
        for size in reversed(sizes):
            layout = np.dtype([("head", "u1", (len(_head(size)),)), ("cells", layout, (size,))])
        self.length = layout.itemsize
        self.text = bytearray(self.length)
        self.head = _head(sizes[0])
        self.count = sizes[0]
        self.heads: list[tuple[Array, bytes]] = []
        cells: Any = np.frombuffer(self.text, layout)["cells"]
        for size in sizes[1:]:
            self.heads.append((cells["head"], _head(size) * self.count))
            self.count *= size
            cells = cells["cells"]
        self.tags: Array = cells["tag"]
        self.all_tags = _FLOAT * self.count
        self.numbers: Array = cells["number"][0]
        self.wide: npt.NDArray[np.float64] = np.empty(sizes)
        self.flat = self.wide.reshape(-1)

    def has_heads(self) -> bool:
        """Say whether each row that was written begins where one of its shape does."""
        return all(view.tobytes() == head for view, head in self.heads)


def _head(size: int) -> bytes:
    """Return how MessagePack begins a list of that many items."""
    if size < 16:
        return bytes([0x90 | size])
    if size < 65536:
        return b"\xdc" + size.to_bytes(2, "big")
    return b"\xdd" + size.to_bytes(4, "big")
