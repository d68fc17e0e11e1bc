"""Random texts that the grammar allows.

    Derivation(rng).text("schema", size=40)  ->  'schema A { x : list [ B ] = 3 check y : len ( x ) > 0 }'

Names come from a small pool, so that many of them mean something, and what is generated gets past the parser
and into the resolver, the type checker and the solver.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import lark
from lark.grammar import NonTerminal

GRAMMAR: Final = Path(__file__).resolve().parents[2] / "grammar" / "mlsig.lark"
DECLARATIONS: Final = (
    "enum", "alias", "schema", "signature", "signature_string", "space", "fragment", "provider", "tool",
    "program", "pipeline", "resource", "import_", "annotation",
)  # fmt: skip
# the shorter, the more often
NAMES: Final = tuple(
    re.findall(
        r"\w+",
        """
        A A A B B C S T E P x x x y y z n m demos
        int float bool str json date list map embedding tensor probability image api_key
        choice module provider model openai groq Predict ChainOfThought JSON Chat tools
        len min max sum abs any all lower contains matches split sorted mean sqrt python env
        ge le lt gt multiple_of min_length max_length pattern unique step log weights on_delete
        signature space tools protocol key base_url accuracy cost latency input output check type
        open alias deprecated variable hint self class None True std sampling standard
        """,
    )
)
STRINGS: Final = (
    '"a"', '"b"', '""', '"x -> y"', '"x, y: int -> z: list[str]"', '"m:f"', '"[a-z]+$"',
    r'"\u00e9"', '"(a+)+$"',
    '"gpt-4"', '"漢字"',
)  # fmt: skip
TERMINALS: Final[dict[str, tuple[str, ...]]] = {
    "NAME": NAMES,
    "STRING": STRINGS,
    "DOC": ('"""Do it."""', '""""""', '"""x -> y"""'),
    "INT": ("0", "1", "2", "3", "10", "1_000", "9223372036854775807", "99999999999999999999"),
    "FLOAT": ("0.0", "0.5", "1.0", "2.5", "1e-3", "1e308", "1e999"),
    "DURATION": ("10s", "500ms", "2m", "1.5h"),
    "COMPARE": ("==", "!=", "<", "<=", ">", ">="),
    "STAR": ("*", "/", "//", "%"),
}


class Derivation:
    """Random derivations from the rules of the grammar."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._rules, self._depths, self._spellings = _grammar()

    def file(self) -> str:
        """Return a file of a few declarations."""
        kinds = self._rng.choices(DECLARATIONS, k=self._rng.randint(1, 4))
        return "\n".join(self.text(kind, size=self._rng.choice([10, 30, 60, 120])) for kind in kinds)

    def text(self, rule: str, size: int) -> str:
        """Return words of a rule, some more than `size` at most."""
        return " ".join(self._words(rule, size))

    def _words(self, rule: str, size: int) -> Iterator[str]:
        left = size
        stack: list[Any] = [NonTerminal(rule)]
        while stack:
            symbol = stack.pop()
            if symbol.is_term:
                left -= 1
                yield self._word(symbol.name)
                continue
            ways = self._rules[symbol.name]
            if left <= len(stack):
                least = min(self._depth(way) for way in ways)
                ways = [way for way in ways if self._depth(way) == least]
            stack.extend(reversed(self._rng.choice(ways)))

    def _word(self, terminal: str) -> str:
        return self._spellings.get(terminal) or self._rng.choice(TERMINALS[terminal])

    def _depth(self, way: tuple[Any, ...]) -> int:
        return sum(1 if symbol.is_term else self._depths[symbol.name] for symbol in way)


@cache
def _grammar() -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, int], dict[str, str]]:
    """Return the rules, the least number of words that each origin has, and the spelling of terminals."""
    made: Any = lark.Lark(GRAMMAR.read_text(encoding="utf-8"), parser="lalr", start=["file", *DECLARATIONS])
    rules: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for rule in made.rules:
        rules[rule.origin.name].append(tuple(rule.expansion))
    depths = dict.fromkeys(rules, 1_000_000)
    changed = True
    while changed:
        changed = False
        for origin, ways in rules.items():
            least = min(sum(1 if part.is_term else depths[part.name] for part in way) for way in ways)
            changed = changed or least < depths[origin]
            depths[origin] = min(least, depths[origin])
    spellings = {term.name: term.pattern.value for term in made.terminals if term.pattern.type == "str"}
    return rules, depths, spellings
