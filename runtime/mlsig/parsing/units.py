"""Units that a description may ask for, by the words for them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_WORDS: Final = {
    "millisecond": "ms millisecond milliseconds",
    "second": "s sec secs second seconds",
    "minute": "min mins minute minutes",
    "hour": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "y yr yrs year years age y/o yo",
    "millimetre": "mm millimetre millimetres millimeter millimeters",
    "centimetre": "cm centimetre centimetres centimeter centimeters",
    "metre": "m metre metres meter meters",
    "kilometre": "km kilometre kilometres kilometer kilometers",
    "inch": "inch inches",
    "foot": "ft foot feet",
    "mile": "mi mile miles",
    "milligram": "mg milligram milligrams",
    "gram": "g gram grams gramme grammes",
    "kilogram": "kg kilogram kilograms kilo kilos",
    "pound": "lb lbs pound pounds",
    "litre": "l litre litres liter liters",
    "millilitre": "ml millilitre millilitres milliliter milliliters",
    "celsius": "celsius \u00b0c",
    "fahrenheit": "fahrenheit \u00b0f",
    "byte": "byte bytes",
    "kilobyte": "kb kilobyte kilobytes",
    "megabyte": "mb megabyte megabytes",
    "gigabyte": "gb gigabyte gigabytes",
    "dollar": "$ us$ usd dollar dollars",
    "euro": "\u20ac eur euro euros",
    "sterling": "\u00a3 gbp sterling",
    "yen": "\u00a5 jpy yen",
    "franc": "chf franc francs",
    "rupee": "\u20b9 inr rupee rupees",
    "cent": "cent cents",
}
UNITS: Final = {word: unit for unit, words in _WORDS.items() for word in words.split()}
"""The unit that a word in lower case stands for."""

_SHORT: Final = frozenset({"s", "h", "y", "m", "g", "l", "min", "mi", "day"})
_TOKEN = re.compile(r"[A-Za-z\u00b0]+|[$\u20ac\u00a3\u00a5\u20b9]")


@lru_cache(maxsize=1024)
def named_units(about: str) -> frozenset[str]:
    """Return the units that a field's name and description ask for.

    Words of one letter, and words with other meanings, are not taken for units.
    """
    words = _TOKEN.findall(about.replace("_", " ").lower())
    return frozenset(UNITS[word] for word in words if word in UNITS and word not in _SHORT)
