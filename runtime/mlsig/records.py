from __future__ import annotations
from typing import Any, Self
import msgspec
from mlsig import shapes
class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    @classmethod
    def validate(cls, data: object) -> Self:
        return msgspec.convert(data, cls)
    @classmethod
    def shape(cls) -> shapes.RecordShape:
        raise TypeError
    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        raise TypeError
