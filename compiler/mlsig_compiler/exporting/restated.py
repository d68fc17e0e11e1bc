"""A signature and a space, said anew with what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mlsig.adapters.describing import hanging
from mlsig.adapters.wording import Wording
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.signatures import Example

from mlsig_compiler import syntax
from mlsig_compiler.drafting.printing import string
from mlsig_compiler.exporting import spelling
from mlsig_compiler.exporting.original import Original, Part

INSTRUCTIONS: Final = "instructions"
CALLED: Final = ("provider", "model")
"""A program's space needs both."""

_LAYOUTS: Final = frozenset({"Chat", "JSON", "Markdown", "XML"})


class Words:
    """The instructions that a candidate comes to; rules stand in them, as the language has none."""

    def __init__(self, program: Program, candidate: Candidate) -> None:
        settings = program.settings(candidate.config)
        plain = settings.instructions or program.signature.instructions
        words = Wording.NOTHING.words(settings.adapter if settings.adapter in _LAYOUTS else "Chat")
        rules = "\n".join(words.say("rule", rule=hanging(rule)) for rule in candidate.rules)
        self.text = "\n\n".join(part for part in (candidate.instructions or plain, rules) if part)
        self.chosen = hasattr(candidate.config, INSTRUCTIONS)
        self.changed = self.text != plain
        self.descriptions: Mapping[str, str] = candidate.descriptions


def space(
    name: str, base: str, program: Program, candidate: Candidate, words: Words, *, step: bool = False
) -> str:
    """Return a space: what was chosen is the default.

    Args:
        name: Its name.
        base: The space that it extends; empty for none, where the program's own is a derived one.
        program: Whose space it is.
        candidate: What was chosen.
        words: The instructions that it comes to.
        step: Whether it is of a step of a pipeline, which has what its space leaves out at defaults anyway.
    """
    config = candidate.config
    data = config.to_dict()
    values = {field: getattr(config, field) for field in config.__struct_fields__} | data
    declared = {variable.name for variable in program.space.variables}
    known = declared if base else set[str]()
    lines: list[str] = []
    for variable in program.variables().variables if values.keys() - declared else program.space.variables:
        chosen = data.get(variable.name)
        if variable.name not in data or not variable.exists(values):
            continue
        branch = variable.branch(values)
        instructed = variable.name == INSTRUCTIONS and words.changed
        needed = not base and variable.name in CALLED
        plain = chosen == (branch or variable).default and (step or variable.name in declared)
        if plain and not instructed and not needed:
            continue
        word = "override var" if variable.name in known else "var"
        if instructed:
            lines.append(f"  {word} {variable.name}: choice({string(words.text)})")
            continue
        lines.append(f"  {spelling.variable(variable, chosen, branch, word)}")
    extended = f" extends {base}" if base else ""
    return f"space {name}{extended} {{\n" + "".join(f"{line}\n" for line in lines) + "}\n"


def signature(
    name: str, line: Sequence[tuple[Original, Any]], demos: Sequence[Example[Any, Any]], words: Words
) -> list[Part]:
    """Return a signature, said anew; the last part is the whole, those before say whose names it uses."""
    lines: list[str] = []
    parts: list[Part] = []
    for home, node in line:
        mine: list[str] = []
        for member in node.members:
            if isinstance(member, syntax.Example):
                continue
            mine += [f"  {home.text(annotation)}" for annotation in member.annotations]
            mine.append(
                f"  {_field(home, member, words) if isinstance(member, syntax.Field) else home.text(member)}"
            )
        parts.append(Part("\n".join(mine), home, whole=False))
        lines += mine
    home, node = line[-1]
    head = f" {home.text(node.head.description)}" if node.head.description is not None else ""
    own = words.text if not words.chosen else _own(line)
    said = f"  {string(own)}\n" if own else ""
    body = "\n".join([*lines, *(f"  {_example(demo)}" for demo in demos)])
    annotations = "".join(f"{home.text(annotation)}\n" for annotation in node.annotations)
    text = f"{annotations}signature {name}{head} {{\n{said}{body}\n}}\n"
    return [*parts, Part(text, home)]


def line_of(home: Original, name: str) -> list[tuple[Original, Any]]:
    """Return a signature and those that it extends, the first of them first, each with its file."""
    where, node = home.found(name)
    if node.head.extends is None:
        return [(where, node)]
    return [*line_of(where, node.head.extends.text), (where, node)]


def _own(line: Sequence[tuple[Original, Any]]) -> str:
    """Return the instructions that the signature has, or inherits; empty where they are derived."""
    for _, node in reversed(line):
        if node.instructions is not None:
            return str(node.instructions.text)
    return ""


def _field(home: Original, member: Any, words: Words) -> str:
    name = member.name.text
    typed = home.text(member.type) if member.type.span.end > member.type.span.start else "str"
    text = f"{member.role} {name}: {typed}"
    if member.default is not None:
        text += f" = {home.text(member.default)}"
    said = words.descriptions.get(name) or (member.description.text if member.description is not None else "")
    return f"{text}  {string(said)}" if said else text


def _example(demo: Example[Any, Any]) -> str:
    rows: Sequence[tuple[Any, dict[str, Any]]] = (
        (demo.inputs.shape(), demo.inputs.to_dict()),
        (demo.expected.shape(), demo.expected.to_dict()),
    )
    entries: list[str] = []
    for shape, data in rows:
        kinds = {one.name: one.shape for one in shape.fields}
        entries += [f"{name}: {spelling.value(found, kinds.get(name))}" for name, found in data.items()]
    return f"example {{ {', '.join(entries)} }}"
