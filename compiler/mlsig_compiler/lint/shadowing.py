"""MLS0705: a variable, parameter or step with the name of a declaration, which it hides."""

from __future__ import annotations

from mlsig_compiler import syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.lint.words import nodes


def shadowing(subject: Subject, run: Run) -> None:  # noqa: ARG001
    """Report names that mean one thing here and another in the rest of the file."""
    outer = {name: node.head.name.span for name, node in subject.nodes.items()}
    for import_ in subject.file.imports:
        for imported in import_.names:
            local = imported.alias or imported.name
            outer.setdefault(local.text, local.span)
    for declaration in subject.file.declarations:
        for node in nodes(declaration):
            if isinstance(declaration, syntax.Fragment) and node is declaration.variable:
                continue  # its name is the declaration's own
            match node:
                case syntax.Variable(override=False):
                    what, name = "variable", node.name
                case syntax.Parameter():
                    what, name = "parameter", node.name
                case syntax.Each():
                    what, name = "variable", node.variable
                case syntax.Step() if node.name is not None:
                    what, name = "step", node.name
                case _:
                    continue
            if name.text in outer:
                subject.report(
                    "MLS0705",
                    name.span,
                    f"this {what} hides the declaration `{name.text}`",
                    labels=(Label(outer[name.text], "hidden here"),),
                    help="give one of them another name",
                )
