"""Checking values against a space with care, and saying everything that is wrong.

The fast path is compiled into `legal`; what it does not accept comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from mlsig.errors import VALUE_LENGTH, Issue, SpaceError, ValidationError
from mlsig.functions import NO_VALUE, equal
from mlsig.spaces.configs import Config, by_name
from mlsig.spaces.domains import Domain, Verdict, show
from mlsig.spaces.draws import ATTEMPTS
from mlsig.spaces.members import ConfigT, holds, made, members
from mlsig.spaces.variables import Branch, Composite, Constraint, Variable
from mlsig.spelling import nearest
from mlsig.types.shown import kind_of, shown

if TYPE_CHECKING:
    from mlsig.spaces.space import Space

_NAMED: Final = 12  # variables named when none is near


def read(values: Mapping[str, Any], config: type[ConfigT]) -> ConfigT | None:
    """Return the values as a record when they have the declared names and types; None when in doubt."""
    values = by_name(values)
    if config.__computed__:
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
            return None
        own = dict(values)
        for name in config.__computed__:
            own.pop(name, None)
        values = own
    try:
        return msgspec.convert(values, config)
    except msgspec.ValidationError:
        return None


def validate(space: type[Space], config: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Return values of any kind as a configuration; see `Space.validate`."""
    found = read(values, config)
    if found is not None and space.legal(found) and agrees(found, values):
        return found
    return explain(space, config, values)


def agrees(config: Config, values: Mapping[str, Any]) -> bool:
    """Tell whether the composites that are given beside the variables of a legal configuration are right."""
    if not config.__computed__ or isinstance(values, Config):
        return True
    return all(equal(values[name], getattr(config, name)) for name in config.__computed__ if name in values)


def parsed(space: type[Space], text: str | bytes) -> Any:
    """Return JSON as data.

    Raises:
        ValidationError: It is none.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        message = f"this is not JSON: {error}"
    except RecursionError:
        message = "this is nested too deeply"
    except TypeError:
        message = f"this must be JSON as text or bytes, not {kind_of(text)}"
    raise ValidationError(space.name, [Issue("", "json", message)])


def explain(space: type[Space], config: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Return the values as a configuration, or raise.

    Raises:
        ValidationError: They are not a legal configuration.
    """
    return _made(space, config, _Examination(space, values))


def complete(space: type[Space], config: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Return the values as a configuration, with the defaults of whatever is active and not given.

    Raises:
        ValidationError: They are no part of a legal configuration, or the defaults beside them are not.
    """
    return _made(space, config, _Examination(space, values, fill=True))


def check(space: type[Space], values: Mapping[str, Any]) -> list[Issue]:
    """Return everything that is wrong with the values: presence, values, composites, then constraints."""
    return _Examination(space, values).issues


def domain(space: type[Space], name: str, values: Mapping[str, Any]) -> Domain:
    """Return the domain of a variable for the given values of what it depends on.

    Raises:
        ValidationError: There is no such variable, it is not active, or what it depends on is missing or not
            legal.
    """
    variable = variables(space, [name])[0]
    needed = _ancestors(space, variable)
    found = _Examination(space, values)
    issues = [issue for issue in found.issues if issue.path in needed]
    if not issues and name in found.absent:
        issues.append(_inactive(name, variable.text))
    if issues:
        raise ValidationError(space.name, issues)
    return variable.active(found.known)


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
    worst = max(range(len(broken)), key=lambda k: broken[k], default=-1)
    if worst < 0 or not broken[worst]:
        return SpaceError(
            f"{space.name}: none of {ATTEMPTS:,} draws is legal: an expression never has a value"
        )
    constraint = space.constraints[worst]
    said = f": {constraint.message}" if constraint.message else ""
    return SpaceError(
        f"{space.name}: none of {ATTEMPTS:,} draws is legal: constraint `{constraint.name}` "
        f"({constraint.text}) failed {broken[worst]:,} times{said}"
    )


def facts(names: Sequence[str], values: Mapping[str, Any]) -> str:
    """Say what is known of some variables and composites."""
    return ", ".join(f"{name} = {show(values[name])}" if name in values else f"no {name}" for name in names)


class _Examination:
    """Values held against a space, member by member.

    What depends on a value that is not legal is only checked against all the domains that it may have.

    Attributes:
        known: The values that are legal, and the composites of those.
        absent: The members that are not active, and have no value.
    """

    def __init__(self, space: type[Space], values: Mapping[str, Any], *, fill: bool = False) -> None:
        self.known: dict[str, Any] = {}
        self.absent: set[str] = set()
        self._space = space
        self._fill = fill
        self._values = values = by_name(values)
        self._presence: list[Issue] = []
        self._wrong: list[Issue] = []
        self._computed: list[Issue] = []
        self._broken: list[Issue] = []
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (callers may not be typed)
            message = f"{space.name} must be a mapping of names to values"
            self._presence.append(Issue("", "type", message, _text(values)))
            return
        for member in members(space):
            if isinstance(member, Composite):
                self._composite(member)
            else:
                self._variable(member)
        names = {member.name for member in members(space)}
        self._presence += [_unknown(space, name) for name in values if name not in names]
        for constraint in space.constraints:
            if self._decided(constraint.reads) and not holds(constraint, self.known):
                self._broken.append(_broken(constraint, self.known))

    @property
    def issues(self) -> list[Issue]:
        """Everything that is wrong: presence, values, composites, then constraints."""
        return [*self._presence, *self._wrong, *self._computed, *self._broken]

    def _decided(self, names: Sequence[str]) -> bool:
        return all(name in self.known or name in self.absent for name in names)

    def _variable(self, variable: Variable) -> None:
        name, decided = variable.name, self._decided(variable.depends)
        try:
            if decided and not variable.exists(self.known):
                self._leave_out(variable)
                return
            branch = variable.branch(self.known) if decided else None
        except NO_VALUE as error:
            self._wrong.append(_no_value(name, "a condition of", error, variable.depends, self.known))
            return
        arm = (branch or variable) if decided else None
        if name not in self._values:
            if arm is not None and self._fill:
                self.known[name] = arm.default
            elif decided or variable.when is None:
                self._presence.append(_missing(variable, branch, arm.domain if arm else None))
            return
        value = self._values[name]
        if not decided and variable.when is not None and value is None:
            return
        verdict = arm.domain.judge(value) if arm is not None else _anywhere(variable, value)
        if verdict.code:
            active = arm.domain if arm else None
            self._wrong.append(_refused(variable, branch, active, value, verdict))
        elif decided:
            self.known[name] = verdict.value

    def _leave_out(self, variable: Variable) -> None:
        self.absent.add(variable.name)
        value = self._values.get(variable.name)
        if variable.name in self._values and (value is not None or variable.nullable):
            self._presence.append(_inactive(variable.name, variable.text, value))

    def _composite(self, composite: Composite) -> None:
        name = composite.name
        if not self._decided(composite.depends):
            return
        try:
            active = composite.exists(self.known)
            value = composite.value(self.known) if active else None
        except NO_VALUE as error:
            self._computed.append(_no_value(name, "", error, composite.depends, self.known))
            return
        given = self._values.get(name)
        if not active:
            self.absent.add(name)
            if given is not None:
                self._presence.append(_inactive(name, composite.text, given))
            return
        self.known[name] = value
        if name in self._values and not equal(given, value):
            message = f"`{name}` is {show(given)}, but is computed, and is {show(value)} here: leave it out"
            self._computed.append(Issue(name, "computed", message, _text(given)))


def _made(space: type[Space], config: type[ConfigT], found: _Examination) -> ConfigT:
    if found.issues:
        raise ValidationError(space.name, found.issues)
    return made(config, found.known)


def _anywhere(variable: Variable, value: Any) -> Verdict:
    """Judge a value by the domain that is kindest to it."""
    verdicts = [domain.judge(value) for domain in variable.domains]
    return next((verdict for verdict in verdicts if not verdict.code), verdicts[0])


def _missing(variable: Variable, branch: Branch | None, active: Domain | None) -> Issue:
    allowed = f"{active}{_where(variable, branch)}" if active is not None else _all_domains(variable)
    since = f" since {variable.text}" if variable.text else ""
    return Issue(variable.name, "missing", f"`{variable.name}` is missing{since}: it must be {allowed}")


def _inactive(name: str, condition: str, value: Any = None) -> Issue:
    what = f"is {show(value)}, but exists" if value is not None else "exists"
    message = f"`{name}` {what} only when {condition}: leave it out"
    return Issue(name, "inactive", message, "" if value is None else _text(value))


def _no_value(
    name: str, what: str, error: BaseException, reads: Sequence[str], values: Mapping[str, Any]
) -> Issue:
    owner = f"{what} `{name}`" if what else f"`{name}`"
    known = facts(reads, values)
    return Issue(name, "no_value", f"{owner} has no value: {error}, with {known}", known[:VALUE_LENGTH])


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
    names = [*(variable.name for variable in space.variables), *(other.name for other in space.composites)]
    plain = isinstance(name, str) and len(name) <= VALUE_LENGTH and name.isprintable()
    said = str(name) if plain else shown(name)
    close = nearest(said, names) if plain else None
    if close:
        hint = f"did you mean `{close}`?"
    elif names:
        listed = ", ".join(f"`{known}`" for known in names[:_NAMED])
        hint = f"it has {listed}{', …' if len(names) > _NAMED else ''}"
    else:
        hint = "it has none"
    return Issue(said, "unknown_variable", f"`{said}` is not a variable of {space.name}; {hint}")


def _broken(constraint: Constraint, values: Mapping[str, Any]) -> Issue:
    known = facts(constraint.reads, values)
    said = f"{constraint.message}; " if constraint.message else ""
    message = f"`{constraint.name}` does not hold: {said}{constraint.text}, with {known}"
    return Issue("", "constraint", message, known[:VALUE_LENGTH])


def _ancestors(space: type[Space], variable: Variable) -> set[str]:
    found = set(variable.depends)
    for earlier in reversed(members(space)):
        if earlier.name in found:
            found.update(earlier.depends)
    return found


def _text(value: object) -> str:
    return show(value)[:VALUE_LENGTH]
