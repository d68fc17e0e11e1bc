r"""Regular expressions of the language as those of JSON Schema, which are ECMA 262's (with its `u` flag).

    ecma("^[a-z0-9-]+$")     ->  the same, as most patterns are
    ecma(r"(?P<year>\d{4})") ->  "(\\d{4})"
    ecma("^.+$")             ->  "^[^\\n]+$", since a dot of ECMA's leaves out more than the line feed
    ecma("(?i)yes")          ->  None: it cannot be said

Both read `^` as the very beginning and `$` as the very end. One difference stays: `\d`, `\w`, `\s` and `\b`
mean the characters of all scripts here, and mostly those of ASCII there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final

from mlsig_compiler.patterns import anchored

_ESCAPED: Final = r"nrtfv^$\\.*+?()\[\]{}|/"
_SHARED: Final = re.compile(
    rf"""(?:[^\\.\[\](){{}}]
    |\\[dDwWsSbB{_ESCAPED}]
    |\{{\d+(?:,\d*)?\}}
    |\[\^?(?:[^\\\[\]\n]|\\[{_ESCAPED}-]|\\[dDwWsS](?!-))+\]
    |\((?!\?)|\(\?[:=!]|\)
    )*""",
    re.VERBOSE,
)
"""Patterns that mean the same in Python, but for `$`."""
_POSSESSIVE: Final = re.compile(r"[*+?}]\+")
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")
_CONTROLS: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\f": r"\f", "\v": r"\v"}
_CATEGORIES: Final = {
    f"CATEGORY_{'NOT_' * negated}{name}": f"\\{letter.upper() if negated else letter}"
    for name, letter in (("DIGIT", "d"), ("WORD", "w"), ("SPACE", "s"))
    for negated in (False, True)
}
_PLACES: Final = {
    "AT_BEGINNING": "^",
    "AT_BEGINNING_STRING": "^",
    "AT_END_STRING": "$",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
}
_ALONE: Final = frozenset({"ANY", "BRANCH", "IN", "LITERAL", "NOT_LITERAL", "SUBPATTERN"})
_LOOKS: Final = {("ASSERT", 1): "=", ("ASSERT", -1): "<=", ("ASSERT_NOT", 1): "!", ("ASSERT_NOT", -1): "<!"}
_ODD_FLAGS: Final = re.IGNORECASE | re.MULTILINE | re.LOCALE | re.ASCII


class _Untold(Exception):
    """ECMA 262 has no word for a part of the pattern."""


def ecma(pattern: str) -> str | None:
    """Return a valid pattern as one of ECMA 262 that matches the same texts, or None where there is none."""
    if _SHARED.fullmatch(pattern) and not _POSSESSIVE.search(pattern):
        return pattern
    # The parser of `re` is the only reader of its patterns; it is private, and the same since Python 2.
    parser: Any = import_module("re._parser")
    tree = parser.parse(anchored(pattern))
    if tree.state.flags & _ODD_FLAGS:
        return None
    try:
        return _Writer(bool(tree.state.flags & re.DOTALL)).sequence(tree)
    except _Untold:
        return None


class _Writer:
    def __init__(self, dot_is_all: bool) -> None:
        self._dot = r"[\s\S]" if dot_is_all else r"[^\n]"

    def sequence(self, items: Iterable[Any]) -> str:
        """Return the parts of a pattern, one after the other."""
        return "".join(self._part(str(op), value) for op, value in items)

    def _part(self, op: str, value: Any) -> str:
        write: Callable[[Any], str] | None = getattr(self, f"_{op.lower()}", None)
        if write is not None:
            return write(value)
        if op in {"ASSERT", "ASSERT_NOT"}:
            direction, inner = value
            return f"(?{_LOOKS[op, direction]}{self.sequence(inner)})"
        raise _Untold

    def _any(self, _: None) -> str:
        return self._dot

    def _literal(self, code: int) -> str:
        return _character(chr(code), _SYNTAX)

    def _not_literal(self, code: int) -> str:
        return f"[^{_member(code)}]"

    def _in(self, members: list[Any]) -> str:
        if len(members) == 1 and str(members[0][0]) == "CATEGORY":
            return _CATEGORIES[str(members[0][1])]
        return f"[{''.join(_in_class(str(op), value) for op, value in members)}]"

    def _at(self, place: object) -> str:
        if str(place) not in _PLACES:
            raise _Untold
        return _PLACES[str(place)]

    def _branch(self, value: Any) -> str:
        return f"(?:{'|'.join(self.sequence(option) for option in value[1])})"

    def _subpattern(self, value: Any) -> str:
        group, more_flags, less_flags, inner = value
        if more_flags or less_flags:
            raise _Untold
        return f"({'?:' if group is None else ''}{self.sequence(inner)})"

    def _groupref(self, group: int) -> str:
        return f"(?:\\{group})"

    def _max_repeat(self, value: Any, lazy: str = "") -> str:
        low, high, inner = value
        # `a` and `[a]` can be repeated as they are, `ab` and `^` cannot.
        alone = len(inner) == 1 and str(inner[0][0]) in _ALONE
        text = self.sequence(inner) if alone else f"(?:{self.sequence(inner)})"
        return f"{text}{_times(int(low), str(high), high)}{lazy}"

    def _min_repeat(self, value: Any) -> str:
        return self._max_repeat(value, "?")


def _times(low: int, named: str, high: Any) -> str:
    endless = named == "MAXREPEAT"
    if endless and low < 2:
        return "*+"[low]
    if (low, high) == (0, 1):
        return "?"
    return f"{{{low}{'' if low == high else ',' if endless else f',{high}'}}}"


def _in_class(op: str, value: Any) -> str:
    if op == "NEGATE":
        return "^"
    if op == "CATEGORY":
        return _CATEGORIES[str(value)]
    if op == "RANGE":
        return f"{_member(value[0])}-{_member(value[1])}"
    return _member(value)


def _member(code: int) -> str:
    return _character(chr(code), _SYNTAX | {"-"})


def _character(char: str, special: frozenset[str] | set[str]) -> str:
    if char in special:
        return f"\\{char}"
    if char.isprintable() or ord(char) > 0xFFFF:
        return char
    code = ord(char)
    return _CONTROLS.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
