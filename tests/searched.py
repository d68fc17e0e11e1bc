"""What tests of stored searches share: examples, and a model that knows more when it is told more."""

from __future__ import annotations

from mlsig.providers.messages import Request
from mlsig.resources import std

KINDS = (
    std.Program,
    std.VariableSpace,
    std.VariableConfiguration,
    std.OptimizationRun,
    std.Evaluation,
    std.Execution,
)
DATA = [
    {"review": f"{word} film {number}", "sentiment": sentiment}
    for number in range(6)
    for word, sentiment in (("good", "positive"), ("bad", "negative"))
]


def answer(request: Request) -> str:
    """Be right where the other instructions are given, and say "positive" otherwise."""
    text = "\n".join(str(message.content) for message in request.messages)
    knows = "what their writers think" in text
    last = str(request.messages[-1].content)
    return '{"sentiment": "negative"}' if knows and "bad" in last else '{"sentiment": "positive"}'
