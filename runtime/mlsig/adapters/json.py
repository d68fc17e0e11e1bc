"""Prompts that ask for one JSON object, and state inputs as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from mlsig import shapes
from mlsig.adapters.laid import Laid, Said
from mlsig.adapters.media import Marks
from mlsig.adapters.schema import forced
from mlsig.adapters.task import Demo
from mlsig.adapters.values import json_line
from mlsig.parsing import Reading, read_json
from mlsig.records import Record


class JSON(Laid):
    """The layout of JSON objects, one in, one out."""

    named: ClassVar[str] = "JSON"

    def _prepare(self) -> None:
        inputs = self._task.inputs
        self.schema = forced(self._task)
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f'\n{{"{inputs[0].name}":',) if inputs else ()

    def read(self, text: str) -> Reading[Any]:
        """Read a JSON object, alone, fenced or inside prose."""
        return read_json(text, self._task.output, self._shape, self._task.lead)

    def _fields(self, demos: Sequence[Demo]) -> list[str]:  # noqa: ARG002  (the outline lists all options)
        say = self._describing.briefly
        inputs = [line for field in self._task.inputs for line in say(field, asked=False)]
        return inputs + [line for field in self._written for line in say(field)]

    def _outline(self) -> str:
        return self._describing.record(self._written)

    def _stated(self, values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
        text = json_line(values, marks)
        return Said(text, tuple(marks.take(len(text))) if marks else ())

    def _answered(self, fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> str:
        return json_line({field.name: values[field.name] for field in fields})
