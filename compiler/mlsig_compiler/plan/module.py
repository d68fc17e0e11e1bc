"""A resolved module as the strings of a Python module.

    plan(module, source_hash) -> ModuleUnit, for `module.py.j2`

Enums come first, then schemas, type aliases, signatures, spaces, providers, tools and programs, each kind in
the order of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from mlsig.gencode import GENCODE

from mlsig_compiler.bugs import InternalError
from mlsig_compiler.literals import docstring, dotted, identifier, literal
from mlsig_compiler.model import (
    Alias,
    Declaration,
    Enum,
    Fragment,
    Module,
    Pipeline,
    Program,
    Provider,
    PythonRef,
    Resource,
    Schema,
    Signature,
    Space,
    Tool,
)
from mlsig_compiler.plan.deprecation import lasting
from mlsig_compiler.plan.enums import EnumUnit, plan_enum
from mlsig_compiler.plan.layout import WIDTH, Atom, Text, call, lay, sequence
from mlsig_compiler.plan.linking import Link, public
from mlsig_compiler.plan.names import Names, Scope, order
from mlsig_compiler.plan.pipelines import PipelineUnit
from mlsig_compiler.plan.programs import ProgramUnit, plan_program
from mlsig_compiler.plan.providers import ProviderUnit, plan_provider
from mlsig_compiler.plan.records import RecordUnit, plan_schema
from mlsig_compiler.plan.resources import ResourceUnit, plan_resource
from mlsig_compiler.plan.siblings import SiblingUnit, plan_siblings
from mlsig_compiler.plan.signatures import SignatureUnit, plan_signature
from mlsig_compiler.plan.space import SpaceUnit, plan_space
from mlsig_compiler.plan.stages import Surroundings, plan_pipelines
from mlsig_compiler.plan.tools import ToolUnit, class_names, plan_tool
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.variables import own

DeclarationT = TypeVar("DeclarationT", bound=Declaration)


@dataclass(frozen=True, slots=True)
class TypeUnit:
    """`Slug: TypeAlias = Annotated[str, Meta(max_length=64)]` and the docstring under it (empty for none)."""

    line: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleUnit:
    """A module, for `module.py.j2`.

    Attributes:
        shared: The spaces of signatures that bring no variables of their own.
        aliases: For a declaration that some class hides, the line that gives it a second name.
        references: Functions of the user's that the module imports when it needs them, as (module,
        attribute).
    """

    path: str
    gencode: int
    source: str
    doc: str
    imports: tuple[tuple[str, ...], ...]
    siblings: SiblingUnit | None
    require: str
    exports: str
    enums: tuple[EnumUnit, ...]
    records: tuple[RecordUnit, ...]
    types: tuple[TypeUnit, ...]
    shared: tuple[SpaceUnit, ...]
    signatures: tuple[SignatureUnit, ...]
    spaces: tuple[SpaceUnit, ...]
    providers: tuple[ProviderUnit, ...]
    tools: tuple[ToolUnit, ...]
    programs: tuple[ProgramUnit, ...]
    pipelines: tuple[PipelineUnit, ...]
    resources: tuple[ResourceUnit, ...]
    aliases: dict[str, str]
    references: frozenset[tuple[str, str]]


def plan(
    linked: Module | Link,
    source_hash: str,
    inlined: tuple[Provider, ...] = (),
    served: Mapping[str, Provider] | None = None,
    spaces: tuple[Space, ...] = (),
) -> ModuleUnit:
    """Return everything that the module's text needs.

    Args:
        linked: The module, with what it takes from others.
        source_hash: The hash of its source, in hexadecimal.
        inlined: Providers of other modules that programs need: written here again, and not exported.
        spaces: Spaces of `std` that programs have: written here, and not exported.
        served: The providers that spaces can choose, by name; those of the module where none are given.
    """
    link = linked if isinstance(linked, Link) else Link(linked)
    module = link.module
    declared = [identifier(declaration.name) for declaration in module.declarations]
    exported = [node.name for node in module.declarations if not isinstance(node, Fragment)]
    known = [
        *declared,
        *map(identifier, link.siblings),
        *(identifier(provider.name) for provider in inlined),
        *(identifier(space.name) for space in spaces),
    ]
    if len(set(known)) != len(known):
        raise InternalError(f"a name is declared twice in {module.name}")
    names = Names(known, link.siblings)
    enums, schemas = _of(module, Enum), _of(module, Schema)
    served = {provider.name: provider for provider in _of(module, Provider)} if served is None else served
    signatures = {signature.name: signature for signature in _of(module, Signature)}
    callable_ = signatures | {signature.name: signature for signature in link.of(Signature)}
    types = Types(
        {enum.name: enum for enum in (*enums, *link.of(Enum))},
        {schema.name: schema for schema in (*schemas, *link.of(Schema))},
        callable_,
    )
    tuned = {**module.variables, **link.variables}
    written = (*_of(module, Space), *spaces)
    searched = {space.name: space for space in (*written, *link.of(Space))}
    programs = _of(module, Program)
    path = dotted(module.name).replace(".", "/") + ".mlsig"
    enum_units = tuple(plan_enum(enum, names) for enum in enums)
    record_units = tuple(plan_schema(schema, types, names) for schema in schemas)
    type_units = tuple(_type(alias, names) for alias in _of(module, Alias))
    brought = {
        name: own(
            node, lambda type_: types.schemas.get(type_.name), lambda type_: types.enums.get(type_.name)
        )
        for name, node in callable_.items()
    }
    shared = _Shared(names, served)
    signature_units = tuple(
        plan_signature(
            signature,
            module.variables.get(name),
            types,
            names,
            served=served,
            shared="" if brought[name].variables else shared.of(module.variables.get(name)),
        )
        for name, signature in signatures.items()
    )
    space_units = tuple(plan_space(space, names, served=served) for space in written)
    provider_units = tuple(plan_provider(provider, names) for provider in (*_of(module, Provider), *inlined))
    tools = _of(module, Tool)
    classes = class_names(tools, programs)
    tool_units = tuple(plan_tool(tool, classes[tool.name], types, names) for tool in tools)
    taken = {*(node.name for node in module.declarations), *(found.local for found in module.imports)}
    pipelines = _of(module, Pipeline)
    public_names = {program.name: public(program.name, "Program", taken) for program in programs}
    public_names |= {pipeline.name: public(pipeline.name, "Pipeline", taken) for pipeline in pipelines}
    program_units = tuple(
        plan_program(
            program,
            callable_[program.signature],
            searched[program.space],
            types,
            names,
            extracted=tuned.get(program.signature),
            whole=module.variables.get(program.name),
            brought=brought[program.signature],
            served=served,
            public=public_names[program.name],
        )
        for program in programs
    )
    stage_units, pipeline_units = plan_pipelines(
        pipelines,
        Surroundings(
            callable_,
            {program.name: program for program in programs},
            {tool.name: tool for tool in (*tools, *link.of(Tool))},
            tuned,
            searched,
            brought,
            frozenset((*classes.values(), *(f"_{node.name}" for node in module.declarations))),
            public_names,
            link,
            served,
        ),
        types,
        names,
    )
    resources = _of(module, Resource)
    resource_units = tuple(
        plan_resource(node, types, names, variables=module.variables.get(node.name), served=served)
        for node in resources
    )
    require = call(f"{names('gencode')}.require", Atom(literal(GENCODE)), Text(path))
    return ModuleUnit(
        path=path,
        gencode=GENCODE,
        source=f"blake2b:{source_hash}",
        doc=docstring(_summary(exported, path), WIDTH),
        require=lay(require),
        exports=lay(sequence(Text(name) for name in sorted(exported, key=order)), 0, len("__all__ = ")),
        enums=enum_units,
        records=record_units,
        types=type_units,
        shared=tuple(shared.units.values()),
        signatures=signature_units,
        spaces=space_units,
        providers=provider_units,
        tools=tool_units,
        programs=(*program_units, *stage_units),
        pipelines=pipeline_units,
        resources=resource_units,
        aliases=_aliases((*module.declarations, *inlined, *spaces), names),
        siblings=plan_siblings(module.name, names),
        imports=names.imports(),
        references=frozenset(
            (found.module, found.attribute.partition(".")[0])
            for found in (*_outside([*programs, *pipelines], schemas, tools), *_stored(resources))
        ),
    )


def _type(alias: Alias, names: Names) -> TypeUnit:
    """Return a type alias: for Python that uses the type; fields have what it stands for."""
    head = f"{identifier(alias.name)}: {names('TypeAlias')} = "
    doc = lasting(alias.description, alias.deprecated)
    return TypeUnit(
        head + lay(annotation(alias.type, Scope(names)), 0, len(head)), docstring(doc, WIDTH) if doc else ""
    )


class _Shared:
    """The spaces of signatures that bring no variables of their own: equal ones are one class.

    Which standard variables fit, in a file whose providers are the same for all, says everything about them.
    """

    def __init__(self, names: Names, served: Mapping[str, Provider]) -> None:
        self.units: dict[tuple[str, ...], SpaceUnit] = {}
        self._names = names
        self._served = served

    def of(self, space: Space | None) -> str:
        """Return the name of the class that is a space; empty for none."""
        if space is None:
            return ""
        found = self.units.get(space.declared)
        if found is None:
            name = f"_Variables{len(self.units) + 1 if self.units else ''}"
            described = replace(space, name="Variables", description=WITHOUT)
            found = plan_space(described, self._names, name, spelled=name, served=self._served)
            self.units[space.declared] = found
        return found.name


WITHOUT: Final = "What can be tuned about signatures that bring no variables of their own."


def _outside(
    programs: Iterable[Program | Pipeline], schemas: list[Schema], tools: list[Tool]
) -> Iterator[PythonRef]:
    """Yield the user's own functions that the module calls."""
    yield from (tool.python for tool in tools)
    for program in programs:
        yield from (metric.python for metric in program.metrics)
    for schema in schemas:
        for transform in schema.transforms:
            if isinstance(transform.value, PythonRef):
                yield transform.value


def _stored(resources: list[Resource]) -> Iterator[PythonRef]:
    """Yield the user's own functions that resources call."""
    for resource in resources:
        yield from (one.value for one in resource.calculations if isinstance(one.value, PythonRef))
        yield from (action.python for action in resource.actions)
        yield from (hook.python for hook in resource.hooks)


def _of(module: Module, kind: type[DeclarationT]) -> list[DeclarationT]:
    return [declaration for declaration in module.declarations if isinstance(declaration, kind)]


def _aliases(declarations: tuple[Declaration, ...], names: Names) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in declarations:
        alias = names.alias(declaration.name)
        if alias:
            kind = names("Final") if isinstance(declaration, Provider | Tool) else names("TypeAlias")
            found[declaration.name] = f"{alias}: {kind} = {declaration.name}"
    return found


def _summary(declared: list[str], path: str) -> str:
    if not declared:
        return f"Nothing yet, from {path}."
    if len(declared) == 1:
        return f"{declared[0]}, from {path}."
    if len(declared) > 8:
        return f"{len(declared)} declarations, from {path}."
    return f"{', '.join(declared[:-1])} and {declared[-1]}, from {path}."
