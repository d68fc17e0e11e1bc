"""MLS0711: a member of an enum that an attribute with transitions never comes to."""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.findings.nearest import listed
from mlsig_compiler.lint.run import Home, Run, Subject
from mlsig_compiler.resolve.resources.transitions import unreachable


def unreached(subject: Subject, run: Run) -> None:
    """Report attributes whose transitions lead to some of their values only."""
    for node in subject.module.declarations:
        if not isinstance(node, model.Resource):
            continue
        for attribute in node.attributes:
            type_ = attribute.field.type
            enum = (
                run.declarations.get(Home(type_.module, type_.name))
                if isinstance(type_, model.EnumType)
                else None
            )
            missing = unreachable(attribute, enum) if isinstance(enum, model.Enum) else []
            if missing:
                message = f"no transition of `{attribute.field.name}` leads to {listed(missing)}"
                subject.report(
                    "MLS0711",
                    attribute.field.span,
                    message,
                    help="write the transition, or delete the member",
                )
