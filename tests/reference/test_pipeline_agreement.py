"""Random pipelines, compiled and run, mean what the interpreter says: values, failures, what is forgiven."""

from __future__ import annotations

import asyncio
import itertools
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlsig.orchestrator import StepFailed
from mlsig.programs.flow import Flow
from mlsig_compiler import model
from mlsig_compiler.front import analyse_all
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source
from nightly import examples

from reference.imported import imported
from reference.pipelines import run

TOOLS = """
tool half(x: int) -> int = python("pipeline_tools:half")
tool upto(x: int) -> list[int] = python("pipeline_tools:upto")
tool told(x: int) -> str = python("pipeline_tools:told")
"""
NUMBERS = itertools.count()


def half(x: int) -> int:
    if x % 2:
        raise ValueError(f"{x} is odd")
    return x // 2


def upto(x: int) -> list[int]:
    return list(range(min(x, 6)))


def told(x: int) -> str:
    if x > 4:
        raise ValueError(f"{x} is too much to say")
    return "x" * x


async def _late(result: Any) -> Any:
    await asyncio.sleep(0)
    return result


@pytest.fixture(scope="module", autouse=True)
def tools() -> Iterator[ModuleType]:
    text = "\n".join(f"async def {name}(x):\n    return await late({name}_now(x))" for name in FUNCTIONS)
    module = imported("pipeline_tools", "")
    module.__dict__.update({f"{name}_now": function for name, function in FUNCTIONS.items()}, late=_late)
    exec(text, module.__dict__)
    yield module
    del sys.modules["pipeline_tools"]


class AtOnce(random.Random):
    """Draws no waits."""

    def uniform(self, a: float, b: float) -> float:
        return a * b


FUNCTIONS = {"half": half, "upto": upto, "told": told}


@st.composite
def bodies(draw: st.DrawFn, inner: str = "") -> str:
    """Draw the steps of a pipeline of an `n: int` that returns an int."""
    ints, lists, maybe = ["n"], list[str](), list[str]()
    lines: list[str] = []
    for number in range(draw(st.integers(1, 6))):
        name = f"s{number}"
        x = draw(st.sampled_from([*ints, *(f"({one} if {one} != null else n)" for one in maybe)]))
        plus = draw(st.sampled_from(["", " + 1", " * 2"]))
        options = draw(st.sampled_from(["", " retry 1", " timeout 1m"]))
        kinds = ["int", "forgiven", "list", "value", "text", *(["mapped", "chosen", "each"] if lists else [])]
        match draw(st.sampled_from(kinds + (["inner"] if inner else []))):
            case "int":
                lines.append(f"{name} = half(x={x}{plus}){options}")
                ints.append(name)
            case "forgiven":
                lines.append(f"{name} = half(x={x}{plus}){options} on_error continue")
                maybe.append(name)
            case "inner":
                forgiving = draw(st.booleans())
                lines.append(f"{name} = {inner}(n={x}{plus}){' on_error continue' if forgiving else ''}")
                (maybe if forgiving else ints).append(name)
            case "list":
                lines.append(f"{name} = upto(x={x}{plus}){options}")
                lists.append(name)
            case "value":
                lines.append(f"{name} = max({x}{plus}, 1) if {x} > 2 else n")
                ints.append(name)
            case "text":
                lines.append(f"{name}_told = told(x={x})\n  {name} = len({name}_told)")
                ints.append(name)
            case "mapped":
                some = draw(st.sampled_from(lists))
                lines.append(f"{name}_all = [half(x=i{plus}) for i in {some} if i % 2 == 0] concurrency 2")
                lines.append(f"{name} = len({name}_all)")
                ints.append(name)
            case "each":
                some = draw(st.sampled_from(lists))
                lines.append(
                    f"{name}_all = [half(x=i + {x}) for i in {some}] on_error continue concurrency 3"
                )
                lines.append(f"{name} = [j for j in {name}_all if j != null]")
                lists.append(name)
            case _:
                some = draw(st.sampled_from(lists))
                lines.append(f"{name} = [i + 1 for i in {some} if i < {x}]")
                lists.append(name)
    last = draw(st.sampled_from(ints))
    return "\n  ".join([*lines, f"return {last} + 1" if draw(st.booleans()) else f"return half(x={last})"])


@examples(25)
@given(bodies(), bodies(inner="Inner"), st.integers(0, 7))
def test_a_compiled_pipeline_means_what_the_interpreter_says(inner: str, outer: str, n: int) -> None:
    text = (
        f"{TOOLS}\npipeline Outer(n: int) -> int {{\n  {outer}\n}}\n"
        f"pipeline Inner(n: int) -> int {{\n  {inner}\n}}\n"
    )
    name = f"drawn_pipelines_{next(NUMBERS)}"
    source = Source(Path(f"{name}.mlsig"), name, text)
    compiled = compile_source(source)
    assert compiled.text is not None, [*map(str, compiled.diagnostics), text]
    module = analyse_all([source], lambda _: None).modules[name]
    assert module is not None
    pipelines = {node.name: node for node in module.declarations if isinstance(node, model.Pipeline)}
    meant = run(pipelines["Outer"], {"n": n}, FUNCTIONS, pipelines, "Outer")
    made = imported(name, compiled.text).Outer
    flow = Flow("Outer", rng=AtOnce())

    async def done() -> Any:
        async with flow:
            return await made.flow(made.signature.Input(n=n), flow)

    try:
        value = asyncio.run(done())
    except StepFailed as failed:
        assert failed.path in meant.failing, text
        own = {path: value for path, value in failed.done.items() if path in meant.values}
        assert {path: meant.values[path] for path in own} == own
    else:
        assert not meant.failing, text
        assert value == meant.result, text
        assert set(flow.errors) == meant.forgiven, text
        assert flow.done() == meant.values
