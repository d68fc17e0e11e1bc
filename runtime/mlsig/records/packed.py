"""Records as msgpack: the data of `to_json`, in fewer bytes.

    Passage.from_msgpack(passage.to_msgpack()) == passage

Whatever is written as text in JSON is text here: dates, URLs and base64, and the mask that stands for a
key. Only a time with its zone is a timestamp of msgpack's. What is read is validated like any other data.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mlsig.errors import Issue, ValidationError
from mlsig.types.held import plain
from mlsig.types.shown import kind_of


def pack(record: msgspec.Struct) -> bytes:
    """Return a record as msgpack.

    Raises:
        OverflowError: It holds an integer that msgpack has no room for.
        ValueError: It holds a lone surrogate.
    """
    try:
        return msgspec.msgpack.encode(record, enc_hook=plain)
    except (OverflowError, ValueError) as error:
        from mlsig.records.unwritable import refusal  # noqa: PLC0415  (few records ever need it)

        raise refusal(type(record).__qualname__, record, error, packed=True) from None


def unpack(subject: str, raw: Any) -> object:
    """Return the data that msgpack holds.

    Raises:
        ValidationError: It is no msgpack, or nested too deeply.
    """
    try:
        return msgspec.msgpack.decode(memoryview(raw).tobytes())
    except RecursionError:
        issue = Issue("", "too_deep", "is nested too deeply")
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, OverflowError) as error:
        reason = str(error).removeprefix("MessagePack data is malformed: ")
        issue = Issue("", "invalid_msgpack", f"is not msgpack: {reason}")
    except MemoryError:
        issue = Issue("", "invalid_msgpack", "is not msgpack: it promises more than there is memory for")
    except Exception:
        issue = Issue("", "invalid_msgpack", f"must be msgpack as bytes, not {kind_of(raw)}")
    raise ValidationError(subject, [issue])
