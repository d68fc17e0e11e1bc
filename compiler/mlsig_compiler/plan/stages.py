"""What the steps of a module's pipelines call, and the programs of signatures that they call directly.

A step may call a signature: it has then a program of its own, over everything that can be tuned about the
signature. All steps of the module that call it share the class, and each has its own configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlsig_compiler import model
from mlsig_compiler.plan.flows import Callee
from mlsig_compiler.plan.linking import Link
from mlsig_compiler.plan.names import Names
from mlsig_compiler.plan.pipelines import Asks, PipelineUnit, in_order, plan_pipeline
from mlsig_compiler.plan.programs import ProgramUnit, chosen_providers, plan_program
from mlsig_compiler.plan.types import Types
from mlsig_compiler.variables import Own


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What pipelines of a module find in it.

    Attributes:
        signatures: By name, as are `programs` and `tools`; imported ones too.
        spaces: What can be tuned about signatures and programs.
        searched: The spaces of programs, by the names of these.
        brought: What signatures themselves bring.
        classes: The names of classes that are taken.
        public: The public names of the classes of pipelines.
        foreign: What is imported.
        served: The providers that can be chosen.
    """

    signatures: Mapping[str, model.Signature]
    programs: Mapping[str, model.Program]
    tools: Mapping[str, model.Tool]
    spaces: Mapping[str, model.Space]
    searched: Mapping[str, model.Space]
    brought: Mapping[str, Own]
    classes: frozenset[str]
    public: Mapping[str, str]
    foreign: Link
    served: Mapping[str, model.Provider]


def plan_pipelines(
    pipelines: Iterable[model.Pipeline], around: Surroundings, types: Types, names: Names
) -> tuple[tuple[ProgramUnit, ...], tuple[PipelineUnit, ...]]:
    """Return the classes of the programs of signatures, and those of pipelines, callees first."""
    ordered = in_order(pipelines)
    called = [name for name in dict.fromkeys(_called(ordered)) if name in around.signatures]
    stages = dict(zip(called, _names(called, around.classes), strict=True))
    units = tuple(
        _stage(around.signatures[name], stage, around, types, names) for name, stage in stages.items()
    )
    known = {pipeline.name: pipeline for pipeline in ordered}
    callees = {name: _callee(name, known, around, names) for name in dict.fromkeys(_called(ordered))}
    asking: dict[str, Asks] = {}
    for name in callees:
        if name in stages:
            space = around.spaces[name]
            asking[name] = Asks(
                stages[name], f"{stages[name]}()", f"{names.own(name)}.Variables", chosen_providers(space)
            )
        elif name in around.foreign.classes:
            class_name = names.own(around.foreign.classes[name])
            space = around.spaces[name]
            asking[name] = Asks(
                class_name, names.own(name), f"{class_name}.Variables", chosen_providers(space)
            )
        elif name in around.programs:
            asking[name] = _program(around.programs[name], around, names)
    made: list[PipelineUnit] = []
    for pipeline in ordered:
        public = around.public[pipeline.name]
        made.append(plan_pipeline(pipeline, callees, asking, types, names, public=public))
        inner = dict.fromkeys(
            provider
            for step in pipeline.steps
            if step.callee is not None and step.callee in asking
            for provider in asking[step.callee].providers
        )
        own = f"_{pipeline.name}"
        asking[pipeline.name] = Asks(own, names.own(pipeline.name), f"{own}.Variables", tuple(inner))
    return units, tuple(made)


def _called(pipelines: Iterable[model.Pipeline]) -> Iterator[str]:
    return (step.callee for pipeline in pipelines for step in pipeline.steps if step.callee)


def _names(signatures: Iterable[str], taken: frozenset[str]) -> Iterator[str]:
    """Yield the names of classes: `_PlanStep` for the signature `Plan`."""
    used = set(taken)
    for signature in signatures:
        name = stem = f"_{signature}Step"
        number = 1
        while name in used:
            number += 1
            name = f"{stem}{number}"
        used.add(name)
        yield name


def _stage(
    signature: model.Signature, class_name: str, around: Surroundings, types: Types, names: Names
) -> ProgramUnit:
    program = model.Program(
        name=signature.name,
        signature=signature.name,
        space="",
        description=f"The program of the steps that call `{signature.name}`.",
        span=signature.span,
    )
    space = around.spaces[signature.name]
    return plan_program(
        program,
        signature,
        space,
        types,
        names,
        brought=around.brought[signature.name],
        served=around.served,
        stage=class_name,
    )


def _callee(name: str, pipelines: Mapping[str, model.Pipeline], around: Surroundings, names: Names) -> Callee:
    if name in pipelines:
        return Callee("pipeline", pipelines[name].parameters, f"_{name}.Task")
    foreign = next((node for node in around.foreign.of(model.Pipeline) if node.name == name), None)
    if foreign is not None:
        return Callee("pipeline", foreign.parameters, f"{names.own(around.foreign.classes[name])}.Task")
    if name in around.tools:
        return Callee("tool", around.tools[name].parameters, names.own(name))
    signature = around.programs[name].signature if name in around.programs else name
    signature = around.foreign.signatures.get(name, signature)
    return Callee("program", around.signatures[signature].inputs, names.own(signature))


def _program(program: model.Program, around: Surroundings, names: Names) -> Asks:
    own, space = around.searched[program.space], around.spaces.get(program.name)
    class_name = f"_{program.name}"
    wider = space is not None and space.declared != own.declared
    spelled = f"{class_name}.Variables" if wider else names.own(program.space)
    return Asks(class_name, names.own(program.name), spelled, chosen_providers(own))
