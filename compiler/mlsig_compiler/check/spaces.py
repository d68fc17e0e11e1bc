"""Spaces: defaults in their domains, arms inside their variables, a default configuration that is legal."""

from __future__ import annotations

import json
from typing import NamedTuple

from mlsig_compiler import model, syntax
from mlsig_compiler.check.expressions import Typing
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.evaluate import EvaluationError, default_configuration, evaluate
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve import Origins, membership
from mlsig_compiler.resolve.expressions import variables_in
from mlsig_compiler.source import Span


def check(space: model.Space, origins: Origins, diagnostics: Diagnostics) -> None:
    """Report what is wrong with a space's variables and constraints."""
    before = diagnostics.errors
    typing = Typing(space, diagnostics)
    for variable in space.variables:
        _check_variable(variable, origins.of(variable), origins, diagnostics)
        for branch in variable.branches:
            if branch.condition is not None:
                typing.condition(branch.condition)
    for constraint in space.constraints:
        condition = constraint.condition
        if origins.of(constraint).forbidden and isinstance(condition, model.Unary):
            condition = condition.operand  # what the user wrote, without our `not`
        typing.condition(condition)
    # A default is judged only in a space that is otherwise whole: a mistake above would show again here.
    if diagnostics.errors == before and len(space.variables) == len(space.declared) and _ordered(space):
        _check_default(space, diagnostics)


class Place(NamedTuple):
    """Where a default is written, what it is the default of, and where its domain is declared."""

    span: Span
    owner: str
    domain: Label


def _check_variable(
    variable: model.Variable, origin: syntax.Variable, origins: Origins, diagnostics: Diagnostics
) -> None:
    where = origin.default.span if origin.default else variable.span
    declared = Label(origin.type.span, "the values are declared here")
    place = Place(where, f"`{variable.name}`", declared)
    _check_default_in(variable.default, variable.domain, place, diagnostics)
    for branch in variable.branches:
        arm: syntax.Branch = origins.of(branch)
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
        help = suggestion(str(value), [option for option in words if isinstance(option, str)])
        message = f"the default of {place.owner}, {shown}, is {refusal}"
        diagnostics.report("MLS0504", place.span, message, labels=labels, help=help)
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


def _ordered(space: model.Space) -> bool:
    """Say whether each variable stands after those that it reads, which is so unless they form a circle."""
    before: set[str] = set()
    for variable in space.variables:
        if not before.issuperset(variable.depends):
            return False
        before.add(variable.name)
    return True


def _check_default(space: model.Space, diagnostics: Diagnostics) -> None:
    """Report each constraint that the configuration of all defaults breaks."""
    try:
        values = default_configuration(space)
    except EvaluationError:
        return  # a division that may be by 0 has been reported where it stands
    for constraint in space.constraints:
        try:
            holds = evaluate(constraint.condition, values)
        except EvaluationError:
            continue
        if holds:
            continue
        read = [name for name in values if name in variables_in(constraint.condition)]
        shown = ", ".join(f"{name} = {json.dumps(values[name], ensure_ascii=False)}" for name in read)
        diagnostics.report(
            "MLS0512",
            constraint.span,
            "the default configuration breaks this rule",
            label=f"by default, {shown}" if shown else "",
            labels=tuple(Label(v.span, "declared here") for v in space.variables if v.name in read),
            help="change a default, so that nobody starts from a configuration that is not allowed",
        )
