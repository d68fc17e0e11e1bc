"""JSON text as data, and what to say of text that is not JSON: what is wrong, at which line and column."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from msgspec.json import decode

from mlsig.errors import Issue, ValidationError
from mlsig.types.shown import kind_of, shown

_MARK: Final = b"\xef\xbb\xbf"
_LONE: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")


def read(subject: str, raw: Any) -> object:
    """Return the value of JSON text.

    Raises:
        ValidationError: It is not JSON, or nested too deeply.
    """
    data = b""
    try:
        data = _bytes(raw)
        return decode(data)
    except Exception as error:
        raise ValidationError(subject, [_issue(error, raw, data)]) from None


def read_lines(subject: str, raw: Any) -> list[Any]:
    """Return the values of JSON Lines; blank lines are none.

    Raises:
        ValidationError: Lines are not JSON: `[3]` is the fourth that is not blank.
    """
    try:
        data = _bytes(raw)
    except Exception as error:
        raise ValidationError(subject, [_issue(error, raw, b"")]) from None
    found: list[Any] = []
    issues: list[Issue] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(decode(line))
        except Exception as error:
            issue = _issue(error, line, line, number)
            issues.append(Issue(f"[{len(found)}]", issue.code, issue.message, issue.value))
            found.append(None)
    if issues:
        raise ValidationError(subject, issues)
    return found


def _bytes(raw: Any) -> bytes:
    return str.encode(raw) if issubclass(type(raw), str) else memoryview(raw).tobytes()


def _issue(error: Exception, raw: Any, data: bytes, line: int = 1) -> Issue:
    """Return what to say; `line` is where the data begins."""
    if isinstance(error, RecursionError):
        return Issue("", "too_deep", "is nested too deeply")
    if isinstance(error, UnicodeEncodeError):
        message = f"is not JSON: a lone surrogate at character {error.start + 1}"
    elif isinstance(error, msgspec.MsgspecError | UnicodeDecodeError):
        message = f"is not JSON: {_reason(error, data, line)}"
    else:
        message = f"must be JSON as text or bytes, not {kind_of(raw)}"
    return Issue("", "invalid_json", message, shown(raw))


def _reason(error: Exception, data: bytes, line: int) -> str:
    """Return what is wrong with JSON text, and where: lines and columns count from 1, in characters."""
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return f"invalid UTF-8 at {_place(data, wrong.start, line)}"
    if data.startswith(_MARK):
        return "a byte order mark, which JSON does not have: decode the text as utf-8-sig"
    lone = _LONE.search(data) if "truncated" in str(error) else None
    if lone is not None:
        return f"half of a character, which stands alone, at {_place(data, lone.start(), line)}"
    message = re.sub(r"^JSON is malformed: | - at `.*`$", "", str(error))
    where = re.search(r" \(byte (\d+)\)$", message)
    return message if where is None else f"{message[: where.start()]} at {_place(data, int(where[1]), line)}"


def _place(data: bytes, byte: int, line: int) -> str:
    before = data[:byte].decode("utf-8", "replace")
    return f"line {before.count(chr(10)) + line}, column {len(before) - before.rfind(chr(10))}"
