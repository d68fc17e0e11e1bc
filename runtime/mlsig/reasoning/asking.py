"""What a strategy works with: requests as the configuration wants them, tools, limits, other layouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from mlsig.providers.messages import Message, Request, Tool
from mlsig.settings import CallSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlsig.adapters.task import Layout, Task
    from mlsig.adapters.wording import Words
    from mlsig.records import Record
    from mlsig.signatures import Signature
    from mlsig.tools.use import Usable

_WARM: Final = 0.7
_STRIDE: Final = 7_919
_SEEDS: Final = 2**31


class Asking:
    """Makes requests for messages: `ask(messages)`; one program has one, and each sample another.

    Attributes:
        task: Everything about the prompt, for layouts of a strategy's own; see `of`.
        settings: What the configuration says.
        signature: What the program takes and returns.
        tools: What the model may use.
        native: The model takes declarations of tools; where it does not, the prompt has to explain them.
    """

    __slots__ = ("_adapter", "_request", "native", "settings", "signature", "task", "tools")

    def __init__(
        self,
        request: Request,
        adapter: Callable[[Task], Layout],
        task: Task,
        *,
        settings: CallSettings,
        signature: type[Signature],
        tools: tuple[Usable, ...] = (),
        native: bool = False,
    ) -> None:
        self._request = request
        self._adapter = adapter
        self.task = task
        self.settings = settings
        self.signature = signature
        self.tools = tools
        self.native = native

    def __call__(
        self, messages: Sequence[Message], *, tools: tuple[Tool, ...] | None = None, loose: bool = False
    ) -> Request:
        """Return a request for an answer in the program's own layout.

        Args:
            messages: The prompt.
            tools: What the model may ask for; with tools, an answer is not forced into a schema.
            loose: Any text will do: no schema, no texts to stop at.
        """
        request = self._request
        if tools:
            return msgspec.structs.replace(request, messages=tuple(messages), tools=tools, schema=None)
        if loose:
            return msgspec.structs.replace(request, messages=tuple(messages), schema=None, stop=())
        return msgspec.structs.replace(request, messages=tuple(messages))

    def words(self, layout: Layout) -> Words:
        """Return the texts for a layout, those of the user's in the place of ours."""
        return self.task.wording.words(getattr(layout, "named", "Chat"))

    def laid(self, layout: Layout) -> Asking:
        """Return one whose answers are in another layout."""
        request = msgspec.structs.replace(self._request, stop=layout.stop, schema=layout.schema)
        return self._with(request)

    def of(self, output: type[Record], instructions: str, *, rules: bool = True) -> Layout:
        """Return a layout by the program's own adapter that asks for something else than its answer."""
        from dataclasses import replace  # noqa: PLC0415

        return self._adapter(
            replace(
                self.task,
                instructions=instructions,
                output=output,
                rules=self.task.rules if rules else (),
                lead=(),
                demos=(),
                checks=(),
            )
        )

    def sample(self, number: int) -> Asking:
        """Return one for another sample of the same answer; number 0 is as the configuration says.

        The seeds differ, so that no cache takes one for the other, and at temperature 0, where all samples
        would be the same, all but the first are drawn at 0.7.
        """
        if number == 0:
            return self
        request = self._request
        seed = ((request.seed or 0) + number * _STRIDE) % _SEEDS
        temperature = _WARM if request.temperature == 0 else request.temperature
        return self._with(msgspec.structs.replace(request, seed=seed, temperature=temperature))

    def _with(self, request: Request) -> Asking:
        return Asking(
            request,
            self._adapter,
            self.task,
            settings=self.settings,
            signature=self.signature,
            tools=self.tools,
            native=self.native,
        )


def before_last(messages: Sequence[Message], text: str) -> tuple[Message, ...]:
    """Return a prompt with a text ahead of its last message, whose end asks for the answer."""
    *first, last = messages
    media = tuple(msgspec.structs.replace(file, at=file.at + len(text) + 2) for file in last.media)
    return (*first, msgspec.structs.replace(last, content=f"{text}\n\n{last.content}", media=media))
