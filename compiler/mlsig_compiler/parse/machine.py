"""The parser: one pass over a text, by the tables that Lark computes from the grammar.

    machine.parse("file", text, Span(0, len(text)), comments) -> syntax.File

This is the loop of any LALR parser. It is ours for its speed: blanks are skipped inside the expression that
finds a token, a word is a keyword only where the state of the parser can take one, tokens that no rule keeps
are never made, and each rule's way to the builder is decided once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from mlsig_compiler.parse.tables import Rule, Tables, Take
from mlsig_compiler.source import Span
from mlsig_compiler.syntax import Comment

END: Final = "$END"
NAME: Final = "NAME"
SIGN, COMMENT, ODD = "", "#", "?"
Values: TypeAlias = list[Any]
Make: TypeAlias = Callable[[Values], Any]

_new: Final[Callable[..., Any]] = tuple[Any, ...].__new__


class Token(NamedTuple):
    """A word, number, string or sign that a rule keeps; `type` is its terminal in the grammar."""

    type: str
    text: str
    span: Span


class Fault(Exception):
    """A text does not follow a rule: `token` cannot stand where it does, but `wanted` could."""

    def __init__(self, token: Token, wanted: frozenset[str]) -> None:
        super().__init__(token)
        self.token = token
        self.wanted = wanted


class Machine:
    """A parser that calls the methods of a builder."""

    def __init__(self, tables: Tables, builder: object) -> None:
        self.tables = tables
        same = {name: name for row in tables.actions for name in row}
        signs = {text: same[name] for name, text in tables.spellings.items() if not text.isidentifier()}
        self._words = {text: same[name] for name, text in tables.spellings.items() if text.isidentifier()}
        self._signs = signs
        self._types = [""]
        self._pattern = self._expression(tables.patterns, signs)
        self._rules = [(rule.origin, rule.size, _make(rule, builder)) for rule in tables.rules]
        self._kept = frozenset(tables.kept)
        self._ends = frozenset(tables.ends.values())

    def counts(self, text: str, most: int) -> int:
        """Return how many tokens and comments a text has, as far as `most` and one."""
        return sum(1 for _ in islice(self._pattern.finditer(text), most + 1))

    def _expression(self, patterns: dict[str, str], signs: dict[str, str]) -> re.Pattern[str]:
        """Return the expression of a token after blanks; `_types` gets the terminal of each of its groups."""
        # a sign may begin a longer token of another terminal, so signs come after those
        ways = {
            NAME: patterns[NAME],
            **patterns,
            SIGN: "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True)),
            COMMENT: r"#[^\r\n]*",
            ODD: r"[^ \t\r\n]",
        }
        for name, way in ways.items():
            self._types += [name] + [""] * re.compile(way).groups
        return re.compile(r"[ \t\r\n]*(?:" + "|".join(f"({way})" for way in ways.values()) + "|)")

    def parse(  # noqa: PLR0912  (calls would cost what this loop saves)
        self, start: str, text: str, span: Span, comments: list[Comment]
    ) -> Any:
        """Return what the builder makes of a part of a text, by one rule; comments are added to a list.

        Raises:
            Fault: The part does not follow the rule.
        """
        types, words, signs, kept = self._types, self._words, self._signs, self._kept
        actions, gotos, rules = self.tables.actions, self.tables.gotos, self._rules
        states = [self.tables.starts[start]]
        values: Values = []
        row = actions[states[0]]
        for match in self._pattern.finditer(text, span.start, span.end):
            index = match.lastindex
            if index is None:
                continue
            kind = types[index]
            if kind is NAME:
                kind = words.get(match[1], NAME)
                if kind not in row:
                    kind = NAME
            elif kind is SIGN:
                kind = signs[match[index]]
            elif kind is COMMENT:
                comments.append(Comment(match[index], Span(*match.span(index))))
                continue
            while True:
                action = row.get(kind)
                if action is None:
                    token = Token(kind, match[index], Span(*match.span(index)))
                    raise Fault(token, self._wanted(states))
                if action >= 0:
                    break
                origin, size, make = rules[~action]
                if make is None:
                    states[-1] = state = gotos[states[-2]][origin]
                else:
                    if size:
                        taken = values[-size:]
                        del values[-size:], states[-size:]
                        values.append(make(taken))
                    else:
                        values.append(make([]))
                    state = gotos[states[-1]][origin]
                    states.append(state)
                row = actions[state]
            states.append(action)
            row = actions[action]
            if kind in kept:
                where = _new(Span, match.span(index))
                values.append(_new(Token, (kind, match[index], where)))
            else:
                values.append(None)
        return self._end(states, values, self.tables.ends[start], span.end)

    def _end(self, states: list[int], values: Values, end: int, offset: int) -> Any:
        """Return the value of the whole text."""
        while states[-1] != end:
            action = self.tables.actions[states[-1]].get(END, 0)
            if action >= 0:
                raise Fault(Token(END, "", Span(offset, offset)), self._wanted(states))
            self._reduce(~action, states, values)
        return values[0]

    def _reduce(self, number: int, states: list[int], values: Values | None) -> None:
        origin, size, make = self._rules[number]
        taken: Values = []
        if size:
            del states[-size:]
            if values is not None:
                taken = values[-size:]
                del values[-size:]
        states.append(self.tables.gotos[states[-1]][origin])
        if values is not None:
            values.append(taken[0] if make is None else make(taken))

    def _wanted(self, states: list[int]) -> frozenset[str]:
        """Return the terminals that could follow, found by trying each."""
        return frozenset(name for name in self.tables.actions[states[-1]] if self._takes(states, name))

    def _takes(self, states: list[int], terminal: str) -> bool:
        tried = list(states)
        while True:
            if terminal == END and tried[-1] in self._ends:
                return True
            action = self.tables.actions[tried[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                return True
            self._reduce(~action, tried, None)


def _make(rule: Rule, builder: object) -> Make | None:
    """Return what makes the value of a rule; None where it is that of its only symbol."""
    takes = rule.takes
    if rule.size == 1 and ((rule.single and takes == [0]) or (not rule.name and takes == [[0]])):
        return None
    taken = _taken(takes, rule.size)
    if rule.single:
        return lambda values: taken(values)[0]
    everything = takes == list(range(rule.size))
    if not rule.name:
        # these go on into another rule, which may add to them
        grows = everything or any(isinstance(take, list) for take in takes)
        return taken if grows else lambda values: list(taken(values))
    build: Make = getattr(builder, rule.name)
    return build if everything else lambda values: build(taken(values))


def _taken(takes: Sequence[Take], size: int) -> Make:
    """Return what picks the values that a rule takes."""
    if takes == list(range(size)):
        return lambda values: values
    places = [size if take is None else take for take in takes if not isinstance(take, list)]
    if len(places) == len(takes) > 1:
        chosen = itemgetter(*places)
        # an optional part that is absent is one more value
        return (lambda values: chosen([*values, None])) if size in places else chosen
    return lambda values: _spread(takes, values)


def _spread(takes: Sequence[Take], values: Values) -> Values:
    found: Values = []
    for take in takes:
        if isinstance(take, list):
            if found:
                found += values[take[0]]
            else:  # the list of a repetition grows in place
                found = values[take[0]]
        elif take is None:
            found.append(None)
        else:
            found.append(values[take])
    return found
