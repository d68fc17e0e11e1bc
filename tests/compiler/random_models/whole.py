"""Whole files, of which each declaration stands before what uses it, and files that import each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from mlsig_compiler import model, standard

from compiler.random_models.naming import World, names
from compiler.random_models.pipelines import pipelines
from compiler.random_models.programs import programs, providers, spaces_of_programs, tools
from compiler.random_models.records import aliases, enums, schemas, signatures
from compiler.random_models.resources import resources
from compiler.random_models.spaces import fragments, spaces


@st.composite
def records(draw: st.DrawFn) -> model.Module:
    """Return a file of enums, aliases, schemas and signatures."""
    world = World("case")
    _records(draw, world)
    return world.so_far()


def _records(draw: st.DrawFn, world: World) -> None:
    makers: Any = [
        lambda at: enums(f"{world.prefix}Enum{at}"),
        lambda at: aliases(f"{world.prefix}Alias{at}", world),
        lambda at: schemas(f"{world.prefix}Schema{at}", world),
        lambda at: schemas(f"{world.prefix}Schema{at}", world),
        lambda at: signatures(f"{world.prefix}Signature{at}", world),
    ]
    for at in range(draw(st.integers(1, 5))):
        world.add(draw(draw(st.sampled_from(makers))(at)))


@st.composite
def tunings(draw: st.DrawFn) -> model.Module:
    """Return a file of variables and spaces."""
    world = World("case")
    _tunings(draw, world)
    return world.so_far()


def _tunings(draw: st.DrawFn, world: World) -> None:
    for name in draw(names(0, 2, {known.node.name for known in world.of(model.Fragment)})):
        world.add(draw(fragments(name, world)))
    for at in range(draw(st.integers(1, 3))):
        world.add(draw(spaces(f"{world.prefix}Space{at}", world)))


@st.composite
def machines(draw: st.DrawFn) -> model.Module:
    """Return a file of providers, tools, programs and pipelines, and of the records that they use."""
    world = World("case")
    _records(draw, world)
    _machines(draw, world)
    return world.so_far()


def _machines(draw: st.DrawFn, world: World) -> None:
    for at in range(draw(st.integers(0, 2))):
        world.add(draw(tools(f"{world.prefix}tool{at}", world)))
    chosen = [known.local for known in world.of(model.Signature)]
    if chosen and draw(st.booleans()):
        settings = f"{world.prefix}Settings"
        for at in range(draw(st.integers(1, 2))):
            world.add(draw(providers(f"{world.prefix}server{at}")))
        world.add(draw(spaces_of_programs(settings, world)))
        world.add(draw(programs(f"{world.prefix}Program", draw(st.sampled_from(chosen)), settings, world)))
    for at in range(draw(st.integers(0, 2))):
        world.add(draw(pipelines(f"{world.prefix}Pipeline{at}", world)))


@st.composite
def stores(draw: st.DrawFn) -> model.Module:
    """Return a file of resources, and of the types of their attributes."""
    world = World("case")
    _records(draw, world)
    _stores(draw, world)
    return world.so_far()


def _stores(draw: st.DrawFn, world: World) -> None:
    for at in range(draw(st.integers(1, 3))):
        world.add(draw(resources(f"{world.prefix}Resource{at}", world)))


KINDS: dict[type, str] = {
    model.Enum: "enum",
    model.Alias: "type",
    model.Schema: "schema",
    model.Signature: "signature",
    model.Space: "space",
    model.Fragment: "var",
    model.Provider: "provider",
    model.Tool: "tool",
    model.Program: "program",
    model.Pipeline: "pipeline",
    model.Resource: "resource",
}
STANDARD = (model.Fragment, model.Space, model.Provider)


@st.composite
def files(draw: st.DrawFn) -> list[model.Module]:
    """Return files each of which may import from those before it, and from the library."""
    library = [found.module for name in standard.names() if (found := standard.module(name))]
    made: list[model.Module] = []
    shared = World("")
    for module, prefix in zip(("a", "b.c", "d"), "ABC", strict=True):
        world = World(module, prefix, values=shared.values, declarations=shared.declarations)
        world.others = [*library, *made]
        _import(draw, world, library, made)
        for part in draw(st.lists(st.sampled_from([_records, _tunings, _machines, _stores]), max_size=2)):
            if not any(known.node.name.startswith(PARTS[part](prefix)) for known in world.known):
                part(draw, world)
        made.append(world.so_far())
        if len(made) > 1 and draw(st.booleans()):
            break
    return made


PARTS: dict[Any, Any] = {
    _records: lambda prefix: (f"{prefix}Enum", f"{prefix}Alias", f"{prefix}Schema", f"{prefix}Signature"),
    _tunings: lambda prefix: f"{prefix}Space",
    _machines: lambda prefix: (f"{prefix}tool", f"{prefix}Pipeline", f"{prefix}server"),
    _stores: lambda prefix: f"{prefix}Resource",
}


def _import(draw: st.DrawFn, world: World, library: list[model.Module], made: list[model.Module]) -> None:
    usable = [(module.name, node) for module in made for node in module.declarations]
    usable += [
        (module.name, node)
        for module in library
        for node in module.declarations
        if isinstance(node, STANDARD)
    ]
    chosen = draw(
        st.lists(st.sampled_from(usable), max_size=4, unique_by=lambda pair: (pair[0], pair[1].name))
    )
    taken: set[str] = set()
    for at, (module, node) in enumerate(chosen):
        same = isinstance(node, model.Fragment) or node.name in taken or draw(st.booleans())
        local = f"Other{at}" if same else node.name
        if isinstance(node, model.Fragment | model.Provider) and node.name in taken:
            continue  # two of one name are told apart by nothing
        taken.add(node.name)
        world.take(module, node, local, KINDS[type(node)])
