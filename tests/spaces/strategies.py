"""Random spaces, and random configurations that nearly fit them."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import HealthCheck, Phase, reject, settings
from hypothesis import strategies as st
from mlsig_compiler.model import (
    Binary,
    Call,
    Comparison,
    Composite,
    Conditional,
    Domain,
    Each,
    Expr,
    FloatDomain,
    IntDomain,
    ListOf,
    OptionsDomain,
    Scalar,
    Space,
    Variable,
)
from mlsig_compiler.walking import variables_in
from nightly import examples
from reference import spaces as reference

from spaces.building import (
    NOWHERE,
    both,
    branch,
    compare,
    composite,
    const,
    constraint,
    either,
    negated,
    preference,
    ref,
    space,
    variable,
)

# Spaces are large: making them takes most of the time of a test, and making them smaller takes minutes.
RUNS = settings(
    examples(12),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

NAMES = [
    "alpha",
    "beta",
    "gamma",
    "config",
    "draw",
    "int",
    "range",
    "cls",
    "values",
    "beta_options",
    "fits",
    "Any",
]
TEXTS = ["a", "b", "JSON", "it's", 'say "hi"', "two\nlines", "ünï", "", "{{ x }}", "a" * 90]

decimals = st.builds(lambda n, digits: n / 10**digits, st.integers(-500, 500), st.integers(0, 3))
steps = st.sampled_from([0.5, 0.25, 0.1, 0.05, 0.2, 0.3, 1.0, 2.0, 7.5])


@st.composite
def float_domains(draw: st.DrawFn) -> FloatDomain:
    log = draw(st.booleans())
    low = draw(decimals)
    if log:
        low = abs(low) or 0.01
    high = low + draw(st.sampled_from([0.0, 0.1, 0.7, 1.0, 3.3, 10.0]))
    step = draw(st.none() | steps)
    normal = None
    if not log and draw(st.integers(0, 3)) == 0:
        normal = (draw(decimals), draw(st.sampled_from([0.25, 1.0, 20.0])))
    return FloatDomain(low=low, high=float(repr(round(high, 6))), step=step, log=log, normal=normal)


@st.composite
def int_domains(draw: st.DrawFn) -> IntDomain:
    log = draw(st.booleans())
    low = draw(st.integers(1, 50) if log else st.integers(-50, 50))
    return IntDomain(
        low=low, high=low + draw(st.integers(0, 30)), step=draw(st.sampled_from([1, 1, 2, 3, 8])), log=log
    )


@st.composite
def option_domains(draw: st.DrawFn, pool: list[Scalar]) -> OptionsDomain:
    picked = draw(st.lists(st.integers(0, len(pool) - 1), min_size=1, max_size=4, unique=True))
    weights = None
    if draw(st.booleans()):
        weights = tuple(draw(st.sampled_from([1.0, 0.3, 2.0, 0.7])) for _ in picked)
    return OptionsDomain(options=tuple(pool[k] for k in picked), weights=weights)


@st.composite
def families(draw: st.DrawFn) -> tuple[str, Any]:
    """A kind, and the strategy of all domains of one variable of this kind."""
    kind = draw(st.sampled_from(["float", "int", "bool", "choice", "choice", "module"]))
    if kind == "float":
        return kind, float_domains()
    if kind == "int":
        return kind, int_domains()
    if kind == "bool":
        return kind, st.just(OptionsDomain(options=(False, True)))
    if kind == "module":
        return kind, option_domains(["Chat", "JSON", "Markdown"])
    pool = draw(
        st.sampled_from(
            [
                [*TEXTS],
                [1, 2, 3, 5],
                [0.5, 1.5, 2.5],
                [0.5, 1, 2, "auto"],
                [True, False, "auto"],
                [True, "auto", None],
                [1, True, 0, False, None],
                [0, 0.5, True],
                [2**70, 1, "a"],
            ]
        )
    )
    return kind, option_domains(pool)


def default_of(draw: st.DrawFn, domain: Domain) -> Scalar:
    if isinstance(domain, OptionsDomain):
        return draw(st.sampled_from(domain.options))
    if isinstance(domain, FloatDomain) and domain.step is None:
        return draw(st.sampled_from([domain.low, domain.high]))
    return draw(st.sampled_from(reference.grid(domain)[:50]))


Member = Variable | Composite


def is_number(member: Member) -> bool:
    if isinstance(member, Composite):
        return member.type in ("int", "float")
    return not isinstance(member.domain, OptionsDomain)


def ambiguous(v: Member) -> bool:
    """1 and true can both be options, but no condition may ask which of them a variable is."""
    if isinstance(v, Composite):
        return False
    domains = (v.domain, *(arm.domain for arm in v.branches))
    options = [option for domain in domains if isinstance(domain, OptionsDomain) for option in domain.options]
    return len({isinstance(option, bool) for option in options if isinstance(option, int | float)}) > 1


@st.composite
def numbers(draw: st.DrawFn, known: list[Member], depth: int = 1) -> Expr:
    """Numbers of what is always active; some have no value for some configurations."""
    choices = [v for v in known if is_number(v) and v.active is None]
    if choices and depth and draw(st.booleans()):
        deeper = numbers(known, depth - 1)
        what = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "one", "two", "if"]))
        if what == "one":
            function = draw(st.sampled_from(["abs", "floor", "ceil", "round", "sqrt", "log", "exp"]))
            return Call(function, (draw(deeper),), NOWHERE)
        if what == "two":
            return Call(draw(st.sampled_from(["min", "max"])), (draw(deeper), draw(deeper)), NOWHERE)
        if what == "if":
            condition = compare(draw(deeper), "<", draw(st.integers(-5, 60)))
            return Conditional(draw(deeper), condition, draw(deeper), NOWHERE)
        right = const(draw(st.sampled_from([2, 3, 0.5, -4]))) if what in "//%" else draw(deeper)
        return Binary(what, draw(deeper), right, NOWHERE)
    if choices and draw(st.booleans()):
        return ref(draw(st.sampled_from(choices)).name)
    return const(draw(st.integers(-5, 60) | decimals))


@st.composite
def atoms(draw: st.DrawFn, known: list[Member]) -> Expr:
    plain = [v for v in known if not ambiguous(v)]
    if not plain:
        return compare(const(1), "<", const(draw(st.sampled_from([0, 2]))))
    v = draw(st.sampled_from(plain))
    if v.active is None:
        return draw(about(v, known))
    what = draw(st.sampled_from(["null", "there", "while", "unless"]))
    if what == "null":
        return compare(v.name, draw(st.sampled_from(["==", "!="])), None)
    if what == "there" and (isinstance(v, Composite) or not reference.nullable(v)):
        return both(compare(v.name, "!=", None), draw(about(v, known)))
    if what == "while":
        return both(v.active, draw(about(v, known)))
    return either(negated(v.active), draw(about(v, known)))


@st.composite
def about(draw: st.DrawFn, v: Member, known: list[Member]) -> Expr:
    """A condition on a member, for a place where it is active."""
    if is_number(v):
        ops = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
        rest = tuple((draw(ops), draw(numbers(known))) for _ in range(draw(st.sampled_from([1, 1, 2]))))
        if draw(st.integers(0, 5)) == 0:
            items = ListOf(tuple(const(n) for n in draw(st.lists(st.integers(-5, 60), max_size=3))), NOWHERE)
            each = Each(compare(ref("each"), "<", ref(v.name)), "each", items, None, NOWHERE)
            return Call(draw(st.sampled_from(["any", "all"])), (each,), NOWHERE)
        return Comparison(ref(v.name), rest, NOWHERE)
    if isinstance(v, Composite) or (v.kind == "bool" and draw(st.booleans())):
        return ref(v.name)
    domains = (v.domain, *(arm.domain for arm in v.branches))
    options = [option for domain in domains if isinstance(domain, OptionsDomain) for option in domain.options]
    texts = [option for option in options if isinstance(option, str)]
    if len(texts) == len(options) and draw(st.integers(0, 3)) == 0:
        function = draw(st.sampled_from(["startswith", "contains"]))
        return Call(function, (ref(v.name), const(draw(st.sampled_from(texts))[:1])), NOWHERE)
    if draw(st.booleans()):
        return compare(v.name, draw(st.sampled_from(["==", "!="])), draw(st.sampled_from(options)))
    items = tuple(
        const(option) for option in draw(st.lists(st.sampled_from(options), min_size=1, max_size=3))
    )
    return compare(v.name, draw(st.sampled_from(["in", "not in"])), ListOf(items, NOWHERE))


def conditions(known: list[Member]) -> st.SearchStrategy[Expr]:
    return st.recursive(
        atoms(known),
        lambda inner: (
            st.builds(both, inner, inner) | st.builds(either, inner, inner) | st.builds(negated, inner)
        ),
        max_leaves=4,
    )


def reading(*exprs: Expr | None) -> tuple[str, ...]:
    """Return what is read by some expressions."""
    return tuple({name: None for expr in exprs if expr is not None for name in variables_in(expr)})


@st.composite
def composites(draw: st.DrawFn, name: str, known: list[Member]) -> Composite:
    active = draw(st.none() | conditions(known))
    type_ = draw(st.sampled_from(["float", "int", "bool"]))
    if type_ == "bool":
        return composite(name, "bool", draw(conditions(known)), active=active)
    value = draw(numbers(known))
    if type_ == "int":
        value = Call("round", (value,), NOWHERE)
    return composite(name, type_, value, active=active)


@st.composite
def spaces(draw: st.DrawFn, constrained: bool = True) -> Space:
    """Spaces whose default gives every expression a value that decides what there is."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    known: list[Member] = []
    group: Expr | None = None
    for name in names:
        if known and draw(st.integers(0, 4)) == 0:
            known.append(draw(composites(name, known)))
            continue
        kind, domains = draw(families())
        domain = draw(domains)
        arms = []
        if known:
            for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
                arm = draw(domains)
                arms.append(branch(draw(conditions(known)), arm, default_of(draw, arm)))
            if arms and draw(st.booleans()):
                arm = draw(domains)
                arms.append(branch(None, arm, default_of(draw, arm)))
            what = draw(st.sampled_from(["always", "always", "same", "new", "nested"]))
            if what == "always":
                group = None
            elif what == "new":
                group = draw(conditions(known))
            elif what == "nested" and group is not None:
                group = both(group, draw(conditions(known)))
        depends = reading(group, *(arm.condition for arm in arms))
        known.append(
            variable(name, kind, domain, default_of(draw, domain), *arms, depends=depends, active=group)
        )
    variables = [member for member in known if isinstance(member, Variable)]
    rules = draw(st.lists(conditions(known), max_size=2)) if constrained else []
    wishes = draw(st.lists(conditions(known), max_size=2))
    made = space(
        *variables,
        constraints=tuple(constraint(f"rule{k}", rule) for k, rule in enumerate(rules)),
        composites=tuple(member for member in known if isinstance(member, Composite)),
        preferences=tuple(preference(wish) for wish in wishes),
        declared=tuple(draw(st.permutations([member.name for member in variables]))),
    )
    try:
        reference.default(made)
    except reference.NOTHING:
        reject()
    return made


odd_values: st.SearchStrategy[Any] = (
    st.sampled_from(
        [True, False, None, "", "a", "JSON", 0, 1, 1.0, -0.5, math.nan, math.inf, 10**400, b"a", [1], {}]
    )
    | st.integers(-60, 90)
    | decimals
)


def near_values(v: Variable) -> st.SearchStrategy[Any]:
    """Values in and just outside of the domains of a variable."""
    found: list[Any] = []
    for domain in (v.domain, *(arm.domain for arm in v.branches)):
        if isinstance(domain, OptionsDomain):
            found += domain.options
            continue
        found += [domain.low, domain.high, domain.low - (domain.step or 1), domain.high + (domain.step or 1)]
        if isinstance(domain, FloatDomain):
            found += [math.nextafter(domain.low, -math.inf), math.nextafter(domain.high, math.inf)]
            found += [(domain.low + domain.high) / 2, domain.low + (domain.step or 0.1) * 3]
        if isinstance(domain, IntDomain) or domain.step is not None:
            found += reference.grid(domain)[:40]
    return st.sampled_from(found)


@st.composite
def configurations(draw: st.DrawFn, of: Space, start: dict[str, Any]) -> dict[str, Any]:
    """Return `start` with a few values changed, dropped or added; often still legal, often not."""
    values = dict(start)
    if of.composites and draw(st.booleans()):
        values = {name: value for name, value in values.items() if name in of.declared}
    for _ in range(draw(st.integers(0, 3))):
        if of.composites and draw(st.integers(0, 4)) == 0:
            values[draw(st.sampled_from(of.composites)).name] = draw(odd_values)
            continue
        v = draw(st.sampled_from(of.variables))
        what = draw(st.sampled_from(["near", "near", "near", "odd", "drop", "add"]))
        if what == "near":
            values[v.name] = draw(near_values(v))
        elif what == "odd":
            values[v.name] = draw(odd_values)
        elif what == "drop":
            values.pop(v.name, None)
        else:
            values[draw(st.sampled_from([v.name + "x", "zzz", ""]))] = 1
    return values
