"""Spaces as the strings of a `Space` class.

    space Tuning { var demos: int(0..8) = 4 }

becomes

    class Tuning(spaces.Space):
        class Config(spaces.Config, frozen=True, kw_only=True, gc=False):
            demos: int

with `default`, `sample` and `legal` as straight-line code. The declared data (`variables`, `constraints`) is
for the slow paths of the runtime; no generated method reads it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from mlsig_compiler.evaluate import default_configuration
from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import (
    BoolOp,
    Branch,
    Constraint,
    Domain,
    Expr,
    FloatDomain,
    OptionsDomain,
    Scalar,
    Space,
    Unary,
    Variable,
)
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Prefixed, Text, call, lay, tuple_of
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.space_bodies import Bodies, arms, constant

# Names of the class's own members, which hide what the module imports under the same name.
_MEMBERS: Final = frozenset(
    {
        *("Config", "name", "variables", "constraints", "default", "sample", "sample_batch"),
        *("legal", "validate", "check", "domain", "mutate", "neighbors"),
    }
)
_SPELLED: Final = (
    *("Any", "ClassVar", "Collection", "Mapping", "bool", "classmethod", "int", "list", "range", "round"),
    *("spaces", "str", "tuple"),
)


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A line of the class body of `Config`, and the docstring under it (empty for none)."""

    line: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceUnit:
    """A class, for `space.py.j2`. `sample` and `legal` are the lines of two bodies; `legal` may be empty."""

    name: str
    imports: tuple[tuple[str, str], ...] = (("mlsig", "spaces"),)
    label: str
    doc: str
    fields: tuple[ConfigField, ...]
    variables: str
    constraints: str
    default: str
    sample_doc: str
    sample: tuple[str, ...]
    legal: tuple[str, ...]
    spell: dict[str, str]


def plan_space(space: Space, names: Names, class_name: str = "", width: int = WIDTH) -> SpaceUnit:
    """Return the class of a space; inside another class, `width` is what is left of the line."""
    space = replace(space, variables=tuple(_normal(variable) for variable in space.variables))
    spell = {word: names(word, _MEMBERS) for word in _SPELLED}
    fields = {variable.name: variable for variable in space.variables}
    hidden = frozenset(fields)
    bodies = Bodies(space, spell, width)
    return SpaceUnit(
        name=identifier(class_name or space.name),
        label=literal(space.name),
        doc=docstring(space.description or f"The space `{space.name}`.", width - 4),
        fields=tuple(_field(fields[name], names, hidden, width) for name in space.declared),
        variables=lay(
            tuple_of(_variable(variable, spell["spaces"], width) for variable in space.variables),
            *(4, len("variables: ClassVar[tuple[spaces.Variable, ...]] = "), 0, width),
        ),
        constraints=_constraints(space, spell["spaces"], width),
        default=lay(_config(space), 8, len("return "), 0, width),
        sample_doc=docstring(_sample_doc(space), width - 8),
        sample=tuple(bodies.sample()),
        legal=tuple(bodies.legal()),
        spell=spell,
    )


def _normal(variable: Variable) -> Variable:
    """Make an int a float where its neighbours are floats."""
    everywhere = [variable.domain, *(branch.domain for branch in variable.branches)]
    floats = any(
        isinstance(domain, FloatDomain)
        or (isinstance(domain, OptionsDomain) and any(isinstance(option, float) for option in domain.options))
        for domain in everywhere
    )
    if not floats:
        return variable

    def widen(domain: Domain) -> Domain:
        if isinstance(domain, OptionsDomain):
            return replace(domain, options=tuple(_float(option) for option in domain.options))
        return domain

    branches = tuple(
        replace(branch, domain=widen(branch.domain), default=_float(branch.default))
        for branch in variable.branches
    )
    return replace(
        variable, domain=widen(variable.domain), default=_float(variable.default), branches=branches
    )


def _float(value: Scalar) -> Scalar:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _field(variable: Variable, names: Names, hidden: Collection[str], width: int) -> ConfigField:
    kind = domains.annotation((arm.domain for arm in arms(variable)), lambda word: names(word, hidden))
    doc = docstring(variable.description, width - 8) if variable.description else ""
    head = f"{identifier(variable.name)}: "
    return ConfigField(head + lay(kind, 8, len(head), 0, width), doc)


def _variable(variable: Variable, spaces: str, width: int) -> Expression:
    given: dict[str, Expression] = {
        "name": Text(identifier(variable.name)),
        "kind": Text(variable.kind),
        "domain": domains.described(variable.domain, spaces),
        "default": domains.scalar(variable.default),
    }
    if variable.branches:
        given["branches"] = tuple_of(_branch(branch, spaces, width) for branch in variable.branches)
    if variable.depends:
        given["depends"] = tuple_of(Text(name) for name in variable.depends)
    if variable.description:
        given["description"] = Text(variable.description)
    return call(f"{spaces}.Variable", keywords=given)


def _branch(branch: Branch, spaces: str, width: int) -> Expression:
    given = {
        "when": Atom("None") if branch.condition is None else _lambda(branch.condition, 20, width),
        "text": Text(branch.text),
        "domain": domains.described(branch.domain, spaces),
        "default": domains.scalar(branch.default),
    }
    return call(f"{spaces}.Branch", keywords=given)


def _constraints(space: Space, spaces: str, width: int) -> str:
    if not space.constraints:
        return ""
    before = len("constraints: ClassVar[tuple[spaces.Constraint, ...]] = ")
    return lay(
        tuple_of(_constraint(constraint, spaces, width) for constraint in space.constraints),
        4,
        before,
        0,
        width,
    )


def _constraint(constraint: Constraint, spaces: str, width: int) -> Expression:
    given: dict[str, Expression] = {
        "name": Text(constraint.name),
        "holds": _lambda(constraint.condition, 12, width),
        "text": Text(f"forbid {constraint.text}" if _forbids(constraint.condition) else constraint.text),
        "reads": tuple_of(Text(name) for name in expressions.reads(constraint.condition)),
    }
    if constraint.message:
        given["message"] = Text(constraint.message)
    return call(f"{spaces}.Constraint", keywords=given)


def _forbids(condition: Expr) -> bool:
    """Tell whether the user wrote `forbid e`: the `not` is ours then, and covers no characters of its own."""
    return isinstance(condition, Unary) and condition.op == "not" and condition.span == condition.operand.span


def _lambda(condition: Expr, column: int, width: int) -> Expression:
    """Return the condition as a function; `column` is where its line will begin, were it too long for one."""
    said = expressions.plain(condition)
    text = expressions.python(said, _looked_up)
    if column + len("holds=lambda v: ") + len(text) < width:
        return Prefixed("lambda v: ", Atom(text))
    margin = " " * column
    op, pieces = expressions.parts(said, _looked_up)
    if op:
        text = f"\n{margin}    {op} ".join(pieces)
    elif isinstance(said, Unary) and isinstance(said.operand, BoolOp):
        op, pieces = expressions.parts(said.operand, _looked_up)
        text = f"\n{margin}        {op} ".join(pieces)
        text = f"not (\n{margin}        {text}\n{margin}    )"
    return Prefixed("lambda v: ", Atom(f"(\n{margin}    {text}\n{margin})"))


def _looked_up(name: str) -> str:
    return f"v[{literal(name)}]"


def _config(space: Space) -> Expression:
    values = default_configuration(space)
    return call(
        "cls.Config", keywords={identifier(name): domains.scalar(values[name]) for name in space.declared}
    )


def _sample_doc(space: Space) -> str:
    draws = sum(not constant(variable) for variable in space.variables)
    count = {0: "not called", 1: "called once"}.get(draws, f"called {draws} times")
    attempt = " an attempt" if space.constraints else ""
    return f"Draw a legal configuration; `rng.random()` is {count}{attempt}."
