"""What all layouts share: the parts that no call changes are made once; a call fills in its inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import msgspec

from mlsig import shapes
from mlsig.adapters.describing import Describing, described, hanging, one_line, plain
from mlsig.adapters.media import Marks, holds_media
from mlsig.adapters.task import Demo, Task
from mlsig.adapters.values import Writer
from mlsig.adapters.wording import Words
from mlsig.errors import ParseError
from mlsig.parsing import Reading, read_json, read_labelled
from mlsig.parsing.labelled import Labels
from mlsig.providers.messages import Attachment, Message
from mlsig.records import Record


class Framed(NamedTuple):
    """A field in its place: what stands before and after its value, and what writes that."""

    name: str
    before: str
    write: Writer
    after: str


class Said(NamedTuple):
    """A text, and the files that stand in it."""

    text: str
    media: tuple[Attachment, ...] = ()

    def behind(self, other: Said) -> Said:
        """Return this one behind another."""
        if not other.text:
            return self
        return Said(other.text + self.text, (*other.media, *moved(self.media, len(other.text))))


def moved(media: Iterable[Attachment], by: int) -> tuple[Attachment, ...]:
    """Return files whose text has been moved by so many characters."""
    return tuple(msgspec.structs.replace(one, at=one.at + by) for one in media)


class Laid:
    """The base of layouts. A layout says how a turn looks; the rest is here.

    Attributes:
        named: Whose words it takes.
        joint: What stands between a question and its answer where both are in one message.
    """

    named: ClassVar[str]
    joint: ClassVar[str] = "\n"
    schema: dict[str, Any] | None = None
    stop: tuple[str, ...] = ()

    def __init__(self, task: Task) -> None:
        self._task = task
        self._shape = task.output.shape()
        self._written = (*task.lead, *described(self._shape.fields, task.descriptions))
        self._words = task.wording.words(self.named)
        self._describing = Describing(self._words)
        self._media = any(holds_media(field.shape) for field in task.inputs)
        self._prepare()
        demos = [demo for demo in task.demos if demo.outputs]
        system = system_text(task, self._words, self._fields(demos), self._outline())
        static = [Message("system", system)] if system else []
        block = Said("")
        counts: dict[str, int] = {}
        for demo in demos:
            marks = Marks(counts if task.demo_layout == "block" else None)
            asked, answered = self._turn(demo, marks)
            if task.demo_layout == "block":
                counts = marks.counts
                turn = Said(f"{asked.text}{self.joint}{answered}\n\n", asked.media)
                block = turn.behind(block)
            else:
                static.append(Message("user", asked.text, media=asked.media))
                static.append(Message("assistant", answered.lstrip(" ")))
        self._static = tuple(static)
        self._block = block
        self._counts = counts
        self._head, self._tail = self._around(self._written)
        self._start = block.text + self._head

    def messages(self, inputs: Record) -> tuple[Message, ...]:
        """Return the prompt for these inputs."""
        if not self._media and not self._block.media:
            return (
                *self._static,
                Message("user", f"{self._start}{self._stated(inputs, None).text}{self._tail}"),
            )
        text, media = self._stated(inputs, Marks(self._counts))
        found = (*self._block.media, *moved(media, len(self._start)))
        return (*self._static, Message("user", f"{self._start}{text}{self._tail}", media=found))

    def read(self, text: str) -> Reading[Any]:
        """Read an answer, or raise `ParseError` with issues that name the fields."""
        raise NotImplementedError

    def _prepare(self) -> None:
        """Make what a layout needs for the rest."""

    def _fields(self, demos: Sequence[Demo]) -> list[str]:
        """Return the lines that say what the fields are."""
        say = self._describing.lines
        inputs = [line for field in self._task.inputs for line in say(field, demos, asked=False)]
        return inputs + [line for field in self._written for line in say(field, demos)]

    def _outline(self) -> str:
        """Return the form of an answer, or nothing where that is plain."""
        return ""

    def _around(self, fields: Sequence[shapes.Field]) -> tuple[str, str]:  # noqa: ARG002
        """Return what stands before and after the inputs, where these fields are to be written."""
        return self._words["user"].around("inputs", cue="")

    def _stated(self, values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
        """Return the inputs, laid out."""
        raise NotImplementedError

    def _answered(self, fields: Sequence[shapes.Field], values: Mapping[str, Any]) -> str:
        """Return these outputs, laid out, as a model would write them."""
        raise NotImplementedError

    def _turn(self, demo: Demo, marks: Marks) -> tuple[Said, str]:
        stated = [field for field in self._written if field.name in demo.outputs]
        head, tail = self._around(stated)
        text, media = self._stated(demo.inputs, marks if self._media else None)
        said = Said(f"{head}{text}{tail}", moved(media, len(head)))
        return said, self._answered(stated, demo.outputs)

    def _read_or_json(
        self, text: str, labels: Labels, found: Mapping[str, str] | None = None
    ) -> Reading[Any]:
        """Read labelled lines; where they do not fit, JSON from a model that prefers it.

        Args:
            text: The answer.
            labels: What labels look like.
            found: What a layout has found in the answer, by field, as it would stand behind a label.
        """
        task = self._task
        lines = "\n".join(f"{name}:{segment}" for name, segment in found.items()) if found else text
        try:
            return read_labelled(lines, task.output, self._shape, labels, task.lead)
        except ParseError as error:
            if "{" in text:
                try:
                    return read_json(text, task.output, self._shape, task.lead)
                except ParseError:
                    pass
            raise (ParseError(str(error), error.issues, text) if found else error) from None


def stated(frames: Sequence[Framed], values: Record | Mapping[str, Any], marks: Marks | None) -> Said:
    """Return fields one after another; those that a mapping lacks are left out."""
    if isinstance(values, Record):
        found = [getattr(values, frame.name) for frame in frames]
    else:
        frames = [frame for frame in frames if frame.name in values]
        found = [values[frame.name] for frame in frames]
    if marks is None:
        pieces = [
            f"{before}{write(value, None)}{after}"
            for (_, before, write, after), value in zip(frames, found, strict=True)
        ]
        return Said("".join(pieces))
    text = ""
    media: list[Attachment] = []
    for (_, before, write, after), value in zip(frames, found, strict=True):
        text += before + write(value, marks)
        media += marks.take(len(text))
        text += after
    return Said(text, tuple(media))


def evened(write: Writer) -> Writer:
    """Return a writer of inputs: Windows' line breaks in a text are made plain ones."""

    def even(value: Any, marks: Marks | None) -> str:
        return write(
            value.replace("\r\n", "\n") if isinstance(value, str) and "\r" in value else value, marks
        )

    return even


def system_text(task: Task, words: Words, fields: Iterable[str], outline: str) -> str:
    """Return the system message; short, since small models read it."""
    return words["system"].paragraphs(
        instructions=task.instructions,
        rules="\n".join(words.say("rule", rule=hanging(rule)) for rule in task.rules),
        knobs="\n".join(_knob(words, knob.name, plain(knob.value), knob.description) for knob in task.knobs),
        fields="\n".join(fields),
        checks=_checks(words, task.checks),
        form=words.say("form", outline=outline) if outline else "",
    )


def _knob(words: Words, name: str, value: str, description: str) -> str:
    value, description = hanging(value), one_line(description)
    if not description:
        return words.say("knob", name=name, value=value)
    return words.say("described_knob", name=name, value=value, description=description)


def _checks(words: Words, checks: Sequence[str]) -> str:
    if not checks:
        return ""
    return words.say("checks", checks="\n".join(words.say("check", check=hanging(check)) for check in checks))
