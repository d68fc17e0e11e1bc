"""The span of a tool that a model had called.

    with tool("search", call_id="call_1", arguments='{"query": "…"}') as span:
        result = search(query)
        span.result = result

A tool that runs on a thread of a pool keeps its parent with `contextvars.copy_context().run`, or by
`asyncio.to_thread`, which does the same.
"""

from __future__ import annotations

from mlsig.telemetry import names
from mlsig.telemetry.spans import Span, Value


def tool(name: str, *, call_id: str = "", description: str = "", arguments: str | None = None) -> Span:
    """Return the span of one execution of a tool, a context manager; what is raised in it is its error.

    Args:
        name: The tool's.
        call_id: What the model calls this execution, if it does.
        description: The tool's, in a sentence.
        arguments: JSON; shown only where content is.
    """
    attributes: dict[str, Value] = {
        names.OPERATION: "execute_tool",
        names.TOOL_NAME: name,
        names.TOOL_TYPE: "function",
    }
    if call_id:
        attributes[names.TOOL_CALL] = call_id
    if description:
        attributes[names.TOOL_DESCRIPTION] = description
    span = Span("tool", f"execute_tool {name}", attributes)
    span.arguments = arguments
    return span
