"""Numbers as people write them: `$1,234.50`, `2 million`, `85%`, `3/4`, `thirty-six`.

A number is read only where one reading is left. A unit must not be another one than the field asks for, and
what could be two numbers is refused.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final, TypeAlias

from mlsig import shapes
from mlsig.parsing.number_words import read_words
from mlsig.parsing.units import UNITS, named_units

LONGEST: Final = 80
Numeric: TypeAlias = shapes.Integer | shapes.Number

_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")
_ENGLISH = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_CONTINENTAL = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:\.\d{3}){2,}")
_COMMA = re.compile(r"[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|0,\d+)")
_SPACED = re.compile(r"[-+]?\d{1,3}(?:([ \u202f'\u2019_])\d{3})(?:\1\d{3})*(?:[.,]\d+)?|[-+]?\d+(?:_\d+)+")
_CURRENCY: Final = r"(?:US\$|[$\u20ac\u00a3\u00a5\u20b9]|USD|EUR|GBP|JPY|CHF|INR)"
_NUMBER: Final = r"[-+]?[\d.](?:[\d.,_'\u2019\u202f]|[ ](?=\d{3}(?!\d))|[eE][-+]?\d)*"
_ABOUT = re.compile(
    r"(?:~|\u2248|(?:about|approximately|approx\.?|around|roughly|circa|ca\.)\s)\s*", re.IGNORECASE
)
_REMARK = re.compile(r"\s*\([^()]*\)$")
_MONEY = re.compile(rf"([-+]?)({_CURRENCY})\s*(?=[\d.])")
_PERCENT = re.compile(rf"({_NUMBER})\s*(?:%|percent|per cent|pct)\.?", re.IGNORECASE)
_OUT_OF = re.compile(rf"({_NUMBER})\s*(/|out of)\s*(\d+)(?:\s+[A-Za-z]+)?", re.IGNORECASE)
_MIXED = re.compile(r"([-+]?)(\d+)\s+(\d+)/(\d+)")
_PART = re.compile(r"([-+]?)(\d*)([\u00bc-\u00be\u2150-\u215e])")
_SCALED = re.compile(
    rf"({_NUMBER})(\s*)(?:(k|K|thousand|M|mn|mio|million|B|bn|billion|trillion|hundred)\b)?"
    rf"(\s*)(old|[A-Za-z\u00b5\u00b0\u00b2\u00b3/]+|{_CURRENCY})?(?:\s+(old|of age|dollars|euros))?"
)
_SCALES: Final = {
    "k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "b": 9, "bn": 9, "billion": 9,
    "trillion": 12, "hundred": 2,
}  # fmt: skip
_NO_UNITS: Final = frozenset(
    str.split(
        "or to and ago more less plus minus m x dozen score gross pair pairs e th st nd rd bc ad am pm bis "
        "oder \u00e0 percent half quarter million billion"
    )
)
"""Words behind a number that change it, or that can mean two things."""


class Ambiguous(Exception):
    """A text has two readings, or another unit than the field; the message says which."""


def read_number(text: str, shape: Numeric, about: str = "", name: str = "") -> int | float | None:
    """Return the number that a text says, None where it says none, or none in the field's unit.

    Args:
        text: What was written.
        shape: The declared type, whose bounds tell percentages from shares.
        about: The field's name and description, which may name a unit.
        name: The field's name alone.

    Raises:
        Ambiguous: There are two readings, or it is in another unit.
    """
    if len(text) > LONGEST:
        return None
    said = text.strip(" \t\r\n*`\"'\u00a0").replace("\u2212", "-").replace("\u00a0", " ")
    plain = plain_number(said)
    if plain is not None:
        return plain
    said = _REMARK.sub("", said).rstrip(" .,!;:*")
    said = _ABOUT.sub("", said, count=1) if _ABOUT.match(said) else said
    if name and said[: len(name)].lower() == name.lower().replace("_", " "):
        said = said[len(name) :].lstrip(" :=")
    for read in (_percentage, _fraction, _scaled):
        found = read(said, shape, about)
        if found is not None:
            return found
    return read_words(said, lambda unit: unit.isalpha() and unit not in _NO_UNITS and _fits(unit, about))


def plain_number(text: str) -> int | float | None:
    """Return a number that is written in digits alone, with or without separators."""
    if _PLAIN.fullmatch(text):
        digits = text.rstrip(".") if text[-1] == "." else text
    elif _ENGLISH.fullmatch(text):
        digits = text.replace(",", "").rstrip(".")
    elif _CONTINENTAL.fullmatch(text):
        digits = text.replace(".", "").replace(",", ".")
    elif _COMMA.fullmatch(text):
        digits = text.replace(",", ".")
    elif _SPACED.fullmatch(text):
        digits = re.sub(r"[ \u202f'\u2019_]", "", text).replace(",", ".")
    else:
        return None
    return _value(Decimal(digits)) if digits.lstrip("+-").isdecimal() else float(digits)


def _value(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _decimal(text: str) -> Decimal | None:
    number = plain_number(text.strip())
    return None if number is None else Decimal(str(number))


def _percentage(said: str, shape: Numeric, about: str) -> int | float | None:
    match = _PERCENT.fullmatch(said)
    number = _decimal(match[1]) if match else None
    if number is None:
        return None
    if shape.le is not None and shape.le <= 1:
        return float(number / 100)
    words = about.lower()
    if shape.le is not None or isinstance(shape, shapes.Integer) or "percent" in words or "%" in words:
        return _value(number)
    raise Ambiguous(f"could be {_value(number)} or {float(number / 100)}: the field does not say which")


def _fraction(said: str, shape: Numeric, _about: str) -> int | float | None:
    if match := _PART.fullmatch(said):
        number = (int(match[2]) if match[2] else 0) + unicodedata.numeric(match[3])
        return -number if match[1] == "-" else number
    if match := _MIXED.fullmatch(said):
        whole, upper, lower = int(match[2]), int(match[3]), int(match[4])
        if not 0 < upper < lower:
            return None
        return (whole + upper / lower) * (-1 if match[1] == "-" else 1)
    match = _OUT_OF.fullmatch(said)
    upper_part = _decimal(match[1]) if match else None
    if not match or upper_part is None or not int(match[3]):
        return None
    lower_part = int(match[3])
    scale = shape.le == lower_part and lower_part != 1
    if isinstance(shape, shapes.Integer) or (scale and match[2] != "/"):
        return _value(upper_part) if scale else None
    if scale:
        raise Ambiguous(f"could be {upper_part} on the scale, or the share {float(upper_part / lower_part)}")
    share = shape.le is not None and shape.le <= 1
    return float(upper_part / lower_part) if share or match[2] == "/" else None


def _scaled(said: str, _shape: Numeric, about: str) -> int | float | None:
    money = _MONEY.match(said)
    unit = ""
    if money:
        unit = money[2]
        said = money[1] + said[money.end() :]
    match = _SCALED.fullmatch(said)
    number = _decimal(match[1]) if match else None
    if not match or number is None:
        return None
    suffix = match[5] or ""
    if suffix.lower() in _NO_UNITS and not (suffix == "m" and (match[2] or match[4])):
        return None
    other = next((word for word in (suffix, unit) if not _fits(word, about)), "")
    if other:
        wanted = " or ".join(sorted(named_units(about)))
        raise Ambiguous(f"is given in {other!r}, and the field asks for another unit: {wanted}")
    return _value(number.scaleb(_SCALES[match[3].lower()])) if match[3] else _value(number)


def _fits(unit: str, about: str) -> bool:
    """Say whether a unit may stand behind a number: not where the field asks for another one."""
    wanted = named_units(about)
    if not unit or not wanted:
        return True
    return (
        UNITS.get(unit.lower(), unit.lower()) in wanted
        or re.search(rf"\b{re.escape(unit)}\b", about, re.IGNORECASE) is not None
    )
