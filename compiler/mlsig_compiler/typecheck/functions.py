"""The functions of expressions: what each takes and gives. The documentation prints this table.

    FUNCTIONS["round"].usage   ->   round(x, digits)

A result word is a sort, or says how the result follows from the first argument: `item` is one of its items,
`same` is what it is, `number` is a whole number when it is made of whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

# What a parameter takes, with the words for messages.
TAKES: Final[dict[str, str]] = {
    "text": "a string",
    "number": "a number",
    "whole": "a whole number",
    "numbers": "a list of numbers or a vector",
    "sized": "a string, a list, a map or a vector",
    "list": "a list",
    "ordered": "a list of numbers, of strings or of dates",
    "texts": "a list of strings",
    "pattern": "a string that is written out",
}

Result: TypeAlias = Literal["int", "float", "str", "bool", "texts", "number", "item", "same"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument, by position; `takes` is a word of `TAKES`."""

    name: str
    takes: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function. `more` says that the last parameter may be given again and again."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    description: str
    more: bool = False

    @property
    def fewest(self) -> int:
        """The smallest number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def usage(self) -> str:
        """How it is written: `round(x, digits)`."""
        return f"{self.name}({', '.join(parameter.name for parameter in self.parameters)})"

    @property
    def signature(self) -> str:
        """What it takes and gives, for the documentation."""
        shown = ", ".join(
            f"{parameter.name}: {TAKES[parameter.takes]}{' (may be left out)' if parameter.optional else ''}"
            for parameter in self.parameters
        )
        return f"{self.name}({shown}{', …' if self.more else ''})"


def _one(name: str, parameter: str, takes: str, result: Result, description: str) -> Function:
    return Function(name, (Parameter(parameter, takes),), result, description)


def _two(name: str, second: Parameter, result: Result, description: str) -> Function:
    return Function(name, (Parameter("text", "text"), second), result, description)


TABLE: Final = (
    _one("len", "x", "sized", "int", "how many characters, items or entries there are"),
    _one("min", "items", "numbers", "item", "the smallest item; of an empty list there is none"),
    _one("max", "items", "numbers", "item", "the largest item; of an empty list there is none"),
    _one("sum", "items", "numbers", "item", "all items added up; 0 for an empty list"),
    _one("abs", "x", "number", "number", "the number without its sign"),
    _one("round", "x", "number", "int", "the nearest whole number; a tie goes to the even one"),
    _one("floor", "x", "number", "int", "the largest whole number that is not above x"),
    _one("ceil", "x", "number", "int", "the smallest whole number that is not below x"),
    _one("sqrt", "x", "number", "float", "the square root; of a negative number there is none"),
    _one("log", "x", "number", "float", "the natural logarithm; of 0 and of a negative number there is none"),
    _one("exp", "x", "number", "float", "e to the power of x"),
    _one("lower", "text", "text", "str", "the text in lower case"),
    _one("upper", "text", "text", "str", "the text in upper case"),
    _one("strip", "text", "text", "str", "the text without white space at both ends"),
    _two("startswith", Parameter("start", "text"), "bool", "whether the text begins with another"),
    _two("endswith", Parameter("end", "text"), "bool", "whether the text ends with another"),
    _two("contains", Parameter("part", "text"), "bool", "whether the text has another in it"),
    _two("matches", Parameter("pattern", "pattern"), "bool", "whether a regular expression finds something"),
    _two(
        "split",
        Parameter("separator", "text", optional=True),
        "texts",
        "the parts of the text between separators, or between white space",
    ),
    Function(
        "join",
        (Parameter("texts", "texts"), Parameter("separator", "text")),
        "str",
        "the texts in one, with the separator between them",
    ),
    _one("sorted", "items", "ordered", "same", "the items in ascending order"),
    _one("unique", "items", "list", "same", "the items without repetitions, each where it first stands"),
    _one("norm", "x", "numbers", "float", "the length of the vector: the root of the sum of the squares"),
    _one("mean", "items", "numbers", "float", "the average; of an empty list there is none"),
)
FUNCTIONS: Final = {function.name: function for function in TABLE}
# What some of them mean with two arguments or more.
WITH_MORE: Final = {
    "round": Function(
        "round",
        (Parameter("x", "number"), Parameter("digits", "whole")),
        "number",
        "the nearest number with so many digits after the point; a tie goes to the even digit",
    )
} | {
    name: Function(
        name,
        (Parameter("a", "number"), Parameter("b", "number")),
        "number",
        f"the {word} of the numbers",
        more=True,
    )
    for name, word in (("min", "smallest"), ("max", "largest"))
}
OVER_ITEMS: Final = {
    "any": "any(… for x in items if …): whether it is true of some item",
    "all": "all(… for x in items if …): whether it is true of every item",
}


def chosen(name: str, arguments: int) -> Function:
    """Return the function, by its name and the number of arguments."""
    return WITH_MORE[name] if arguments > 1 and name in WITH_MORE else FUNCTIONS[name]
