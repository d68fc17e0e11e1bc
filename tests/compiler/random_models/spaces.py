"""Variables and spaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.configurations import default_configuration
from mlsig_compiler.evaluate import evaluate
from mlsig_compiler.resolve.expressions import variables_in

from compiler.random_models.expressions import Maker
from compiler.random_models.naming import HERE, NAMES, World, descriptions, names, words

SPECIAL = {"provider", "model"}
MODULES = ["Chat", "JSON", "Markdown", "Predict", "ChainOfThought", "ProgramOfThought", "ReAct"]
KINDS = ["int", "float", "bool", "choice", "module"]
hints = st.dictionaries(
    st.sampled_from(["priority", "a", "when"]),
    st.one_of(words, st.integers(-9, 9), st.booleans()),
    max_size=2,
)
reach = st.integers(-900, 900).map(lambda number: number / 100 + 0.0)


@st.composite
def int_domains(draw: st.DrawFn, base: Any) -> tuple[model.Domain, model.Scalar]:
    low, high = sorted(
        draw(st.tuples(*[st.integers(base.low if base else -50, base.high if base else 50)] * 2))
    )
    step = base.step if base else draw(st.integers(1, max(1, high - low)))
    log = base.log if base else low > 0 and draw(st.booleans())
    domain = model.IntDomain(low=low, high=high, step=step, log=log)
    return domain, draw(st.integers(0, (high - low) // domain.step)) * domain.step + low


@st.composite
def float_domains(draw: st.DrawFn, base: Any) -> tuple[model.Domain, model.Scalar]:
    within = st.floats(base.low, base.high).map(lambda number: round(number, 2) + 0.0) if base else reach
    low, high = sorted((draw(within), draw(within)))
    if base and not base.low <= low <= high <= base.high:
        low, high = base.low, base.high
    if base:
        step, log, normal = base.step, base.log, base.normal
    else:
        step = 0.5 if high - low >= 0.5 and draw(st.booleans()) else None
        log = low > 0 and draw(st.booleans())
        normal = ((low + high) / 2, 0.5) if not log and draw(st.booleans()) else None
    default = low
    if step is None:
        default = draw(st.floats(low, high).map(lambda number: number + 0.0))
    return model.FloatDomain(low=low, high=high, step=step, log=log, normal=normal), default


@st.composite
def option_domains(draw: st.DrawFn, kind: str, base: Any) -> tuple[model.Domain, model.Scalar]:
    if kind == "bool":
        options: list[Any] = [False, True]
        if base is not None:
            options = draw(st.lists(st.booleans(), min_size=1, max_size=2, unique=True))
        return model.OptionsDomain(options=tuple(options)), draw(st.sampled_from(options))
    every: list[Any] = MODULES if kind == "module" else [*"abc", 7, 2.5, None, True, 'it\'s \\ "q"\n']
    pool = list(base.options) if base else every
    options = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4, unique=True))
    weights = draw(st.none() | st.just(tuple(float(i + 1) for i in range(len(options)))))
    return model.OptionsDomain(options=tuple(options), weights=weights), draw(st.sampled_from(options))


def domains(kind: str, base: Any = None) -> st.SearchStrategy[tuple[model.Domain, model.Scalar]]:
    """Return a domain, inside a base if there is one, and one of its values."""
    if kind == "int":
        return int_domains(base)
    return float_domains(base) if kind == "float" else option_domains(kind, base)


@st.composite
def conditions(draw: st.DrawFn, earlier: list[model.Variable], depth: int = 2) -> model.Expr:
    """Return a condition over earlier variables."""
    shape = draw(st.sampled_from(["compare", "not", "and", "or"] if depth else ["compare"]))
    if shape == "not":
        return model.Unary("not", draw(conditions(earlier, depth - 1)), HERE)
    if shape in ("and", "or"):
        parts = tuple(draw(conditions(earlier, depth - 1)) for _ in range(2))
        return model.BoolOp("and" if shape == "and" else "or", parts, HERE)
    variable = draw(st.sampled_from(earlier))
    reference = model.VariableRef(variable.name, HERE)
    if variable.kind == "bool" and draw(st.booleans()):
        return reference
    if isinstance(variable.domain, model.OptionsDomain):
        constant = model.Constant(draw(st.sampled_from(variable.domain.options)), HERE)
        if draw(st.booleans()):
            return model.Comparison(reference, (("in", model.ListOf((constant,), HERE)),), HERE)
        return model.Comparison(reference, ((draw(st.sampled_from(["==", "!="])), constant),), HERE)
    low = model.Constant(variable.domain.low, HERE)
    total = model.Binary(draw(st.sampled_from(["+", "-", "*"])), reference, model.Constant(2, HERE), HERE)
    return model.Comparison(low, (("<=", reference), (draw(st.sampled_from(["<", ">", ">="])), total)), HERE)


def named(variables: list[model.Variable]) -> frozenset[str]:
    """Return the variables whose options are names."""
    return frozenset(each.name for each in variables if each.kind in ("module", "provider"))


def depends(*exprs: model.Expr | None) -> tuple[str, ...]:
    """Return the names that expressions read, in their order."""
    found: dict[str, None] = {}
    for expr in exprs:
        found.update(dict.fromkeys(variables_in(expr)))
    return tuple(found)


@st.composite
def one_variable(
    draw: st.DrawFn, name: str, kind: Any, earlier: list[model.Variable], world: World
) -> model.Variable:
    """Return a variable whose arms read earlier ones, which are always active."""
    domain, default = draw(domains(kind))
    branches: list[model.Branch] = []
    for _ in range(draw(st.integers(0, 2)) if earlier else 0):
        condition = draw(conditions(earlier))
        if condition in [branch.condition for branch in branches]:
            continue  # it would never apply
        inside, own = draw(domains(kind, domain))
        text = world.spelt(condition, named(earlier))
        branches.append(model.Branch(condition=condition, domain=inside, default=own, text=text, span=HERE))
    if branches and draw(st.integers(0, 3)) == 0:
        inside, own = draw(domains(kind, domain))
        branches.append(model.Branch(condition=None, domain=inside, default=own, text="else", span=HERE))
    return model.Variable(
        name=name,
        kind=kind,
        domain=domain,
        default=default,
        branches=tuple(branches),
        depends=depends(*(branch.condition for branch in branches)),
        hints=draw(hints) if draw(st.booleans()) else {},
        description=draw(descriptions),
        span=HERE,
    )


@st.composite
def variables(draw: st.DrawFn, allowed: list[str], most: int, world: World) -> tuple[model.Variable, ...]:
    chosen = draw(st.lists(st.sampled_from(allowed), max_size=most, unique=True))
    found: list[model.Variable] = []
    for name in chosen:
        found.append(draw(one_variable(name, draw(st.sampled_from(KINDS)), found, world)))
    return tuple(found)


@st.composite
def fragments(draw: st.DrawFn, name: str, world: World) -> model.Fragment:
    """Return a variable for spaces to include; it reads no other."""
    variable = draw(one_variable(name, draw(st.sampled_from(KINDS)), [], world))
    return model.Fragment(name=name, variable=variable, span=HERE)


def always(space: list[model.Variable]) -> list[model.Variable]:
    return [each for each in space if each.active is None]


@st.composite
def spaces(draw: st.DrawFn, name: str, world: World) -> model.Space:
    """Return a space that extends another, includes fragments, overrides, and has groups."""
    bases = [known for known in world.of(model.Space) if not with_special(known.node)]
    base = draw(st.sampled_from(bases)) if bases and draw(st.booleans()) else None
    before = base.node if base else model.Space(name="", variables=(), declared=(), span=HERE)
    found: dict[str, model.Variable] = {each.name: each for each in before.variables}
    declared = list(before.declared)
    taken = {*declared, *(each.name for each in before.composites)}
    for known in world.of(model.Fragment):
        taking = known.node.variable
        # Those of the library that read others want them included first.
        if known.node.name not in taken and set(taking.depends) <= found.keys() and draw(st.booleans()):
            earlier = always(list(found.values()))
            if earlier and taking == replace(taking, active=None, depends=()) and draw(st.booleans()):
                active = draw(groups(earlier))
                taking = replace(taking, active=active, depends=depends(active))
            found[known.node.name] = taking
            declared.append(known.node.name)
    readers = {need for each in (*found.values(), *before.composites) for need in each.depends}
    rules = (*before.constraints, *before.preferences)
    readers |= {need for rule in rules for need in variables_in(rule.condition)}
    for old in list(found.values()):
        if old.name in {each.name for each in before.variables} - readers and draw(st.integers(0, 3)) == 0:
            found[old.name] = draw(overridden(old, world))
    own = [each for each in NAMES if each not in {*declared, *taken}]
    chosen = draw(st.lists(st.sampled_from(own), max_size=4, unique=True)) if own else []
    for each in chosen:
        earlier = always(list(found.values()))
        made = draw(one_variable(each, draw(st.sampled_from(KINDS)), earlier, world))
        if earlier and draw(st.integers(0, 2)) == 0:
            active = draw(groups(earlier))
            reads = depends(active, *(branch.condition for branch in made.branches))
            made = replace(made, active=active, depends=reads)
        found[each] = made
        declared.append(each)
    every = [found[each] for each in declared]
    free = [each for each in own if each not in chosen]
    plain = model.Space(name=name, variables=tuple(every), declared=tuple(declared), span=HERE)
    defaults = default_configuration(plain)
    return model.Space(
        name=name,
        variables=tuple(every),
        declared=tuple(declared),
        constraints=(*before.constraints, *draw(constraints(always(every), before, defaults, world))),
        preferences=(*before.preferences, *draw(preferences(always(every), world))),
        composites=(*before.composites, *draw(composites(always(every), free, world))),
        extends=base.local if base else None,
        description=draw(descriptions),
        span=HERE,
    )


def with_special(space: model.Space) -> bool:
    return bool({each.name for each in space.variables} & SPECIAL)


@st.composite
def overridden(draw: st.DrawFn, old: model.Variable, world: World) -> model.Variable:
    """Return what takes the place of an inherited variable, which says again what it would inherit."""
    new = draw(one_variable(old.name, old.kind, [], world))
    return replace(
        new,
        active=old.active,
        depends=depends(old.active),
        hints=new.hints or old.hints,
        description=new.description or old.description,
    )


@st.composite
def groups(draw: st.DrawFn, earlier: list[model.Variable]) -> model.Expr:
    """Return the condition of one group, or of two around each other."""
    found: dict[str, model.Expr] = {}
    for _ in range(draw(st.integers(1, 2))):
        condition = draw(conditions(earlier, 0))
        found[repr(condition)] = condition
    parts = tuple(found.values())
    return model.BoolOp("and", parts, HERE) if len(parts) > 1 else parts[0]


@st.composite
def constraints(
    draw: st.DrawFn,
    every: list[model.Variable],
    before: model.Space,
    defaults: dict[str, Any],
    world: World,
) -> list[model.Constraint]:
    """Return constraints that the configuration of all defaults satisfies."""
    found: list[model.Constraint] = []
    forbidden = 0
    for chosen in draw(names(0, 3, {each.name for each in before.constraints})) if every else []:
        name = chosen
        condition = draw(conditions(every, 1))
        forbids = not before.constraints and draw(st.booleans())
        if bool(evaluate(condition, defaults)) == forbids:
            condition = model.Unary("not", condition, HERE)
        text = world.spelt(condition, named(every))
        if forbids:
            forbidden += 1
            name = f"forbid_{forbidden}" if draw(st.booleans()) else f"forbidden{forbidden}"
            condition = model.Unary("not", condition, HERE)
        if draw(st.integers(0, 3)) == 0:
            away = model.Unary("not", draw(groups(every)), HERE)
            condition = model.BoolOp("or", (away, condition), HERE)
        found.append(
            model.Constraint(name=name, condition=condition, message=draw(descriptions), text=text, span=HERE)
        )
    return found


@st.composite
def preferences(draw: st.DrawFn, every: list[model.Variable], world: World) -> list[model.Preference]:
    found: list[model.Preference] = []
    for _ in range(draw(st.integers(0, 2)) if every else 0):
        condition = draw(conditions(every, 1))
        text = world.spelt(condition, named(every))
        found.append(model.Preference(condition=condition, message=draw(descriptions), text=text, span=HERE))
    return found


@st.composite
def composites(
    draw: st.DrawFn, every: list[model.Variable], free: list[str], world: World
) -> list[model.Composite]:
    found: list[model.Composite] = []
    kinds: Any = {"int": "int", "float": "float", "bool": "bool"}
    types: dict[str, model.Type] = {
        each.name: model.ScalarType(kinds[each.kind]) for each in every if each.kind in kinds
    }
    for name in draw(st.lists(st.sampled_from(free), max_size=2, unique=True)) if free else []:
        type_: Any = draw(st.sampled_from(["float", "bool", "str"]))
        maker = Maker(draw, types, world, ranges=True)
        maker.names |= {*(each.name for each in every), *free}
        makes = {"float": maker.number, "bool": maker.condition, "str": maker.text}
        value = makes[type_](2)
        active = draw(groups(every)) if every and draw(st.integers(0, 3)) == 0 else None
        found.append(
            model.Composite(
                name=name,
                type=type_,
                value=value,
                active=active,
                depends=depends(active, value),
                description=draw(descriptions),
                span=HERE,
            )
        )
    return found
