"""What changed in one declaration, by its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from mlsig_compiler import model
from mlsig_compiler.compat.comparing import Pair, same, span_of
from mlsig_compiler.compat.spaces import compare_space, compare_variables
from mlsig_compiler.compat.types import relation, shape
from mlsig_compiler.drafting.printing import type_text


def compare(pair: Pair, old: model.Declaration, new: model.Declaration) -> None:
    """Note what changed between two versions of a declaration of one kind."""
    WAYS[type(old)](pair, old, new)


def _enum(pair: Pair, old: model.Enum, new: model.Enum) -> None:
    pair.named(
        old.members,
        new.members,
        gone="CH214",
        added=lambda _: "CH215",
        kept=lambda _one, _two: None,
        what="the member",
    )


def _alias(pair: Pair, old: model.Alias, new: model.Alias) -> None:
    _type(pair, "", old.type, new.type, node=new, codes=("CH205", "CH204", "CH206"))


def _schema(pair: Pair, old: model.Schema, new: model.Schema) -> None:
    _fields(pair, old.fields, new.fields)
    _rules(pair, old, new)
    _other(pair, "CH212", "its transforms are others", old.transforms, new.transforms, node=new)
    if old.open != new.open:
        code, word = ("CH216", "ignored") if new.open else ("CH213", "refused")
        pair.note(code, "", f"unknown keys are {word}", new=new.span)


def _fragment(pair: Pair, old: model.Fragment, new: model.Fragment) -> None:
    compare_variables(pair, (old.variable,), (new.variable,))


def _tool(pair: Pair, old: model.Tool, new: model.Tool) -> None:
    _inputs(pair, old.parameters, new.parameters)
    _output(pair, old.returns, new.returns, new)
    _other(pair, "CH504", "what does it in Python is another", old.python, new.python, node=new)


def _program(pair: Pair, old: model.Program, new: model.Program) -> None:
    for word in ("signature", "space", "tools"):
        _other(pair, "CH501", f"its {word} is another", getattr(old, word), getattr(new, word), node=new)
    _aims(pair, old, new)


def _pipeline(pair: Pair, old: model.Pipeline, new: model.Pipeline) -> None:
    _inputs(pair, old.parameters, new.parameters)
    _output(pair, old.returns, new.returns, new)
    _other(pair, "CH503", "its steps are others", old.steps, new.steps, node=new)
    _aims(pair, old, new)


def _other(pair: Pair, code: str, message: str, old: object, new: object, *, node: Any) -> None:
    if not same(old, new):
        pair.note(code, "", message, new=node.span)


def _aims(pair: Pair, old: model.Program | model.Pipeline, new: model.Program | model.Pipeline) -> None:
    before, after = (old.metrics, old.objectives), (new.metrics, new.objectives)
    _other(pair, "CH502", "its metrics or objectives are others", before, after, node=new)


# Fields


def _type(
    pair: Pair, member: str, old: model.Type, new: model.Type, *, node: Any, codes: tuple[str, str, str]
) -> None:
    """Note how a type changed; `codes` are for one that accepts more, less, or something else."""
    found = relation(old, new)
    if found == "same":
        return
    code = dict(zip(("more", "less", "other"), codes, strict=True))[found]
    if code in ("CH205", "CH313") and shape(old) == shape(new):
        code = "CH217"
    said = f"`{type_text(old)}` has become `{type_text(new)}`"
    pair.note(code, member, said, new=span_of(node))


def _fields(pair: Pair, old: tuple[model.Field, ...], new: tuple[model.Field, ...]) -> None:
    """Compare fields that are read and written."""

    def kept(before: model.Field, after: model.Field) -> None:
        _type(pair, after.name, before.type, after.type, node=after, codes=("CH205", "CH204", "CH206"))
        _default(pair, before, after, "CH207")
        if before.alias is not None and before.alias != after.alias:
            pair.note("CH209", after.name, f"the alias `{before.alias}` is gone", new=after.span)

    pair.named(
        old,
        new,
        gone="CH201",
        added=lambda field: "CH202" if _required(field) else "CH203",
        kept=kept,
        what="the field",
    )


def _default(pair: Pair, old: model.Field, new: model.Field, gone: str) -> None:
    if _required(new) and not _required(old):
        pair.note(gone, new.name, f"`{new.name}` has no default any more", new=new.span)
    elif not same(old.default, new.default):
        pair.note("CH208", new.name, f"`{new.name}` has another default", new=new.span)


def _required(field: model.Field) -> bool:
    return isinstance(field.default, model.Missing)


def _inputs(pair: Pair, old: tuple[model.Field, ...], new: tuple[model.Field, ...]) -> None:
    """Compare fields that callers give."""

    def kept(before: model.Field, after: model.Field) -> None:
        _type(pair, after.name, before.type, after.type, node=after, codes=("CH305", "CH304", "CH306"))
        _default(pair, before, after, "CH307")

    pair.named(
        old,
        new,
        gone="CH301",
        added=lambda field: "CH302" if _required(field) else "CH303",
        kept=kept,
        what="the input",
    )


def _output(pair: Pair, old: model.Type, new: model.Type, node: Any) -> None:
    _type(pair, "", old, new, node=node, codes=("CH313", "CH314", "CH315"))


def _rules(pair: Pair, old: model.Schema | model.Signature, new: model.Schema | model.Signature) -> None:
    def kept(before: model.Check, after: model.Check) -> None:
        if not same(before.condition, after.condition):
            pair.note("CH210", after.name, f"the check `{after.name}` is another", new=after.span)

    pair.named(old.checks, new.checks, gone="CH211", added=lambda _: "CH210", kept=kept, what="the check")
    compare_variables(pair, old.tunes, new.tunes)


def _signature(pair: Pair, old: model.Signature, new: model.Signature) -> None:
    _inputs(pair, old.inputs, new.inputs)

    def kept(before: model.Field, after: model.Field) -> None:
        _type(pair, after.name, before.type, after.type, node=after, codes=("CH313", "CH314", "CH315"))
        _default(pair, before, after, "CH207")

    pair.named(
        old.outputs,
        new.outputs,
        gone="CH311",
        added=lambda one: "CH312" if _required(one) else "CH317",
        kept=kept,
        what="the output",
    )
    _rules(pair, old, new)
    before, after = (old.instructions, old.examples), (new.instructions, new.examples)
    _other(pair, "CH316", "its instructions or examples are others", before, after, node=new)


# Providers and resources


def _provider(pair: Pair, old: model.Provider, new: model.Provider) -> None:
    before, after = (old.protocol, old.base_url, old.key), (new.protocol, new.base_url, new.key)
    _other(pair, "CH507", "its protocol, address or key is another", before, after, node=new)

    def kept(one: model.ProviderModel, two: model.ProviderModel) -> None:
        if not same(one, two):
            pair.note("CH508", two.name, f"figures of the model `{two.name}` are others", new=two.span)

    pair.named(old.models, new.models, gone="CH505", added=lambda _: "CH506", kept=kept, what="the model")


def _resource(pair: Pair, old: model.Resource, new: model.Resource) -> None:
    _fields(pair, tuple(one.field for one in old.attributes), tuple(one.field for one in new.attributes))
    after = {one.field.name: one for one in new.attributes}
    for one in old.attributes:
        two = after.get(one.field.name)
        if two is not None:
            _transitions(pair, one, two)

    def kept(before: Any, now: Any) -> None:
        if not same(before, now):
            pair.note("CH601", now.name, f"`{now.name}` is another", new=now.span)

    for word in ("belongs_to", "has_many", "calculations", "actions"):
        before, after = getattr(old, word), getattr(new, word)
        pair.named(before, after, gone="CH601", added=lambda _: "CH602", kept=kept, what=f"in {word},")
    _other(pair, "CH604", "its hooks are others", old.hooks, new.hooks, node=new)


def _transitions(pair: Pair, old: model.ResourceAttribute, new: model.ResourceAttribute) -> None:
    if same(old.transitions, new.transitions):
        return
    name, span = new.field.name, new.field.span
    before, after = _ways(old), _ways(new)
    if before is None:
        pair.note("CH603", name, "its changes are limited", new=span)
        return
    gone = sorted(before - after) if after is not None else []
    for source, target in gone:
        pair.note("CH603", name, f"`{source} -> {target}` is gone", new=span)
    if not gone:
        pair.note("CH604", name, "its transitions are others", new=span)


def _ways(attribute: model.ResourceAttribute) -> set[tuple[str, str]] | None:
    """Return the changes that are allowed; None where all are."""
    if attribute.transitions is None:
        return None
    return {(each.source, target) for each in attribute.transitions for target in each.targets}


WAYS: Final[dict[type[model.Declaration], Callable[[Pair, Any, Any], None]]] = {
    model.Enum: _enum,
    model.Alias: _alias,
    model.Schema: _schema,
    model.Signature: _signature,
    model.Space: compare_space,
    model.Fragment: _fragment,
    model.Provider: _provider,
    model.Tool: _tool,
    model.Program: _program,
    model.Pipeline: _pipeline,
    model.Resource: _resource,
}
