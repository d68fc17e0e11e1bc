"""SIMBA beside DSPy's on a real small model: accuracy on held-out sentences before and after, calls counted.

    mlsig local -- python -m benchmarks.optimizer.real > real.jsonl      runs them, a line for each
    python -m benchmarks.optimizer.real --table real.jsonl               the table in README.md

The task, the sentences and the model are those of `examples/sentiment`; accuracy alone counts, since DSPy's
optimiser knows no other objective. Both get the same training sentences and are measured on the same others.
DSPy's SIMBA has no budget: its calls follow from its settings, which are chosen for about 200; ours gets 200.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from mlsig.evaluation import aevaluate
from mlsig.local import ADDRESS
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.providers.client import Client
from mlsig.simba import Settings, aoptimize

from benchmarks.sources import compile_to

DEMO: Final = Path(__file__).parents[2] / "examples" / "sentiment"
OTHERS: Final = ("  minimize cost     weight 0.1\n", "  minimize latency  weight 0.1\n")
MODEL: Final = "gemma-3-270m"
BUDGET: Final = 200
TRAIN: Final = 40
"""DSPy's SIMBA runs its finalists on all training sentences: with 120 that alone would be 360 calls."""
TEST: Final = 50
"""Each seed has its own sentences to learn from and its own to measure on, the same for every side."""
IN_FLIGHT: Final = 4
THEIRS: Final = {"bsize": 8, "num_candidates": 2, "max_steps": 2}
"""2 x (16 trajectories + 24 trials) + 3 finalists x 40 = 200 calls, and reflection and second attempts."""
PROMPTS: Final = ("append_demo", "merge", "assemble")
TASK: Final = "Decide whether the review of a film is positive or negative."

Row = dict[str, str]
Run = dict[str, Any]


class Counted:
    """Counts the calls that go to a client of mlsig."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.calls = 0

    async def complete(self, request: Any) -> Any:
        """Ask."""
        self.calls += 1
        return await self._client.complete(request)


async def _ours(program: Program, train: Sequence[Row], test: Sequence[Row], seed: int, track: str) -> Run:
    examples, held_out = ([program.signature.example(row) for row in rows] for rows in (train, test))
    settings = Settings(
        budget_calls=BUDGET,
        seed=seed,
        rules=track == "words",
        strategies=PROMPTS if track == "prompts" else (),
    )
    async with Client(program.providers) as client:
        lm = Counted(client)
        before = await aevaluate(program, held_out, lm=lm, concurrency=IN_FLIGHT)
        lm.calls = 0
        outcome = await aoptimize(program, examples, lm=lm, settings=settings, concurrency=IN_FLIGHT)
        calls = lm.calls
        best = program.with_candidate(Candidate.from_dict(program, outcome.body))
        after = await aevaluate(best, held_out, lm=lm, concurrency=IN_FLIGHT)
    return {
        "calls": calls,
        "before": before.metrics["accuracy"].mean,
        "believed": outcome.score,
        "after": after.metrics["accuracy"].mean,
        "found": {"config": best.candidate.config.to_dict(), "demos": len(best.candidate.demos)},
    }


def ours(track: str) -> Callable[..., Run]:
    """Return a side that runs mlsig's optimiser."""

    def run(program: Program, train: Sequence[Row], test: Sequence[Row], seed: int) -> Run:
        return asyncio.run(_ours(program, train, test, seed, track))

    return run


def _asking(url: str) -> Any:
    """Return the model as DSPy asks models; `calls` is shared by all copies."""
    from types import SimpleNamespace as Bag  # noqa: PLC0415

    import dspy  # noqa: PLC0415
    import pydantic  # noqa: PLC0415

    calls: list[None] = []

    class Served(dspy.BaseLM):  # type: ignore[misc]
        supports_response_schema = True
        supported_params: Final = {"response_format", "temperature", "max_tokens"}

        def copy(self, **keywords: Any) -> Served:
            return Served(model=MODEL, cache=False, **{**self.kwargs, **keywords})

        def forward(
            self, prompt: str | None = None, messages: list[dict[str, Any]] | None = None, **keywords: Any
        ) -> Any:
            calls.append(None)
            options = {**self.kwargs, **keywords}
            form = options.get("response_format")
            if isinstance(form, type) and issubclass(form, pydantic.BaseModel):
                schema = {"name": "answer", "strict": True, "schema": form.model_json_schema()}
                form = {"type": "json_schema", "json_schema": schema}
            body = {
                "model": MODEL,
                "messages": messages or [{"role": "user", "content": prompt}],
                "temperature": options.get("temperature") or 0.0,
                "max_tokens": options.get("max_tokens"),
                # What DSPy tells repeated questions apart by.
                "seed": options.get("rollout_id") or 0,
                **({"response_format": form} if form else {}),
            }
            answer = httpx.post(f"{url}/chat/completions", json=body, timeout=300)
            answer.raise_for_status()
            said = answer.json()
            first = said["choices"][0]
            message = Bag(content=first["message"]["content"], tool_calls=None, reasoning_content=None)
            choice = Bag(message=message, finish_reason=first["finish_reason"])
            return Bag(choices=[choice], usage=said["usage"], model=MODEL)

    # As many tokens as the demo's program has at first; advice may be longer.
    lm = Served(model=MODEL, cache=False, temperature=0.0, max_tokens=24)
    return lm, lm.copy(max_tokens=256), calls


def theirs(adapter: str) -> Callable[..., Run]:
    """Return a side that runs DSPy's SIMBA, its prompts laid out by that adapter."""

    def run(_: Program, train: Sequence[Row], test: Sequence[Row], seed: int) -> Run:
        import dspy  # noqa: PLC0415

        logging.getLogger("dspy").setLevel(logging.CRITICAL)
        kinds = Literal["positive", "negative"]
        fields = {"review": (str, dspy.InputField()), "sentiment": (kinds, dspy.OutputField())}
        task = dspy.Predict(dspy.Signature(fields, TASK))
        trainset, held_out = (
            [dspy.Example(**row).with_inputs("review") for row in rows] for rows in (train, test)
        )
        lm, prompt_lm, calls = _asking(os.environ[ADDRESS])

        def exact(example: Any, prediction: Any, *_: Any) -> float:
            return float(prediction is not None and prediction.get("sentiment") == example.sentiment)

        def measured(program: Any) -> float:
            right = 0.0
            for example in held_out:
                with contextlib.suppress(Exception):  # an answer that cannot be read is wrong
                    right += exact(example, program(**example.inputs()))
            return right / len(held_out)

        layout = {"chat": dspy.ChatAdapter, "json": dspy.JSONAdapter}[adapter]()
        with dspy.context(lm=lm, adapter=layout, disable_history=True, max_errors=100_000):
            before = measured(task)
            calls.clear()
            simba = dspy.SIMBA(metric=exact, prompt_model=prompt_lm, num_threads=IN_FLIGHT, **THEIRS)
            best = simba.compile(task, trainset=trainset, seed=seed)
            paid = len(calls)
            after = measured(best)
        (predictor,) = best.predictors()
        found = {"demos": len(predictor.demos), "instructions": predictor.signature.instructions[:200]}
        believed = best.candidate_programs[0]["score"]
        return {"calls": paid, "before": before, "believed": believed, "after": after, "found": found}

    return run


SIDES: Final[dict[str, Callable[..., Run]]] = {
    "mlsig": ours("both"),
    "mlsig, demonstrations only": ours("prompts"),
    "dspy, JSONAdapter": theirs("json"),
    "dspy, ChatAdapter": theirs("chat"),
}


def program(folder: Path) -> Program:
    """Compile the demo's program, with accuracy as its only objective."""
    source = (DEMO / "sentiment.mlsig").read_text(encoding="utf-8")
    for line in OTHERS:
        if line not in source:
            raise ValueError(f"{DEMO / 'sentiment.mlsig'} has no line {line!r} any more")
        source = source.replace(line, "")
    sys.path.insert(0, str(DEMO))
    compiled: Program = compile_to(folder, "sentiment", source).Review
    return compiled


def rows() -> tuple[list[Row], list[Row]]:
    """Return the sentences to learn from, and those to measure on."""
    sys.path.insert(0, str(DEMO))
    import sentiment_data  # noqa: PLC0415

    return sentiment_data.train(), sentiment_data.held_out()


def _share(sentences: Sequence[Row], seed: int, size: int) -> Sequence[Row]:
    """Return the sentences of a seed; there are three shares of each kind, in turn."""
    start = seed % (len(sentences) // size) * size
    return sentences[start : start + size]


def table(lines: Sequence[Run]) -> str:
    """Return the runs as Markdown: a row for each side."""
    text = "| side | runs | calls | before | after, mean | after, each seed | chosen on |\n"
    text += "| --- | ---: | ---: | ---: | ---: | --- | ---: |\n"
    for side in dict.fromkeys(line["side"] for line in lines):
        runs = sorted((line for line in lines if line["side"] == side), key=lambda line: line["seed"])
        mean = {
            key: statistics.fmean(run[key] for run in runs)
            for key in ("calls", "before", "after", "believed")
        }
        each = ", ".join(f"{run['after']:.3f}" for run in runs)
        text += f"| {side} | {len(runs)} | {mean['calls']:.0f} | {mean['before']:.3f} | {mean['after']:.3f} "
        text += f"| {each} | {mean['believed']:.3f} |\n"
    return text


def main() -> None:
    """Run, and print a line of JSON for each run, or the table of such lines."""
    import argparse  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sides", nargs="*", help=f"of {', '.join(SIDES)} (default: all)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--table", type=Path, metavar="FILE", help="print the table of runs that were kept")
    options = parser.parse_args()
    if options.table is not None:
        kept = [json.loads(line) for line in options.table.read_text(encoding="utf-8").splitlines()]
        sys.stdout.write(table(kept))
        return
    logging.disable(logging.CRITICAL)
    every, held_out = rows()
    with tempfile.TemporaryDirectory(prefix="mlsig-bench-") as name:
        task = program(Path(name))
        for seed in range(options.seeds):
            train, test = (_share(every, seed, TRAIN), _share(held_out, seed, TEST))
            for side in options.sides or SIDES:
                start = time.monotonic()
                quiet = io.StringIO()
                with (
                    contextlib.redirect_stdout(quiet),
                    contextlib.redirect_stderr(quiet),
                    warnings.catch_warnings(),
                ):
                    warnings.simplefilter("ignore")
                    run = SIDES[side](task, train, test, seed)
                line = {"side": side, "seed": seed, **run, "seconds": round(time.monotonic() - start)}
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
