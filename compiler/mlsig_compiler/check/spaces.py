"""Spaces: every default is in its domain and on its grid, every branch inside its variable, the default is legal."""

from __future__ import annotations

import json

from mlsig_compiler import model, syntax
from mlsig_compiler.check.expressions import Typing
from mlsig_compiler.diagnostics import Diagnostics, Label
from mlsig_compiler.evaluate import EvaluationError, default_configuration, evaluate
from mlsig_compiler.nearest import suggestion
from mlsig_compiler.resolve import Origins, domains
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
        typing.condition(constraint.condition)
    # A default is judged only in a space that is otherwise whole: a mistake above would show again here.
    if diagnostics.errors == before and len(space.variables) == len(space.declared):
        _check_default(space, diagnostics)


def _check_variable(
    variable: model.Variable, origin: syntax.Variable, origins: Origins, diagnostics: Diagnostics
) -> None:
    place = origin.default.span if origin.default else variable.span
    domain = Label(origin.type.span, "the values are declared here")
    _check_default_in(variable.default, variable.domain, place, domain, f"`{variable.name}`", diagnostics)
    for branch in variable.branches:
        arm: syntax.Branch = origins.of(branch)
        problem = _wider(branch.domain, variable.domain)
        if problem:
            diagnostics.report(
                "MLS0506",
                arm.span,
                f"this arm allows {problem}, which `{variable.name}` itself does not",
                labels=(domain,),
                help="an arm can only narrow a variable: widen the variable, or narrow the arm",
            )
        where = arm.default.span if arm.default else arm.span
        name = f"this arm of `{variable.name}`"
        _check_default_in(
            branch.default, branch.domain, where, Label(arm.span, "this arm"), name, diagnostics
        )


def _check_default_in(
    value: model.Scalar, domain: model.Domain, where: Span, label: Label, name: str, diagnostics: Diagnostics
) -> None:
    refusal = domains.refusal(value, domain)
    shown = json.dumps(value, ensure_ascii=False)
    if refusal:
        help = ""
        if isinstance(domain, model.OptionsDomain) and isinstance(value, str):
            help = suggestion(value, [option for option in domain.options if isinstance(option, str)])
        message = f"the default of {name}, {shown}, is {refusal}"
        diagnostics.report("MLS0504", where, message, labels=(label,), help=help)
        return
    if isinstance(domain, model.OptionsDomain) or not isinstance(value, int | float):
        return
    near = domains.off_grid(value, domain)
    if near is not None:
        either = " or ".join(dict.fromkeys(f"{number:.12g}" for number in near))
        message = f"the default of {name}, {shown}, is not on its steps"
        help = f"the steps are {domain.low:.12g}, {domain.low:.12g} + {domain.step:.12g}, …: choose {either}"
        diagnostics.report("MLS0505", where, message, labels=(label,), help=help)


def _wider(arm: model.Domain, base: model.Domain) -> str:
    """Name a value that an arm of a variable allows and the variable does not, if there is one."""
    if isinstance(arm, model.OptionsDomain):
        extra = [option for option in arm.options if domains.refusal(option, base)]
        return json.dumps(extra[0], ensure_ascii=False) if extra else ""
    for end in (arm.low, arm.high):
        if domains.refusal(end, base):
            return f"{end:.12g}"
    return ""


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
