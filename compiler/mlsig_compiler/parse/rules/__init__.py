"""The syntax tree, built inside the parse.

The machine calls one method of `Builder` for each rule of the grammar as soon as the rule is complete, with
the nodes of its parts (None for an optional part that is absent). Tokens and nodes all have a span, so that
of a rule runs from its first part to its last.
"""

# ruff: noqa: D102  (the rules of the grammar say what each method builds)

from __future__ import annotations

from typing import Any

from mlsig_compiler import syntax
from mlsig_compiler.parse.rules.members import Members
from mlsig_compiler.parse.rules.parts import Parts, body, extent, present
from mlsig_compiler.source import Span


class Builder(Members):
    """One method a rule; those of declarations are here."""

    def file(self, parts: Parts) -> syntax.File:
        imports: list[syntax.Import] = []
        declarations: list[syntax.Declaration] = []
        for read in self.annotated(parts):
            if isinstance(read, syntax.Import):
                imports.append(read)
            else:
                declarations.append(read)
        return syntax.File(tuple(imports), tuple(declarations))

    def import_(self, parts: Parts) -> syntax.Import:
        return syntax.Import(parts[1], tuple(parts[3:]), extent(parts))

    def imported(self, parts: Parts) -> syntax.Imported:
        return syntax.Imported(parts[0], parts[2], extent(parts))

    def head(self, parts: Parts) -> syntax.Head:
        return syntax.Head(parts[1], None, parts[2], extent(parts))

    enum_head = provider_head = program_head = resource_head = head

    def extending_head(self, parts: Parts) -> syntax.Head:
        return syntax.Head(parts[1], parts[2], parts[3], extent(parts))

    schema_head = signature_head = space_head = extending_head

    def extends(self, parts: Parts) -> syntax.Name:
        name: syntax.Name = parts[1]
        return name

    def pipeline_head(self, parts: Parts) -> syntax.PipelineHead:
        _, name, *parameters, returns, text = parts
        head = syntax.Head(name, None, text, extent(parts))
        return syntax.PipelineHead(head, present(parameters), returns)

    def enum(self, parts: Parts) -> syntax.Enum:
        return syntax.Enum(parts[0], self.annotated(parts[2:-1]), body(parts))

    def alias(self, parts: Parts) -> syntax.Alias:
        _, name, type_, text = parts
        span = extent(parts)
        return syntax.Alias(syntax.Head(name, None, text, span), type_, span)

    def schema(self, parts: Parts) -> syntax.Schema:
        return syntax.Schema(parts[0], self.annotated(parts[2:-1]), body(parts))

    def signature(self, parts: Parts) -> syntax.Signature:
        return syntax.Signature(parts[0], parts[2], self.annotated(parts[3:-1]), body(parts))

    def signature_string(self, parts: Parts) -> syntax.Signature:
        _, name, string, text = parts
        span = extent(parts)
        return syntax.Signature(syntax.Head(name, None, text, span), None, (), span, string)

    def signature_fields(self, parts: Parts) -> tuple[syntax.Field, ...]:
        inputs, outputs = parts
        sides: tuple[tuple[Any, Parts], ...] = (("input", inputs), ("output", outputs))
        return tuple(
            syntax.Field(
                role,
                name,
                type_ or implied(name),
                None,
                None,
                Span(name.span.start, (type_ or name).span.end),
            )
            for role, side in sides
            for name, type_ in side
        )

    def string_inputs(self, parts: Parts) -> Parts:
        return [part for part in parts if part is not None]

    string_outputs = string_inputs

    def string_field(self, parts: Parts) -> tuple[syntax.Name, syntax.Type | None]:
        return parts[0], parts[1]

    def space(self, parts: Parts) -> syntax.Space:
        return syntax.Space(parts[0], self.annotated(parts[2:-1]), body(parts))

    def fragment(self, parts: Parts) -> syntax.Fragment:
        made = self.var(parts)
        head = syntax.Head(made.name, None, made.description, made.span)
        return syntax.Fragment(head, made, made.span)

    def provider(self, parts: Parts) -> syntax.Provider:
        return syntax.Provider(parts[0], self.annotated(parts[2:-1]), body(parts))

    def tool(self, parts: Parts) -> syntax.Tool:
        _, name, *parameters, returns, value, text = parts
        span = extent(parts)
        return syntax.Tool(syntax.Head(name, None, text, span), present(parameters), returns, value, span)

    def program(self, parts: Parts) -> syntax.Program:
        return syntax.Program(parts[0], self.annotated(parts[2:-1]), body(parts))

    def pipeline(self, parts: Parts) -> syntax.Pipeline:
        head, _, *members, close = parts
        span = Span(head.head.span.start, close.span.end)
        steps, aims = syntax.apart(self.annotated(members))
        return syntax.Pipeline(head.head, head.parameters, head.returns, steps, span, aims=aims)

    def resource(self, parts: Parts) -> syntax.Resource:
        return syntax.Resource(parts[0], self.annotated(parts[2:-1]), body(parts))


def implied(name: syntax.Name) -> syntax.Type:
    """Return the type of a field that says none: `str`, at its name."""
    return syntax.TypeName(syntax.Name("str", name.span), (), (), name.span)
