"""ProgramOfThought: the model writes a program, a sandbox runs it, and what it prints leads to the answer.

A program that fails is shown its error and written again, a limited number of times (`max_tries`). Where none
runs, the answer is asked for without one; the actions of the run tell of every program.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from typing import Any, ClassVar, Final

from mlsig import shapes
from mlsig.adapters.task import Layout
from mlsig.adapters.wording import Words
from mlsig.parsing import Reading
from mlsig.providers.messages import Message, Reply
from mlsig.reasoning import wording
from mlsig.reasoning.asking import Asking, before_last
from mlsig.reasoning.modules import answered
from mlsig.reasoning.steps import Wanted
from mlsig.records import Record
from mlsig.tools.use import Acted, watched
from mlsig.tools.words import cut

_FENCE: Final = re.compile(
    r"```[ \t]*(python3?|py)?[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL | re.IGNORECASE
)
MOST_CODE: Final = 50_000


class ProgramOfThought:
    """Answers from what a program prints that the model writes for the question.

    Attributes:
        seconds: How long a program may run.
        memory: How many bytes it may have.
        output: How many characters it may print.
    """

    lead: ClassVar[tuple[shapes.Field, ...]] = ()
    seconds: ClassVar[float] = 5.0
    memory: ClassVar[int] = 128 * 2**20
    output: ClassVar[int] = 16_000

    @classmethod
    def run(cls, layout: Layout, ask: Asking, inputs: Record) -> Generator[Wanted, Any, Reading[Any]]:
        """Have a program written and run, and read the answer."""
        words = ask.words(layout)
        messages = cls._asked(words, ask, inputs)
        values = inputs.to_dict()
        error = ""
        for _ in range(ask.settings.max_tries):
            reply: Reply = yield ask(messages, loose=True)
            code = code_of(reply.text)
            acted: Acted = yield Run(words, code, values, (cls.seconds, cls.memory, cls.output))
            if not acted.failed:
                told = words.say("program_printed", printed=wording.quoted(acted.result))
                return (yield from answered(layout, ask, before_last(layout.messages(inputs), told)))
            error = acted.result
            messages = (
                *messages,
                Message("assistant", cut(reply.text, MOST_CODE)),
                Message("user", words.say("program_failed", error=error)),
            )
        told = words.say("no_program_ran", error=wording.quoted(error))
        return (yield from answered(layout, ask, before_last(layout.messages(inputs), told)))

    @classmethod
    def _asked(cls, words: Words, ask: Asking, inputs: Record) -> tuple[Message, ...]:
        """Return the prompt that asks for a program."""
        task = ask.task
        names = ", ".join(
            f"`{field.name}`{f' ({field.description})' if field.description else ''}" for field in task.inputs
        )
        wanted = ", ".join(
            f"`{field.name}`{f' ({field.description})' if field.description else ''}"
            for field in task.output.shape().fields
        )
        rules = "\n".join(words.say("rule", rule=rule) for rule in task.rules)
        instructions = "\n\n".join(part for part in (task.instructions, rules) if part)
        system = words.say(
            "program",
            instructions=instructions,
            names=names or words.say("no_names"),
            wanted=wanted,
            seconds=f"{cls.seconds:g}",
        )
        return (Message("system", system), Message("user", wording.stated(inputs)))


class Run:
    """A program that is to be run in the sandbox, within seconds, bytes and printed characters."""

    __slots__ = ("_code", "_inputs", "_limits", "_words")

    def __init__(
        self, words: Words, code: str, inputs: dict[str, Any], limits: tuple[float, int, int]
    ) -> None:
        self._words = words
        self._code = code
        self._inputs = inputs
        self._limits = limits

    async def perform(self) -> Acted:
        """Run it; one that prints nothing has failed, too.

        Raises:
            SandboxFailed: There is no sandbox.
        """
        return await watched("python", self._code, self._done(), description="a program in the sandbox")

    async def _done(self) -> Acted:
        from mlsig.reasoning import sandbox  # noqa: PLC0415  (few programs need it)

        started = time.perf_counter()
        if not self._code:
            return Acted(name="python", arguments="", result=self._words.say("no_program"), failed=True)
        seconds, memory, output = self._limits
        limits = sandbox.Limits(seconds=seconds, memory=memory, output=output)
        ran = await sandbox.run(self._code, self._inputs, limits)
        error = ran.error or ("" if ran.printed.strip() else self._words.say("printed_nothing"))
        return Acted(
            name="python",
            arguments=self._code,
            result=error or ran.printed,
            failed=bool(error),
            seconds=time.perf_counter() - started,
        )


def code_of(text: str) -> str:
    """Return the program in an answer: its last block marked as Python, else the last unmarked one.

    The last one is the mended one where there are several. Nothing is returned where there is no block, or
    the program is longer than `MOST_CODE`.
    """
    blocks = [(bool(tag), code) for tag, code in _FENCE.findall(text) if code.strip()]
    named = [code for tagged, code in blocks if tagged] or [code for _, code in blocks]
    return named[-1] if named and len(named[-1]) <= MOST_CODE else ""
