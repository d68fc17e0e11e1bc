"""The compiled way to make arrays and token lists of Python lists, which mlsig uses where it is installed."""

from ._kernel import VERSION, fill, tokens

__all__ = ["VERSION", "fill", "tokens"]
