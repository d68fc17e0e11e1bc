"""How resources hang together: `belongs_to` and the `has_many` that is its other side.

    belongs_to space: VariableSpace?
    has_many runs: OptimizationRun(on_delete=restrict, by=program)

The items of a `has_many` are those whose `belongs_to` names this resource, so both are in one file. Where two
of them do, `by` says which is meant.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.resolve.circles import MOST_NAMES, circles
from mlsig_compiler.resolve.pipelines import outcomes
from mlsig_compiler.resolve.records.fields import text
from mlsig_compiler.resolve.scope import Scope, Skip, article
from mlsig_compiler.source import Span

RULES: Final[dict[str, Literal["restrict", "cascade", "nullify"]]] = {
    "restrict": "restrict",
    "cascade": "cascade",
    "nullify": "nullify",
}
WORDS: Final = ("on_delete", "by")


class Belongings(NamedTuple):
    """The `belongs_to` of a resource, by the resource of this file that they name, and by their own names.

    It is `partial` when there may be some that could not be read.
    """

    to: dict[str, dict[str, model.BelongsTo]]
    partial: bool


def belongs_to(node: syntax.Relationship, scope: Scope) -> model.BelongsTo:
    """Return one side of a relationship.

    Raises:
        Skip: Its resource is not one, which has been reported.
    """
    type_, optional = node.type, False
    if isinstance(type_, syntax.OptionalType):
        type_, optional = type_.type, True
    if not isinstance(type_, syntax.TypeName) or type_.items or type_.arguments:
        name = type_.name.text if isinstance(type_, syntax.TypeName) else "Other"
        help = f"write `belongs_to {node.name.text}: {name}`, or `{name}?` where there may be none"
        if isinstance(type_, syntax.TypeName) and type_.items:
            help = "for many of them the other resource has the `belongs_to`, and this one a `has_many`"
        scope.report("MLS0652", node.type.span, "`belongs_to` names one resource", help=help)
        raise Skip
    module, resource = _resource(type_, scope)
    return model.BelongsTo(
        name=node.name.text,
        resource=resource,
        module=module,
        optional=optional,
        description=text(node.description),
        span=node.name.span,
    )


def _resource(type_: syntax.TypeName, scope: Scope) -> tuple[str, str]:
    name = type_.name
    if scope.kind(name.text) != "resource":
        scope.wrong_kind(name.text, name.span, "resource")
        raise Skip
    return outcomes.place(name.text, scope)


def has_many(
    node: syntax.Relationship, owner: str, others: dict[str, Belongings], scope: Scope
) -> model.HasMany:
    """Return the other side of a relationship; `others` are the `belongs_to` of the resources of the file.

    Raises:
        Skip: Its resource is not one, or has no such `belongs_to`, which has been reported.
    """
    type_ = _one_resource(node, scope)
    module, resource = _resource(type_, scope)
    on_delete, by = _arguments(type_, scope)
    belongings = others[resource] if module == scope.module else Belongings({}, partial=False)
    inverse = _inverse(type_, owner, belongings, by, scope)
    if on_delete is not None and RULES.get(on_delete.path[0]) == "nullify" and not inverse.optional:
        message = f"`nullify` leaves a `{resource}` without its `{inverse.name}`, which it needs"
        labels = (Label(inverse.span, "this is not optional"),)
        help = f"write `belongs_to {inverse.name}: {owner}?`, or choose `restrict` or `cascade`"
        scope.report("MLS0654", on_delete.span, message, labels=labels, help=help)
    return model.HasMany(
        name=node.name.text,
        resource=resource,
        module=module,
        inverse=inverse.name,
        on_delete=RULES.get(on_delete.path[0], "restrict") if on_delete else "restrict",
        description=text(node.description),
        span=node.name.span,
    )


def _one_resource(node: syntax.Relationship, scope: Scope) -> syntax.TypeName:
    type_ = node.type
    if isinstance(type_, syntax.TypeName) and not type_.items:
        return type_
    inner = type_.type if isinstance(type_, syntax.OptionalType) else None
    if isinstance(type_, syntax.TypeName) and type_.name.text == "list" and len(type_.items) == 1:
        inner = type_.items[0]
    help, fix = "write the name of the resource", None
    if isinstance(inner, syntax.TypeName) and not inner.items:
        written = scope.written(inner.span)
        help, fix = f"write `has_many {node.name.text}: {written}`", replacing(type_.span, written)
    message = "`has_many` names the resource of its items: there may be none, one or many"
    scope.report("MLS0652", type_.span, message, help=help, fix=fix)
    raise Skip


def _arguments(
    type_: syntax.TypeName, scope: Scope
) -> tuple[syntax.Reference | None, syntax.Reference | None]:
    """Return the values of `on_delete` and `by`."""
    found: dict[str, syntax.Reference] = {}
    for name, value in type_.arguments:
        if name is None:
            help = "write `on_delete=…` or `by=…`"
            scope.report("MLS0652", value.span, "an argument of `has_many` has a name", help=help)
        elif name.text not in WORDS:
            meant = nearest(name.text, WORDS)
            help = f"did you mean `{meant}`?" if meant else f"it takes {listed(WORDS)}"
            fix = replacing(name.span, meant) if meant else None
            scope.report("MLS0652", name.span, f"`has_many` takes no `{name.text}`", help=help, fix=fix)
        elif name.text in found:
            labels = (Label(found[name.text].span, "first said here"),)
            scope.report("MLS0407", name.span, f"`{name.text}` is said twice", labels=labels)
        elif name.text == "on_delete":
            _rule(value, scope)
            if isinstance(value, syntax.Reference):
                found["on_delete"] = value
        elif isinstance(value, syntax.Reference) and len(value.path) == 1:
            found["by"] = value
        else:
            scope.report("MLS0652", value.span, "`by` is the name of a `belongs_to`")
    return found.get("on_delete"), found.get("by")


def _rule(value: syntax.Value | syntax.Range, scope: Scope) -> None:
    word = value.path[0] if isinstance(value, syntax.Reference) and len(value.path) == 1 else None
    if word in RULES:
        return
    text_ = value.value if isinstance(value, syntax.Literal) else word
    meant = None
    if isinstance(text_, str):
        meant = text_ if text_ in RULES else nearest(text_, RULES)
    help = f"did you mean `{meant}`?" if meant else f"the rules are {listed(RULES)}"
    if meant == text_:
        help = f"write `{meant}`, without quotes"
    fix = replacing(value.span, meant) if meant else None
    scope.report("MLS0654", value.span, "this is not a rule for deleting", help=help, fix=fix)


def _inverse(
    type_: syntax.TypeName,
    owner: str,
    belongings: Belongings,
    by: syntax.Reference | None,
    scope: Scope,
) -> model.BelongsTo:
    """Return the `belongs_to` that is the other side."""
    fitting = belongings.to.get(owner, {})
    name = type_.name.text
    if by is not None:
        if by.path[0] in fitting:
            return fitting[by.path[0]]
        if not belongings.partial:
            meant = nearest(by.path[0], fitting)
            help = f"did you mean `{meant}`?" if meant else ""
            if fitting and not help:
                help = f"it has {listed(fitting)}"
            fix = replacing(by.span, meant) if meant else None
            message = f"`{name}` has no `belongs_to {by.path[0]}: {owner}`"
            scope.report("MLS0653", by.span, message, help=help, fix=fix)
        raise Skip
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    if len(fitting) > 1:
        labels = tuple(Label(one.span, f"by `{one.name}`") for one in fitting.values())
        message = f"`{name}` belongs to `{owner}` in {len(fitting)} ways"
        help = f"say which one is meant: `{name}(by={next(iter(fitting))})`"
        scope.report("MLS0653", type_.name.span, message, labels=labels, help=help)
    elif not belongings.partial:
        _no_inverse(type_, owner, scope)
    raise Skip


def _no_inverse(type_: syntax.TypeName, owner: str, scope: Scope) -> None:
    name = type_.name.text
    imported = scope.imported.get(name)
    message = f"`{name}` has no `belongs_to` to `{owner}`"
    suggested = f"{owner[:1].lower()}{owner[1:]}"
    help = f"add `belongs_to {suggested}: {owner}` to `{name}`"
    if imported:
        help = f"`{imported.module}` cannot know `{owner}`: declare both resources in one file"
    labels = () if imported else scope.labels(scope.where(name), "declared here")
    scope.report("MLS0653", type_.name.span, message, labels=labels, help=help)


def check_rivals(found: list[model.HasMany], scope: Scope) -> None:
    """Report a second `has_many` for the same `belongs_to`."""
    first: dict[tuple[str, str], model.HasMany] = {}
    for one in found:
        earlier = first.setdefault((one.resource, one.inverse), one)
        if earlier is not one:
            message = f"`{one.name}` would have the same items as `{earlier.name}`"
            labels = (Label(earlier.span, "the first `has_many` for them"),)
            help = f"both go by `{one.inverse}` of `{one.resource}`: delete one, or name another with `by`"
            scope.report("MLS0655", one.span, message, labels=labels, help=help)


def check_creatable(every: dict[str, Belongings], scope: Scope) -> None:
    """Report resources each of which needs another one before it can be created."""
    needs: dict[str, dict[str, Span]] = {}
    for name, belongings in every.items():
        needs[name] = {}
        for other, ways in belongings.to.items():
            for one in ways.values():
                if not one.optional:
                    needs[name].setdefault(other, one.span)
    for circle in circles(needs):
        following = [*circle[1:], circle[0]]
        pairs = list(zip(circle, following, strict=True))[:MOST_NAMES]
        labels = tuple(
            Label(needs[one][other], f"{article(f'`{one}`')} needs {article(f'`{other}`')}")
            for one, other in pairs
        )
        more = ["…"] if len(circle) > MOST_NAMES else []
        shown = " -> ".join([*circle[:MOST_NAMES], *more, circle[0]])
        needed = ", which needs ".join(article(f"`{other}`") for _, other in pairs)
        needed = f"another `{circle[0]}`" if len(circle) == 1 else needed
        message = f"no `{circle[0]}` can ever be created, because it needs {needed}"
        help = f"make one of these optional, for example `{circle[0]}?`"
        span = scope.syntax[circle[0]].head.name.span
        scope.report("MLS0656", span, message, label=shown, labels=labels, help=help)
