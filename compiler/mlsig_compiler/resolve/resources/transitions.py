"""The transitions of an attribute: from which member of its enum it may change to which.

    status: Status = draft { draft -> active | archived, active -> archived }

An attribute without braces may change freely; with empty ones it keeps the value that it has first.
"""

from __future__ import annotations

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Label, replacing
from mlsig_compiler.findings.nearest import listed, nearest
from mlsig_compiler.resolve.scope import Scope
from mlsig_compiler.resolve.wording import described
from mlsig_compiler.source import Span


def read(
    node: syntax.ResourceAttribute, type_: model.Type, scope: Scope
) -> tuple[model.Transition, ...] | None:
    """Return the transitions of an attribute, None when it has no braces; what is wrong is reported."""
    if node.transitions is None:
        return None
    if not isinstance(type_, model.EnumType):
        _refuse(node, type_, scope)
        return None
    first: dict[str, Span] = {}
    found: list[model.Transition] = []
    for transition in node.transitions:
        source = transition.source
        known = _is_member(source, type_, scope)
        targets = _targets(transition, type_, scope)
        if source.text in first:
            labels = (Label(first[source.text], "first listed here"),)
            help = f"list its targets together: `{source.text} -> … | …`"
            message = f"the transitions from `{source.text}` are listed twice"
            scope.report("MLS0651", source.span, message, labels=labels, help=help)
        elif known:
            first[source.text] = source.span
            found.append(model.Transition(source=source.text, targets=targets))
    return tuple(found)


def _refuse(node: syntax.ResourceAttribute, type_: model.Type, scope: Scope) -> None:
    if type_ is model.ANYTHING:
        return
    name, span = node.name.text, node.type.span
    if isinstance(type_, model.OptionalType) and isinstance(type_.type, model.EnumType):
        message = f"`{name}` has transitions, so it cannot be null"
        help = f"write `{type_.type.name}`; a member can stand for what is not known yet"
        scope.report("MLS0650", span, message, help=help, fix=replacing(span, type_.type.name))
        return
    message = f"transitions are between the members of an enum, and `{name}` is {described(type_)}"
    states = dict.fromkeys(name.text for arm in node.transitions or () for name in (arm.source, *arm.targets))
    help = f"declare an enum for it: `enum … {{ {', '.join(states)} }}`" if states else ""
    scope.report("MLS0650", span, message, help=help)


def _targets(node: syntax.Transition, type_: model.EnumType, scope: Scope) -> tuple[str, ...]:
    found: dict[str, Span] = {}
    for target in node.targets:
        if not _is_member(target, type_, scope):
            continue
        if target.text == node.source.text:
            message = f"`{target.text} -> {target.text}` is no change"
            help = "writing the value that an attribute has is always allowed"
            scope.report("MLS0651", target.span, message, help=help)
        elif target.text in found:
            labels = (Label(found[target.text], "first listed here"),)
            scope.report("MLS0651", target.span, f"`{target.text}` is listed twice", labels=labels)
        else:
            found[target.text] = target.span
    return tuple(found)


def _is_member(name: syntax.Name, type_: model.EnumType, scope: Scope) -> bool:
    members = [member.name for member in scope.enum(type_).members]
    if name.text in members:
        return True
    if not scope.lenient(type_):
        meant = nearest(name.text, members)
        scope.report(
            "MLS0303",
            name.span,
            f"`{type_.name}` has no member `{name.text}`",
            help=f"did you mean `{meant}`?" if meant else f"it has {listed(members)}",
            fix=replacing(name.span, meant) if meant else None,
        )
    return False


def unreachable(attribute: model.ResourceAttribute, enum: model.Enum) -> list[str]:
    """Return the members that an attribute with a default never comes to by its transitions."""
    start = attribute.field.default
    if not attribute.transitions or not isinstance(start, model.EnumMember):
        return []
    targets = {arm.source: arm.targets for arm in attribute.transitions}
    reached, waiting = {start.name}, [start.name]
    while waiting:
        for target in targets.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return [member.name for member in enum.members if member.name not in reached]
