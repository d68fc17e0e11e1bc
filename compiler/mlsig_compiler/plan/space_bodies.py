"""The bodies of a space's `sample` and `legal`: straight-line code, one statement or `if` for each member.

adapter = adapter_options[draw() >= 0.5]
temperature = floor(draw() * 8) / 10 if adapter == "JSON" else floor(draw() * 16) / 10
if adapter == "JSON" and temperature > 0.5:
    broken[0] += 1
    continue
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from mlsig.spaces.draws import CELLS, LADDER_LOW, LADDER_OCTAVES, LN2_CELL, octaves

from mlsig_compiler.configurations import in_order
from mlsig_compiler.literals import identifier, literal
from mlsig_compiler.model import (
    BoolOp,
    Composite,
    Expr,
    OptionsDomain,
    Space,
    Unary,
    Variable,
)
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.arms import Arm, arms, constant, literals, span
from mlsig_compiler.plan.breaking import broken, listed
from mlsig_compiler.plan.composites import computed
from mlsig_compiler.plan.expressions import Place
from mlsig_compiler.plan.layout import Atom, Expression, call, lay
from mlsig_compiler.plan.space_sampling import Names, Sampling
from mlsig_compiler.proofs.study import Study
from mlsig_compiler.walking import key

_TAKEN: Final = (
    *("cls", "rng", "draw", "broken", "config", "fits", "_", "n", "u", "seed", "attempt", "vectors"),
    *("values", "vector"),
)
_FUNCTIONS: Final = (
    *(
        "bisect_right",
        "closer",
        "exponential",
        "floor",
        "index",
        "log_index",
        "nan",
        "normal",
        "normal_index",
    ),
    *("on_ladder", "on_line", "uniform", "weighted"),
)
MOST: Final = 200
"""A space of more variables, or rules, has no code of its own for what the runtime can do as well."""

_MORE: Final = 10  # ruff wants `a if c else b` as long as it fits into 110 columns
_METHOD: Final = 8  # column at which the body of a method stands


@dataclass(frozen=True, slots=True)
class _Test:
    """Something that must hold: statements that prepare it, itself, and its opposite.

    Both are pieces with an operator between; without an operator there is one piece.
    """

    holds: tuple[str, list[str]]
    fails: tuple[str, list[str]]
    prepare: tuple[str, ...] = ()
    negate: bool = False  # `fails` is `not (…)` of its pieces


class Bodies:
    """Writes the two bodies of one space.

    Args:
        space: The space.
        spell: How the module writes `spaces`, `Any`, the built-in functions and those of expressions.
        width: Column that no line should cross.
        place: How expressions are written, given how variables are.
        reads: The names that an expression reads where it is written.
        risky: Whether an expression may have no value; what needs one that has none is not legal.
    """

    def __init__(
        self,
        space: Space,
        spell: dict[str, str],
        width: int,
        place: Callable[[expressions.Spelling], Place],
        reads: Callable[[Expr], Iterable[str]] = expressions.reads,
        *,
        study: Study,
        risky: Callable[[Expr], bool] = lambda _: False,
    ) -> None:
        self._space = space
        self._spell = spell
        self._width = width
        self._may_fail = risky
        self._names_in = reads
        self._members = in_order(space)
        self._risky = any(
            risky(expr)
            for member in self._members
            for expr in (member.active, *self._said_of(member))
            if expr is not None
        ) or any(risky(rule.condition) for rule in space.constraints)
        self._taken = {*_TAKEN, *_FUNCTIONS, *spell.values()}
        declared = {member.name for member in self._members}
        names = [*space.declared, *(composite.name for composite in space.composites)]
        self._local = {name: self._name(name, declared - {name}) for name in names}
        # what is computed only to see that it has a value
        read = self._reads(
            [expr for member in self._members for expr in (member.active, *self._said_of(member))]
        )
        read |= self._reads(rule.condition for rule in space.constraints)
        self._local |= {one.name: f"_{one.name}" for one in space.composites if one.name not in read}
        # null and not there are two things for these, and both are null to expressions
        self._said = {
            variable.name: self._name(f"{variable.name}_value", declared)
            for variable in space.variables
            if domains.unset(variable)
        }
        self._seen: dict[str, str] = {}  # options by other names, for conditions alone
        self._place = place(self._spelled)
        if any(member.active is not None for member in self._members):
            self._place = replace(self._place, null=f"{spell['spaces']}.ABSENT")
        self._options: dict[str, tuple[str, OptionsDomain]] = {}
        self._functions: set[str] = set()
        self._scratch: tuple[str, ...] = ()
        self._trusting, self._refusal = False, "return False"
        self.ladders: list[tuple[float, float, float]] = []
        written = Names(self._local, self._name, self._function, self._absent_of, spell, self.climb)
        self.sampling = Sampling(study, written, width) if Sampling.possible(study) else None
        self._reserved = frozenset(self._taken)

    def sample(self) -> list[str]:
        """Return the lines of `sample`: the draws, and again until the constraints hold."""
        tested = self.sampling.tested if self.sampling else tuple(range(len(self._space.constraints)))
        loop = bool(tested) or (self.sampling is None and self._risky)
        column = _METHOD + 4 if loop else _METHOD
        rules = [self._space.constraints[k].condition for k in tested]
        needed = self._needed(rules, every=True) if self.sampling is None else self._behind(rules)
        body: list[str] = []
        if self.sampling:
            body += self.sampling.scalars(lambda variable: self._draw(variable, column), column)
        for member in self._members:
            if isinstance(member, Variable) and self.sampling is None:
                body += self._drawn(member, column, member.name in needed)
            elif isinstance(member, Variable):
                body += [self._value(member.name)] if member.name in needed & set(self._said) else []
            elif member.name in needed:
                body += self._compute(member, column)
        for k, rule in zip(tested, rules, strict=True):
            body += self._if_fails(self._constraint(rule), column)
            body += [f"    broken[{k}] += 1", "    continue"]
        values: dict[str, Expression] = {name: Atom(self._local[name]) for name in self._space.declared}
        body += f"return {lay(call('cls.Config', keywords=values), 0, 7, 0, self._width - column)}".split(
            "\n"
        )
        spaces = self._spell["spaces"]
        head = ["draw = rng.random"] if self.sampling and self.draws else []
        if self.sampling is None:  # a count that is not fixed has a source of its own
            head = ["seed = rng.random()"] if loop else [f"draw = {spaces}.again(rng.random(), 0)"]
        elif tested:
            head.append("seed = draw()")
        head += [f"{name} = {spaces}.{name}" for name in sorted(self._functions)]
        head += [line for tuple_ in self._options.values() for line in self._tuple(*tuple_)]
        if not loop:
            return [*head, *body]
        if self._risky:
            body = self._guarded(body, "continue")
        anew = f"draw = {spaces}.again(seed, attempt)"
        body = [*(["if attempt:", f"    {anew}"] if self.sampling else [anew]), *body]
        return [
            *head,
            f"broken = [{', '.join('0' for _ in self._space.constraints)}]",
            f"for attempt in {self._spell['range']}({spaces}.ATTEMPTS):",
            *(f"    {line}" for line in body),
            f"raise {spaces}.exhausted(cls, broken)",
        ]

    @property
    def draws(self) -> int:
        """How many uniform numbers a configuration takes."""
        return self.sampling.draws if self.sampling else 1

    def batch(self) -> list[str]:
        """Return the lines of `sample_batch`: columns, where there are enough rows for them."""
        singly = f"[cls.sample(rng) for _ in {self._spell['range']}(n)]"
        if self.sampling is None or not self.sampling.columnar:
            return [f"return {singly}"]
        names = [self._local[name] for name in self._space.declared]
        last = names[-1] if len(names) > 1 else f"{names[-1]},"
        given = [f"{identifier(name)}={self._local[name]}" for name in self._space.declared]
        columns = f"{self._spell['spaces']}.rows(cls.sample_columns(n, rng))"
        return [
            f"if n < {self._spell['spaces']}.MANY:",
            f"    return {singly}",
            "return [",
            *listed("    cls.Config(", given, ")", self._width - _METHOD),
            *listed("    for (", [*names[:-1], last], f") in {columns}", self._width - _METHOD),
            "]",
        ]

    def legal(self) -> list[str]:
        """Return the lines of `legal`; none where the declared types say all."""
        steps, lines = self._steps()
        if not steps:
            return []
        column = _METHOD + 4 if self._risky else _METHOD
        body: list[str] = []
        for step in steps[:-1]:
            body += step if isinstance(step, list) else self._refusing(step, column)
        last = steps[-1]
        body += [*last, "return True"] if isinstance(last, list) else self._last(last, column)
        return [*lines, *(self._guarded(body, "return False") if self._risky else body)]

    def validate(self) -> list[str]:
        """Return the lines of `validate` once the record is made; none where composites may be given too.

        The record's own types have seen to what `plain` domains need. Of many rules, `legal` has the code.
        """
        if self._space.composites:
            return []
        explained = f"return {self._spell['spaces']}.explain(cls, cls.Config, values)"
        if self._risky or max(len(self._space.variables), len(self._space.constraints)) > MOST:
            return ["if cls.legal(config):", "    return config", explained]
        self._trusting, self._refusal = (
            True,
            f"return {self._spell['spaces']}.explain(cls, cls.Config, values)",
        )
        steps, lines = self._steps()
        count = len(lines)
        for step in steps:
            lines += step if isinstance(step, list) else self._refusing(step, _METHOD)
        self._trusting, self._refusal = False, "return False"
        if not lines:
            return ["return config"]
        known = self._name("known")  # of any type: checkers would see through some comparisons
        values = [line.replace(" = config.", f" = {known}.") for line in lines[:count]]
        return [f"{known}: {self._spell['Any']} = config", *values, *lines[count:], "return config"]

    def _steps(self) -> tuple[list[_Test | list[str]], list[str]]:
        """Return what is to be tested, in order, and the lines that take the values for it."""
        column = _METHOD + 4 if self._risky else _METHOD
        needed = self._needed([rule.condition for rule in self._space.constraints])
        steps: list[_Test | list[str]] = []
        read: set[str] = set()
        for group in self._groups(needed):
            first = group[0]
            if isinstance(first, Composite):
                steps.append(self._compute(first, column))
                read |= self._reads([first.active, first.value])
                continue
            members = [member for member in group if isinstance(member, Variable)]
            step = self._tests(members, column, needed)
            if step is not None:
                steps.append(step)
                read |= {member.name for member in members}
                for member in members:
                    read |= self._reads([member.active, *(arm.condition for arm in arms(member))])
        for constraint in self._space.constraints:
            steps.append(self._constraint(constraint.condition))
            read |= self._reads([constraint.condition])
        lines = [f"{self._local[name]} = config.{name}" for name in self._space.declared if name in read]
        return steps, lines

    def _is_tested(self, found: list[Arm]) -> bool:
        """Tell whether the declared type of a variable leaves anything to test."""
        if self._trusting and len(found) == 1 and domains.plain(found[0].domain):
            return False
        return domains.needs_test(arm.domain for arm in found)

    def _refusing(self, test: _Test, column: int) -> list[str]:
        return [*test.prepare, *self._if_fails(test, column), f"    {self._refusal}"]

    def _last(self, test: _Test, column: int) -> list[str]:
        """Return what says whether the last test holds."""
        op, pieces = test.fails
        if op and not test.negate:  # `forbid a and b`
            return [*test.prepare, *self._wrapped("return not ", op, pieces, "", column)]
        result = self._wrapped(f"return {self._spell['bool']}", *test.holds, "", column)
        return [*test.prepare, *result]

    def _groups(self, needed: Set[str]) -> list[list[Variable | Composite]]:
        """Return members in order, variables together that stand side by side in the same group.

        Composites are left out that nothing needs.
        """
        found: list[list[Variable | Composite]] = []
        for member in self._members:
            if isinstance(member, Composite) and member.name not in needed:
                continue
            before = found[-1][0] if found else None
            together = (
                isinstance(member, Variable)
                and isinstance(before, Variable)
                and member.active is not None
                and before.active is not None
                and key(member.active) == key(before.active)
                and not set(member.depends) & {other.name for other in found[-1]}
            )
            if together:
                found[-1].append(member)
            else:
                found.append([member])
        return found

    def _tests(self, members: list[Variable], column: int, needed: Set[str]) -> _Test | list[str] | None:
        """Return the tests of a variable, or of several in one group: presence, and then the domains."""
        active = members[0].active
        if active is None:
            found = arms(members[0])
            asked = self._asked(members[0])
            if not self._is_tested(found):
                return asked or None
            test = self._domain(members[0], found, column)
            return [*asked, *self._refusing(test, column)] if asked else test
        lines = self._condition("if ", *expressions.parts(active, self._place), column)
        for member in members:
            lines += [f"    {line}" for line in self._present(member, column + 4)]
        there = [self._is_there(member) for member in members]
        lines += self._condition("elif ", "or", there, column)
        lines.append(f"    {self._refusal}")
        for member in members:
            if member.name in self._said and member.name in needed:
                lines.append(self._value(member.name))
        return lines

    def _present(self, variable: Variable, column: int) -> list[str]:
        """Return the tests of a variable that is active."""
        return [*self._asked(variable), *self._there(variable, column)]

    def _there(self, variable: Variable, column: int) -> list[str]:
        found, x = arms(variable), self._local[variable.name]
        absent = f"{x} is {self._absent(variable)}"
        if not self._is_tested(found):
            return [f"if {absent}:", f"    {self._refusal}"]
        test = self._domain(variable, found, column)
        op, pieces = test.fails
        if not test.prepare and not op and not isinstance(found[0].domain, OptionsDomain):
            return [*self._condition("if ", "or", [absent, *pieces], column), f"    {self._refusal}"]
        return [f"if {absent}:", f"    {self._refusal}", *self._refusing(test, column)]

    def _is_there(self, variable: Variable) -> str:
        return f"{self._local[variable.name]} is not {self._absent(variable)}"

    def _absent(self, variable: Variable) -> str:
        return f"{self._spell['spaces']}.{'UNSET' if variable.name in self._said else 'ABSENT'}"

    def _absent_of(self, name: str) -> str:
        return f"{self._spell['spaces']}.UNSET" if name in self._said else "None"

    def _value(self, name: str) -> str:
        """Return the statement that makes null of what is not there."""
        x = self._local[name]
        return f"{self._said[name]} = None if {x} is {self._spell['spaces']}.UNSET else {x}"

    def _compute(self, composite: Composite, column: int) -> list[str]:
        x = self._local[composite.name]
        if composite.active is None:
            first, *rest = computed(
                self._place, composite, self._spell, self._width - column - len(f"{x} = ")
            )
            return [f"{x} = {first}", *rest]
        first, *rest = computed(
            self._place, composite, self._spell, self._width - column - len(f"    {x} = ")
        )
        lines = [f"{x}: {self._spell['Any']} = {self._spell['spaces']}.ABSENT"]
        lines += self._condition("if ", *expressions.parts(composite.active, self._place), column)
        return [*lines, f"    {x} = {first}", *(f"    {line}" for line in rest)]

    def _guarded(self, body: list[str], otherwise: str) -> list[str]:
        """Return a body that does something else where an expression has no value."""
        no_value = f"except {self._spell['functions']}.NO_VALUE:"
        return ["try:", *(f"    {line}" for line in body), no_value, f"    {otherwise}"]

    def _needed(self, conditions: list[Expr], *, every: bool = False) -> set[str]:
        """Return the names that conditions read, and those of members that are tested, or of all."""
        found = self._reads(conditions)
        for member in reversed(self._members):
            if isinstance(member, Composite):
                if member.name in found or self._fails(member):
                    found |= self._reads([member.active, member.value])
                continue
            found |= self._reads([member.active])
            branches = arms(member)
            if every or self._fails(member) or domains.needs_test(arm.domain for arm in branches):
                found |= self._reads(arm.condition for arm in branches)
        return found | {member.name for member in self._members if self._fails(member)}

    def _behind(self, conditions: Iterable[Expr | None]) -> set[str]:
        """Return the names that conditions read, and those behind composites among them."""
        found = self._reads(conditions)
        for member in reversed(self._members):
            if isinstance(member, Composite) and member.name in found:
                found |= self._reads([member.active, member.value])
        return found

    def _said_of(self, member: Variable | Composite) -> list[Expr | None]:
        """Return what decides the value of a composite, or the domain of a variable."""
        if isinstance(member, Composite):
            return [member.value]
        return [arm.condition for arm in arms(member)]

    def _fails(self, member: Variable | Composite) -> bool:
        """Tell whether a composite may have no value, or a variable no domain."""
        return any(self._may_fail(expr) for expr in self._said_of(member) if expr is not None)

    def _asked(self, variable: Variable) -> list[str]:
        """Return what asks for conditions that may have no value, where nothing else depends on them."""
        if not self._fails(variable):
            return []
        conditions = [condition for condition in self._said_of(variable) if condition is not None]
        whole = BoolOp("or", (*conditions, conditions[-1]), variable.span)
        return [f"_{variable.name} = {expressions.python(whole, self._place)}"]

    def _drawn(self, variable: Variable, column: int, needed: bool) -> list[str]:
        if variable.active is None:
            return self._draw(variable, column)
        word = "UNSET" if variable.name in self._said else "ABSENT"
        lines = [f"{self._local[variable.name]}: {self._spell['Any']} = {self._spell['spaces']}.{word}"]
        lines += self._condition("if ", *expressions.parts(variable.active, self._place), column)
        lines += [f"    {line}" for line in self._draw(variable, column + 4)]
        if needed and variable.name in self._said:
            lines.append(self._value(variable.name))
        return lines

    def _draw(self, variable: Variable, column: int) -> list[str]:
        found = arms(variable)
        texts: list[str] = []
        if constant(variable):
            only = [domain for arm in found if (domain := domains.lone(arm.domain))]
            texts = [f"{self._tuple_name(variable, domain)}[0]" for domain in only]
            return self._choice(self._local[variable.name], found, texts, column)
        low, high = span(found)
        if high and (lines := self.climb(self._local[variable.name], low, high, "draw()")):
            return lines
        for arm in found:
            options = self._tuple_name(variable, arm.domain) if isinstance(arm.domain, OptionsDomain) else ""
            texts.append(domains.drawn(arm.domain, options, self._function))
        return self._choice(self._local[variable.name], found, texts, column)

    def climb(self, x: str, low: float, high: float, u: str) -> list[str]:
        """Return the statements of `exponential`, with the name of its value; none where it has no ladder."""
        ladder = self._ladder(low, high)
        if ladder < 0:
            return []
        lines, value = self._value_on(ladder, u)
        last = floor(self.ladders[ladder][2] * CELLS) - 1  # below that, no rounding leads beyond `high`
        cut = [f"if {self._scratch[1]} >= {last}:", f"    {x} = {self._spell['min']}({x}, {literal(high)})"]
        return [*lines, f"{x} = {value}", *(cut if last > 0 else [cut[1].strip()])]

    def _value_on(self, ladder: int, u: str, cells: str = "") -> tuple[list[str], str]:
        """Return the statements before the value that a number stands for on a ladder, and the value."""
        if not self._scratch:
            self._scratch = tuple(map(self._name, ("place", "rung", "tail", "more")))
        place, rung, tail, _ = self._scratch
        lines = [
            f"{place} = {u} * {literal(self.ladders[ladder][2] * CELLS)}",
            f"{rung} = {self._function('floor')}({place})",
            f"{place} = ({place} - {rung}) * {literal(LN2_CELL)}",
            f"{tail} = {place} * (1 / 6 + {place} * (1 / 24 + {place} * (1 / 120 + {place} * (1 / 720))))",
        ]
        cells = f"{cells or f'cls.ladders[{ladder}].cells'}[{rung}]"
        return lines, f"{cells} * (1.0 + {place} * (1.0 + {place} * (0.5 + {tail})))"

    def _ladder(self, low: float, high: float) -> int:
        """Return the number of the ladder of a range with `log`, which is new if need be; -1 for none."""
        known = (low, high, octaves(low, high))
        if low < LADDER_LOW or known[2] > LADDER_OCTAVES:
            return -1
        if known not in self.ladders:
            self.ladders.append(known)
        return self.ladders.index(known)

    def _domain(self, variable: Variable, found: list[Arm], column: int) -> _Test:
        x = self._local[variable.name]
        mixed = domains.mixed(arm.domain for arm in found)
        tests = [domains.test(arm.domain, x, self._spell.__getitem__, mixed=mixed) for arm in found]
        if all(test == tests[0] for test in tests):
            pieces = tests[0]
            if len(pieces) > 1:
                return _Test(("and", pieces), ("and", pieces), negate=True)
            opposite = domains.opposite(found[0].domain, x, self._spell.__getitem__, mixed=mixed)
            return _Test(("", pieces), ("", [opposite]))
        texts = [" and ".join(test) for test in tests]
        lines = self._choice("fits", found, texts, column)
        starts = {f"{x} in ({', '.join(options)})": options for options in map(literals, found)}
        room = self._width + _MORE - column
        prepare = [part for line in lines for part in broken(line, "fits = ", starts, room)]
        return _Test(("", ["fits"]), ("", ["not fits"]), tuple(prepare))

    def _constraint(self, condition: Expr) -> _Test:
        wrong = expressions.opposite(condition)
        negate = isinstance(wrong, Unary) and isinstance(wrong.operand, BoolOp)
        pieces = wrong.operand if negate and isinstance(wrong, Unary) else wrong
        holds = expressions.parts(expressions.plain(condition), self._place)
        return _Test(holds, expressions.parts(pieces, self._place), negate=negate)

    def _if_fails(self, test: _Test, column: int) -> list[str]:
        op, pieces = test.fails
        if not test.negate:
            return self._condition("if ", op, pieces, column)
        return self._wrapped("if not ", op, pieces, ":", column)

    def _choice(self, target: str, found: list[Arm], texts: list[str], column: int) -> list[str]:
        """Return an assignment to `target` of the text of the first arm that holds."""
        if all(text == texts[0] for text in texts):
            return [f"{target} = {texts[0]}"]
        conditions = [arm.condition for arm in found if arm.condition is not None]
        if len(conditions) == 1:
            line = (
                f"{target} = {texts[0]} if {expressions.python(conditions[0], self._place)} else {texts[1]}"
            )
            if column + len(line) <= self._width + _MORE:
                return [line]
        lines: list[str] = []
        for k, condition in enumerate(conditions):
            op, pieces = expressions.parts(condition, self._place)
            lines += self._condition("elif " if k else "if ", op, pieces, column)
            lines.append(f"    {target} = {texts[k]}")
        return [*lines, "else:", f"    {target} = {texts[-1]}"]

    def _condition(self, head: str, op: str, pieces: list[str], column: int) -> list[str]:
        """Return `if a and b:`, in parentheses on several lines where it is too long for one."""
        line = f"{head}{f' {op} '.join(pieces)}:"
        return [line] if column + len(line) <= self._width else self._wrapped(head, op, pieces, ":", column)

    def _wrapped(self, head: str, op: str, pieces: list[str], tail: str, column: int) -> list[str]:
        """Return `head(a and b)tail`, a piece on each line where it is too long for one."""
        line = f"{head}({f' {op} '.join(pieces)}){tail}"
        if column + len(line) <= self._width or len(pieces) == 1:
            return [line]
        return [f"{head}(", f"    {pieces[0]}", *(f"    {op} {piece}" for piece in pieces[1:]), f"){tail}"]

    def _tuple_name(self, variable: Variable, domain: OptionsDomain) -> str:
        key = f"{variable.name} {domains.flat(domain)}"
        if key not in self._options:
            others = sum(known.startswith(f"{variable.name} ") for known in self._options)
            wish = f"{variable.name}_options{f'_{others + 1}' if others else ''}"
            self._options[key] = (self._name(wish), domain)
        return self._options[key][0]

    def _tuple(self, name: str, domain: OptionsDomain) -> list[str]:
        head = f"{name}: {self._spell['tuple']}[{self._spell['Any']}, ...] = "
        return f"{head}{lay(domains.options_tuple(domain), 0, len(head), 0, self._width - _METHOD)}".split(
            "\n"
        )

    def _function(self, name: str) -> str:
        if name in _FUNCTIONS:
            self._functions.add(name)
            return name
        return self._spell[name]

    def _spelled(self, name: str) -> str:
        return self._seen.get(name) or self._said.get(name) or self._local[name]

    def _reads(self, conditions: Iterable[Expr | None]) -> set[str]:
        return {name for condition in conditions if condition for name in self._names_in(condition)}

    def _name(self, wish: str, others: Set[str] = frozenset()) -> str:
        """Return a name for a local variable that nothing else has."""
        while wish in self._taken or wish in others:
            wish += "_"
        self._taken.add(wish)
        return wish
