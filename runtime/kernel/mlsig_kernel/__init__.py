"""The compiled way to make arrays, token lists and records of Python's lists and dicts, and arrays of JSON.

mlsig uses it where it is.
"""

from ._kernel import VERSION, Plan, cut, fill, tokens  # pyright: ignore[reportMissingModuleSource]

__all__ = ["VERSION", "Plan", "cut", "fill", "tokens"]
