"""The text of an overlay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.signatures import Example

from mlsig_compiler import syntax
from mlsig_compiler.drafting.printing import comment
from mlsig_compiler.exporting import restated
from mlsig_compiler.exporting.original import CannotExportError, Original, Part, imports
from mlsig_compiler.exporting.steps import Steps
from mlsig_compiler.imports import Parsed


@dataclass(frozen=True, slots=True)
class Overlay:
    """The text of a file, and what a reader should know of it."""

    text: str
    notes: tuple[str, ...] = ()


def overlay(
    files: Mapping[str, Parsed], module: str, program: Program, candidate: Candidate, run: str
) -> Overlay:
    """Return the overlay of one program or pipeline.

    Args:
        files: The module of the program, and those that it imports.
        module: Its name.
        program: The program, as the generated module has it.
        candidate: What was chosen for it.
        run: The name of the run.

    Raises:
        CannotExportError: The file does not declare it, or what it uses cannot be said anew.
    """
    root = Original(files, module)
    node = root.declared.get(program.name)
    demos: Sequence[Example[Any, Any]] = candidate.demos
    if isinstance(node, syntax.Pipeline):
        steps = Steps(root, program.with_candidate(candidate))
        parts, own, demos = steps.declared(node), steps.own, steps.demos
    elif isinstance(node, syntax.Program):
        parts, own = _program(root, node, program, candidate)
    else:
        raise CannotExportError(f"{program.name} is not declared in {module}")
    head = _heading(run, module) + imports(root, parts, own)
    whole = [part.text for part in parts if part.whole]
    return Overlay("\n".join([head, *whole]), _notes(demos))


def _program(
    root: Original, node: syntax.Program, program: Program, candidate: Candidate
) -> tuple[list[Part], set[str]]:
    """Return the declarations that say a program anew, and their names."""
    said = {one.name.text: one for one in node.members if isinstance(one, syntax.Setting)}
    words = restated.Words(program, candidate)
    chosen = f"{program.space.name}Chosen"
    space = restated.space(chosen, root.text(said["space"].value), program, candidate, words)
    line = restated.line_of(root, root.text(said["signature"].value))
    name = program.signature.__name__
    signature = restated.signature(name, line, candidate.demos, words)
    body = [f"  signature: {name}", f"  space: {chosen}"]
    body += [f"  {root.text(one)}" for one in node.members if one not in (said["signature"], said["space"])]
    declared = f"program {node.head.name.text} {{\n" + "\n".join(body) + "\n}\n"
    parts = [*signature, Part(space, root), Part(declared, root)]
    return parts, {name, chosen, node.head.name.text}


def _heading(run: str, module: str) -> str:
    said = (
        f"What the run {run} chose for {module}, written by `mlsig export`. Review it before you use it: "
        "rules and examples come from a model and from data."
    )
    return "".join(f"{line}\n" for line in comment(said)) + "\n"


def _notes(demos: Sequence[Example[Any, Any]]) -> tuple[str, ...]:
    reasoned = sum(bool(demo.reasoning) for demo in demos)
    if not reasoned:
        return ()
    return (
        f"{reasoned} of {len(demos)} examples were shown with reasoning, and the language has no words for "
        "that: it is left out, and where the model reasons first the prompt differs by it from that of "
        "`mlsig.load`",
    )
