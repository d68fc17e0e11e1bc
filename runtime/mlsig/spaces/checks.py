"""Checking values against a space with care, and saying everything that is wrong.

The fast path is compiled into `legal`; what it does not accept comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from mlsig.errors import VALUE_LENGTH, Issue, SpaceError, ValidationError
from mlsig.spaces.configs import Config
from mlsig.spaces.domains import Domain, Scalar, Verdict, near, show
from mlsig.spaces.draws import ATTEMPTS
from mlsig.spaces.variables import Branch, Constraint, Variable

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

ConfigT = TypeVar("ConfigT", bound=Config)

_NAMED: Final = 12  # variables named when none is near


def read(values: Mapping[str, Any], config: type[ConfigT]) -> ConfigT | None:
    """Return the values as a record when they have the declared names and types; None when in doubt."""
    try:
        return msgspec.convert(values, config)
    except msgspec.ValidationError:
        return None


def explain(space: type[Space], config: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Return the values as a configuration, or raise.

    Raises:
        ValidationError: They are not a legal configuration.
    """
    legal, issues = _examine(space, values)
    if issues:
        raise ValidationError(space.name, issues)
    return config(**legal)


def check(space: type[Space], values: Mapping[str, Any]) -> list[Issue]:
    """Return everything that is wrong with the values: variables, unknown names, then constraints."""
    return _examine(space, values)[1]


def domain(space: type[Space], name: str, values: Mapping[str, Any]) -> Domain:
    """Return the domain of a variable for the given values of what it depends on.

    Raises:
        ValidationError: There is no such variable, or what it depends on is missing or not legal.
    """
    variable = variables(space, [name])[0]
    needed = _ancestors(space, variable)
    known, issues = _values(space, values)
    issues = [issue for issue in issues if issue.path in needed]
    if issues:
        raise ValidationError(space.name, issues)
    return variable.active(known)


def variables(space: type[Space], names: Sequence[str]) -> list[Variable]:
    """Return variables by name.

    Raises:
        ValidationError: A name is not that of a variable.
    """
    by_name = {variable.name: variable for variable in space.variables}
    issues = [_unknown(space, name) for name in names if name not in by_name]
    if issues:
        raise ValidationError(space.name, issues)
    return [by_name[name] for name in names]


def exhausted(space: type[Space], broken: Sequence[int]) -> SpaceError:
    """Return the error of a sample that found nothing legal; `broken` counts each constraint's failures."""
    worst = max(range(len(broken)), key=lambda k: broken[k])
    constraint = space.constraints[worst]
    said = f": {constraint.message}" if constraint.message else ""
    return SpaceError(
        f"{space.name} has no legal configuration in {ATTEMPTS:,} draws: constraint `{constraint.name}` "
        f"({constraint.text}) failed {broken[worst]:,} times{said}"
    )


def _examine(space: type[Space], values: Mapping[str, Any]) -> tuple[dict[str, Scalar], list[Issue]]:
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
        return {}, [Issue("", "type", f"{space.name} must be a mapping of names to values", _text(values))]
    known, issues = _values(space, values)
    names = {variable.name for variable in space.variables}
    issues += [_unknown(space, name) for name in values if name not in names]
    issues += [
        _broken(constraint, known)
        for constraint in space.constraints
        if all(name in known for name in constraint.reads) and not constraint.holds(known)
    ]
    return known, issues


def _values(space: type[Space], values: Mapping[str, Any]) -> tuple[dict[str, Scalar], list[Issue]]:
    """Return the values that are legal, and an issue for each of the others.

    What depends on a value that is not legal is only checked against all the domains that it may have.
    """
    known: dict[str, Scalar] = {}
    issues: list[Issue] = []
    for variable in space.variables:
        decided = all(name in known for name in variable.depends)
        branch = variable.branch(known) if decided else None
        active = (branch or variable).domain if decided else None
        if variable.name not in values:
            issues.append(_missing(variable, branch, active))
            continue
        value = values[variable.name]
        verdict = active.judge(value) if active is not None else _anywhere(variable, value)
        if verdict.code:
            issues.append(_refused(variable, branch, active, value, verdict))
        elif decided:
            known[variable.name] = verdict.value
    return known, issues


def _anywhere(variable: Variable, value: Any) -> Verdict:
    """Judge a value by the domain that is kindest to it."""
    verdicts = [domain.judge(value) for domain in variable.domains]
    return next((verdict for verdict in verdicts if not verdict.code), verdicts[0])


def _missing(variable: Variable, branch: Branch | None, active: Domain | None) -> Issue:
    allowed = f"{active}{_where(variable, branch)}" if active is not None else _all_domains(variable)
    return Issue(variable.name, "missing", f"`{variable.name}` is missing: it must be {allowed}")


def _refused(
    variable: Variable, branch: Branch | None, active: Domain | None, value: Any, verdict: Verdict
) -> Issue:
    allowed = f"{active}{_where(variable, branch)}" if active is not None else _all_domains(variable)
    code, hint = verdict.code, f"; {verdict.reason}" if verdict.reason else ""
    if code == "type":
        message = f"`{variable.name}` is {show(value)}, but {verdict.reason}: {allowed}"
        return Issue(variable.name, code, message, _text(value))
    if active is not None and any(domain.contains(value) for domain in variable.domains):
        code, hint = (
            "inactive_domain",
            f"; {show(value)} is only allowed {_elsewhere(variable, branch, value)}",
        )
    message = f"`{variable.name}` is {show(value)}, but must be {allowed}{hint}"
    return Issue(variable.name, code, message, _text(value))


def _where(variable: Variable, branch: Branch | None) -> str:
    """Say which branch of a conditional domain is meant."""
    if not variable.branches:
        return ""
    if branch is None or branch.when is None:
        return f" when none of its conditions holds ({_conditions(variable)})"
    return f" when {branch.text}"


def _elsewhere(variable: Variable, active: Branch | None, value: Any) -> str:
    """Say which other branches would allow the value."""
    arms = [arm for arm in variable.branches if arm is not active and arm.domain.contains(value)]
    places = [f"when {arm.text}" for arm in arms if arm.when is not None]
    own = active is not None and not variable.exhaustive and variable.domain.contains(value)
    if own or any(arm.when is None for arm in arms):
        places.append("when none of its conditions holds")
    return " or ".join(places)


def _conditions(variable: Variable) -> str:
    return "; ".join(branch.text for branch in variable.branches if branch.when is not None)


def _all_domains(variable: Variable) -> str:
    return " or ".join(dict.fromkeys(str(domain) for domain in variable.domains))


def _unknown(space: type[Space], name: object) -> Issue:
    names = [variable.name for variable in space.variables]
    close = near(name, names) if isinstance(name, str) else None
    if close:
        hint = f"did you mean `{close}`?"
    else:
        listed = ", ".join(f"`{known}`" for known in names[:_NAMED])
        hint = f"it has {listed}{', …' if len(names) > _NAMED else ''}"
    return Issue(str(name), "unknown_variable", f"`{name}` is not a variable of {space.name}; {hint}")


def _broken(constraint: Constraint, values: Mapping[str, Scalar]) -> Issue:
    facts = ", ".join(f"{name} = {show(values[name])}" for name in constraint.reads)
    said = f"{constraint.message}; " if constraint.message else ""
    message = f"`{constraint.name}` does not hold: {said}{constraint.text}, with {facts}"
    return Issue("", "constraint", message, facts[:VALUE_LENGTH])


def _ancestors(space: type[Space], variable: Variable) -> set[str]:
    found = set(variable.depends)
    for earlier in reversed(space.variables):
        if earlier.name in found:
            found.update(earlier.depends)
    return found


def _text(value: object) -> str:
    return show(value)[:VALUE_LENGTH]
