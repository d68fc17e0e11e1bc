"""Programs as the strings of a `Program` class: typed calls, what a configuration means, and the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mlsig_compiler.configurations import default_configuration
from mlsig_compiler.literals import docstring, dotted, identifier, literal
from mlsig_compiler.model import (
    Field,
    Missing,
    Objective,
    OptionsDomain,
    Program,
    Provider,
    Scalar,
    Signature,
    Space,
)
from mlsig_compiler.plan.layout import (
    WIDTH,
    Atom,
    Expression,
    Prefixed,
    Suffixed,
    Text,
    call,
    lay,
    mapping,
    tuple_of,
)
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.types import Types, annotation
from mlsig_compiler.plan.values import expression, shareable

STANDARD: Final = (
    "provider",
    "model",
    "adapter",
    "reasoning",
    "structured",
    "temperature",
    "top_p",
    "max_tokens",
    "frequency_penalty",
    "presence_penalty",
    "instructions",
    "demos",
    "demo_layout",
)
_MEMBERS: Final = frozenset(
    {
        "name",
        "signature",
        "space",
        "providers",
        "objectives",
        "metrics",
        "settings",
        "acall",
        "candidate",
        "prompt",
    }
)
_USED: Final = (
    "ClassVar",
    "Mapping",
    "Objective",
    "Program",
    "Provider",
    "CallSettings",
    "staticmethod",
    "str",
    "type",
)


@dataclass(frozen=True, slots=True)
class MetricUnit:
    """A static method `metric_<name>` that imports the user's function when it is first called."""

    method: str
    module: str
    attribute: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramUnit:
    """A class and its one instance, for `program.py.j2`."""

    name: str
    class_name: str
    label: str
    signature: str
    space: str
    doc: str
    call_doc: str
    providers: str
    objectives: str
    metric_names: str
    metrics: tuple[MetricUnit, ...]
    call_head: str
    acall_head: str
    result: str
    aresult: str
    settings: str
    spell: dict[str, str]


def plan_program(
    program: Program,
    signature: Signature,
    space: Space,
    types: Types,
    names: Names,
    *,
    extracted: Space | None = None,
    served: Mapping[str, Provider] | None = None,
) -> ProgramUnit:
    """Return the class of a program; `extracted` is the space of its signature, over providers `served`."""
    scope = Scope(names, _MEMBERS | {field.name for field in signature.inputs})
    spell = {word: scope(word) for word in _USED} | {
        "tuple": scope("tuple"),
        "Final": names("Final"),
    }
    if program.metrics:
        spell |= {word: scope(word) for word in ("Metric", "float")}
    sig = scope.own(program.signature)
    goals = tuple_of(_objective(objective, spell["Objective"]) for objective in program.objectives)
    labels = tuple_of(Text(metric.name) for metric in program.metrics)
    providers = mapping({name: Atom(scope.own(name)) for name in _providers(space)})
    params = [_parameter(field, types, scope) for field in signature.inputs]
    result = f" -> {sig}.Output:"
    fixed = _fixed(signature, space, extracted, served)
    inputs, output = _inputs(signature, sig, types, scope), Atom(f"{sig}.Output")
    return ProgramUnit(
        name=identifier(program.name),
        class_name=f"_{identifier(program.name)}",
        label=literal(program.name),
        signature=sig,
        space=scope.own(program.space),
        doc=docstring(program.description or f"The program `{program.name}`.", WIDTH - 4),
        call_doc=docstring(signature.instructions or f"Run `{program.name}`.", WIDTH - 8),
        providers=lay(providers, 4, 56),
        objectives=lay(goals, 4, 50),
        metric_names=lay(labels, 4, 42),
        metrics=tuple(
            MetricUnit(
                method=f"metric_{identifier(metric.name)}",
                module=dotted(metric.python.module),
                attribute=identifier(metric.python.attribute),
                doc=docstring(metric.description or f"Score an answer: `{metric.name}`.", WIDTH - 8),
            )
            for metric in program.metrics
        ),
        call_head=_head("def __call__", params, result),
        acall_head=_head("async def acall", params, result),
        result=lay(call("self._call", inputs, output), 8, len("return ")),
        aresult=lay(call("self._acall", inputs, output), 8, len("return await ")),
        settings=lay(_settings(space, signature, fixed, names), 8, len("return ")),
        spell=spell,
    )


def _objective(objective: Objective, class_name: str) -> Expression:
    weight = Atom(literal(float(objective.weight)))
    return call(class_name, Text(objective.name), Text(objective.direction), weight)


def _providers(space: Space) -> tuple[str, ...]:
    """Return the names of the providers that a configuration can choose, in the order of their options."""
    found: dict[str, None] = {}
    for variable in space.variables:
        if variable.kind != "provider":
            continue
        for domain in (variable.domain, *(branch.domain for branch in variable.branches)):
            if isinstance(domain, OptionsDomain):
                found |= {str(option): None for option in domain.options}
    return tuple(found)


def _parameter(field: Field, types: Types, scope: Scope) -> Expression:
    """Return `name: type = default`; a default that callers could change is left out until the call."""
    head = f"{identifier(field.name)}: "
    kind = annotation(field.type, scope, bare=True)
    if isinstance(field.default, Missing):
        return Prefixed(head, kind)
    if not shareable(field.type, field.default):
        unset = f" | {scope('UnsetType')} = {scope('UNSET')}"
        return Prefixed(head, Suffixed(kind, unset))
    made = lay(expression(field.default, field.type, types, scope), 8)
    return Prefixed(head, Suffixed(kind, f" = {made}"))


def _head(start: str, params: list[Expression], result: str) -> str:
    line = f"{start}(self, *, {', '.join(lay(param, 0, -1000) for param in params)}){result}"
    if not params:
        return f"{start}(self){result}"
    if len(line) <= WIDTH - 4 and "\n" not in line:
        return line
    inner = " " * 8
    lines = [f"{inner}{lay(param, 8, 0, 1)}," for param in params]
    return "\n".join([f"{start}(", f"{inner}self,", f"{inner}*,", *lines, f"    ){result}"])


def _inputs(signature: Signature, sig: str, types: Types, scope: Scope) -> Expression:
    given: dict[str, Expression] = {}
    for field in signature.inputs:
        if isinstance(field.default, Missing) or shareable(field.type, field.default):
            given[field.name] = Atom(field.name)
            continue
        made = lay(expression(field.default, field.type, types, scope), 0, -1000)
        test = f"{scope('isinstance')}({field.name}, {scope('UnsetType')})"
        given[field.name] = Atom(f"{made} if {test} else {field.name}")
    return call(f"{sig}.Input", keywords=given)


def _fixed(
    signature: Signature, space: Space, extracted: Space | None, served: Mapping[str, Provider] | None
) -> dict[str, Scalar]:
    """Return the defaults of the `tune` members that the program's space leaves out."""
    if extracted is None:
        return {}
    defaults = default_configuration(extracted, served)
    return {tune.name: defaults[tune.name] for tune in signature.tunes if tune.name not in space.declared}


def _settings(space: Space, signature: Signature, fixed: dict[str, Scalar], names: Names) -> Expression:
    """Return what a configuration means: standard variables by name, all others as knobs."""
    values: dict[str, Expression] = {name: Atom(f"config.{identifier(name)}") for name in space.declared}
    values |= {name: Atom(literal(value)) for name, value in fixed.items()}
    described = {variable.name: variable.description for variable in (*signature.tunes, *space.variables)}
    keywords: dict[str, Expression] = {name: values[name] for name in STANDARD if name in values}
    knobs = [
        call(names("Knob"), Text(name), value, *((Text(described[name]),) if described[name] else ()))
        for name, value in values.items()
        if name not in STANDARD
    ]
    if knobs:
        keywords["knobs"] = tuple_of(knobs)
    return call(names("CallSettings"), keywords=keywords)
