"""Generated pipelines: typed calls, graphs of steps, one space of all of them, errors with their path."""

from __future__ import annotations

import asyncio
import importlib
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from golden.cases import FOLDER, expected
from mlsig.errors import ValidationError
from mlsig.providers.messages import Reply, Request
from reference.imported import on_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    out = tmp_path_factory.mktemp("pipelines")
    shutil.copy(expected("pipelines"), out / "pipelines.py")
    shutil.copy(FOLDER / "pipelines" / "pipelines_functions.py", out)
    with on_path(str(out)):
        yield importlib.import_module("pipelines")
        for name in ("pipelines", "pipelines_functions"):
            sys.modules.pop(name, None)


class Model:
    """Answers by what it is asked for; remembers what it was asked."""

    def __init__(self, **answers: str | Exception | Callable[[Request], str]) -> None:
        usual = {"queries": '["rain", "no", "water"]', "fine": "true", "answer": '"42"'}
        self.answers: dict[str, Any] = {**usual, **answers}
        self.requests: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.requests.append(request)
        await asyncio.sleep(0)
        field = next(name for name in self.answers if name in request.messages[0].content)
        answer = self.answers[field]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        return Reply(text=f'{{"{field}": {answer}}}', input_tokens=10, output_tokens=2, cost=0.5, latency=1.0)


def test_a_pipeline_runs_its_steps(made: ModuleType) -> None:
    model = Model()
    answer = made.Research.using(model)(question="why?")
    assert answer == made.Answer.Output(answer="42")
    assert len(model.requests) == 3
    assert "rain 1" in model.requests[-1].messages[-1].content  # what the tools found


def test_a_pipeline_inside_of_a_pipeline(made: ModuleType) -> None:
    assert asyncio.run(made.Twice.using(Model()).acall(question="why?")) == ["42", "nothing"]
    longer = Model(answer='"forty-two"')
    assert made.Twice.using(longer)(question="why?") == ["forty-two", "forty-two"]
    assert made.Count(words=["a", "b"]) == 2


def test_inputs_are_checked(made: ModuleType) -> None:
    with pytest.raises(ValidationError, match="question"):
        made.Research.using(Model())(question="w")


def test_the_space_is_that_of_every_step(made: ModuleType) -> None:
    space = made.Twice.variables()
    config = space.sample(random.Random(3))
    assert config.key_.plan.model == "m"
    assert config.to_dict()["key.return.model"] == "m"
    assert space.validate(config.to_dict()) == config
