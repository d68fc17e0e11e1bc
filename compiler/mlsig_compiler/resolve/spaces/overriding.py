"""`override var x: …`: a variable that takes the place of one that is inherited.

It may have other values, another default and other arms, but not another kind. It is active when the variable
was whose place it takes, and in a group only while that is active too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlsig_compiler import model, syntax
from mlsig_compiler.diagnostics import Edit, Fix, Label
from mlsig_compiler.findings.nearest import correction
from mlsig_compiler.resolve.scope import Scope, article
from mlsig_compiler.resolve.spaces.drafts import Draft
from mlsig_compiler.resolve.spaces.taking import WORDS, Taken, Taking
from mlsig_compiler.source import Span


def check(
    own: Mapping[str, syntax.Variable], drafts: Mapping[str, Draft], taking: Taking, scope: Scope
) -> set[str]:
    """Report variables that override nothing, or hide something unsaid; return those that cannot stand."""
    wrong: set[str] = set()
    for name, node in own.items():
        taken = taking.items.get(name)
        if taken is None:
            if node.override and not taking.open:
                _overrides_nothing(node, taking, scope)
            continue
        if not isinstance(taken.item, model.Variable):
            hides(node.name, taken, scope)
            continue
        draft = drafts.get(name)
        if draft is not None and draft.kind != taken.item.kind:
            wrong.add(name)
            _other_kind(node, draft, taken.item, taken, scope)
        elif not node.override:
            _unsaid(node, taken, scope)
    return wrong


def hides(name: syntax.Name, taken: Taken, scope: Scope) -> None:
    """Report a name that something inherited has, and that cannot take its place."""
    message = f"`{name.text}` is already a {WORDS[type(taken.item)]} of `{taken.place.owner}`"
    scope.report("MLS0517", name.span, message, labels=(_label(taken),), help="give it another name")


def _label(taken: Taken) -> Label:
    return Label(taken.place.span, f"`{taken.item.name}` comes from here")


def _overrides_nothing(node: syntax.Variable, taking: Taking, scope: Scope) -> None:
    known = [name for name, taken in taking.items.items() if isinstance(taken.item, model.Variable)]
    name = node.name.text
    written = re.match(r"override\s+", scope.source.text[node.span.start : node.name.span.start])
    lead = correction(name, node.name.span, known)
    help, fix = lead["help"], lead["fix"]
    if not help:
        help = "delete `override`: this is a new variable"
        if written:
            gone = Span(node.span.start, node.span.start + written.end())
            fix = Fix("", (Edit(gone, ""),))
    scope.report("MLS0518", node.name.span, f"there is no variable `{name}` to override", help=help, fix=fix)


def _other_kind(
    node: syntax.Variable, draft: Draft, base: model.Variable, taken: Taken, scope: Scope
) -> None:
    was, now = article(f"`{base.kind}`"), article(f"`{draft.kind}`")
    message = f"`{base.name}` is {was}, and an override cannot make it {now}"
    if not node.override:
        message = f"`{base.name}` is already a variable of `{taken.place.owner}`, of the kind `{base.kind}`"
    help = "give this variable another name"
    scope.report("MLS0518", node.type.span, message, labels=(_label(taken),), help=help)


def _unsaid(node: syntax.Variable, taken: Taken, scope: Scope) -> None:
    name = node.name.text
    message = f"`{name}` is already a variable of `{taken.place.owner}`"
    start = node.span.start
    fix = None
    if scope.source.text.startswith("var", start):
        fix = Fix("", (Edit(Span(start, start), "override "),))
    help = f"to put this in its place, write `override var {name}`"
    scope.report("MLS0517", node.name.span, message, labels=(_label(taken),), help=help, fix=fix)
