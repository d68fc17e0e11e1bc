"""Tools as the strings of a `Tool` class: arguments and result as records, typed calls, the user's function.

    tool search(query: str, k: int = 5) -> list[Passage] = python("corpus:search")

becomes a class with `Input`, `Output` (whose one field is `result`) and `Function`, the Protocol of what
`corpus:search` is called like, and its one instance `search`. The function is imported when it is first used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from mlsig_compiler.literals import docstring, dotted, identifier, literal
from mlsig_compiler.model import REQUIRED, Field, Program, Tool
from mlsig_compiler.plan.calls import function_of, head, inputs, parameter
from mlsig_compiler.plan.layout import WIDTH, Atom, Text, call, lay
from mlsig_compiler.plan.names import Names, Scope
from mlsig_compiler.plan.records import RecordUnit, Side, plan_record
from mlsig_compiler.plan.types import Types, annotation

_MEMBERS: Final = frozenset(
    {
        "name",
        "description",
        "timeout",
        "parameters",
        "use",
        "acall",
        "function",
        "Function",
        "Input",
        "Output",
    }
)
_USED: Final = ("Protocol", "Tool", "staticmethod", "str")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUnit:
    """A class and its one instance, for `tool.py.j2`.

    Attributes:
        imported: What is imported of the user's module, and `source` the function in it.
    """

    name: str
    class_name: str
    label: str
    doc: str
    description: str
    input: RecordUnit
    output: RecordUnit
    wanted: str
    function_head: str
    function_doc: str
    function_type: str
    call_head: str
    acall_head: str
    call_doc: str
    call: str
    acall: str
    module: str
    imported: str
    source: str
    spell: dict[str, str]


def class_names(tools: Iterable[Tool], programs: Iterable[Program]) -> dict[str, str]:
    """Return the names of the classes of tools, by the names of the tools: `_SearchTool` for `search`."""
    taken = {f"_{program.name}" for program in programs}
    found: dict[str, str] = {}
    for tool in tools:
        words = "".join(word[:1].upper() + word[1:] for word in tool.name.split("_"))
        name = stem = f"_{words}Tool"
        number = 1
        while name in taken:
            number += 1
            name = f"{stem}{number}"
        taken.add(name)
        found[tool.name] = name
    return found


def plan_tool(tool: Tool, class_name: str, types: Types, names: Names) -> ToolUnit:
    """Return the class of a tool."""
    inner = WIDTH - 4
    scope = Scope(names, _MEMBERS | {field.name for field in tool.parameters})
    spell = {word: scope(word) for word in _USED} | {"Final": names("Final")}
    told = tool.description or f"Use `{tool.name}`."
    result = lay(annotation(tool.returns, scope, bare=True), 0, -1000)
    # A function is handed every argument: it may have defaults of its own, and needs none.
    plain = [replace(field, default=REQUIRED) for field in tool.parameters]
    made = inputs(tool.parameters, f"{class_name}.Input", types, scope)
    output = Atom(f"{class_name}.Output")
    params = [parameter(field, types, scope) for field in tool.parameters]
    imported, source = function_of(tool.python, "function")
    returned = Field(name="result", type=tool.returns, description="", span=tool.span)
    return ToolUnit(
        name=identifier(tool.name),
        class_name=class_name,
        label=literal(tool.name),
        doc=docstring(tool.description or f"The tool `{tool.name}`.", inner),
        description=lay(Text(tool.description), 4, len(f"description: {spell['str']} = ")),
        input=plan_record(
            Side("Input", tool.parameters, f"What `{tool.name}` takes.", tool.description),
            types,
            names,
            inner,
        ),
        output=plan_record(Side("Output", (returned,), f"What `{tool.name}` returns."), types, names, inner),
        wanted=docstring(f"What `{tool.python.module}:{tool.python.attribute}` is called like.", inner - 4),
        function_head=head(
            "def __call__",
            [parameter(field, types, scope, 12) for field in plain],
            f" -> {scope('Awaitable')}[{result}] | {result}:",
            8,
        ),
        function_doc=docstring(told, WIDTH - 12),
        function_type=names.inner(class_name, "Function"),
        call_head=head("def __call__", params, f" -> {result}:"),
        acall_head=head("async def acall", params, f" -> {result}:"),
        call_doc=docstring(told, WIDTH - 8),
        call=lay(call("self._call", made, output), 8, len("found = ")),
        acall=lay(call("self._acall", made, output), 8, len("found = await ")),
        module=dotted(tool.python.module),
        imported=imported,
        source=source,
        spell=spell,
    )
