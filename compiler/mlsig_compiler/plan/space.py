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

from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import (
    Branch,
    Constraint,
    Domain,
    Expr,
    FloatDomain,
    OptionsDomain,
    Scalar,
    Space,
    Variable,
)
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Prefixed, Text, call, lay, tuple_of
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.space_bodies import Bodies, arms

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
            tuple_of(_variable(variable, spell["spaces"]) for variable in space.variables),
            *(4, len("variables: ClassVar[tuple[spaces.Variable, ...]] = "), 0, width),
        ),
        constraints=_constraints(space, spell["spaces"], width),
        default=lay(_config(_defaults(space)), 8, len("return "), 0, width),
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
    return ConfigField(f"{identifier(variable.name)}: {kind}", doc)


def _variable(variable: Variable, spaces: str) -> Expression:
    given: dict[str, Expression] = {
        "name": Text(identifier(variable.name)),
        "kind": Text(variable.kind),
        "domain": domains.described(variable.domain, spaces),
        "default": domains.scalar(variable.default),
    }
    if variable.branches:
        given["branches"] = tuple_of(_branch(branch, spaces) for branch in variable.branches)
    if variable.depends:
        given["depends"] = tuple_of(Text(name) for name in variable.depends)
    if variable.description:
        given["description"] = Text(variable.description)
    return call(f"{spaces}.Variable", keywords=given)


def _branch(branch: Branch, spaces: str) -> Expression:
    given = {
        "when": Atom("None") if branch.condition is None else _lambda(branch.condition),
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
        tuple_of(_constraint(constraint, spaces) for constraint in space.constraints), 4, before, 0, width
    )


def _constraint(constraint: Constraint, spaces: str) -> Expression:
    given: dict[str, Expression] = {
        "name": Text(constraint.name),
        "holds": _lambda(constraint.condition),
        "text": Text(constraint.text),
        "reads": tuple_of(Text(name) for name in expressions.reads(constraint.condition)),
    }
    if constraint.message:
        given["message"] = Text(constraint.message)
    return call(f"{spaces}.Constraint", keywords=given)


def _lambda(condition: Expr) -> Expression:
    text = expressions.python(expressions.plain(condition), lambda name: f"v[{literal(name)}]")
    return Prefixed("lambda v: ", Atom(text))


def _defaults(space: Space) -> dict[str, Scalar]:
    """Return the default of every variable, in the order of declaration."""
    values: dict[str, Scalar] = {}
    for variable in space.variables:
        arm: Variable | Branch = variable
        for branch in variable.branches:
            if branch.condition is None or expressions.evaluate(branch.condition, values):
                arm = branch
                break
        values[variable.name] = arm.default
    return {name: values[name] for name in space.declared}


def _config(values: dict[str, Scalar]) -> Expression:
    return call(
        "cls.Config", keywords={identifier(name): domains.scalar(value) for name, value in values.items()}
    )


def _sample_doc(space: Space) -> str:
    count = f"{len(space.variables)} times" if len(space.variables) != 1 else "once"
    attempt = " an attempt" if space.constraints else ""
    return f"Draw a legal configuration; `rng.random()` is called {count}{attempt}."
