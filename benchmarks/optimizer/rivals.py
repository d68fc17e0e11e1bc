"""DSPy's optimisers on a simulated landscape: their calls counted, and the true score of what they find."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import dspy

from benchmarks.optimizer.simulated import Case, Landscape, Model

logging.getLogger("dspy").setLevel(logging.CRITICAL)


class Simulated(dspy.BaseLM):  # type: ignore[misc]
    """A landscape as DSPy asks models; each call at heat is drawn anew, as from a provider."""

    def __init__(self, model: Model, **keywords: Any) -> None:
        super().__init__(model="simulated", cache=False, **keywords)
        self.simulated = model

    def copy(self, **keywords: Any) -> Simulated:
        """Return one that asks the same model, so that it counts all calls."""
        return Simulated(self.simulated, **{**self.kwargs, **keywords})

    def forward(
        self, prompt: str | None = None, messages: list[dict[str, str]] | None = None, **keywords: Any
    ) -> Any:
        """Answer as OpenAI's chat would."""
        from types import SimpleNamespace as Bag  # noqa: PLC0415

        said = [(each["role"], _text(each["content"])) for each in messages or ()]
        asked = said or [("user", prompt or "")]
        options = {**self.kwargs, **keywords}
        heat = {"temperature": options.get("temperature")}
        text = self.simulated.answer(asked, heat, ("call", self.simulated.calls))
        message = Bag(content=text, tool_calls=None, reasoning_content=None)
        choice = Bag(message=message, finish_reason="stop")
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        return Bag(choices=[choice], usage=usage, model="simulated")


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def signature(landscape: Landscape) -> Any:
    """Return the task as DSPy states it."""
    label = Literal[landscape.labels]  # type: ignore[valid-type]
    fields = {"note": (str, dspy.InputField()), "label": (label, dspy.OutputField())}
    return dspy.Signature(fields, landscape.instruction)


def examples(cases: Sequence[Case]) -> list[Any]:
    """Return cases as DSPy's examples."""
    return [dspy.Example(note=case.text, label=case.label).with_inputs("note") for case in cases]


def exact(example: Any, prediction: Any, *_: Any) -> float:
    """Say whether the label is right."""
    return float(prediction is not None and getattr(prediction, "label", None) == example.label)


def true_score(program: Any, landscape: Landscape, cases: Sequence[Case]) -> float:
    """Return the mean probability of a right answer."""
    model = Model(landscape)
    with dspy.context(lm=_lm(model), disable_history=True, max_errors=100_000):
        for case in cases:
            with contextlib.suppress(Exception):  # an answer that cannot be read; its chance is noted
                program(note=case.text)
    return sum(model.chances) / len(model.chances)


def _lm(model: Model) -> Simulated:
    return Simulated(model, temperature=model.landscape.temperature)


class Watched(dspy.Module):  # type: ignore[misc]
    """The program that is optimised: one prediction."""

    def __init__(self, landscape: Landscape) -> None:
        super().__init__()
        self.predict = dspy.Predict(signature(landscape))

    def forward(self, note: str) -> Any:
        """Ask."""
        return self.predict(note=note)


def simba(landscape: Landscape, cases: Sequence[Case], seed: int, model: Model, **settings: Any) -> Any:
    """Run DSPy's SIMBA; its calls follow from the settings."""
    lm = _lm(model)
    with dspy.context(lm=lm, disable_history=True, max_errors=100_000):
        found = dspy.SIMBA(metric=exact, num_threads=1, **settings)
        return found.compile(Watched(landscape), trainset=examples(cases), seed=seed)


def mipro(landscape: Landscape, cases: Sequence[Case], seed: int, model: Model, *, trials: int) -> Any:
    """Run MIPROv2 with so many trials on mini-batches."""
    lm = _lm(model)
    with dspy.context(lm=lm, disable_history=True, max_errors=100_000):
        found = dspy.MIPROv2(
            metric=exact,
            prompt_model=lm,
            task_model=lm,
            auto=None,
            num_candidates=6,
            max_bootstrapped_demos=4,
            max_labeled_demos=4,
            num_threads=1,
            seed=seed,
            verbose=False,
        )
        cut = len(cases) * 2 // 5
        return found.compile(
            Watched(landscape),
            trainset=examples(cases[cut:]),
            valset=examples(cases[:cut]),
            num_trials=trials,
            minibatch=True,
            minibatch_size=16,
            minibatch_full_eval_steps=5,
            seed=seed,
        )


def gepa(landscape: Landscape, cases: Sequence[Case], seed: int, model: Model, *, calls: int) -> Any:
    """Run GEPA with so many calls of the metric."""
    lm = _lm(model)

    def told(gold: Any, prediction: Any, *_: Any) -> Any:
        right = exact(gold, prediction)
        feedback = "Right." if right else f"Wrong: the right label is {gold.label}."
        return dspy.Prediction(score=right, feedback=feedback)

    with dspy.context(lm=lm, disable_history=True, max_errors=100_000):
        found = dspy.GEPA(
            metric=told, max_metric_calls=calls, reflection_lm=lm, num_threads=1, seed=seed, track_stats=False
        )
        cut = len(cases) * 2 // 5
        return found.compile(Watched(landscape), trainset=examples(cases[cut:]), valset=examples(cases[:cut]))


RIVALS: Final[dict[str, Callable[..., Any]]] = {"SIMBA": simba, "MIPROv2": mipro, "GEPA": gepa}
