"""Pipelines as the strings of a `Pipeline` class: typed calls, a graph of steps, the space of all of them.

    pipeline Research(question: str) -> Answer { plan = Plan(question=question)  return QA(…) }

becomes a class with `Task` (what it takes and returns, as of a signature), `Variables` (the spaces of the
steps that ask models, side by side), `Parts` (their programs), `apply` (which gives each its share of a
configuration) and `flow` (the steps), and its one instance `Research`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mlsig_compiler.literals import docstring, identifier, literal
from mlsig_compiler.model import Field, OutputType, Pipeline, Step
from mlsig_compiler.plan.calls import head, inputs, parameter
from mlsig_compiler.plan.flows import RETURN, Callee, Steps, attributes
from mlsig_compiler.plan.layout import WIDTH, Atom, Expression, Text, call, lay, mapping, tuple_of
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.programs import MetricUnit, plan_metrics, plan_objectives
from mlsig_compiler.plan.records import RecordUnit, Side, plan_record
from mlsig_compiler.plan.types import Types, annotation

_MEMBERS: Final = frozenset(
    {
        "name",
        "signature",
        "space",
        "providers",
        "objectives",
        "metrics",
        "tools",
        "stages",
        "wrapped",
        "Task",
        "Variables",
        "Parts",
        "Flow",
        "variables",
        "parts",
        "apply",
        "flow",
        "acall",
        "stream",
        "astream",
        "candidate",
        "prompt",
    }
)
_USED: Final = (
    "Any",
    "AsyncGenerator",
    "ClassVar",
    "Generator",
    "Mapping",
    "Objective",
    "Pipeline",
    "Provider",
    "Stage",
    "StepEvent",
    "Struct",
    "TypeAlias",
    "bool",
    "classmethod",
    "property",
    "str",
    "tuple",
    "type",
)
_OF_TASK: Final = ("Any", "ClassVar", "Example", "Mapping", "Task", "TypeAlias", "classmethod", "str")
_OF_SPACE: Final = (
    "Any",
    "ClassVar",
    "Collection",
    "Iterator",
    "Mapping",
    "Sequence",
    "classmethod",
    "float",
    "int",
    "list",
    "range",
    "spaces",
    "str",
    "tuple",
)
OF_CONFIG: Final = frozenset({"to_dict", "to_json", "key", "digest", "from_dict", "from_json"})
"""Public members of every configuration: a step of such a name has another attribute."""


@dataclass(frozen=True, slots=True)
class PartUnit:
    """A step that asks models: its attribute, the classes of its program and configuration, its share."""

    attribute: str
    program: str
    config: str
    share: str
    default: str
    sample: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineUnit:
    """A class and its one instance, for `pipeline.py.j2`.

    Attributes:
        output: Its own record of what it returns; None where that is what a signature or program does.
        outcome: The signature whose outputs it returns; empty where it has a record of its own.
        recorded: The record of what it returns.
        steps: The statements of `flow`.
    """

    name: str
    public: str
    class_name: str
    label: str
    space_label: str
    doc: str
    call_doc: str
    input: RecordUnit
    output: RecordUnit | None
    expected: RecordUnit | None
    outcome: str
    recorded: str
    instructions: str
    providers: str
    stages: str
    objectives: str
    metric_names: str
    tools: str
    metrics: tuple[MetricUnit, ...]
    fields: tuple[PartUnit, ...]
    parts: str
    returns: str
    call_head: str
    acall_head: str
    stream_head: str
    astream_head: str
    ran: str
    aran: str
    streamed: str
    astreamed: str
    local: Mapping[str, str]
    inner: Mapping[str, str]
    uses_parts: bool
    steps: tuple[str, ...]
    result: str
    spell: dict[str, str]
    task: dict[str, str]
    space: dict[str, str]


@dataclass(frozen=True, slots=True)
class Asks:
    """What a step calls that asks models.

    Attributes:
        program: The class of the program.
        instance: The program itself, or a call that makes it.
        space: The class of its space.
        providers: The names of the providers that it can choose.
    """

    program: str
    instance: str
    space: str
    providers: tuple[str, ...]


def plan_pipeline(
    pipeline: Pipeline,
    callees: Mapping[str, Callee],
    asking: Mapping[str, Asks],
    types: Types,
    names: Names,
    *,
    public: str,
) -> PipelineUnit:
    """Return the class of a pipeline.

    Args:
        pipeline: The pipeline.
        callees: What its steps call, by the name that they use.
        asking: Those of them that ask models.
        types: The enums, schemas and signatures of the module.
        names: The names of the module.
        public: Another name of the class, for annotations.
    """
    class_name = f"_{identifier(pipeline.name)}"
    scope = Scope(names, _MEMBERS)
    asked = {
        step.name or RETURN: asking[step.callee]
        for step in pipeline.steps
        if step.callee is not None and step.callee in asking
    }
    places = attributes(asked, OF_CONFIG | {RETURN})
    outcome = pipeline.returns if isinstance(pipeline.returns, OutputType) else None
    returns = f"{scope.own(outcome.name)}.Output" if outcome else _annotated(pipeline, scope)
    steps = Steps(pipeline, callees, places, types, names)
    params = [parameter(field, types, scope) for field in pipeline.parameters]
    told = pipeline.description or f"Run `{pipeline.name}`."
    result = Field(name="result", type=pipeline.returns, description="", span=pipeline.span)
    inner = WIDTH - 8
    own = outcome is None
    given = inputs(pipeline.parameters, f"{class_name}.Task.Input", types, scope.clear)
    stages = [
        call(scope("Stage"), Text(name), Text(places[name]), Atom(asks.program))
        for name, asks in asked.items()
    ]
    parts: list[Expression] = [
        call(f"{scope('spaces')}.Part", Text(name), Text(places[name]), Atom(asks.space))
        for name, asks in asked.items()
    ]
    judged = ("Metric", "float", "staticmethod") if pipeline.metrics else ()
    used = dict.fromkeys(
        callees[step.callee].spelled
        for step in pipeline.steps
        if step.callee is not None and callees[step.callee].kind == "tool"
    )
    using = ("Usable",) if used else ()
    flow = Atom("self.flow")
    certain = (Atom(f"{scope.own(outcome.name)}.Expected"),) if outcome else ()
    coming = " | ".join([scope("StepEvent"), *(part.text for part in certain), returns])
    parts_of = "_parts" if outcome else ""
    objectives, labels = plan_objectives(pipeline.objectives, pipeline.metrics, scope)
    providers = dict.fromkeys(name for asks in asked.values() for name in asks.providers)
    return PipelineUnit(
        name=identifier(pipeline.name),
        public=identifier(public),
        class_name=class_name,
        label=literal(pipeline.name),
        space_label=literal(f"{pipeline.name}.Variables"),
        doc=docstring(pipeline.description or f"The pipeline `{pipeline.name}`.", WIDTH - 4),
        call_doc=docstring(told, WIDTH - 8),
        input=plan_record(
            Side("Input", pipeline.parameters, f"What `{pipeline.name}` takes."), types, names, inner
        ),
        output=plan_record(Side("Output", (result,), f"What `{pipeline.name}` returns."), types, names, inner)
        if own
        else None,
        expected=plan_record(
            Side("Expected", (result,), f"What is known of an answer of `{pipeline.name}`.", partial=True),
            types,
            names,
            inner,
        )
        if own
        else None,
        outcome=scope.own(outcome.name) if outcome else "",
        recorded=f"{scope.own(outcome.name)}.Output" if outcome else f"{class_name}.Task.Output",
        instructions=lay(Text(pipeline.description), 4, 33, 0, WIDTH - 4),
        providers=lay(mapping({name: Atom(scope.own(name)) for name in providers}), 4, 56),
        stages=lay(tuple_of(stages), 4, 40),
        objectives=objectives,
        metric_names=labels,
        tools=lay(tuple_of(map(Atom, used)), 4, 43) if used else "",
        metrics=plan_metrics(pipeline.metrics),
        fields=tuple(
            _part(step, asked[step.name or RETURN], places[step.name or RETURN])
            for step in pipeline.steps
            if (step.name or RETURN) in asked
        ),
        parts=lay(tuple_of(parts), 4, 48, 0, WIDTH - 4),
        returns=returns,
        call_head=head("def __call__", params, f" -> {returns}:"),
        acall_head=head("async def acall", params, f" -> {returns}:"),
        stream_head=head("def stream", params, f" -> {scope('Generator')}[{coming}]:"),
        astream_head=head("def astream", params, f" -> {scope('AsyncGenerator')}[{coming}]:"),
        ran=lay(call("self._ran", given, flow), 8, len("return ")),
        aran=lay(call("self._arun_flow", given, flow), 8, len("return await ")),
        streamed=lay(call(f"self._streamed{parts_of}", given, flow, *certain), 8, len("return ")),
        astreamed=lay(call(f"self._astreamed{parts_of}", given, flow, *certain), 8, len("return ")),
        local=steps.words,
        inner={word: names.inner(class_name, word) for word in ("Task", "Variables", "Parts")}
        | {word: names.inner(f"{class_name}.Task", word) for word in ("Input", "Expected", "Demo")}
        | {"Config": names.inner(f"{class_name}.Variables", "Config")},
        uses_parts=bool(asked),
        steps=tuple(steps.lines()),
        result=steps.result,
        spell={word: scope(word) for word in (*_USED, *judged, *using)} | {"Final": names("Final")},
        task={word: scope(word) for word in _OF_TASK},
        space={word: scope(word) for word in _OF_SPACE},
    )


def in_order(pipelines: Iterable[Pipeline]) -> list[Pipeline]:
    """Return pipelines, each after those that it calls."""
    waiting = {pipeline.name: pipeline for pipeline in pipelines}
    found: dict[str, Pipeline] = {}

    def add(pipeline: Pipeline) -> None:
        if pipeline.name in found:
            return
        for step in pipeline.steps:
            if step.callee in waiting:
                add(waiting[step.callee])
        found[pipeline.name] = pipeline

    for pipeline in waiting.values():
        add(pipeline)
    return list(found.values())


def _annotated(pipeline: Pipeline, scope: Scope) -> str:
    return lay(annotation(pipeline.returns, scope, bare=True), 0, -1000)


def _part(step: Step, asks: Asks, attribute: str) -> PartUnit:
    name = step.name or RETURN
    told = f"of the step `{name}`" if step.name else "of what is returned"
    share = call("self._part", Text(name), Atom(asks.instance), Atom(f"config.{attribute}"))
    return PartUnit(
        attribute,
        asks.program,
        f"{asks.space}.Config",
        lay(share, 12, len(attribute) + 1, 1),
        f"{asks.space}.default()",
        f"{asks.space}.sample(rng)",
        docstring(told, WIDTH - 16),
    )
