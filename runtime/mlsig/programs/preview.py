"""What a pipeline would send, as far as that is known before anything runs.

A step that reads nothing but parameters has its prompt already. This goes through the pipeline's own `flow`
with a graph that calls nothing: what would ask a model is noted, and everything else, such as the use of a
tool, is left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mlsig.records import Record

if TYPE_CHECKING:
    from mlsig.orchestrator.graph import Step
    from mlsig.programs.program import Program
    from mlsig.programs.prompt import Prompt

RecordT = TypeVar("RecordT", bound=Record)


class _NotYet(Exception):
    """Somebody waits for what is not there."""


class _Nothing:
    """A step that never ends, and what would be sent by one."""

    def __await__(self) -> Generator[Any, None, Any]:
        raise _NotYet
        yield

    @property
    def value(self) -> Any:
        raise _NotYet


class Preview:
    """A graph that notes what its steps would send.

    Attributes:
        prompts: By the path of the step.
    """

    def __init__(self, within: str = "") -> None:
        self.prompts: dict[str, Prompt] = {}
        self._within = within

    def ask(self, step: str, program: Program, inputs: Record, output: type[Any]) -> Any:  # noqa: ARG002
        """Note what the program of a step would send."""
        given = {name: getattr(inputs, name) for name in inputs.__struct_fields__}
        self.prompts.setdefault(f"{self._within}{step}", program.prompt(**given))
        return _Nothing()

    def use(self, step: str, tool: object) -> Callable[..., Any]:
        """Leave a tool alone."""
        del step, tool
        return _unused

    def checked(self, inputs: RecordT) -> RecordT:
        """Return a record as it is: what is wrong with it is said when it is used."""
        return inputs

    def into(self, step: str, body: Callable[[Any], Awaitable[Any]]) -> Any:
        """Note what the steps of a pipeline inside of this one would send."""
        inner = Preview(f"{self._within}{step}.")
        _begun(body(inner))
        self.prompts = {**inner.prompts, **self.prompts}
        return _Nothing()

    def step(self, name: str, call: Callable[[], Any], **options: Any) -> Any:
        """Look at a step, if it needs no other."""
        return self._looked(name, call, options.get("needs", ()))

    optional = step

    def compute(self, name: str, value: Callable[[], Any], **options: Any) -> Any:
        """Leave a step that computes something alone: who needs it is not looked at."""
        del name, value, options
        return _Nothing()

    def each(
        self, name: str, items: Callable[[], Iterable[Any]], call: Callable[[Any], Any], **options: Any
    ) -> Any:
        """Look at the first item of a step that goes through a list, if it needs no other."""

        def first() -> Any:
            found = next(iter(items()), None)
            return None if found is None else call(found)

        return self._looked(name, first, options.get("needs", ()))

    each_optional = each

    def _looked(self, name: str, call: Callable[[], Any], needs: Iterable[Step[Any]]) -> _Nothing:
        del name
        if not tuple(needs):
            call()
        return _Nothing()


def _unused(**arguments: object) -> _Nothing:
    del arguments
    return _Nothing()


def _begun(work: Awaitable[Any]) -> None:
    """Run a coroutine up to where it waits for a step."""
    found = cast("Coroutine[Any, Any, Any]", work)
    try:
        found.send(None)
    except (_NotYet, StopIteration):
        return
    finally:
        found.close()


def prompts(flow: Callable[[Any, Any], Awaitable[Any]], given: Record) -> dict[str, Prompt]:
    """Return what the steps of a pipeline would send that read nothing but these inputs, by path."""
    preview = Preview()
    _begun(flow(given, preview))
    return preview.prompts
