from __future__ import annotations
from typing import Any, Protocol, Self
import msgspec
class Rng(Protocol):
    def random(self) -> float: ...
class Config(msgspec.Struct, frozen=True, kw_only=True):
    pass
class Space:
    Config: type[Config]
    @classmethod
    def default(cls) -> Any:
        raise TypeError
    @classmethod
    def sample(cls, rng: Rng) -> Any:
        raise TypeError
