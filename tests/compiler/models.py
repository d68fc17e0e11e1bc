"""Random models of what the language can say today, every one of them legal."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model
from mlsig_compiler.resolve.expressions import variables_in
from mlsig_compiler.source import Span

from compiler.printing import expression

HERE = Span(0, 0)
NAMES = [
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "input",
        "output",
        "tune",
        "model",
        "when",
        "var",
    ),
    *(
        "type",
        "choice",
        "weight",
        "limits",
        "example",
        "provider",
        "enum",
        "date",
        "list_",
        "A1",
        "x_y",
        "Ready",
    ),
]
words = st.text(st.characters(codec="utf-8"), max_size=12)
descriptions = st.one_of(st.just(""), words.filter(bool))
integers = st.integers(-(2**63) + 1, 2**63 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), integers, floats, words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def names(least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(NAMES), min_size=least, max_size=most, unique=True)


@st.composite
def enums(draw: st.DrawFn, name: str) -> model.Enum:
    members = tuple(model.Member(each, draw(descriptions), HERE) for each in draw(names(1, 4)))
    return model.Enum(name, members, draw(descriptions), HERE)


@st.composite
def scalars(draw: st.DrawFn) -> tuple[model.Type, st.SearchStrategy[Any]]:
    """Return a scalar type and its values."""
    kind = draw(
        st.sampled_from(["str", "int", "float", "bool", "json", "date", "datetime", "probability", "literal"])
    )
    if kind == "literal":
        options = draw(
            st.lists(st.one_of(words, integers, st.booleans()), min_size=1, max_size=3, unique_by=repr)
        )
        return model.LiteralType(tuple(options)), st.sampled_from(options)
    if kind == "probability":
        bounds = model.Constraints(ge=0.0, le=1.0)
        return model.ScalarType("probability", bounds), st.floats(0, 1).map(abs)
    if kind == "int" and draw(st.booleans()):
        low, high = sorted((draw(integers), draw(integers)))
        return model.ScalarType("int", model.Constraints(ge=low, le=high)), st.integers(low, high)
    if kind == "float" and draw(st.booleans()):
        low, high = sorted((draw(floats), draw(floats)))
        within = st.floats(low, high).map(lambda number: number + 0.0)
        return model.ScalarType("float", model.Constraints(ge=low, le=high)), within
    if kind == "str" and draw(st.booleans()):
        least, most = sorted((draw(st.integers(0, 5)), draw(st.integers(0, 5))))
        lengths = model.Constraints(min_length=least, max_length=most)
        return model.ScalarType("str", lengths), st.text(
            st.characters(codec="utf-8"), min_size=least, max_size=most
        )
    plain: dict[str, tuple[model.Type, st.SearchStrategy[Any]]] = {
        "str": (model.ScalarType("str"), words),
        "int": (model.ScalarType("int"), integers),
        "float": (model.ScalarType("float"), floats),
        "bool": (model.ScalarType("bool"), st.booleans()),
        "json": (model.ScalarType("json"), json_values),
        "date": (model.ScalarType("date"), st.dates().map(lambda day: day.isoformat())),
        "datetime": (model.ScalarType("datetime"), st.datetimes().map(lambda moment: moment.isoformat())),
    }
    return plain[kind]


@st.composite
def types(
    draw: st.DrawFn, known: list[model.Declaration], depth: int = 2
) -> tuple[model.Type, st.SearchStrategy[Any]]:
    """Return a type and its values; enums and schemas are taken from those that are known."""
    shape = draw(
        st.sampled_from(["scalar", "known", "list", "map", "optional"] if depth else ["scalar", "known"])
    )
    if shape == "scalar" or (shape == "known" and not known):
        return draw(scalars())
    if shape == "known":
        node = draw(st.sampled_from(known))
        if isinstance(node, model.Enum):
            members = [model.EnumMember(node.name, member.name) for member in node.members]
            return model.EnumType(node.name), st.sampled_from(members)
        assert isinstance(node, model.Schema)
        return model.SchemaType(node.name), VALUES[node.name]
    inner, values = draw(types(known, depth - 1))
    if shape == "optional":
        if isinstance(inner, model.OptionalType | model.LiteralType):
            return inner, values
        return model.OptionalType(inner), st.one_of(st.none(), values)
    least = draw(st.integers(0, 1))
    lengths = model.Constraints(min_length=least) if least else model.Constraints()
    if shape == "list":
        return model.ListType(inner, lengths), st.lists(values, min_size=least, max_size=2)
    return model.MapType(inner, lengths), st.dictionaries(words, values, min_size=least, max_size=2)


# The values of the schemas drawn so far in one example.
VALUES: dict[str, st.SearchStrategy[Any]] = {}


@st.composite
def fields(
    draw: st.DrawFn, known: list[model.Declaration], chosen: list[str]
) -> tuple[tuple[model.Field, ...], dict[str, st.SearchStrategy[Any]]]:
    found: list[model.Field] = []
    values: dict[str, st.SearchStrategy[Any]] = {}
    for name in chosen:
        type_, strategy = draw(types(known))
        default = draw(strategy) if draw(st.booleans()) else model.REQUIRED
        values[name] = strategy
        found.append(
            model.Field(name=name, type=type_, default=default, description=draw(descriptions), span=HERE)
        )
    return tuple(found), values


@st.composite
def schemas(draw: st.DrawFn, name: str, known: list[model.Declaration]) -> model.Schema:
    found, values = draw(fields(known, draw(names(0, 4))))
    VALUES[name] = st.fixed_dictionaries(values)
    return model.Schema(name=name, fields=found, description=draw(descriptions), span=HERE)


@st.composite
def signatures(draw: st.DrawFn, name: str, known: list[model.Declaration]) -> model.Signature:
    chosen = draw(names(2, 6))
    split = draw(st.integers(1, len(chosen) - 1))
    inputs, input_values = draw(fields(known, chosen[:split]))
    outputs, output_values = draw(fields(known, chosen[split:]))
    rows = tuple(
        model.ExampleRow(
            inputs=draw(st.fixed_dictionaries(input_values)),
            outputs=draw(st.fixed_dictionaries({}, optional=output_values)),
            span=HERE,
        )
        for _ in range(draw(st.integers(0, 2)))
    )
    return model.Signature(
        name=name,
        inputs=inputs,
        outputs=outputs,
        instructions=draw(words.filter(bool)),
        tunes=draw(variables([each for each in NAMES if each not in chosen and each not in SPECIAL], 2)),
        examples=rows,
        description=draw(descriptions),
        span=HERE,
    )


SPECIAL = {"provider", "model"}


@st.composite
def domains(draw: st.DrawFn, kind: str, base: Any = None) -> tuple[model.Domain, model.Scalar]:
    """Return a domain, inside a base if there is one, and one of its values."""
    if kind == "int":
        low, high = sorted(
            draw(st.tuples(*[st.integers(base.low if base else -50, base.high if base else 50)] * 2))
        )
        step = base.step if base else draw(st.integers(1, max(1, high - low)))
        whole = model.IntDomain(low=low, high=high, step=step if step <= max(1, high - low) or base else 1)
        return whole, draw(st.integers(0, (high - low) // whole.step)) * whole.step + low
    if kind == "float":
        reach = st.floats(base.low if base else -9, base.high if base else 9).map(
            lambda number: round(number, 2) + 0.0
        )
        low, high = sorted((draw(reach), draw(reach)))
        if base and not base.low <= low <= high <= base.high:
            low, high = base.low, base.high
        return model.FloatDomain(low=low, high=high), draw(
            st.floats(low, high).map(lambda number: number + 0.0)
        )
    if kind == "bool":
        options: list[Any] = [False, True] if base is None else draw(st.permutations([False, True]))
        return model.OptionsDomain(options=tuple(options)), draw(st.booleans())
    every = (
        ["Chat", "JSON", "Predict"] if kind == "module" else [*"abc", 1, 2.5, None, True, 'it\'s \\ "q"\n']
    )
    pool = list(base.options) if base else every
    options = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4, unique_by=repr))
    weights = draw(st.none() | st.just(tuple(float(i + 1) for i in range(len(options)))))
    return model.OptionsDomain(options=tuple(options), weights=weights), draw(st.sampled_from(options))


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
        if draw(st.booleans()) and variable.kind != "module":
            return model.Comparison(reference, (("in", model.ListOf((constant,), HERE)),), HERE)
        return model.Comparison(reference, ((draw(st.sampled_from(["==", "!="])), constant),), HERE)
    low = model.Constant(variable.domain.low, HERE)
    total = model.Binary(draw(st.sampled_from(["+", "-", "*"])), reference, model.Constant(2, HERE), HERE)
    return model.Comparison(low, (("<=", reference), (draw(st.sampled_from(["<", ">", ">="])), total)), HERE)


def spelt(condition: model.Expr, variables: list[model.Variable]) -> str:
    """Return a condition as it is written: the options of modules are names, so they have no quotes."""
    text = expression(condition)
    for variable in variables:
        if variable.kind == "module":
            text = re.sub(rf'(\b{variable.name} [!=]= )"(\w+)"', r"\1\2", text)
    return " ".join(text.split())


@st.composite
def variables(draw: st.DrawFn, allowed: list[str], most: int) -> tuple[model.Variable, ...]:
    chosen = draw(st.lists(st.sampled_from(allowed), max_size=most, unique=True))
    found: list[model.Variable] = []
    for name in chosen:
        kind = draw(st.sampled_from(["int", "float", "bool", "choice", "module"]))
        domain, default = draw(domains(kind))
        branches: list[model.Branch] = []
        depends: dict[str, None] = {}
        for _ in range(draw(st.integers(0, 2)) if found else 0):
            condition = draw(conditions(found))
            text = spelt(condition, found)
            depends.update(dict.fromkeys(variables_in(condition)))
            inside, own = draw(domains(kind, domain))
            branches.append(
                model.Branch(condition=condition, domain=inside, default=own, text=text, span=HERE)
            )
        found.append(
            model.Variable(
                name=name,
                kind=kind,  # type: ignore[arg-type]
                domain=domain,
                default=default,
                branches=tuple(branches),
                depends=tuple(depends),
                description=draw(descriptions),
                span=HERE,
            )
        )
    return tuple(found)


@st.composite
def spaces(draw: st.DrawFn, name: str) -> model.Space:
    found = draw(variables([each for each in NAMES if each not in SPECIAL], 5))
    order = draw(st.permutations([variable.name for variable in found]))
    del order  # variables are declared in dependency order: another order is tested by example
    constraints: list[model.Constraint] = []
    for variable in found:
        if not variable.branches and variable.kind in ("int", "float"):
            reference = model.VariableRef(variable.name, HERE)
            holds = model.Comparison(reference, (("<=", model.Constant(variable.default, HERE)),), HERE)
            constraints.append(
                model.Constraint(
                    name=f"c_{variable.name}",
                    condition=holds,
                    message=draw(descriptions),
                    text=expression(holds),
                    span=HERE,
                )
            )
    return model.Space(
        name=name,
        variables=found,
        declared=tuple(variable.name for variable in found),
        constraints=tuple(constraints),
        description=draw(descriptions),
        span=HERE,
    )


@st.composite
def providers(draw: st.DrawFn, name: str) -> model.Provider:
    counts = st.none() | st.integers(1, 10**9)
    costs = st.floats(0, 1e6).map(abs)
    address: str | model.EnvRef = "https://host/v1"
    if draw(st.booleans()):
        address = model.EnvRef(name="URL", fallback=draw(st.none() | st.just("http://127.0.0.1:80/é")))
    models = tuple(
        model.ProviderModel(
            name=known,
            context_window=None,
            max_output=draw(counts),
            input_cost=draw(costs),
            output_cost=draw(costs),
            supports=tuple(draw(st.lists(st.sampled_from(["tools", "json_schema"]), unique=True))),
            span=HERE,
        )
        for known in draw(st.lists(words.filter(str.strip), min_size=1, max_size=3, unique=True))
    )
    return model.Provider(
        name=name,
        protocol="openai",
        base_url=address,
        key=draw(st.none() | st.just(model.EnvRef(name="A_KEY"))),
        requests_per_minute=draw(counts),
        tokens_per_minute=draw(counts),
        concurrency=draw(counts),
        models=models,
        description=draw(descriptions),
        span=HERE,
    )


@st.composite
def programs(draw: st.DrawFn, name: str, signature: str, provider: model.Provider) -> list[model.Declaration]:
    """Return a program and its space."""
    known = model.OptionsDomain(options=(provider.name,))
    names_ = tuple(each.name for each in provider.models)
    space = model.Space(
        name=f"{name}Space",
        variables=(
            model.Variable(name="provider", kind="provider", domain=known, default=provider.name, span=HERE),
            model.Variable(
                name="model",
                kind="model",
                domain=model.OptionsDomain(options=names_),
                default=names_[0],
                span=HERE,
            ),
        ),
        declared=("provider", "model"),
        span=HERE,
    )
    metrics = tuple(
        model.Metric(
            name=each, python=model.PythonRef("a.b", each, HERE), description=draw(descriptions), span=HERE
        )
        for each in draw(names(0, 2))
    )
    goals = draw(
        st.lists(st.sampled_from([*(each.name for each in metrics), "cost", "latency"]), unique=True)
    )
    objectives = tuple(
        model.Objective(
            name=goal,
            direction=draw(st.sampled_from(["maximize", "minimize"])),
            weight=draw(st.floats(0.001, 1000)),
            span=HERE,
        )
        for goal in goals
    )
    program = model.Program(
        name=name,
        signature=signature,
        space=space.name,
        metrics=metrics,
        objectives=objectives,
        description=draw(descriptions),
        span=HERE,
    )
    return [space, program]


@st.composite
def modules(draw: st.DrawFn) -> model.Module:
    """Return a module whose declarations stand before what uses them."""
    VALUES.clear()
    found: list[model.Declaration] = [draw(enums(f"Enum{index}")) for index in range(draw(st.integers(0, 2)))]
    for index in range(draw(st.integers(0, 2))):
        found.append(draw(schemas(f"Schema{index}", found)))
    found.append(draw(signatures("Signature", list(found))))
    found.append(draw(spaces("Space")))
    if draw(st.booleans()):
        provider = draw(providers("server"))
        found += [provider, *draw(programs("Program", "Signature", provider))]
    return model.Module(name="case", declarations=tuple(found))
