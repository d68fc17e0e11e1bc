"""Preferences: what a configuration had better meet. One that is not met is a warning, never a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlsig.errors import VALUE_LENGTH, Issue
from mlsig.spaces.checks import facts
from mlsig.spaces.configs import Config, values_of
from mlsig.spaces.members import holds
from mlsig.spaces.variables import Preference

if TYPE_CHECKING:
    from mlsig.spaces.space import Space


def unmet(space: type[Space], config: Config) -> list[Preference]:
    """Return the preferences that a configuration does not meet; one without a value is not met."""
    values = values_of(space.name, config)
    return [preference for preference in space.preferences if not holds(preference, values)]


def warnings(space: type[Space], config: Config) -> list[Issue]:
    """Say which preferences a configuration does not meet."""
    values = values_of(space.name, config)
    found: list[Issue] = []
    for preference in unmet(space, config):
        shown = facts(preference.reads, values)
        said = f"{preference.message}; " if preference.message else ""
        message = f"{said}preferred is {preference.text}, with {shown}"
        found.append(Issue("", "preference", message, shown[:VALUE_LENGTH]))
    return found
