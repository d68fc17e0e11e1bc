"""What a signature itself brings to its search space: what it tunes, and what the schemas that it reaches do.

    own(signature, schema, enum) -> Own(variables=(depth, tone, …), clashes=())

Its `tune` members come first, then its inputs that are marked `@variable`, then of every schema that a value
of it can hold, in the order in which they are met, the `tune` members and the fields so marked. What is
reached twice, or inherited, is taken once. An own `tune` takes the place of a schema's of its name and kind;
any other two of one name are a clash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from mlsig_compiler import model
from mlsig_compiler.source import Span
from mlsig_compiler.varying import EnumOf, variable

SchemaOf: TypeAlias = Callable[[model.SchemaType], model.Schema | None]
NOWHERE: Final = Span(0, 0)


class Clash(NamedTuple):
    """Two things of one name; `first` and `second` say what has it, as in "the schema `Passage`"."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Own:
    """What a signature brings.

    Attributes:
        variables: What may be tuned, each after those that it depends on within its declaration.
        inputs: The names of those that are inputs: the program gives them their values.
        clashes: Names that mean two things.
    """

    variables: tuple[model.Variable, ...] = ()
    inputs: frozenset[str] = frozenset()
    clashes: tuple[Clash, ...] = ()


NOTHING: Final = Own()


def own(signature: model.Signature, schema: SchemaOf, enum: EnumOf) -> Own:
    """Return what a signature brings to its space.

    Args:
        signature: The signature.
        schema: Gives the declaration of a schema; None for one that is not known.
        enum: Gives the declaration of an enum.
    """
    fields = (*signature.inputs, *signature.outputs)
    reached = [found for found in _reached(fields, schema) if _varies(found)]
    inputs = [variable(field, enum) for field in signature.inputs if field.variable]
    if not reached and not inputs:
        return Own(signature.tunes) if signature.tunes else NOTHING
    mine = f"the signature `{signature.name}`"
    found = {each.name: (each, mine) for each in (*signature.tunes, *inputs)}
    tuned = {each.name for each in signature.tunes}
    shown = {field.name for field in fields}
    clashes: list[Clash] = []
    for node in reached:
        theirs = f"the schema `{node.name}`"
        for each in (*node.tunes, *(variable(field, enum) for field in node.fields if field.variable)):
            first, holder = found.get(each.name, (None, f"the fields of {mine}"))
            settled = each.name in tuned and first is not None and first.kind == each.kind
            same = first is not None and holder != mine and _bare(first) == _bare(each)
            if first is None and each.name not in shown:
                found[each.name] = replace(each, span=signature.span), theirs
            elif not (settled or same):  # as a prompt shows fields and variables by name
                clashes.append(Clash(each.name, holder, theirs))
    variables = tuple(each for each, _ in found.values())
    return Own(variables, frozenset(each.name for each in inputs), tuple(clashes))


def _bare(found: model.Variable) -> model.Variable:
    """Return a variable without its places, to compare what two of them say."""
    branches = tuple(replace(branch, condition=None, span=NOWHERE) for branch in found.branches)
    return replace(found, branches=branches, active=None, span=NOWHERE)


def _varies(node: model.Schema) -> bool:
    return bool(node.tunes) or any(field.variable for field in node.fields)


def _reached(fields: tuple[model.Field, ...], schema: SchemaOf) -> Iterator[model.Schema]:
    """Yield every schema that values of these fields can hold, each once, as they are met."""
    seen: set[model.SchemaType] = set()
    waiting = [field.type for field in fields]
    for type_ in waiting:  # grows while it is read
        match type_:
            case model.OptionalType(inner) | model.ListType(inner) | model.MapType(inner):
                waiting.append(inner)
            case model.UnionType(options):
                waiting.extend(options)
            case model.SchemaType() if type_ not in seen:
                seen.add(type_)
                found = schema(type_)
                if found is not None:
                    waiting.extend(field.type for field in found.fields)
                    yield found
            case _:
                continue
