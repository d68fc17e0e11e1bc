"""What mlsig adds to the work of a model that answers at once: calls, evaluations, requests, imports.

The stub of each side has a sync and an async face, as its side asks for, and answers what the side's own
adapter can read. The HTTP server is a process of its own, so that the CPU counted is that of the client.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import aiohttp
import dspy
import openai
from mlsig.evaluation import aevaluate, evaluate
from mlsig.providers.client import Client
from mlsig.providers.declared import Limits, Model, Provider
from mlsig.providers.messages import Message, Reply, Request

from benchmarks.compile import BAML, HEAD
from benchmarks.serving import Connection, completion, serving, written
from benchmarks.sources import PROGRAM, compile_to
from benchmarks.timing import Row, compare, compare_commands, cpu_of, python

ANSWER = "42"
THEIRS = f"[[ ## answer ## ]]\n{ANSWER}\n\n[[ ## completed ## ]]"
EXAMPLES = 200
AT_ONCE = 200
SIGNATURES = 1_000
METRIC = "def exact(example, output):\n    return float(example.expected.answer == output.answer)\n"
SIGNATURE = """
enum Verdict{n} {{ Supported, Refuted, Unknown }}

signature Step{n} {{
  \"\"\"Decide step {n} from the passage.\"\"\"
  input question: str
  input passage: str
  output answer: str
  output verdict: Verdict{n}
  output confidence: float
}}
"""


class Stub:
    """A model that answers at once, to callers that can wait and to those that cannot."""

    def complete_sync(self, request: Request) -> Reply:  # noqa: ARG002
        return Reply(text=ANSWER, input_tokens=10, output_tokens=1)

    async def complete(self, request: Request) -> Reply:  # noqa: ARG002
        return Reply(text=ANSWER, input_tokens=10, output_tokens=1)


class AsyncStub:
    """The same, which sync callers have to reach through an event loop."""

    async def complete(self, request: Request) -> Reply:  # noqa: ARG002
        return Reply(text=ANSWER, input_tokens=10, output_tokens=1)


class DspyStub(dspy.BaseLM):
    """The same for dspy: the older of its two ways to bring a model, which is the faster one."""

    def forward(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:  # noqa: ARG002
        bag = dspy.utils.dummies.dotdict  # type: ignore[attr-defined]
        message = bag({"role": "assistant", "content": THEIRS})
        usage = {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11}
        return bag(choices=[bag(message=message, finish_reason="stop")], usage=usage, model="stub")

    async def aforward(self, prompt: Any = None, messages: Any = None, **kwargs: Any) -> Any:
        return self.forward(prompt, messages, **kwargs)


def run(folder: Path) -> list[Row]:
    """Return the rows of the table; `folder` is for what is generated."""
    (folder / "benchmark_metric.py").write_text(METRIC, encoding="utf-8")
    sys.path.insert(0, str(folder))
    ours = compile_to(folder, "bench_program", PROGRAM)
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.getLogger("dspy").setLevel(logging.WARNING)
    dspy.configure(lm=DspyStub("stub"), track_usage=False, disable_history=True, max_trace_size=0)
    return [*calls(ours), *evaluations(ours), *over_http(ours), *imports(folder / "imports")]


def calls(ours: ModuleType) -> list[Row]:
    """Time single calls: prompt, call, parse, and everything around."""
    program, plain = ours.QA.using(Stub()), ours.QA.using(AsyncStub())
    predict = _predict()
    assert program(question="why?").answer == predict(question="why?").answer == ANSWER
    table = compare(
        "overhead of a call, sync",
        {"mlsig": lambda: program(question="why?"), "dspy.Predict": lambda: predict(question="why?")},
    )
    table += compare(
        "overhead of a sync call to a model that is async only",
        {"mlsig": lambda: plain(question="why?"), "dspy.Predict": lambda: predict(question="why?")},
    )
    with _loop() as run_here:
        return table + compare(
            "overhead of a call, async",
            {"mlsig": lambda: run_here(_many(program)), "dspy.Predict": lambda: run_here(_many(predict))},
        )


def evaluations(ours: ModuleType) -> list[Row]:
    """Time evaluations of a stub in this process: calls, metrics, records of what came out, intervals."""
    data, theirs = _data(ours)
    program, predict, stub = ours.QA, _predict(), Stub()
    assert evaluate(program, data, lm=stub).metrics["accuracy"].mean == 1.0
    rival = _evaluate(theirs, threads=8)
    assert rival(predict).score == 100.0
    return compare(
        f"evaluate {EXAMPLES} examples, stub in the process",
        {"mlsig": lambda: evaluate(program, data, lm=stub), "dspy.Evaluate": lambda: rival(predict)},
        rounds=9,
    )


def over_http(ours: ModuleType) -> list[Row]:
    """Time evaluations and bare requests over HTTP to a server on loopback, so many at once."""
    data, theirs = _data(ours)
    with serving(_Answering, ANSWER) as url, serving(_Answering, THEIRS) as their_url, _loop() as run_here:
        provider = Provider(
            name="stub",
            protocol="openai",
            base_url=url,
            limits=Limits(concurrency=AT_ONCE),
            models=(Model(name="echo"),),
        )
        client = Client({"stub": provider})
        lm = dspy.LM("openai/echo", api_base=their_url, api_key="none", cache=False)
        predict = _predict()
        predict.set_lm(lm)
        rival = _evaluate(theirs, threads=AT_ONCE)
        assert rival(predict).score == 100.0
        table = compare(
            f"evaluate {EXAMPLES} examples over HTTP, {AT_ONCE} at once",
            {
                "mlsig": lambda: run_here(aevaluate(ours.QA, data, lm=client, concurrency=AT_ONCE)),
                "dspy.Evaluate": lambda: rival(predict),
            },
            rounds=7,
        )
        sdk = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=120.0)
        session = run_here(_session())
        request = Request(provider="stub", model="echo", messages=(Message("user", "why?"),))
        turns: Any = [{"role": "user", "content": "why?"}]
        body = json.dumps({"model": "echo", "messages": turns}).encode()

        async def bare() -> None:
            headers = {"content-type": "application/json"}
            async with session.post(f"{url}/chat/completions", data=body, headers=headers) as response:
                json.loads(await response.read())

        ways: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "mlsig": lambda: client.complete(request),
            "openai's SDK": lambda: sdk.chat.completions.create(model="echo", messages=turns),
            "aiohttp, bare": bare,
        }
        table += compare(
            f"requests over HTTP, {AT_ONCE} at once",
            {name: _crowd(run_here, way) for name, way in ways.items()},
            rounds=7,
        )
        _tell_cpu(_crowd(run_here, ways["mlsig"]))
        run_here(client.aclose())
        run_here(sdk.close())
        run_here(session.close())
    return table


def imports(folder: Path) -> list[Row]:
    """Time imports in fresh interpreters, bytecode cached, above an empty one."""
    folder.mkdir()
    source, out = folder / "bench_thousand.mlsig", folder / "generated"
    source.write_text("".join(SIGNATURE.format(n=n) for n in range(SIGNATURES)), encoding="utf-8")
    subprocess.run(python("-m", "mlsig_compiler", "compile", str(source), "--out", str(out)), check=True)
    baml = folder / "baml_src"
    baml.mkdir()
    functions = "".join(BAML.format(n=n) for n in range(SIGNATURES))
    text = HEAD.replace("VERSION", version("baml-py")) + functions
    (baml / "main.baml").write_text(text, encoding="utf-8")
    generate = [str(Path(sys.executable).with_name("baml-cli")), "generate", "--from", str(baml)]
    subprocess.run(generate, check=True, capture_output=True, cwd=folder)
    table = compare_commands(
        f"import a module of {SIGNATURES:,} signatures",
        {
            "mlsig": _importing("bench_thousand", out),
            f"baml_client of {SIGNATURES:,} functions": _importing("baml_client", folder),
        },
    )
    table += compare_commands(
        f"import a module of {SIGNATURES:,} signatures, and use one",
        {
            "mlsig": _running(
                "from bench_thousand import Step7; "
                "Step7.Output.validate({'answer': 'a', 'verdict': 'Unknown', 'confidence': 1.0})",
                out,
            ),
            f"baml_client of {SIGNATURES:,} functions": _running(
                "from baml_client.types import Answer7; "
                "Answer7.model_validate({'answer': 'a', 'verdict': 'Unknown', 'confidence': 1.0})",
                folder,
            ),
        },
    )
    table += compare_commands(
        f"import a module of {SIGNATURES:,} signatures, and make all of them",
        {
            "mlsig": _running("from bench_thousand import *", out),
            f"baml_client of {SIGNATURES:,} functions": _importing("baml_client", folder),
        },
    )
    shutil.rmtree(folder)
    return table + compare_commands(
        "`import mlsig`", {"mlsig": _importing("mlsig"), "`import dspy`": _importing("dspy")}, rounds=9
    )


def _predict() -> Any:
    return dspy.Predict(dspy.Signature("question -> answer", "Answer the question."))


def _data(ours: ModuleType) -> tuple[list[Any], list[Any]]:
    answer = ours.Answer
    asked = [f"question number {number}?" for number in range(EXAMPLES)]
    own = [answer.example({"question": text, "answer": ANSWER}) for text in asked]
    return own, [dspy.Example(question=text, answer=ANSWER).with_inputs("question") for text in asked]


def _evaluate(data: list[Any], threads: int) -> Any:
    return dspy.Evaluate(
        devset=data,
        metric=lambda example, made, trace=None: float(example.answer == made.answer),  # noqa: ARG005
        num_threads=threads,
        display_progress=False,
    )


async def _many(program: Any) -> None:
    for _ in range(20):
        await program.acall(question="why?")


def _crowd(run_here: Callable[[Any], Any], way: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Any]:
    """Return what makes 600 requests in the way, so many of them at once."""

    async def crowd() -> None:
        left = iter(range(3 * AT_ONCE))

        async def work() -> None:
            for _ in left:
                await way()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    return lambda: run_here(crowd())


def _tell_cpu(crowd: Callable[[], Any]) -> None:
    start = time.process_time()
    crowd()
    spent = (time.process_time() - start) / (3 * AT_ONCE)
    sys.stderr.write(f"  mlsig spent {spent * 1e3:.2f} ms of CPU a request, {AT_ONCE} at once\n")


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


@contextmanager
def _loop() -> Generator[Callable[[Any], Any]]:
    loop = asyncio.new_event_loop()
    try:
        yield loop.run_until_complete
    finally:
        loop.close()


def _importing(module: str, *places: Path) -> Callable[[], float]:
    return _running(f"import {module}", *places)


def _running(statement: str, *places: Path) -> Callable[[], float]:
    """Return a run of the statement, less a run of nothing at all beside it."""
    path = [str(place) for place in places]

    def run() -> float:
        bare = min(cpu_of(python("-c", "pass")) for _ in range(3))
        return max(cpu_of(python("-c", statement), pythonpath=path) - bare, 1e-4)

    run()
    return run


class _Answering(Connection):
    """Answers each request with the same."""

    def __init__(self, text: str) -> None:
        self.answer = written(completion(text))

    def asked(self, body: bytes) -> None:
        del body
        self.transport.write(self.answer)
