"""Reading JSON that looks first whether it has read the same text before: `from_json` of one class.

A found record is copied as far as it can change, so nobody can tell that it was found. What is not valid is
never kept.

Only texts are looked up. Whether two values of Python are the same to a schema, which tells `1` from `1.0`
and from `True`, a list from a tuple and a text from a date, takes longer to find out than to validate them
(`docs/orchestrator/schema-registry.md` has the figures).
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final, TypeAlias, cast

from mlsig.orchestrator.components.copying import Copy
from mlsig.orchestrator.components.recent import Recent
from mlsig.orchestrator.components.worth import Worth

Cache: TypeAlias = Recent[tuple[type[Any], str | bytes], Any]

_type: Final = cast("Callable[[object], object]", type)  # so that no type checker narrows what we look at
OVERHEAD: Final = 200
"""About so many bytes does an entry take beside its text."""


class Remembering:
    """`from_json` of one schema, through the cache where that pays.

    Args:
        schema: The class.
        original: Its method, before anything was put in front of it.
        copy: Makes another record of a kept one.
        cache: Shared by all schemas.
        trial: How many uses are timed before it is decided.
        timer: Seconds, for that.
        rest: Is called when it is found not to pay.
    """

    __slots__ = ("_cache", "_copy", "_rest", "_timer", "original", "schema", "worth")

    def __init__(
        self,
        schema: type[Any],
        original: Callable[..., Any],
        copy: Copy,
        cache: Cache,
        *,
        trial: int,
        timer: Callable[[], float] = perf_counter,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self.schema = schema
        self.original = original
        self.worth = Worth(trial)
        self._copy = copy
        self._cache = cache
        self._timer = timer
        self._rest = rest

    def __call__(self, raw: Any, fail_fast: bool = False) -> Any:
        """Return the record of a text.

        Raises:
            ValidationError: It is not JSON, or its value does not fit.
        """
        worth = self.worth
        kind = _type(raw)
        if worth.pays is False or (kind is not bytes and kind is not str):
            return self.original(raw, fail_fast)
        if worth.left <= 0:  # less than 0 where two threads have taken the last one
            return self._timed(raw, fail_fast)
        worth.left -= 1
        found = self._found((self.schema, raw))
        if found is not None:
            return found
        record = self.original(raw, fail_fast)
        self._keep(raw, record)
        return record

    def _timed(self, raw: str | bytes, fail_fast: bool) -> Any:
        """Do the same, and keep account; whoever ends a trial badly says so."""
        timer, worth = self._timer, self.worth
        start = timer()
        record = self._found((self.schema, raw))
        looked = timer()
        try:
            if worth.look(looked - start, record is not None):
                record = self.original(raw, fail_fast)
                worked = timer()
                worth.work(worked - looked)
                self._keep(raw, record)
        finally:
            worth.decide()
            if worth.pays is False:
                self._rest()
        return record

    def _found(self, key: tuple[type[Any], str | bytes]) -> Any:
        kept = self._cache.get(key)
        try:
            return None if kept is None else self._copy(kept)
        except RecursionError:  # a deep one, asked for from deep inside
            return None

    def _keep(self, raw: str | bytes, record: Any) -> None:
        try:
            copied = self._copy(record)
        except RecursionError:  # it was read in C, which goes deeper
            return
        self._cache.put((self.schema, raw), copied, len(raw) + OVERHEAD)
