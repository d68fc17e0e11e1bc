"""The compiled way to make arrays and token lists of Python lists and JSON, which mlsig uses where it is."""

from ._kernel import VERSION, cut, fill, tokens  # pyright: ignore[reportMissingModuleSource]

__all__ = ["VERSION", "cut", "fill", "tokens"]
