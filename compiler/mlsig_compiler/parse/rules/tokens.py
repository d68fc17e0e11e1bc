"""Single words, strings and numbers: `1_000` -> Literal(1000), and what is wrong inside them."""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

import json
import math
import re
import textwrap
from typing import Final

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Edit, Fix
from mlsig_compiler.parse.machine import Token
from mlsig_compiler.parse.rules.parts import Finding, Parts
from mlsig_compiler.source import Span

LARGEST: Final = 2**63 - 1
CONSTANTS: Final = {"TRUE": True, "FALSE": False, "NULL": None}
UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LARGEST_FLOAT: Final = "a number is at most 1.7976931348623157e308"


class Tokens:
    """The rules of single tokens. `findings` collects what is wrong inside them."""

    findings: list[Finding]

    def __init__(self) -> None:
        self.findings = []

    def duration(self, token: Token) -> syntax.Duration:
        unit = token.text.lstrip("0123456789_.")
        seconds = float(token.text.removesuffix(unit).replace("_", "")) * UNITS[unit]
        return syntax.Duration(seconds, token.span)

    def literal(self, parts: Parts) -> syntax.Literal:
        token = parts[-1]
        if token.type in ("STRING", "DOC"):
            return syntax.Literal(self.decoded(token), token.span)
        if token.type in CONSTANTS:
            return syntax.Literal(CONSTANTS[token.type], token.span)
        value = self.counted(token)
        if parts[0] is None:
            return syntax.Literal(value, token.span)
        return syntax.Literal(-value, Span(parts[0].span.start, token.span.end))

    number = literal

    def constant(self, parts: Parts) -> syntax.Literal:
        return self.literal([None, parts[0]])

    def name(self, parts: Parts) -> syntax.Name:
        token = parts[0]
        return syntax.Name(token.text, token.span)

    member_name = step_name = name

    def text(self, parts: Parts) -> syntax.Text:
        token = parts[0]
        return syntax.Text(self.decoded(token), token.span)

    def decoded(self, token: Token) -> str:
        raw = token.text
        if token.type == "DOC":
            return dedent(raw[3:-3])
        if "\\" not in raw:
            return raw[1:-1]
        try:
            value = json.loads(raw, strict=False)
            value.encode("utf-8")
        except UnicodeEncodeError:
            message = "this string has half of a character"
            help = "a surrogate stands in a pair, as in `\\ud83d\\ude00`; or write the character itself"
            self.findings.append(Finding("MLS0106", token.span, message, help))
            return raw[1:-1]
        except ValueError:
            message = "this string has an escape that JSON does not know"
            self.findings.append(Finding("MLS0106", token.span, message, *_doubled(token)))
            return raw[1:-1]
        return str(value)

    def counted(self, token: Token) -> int | float:
        digits = token.text.replace("_", "")
        if token.type == "FLOAT":
            value = float(digits)
            if math.isfinite(value):
                return value
        elif len(digits) <= len(str(LARGEST)) or not digits.strip("0"):
            whole = int(digits[-20:])
            if whole <= LARGEST:
                return whole
        help = _LARGEST_FLOAT if token.type == "FLOAT" else f"a whole number is at most {LARGEST:_}"
        self.findings.append(Finding("MLS0107", token.span, "this number is too large", help))
        return 1


def dedent(text: str) -> str:
    """Return the text of a documentation string without its common indentation."""
    first, newline, rest = text.replace("\r\n", "\n").partition("\n")
    return (first.strip() + newline + textwrap.dedent(rest)).strip()


def _doubled(token: Token) -> tuple[str, Fix | None]:
    """Return the help and the fix for a backslash that is meant as one, as in a pattern."""
    lone = re.compile(r'\\(?:\\|["/bfnrtu]|(.))', re.DOTALL)
    found = [match for match in lone.finditer(token.text) if match[1]]
    if not found:
        return "", None
    start = token.span.start
    edits = tuple(Edit(Span(start + each.start(), start + each.start()), "\\") for each in found)
    return f"a backslash is written as two: `\\{found[0][0]}`", Fix("", edits)
