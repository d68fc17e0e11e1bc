"""The bodies of a space's `encode` and `decode`: straight-line code between a configuration and a point.

    return [alpha, (tokens - 15.5) / 4081, 0.25 if layout == "turns" else 0.75]

    layout = layout_options[layout_u >= 0.5]

Both do what `mlsig.spaces.coding` does, to the last bit, and hand over to it what has to be
explained, such as numbers that are in no unit cube.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from mlsig.spaces.draws import ATANH_CELL, CELLS, LARGEST
from mlsig.spaces.grids import float_grid

from mlsig_compiler.literals import literal
from mlsig_compiler.model import Domain, FloatDomain, IntDomain, OptionsDomain, Scalar, Variable
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.arms import Arm, arms, span
from mlsig_compiler.plan.layout import Atom, Expression, call, lay, sequence
from mlsig_compiler.plan.space_bodies import MOST, Bodies

_SHORT: Final = 3  # options that are compared one after the other
_SAFE: Final = 2**40  # whole numbers below this stay whole in what is computed of them
_METHOD: Final = 8  # column at which the body of a method stands


class Coded(Bodies):
    """Writes `encode` and `decode` too."""

    @property
    def coded(self) -> bool:
        """Whether the space has code of its own for them: nothing in it can be without a value."""
        few = len(self._space.variables) <= MOST and len(self._space.constraints) <= MOST
        return few and bool(self._space.variables) and not self._risky

    def encode(self) -> list[str]:
        """Return the lines of `encode`; none where the runtime does it."""
        if not self.coded:
            return []
        with self._anew():
            needed = self._behind([arm.condition for one in self._space.variables for arm in arms(one)])
            values = self._name("known")
            body: list[str] = []
            found: dict[str, str] = {}
            read: dict[str, str] = {}
            for member in self._members:
                if isinstance(member, Variable):
                    lines, found[member.name] = self._placed(member)
                    body += lines
                    if lines or found[member.name] != "0.5" or member.name in needed:
                        # of any type else: checkers would see through some comparisons
                        read[member.name] = f": {self._spell['float']}" if span(arms(member))[1] else ""
                    if member.name in self._said and member.name in needed:
                        body.append(self._value(member.name))
                elif member.name in needed:
                    body += self._compute(member, _METHOD)
            head = [
                f"if {self._spell['type']}(config) is not cls.Config:",
                f"    return {self._spell['spaces']}.encode(cls, config)",
                *([f"{values}: {self._spell['Any']} = config"] if read else []),
                *(f"{self._local[name]}{kind} = {values}.{name}" for name, kind in read.items()),
                *self._constants(),
            ]
            numbers = sequence(Atom(found[variable.name]) for variable in self._space.variables)
            result = lay(numbers, 0, len("return "), 0, self._width - _METHOD).split("\n")
            return [*head, *body, f"return {result[0]}", *result[1:]]

    def decode(self) -> list[str]:
        """Return the lines of `decode`; none where the runtime does it."""
        if not self.coded:
            return []
        with self._anew():
            rules = [rule.condition for rule in self._space.constraints]
            needed = self._needed(rules, every=True)
            us = {one.name: self._name(f"{self._local[one.name]}_u") for one in self._space.variables}
            # Checkers take an option for the one that it was compared with, which its type may not have.
            self._seen = {
                one.name: self._name(f"{self._local[one.name]}_seen")
                for one in self._space.variables
                if one.name in needed - {*self._said} and isinstance(one.domain, OptionsDomain)
            }
            spaces = self._spell["spaces"]
            explained = f"    return {spaces}.decode(cls, cls.Config, vector)"
            body: list[str] = []
            for member in self._members:
                if isinstance(member, Variable):
                    body += self._found(member, us[member.name], explained, seen=member.name in needed)
                    if member.name in self._seen:
                        body.append(f"{self._seen[member.name]} = {self._local[member.name]}")
                elif member.name in needed:
                    body += self._compute(member, _METHOD)
            for rule in rules:
                body += [*self._if_fails(self._constraint(rule), _METHOD), explained]
            whole = "\n".join(body)  # conditions that always hold are not written, nor what they read
            unread = {
                f"{seen} = {self._local[name]}" for name, seen in self._seen.items() if whole.count(seen) == 1
            }
            body = [line for line in body if line not in unread]
            values: dict[str, Expression] = {name: Atom(self._local[name]) for name in self._space.declared}
            made = lay(call("cls.Config", keywords=values), 0, 7, 0, self._width - _METHOD).split("\n")
            always = [one.name for one in self._space.variables if one.active is None]
            inside = [f"0.0 <= {us[name]} < 1.0" for name in always]
            lines = self._taken_apart([*us.values()], f"{spaces}.point(vector, {len(us)})")
            if inside:
                lines += [*self._wrapped("if not ", "and", inside, ":", _METHOD), explained]
            return [*self._constants(), *lines, *body, f"return {made[0]}", *made[1:]]

    def _constants(self) -> list[str]:
        """Return the statements that name functions and options."""
        spaces = self._spell["spaces"]
        lines = [f"{name} = {spaces}.{name}" for name in sorted(self._functions)]
        return [*lines, *(line for options in self._options.values() for line in self._tuple(*options))]

    def _taken_apart(self, names: list[str], point: str) -> list[str]:
        line = f"{', '.join(names)} = {point}" if len(names) > 1 else f"({names[0]},) = {point}"
        if _METHOD + len(line) <= self._width:
            return [line]
        return ["(", *(f"    {name}," for name in names), f") = {point}"]

    @contextmanager
    def _anew(self) -> Generator[None]:
        """Name things as if no other body had been written."""
        kept = self._taken, self._functions, self._options, self._scratch
        self._taken, self._functions, self._options = set(self._reserved), set(), {}
        self._scratch = ()
        yield
        self._seen = {}
        self._taken, self._functions, self._options, self._scratch = kept

    def _placed(self, variable: Variable) -> tuple[list[str], str]:
        """Return how a variable becomes a number: statements, and what stands for the number after them."""
        found, x = arms(variable), self._local[variable.name]
        u, lines = self._line(found, x)
        if not lines:
            texts = [
                self._text(variable, arm.domain, k, alone=len(found) == 1) for k, arm in enumerate(found)
            ]
            if all(text == texts[0] for text in texts):
                if variable.active is None:
                    return [], texts[0]
                if " if " not in texts[0] and len(texts[0]) + 2 * len(x) < self._width // 2:
                    return [], f"{texts[0]} if {self._is_there(variable)} else {self._function('nan')}"
            u = self._name(f"{x}_u")
            lines = self._choice(u, found, texts, _METHOD + 4 * (variable.active is not None))
        if variable.active is None:
            return lines, u
        head = [f"{u} = {self._function('nan')}", f"if {self._is_there(variable)}:"]
        return [*head, *(f"    {line}" for line in lines)], u

    def _line(self, found: list[Arm], x: str) -> tuple[str, list[str]]:
        """Return the name of a number, and the statements for it, if a variable has one range of floats."""
        domain = found[0].domain
        on_ladder = self._logarithm(*span(found), x)
        if on_ladder[0] or len(found) > 1 or not isinstance(domain, FloatDomain) or _rough(domain):
            return on_ladder
        low, high = float(domain.low), float(domain.high)
        if low == high or (low == 0.0 and high == 1.0):
            return "", []
        u = self._name(f"{x}_u")
        width = literal(high - low)
        from_low = f"({_less(x, low)})" if low else x
        back = f"{literal(low)} + {width} * {u}" if low else f"{width} * {u}"
        return u, [
            f"{u} = {from_low} / {width}",
            f"if {back} != {x}:",
            f"    {u} = {self._spell['spaces']}.on_line({x}, {literal(low)}, {literal(high)})",
        ]

    def _logarithm(self, low: float, high: float, x: str) -> tuple[str, list[str]]:
        """Return the statements of `on_ladder`; none for what is no range with `log`."""
        ladder = self._ladder(low, high) if high else -1
        if ladder < 0:
            return "", []
        u, cells = self._name(f"{x}_u"), self._name(f"{x}_cells")
        lines, value = self._value_on(ladder, u, cells)
        place, rung, tail, more = self._scratch
        a, b, c, d = map(literal, ATANH_CELL)
        return u, [
            f"{cells} = cls.ladders[{ladder}].cells",
            f"{rung} = {self._function('bisect_right')}({cells}, {x}) - 1",
            f"{place} = ({x} - {cells}[{rung}]) / ({x} + {cells}[{rung}])",
            f"{tail} = {place} * {place}",
            f"{more} = {c} + {tail} * {d}",
            f"{place} = {place} * ({a} + {tail} * ({b} + {tail} * {more}))",
            f"{u} = ({rung} + {place}) / {literal(self.ladders[ladder][2] * CELLS)}",
            *lines,
            f"{place} = {value}",
            f"if {u} >= 1.0 or {place} != {x}:",
            f"    {u} = {self._spell['spaces']}.closer(cls.ladders[{ladder}], {x}, {u}, {place})",
        ]

    def _text(self, variable: Variable, domain: Domain, k: int, *, alone: bool) -> str:
        """Return the expression of the place of a value in a domain, the `k`-th of its variable."""
        x = self._local[variable.name]
        if isinstance(domain, OptionsDomain):
            text = self._option(variable, domain, x, alone=alone)
        elif isinstance(domain, IntDomain):
            text = _whole(domain, x)
        else:
            text = self._float(domain, x)
        if text:
            return text
        owner = f"cls.variables[{self._space.variables.index(variable)}]"
        owner += f".branches[{k}]" if k < len(variable.branches) else ""
        return f"{self._spell['spaces']}.place({owner}.domain, {x})"

    def _option(self, variable: Variable, domain: OptionsDomain, x: str, *, alone: bool) -> str:
        count = len(domain.options)
        if domains.mixed(arm.domain for arm in arms(variable)):
            return ""
        if count == 1:
            return "0.5"
        inside = 0 if variable.active is None else len(x) + _METHOD
        chain = " else ".join(
            f"{(k + 0.5) / count!r}{f' if {self._is(x, option)}' if k < count - 1 else ''}"
            for k, option in enumerate(domain.options[: _SHORT + 1])
        )
        if alone and count <= _SHORT and len(chain) + inside <= self._width - 3:
            return chain
        return f"({self._tuple_name(variable, domain)}.index({x}) + 0.5) / {float(count)}"

    def _is(self, x: str, option: Scalar) -> str:
        only = OptionsDomain(options=(option,))
        return domains.test(only, x, self._spell.__getitem__, mixed=False)[0]

    def _float(self, domain: FloatDomain, x: str) -> str:
        low, high = float(domain.low), float(domain.high)
        if low == high:
            return "0.5"
        if domain.step is not None:
            grid = float_grid(low, high, float(domain.step))
            if domain.log or max(abs(grid.first), grid.first + grid.size * grid.step) >= _SAFE:
                return ""
            if grid.size == 1:
                return "0.5"
            from_low = f"({_less(x, low)})" if low else x
            number = f"{self._function('floor')}({from_low} / {literal(float(domain.step))} + 0.5)"
            return f"({number} + 0.5) / {float(grid.size)}"
        if domain.log:
            ladder = self._ladder(low, high)
            return f"{self._function('on_ladder')}(cls.ladders[{ladder}], {x})" if ladder >= 0 else ""
        if high - low > LARGEST:
            return ""
        if low == 0.0 and high == 1.0:
            return x
        return f"{self._function('on_line')}({x}, {literal(low)}, {literal(high)})"

    def _found(self, variable: Variable, u: str, explained: str, *, seen: bool) -> list[str]:
        """Return the statements that find the value of a variable that a number stands for."""
        found, x = arms(variable), self._local[variable.name]
        active = variable.active is not None
        low, high = span(found)
        lines = self.climb(x, low, high, u) if high else []
        if not lines:
            texts = [self._value_text(variable, arm.domain, u) for arm in found]
            lines = self._choice(x, found, texts, _METHOD + 4 * active)
        if variable.active is None:
            return lines
        head = [f"{x}: {self._spell['Any']} = {self._absent(variable)}"]
        head += self._condition("if ", *expressions.parts(variable.active, self._place), _METHOD)
        head += [f"    if not 0.0 <= {u} < 1.0:", f"    {explained}"]
        lines = [*head, *(f"    {line}" for line in lines)]
        lines += [f"elif {u} < 0.0 or {u} > 1.0:", explained]
        if variable.name in self._said and seen:
            lines.append(self._value(variable.name))
        return lines

    def _value_text(self, variable: Variable, domain: Domain, u: str) -> str:
        only = domains.lone(domain)
        if only is not None:
            return f"{self._tuple_name(variable, only)}[0]"
        if isinstance(domain, OptionsDomain):
            even = replace(domain, weights=None)
            return domains.drawn(even, self._tuple_name(variable, even), self._function, u)
        even_ = replace(domain, normal=None) if isinstance(domain, FloatDomain) else domain
        return domains.drawn(even_, "", self._function, u)


def _rough(domain: FloatDomain) -> bool:
    """Tell whether a domain is no plain range."""
    return domain.step is not None or domain.log or float(domain.high) - float(domain.low) > LARGEST


def _less(x: str, low: float) -> str:
    """Return `x - low`."""
    return f"{x} - {literal(low)}" if low > 0 else f"{x} + {literal(-low)}"


def _whole(domain: IntDomain, x: str) -> str:
    """Return the place of an int, empty where floats could not hold it."""
    count = (domain.high - domain.low) // domain.step + 1
    if domain.log or max(abs(domain.low), abs(domain.high)) >= _SAFE:
        return ""
    if count == 1:
        return "0.5"
    if domain.step == 1:
        return f"({_less(x, domain.low - 0.5)}) / {float(count)}"
    from_low = f"({_less(x, domain.low)})" if domain.low else x
    return f"({from_low} // {domain.step} + 0.5) / {float(count)}"
