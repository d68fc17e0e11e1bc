"""Settings that might have been: drawn from what was seen, with conditions kept.

A variable that is active only for some values of another comes and goes with it. Which does so is read off
the settings that were seen: what was there exactly for some values of another variable depends on that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from mlsig.insight.surrogate import Columns

Setting = dict[str, Any]


class Worlds:
    """Draws settings, and changes them one variable at a time."""

    def __init__(self, settings: Sequence[Mapping[str, Any]], columns: Columns, seed: int) -> None:
        self._columns = columns
        self._rng = Random(f"worlds {seed}")  # noqa: S311  (nothing secret)
        self._sometimes = [name for name in columns.names if any(name not in values for values in settings)]
        self._parents = {name: _parent(name, settings, columns) for name in self._sometimes}
        self._active: dict[str, set[Any]] = {
            name: {values.get(parent) for values in settings if name in values}
            for name, parent in self._parents.items()
            if parent is not None
        }
        self._seen = settings

    def draw(self, count: int) -> list[Setting]:
        """Return settings in which variables that do not depend on each other vary independently."""
        drawn: list[Setting] = []
        for _ in range(count):
            # A real one says what is active where no rule was found; all else is drawn anew.
            setting = dict(self._rng.choice(self._seen))
            for name in self._columns.names:
                if name in setting:
                    setting[name] = self._value(name)
            drawn.append(self._settled(setting))
        return drawn

    def changed(self, setting: Setting, *names: str, like: Setting) -> Setting:
        """Return a setting that has some variables from another one, as far as both have them."""
        changed = dict(setting)
        for name in names:
            if name in like and name in setting:
                changed[name] = like[name]
        return self._settled(changed, like)

    def _settled(self, setting: Setting, like: Setting | None = None) -> Setting:
        """Let what depends on others come and go with them."""
        for name, parent in self._parents.items():
            if parent is None:
                continue
            active = setting.get(parent) in self._active[name]
            if not active:
                setting.pop(name, None)
            elif name not in setting:
                setting[name] = like[name] if like is not None and name in like else self._value(name)
        return setting

    def _value(self, name: str) -> Any:
        return self._rng.choice(self._columns.seen[name])


def _parent(name: str, settings: Sequence[Mapping[str, Any]], columns: Columns) -> str | None:
    """Return the variable whose value decides whether this one is there; None where there is no such."""
    for other in columns.names:
        if other == name or any(other not in values for values in settings):
            continue
        there = {values[other] for values in settings if name in values}
        gone = {values[other] for values in settings if name not in values}
        if not there & gone:
            return other
    return None
