"""What of a module depends on what, as boxes and arrows.

types(module)        records and enums, by the fields that hold one another
flow(pipeline)       the steps of a pipeline, by what they read
conditions(space)    the variables of a space, by what their conditions read
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.drafting.printing import type_text
from mlsig_compiler.nodes import nodes

MOST_LINES: Final = 12  # in a box
LONGEST: Final = 48  # characters in a line of a box


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its title, and lines that say more.

    Attributes:
        key: Its name among the boxes of a graph.
        title: What stands first.
        lines: What stands below.
        given: Whether it comes from outside: an input, a declaration of another file.
    """

    key: str
    title: str
    lines: tuple[str, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge, from what is needed to what needs it, or from a whole to its part."""

    start: str
    end: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes in their order, and arrows between them."""

    name: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def types(module: model.Module) -> Graph:
    """Return the types that a module declares, and those of other files that they are made of."""
    boxes: dict[str, Box] = {}
    arrows: list[Arrow] = []
    for node in module.declarations:
        fields = _fields(node)
        if isinstance(node, model.Enum):
            lines = _short(member.name for member in node.members)
            boxes[node.name] = Box(node.name, f"enum {node.name}", lines)
        elif fields is not None:
            lines = _short(f"{name}: {type_text(type_)}" for name, type_ in fields)
            boxes[node.name] = Box(node.name, f"{type(node).__name__.lower()} {node.name}", lines)
            for name, type_ in fields:
                arrows += [Arrow(node.name, part, name) for part in _named(type_)]
    for arrow in arrows:
        boxes.setdefault(arrow.end, Box(arrow.end, arrow.end, given=True))
    return Graph(module.name, tuple(boxes.values()), tuple(dict.fromkeys(arrows)))


def flow(pipeline: model.Pipeline) -> Graph:
    """Return the steps of a pipeline, each after what it reads."""
    boxes = [
        Box(field.name, field.name, _short([type_text(field.type)]), given=True)
        for field in pipeline.parameters
    ]
    arrows: list[Arrow] = []
    for step in pipeline.steps:
        key = step.name or "return"
        boxes.append(Box(key, key, _short(_step(step))))
        arrows += [Arrow(name, key) for name in step.depends]
    return Graph(pipeline.name, tuple(boxes), tuple(dict.fromkeys(arrows)))


def conditions(space: model.Space) -> Graph:
    """Return the variables of a space, each after those that decide whether and where it varies."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    for variable in space.variables:
        lines = [
            variable.kind,
            *(branch.text for branch in variable.branches if branch.condition is not None),
        ]
        boxes.append(Box(variable.name, variable.name, _short(lines)))
        arrows += [Arrow(name, variable.name) for name in variable.depends]
    for composite in space.composites:
        boxes.append(Box(composite.name, composite.name, ("computed",)))
        arrows += [Arrow(name, composite.name) for name in composite.depends]
    for rule in space.constraints:
        boxes.append(Box(rule.name, rule.name, _short(["constraint", rule.text])))
        read = [node.name for node in nodes(rule.condition) if isinstance(node, model.VariableRef)]
        arrows += [Arrow(name, rule.name) for name in dict.fromkeys(read)]
    known = {box.key for box in boxes}
    return Graph(space.name, tuple(boxes), tuple(arrow for arrow in arrows if arrow.start in known))


def _fields(node: model.Declaration) -> list[tuple[str, model.Type]] | None:
    match node:
        case model.Schema(fields=fields):
            return [(field.name, field.type) for field in fields]
        case model.Signature(inputs=inputs, outputs=outputs):
            return [(field.name, field.type) for field in (*inputs, *outputs)]
        case model.Resource(attributes=attributes):
            return [(each.field.name, each.field.type) for each in attributes]
        case _:
            return None


def _named(type_: model.Type) -> Iterator[str]:
    for node in nodes(type_):
        if isinstance(node, model.SchemaType | model.EnumType | model.OutputType | model.ResourceType):
            yield node.name


def _step(step: model.Step) -> Iterator[str]:
    yield step.callee or "computed"
    if step.mapped is not None:
        yield f"for each {step.mapped.variable}"
    if step.retry:
        yield f"retry {step.retry}"
    if step.timeout is not None:
        yield f"timeout {step.timeout:g} s"
    if step.on_error == "continue":
        yield "may fail"


def _short(lines: Iterable[str]) -> tuple[str, ...]:
    every = [line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…" for line in lines]
    left = len(every) - MOST_LINES
    return tuple(every) if left <= 0 else (*every[:MOST_LINES], f"… {left} more")
