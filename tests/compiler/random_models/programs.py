"""Providers, tools and programs."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model

from compiler.random_models.naming import HERE, World, descriptions, names, words
from compiler.random_models.spaces import depends
from compiler.random_models.types import types

ABILITIES = ["tools", "json_schema", "vision", "streaming"]


def python(name: str) -> model.PythonRef:
    return model.PythonRef("a.b", name, HERE)


@st.composite
def providers(draw: st.DrawFn, name: str) -> model.Provider:
    counts = st.none() | st.integers(1, 10**9)
    costs = st.floats(0, 1e6).map(abs)
    address: str | model.EnvRef = "https://host/v1"
    if draw(st.booleans()):
        address = model.EnvRef(name="URL", fallback=draw(st.none() | st.just("http://127.0.0.1:80/é")))
    models: list[model.ProviderModel] = []
    for known in draw(st.lists(words.filter(str.strip), min_size=1, max_size=3, unique=True)):
        most = draw(counts)
        models.append(
            model.ProviderModel(
                name=known,
                context_window=draw(st.none() | st.integers(most or 1, 10**10)),
                max_output=most,
                input_cost=draw(costs),
                output_cost=draw(costs),
                supports=tuple(draw(st.lists(st.sampled_from(ABILITIES), unique=True))),
                description=draw(descriptions),
                span=HERE,
            )
        )
    return model.Provider(
        name=name,
        protocol=draw(st.sampled_from(PROTOCOLS)),
        base_url=address,
        key=draw(st.none() | st.just(model.EnvRef(name="A_KEY"))),
        requests_per_minute=draw(counts),
        tokens_per_minute=draw(counts),
        concurrency=draw(counts),
        models=tuple(models),
        description=draw(descriptions),
        span=HERE,
    )


PROTOCOLS = ["openai", "openai_responses", "anthropic", "google"]


@st.composite
def parameters(draw: st.DrawFn, world: World) -> tuple[model.Field, ...]:
    found: list[model.Field] = []
    for name in draw(names(0, 3)):
        type_, values = draw(types(world, 1))
        default: Any = model.REQUIRED
        if values is not None and draw(st.booleans()):
            default = draw(values)
        found.append(model.Field(name=name, type=type_, default=default, span=HERE))
    return tuple(found)


@st.composite
def tools(draw: st.DrawFn, name: str, world: World) -> model.Tool:
    return model.Tool(
        name=name,
        parameters=draw(parameters(world)),
        returns=draw(types(world, 1))[0],
        python=python(name),
        description=draw(descriptions),
        span=HERE,
    )


@st.composite
def spaces_of_programs(draw: st.DrawFn, name: str, world: World) -> model.Space:
    """Return a space with a provider, and the models of the chosen one."""
    known = draw(
        st.lists(
            st.sampled_from([each.node for each in world.of(model.Provider)]),
            min_size=1,
            max_size=2,
            unique_by=id,
        )
    )
    chosen = tuple(each.name for each in known)
    provider = model.Variable(
        name="provider",
        kind="provider",
        domain=model.OptionsDomain(options=chosen),
        default=draw(st.sampled_from(chosen)),
        description=draw(descriptions),
        span=HERE,
    )
    served = {each.name: tuple(one.name for one in each.models) for each in known}
    branches = tuple(branch(each, models) for each, models in served.items()) if len(known) > 1 else ()
    options = tuple(dict.fromkeys(one for models in served.values() for one in models))
    chooser = model.Variable(
        name="model",
        kind="model",
        domain=model.OptionsDomain(options=options),
        default=served[str(provider.default)][0],
        branches=branches,
        depends=depends(*(each.condition for each in branches)),
        description=draw(descriptions),
        span=HERE,
    )
    return model.Space(name=name, variables=(provider, chooser), declared=("provider", "model"), span=HERE)


def branch(provider: str, models: tuple[str, ...]) -> model.Branch:
    chosen = model.Comparison(
        model.VariableRef("provider", HERE), (("==", model.Constant(provider, HERE)),), HERE
    )
    return model.Branch(
        condition=chosen,
        domain=model.OptionsDomain(options=models),
        default=models[0],
        text=f"provider == {provider}",
        span=HERE,
    )


@st.composite
def programs(draw: st.DrawFn, name: str, signature: str, space: str, world: World) -> model.Program:
    metrics = tuple(
        model.Metric(name=each, python=python(each), description=draw(descriptions), span=HERE)
        for each in draw(names(0, 2))
    )
    goals = draw(
        st.lists(st.sampled_from([*(each.name for each in metrics), "cost", "latency"]), unique=True)
    )
    usable = [each.local for each in world.of(model.Tool)]
    objectives = tuple(
        model.Objective(
            name=goal,
            direction=draw(st.sampled_from(["maximize", "minimize"])),
            weight=draw(st.just(1.0) | st.floats(0.001, 1000)),
            span=HERE,
        )
        for goal in goals
    )
    return model.Program(
        name=name,
        signature=signature,
        space=space,
        metrics=metrics,
        objectives=objectives,
        tools=tuple(draw(st.lists(st.sampled_from(usable), unique=True))) if usable else (),
        description=draw(descriptions),
        span=HERE,
    )
