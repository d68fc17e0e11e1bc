"""The bodies of a space's `sample` and `legal`: straight-line code, one statement or `if` for each variable.

adapter = adapter_options[int(draw() * 2)]
temperature = int(draw() * 8) / 10 if adapter == "JSON" else int(draw() * 16) / 10
if adapter == "JSON" and temperature > 0.5:
    broken[0] += 1
    continue
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final

from mlsig_compiler.model import BoolOp, Domain, Expr, OptionsDomain, Space, Unary, Variable
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.layout import Atom, Expression, call, lay

_TAKEN: Final = ("cls", "rng", "draw", "broken", "config", "fits", "_")
_FUNCTIONS: Final = ("exponential", "index", "log_index", "uniform", "weighted")
_MORE: Final = 10  # ruff wants `a if c else b` as long as it fits into 110 columns
_METHOD: Final = 8  # column at which the body of a method stands


@dataclass(frozen=True, slots=True)
class Arm:
    """A domain and the condition under which it holds; None after all others."""

    condition: Expr | None
    domain: Domain


@dataclass(frozen=True, slots=True)
class _Test:
    """Something that must hold: statements that prepare it, itself, and its opposite.

    Both are pieces with an operator between; without an operator there is one piece.
    """

    holds: tuple[str, list[str]]
    fails: tuple[str, list[str]]
    prepare: tuple[str, ...] = ()
    negate: bool = False  # `fails` is `not (…)` of its pieces


def arms(variable: Variable) -> list[Arm]:
    """Return every domain that can hold, the last one without a condition.

    The branches of a model name every provider, so that its own domain never holds beside them.
    """
    if not variable.branches:
        return [Arm(None, variable.domain)]
    *found, last = (Arm(branch.condition, branch.domain) for branch in variable.branches)
    if last.condition is None or variable.kind == "model":
        return [*found, Arm(None, last.domain)]
    return [*found, last, Arm(None, variable.domain)]


def constant(variable: Variable) -> bool:
    """Tell whether a variable has one value, at least once the variables before it have theirs."""
    return all(domains.lone(arm.domain) is not None for arm in arms(variable))


class Bodies:
    """Writes the two bodies of one space.

    Args:
        space: The space.
        spell: How the module writes `spaces`, `Any` and the built-in functions.
        width: Column that no line should cross.
    """

    def __init__(self, space: Space, spell: dict[str, str], width: int) -> None:
        self._space = space
        self._spell = spell
        self._width = width
        self._taken = {*_TAKEN, *_FUNCTIONS, *spell.values()}
        declared = set(space.declared)
        self._local = {name: self._name(name, declared - {name}) for name in space.declared}
        self._options: dict[str, tuple[str, OptionsDomain]] = {}
        self._functions: set[str] = set()

    def sample(self) -> list[str]:
        """Return the lines of `sample`: the draws, and again until the constraints hold."""
        loop = bool(self._space.constraints)
        column = _METHOD + 4 if loop else _METHOD
        body = [line for variable in self._space.variables for line in self._draw(variable, column)]
        for k, constraint in enumerate(self._space.constraints):
            body += self._if_fails(self._constraint(constraint.condition), column)
            body += [f"    broken[{k}] += 1", "    continue"]
        values: dict[str, Expression] = {name: Atom(self._local[name]) for name in self._space.declared}
        body += f"return {lay(call('cls.Config', keywords=values), 0, 7, 0, self._width - column)}".split(
            "\n"
        )
        spaces = self._spell["spaces"]
        varies = not all(constant(variable) for variable in self._space.variables)
        head = ["draw = rng.random"] if varies else []
        head += [f"{name} = {spaces}.{name}" for name in sorted(self._functions)]
        head += [line for tuple_ in self._options.values() for line in self._tuple(*tuple_)]
        if not loop:
            return [*head, *body]
        return [
            *head,
            f"broken = [{', '.join('0' for _ in self._space.constraints)}]",
            f"for _ in {self._spell['range']}({spaces}.ATTEMPTS):",
            *(f"    {line}" for line in body),
            f"raise {spaces}.exhausted(cls, broken)",
        ]

    def legal(self) -> list[str]:
        """Return the lines of `legal`; none where the declared types say all."""
        read: set[str] = set()
        tests: list[_Test] = []
        for variable in self._space.variables:
            found = arms(variable)
            if domains.needs_test(arm.domain for arm in found):
                tests.append(self._domain(variable, found))
                read |= {variable.name, *self._reads(arm.condition for arm in found)}
        for constraint in self._space.constraints:
            tests.append(self._constraint(constraint.condition))
            read |= self._reads([constraint.condition])
        if not tests:
            return []
        lines = [f"{self._local[name]} = config.{name}" for name in self._space.declared if name in read]
        for test in tests[:-1]:
            lines += [*test.prepare, *self._if_fails(test, _METHOD), "    return False"]
        last = tests[-1]
        op, pieces = last.fails
        if op and not last.negate:  # `forbid a and b`
            return [*lines, *self._wrapped("return not ", op, pieces, "", _METHOD)]
        result = self._wrapped(f"return {self._spell['bool']}", *last.holds, "", _METHOD)
        return [*lines, *last.prepare, *result]

    def _draw(self, variable: Variable, column: int) -> list[str]:
        found = arms(variable)
        texts: list[str] = []
        if constant(variable):
            only = [domain for arm in found if (domain := domains.lone(arm.domain))]
            texts = [f"{self._tuple_name(variable, domain)}[0]" for domain in only]
            return self._choice(self._local[variable.name], found, texts, column)
        for arm in found:
            options = self._tuple_name(variable, arm.domain) if isinstance(arm.domain, OptionsDomain) else ""
            texts.append(domains.drawn(arm.domain, options, self._function))
        return self._choice(self._local[variable.name], found, texts, column)

    def _domain(self, variable: Variable, found: list[Arm]) -> _Test:
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
        return _Test(("", ["fits"]), ("", ["not fits"]), tuple(self._choice("fits", found, texts, _METHOD)))

    def _constraint(self, condition: Expr) -> _Test:
        wrong = expressions.opposite(condition)
        negate = isinstance(wrong, Unary) and isinstance(wrong.operand, BoolOp)
        pieces = wrong.operand if negate and isinstance(wrong, Unary) else wrong
        holds = expressions.parts(expressions.plain(condition), self._spelled)
        return _Test(holds, expressions.parts(pieces, self._spelled), negate=negate)

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
                f"{target} = {texts[0]} if {expressions.python(conditions[0], self._spelled)} else {texts[1]}"
            )
            if column + len(line) <= self._width + _MORE:
                return [line]
        lines: list[str] = []
        for k, condition in enumerate(conditions):
            op, pieces = expressions.parts(condition, self._spelled)
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
        return self._local[name]

    def _reads(self, conditions: Iterable[Expr | None]) -> set[str]:
        return {name for condition in conditions if condition for name in expressions.reads(condition)}

    def _name(self, wish: str, others: Set[str] = frozenset()) -> str:
        """Return a name for a local variable that nothing else has."""
        while wish in self._taken or wish in others:
            wish += "_"
        self._taken.add(wish)
        return wish
