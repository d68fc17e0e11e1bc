"""The text of an overlay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mlsig.adapters.describing import hanging
from mlsig.adapters.wording import Wording
from mlsig.errors import MlsigError
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.signatures import Example

from mlsig_compiler import syntax
from mlsig_compiler.drafting.printing import comment, string
from mlsig_compiler.exporting import spelling
from mlsig_compiler.imports import Parsed

INSTRUCTIONS: Final = "instructions"
_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*')


class CannotExportError(MlsigError):
    """What a run chose cannot be said in a `.mlsig` file."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """The text of a file, and what a reader should know of it."""

    text: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Original:
    """The file of a program: its text, its declarations by name, and what it imports by local name."""

    parsed: Parsed
    declared: dict[str, Any] = field(default_factory=dict[str, Any])
    imported: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def __post_init__(self) -> None:
        self.declared = {node.head.name.text: node for node in self.parsed.file.declarations}
        for node in self.parsed.file.imports:
            module = ".".join(node.module.path)
            for one in node.names:
                self.imported[(one.alias or one.name).text] = (module, one.name.text)

    def slice(self, node: Any) -> str:
        """Return the text of a node."""
        return self.parsed.source.text[node.span.start : node.span.end]


def overlay(
    files: Mapping[str, Parsed], module: str, program: Program, candidate: Candidate, run: str
) -> Overlay:
    """Return the overlay of one program.

    Args:
        files: The module of the program, and those that it imports.
        module: Its name.
        program: The program, as the generated module has it.
        candidate: What was chosen for it.
        run: The name of the run.

    Raises:
        CannotExportError: It is a pipeline, or the file does not declare it.
    """
    original = _Original(files[module])
    node = original.declared.get(program.name)
    if program.leaves() or not isinstance(node, syntax.Program):
        raise CannotExportError(
            f"{program.name} is {'a pipeline' if program.leaves() else 'not declared in ' + module}: only "
            "programs can be exported; `mlsig.load` runs it as was chosen"
        )
    said = {one.name.text: one for one in node.members if isinstance(one, syntax.Setting)}
    words = _Words(program, candidate)
    space = _space(original.slice(said["space"].value), program, candidate, words)
    signature, notes = _signature(original, files, original.slice(said["signature"].value), candidate, words)
    name = program.signature.__name__
    body = [f"  signature: {name}", f"  space: {_chosen(program)}"]
    body += [
        f"  {original.slice(one)}" for one in node.members if one not in (said["signature"], said["space"])
    ]
    declared = f"program {node.head.name.text} {{\n" + "\n".join(body) + "\n}\n"
    parts = [*signature, space, declared]
    own = {name, _chosen(program), program.name}
    head = _heading(run, module) + _imports(original, files, module, "\n".join(parts), own)
    return Overlay("\n".join([head, *parts]), tuple(notes))


def _chosen(program: Program) -> str:
    return f"{program.space.name}Chosen"


def _heading(run: str, module: str) -> str:
    said = (
        f"What the run {run} chose for {module}, written by `mlsig export`. Review it before you use it: "
        "rules and examples come from a model and from data."
    )
    return "".join(f"{line}\n" for line in comment(said)) + "\n"


def _imports(
    original: _Original, files: Mapping[str, Parsed], module: str, text: str, own: Iterable[str]
) -> str:
    """Return the imports of all that a text names, and of the providers that the original sees."""
    used = {word for word in _WORD.findall(text) if not word.startswith('"')}
    taken: dict[str, set[str]] = {}
    for name, node in original.declared.items():
        if name not in set(own) and (name in used or isinstance(node, syntax.Provider)):
            taken.setdefault(module, set()).add(name)
    for local, (home, name) in original.imported.items():
        if local in used or _is_provider(files, home, name):
            taken.setdefault(home, set()).add(name if local == name else f"{name} as {local}")
    return "".join(
        f"from {home} import {', '.join(sorted(names))}\n" for home, names in sorted(taken.items())
    )


def _is_provider(files: Mapping[str, Parsed], home: str, name: str) -> bool:
    if home == "std.providers":
        return True
    found = files.get(home)
    nodes = found.file.declarations if found is not None else ()
    return any(isinstance(node, syntax.Provider) and node.head.name.text == name for node in nodes)


class _Words:
    """The instructions that a candidate comes to; rules stand in them, as the language has none."""

    def __init__(self, program: Program, candidate: Candidate) -> None:
        settings = program.settings(candidate.config)
        reworded = getattr(candidate, "instructions", "")
        plain = settings.instructions or program.signature.instructions
        words = Wording.NOTHING.words(settings.adapter if settings.adapter in _LAYOUTS else "Chat")
        rules = "\n".join(words.say("rule", rule=hanging(rule)) for rule in candidate.rules)
        self.text = "\n\n".join(part for part in (reworded or plain, rules) if part)
        self.chosen = hasattr(candidate.config, INSTRUCTIONS)
        self.changed = self.text != plain
        self.descriptions: Mapping[str, str] = getattr(candidate, "descriptions", {})


_LAYOUTS: Final = frozenset({"Chat", "JSON", "Markdown", "XML"})


def _space(base: str, program: Program, candidate: Candidate, words: _Words) -> str:
    """Return the space: what was chosen is the default."""
    config = candidate.config
    values = {name: getattr(config, name) for name in config.__struct_fields__}
    values |= config.to_dict()
    known = {variable.name for variable in program.space.variables}
    lines: list[str] = []
    for variable in program.variables().variables if values.keys() - known else program.space.variables:
        chosen = config.to_dict().get(variable.name)
        if variable.name not in config.to_dict() or not variable.exists(values):
            continue
        branch = variable.branch(values)
        instructed = variable.name == INSTRUCTIONS and words.changed
        if variable.name in known and chosen == (branch or variable).default and not instructed:
            continue
        word = "override var" if variable.name in known else "var"
        if instructed:
            lines.append(f"  {word} {variable.name}: choice({string(words.text)})")
            continue
        lines.append(f"  {spelling.variable(variable, chosen, branch, word)}")
    return f"space {_chosen(program)} extends {base} {{\n" + "".join(f"{line}\n" for line in lines) + "}\n"


def _signature(
    original: _Original, files: Mapping[str, Parsed], name: str, candidate: Candidate, words: _Words
) -> tuple[list[str], list[str]]:
    """Return the signature, said anew, and what could not be said."""
    lines: list[str] = []
    for home, node in _line_of(original, files, name):
        for member in node.members:
            if isinstance(member, syntax.Example):
                continue
            lines += [f"  {home.slice(annotation)}" for annotation in member.annotations]
            text = _field(home, member, words) if isinstance(member, syntax.Field) else home.slice(member)
            lines.append(f"  {text}")
    home, node = _line_of(original, files, name)[-1]
    head = f" {home.slice(node.head.description)}" if node.head.description is not None else ""
    own = words.text if not words.chosen else _own(original, files, name)
    said = f"  {string(own)}\n" if own else ""
    examples = [f"  {_example(demo, candidate)}" for demo in candidate.demos]
    body = "\n".join([*lines, *examples])
    notes = (
        ["the language has no words for the reasoning of an example: it is left out"]
        if any(demo.reasoning for demo in candidate.demos)
        else []
    )
    annotations = "".join(f"{home.slice(annotation)}\n" for annotation in node.annotations)
    return [f"{annotations}signature {node.head.name.text}{head} {{\n{said}{body}\n}}\n"], notes


def _own(original: _Original, files: Mapping[str, Parsed], name: str) -> str:
    """Return the instructions that the signature has, or inherits; empty where they are derived."""
    for _, node in reversed(_line_of(original, files, name)):
        if node.instructions is not None:
            return str(node.instructions.text)
    return ""


def _line_of(original: _Original, files: Mapping[str, Parsed], name: str) -> list[tuple[_Original, Any]]:
    """Return a signature and those that it extends, the first of them first, each with its file."""
    found: list[tuple[_Original, Any]] = []
    home, wanted = original, name
    while True:
        if wanted not in home.declared and wanted in home.imported:
            module, wanted = home.imported[wanted]
            if module not in files:
                raise CannotExportError(f"the signature {wanted} is of {module}, which cannot be read")
            home = _Original(files[module])
        node = home.declared[wanted]
        found.insert(0, (home, node))
        if node.head.extends is None:
            return found
        wanted = node.head.extends.text


def _field(home: _Original, member: Any, words: _Words) -> str:
    name = member.name.text
    typed = home.slice(member.type) if member.type.span.end > member.type.span.start else "str"
    text = f"{member.role} {name}: {typed}"
    if member.default is not None:
        text += f" = {home.slice(member.default)}"
    said = words.descriptions.get(name) or (member.description.text if member.description is not None else "")
    return f"{text}  {string(said)}" if said else text


def _example(demo: Example[Any, Any], candidate: Candidate) -> str:
    del candidate
    rows: Sequence[tuple[Any, dict[str, Any]]] = (
        (demo.inputs.shape(), demo.inputs.to_dict()),
        (demo.expected.shape(), demo.expected.to_dict()),
    )
    entries: list[str] = []
    for shape, data in rows:
        kinds = {one.name: one.shape for one in shape.fields}
        entries += [f"{name}: {spelling.value(found, kinds.get(name))}" for name, found in data.items()]
    return f"example {{ {', '.join(entries)} }}"
