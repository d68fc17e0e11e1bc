"""Large generated modules make each declaration when it is first asked for.

Such a module is Python like any other, in which every declaration is a section:

    _wanted = _sections.wanted(__name__, {"Verdict7": (), "Step7": ("Verdict7",), …})
    …
    if TYPE_CHECKING or "Step7" in _wanted:

        class Step7(Signature):

Importing it makes nothing. `module.Step7`, or `from module import Step7`, runs the module's code again, in
the same namespace, and then `_wanted` has `Step7` and what that needs. So classes are made in the order of
the text, on lines that a debugger stops at, and type checkers see all of them.
"""

from __future__ import annotations

import sys
from _thread import RLock

TYPE_CHECKING = (
    False  # true for type checkers, by its name: importing `typing` would take longer than all else
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType
    from typing import Any, Final

STATE: Final = "__sections__"
"""What a module calls its own `Sections`."""

FEW: Final = 16
"""Of so many, each is made when it is asked for; who asks for more gets more with each, and soon has all."""


class Sections:
    """The sections of one module, some of them made.

    Attributes:
        running: What the run under way makes; empty when there is none.
    """

    __slots__ = ("_code", "_lock", "_name", "_namespace", "_needs", "_runs", "running")

    def __init__(
        self, name: str, namespace: dict[str, Any], code: CodeType, needs: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.running: frozenset[str] = frozenset()
        self._name = name
        self._namespace = namespace
        self._code: CodeType | None = code
        self._needs = needs
        self._runs = 0
        self._lock = RLock()

    def get(self, name: str) -> Any:
        """Return what the module calls so, and make it first; this is the module's `__getattr__`.

        Raises:
            AttributeError: It declares nothing of that name.
        """
        if name not in self._needs:
            raise AttributeError(f"module {self._name!r} has no attribute {name!r}")
        with self._lock:
            if name not in self._namespace:  # another thread may have been first
                self._make(name)
            return self._namespace[name]

    def names(self) -> list[str]:
        """Return all names, made or not; this is the module's `__dir__`."""
        return sorted({*self._namespace, *self._needs})

    def _make(self, name: str) -> None:
        if self._code is None:
            raise AttributeError(f"{name!r} was deleted from module {self._name!r}")
        from types import FunctionType  # noqa: PLC0415  (an import of the module needs none of it)

        self._runs += 1
        before = self.running
        self.running = self._reached([name, *self._next(name, self._runs - FEW)])
        try:
            FunctionType(self._code, self._namespace)()
        finally:
            self.running = before
        if self._needs.keys() <= self._namespace.keys():
            self._code = None  # all are made, and nobody will ask again

    def _next(self, name: str, most: int) -> list[str]:
        """Return the sections after one that are not made, so many at most."""
        if most <= 0:
            return []
        names = list(self._needs)
        after = names[names.index(name) + 1 :]
        return [other for other in after if other not in self._namespace][:most]

    def _reached(self, names: list[str]) -> frozenset[str]:
        """Return sections and all that they need, if only through others, without those that are made."""
        waiting = list(names)
        found = set(waiting)
        for each in waiting:  # grows while it is read
            more = [
                other for other in self._needs[each] if other not in found and other not in self._namespace
            ]
            found.update(more)
            waiting += more
        return frozenset(found)


def wanted(name: str, needs: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the sections that this run of a module's code has to make: none when it is imported.

    Args:
        name: The module's name, while its code runs.
        needs: Its sections, each with those that it names itself.
    """
    namespace = sys.modules[name].__dict__
    known = namespace.get(STATE)
    if known is not None and known.running:
        found: frozenset[str] = known.running
        return found
    for section in needs:  # of a module that is loaded again
        namespace.pop(section, None)
    code = sys._getframe(1).f_code  # pyright: ignore[reportPrivateUsage]  (the module calls)
    sections = namespace[STATE] = Sections(name, namespace, code, needs)
    namespace["__getattr__"] = sections.get
    namespace["__dir__"] = sections.names
    return sections.running
