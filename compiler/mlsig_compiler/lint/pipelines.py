"""MLS0709: a step or a parameter of a pipeline that nothing after it uses."""

from __future__ import annotations

from mlsig_compiler import syntax
from mlsig_compiler.lint.run import Run, Subject
from mlsig_compiler.lint.words import words


def unused(subject: Subject, run: Run) -> None:  # noqa: ARG001
    """Report parameters that no step reads, and steps that no other step reads."""
    for node in subject.file.declarations:
        if not isinstance(node, syntax.Pipeline):
            continue
        named: list[tuple[str, syntax.Name]] = [("parameter", found.name) for found in node.parameters]
        named += [("step", step.name) for step in node.members if step.name is not None]
        read = {word.text for step in node.members for word in words(step.value)}
        for what, name in named:
            if name.text not in read:
                message = f"nothing in pipeline `{node.head.name.text}` uses the {what} `{name.text}`"
                subject.report("MLS0709", name.span, message, help="use it, or delete it")
