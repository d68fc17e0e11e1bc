"""Overhead of a call: everything but the model, which answers at once, against `dspy.Predict`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import dspy
from mlsig.providers.messages import Reply, Request

from benchmarks.sources import PROGRAM, compile_to
from benchmarks.timing import Row, compare

ANSWER = "42"


class Stub:
    """A model that answers at once."""

    async def complete(self, request: Request) -> Reply:  # noqa: ARG002
        return Reply(text=ANSWER, input_tokens=10, output_tokens=1)


class DspyStub(dspy.BaseLM):
    """The same, in the layout that dspy's chat adapter asks for."""

    def forward(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:  # noqa: ARG002
        message = {"role": "assistant", "content": f"[[ ## answer ## ]]\n{ANSWER}\n\n[[ ## completed ## ]]"}
        return dspy.utils.dummies.dotdict(  # type: ignore[attr-defined]
            choices=[
                dspy.utils.dummies.dotdict(message=dspy.utils.dummies.dotdict(message), finish_reason="stop")
            ],
            usage={"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
            model="stub",
        )

    async def aforward(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:
        return self.forward(prompt, messages, **kwargs)


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    ours = compile_to(folder, "bench_program", PROGRAM)
    program = ours.QA.using(Stub())
    dspy.configure(lm=DspyStub("stub"), track_usage=False, disable_history=True, max_trace_size=0)
    predict = dspy.Predict(dspy.Signature("question -> answer", "Answer the question."))
    assert program(question="why?").answer == predict(question="why?").answer == ANSWER
    table = compare(
        "overhead of a call, sync",
        {"mlsig": lambda: program(question="why?"), "dspy.Predict": lambda: predict(question="why?")},
    )
    loop = asyncio.new_event_loop()
    try:
        return table + compare(
            "overhead of a call, async",
            {
                "mlsig": lambda: loop.run_until_complete(_many(program)),
                "dspy.Predict": lambda: loop.run_until_complete(_many(predict)),
            },
        )
    finally:
        loop.close()


async def _many(program: Any) -> None:
    for _ in range(20):
        await program.acall(question="why?")
