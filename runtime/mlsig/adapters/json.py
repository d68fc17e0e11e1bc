"""Prompts that ask for one JSON object, and state inputs as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mlsig import shapes
from mlsig.adapters.schema import forced
from mlsig.adapters.task import Task
from mlsig.adapters.wording import demo_messages, record_notation, shown, system_text
from mlsig.parsing import Reading, read_json
from mlsig.parsing.text import one_line
from mlsig.providers.messages import Message
from mlsig.records import Record
from mlsig.types.presenting import presented


class JSON:
    """The layout of JSON objects, one in, one out."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shape = task.output.shape()
        written = (*task.lead, *self._shape.fields)
        self.schema = forced(task)
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f'\n{{"{task.inputs[0].name}":',) if task.inputs else ()
        fields = [
            f"- {field.name}: {field.description}" for field in (*task.inputs, *written) if field.description
        ]
        system = system_text(task, fields, f"Answer with one JSON object: {record_notation(written)}")
        self._static: tuple[Message, ...] = (Message("system", system),)
        self._before = ""
        turns = [
            (_object(task.inputs, demo.inputs), _object(written, demo.outputs)) for demo in shown(task.demos)
        ]
        if task.demo_layout == "block":
            self._before = "".join(f"{asked}\n{answered}\n\n" for asked, answered in turns)
        else:
            self._static += demo_messages(turns)

    def messages(self, inputs: Record) -> tuple[Message, ...]:
        """Return the prompt for these inputs."""
        asked = one_line(msgspec.json.encode(inputs, enc_hook=presented).decode())
        return (*self._static, Message("user", f"{self._before}{asked}"))

    def read(self, text: str) -> Reading[Any]:
        """Read a JSON object, alone, fenced or inside prose."""
        return read_json(text, self._task.output, self._shape, self._task.lead)


def _object(fields: Iterable[shapes.Field], values: Mapping[str, Any]) -> str:
    stated = {field.name: values[field.name] for field in fields if field.name in values}
    return one_line(msgspec.json.encode(stated, enc_hook=presented).decode())
