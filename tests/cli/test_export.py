"""`mlsig export`: what a run chose, as a file that compiles and says the same as `mlsig.load`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import in_process
import mlsig
import msgspec
import pytest
from mlsig.programs import Program
from mlsig.programs.candidates import Candidate
from mlsig.store import Store
from mlsig_compiler.cli import OK, STORAGE, USAGE
from mlsig_compiler.exporting import CannotExportError
from mlsig_compiler.exporting.original import Original, Part, imports

SHARED = """
enum Verdict { good, bad "not good" }
type Slug = str(pattern="^[a-z]+$")
schema Source { name: Slug  verdicts: list[Verdict] = [] }
signature Base {
  \"\"\"Judge it.\"\"\"
  input text: str(min_length=1)  "what to judge"
  output note: str = ""
  example { text: "An old example." }
}
provider there {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "tiny" { context_window: 4_096, max_output: 512, input_cost: 0.1, output_cost: 0.2 }
  model "large" { context_window: 8_192, max_output: 512, input_cost: 1.0, output_cost: 2.0 }
}
"""
PROGRAM = """
from exported_shared import Base, Source, Verdict as Opinion, there

signature Judge extends Base {
  input  source: Source? = null
  output verdict: Opinion        "what you think"
  output sure: probability = 0.5
  tune tone: choice("dry", "warm") = "dry"   "how to put it"
  check sense: sure > 0.0   "say how sure"
}

space Tuning {
  var provider: provider(there) = there
  var model: model(provider)
  var adapter: module(Chat, JSON, Markdown) = Chat
  var reasoning: module(Predict, ChainOfThought) = Predict
  var temperature: float(0.0..1.0, step=0.1) = 0.0 {
    when adapter == JSON and reasoning == ChainOfThought: (0.2..0.6) = 0.4
    when adapter == JSON: (0.0..0.4) = 0.2
  }
  var demos: int(0..8) = 2
  var rate: float(1e-5..1e-1, log) = 1e-3
  var structured: bool
  when reasoning == ChainOfThought {
    var max_tokens: int(16..512, step=16) = 64
  }
  constraint short: demos < 7
}

program Critic {
  signature: Judge
  space: Tuning
  metric right = python("exported_metrics:right")
  maximize right weight 0.8
  minimize cost weight 0.2
}

space Worded extends Tuning { var instructions: choice("Judge.", "Be a judge.") = "Judge." }
program Worder { signature: Judge  space: Worded }

pipeline Twice(text: str) -> Judge { return Critic(text=text) }
"""
CHOSEN = {
    "config": {
        "provider": "there",
        "model": "large",
        "adapter": "JSON",
        "reasoning": "Predict",
        "temperature": 0.3,
        "demos": 3,
        "rate": 0.01,
        "structured": True,
    },
    "rules": ['Say "no" in doubt.', "One rule\nof two lines, with {braces}."],
    "demos": [
        {
            "inputs": {
                "text": 'It said "x".\nTwice.',
                "source": {"name": "ada", "verdicts": ["good", "bad"]},
            },
            "expected": {"verdict": "bad", "sure": 0.25},
        },
        {"inputs": {"text": "Fine."}, "expected": {"verdict": "good"}},
    ],
}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[in_process.Shell]:
    (tmp_path / "exported_shared.mlsig").write_text(SHARED)
    (tmp_path / "exported.mlsig").write_text(PROGRAM)
    shell = in_process.Shell(tmp_path)
    done = shell("compile", ".", "--out", ".")
    assert done.returncode == OK, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        importlib.invalidate_caches()
        yield shell
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def program(module: str, name: str = "Critic") -> Program:
    found: Program = getattr(importlib.import_module(module), name)
    return found


def kept(
    shell: in_process.Shell,
    body: dict[str, Any],
    command: str = "mlsig optimize exported:Critic",
    name: str = "Critic",
) -> str:
    """A store with a completed run that chose this."""
    with Store(shell.folder / "runs.db", command=command) as store:
        run = store.create(identity="0123456789", program=name, program_hash="x", seed=0, settings={})
        store.move(run.id, "running")
        store.finish(run.id, {"outcome": {"body": body}})
    return run.id


def _rows(program: Program) -> list[Any]:
    return [demo.to_dict() for demo in program.candidate.demos]


def same(shell: in_process.Shell, module: str) -> tuple[Program, Program]:
    """The program as loaded, and as compiled from the overlay, which say the same."""
    loaded = mlsig.load(program("exported"), shell.folder / "runs.db")
    done = shell("compile", ".", "--out", ".")
    assert done.returncode == OK, done.stdout + done.stderr
    importlib.invalidate_caches()
    made = program(module)
    for text in ("A short one.", 'With "quotes"\nand lines.'):
        assert made.prompt(text=text).request == loaded.prompt(text=text).request
    return loaded, made


def test_an_overlay_says_what_load_says(shell: in_process.Shell) -> None:
    run = kept(shell, CHOSEN)
    done = shell("export", run[:8], "--store", "runs.db")
    assert done.returncode == OK, done.stdout + done.stderr
    assert "wrote critic_chosen.mlsig: review it" in done.stdout
    loaded, made = same(shell, "critic_chosen")
    assert made.candidate.config.to_dict() == loaded.candidate.config.to_dict()
    assert _rows(made) == _rows(loaded)
    assert (made.name, made.metrics, made.objectives) == (loaded.name, loaded.metrics, loaded.objectives)
    text = (shell.folder / "critic_chosen.mlsig").read_text()
    assert text.startswith(f"# What the run {run} chose for exported")
    assert "An old example" not in text
    assert shell("fmt", "--check", "critic_chosen.mlsig").returncode == OK

    again = shell("export", run, "--store", "runs.db")
    assert (again.returncode, "--force writes over it" in again.stderr) == (STORAGE, True)
    assert shell("export", run, "--store", "runs.db", "--force").returncode == OK


def test_nothing_but_defaults_is_an_overlay_too(shell: in_process.Shell) -> None:
    critic = program("exported")
    kept(shell, {"config": critic.space.default().to_dict(), "rules": [], "demos": []})
    assert shell("export", "Critic", "--store", "runs.db", "--out", "exported_plain.mlsig").returncode == OK
    loaded, made = same(shell, "exported_plain")
    assert made.candidate.to_dict() == loaded.candidate.to_dict()


def test_wider_configurations_and_other_arms(shell: in_process.Shell) -> None:
    critic = program("exported")
    config = critic.variables().complete(
        {
            **CHOSEN["config"],
            "reasoning": "ChainOfThought",
            "temperature": 0.5,
            "max_tokens": 128,
            "tone": "warm",
        }
    )
    demos = [{**CHOSEN["demos"][1], "reasoning": "It says so."}]
    kept(shell, {"config": config.to_dict(), "rules": [], "demos": demos})
    done = shell("export", "Critic", "--store", "runs.db", "--out", "wide.mlsig")
    assert done.returncode == OK, done.stdout + done.stderr
    assert "warning: 1 of 1 examples were shown with reasoning" in done.stderr
    importlib.invalidate_caches()
    assert shell("compile", ".", "--out", ".").returncode == OK
    made = program("wide")
    assert made.candidate.config.to_dict() == config.to_dict()
    without = Candidate(
        config,
        (),
        tuple(
            msgspec.structs.replace(one, reasoning="")
            for one in Candidate.from_dict(critic, {"config": config.to_dict(), "demos": demos}).demos
        ),
    )
    assert made.prompt(text="x").request == critic.with_candidate(without).prompt(text="x").request


def test_other_words_for_instructions_and_fields(shell: in_process.Shell) -> None:
    body = {
        **CHOSEN,
        "instructions": "Be stern.",
        "descriptions": {"verdict": 'what you "really" think', "text": "the text"},
    }
    run = kept(shell, body)
    done = shell("export", run, "--store", "runs.db", "--out", "reworded.mlsig")
    assert done.returncode == OK, done.stdout + done.stderr
    _, made = same(shell, "reworded")
    said = str(made.prompt(text="x"))
    assert "Be stern." in said
    assert 'what you "really" think' in said


def test_rules_stand_in_the_instructions_that_were_chosen(shell: in_process.Shell) -> None:
    worder = program("exported", "Worder")
    config = {**worder.space.default().to_dict(), "instructions": "Be a judge."}
    run = kept(shell, {"config": config, "rules": ["Mind \u2028 odd ends."], "demos": []}, "")
    words = ("export", run, "--store", "runs.db", "--program", "exported:Worder", "--out", "worded.mlsig")
    done = shell(*words)
    assert done.returncode == OK, done.stdout + done.stderr
    assert shell("compile", ".", "--out", ".").returncode == OK
    importlib.invalidate_caches()
    made = program("worded", "Worder")
    loaded = worder.with_candidate(
        Candidate.from_dict(worder, {"config": config, "rules": ["Mind \u2028 odd ends."]})
    )
    assert made.prompt(text="x").request == loaded.prompt(text="x").request


def test_what_cannot_be_exported_says_why(shell: in_process.Shell) -> None:
    run = kept(shell, CHOSEN)
    nobody = shell("export", "Other", "--store", "runs.db")
    assert (nobody.returncode, "has no run Other" in nobody.stderr) == (STORAGE, True)
    unknown = shell("export", run, "--store", "runs.db", "--program", "exported:Nobody")
    assert "has no program Nobody" in unknown.stderr
    (shell.folder / "exported.mlsig").unlink()
    gone = shell("export", run, "--store", "runs.db", "--program", "exported:Critic")
    assert (gone.returncode, "run this where `mlsig compile` is run" in gone.stderr) == (USAGE, True)


def test_a_run_that_python_started_needs_the_program_by_name(shell: in_process.Shell) -> None:
    run = kept(shell, CHOSEN, "")
    done = shell("export", run, "--store", "runs.db")
    assert (done.returncode, "name its program with --program" in done.stderr) == (USAGE, True)
    named = shell("export", run, "--store", "runs.db", "--program", "exported:Critic")
    assert named.returncode == OK, named.stderr


PIPED = """
from exported_shared import Source, there
from exported import Critic, Judge

signature Plan {
  \"\"\"Plan it.\"\"\"
  input question: str
  output queries: list[str]
  tune breadth: int(1..5) = 2   "how many queries"
  example { question: "An old one?", queries: ["old"] }
}
signature Answer { input question: str(min_length=3)  output answer: str  output from_: Source? = null }
tool look(queries: list[str]) -> str = python("exported_metrics:look")

pipeline Inner(question: str) -> Answer? {
  plan = Plan(question=question)
  found = look(queries=plan.queries)
  return Answer(question=found)   on_error continue
}

# Called twice, by steps that learned different things.
pipeline Outer(question: str, many: list[str]) -> list[Answer] "Both." {
  plan    = Plan(question=question)                       retry 1
  first   = Inner(question=question)
  second  = Inner(question=plan.queries[0] if len(plan.queries) > 0 else question)
  third   = Inner(question=question)
  verdict = Critic(text=question)                         on_error continue
  return [Answer(question=one) for one in many]           concurrency 2

  metric right = python("exported_metrics:right")
  maximize right weight 0.8
  minimize cost weight 0.2
}
"""
DEMO = {"inputs": {"question": "What?"}, "expected": {"queries": ["what", "why"]}}
LEARNED = {
    "plan": {"rules": ['Be "broad".'], "demos": [DEMO]},
    "first.plan": {
        "rules": [],
        "demos": [],
        "instructions": "Plan well.",
        "descriptions": {"queries": "few"},
    },
    "second.return": {"rules": ["Be short."], "demos": []},
    "return": {
        "rules": ["Be long."],
        "demos": [{"inputs": {"question": "Who?"}, "expected": {"answer": "He."}}],
    },
    "verdict": {"rules": [], "demos": [CHOSEN["demos"][1]]},
}
CONFIGURED = {
    "plan.breadth": 4,
    "plan.reasoning": "ChainOfThought",
    "first.plan.adapter": "JSON",
    "second.plan.temperature": 0.25,
    "verdict.adapter": "JSON",
    "verdict.temperature": 0.3,
    "verdict.tone": "warm",
    "return.model": "large",
}
INPUTS = {"plan": {"question": "Is it?"}, "return": {"question": "Is it?"}, "verdict": {"text": 'A "b".\nC.'}}


def test_an_overlay_of_a_pipeline_says_what_load_says_step_by_step(shell: in_process.Shell) -> None:
    (shell.folder / "piped.mlsig").write_text(PIPED)
    done = shell("compile", ".", "--out", ".")
    assert done.returncode == OK, done.stdout + done.stderr
    importlib.invalidate_caches()
    outer = program("piped", "Outer")
    config = outer.variables().complete(CONFIGURED).to_dict()
    body = {"config": config, "rules": [], "demos": [], "steps": LEARNED}
    run = kept(shell, body, "mlsig optimize piped:Outer", name="Outer")
    exported = shell("export", run, "--store", "runs.db")
    assert exported.returncode == OK, exported.stdout + exported.stderr
    assert shell("fmt", "--check", "outer_chosen.mlsig").returncode == OK
    done = shell("compile", ".", "--out", ".")
    assert done.returncode == OK, done.stdout + done.stderr
    importlib.invalidate_caches()

    loaded = mlsig.load(outer, shell.folder / "runs.db", run)
    made = program("outer_chosen", "Outer")
    assert made.candidate.config.to_dict() == loaded.candidate.config.to_dict()
    assert (made.name, made.metrics, made.objectives) == (loaded.name, loaded.metrics, loaded.objectives)
    wanted, found = loaded.programs(), made.programs()
    assert list(found) == list(wanted)
    for path, step in wanted.items():
        given = INPUTS[path.rpartition(".")[2]]
        assert found[path].prompt(**given).request == step.prompt(**given).request, path
        assert _rows(found[path]) == _rows(step), path
    # What nothing was chosen for stays what it was.
    assert "third   = Inner(question=question)" in (shell.folder / "outer_chosen.mlsig").read_text()
    assert "Inner" not in vars(importlib.import_module("outer_chosen"))["__all__"]


def test_a_pipeline_of_which_nothing_was_chosen_is_itself(shell: in_process.Shell) -> None:
    twice = program("exported", "Twice")
    run = kept(shell, twice.candidate.to_dict(), "mlsig optimize exported:Twice")
    done = shell("export", run, "--store", "runs.db")
    assert done.returncode == OK, done.stdout + done.stderr
    assert shell("compile", ".", "--out", ".").returncode == OK
    importlib.invalidate_caches()
    made = program("twice_chosen", "Twice")
    assert made.prompts(text="x")["return"].request == twice.prompts(text="x")["return"].request


def test_one_name_for_two_things_and_what_cannot_be_read_are_refused() -> None:
    def named(name: str) -> Any:
        return SimpleNamespace(head=SimpleNamespace(name=SimpleNamespace(text=name)))

    files: Any = {
        module: SimpleNamespace(file=SimpleNamespace(declarations=[named("Note")], imports=()))
        for module in ("a", "b")
    }
    parts = [Part("x: Note", Original(files, module)) for module in files]
    with pytest.raises(CannotExportError, match="Note is one thing in a and another in b"):
        imports(Original(files, "a"), parts, ())
    assert imports(Original(files, "a"), parts[:1], ()) == "from a import Note\n"
    away = Original(files, "a")
    away.imported["Far"] = ("std.far", "Far")
    with pytest.raises(CannotExportError, match=r"Far is of std\.far, which cannot be read"):
        away.found("Far")
