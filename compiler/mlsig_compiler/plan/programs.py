"""Programs as the strings of a `Program` class: typed calls, what a configuration means, and the metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mlsig_compiler.configurations import default_configuration
from mlsig_compiler.literals import docstring, dotted, identifier, literal
from mlsig_compiler.model import (
    EnumType,
    Metric,
    Missing,
    Objective,
    OptionsDomain,
    Program,
    Provider,
    Scalar,
    Signature,
    Space,
)
from mlsig_compiler.plan.calls import function_of, head, inputs, parameter
from mlsig_compiler.plan.layout import (
    WIDTH,
    Atom,
    Expression,
    Text,
    call,
    lay,
    mapping,
    tuple_of,
)
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.settings import settings
from mlsig_compiler.plan.space import SpaceUnit, plan_space
from mlsig_compiler.plan.types import Types
from mlsig_compiler.plan.values import expression
from mlsig_compiler.variables import Own

_MEMBERS: Final = frozenset(
    {
        "name",
        "signature",
        "space",
        "providers",
        "objectives",
        "metrics",
        "tools",
        "Variables",
        "variables",
        "settings",
        "given",
        "acall",
        "stream",
        "astream",
        "candidate",
        "prompt",
    }
)
_USED: Final = (
    "AsyncGenerator",
    "ClassVar",
    "Generator",
    "Mapping",
    "Objective",
    "Program",
    "Provider",
    "CallSettings",
    "staticmethod",
    "TypeAlias",
    "str",
    "type",
)


@dataclass(frozen=True, slots=True)
class MetricUnit:
    """A static method `metric_<name>` that imports the user's function when it is first called."""

    method: str
    module: str
    imported: str
    source: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramUnit:
    """A class and its one instance, for `program.py.j2`; the program of a step has no instance."""

    name: str
    public: str
    instance: bool
    class_name: str
    label: str
    signature: str
    space: str
    doc: str
    call_doc: str
    providers: str
    objectives: str
    metric_names: str
    tools: str
    metrics: tuple[MetricUnit, ...]
    call_head: str
    acall_head: str
    stream_head: str
    astream_head: str
    result: str
    aresult: str
    parts: str
    aparts: str
    config: str
    wider: SpaceUnit | None
    searched: str
    settings: str
    wider_settings: str
    given: str
    wider_given: str
    spell: dict[str, str]


def plan_program(
    program: Program,
    signature: Signature,
    space: Space,
    types: Types,
    names: Names,
    *,
    extracted: Space | None = None,
    whole: Space | None = None,
    brought: Own | None = None,
    served: Mapping[str, Provider] | None = None,
    stage: str = "",
    public: str = "",
) -> ProgramUnit:
    """Return the class of a program.

    Args:
        program: The program.
        signature: Its signature.
        space: Its space.
        types: The enums and schemas of the module.
        names: The names of the module.
        extracted: What can be tuned about the signature.
        whole: What can be tuned about the program; its space, where nothing is said.
        brought: What the signature itself brings; its `tune` members, where nothing is said.
        served: The providers that can be chosen, by name.
        stage: The class of a program that is a signature's alone, for pipelines: over all that can be tuned
            about the signature.
        public: Another name of the class, for annotations.
    """
    scope = Scope(names, _MEMBERS | {field.name for field in signature.inputs})
    spell = {word: scope(word) for word in _USED} | {
        "tuple": scope("tuple"),
        "Final": names("Final"),
    }
    if program.tools:
        spell["Usable"] = scope("Usable")
    if program.metrics:
        spell |= {word: scope(word) for word in ("Metric", "float")}
    sig = scope.own(program.signature)
    brought = Own(signature.tunes) if brought is None else brought
    class_name = stage or f"_{identifier(program.name)}"
    wider = None
    searched = f"{sig}.Variables" if stage else scope.own(program.space)
    config = f"{searched}.Config"
    if whole is not None and whole.declared != space.declared:
        wider = plan_space(
            whole, names, "Variables", WIDTH - 4, spelled=f"{class_name}.Variables", served=served
        )
        spell |= {word: scope(word) for word in ("classmethod", "isinstance")}
        config = f"{config} | Variables.Config"
    else:
        spell["classmethod"] = scope("classmethod")
    goals, labels = plan_objectives(program.objectives, program.metrics, scope)
    providers = mapping({name: Atom(scope.own(name)) for name in chosen_providers(space)})
    params = [parameter(field, types, scope) for field in signature.inputs]
    result = f" -> {sig}.Output:"
    fixed = _fixed(brought, space, extracted, served)
    told = {v.name: v.description for v in (*brought.variables, *space.variables)}
    meant = settings(space, fixed, told, brought.inputs, names)
    giving = _Giving(signature, sig, brought.inputs, types, scope.clear)
    made = inputs(signature.inputs, f"{sig}.Input", types, scope)
    certain, output = Atom(f"{sig}.Expected"), Atom(f"{sig}.Output")
    part = f"{sig}.Expected | {sig}.Output"
    return ProgramUnit(
        name=identifier(program.name),
        public=public,
        instance=not stage,
        class_name=class_name,
        label=literal(program.name),
        signature=sig,
        space=searched,
        doc=docstring(program.description or f"The program `{program.name}`.", WIDTH - 4),
        call_doc=docstring(signature.instructions or f"Run `{program.name}`.", WIDTH - 8),
        providers=lay(providers, 4, 56),
        objectives=goals,
        metric_names=labels,
        tools=lay(tuple_of(Atom(scope.own(tool)) for tool in program.tools), 4, 43) if program.tools else "",
        metrics=plan_metrics(program.metrics),
        call_head=head("def __call__", params, result),
        acall_head=head("async def acall", params, result),
        stream_head=head("def stream", params, f" -> {spell['Generator']}[{part}]:"),
        astream_head=head("def astream", params, f" -> {spell['AsyncGenerator']}[{part}]:"),
        result=lay(call("self._call", made, output), 8, len("return ")),
        aresult=lay(call("self._acall", made, output), 8, len("return await ")),
        parts=lay(call("self._stream", made, certain, output), 8, len("return ")),
        aparts=lay(call("self._astream", made, certain, output), 8, len("return ")),
        config=config,
        wider=wider,
        searched="Variables" if wider else searched,
        settings=lay(meant, 8, len("return ")),
        wider_settings=lay(settings(whole, {}, told, brought.inputs, names), 12, len("return "))
        if wider and whole
        else "",
        given=giving.by(space, 8),
        wider_given=giving.by(whole, 12) if wider and whole else "",
        spell=spell,
    )


def plan_metrics(metrics: Iterable[Metric]) -> tuple[MetricUnit, ...]:
    """Return the methods that score answers."""
    return tuple(
        MetricUnit(
            f"metric_{identifier(metric.name)}",
            dotted(metric.python.module),
            *function_of(metric.python, "metric"),
            docstring(metric.description or f"Score an answer: `{metric.name}`.", WIDTH - 8),
        )
        for metric in metrics
    )


def plan_objectives(
    objectives: Iterable[Objective], metrics: Iterable[Metric], scope: Scope
) -> tuple[str, str]:
    """Return what a program is judged by, and the names of its metrics, as tuples."""
    goals = tuple_of(_objective(objective, scope("Objective")) for objective in objectives)
    labels = tuple_of(Text(metric.name) for metric in metrics)
    return lay(goals, 4, 50), lay(labels, 4, 42)


def _objective(objective: Objective, class_name: str) -> Expression:
    weight = Atom(literal(float(objective.weight)))
    return call(class_name, Text(objective.name), Text(objective.direction), weight)


def chosen_providers(space: Space) -> tuple[str, ...]:
    """Return the names of the providers that a configuration can choose, in the order of their options."""
    found: dict[str, None] = {}
    for variable in space.variables:
        if variable.kind != "provider":
            continue
        for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
            if isinstance(domain, OptionsDomain):
                found |= {str(option): None for option in domain.options}
    return tuple(found)


def _fixed(
    brought: Own, space: Space, extracted: Space | None, served: Mapping[str, Provider] | None
) -> dict[str, Scalar]:
    """Return the defaults of what the signature brings and the program's space leaves out."""
    if extracted is None:
        return {}
    defaults = default_configuration(extracted, served)
    names = {*space.declared, *brought.inputs}
    return {
        one.name: defaults[one.name]
        for one in brought.variables
        if one.name not in names and one.name in defaults
    }


@dataclass(frozen=True, slots=True)
class _Giving:
    """Writes how a configuration says what inputs are that stand at their defaults."""

    signature: Signature
    written: str
    inputs: frozenset[str]
    types: Types
    scope: Scope

    def by(self, space: Space, indent: int) -> str:
        """Return the inputs, over a configuration of a space; empty where none of them varies in it."""
        variables = {variable.name: variable for variable in space.variables if variable.name in self.inputs}
        if not variables:
            return ""
        values: dict[str, Expression] = {}
        for field in self.signature.inputs:
            own = f"inputs.{identifier(field.name)}"
            values[identifier(field.name)] = Atom(own)
            if field.name in variables and not isinstance(field.default, Missing):
                usual = lay(expression(field.default, field.type, self.types, self.scope), 0, -1000)
                chosen = f"config.{identifier(field.name)}"
                absent = f" or {chosen} is None" if variables[field.name].active is not None else ""
                if isinstance(field.type, EnumType):
                    chosen = f"{self.scope.own(field.type.name)}({chosen})"
                values[identifier(field.name)] = Atom(f"{own} if {own} != {usual}{absent} else {chosen}")
        return lay(call(f"{self.written}.Input", keywords=values), indent, len("return "))
