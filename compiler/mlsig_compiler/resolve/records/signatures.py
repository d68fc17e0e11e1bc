"""Signatures: inputs, outputs, checks, variables and examples, those of the base first."""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.resolve import annotated, values
from mlsig_compiler.resolve.records import extending, fields, tunes
from mlsig_compiler.resolve.records.checks import Record, checks
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope, Skip
from mlsig_compiler.resolve.values import entries
from mlsig_compiler.source import Span


def signature(node: syntax.Signature, scope: Scope) -> model.Signature:
    """Return a signature, the types of its fields having been read already."""
    head = node.head
    name = head.name.text
    said = annotated.read(node.annotations, "signature", scope)
    described = text(head.description)
    base = extending.base_of(node, scope)
    if not isinstance(base, model.Signature):
        base = model.Signature(name="", inputs=(), outputs=(), instructions="", span=head.span)
    pairs = scope.pairs[name]
    own = fields.with_defaults(pairs, scope)
    roles = [origin.role for origin, _ in pairs]
    inputs = (
        *extending.here(base.inputs, node, scope),
        *(field for role, field in zip(roles, own, strict=True) if role == "input"),
    )
    outputs = (
        *extending.here(base.outputs, node, scope),
        *(field for role, field in zip(roles, own, strict=True) if role == "output"),
    )
    every = (*inputs, *outputs)
    record = Record(name, every, scope)
    nodes = [member for member in node.members if isinstance(member, syntax.Check)]
    return model.Signature(
        name=name,
        inputs=inputs,
        outputs=outputs,
        instructions=text(node.instructions)
        or _inherited(base)
        or derived_instructions(described, inputs, outputs),
        checks=(*base.checks, *checks(nodes, base.checks, record, scope)),
        tunes=tunes.read(node, every, base.tunes, scope),
        examples=(*_still_whole(base.examples, inputs), *_examples(node, inputs, outputs, scope)),
        extends=scope.bases.get(name),
        description=described,
        deprecated=said.deprecated,
        span=head.name.span,
    )


def derived_instructions(
    description: str, inputs: tuple[model.Field, ...], outputs: tuple[model.Field, ...]
) -> str:
    """Return instructions for a signature that has none: its description, what it takes and what it gives."""
    said = description.strip()
    if said:
        said = f"{said} " if said.endswith((".", "!", "?")) else f"{said}. "
    given = ", ".join(f"`{field.name}`" for field in inputs)
    wanted = ", ".join(f"`{field.name}`" for field in outputs)
    return f"{said}Given the fields {given}, produce the fields {wanted}."


def _inherited(base: model.Signature) -> str:
    """Return the instructions of the base that someone wrote; derived ones would leave fields out."""
    written = base.instructions
    return "" if written == derived_instructions(base.description, base.inputs, base.outputs) else written


def _still_whole(
    rows: tuple[model.ExampleRow, ...], inputs: tuple[model.Field, ...]
) -> tuple[model.ExampleRow, ...]:
    """Return the inherited examples that give every input, those that the base does not know too."""
    needed = {field.name for field in inputs if isinstance(field.default, model.Missing)}
    return tuple(row for row in rows if needed <= row.inputs.keys())


def _examples(
    node: syntax.Signature,
    inputs: tuple[model.Field, ...],
    outputs: tuple[model.Field, ...],
    scope: Scope,
) -> list[model.ExampleRow]:
    found: list[model.ExampleRow] = []
    for member in node.members:
        if isinstance(member, syntax.Example):
            annotated.read(member.annotations, "example", scope)
            try:
                found.append(_example(member, node, inputs, outputs, scope))
            except Skip:
                continue
    return found


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
    owner = node.head.name.text
    for entry in member.row.entries:
        name = entry.key.text
        if name in first:
            scope.twice(entry.key, first[name], f"key `{name}`")
            failed = True
            continue
        first[name] = entry.key.span
        if name not in known:
            failed = True
            if not scope.partial(owner):
                entries.unknown_key(entry.key, known.values(), f"signature `{owner}`", scope)
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
    if missing and not scope.partial(owner):
        names = ", ".join(f"`{name}`" for name in missing)
        help = "an example gives every input"
        scope.report("MLS0413", member.word, f"this example gives no {names}", help=help)
    if failed or missing:
        raise Skip
    row = model.ExampleRow(inputs=sides["input"], outputs=sides["output"], span=member.word)
    scope.origins.put(row, member)
    return row
