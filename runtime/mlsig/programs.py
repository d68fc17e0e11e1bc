from __future__ import annotations
from typing import Any, ClassVar, Protocol, TypeVar
from collections.abc import Mapping
import msgspec
from mlsig.signatures import Signature
from mlsig.spaces import Space
from mlsig.records import Record
from mlsig.providers.declared import Provider
E = TypeVar("E", contravariant=True)
O = TypeVar("O", contravariant=True)
R = TypeVar("R", bound=Record)
class Metric(Protocol[E, O]):
    def __call__(self, example: E, output: O, /) -> float: ...
class Objective(msgspec.Struct, frozen=True):
    name: str
    direction: str
    weight: float
class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    provider: str
    temperature: float
class Program:
    signature: ClassVar[type[Signature]]
    space: ClassVar[type[Space]]
    providers: ClassVar[Mapping[str, Provider]]
    objectives: ClassVar[tuple[Objective, ...]]
    name: ClassVar[str]
    def _call(self, inputs: Record, output: type[R]) -> R: raise TypeError
    async def _acall(self, inputs: Record, output: type[R]) -> R: raise TypeError
