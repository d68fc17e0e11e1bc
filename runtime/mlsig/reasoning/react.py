"""ReAct: the model uses tools until it knows enough, and answers then.

Where the model takes declarations of tools, it asks for calls by the wire's own means, several at once if it
likes. Where it does not, each turn is a small answer in the program's own adapter: a thought, a tool, its
arguments. Whatever goes wrong with a tool is told to the model. The number of turns is limited (`max_hops`);
after the last one the answer is asked for, with what is known by then.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from typing import Any, ClassVar, Final

import msgspec

from mlsig import shapes
from mlsig.adapters.task import Layout
from mlsig.adapters.wording import Words
from mlsig.errors import ParseError
from mlsig.parsing import Reading
from mlsig.providers.messages import Message, Reply, ToolCall
from mlsig.reasoning import wording
from mlsig.reasoning.asking import Asking, before_last
from mlsig.reasoning.modules import answered
from mlsig.reasoning.steps import Steps, Together, Wanted
from mlsig.records import Record
from mlsig.tools.use import Acted, Usable, Use, declared
from mlsig.tools.words import MOST_ERROR, cut

MOST_AT_ONCE: Final = 16
"""How many calls of one turn are made; a model that asks for more is told so."""


class ReAct:
    """Uses the program's tools; a program without tools is asked at once."""

    lead: ClassVar[tuple[shapes.Field, ...]] = ()

    @staticmethod
    def run(layout: Layout, ask: Asking, inputs: Record) -> Generator[Wanted, Any, Reading[Any]]:
        """Let the model use tools, and read its answer."""
        if not ask.tools:
            return (yield from answered(layout, ask, layout.messages(inputs)))
        steps = _declared(layout, ask, inputs) if ask.native else _explained(layout, ask, inputs)
        found = yield from steps
        if isinstance(found, Reading):
            return found
        messages = layout.messages(inputs)
        if found:
            messages = before_last(messages, wording.seen(ask.words(layout), found))
        return (yield from answered(layout, ask, messages))


def _declared(
    layout: Layout, ask: Asking, inputs: Record
) -> Generator[Wanted, Any, Reading[Any] | list[str]]:
    """Let the model call tools by the wire's own means; return its answer, or what was done."""
    words = ask.words(layout)
    tools = declared(ask.tools)
    messages = list(layout.messages(inputs))
    done: list[str] = []
    for hop in range(ask.settings.max_hops):
        reply: Reply = yield ask(messages, tools=tools)
        if not reply.calls:
            try:
                return layout.read(reply.text)
            except ParseError:
                if reply.text.strip():
                    said = wording.quoted(cut(reply.text, 8 * MOST_ERROR))
                    done.append(words.say("you_said", said=said))
                return done
        calls = tuple(_named(call, hop, place) for place, call in enumerate(reply.calls))
        messages.append(Message("assistant", reply.text, calls=calls))
        results: list[Acted] = yield Together(
            tuple(_use(ask.tools, call, words) for call in calls[:MOST_AT_ONCE])
        )
        results += [_too_many(words, call) for call in calls[MOST_AT_ONCE:]]
        for call, acted in zip(calls, results, strict=True):
            told = words.say("tool_error", error=acted.result) if acted.failed else acted.result
            messages.append(Message("tool", told, answers=call.id))
            done.append(wording.line(words, acted))
    return done


def _use(tools: tuple[Usable, ...], call: ToolCall, words: Words) -> Steps:
    acted: Acted = yield Use(tools, call.name, call.arguments, call.id, words)
    return acted


def _named(call: ToolCall, hop: int, place: int) -> ToolCall:
    """Return a call that has an id: not every server gives one, and results are told apart by it."""
    return call if call.id else msgspec.structs.replace(call, id=f"call_{hop}_{place}")


def _too_many(words: Words, call: ToolCall) -> Acted:
    said = words.say("too_many_tools", most=str(MOST_AT_ONCE))
    return Acted(name=call.name, arguments=call.arguments, result=said, failed=True)


def _explained(own: Layout, ask: Asking, inputs: Record) -> Generator[Wanted, Any, list[str]]:
    """Let the model name tools in its answers; return what was done."""
    words = ask.words(own)
    finish = wording.finish(words, ask.tools)
    layout = ask.of(
        move_of(
            (*(tool.name for tool in ask.tools), finish),
            words.say("thought_field"),
            words.say("arguments_field"),
        ),
        words.say(
            "tools",
            instructions=ask.task.instructions,
            tools=wording.listed(words, ask.tools),
            finish=finish,
        ),
    )
    turn = ask.laid(layout)
    done: list[str] = []
    for _ in range(ask.settings.max_hops):
        messages = layout.messages(inputs)
        reply: Reply = yield turn(before_last(messages, wording.seen(words, done)) if done else messages)
        try:
            move: Any = layout.read(reply.text).output
        except ParseError as error:
            done.append(words.say("unreadable", error=cut(str(error), MOST_ERROR)))
            continue
        if move.tool == finish:
            if move.thought:
                said = wording.quoted(cut(move.thought, 8 * MOST_ERROR))
                done.append(words.say("you_thought", said=said))
            break
        arguments = msgspec.json.encode(move.arguments).decode()
        acted: Acted = yield Use(ask.tools, move.tool, arguments, words=words)
        done.append(wording.line(words, acted, cut(move.thought, MOST_ERROR)))
    return done


@lru_cache(maxsize=256)
def move_of(options: tuple[str, ...], thought: str, arguments: str) -> type[Record]:
    """Return the record of one turn: what the model thinks, and which of these it wants done how.

    `thought` and `arguments` say what these two fields are.
    """
    about_thought, about_arguments = thought, arguments

    class Move(Record, frozen=True, kw_only=True):
        """A turn of a model."""

        thought: str = ""
        tool: str
        arguments: Any = msgspec.field(default_factory=dict[str, Any])

        @classmethod
        def _shape(cls) -> shapes.RecordShape:
            return shapes.RecordShape(
                type=cls,
                fields=(
                    shapes.Field(
                        name="thought",
                        shape=shapes.Text(),
                        default=str,
                        description=about_thought,
                    ),
                    shapes.Field(name="tool", shape=shapes.Literal(options)),
                    shapes.Field(
                        name="arguments",
                        shape=shapes.Json(),
                        default=dict,
                        description=about_arguments,
                    ),
                ),
            )

        @classmethod
        def _json_schema(cls) -> dict[str, Any]:
            return {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Move",
                "type": "object",
                "properties": {
                    "thought": {"type": "string"},
                    "tool": {"enum": list(options)},
                    "arguments": {"type": "object"},
                },
                "required": ["tool"],
                "additionalProperties": False,
            }

    return Move
