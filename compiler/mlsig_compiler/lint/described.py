"""MLS0703: an input or output that nothing describes, and a tool without a description.

Models and optimisers read descriptions. A field is described by its own, by the instructions where they
mention it, and by its type where that is an enum or schema with descriptions; one with a default may be left
out by everybody.
"""

from __future__ import annotations

import re

from mlsig_compiler import model, syntax
from mlsig_compiler.lint.run import Home, Run, Subject
from mlsig_compiler.lint.types import parts
from mlsig_compiler.source import Span


def undescribed(subject: Subject, run: Run) -> None:
    """Report what a model would have to guess from a name alone."""
    for node in subject.module.declarations:
        if isinstance(node, model.Tool) and not node.description:
            help = "say what it does, in a string after it: models choose tools by their descriptions"
            subject.report(
                "MLS0703", _name(subject, node.name), f"tool `{node.name}` has no description", help=help
            )
        if isinstance(node, model.Signature):
            mentioned = {word.lower() for word in re.findall(r"\w+", _instructions(node, subject))}
            for role, fields in (("input", node.inputs), ("output", node.outputs)):
                for field in fields:
                    if not _described(field, mentioned, run):
                        subject.report(
                            "MLS0703",
                            field.span,
                            f"nothing says what the {role} `{field.name}` is",
                            help="describe it in a string after it: the prompt shows the description",
                        )


def _name(subject: Subject, name: str) -> Span:
    return subject.nodes[name].head.name.span


def _instructions(node: model.Signature, subject: Subject) -> str:
    """Return the instructions that somebody wrote; those made of names say nothing."""
    written = subject.nodes[node.name]
    own = isinstance(written, syntax.Signature) and written.instructions is not None
    return node.instructions if own or node.extends is not None else ""


def _described(field: model.Field, mentioned: set[str], run: Run) -> bool:
    words = field.name.lower().split("_")
    if field.description or not isinstance(field.default, model.Missing):
        return True
    if field.name.lower() in mentioned or all(word in mentioned or f"{word}s" in mentioned for word in words):
        return True
    return any(_tells(part, run) for part in parts(field.type))


def _tells(type_: model.Type, run: Run) -> bool:
    if not isinstance(type_, model.EnumType | model.SchemaType):
        return False
    node = run.declarations.get(Home(type_.module, type_.name))
    if isinstance(node, model.Enum):
        return bool(node.description) or any(member.description for member in node.members)
    if isinstance(node, model.Schema):
        return bool(node.description) or all(field.description for field in node.fields)
    return False
