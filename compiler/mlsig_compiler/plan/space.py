"""Spaces as the strings of a `Space` class.

    space Tuning { var demos: int(0..8) = 4 }

becomes

    class Tuning(spaces.Space):
        class Config(spaces.Config, frozen=True, kw_only=True, gc=False):
            demos: int

with `default`, `sample` and `legal` as straight-line code. The declared data (`variables`, `constraints`, …)
is for the slow paths of the runtime; no generated method reads it, except for the figures of models.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mlsig_compiler.configurations import default_configuration, in_order
from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import (
    Domain,
    Expr,
    FloatDomain,
    OptionsDomain,
    Provider,
    Scalar,
    Space,
    Variable,
)
from mlsig_compiler.plan import domains, expressions
from mlsig_compiler.plan.arms import arms
from mlsig_compiler.plan.composites import ConfigProperty, plan_properties
from mlsig_compiler.plan.expressions import Place
from mlsig_compiler.plan.figures import asked, expressions_of, tables
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Suffixed, Text, call, lay, tuple_of
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.space_coding import Coded
from mlsig_compiler.plan.space_data import Data
from mlsig_compiler.proofs.intervals import Intervals
from mlsig_compiler.proofs.overflow import fallible, overflows
from mlsig_compiler.proofs.study import studied

# Names of the class's own members, which hide what the module imports under the same name.
_MEMBERS: Final = frozenset(
    {
        *("Config", "name", "variables", "composites", "constraints", "preferences", "figures"),
        *("default", "sample", "sample_batch", "sample_columns", "tables", "pools", "walks", "legal"),
        "ladders",
        *("validate", "complete", "check", "domain"),
        *("mutate", "neighbors", "warnings", "penalty", "read_json", "module"),
        *("crossover", "distance", "encode", "decode", "grid", "latin_hypercube", "sobol"),
        *("cardinality", "continuous_dimensions", "describe", "to_json"),
    }
)
_SPELLED: Final = (
    *("Any", "ClassVar", "Collection", "Iterator", "Mapping", "Sequence", "bool", "classmethod", "dict"),
    *("float", "int", "isinstance", "list", "min", "range", "round", "spaces", "str", "tuple", "type"),
)

_PLAIN: Final = 10**40


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A line of the class body of `Config`, and the docstring under it (empty for none)."""

    line: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceUnit:
    """A class, for `space.py.j2`. What is named as methods are, such as `sample`, is lines of a body.

    Those of `columns`, `legal`, `validate`, `encode` and `decode` may be empty: the runtime does it then.

    Texts of what a space does not have (`composites`, `constraints`, `preferences`, `figures`) are empty, and
    so is `cardinality` where it is not known.
    """

    name: str
    imports: tuple[tuple[str, str], ...] = (("mlsig", "spaces"),)
    config: str
    label: str
    doc: str
    fields: tuple[ConfigField, ...]
    computed: str
    properties: tuple[ConfigProperty, ...]
    variables: str
    composites: str
    constraints: str
    preferences: str
    figures: str
    default: str
    sample_doc: str
    sample: tuple[str, ...]
    tables: str
    pools: str
    walks: str
    ladders: str
    columns: tuple[str, ...]
    batch: tuple[str, ...]
    legal: tuple[str, ...]
    validate: tuple[str, ...]
    encode: tuple[str, ...]
    decode: tuple[str, ...]
    cardinality: str
    spell: dict[str, str]


def plan_space(
    space: Space,
    names: Names,
    class_name: str = "",
    width: int = WIDTH,
    *,
    spelled: str = "",
    served: Mapping[str, Provider] | None = None,
) -> SpaceUnit:
    """Return the class of a space.

    Args:
        space: The space.
        names: The names of the module.
        class_name: The name of the class, where it is not that of the space.
        width: What is left of the line.
        spelled: How the class is written from the outside, where it is not a declaration.
        served: The providers that can be chosen, by their names.
    """
    served = served or {}
    normal = tuple(_normal(variable) for variable in space.variables)
    if any(one is not other for one, other in zip(normal, space.variables, strict=True)):
        space = replace(space, variables=normal)  # otherwise it is the one that was studied
    found = tables(space, served)
    every = expressions_of(space)
    intervals = Intervals(
        {variable.name: variable for variable in space.variables},
        {composite.name: composite for composite in space.composites},
    )

    def risky(expr: Expr) -> bool:
        return fallible(expr, intervals)

    unsure = frozenset({"functions"}) if any(map(risky, every)) else frozenset[str]()
    words = expressions.words(every) | unsure
    spell = {word: names(word, _MEMBERS) for word in (*_SPELLED, *sorted(words))}
    fields = {variable.name: variable for variable in space.variables}
    hidden = frozenset({*fields, *(composite.name for composite in space.composites)})
    if space.composites:
        spell |= {word: names(word, hidden | _MEMBERS) for word in ("property",)}
        spell |= {word: names(word) for word in (*(c.type for c in space.composites), "functions")}
    name = class_name or identifier(space.name)
    whole = spelled or names.own(name)

    def word(wanted: str) -> str:
        return spell[wanted]

    def place(variable: expressions.Spelling, owner: str) -> Place:
        def figure(variable_name: str, wanted: str) -> str:
            table = found[variable_name, wanted]
            key = variable(variable_name)
            key = f"{variable(table.chooser)}, {key}" if table.chooser else key
            return f"{owner}.figures[{literal(table.name)}][{key}]"

        return Place(variable, word, figure, lambda expr: overflows(expr, intervals))

    conditional = frozenset(item.name for item in in_order(space) if item.active is not None)

    def reads(expr: Expr) -> list[str]:
        read = [table.chooser for key, table in found.items() if table.chooser and key in asked(expr)]
        return [*expressions.reads(expr), *read]

    study = studied(space, served)
    bodies = Coded(
        space, spell, width, lambda spelling: place(spelling, "cls"), reads, study=study, risky=risky
    )
    looked_up = partial(_looked_up, conditional=conditional, spaces=spell["spaces"])
    data = Data(space, spell, place(looked_up, whole), width)
    properties = plan_properties(
        space, names, hidden, lambda spelling: place(spelling, whole), spell=spell, width=width
    )
    described = bodies.sampling.described() if bodies.sampling else ("", "", "")
    sample, encode, decode = bodies.sample(), bodies.encode(), bodies.decode()  # all of them use `ladders`
    return SpaceUnit(
        name=name,
        config=names.inner(whole, "Config"),
        label=literal(space.name),
        doc=docstring(space.description or f"The space `{space.name}`.", width - 4),
        fields=tuple(_field(fields[name], names, hidden, width) for name in space.declared if name in fields),
        computed=lay(tuple_of(Text(c.name) for c in space.composites), 8, 44, 0, width)
        if space.composites
        else "",
        properties=properties,
        variables=data.variables(),
        composites=data.composites(),
        constraints=data.constraints(),
        preferences=data.preferences(),
        figures=data.figures(found.values()),
        default=lay(_config(space, served), 8, len("return "), 0, width),
        sample_doc=docstring(_sample_doc(bodies.draws), width - 8),
        sample=tuple(sample),
        tables=described[0],
        pools=described[1],
        walks=described[2],
        ladders=_ladders(bodies.ladders, spell["spaces"], width),
        columns=tuple(bodies.sampling.columns()) if bodies.sampling and bodies.sampling.columnar else (),
        batch=tuple(bodies.batch()),
        legal=tuple(bodies.legal()),
        validate=tuple(bodies.validate()),
        encode=tuple(encode),
        decode=tuple(decode),
        cardinality=_count(study.cardinality, spell["int"], width),
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
    options = [option for d in everywhere if isinstance(d, OptionsDomain) for option in d.options]
    if not floats or not any(
        type(option) is int
        for option in (*options, variable.default, *(b.default for b in variable.branches))
    ):
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


def _looked_up(name: str, conditional: Collection[str], spaces: str) -> str:
    return f"v.get({literal(name)}, {spaces}.ABSENT)" if name in conditional else f"v[{literal(name)}]"


def _field(variable: Variable, names: Names, hidden: Collection[str], width: int) -> ConfigField:
    """Return `demos: int`, or `max_hops: int | None = None` for what may be inactive."""
    unset = domains.unset(variable)
    absent: list[str] = []
    if variable.active is not None:
        absent = [names("UnsetType", hidden)] if unset else ["None"]
    everywhere = (arm.domain for arm in arms(variable))
    kind = domains.annotation(everywhere, lambda word: names(word, hidden), *absent)
    doc = docstring(variable.description, width - 8) if variable.description else ""
    head = f"{identifier(variable.name)}: "
    if variable.active is not None:
        kind = Suffixed(kind, f" = {names('UNSET', hidden)}" if unset else " = None")
    return ConfigField(head + lay(kind, 8, len(head), 0, width), doc)


def _config(space: Space, served: Mapping[str, Provider]) -> Expression:
    values = default_configuration(space, served)
    return call(
        "cls.Config",
        keywords={
            identifier(name): domains.scalar(values[name]) for name in space.declared if name in values
        },
    )


def _ladders(found: list[tuple[float, float, float]], spaces: str, width: int) -> str:
    ladders = [call(f"{spaces}.Ladder", *(Atom(literal(number)) for number in numbers)) for numbers in found]
    return lay(tuple_of(ladders), 4, 51, 0, width + 10) if ladders else ""


def _count(number: int | None, integer: str, width: int) -> str:
    """Return a number of any size, as Python reads it; empty for none."""
    if number is None:
        return ""
    if number < _PLAIN:
        return str(number)
    # Decimal literals end at 4,300 digits; and lines do sooner.
    return lay(call(integer, Text(f"{number:x}"), Atom("16")), 8, len("return "), 0, width)


def _sample_doc(draws: int) -> str:
    count = {0: "not called", 1: "called once"}.get(draws, f"called {draws} times")
    return f"Draw a legal configuration; `rng.random()` is {count}."
