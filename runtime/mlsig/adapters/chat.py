r"""Prompts of labelled lines, which even a model that was never taught to follow instructions can continue.

The user's turn states the inputs and ends with the label of the first output; the answer begins behind that
label:

    user:      review: a fine film\nsentiment:
    assistant: positive

Further outputs follow as `name: value` lines. Values keep to their place: see `mlsig.parsing.text`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlsig import shapes
from mlsig.adapters.task import Demo, Task
from mlsig.adapters.wording import demo_messages, described, shown, system_text
from mlsig.errors import ParseError
from mlsig.parsing import Reading, read_json, read_labelled
from mlsig.parsing.labelled import Labels
from mlsig.parsing.text import write
from mlsig.providers.messages import Message
from mlsig.records import Record


class Chat:
    """The layout of labelled lines."""

    schema: dict[str, Any] | None = None

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shape = task.output.shape()
        self._written = (*task.lead, *self._shape.fields)
        names = [field.name for field in self._written]
        self._labels = Labels(names, [field.name for field in task.inputs])
        self._cue = f"{names[0]}:"
        demos = list(shown(task.demos))
        turns = [self._turn(demo) for demo in demos]
        self._before = ""
        fields = [described(field, demos) for field in (*task.inputs, *self._written)]
        system = system_text(task, fields)
        static: tuple[Message, ...] = (Message("system", system),) if system else ()
        if task.demo_layout == "block":
            self._before = "".join(f"{asked}{answered}\n\n" for asked, answered in turns)
        else:
            static += demo_messages([(asked, answered.removeprefix(" ")) for asked, answered in turns])
        self._static = static
        # A model that was never taught to stop goes on with the next example; this is where it would begin.
        self.stop = (f"\n{task.inputs[0].name}:",) if task.inputs else ()

    def messages(self, inputs: Record) -> tuple[Message, ...]:
        """Return the prompt for these inputs."""
        values = {field.name: getattr(inputs, field.name) for field in self._task.inputs}
        return (*self._static, Message("user", f"{self._before}{self._asked(values)}{self._cue}"))

    def read(self, text: str) -> Reading[Any]:
        """Read labelled lines; where they do not fit, JSON from a model that prefers it."""
        task = self._task
        try:
            return read_labelled(text, task.output, self._shape, self._labels, task.lead)
        except ParseError:
            if "{" not in text:
                raise
            try:
                return read_json(text, task.output, self._shape, task.lead)
            except ParseError:
                pass
            raise

    def _turn(self, demo: Demo) -> tuple[str, str]:
        """Return what is asked and what is answered; the answer begins with a blank or a line break."""
        stated = [field for field in self._written if field.name in demo.outputs]
        first = stated[0]
        head = write(first.shape, demo.outputs[first.name], self._labels.anything)
        answered = "\n".join([head, *self._lines(stated[1:], demo.outputs)])
        return f"{self._asked(demo.inputs)}{first.name}:", answered

    def _asked(self, values: Mapping[str, Any]) -> str:
        """Return the lines that state the inputs; Windows' line breaks in them are made plain ones."""
        even = {name: _even(value) for name, value in values.items()}
        return "".join(f"{line}\n" for line in self._lines(self._task.inputs, even))

    @staticmethod
    def _lines(fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> list[str]:
        return [
            f"{field.name}:{write(field.shape, values[field.name])}"
            for field in fields
            if field.name in values
        ]


def _even(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) and "\r" in value else value
