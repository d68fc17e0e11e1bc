"""Enums, schemas and signatures.

Types are read for the whole file before any value is, because a default may be a record of a schema that
comes later.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label
from mlsig_compiler.resolve import expressions, types, values, variables
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.source import Span


def enum(node: syntax.Enum, scope: Scope) -> model.Enum:
    """Return an enum."""
    first: dict[str, Span] = {}
    members: list[model.Member] = []
    for member in node.members:
        name = member.name
        if name.text in first:
            scope.twice(name, first[name.text], f"member `{name.text}`")
            continue
        first[name.text] = name.span
        members.append(model.Member(name.text, text(member.description), name.span))
    return model.Enum(node.head.name.text, tuple(members), text(node.head.description), node.head.name.span)


def text(node: syntax.Text | None) -> str:
    """Return a description, empty when there is none."""
    return node.text if node else ""


def fields(nodes: list[syntax.Field], scope: Scope) -> list[tuple[syntax.Field, model.Field]]:
    """Return the fields with their types, and `REQUIRED` or null in the place of each default."""
    first: dict[str, syntax.Field] = {}
    found: list[tuple[syntax.Field, model.Field]] = []
    for node in nodes:
        type_ = types.read(node.type, scope)
        earlier = first.setdefault(node.name.text, node)
        if earlier is not node:
            help = ""
            if earlier.role != node.role:
                help = "inputs and outputs share their names, because an example gives both"
            scope.twice(node.name, earlier.name.span, f"field `{node.name.text}`", help)
            continue
        field = model.Field(
            name=node.name.text,
            type=type_,
            default=model.REQUIRED if node.default is None else None,
            description=text(node.description),
            span=node.name.span,
        )
        found.append((node, field))
    return found


def with_defaults(pairs: list[tuple[syntax.Field, model.Field]], scope: Scope) -> tuple[model.Field, ...]:
    """Return the fields with their defaults read, each checked against its type."""
    found: list[model.Field] = []
    for node, field in pairs:
        made = field
        if node.default is not None:
            try:
                default = values.read(node.default, field.type, scope)
            except Skip:
                default = None
            made = model.Field(
                name=field.name,
                type=field.type,
                default=default,
                description=field.description,
                span=field.span,
            )
        scope.origins.put(made, node)
        found.append(made)
    return tuple(found)


def signature(
    node: syntax.Signature, pairs: list[tuple[syntax.Field, model.Field]], scope: Scope
) -> model.Signature:
    """Return a signature, its types having been read already."""
    names = expressions.Names()
    names.open = node.broken or node.head.broken
    for member in node.members:
        if isinstance(member, syntax.Check):
            scope.unsupported("`check`", member.span)
    filled = with_defaults(pairs, scope)
    roles = [origin.role for origin, _ in pairs]
    inputs = tuple(field for role, field in zip(roles, filled, strict=True) if role == "input")
    outputs = tuple(field for role, field in zip(roles, filled, strict=True) if role == "output")
    tunes = [member for member in node.members if isinstance(member, syntax.Variable)]
    _apart(tunes, filled, scope)
    examples: list[model.ExampleRow] = []
    for member in node.members:
        if isinstance(member, syntax.Example):
            try:
                examples.append(_example(member, node, inputs, outputs, scope))
            except Skip:
                continue
    name = node.head.name.text
    return model.Signature(
        name=name,
        inputs=inputs,
        outputs=outputs,
        instructions=text(node.instructions) or derived_instructions(inputs, outputs),
        tunes=variables.read(tunes, names, scope),
        examples=tuple(examples),
        description=text(node.head.description),
        span=node.head.name.span,
    )


def derived_instructions(inputs: tuple[model.Field, ...], outputs: tuple[model.Field, ...]) -> str:
    """Return instructions for a signature that has none."""
    given = ", ".join(f"`{field.name}`" for field in inputs)
    wanted = ", ".join(f"`{field.name}`" for field in outputs)
    return f"Given the fields {given}, produce the fields {wanted}."


def _apart(tunes: list[syntax.Variable], fields: tuple[model.Field, ...], scope: Scope) -> None:
    """Refuse a variable that has the name of a field: a prompt shows both by name."""
    known = {field.name: field.span for field in fields}
    for tune in tunes:
        if tune.name.text in known:
            labels = (Label(known[tune.name.text], "the field is declared here"),)
            scope.report(
                "MLS0310", tune.name.span, f"`{tune.name.text}` is already the name of a field", labels=labels
            )


def _example(
    member: syntax.Example,
    node: syntax.Signature,
    inputs: tuple[model.Field, ...],
    outputs: tuple[model.Field, ...],
    scope: Scope,
) -> model.ExampleRow:
    """Split an example into inputs, which it must give, and outputs, of which it may give any."""
    first: dict[str, Span] = {}
    known = {field.name: field for field in (*inputs, *outputs)}
    sides: dict[str, dict[str, model.Value]] = {"input": {}, "output": {}}
    failed = False
    input_names = {field.name for field in inputs}
    for entry in member.row.entries:
        name = entry.key.text
        if name in first:
            scope.twice(entry.key, first[name], f"key `{name}`")
            failed = True
            continue
        first[name] = entry.key.span
        if name not in known:
            failed = True
            if not node.broken and not node.head.broken:
                values.unknown_field(entry.key, known, f"signature `{node.head.name.text}`", scope)
            continue
        try:
            value = values.read(entry.value, known[name].type, scope)
        except Skip:
            failed = True
            continue
        sides["input" if name in input_names else "output"][name] = value
    missing = [
        field.name for field in inputs if field.name not in first and isinstance(field.default, model.Missing)
    ]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        scope.report(
            "MLS0413", member.word, f"this example gives no {names}", help="an example gives every input"
        )
    if failed or missing:
        raise Skip
    row = model.ExampleRow(inputs=sides["input"], outputs=sides["output"], span=member.word)
    scope.origins.put(row, member)
    return row
