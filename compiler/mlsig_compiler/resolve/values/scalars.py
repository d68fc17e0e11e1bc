"""Numbers, texts and times, against the constraints of their types.

number(3, ScalarType("float", Constraints(le=1.0)), node, scope)     reports that 3 is greater than 1
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any, Final

from mlsig.types.checks import is_multiple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import replacing
from mlsig_compiler.findings.nearest import counted
from mlsig_compiler.patterns import anchored
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.wording import described, shown
from mlsig_compiler.source import Span

NUMBERS: Final = frozenset({"int", "float", "probability", "confidence_score"})
# What is a value of the type without the quotes around it.
QUOTED: Final = {"int": r"-?[0-9]{1,18}", "float": r"-?[0-9]{1,18}(\.[0-9]{1,18})?", "bool": "true|false"}


def refused(span: Span, message: str, scope: Scope, code: str = "MLS0410", **more: Any) -> Skip:
    """Report a value, and return what to raise."""
    scope.report(code, span, message, **more)
    return Skip()


def scalar(node: syntax.Value, type_: model.ScalarType, scope: Scope) -> model.Value:
    """Return a value of a type that is written as one literal."""
    if not isinstance(node, syntax.Literal):
        more: dict[str, Any] = {}
        if isinstance(node, syntax.Reference) and type_.name == "str":
            fix = replacing(node.span, f'"{node.path[0]}"') if len(node.path) == 1 else None
            more = {"help": "a string needs quotes", "fix": fix}
        raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope, **more)
    value = node.value
    if type_.name in NUMBERS and isinstance(value, int | float) and not isinstance(value, bool):
        return number(value, type_, node.span, scope)
    if type_.name == "bool" and type(value) is bool:
        return value
    if isinstance(value, str):
        if type_.name == "str":
            return text(value, type_.constraints, node.span, scope)
        if type_.name in ("date", "datetime"):
            return time(value, type_, node.span, scope)
        plain = QUOTED.get(type_.name)
        if plain is not None and re.fullmatch(plain, value):
            fix, help = replacing(node.span, value), f"write `{value}`, without quotes"
            raise refused(node.span, f"a string is not {described(type_)}", scope, help=help, fix=fix)
    raise refused(node.span, f"{shown(node)} is not {described(type_)}", scope)


def number(value: int | float, type_: model.ScalarType, span: Span, scope: Scope) -> int | float:
    """Return a number within the bounds of its type."""
    if type_.name == "int" and type(value) is not int:
        raise refused(span, f"{value!r} is not a whole number", scope)
    made: int | float = value if type_.name == "int" else float(value)
    problem = outside(made, type_.constraints)
    if problem:
        raise refused(span, f"{json.dumps(value)} is {problem}", scope, code="MLS0412")
    return made


def outside(number: float | int, c: model.Constraints) -> str:
    """Say which bound a number breaks, or nothing."""
    if c.ge is not None and number < c.ge:
        return f"less than {c.ge:g}"
    if c.gt is not None and number <= c.gt:
        return f"not greater than {c.gt:g}"
    if c.le is not None and number > c.le:
        return f"greater than {c.le:g}"
    if c.lt is not None and number >= c.lt:
        return f"not less than {c.lt:g}"
    if c.multiple_of is None:
        return ""
    exact = isinstance(number, int) and isinstance(c.multiple_of, int)
    fits = number % c.multiple_of == 0 if exact else is_multiple(number, c.multiple_of)
    return "" if fits else f"not a multiple of {c.multiple_of:g}"


def text(value: str, c: model.Constraints, span: Span, scope: Scope) -> str:
    """Return a string of an allowed length that matches the pattern, if there is one."""
    length(len(value), c, "character", span, scope)
    if c.pattern is not None and not re.search(anchored(c.pattern), value):
        raise refused(span, f"this string does not match the pattern {c.pattern}", scope, code="MLS0412")
    return value


def length(length: int, c: model.Constraints, what: str, span: Span, scope: Scope) -> None:
    """Refuse a length that is not allowed; `what` is one of the things counted."""
    problem = ""
    if c.min_length is not None and length < c.min_length:
        problem = f"and {c.min_length} or more are needed"
    elif c.max_length is not None and length > c.max_length:
        problem = f"and {c.max_length} or fewer are allowed"
    if problem:
        raise refused(span, f"this has {counted(length, what)}, {problem}", scope, code="MLS0412")


def time(value: str, type_: model.ScalarType, span: Span, scope: Scope) -> str:
    """Return a date or a point in time, as it is written."""
    example = "2026-11-23" if type_.name == "date" else "2026-11-23T09:30:00Z"
    try:
        if type_.name == "date":
            if date.fromisoformat(value).isoformat() == value:
                return value
        elif "T" in value:
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    help = f"for example {json.dumps(example)}"
    raise refused(span, f"{json.dumps(value, ensure_ascii=False)} is not a `{type_.name}`", scope, help=help)
