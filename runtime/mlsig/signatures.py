from __future__ import annotations
from typing import Any, ClassVar, Generic, TypeVar
from collections.abc import Mapping
import msgspec
from mlsig.records import Record
from mlsig.spaces import Space
I = TypeVar("I", bound=Record)
E = TypeVar("E", bound=Record)
O = TypeVar("O", bound=Record)
class Example(msgspec.Struct, Generic[I, E], frozen=True, kw_only=True):
    inputs: I
    expected: E
    @staticmethod
    def read(row: Mapping[str, Any], i: type[I], e: type[E]) -> Example[I, E]: raise TypeError
class Signature:
    Input: type[Record]
    Output: type[Record]
    Expected: type[Record]
    instructions: ClassVar[str]
    examples: ClassVar[tuple[Example[Any, Any], ...]]
    @classmethod
    def read(cls, text: str, output: type[O]) -> O: raise TypeError
    @classmethod
    def variables(cls) -> type[Space]: raise TypeError
