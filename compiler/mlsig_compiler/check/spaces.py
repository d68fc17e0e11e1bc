"""Spaces: defaults in their domains, arms inside their variables, expressions of the right types."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.check import defaults, overrides, proofs
from mlsig_compiler.check.expressions import Typing
from mlsig_compiler.diagnostics import Diagnostics, Label, replacing
from mlsig_compiler.findings.nearest import nearest
from mlsig_compiler.proofs.study import studied
from mlsig_compiler.resolve import Origins
from mlsig_compiler.resolve.spaces import membership
from mlsig_compiler.resolve.spaces.groups import flat
from mlsig_compiler.resolve.spaces.rules import Written
from mlsig_compiler.source import Span
from mlsig_compiler.typecheck.sorts import SCALARS
from mlsig_compiler.walking import key, variables_in


def check(
    space: model.Space,
    origins: Origins,
    diagnostics: Diagnostics,
    served: Mapping[str, model.Provider] | None = None,
) -> None:
    """Report what is wrong with what a space itself says: its variables, composites and rules.

    What it takes from others is judged where that is declared, and here only with what it overrides.
    """
    before = diagnostics.errors
    own = _own(space, origins)
    typing = Typing(space, diagnostics, own)
    for variable in space.variables:
        if own(variable):
            _check_variable(variable, origins, typing, diagnostics)
    for composite in space.composites:
        if own(composite):
            what = f"`{composite.name}`"
            typing.value(composite.value, SCALARS[composite.type], what, [composite.active])
    for rule in (*space.constraints, *space.preferences):
        if own(rule):
            typing.condition(origins.of(rule).condition, given=[origins.of(rule).active])
    ordered = defaults.whole(space)
    if ordered:
        _check_groups(space, origins, typing)
    overrides.check(space, own, origins, diagnostics)
    # A default is judged only in a space that is otherwise whole: a mistake above would show again here.
    known = len(space.variables) == len(space.declared) and ordered
    if diagnostics.errors > before or not ordered or _broken(space, origins, diagnostics):
        return
    found = proofs.Findings(studied(space, served), own, diagnostics)
    if found.possible():
        if known:
            defaults.check(space, served or {}, own, diagnostics)
        found.unreachable()


def _own(space: model.Space, origins: Origins) -> Callable[[Any], bool]:
    """Return what tells whether something is written in a space itself; all of a signature's is."""
    node = origins.of(space) if origins.knows(space) else None
    if not isinstance(node, syntax.Space):
        return origins.knows
    members = {id(placed.member) for placed in flat(node.members)}

    def own(item: Any) -> bool:
        if not origins.knows(item):
            return False
        origin = origins.of(item)
        return id(origin.member if isinstance(origin, Written) else origin) in members

    return own


def _broken(space: model.Space, origins: Origins, diagnostics: Diagnostics) -> bool:
    """Tell whether a space lacks something that it reads, or was not understood where it is written."""
    members: list[model.Variable | model.Composite] = [*space.variables, *space.composites]
    names = {member.name for member in members}
    conditions = [
        *(rule.condition for rule in space.constraints),
        *(composite.value for composite in space.composites),
        *(member.active for member in members),
        *(branch.condition for variable in space.variables for branch in variable.branches),
    ]
    if any(not names.issuperset(variables_in(condition)) for condition in conditions):
        return True
    node = origins.of(space) if origins.knows(space) else None
    place = getattr(node, "span", None)
    return any(
        found.severity == "error" and (place is None or place.start <= found.span.start < place.end)
        for found in diagnostics
    )


def _check_groups(space: model.Space, origins: Origins, typing: Typing) -> None:
    """Check the conditions of groups, each where the ones around it hold."""
    node = origins.of(space) if origins.knows(space) else None
    if not isinstance(node, syntax.Space):
        return
    for member, groups in flat(node.members):
        if isinstance(member, syntax.Group) and origins.knows(member):
            around = [origins.of(group) for group in groups if origins.knows(group)]
            typing.condition(origins.of(member), "the condition of a group", given=around)


class Place(NamedTuple):
    """Where a default is written, what it is the default of, and where its domain is declared."""

    span: Span
    owner: str
    domain: Label


def _check_variable(
    variable: model.Variable, origins: Origins, typing: Typing, diagnostics: Diagnostics
) -> None:
    origin: syntax.Variable = origins.of(variable)
    where = origin.default.span if origin.default else variable.span
    declared = Label(origin.type.span, "the values are declared here")
    place = Place(where, f"`{variable.name}`", declared)
    _check_default_in(variable.default, variable.domain, place, diagnostics)
    first: dict[Hashable, model.Branch] = {}
    for branch in variable.branches:
        arm: syntax.Branch = origins.of(branch)
        _check_arm(branch, variable, declared, arm, diagnostics)
        if branch.condition is not None:
            typing.condition(branch.condition, given=[variable.active])
            earlier = first.setdefault(key(branch.condition), branch)
            if earlier is not branch:
                diagnostics.report(
                    "MLS0522",
                    branch.condition.span,
                    "this arm never applies, because an earlier one has the same condition",
                    labels=(Label(earlier.span, "this arm is taken whenever it holds"),),
                    help="delete one of the two",
                )


def _check_arm(
    branch: model.Branch,
    variable: model.Variable,
    declared: Label,
    arm: syntax.Branch,
    diagnostics: Diagnostics,
) -> None:
    extra = _wider(branch.domain, variable.domain)
    if extra:
        diagnostics.report(
            "MLS0506",
            arm.span,
            f"this arm allows {extra}, which `{variable.name}` itself does not",
            labels=(declared,),
            help="an arm can only narrow a variable: widen the variable, or narrow the arm",
        )
    where = arm.default.span if arm.default else arm.span
    place = Place(where, f"this arm of `{variable.name}`", Label(arm.span, "this arm"))
    _check_default_in(branch.default, branch.domain, place, diagnostics)


def _check_default_in(
    value: model.Scalar, domain: model.Domain, place: Place, diagnostics: Diagnostics
) -> None:
    refusal = membership.refusal(value, domain)
    shown = json.dumps(value, ensure_ascii=False)
    labels = (place.domain,)
    if refusal:
        words = domain.options if isinstance(domain, model.OptionsDomain) else ()
        meant = nearest(str(value), [option for option in words if isinstance(option, str)])
        help = f"did you mean `{meant}`?" if meant else ""
        quoted = diagnostics.source.text.startswith('"', place.span.start)
        fix = (
            replacing(place.span, json.dumps(meant, ensure_ascii=False) if quoted else meant)
            if meant
            else None
        )
        message = f"the default of {place.owner}, {shown}, is {refusal}"
        diagnostics.report("MLS0504", place.span, message, labels=labels, help=help, fix=fix)
        return
    if isinstance(domain, model.OptionsDomain) or not isinstance(value, int | float):
        return
    near = membership.off_grid(value, domain)
    if near is not None:
        either = " or ".join(dict.fromkeys(f"{number:.12g}" for number in near))
        message = f"the default of {place.owner}, {shown}, is not on its steps"
        help = f"the steps are {domain.low:.12g}, and each {domain.step:.12g} from there: choose {either}"
        diagnostics.report("MLS0505", place.span, message, labels=labels, help=help)


def _wider(arm: model.Domain, base: model.Domain) -> str:
    """Name a value that an arm of a variable allows and the variable does not, if there is one."""
    if isinstance(arm, model.OptionsDomain):
        extra = [option for option in arm.options if membership.refusal(option, base)]
        return json.dumps(extra[0], ensure_ascii=False) if extra else ""
    for end in (arm.low, arm.high):
        if membership.refusal(end, base):
            return f"{end:.12g}"
    return ""
