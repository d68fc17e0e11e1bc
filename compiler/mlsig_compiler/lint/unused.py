"""MLS0702: a declaration that nothing uses.

Everything that a file declares can be imported, and used from Python, so only what is surely idle is
reported: an alias or a fragment (they are there for other files), and, where the file has a program or a
pipeline and so is a whole, a schema, an enum or a tool. Nothing is, unless every file of the run is right.
"""

from __future__ import annotations

from typing import Final

from mlsig_compiler import model
from mlsig_compiler.lint.run import Home, Run, Subject

ALWAYS: Final = {model.Alias: "type", model.Fragment: "variable"}
IN_WHOLES: Final = {model.Schema: "schema", model.Enum: "enum", model.Tool: "tool"}


def unused(subject: Subject, run: Run) -> None:
    """Report declarations that no other one mentions."""
    if not run.whole:
        return
    nodes = subject.module.declarations
    kinds: dict[type, str] = dict(ALWAYS)
    if any(isinstance(node, model.Program | model.Pipeline) for node in nodes):
        kinds |= IN_WHOLES
    for node in nodes:
        kind = kinds.get(type(node))
        if kind is not None and Home(subject.module.name, node.name) not in run.used:
            span = subject.nodes[node.name].head.name.span
            subject.report(
                "MLS0702", span, f"nothing uses the {kind} `{node.name}`", help="use it, or delete it"
            )
