"""Tasks of Ray, as an executor."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

Value = TypeVar("Value")


class Tasks(Executor):
    """Runs functions of modules as tasks that Ray never tries again."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._remote: dict[Callable[..., Any], Any] = {}

    def submit(self, fn: Callable[..., Value], /, *args: Any, **kwargs: Any) -> Future[Value]:
        """Run a function somewhere in the cluster."""
        if fn not in self._remote:
            self._remote[fn] = self._ray.remote(max_retries=0, retry_exceptions=False)(fn)
        future: Future[Value] = self._remote[fn].remote(*args, **kwargs).future()
        return future
