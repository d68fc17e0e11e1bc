"""Classes of the user's as options of modules: imported when first used, and held against their Protocols."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mlsig.adapters import JSON
from mlsig.errors import ValidationError
from mlsig.programs.modules import load
from mlsig.reasoning import Predict
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

ROOT = Path(__file__).resolve().parents[3]
LAYOUTS = """
from mlsig.adapters import Chat
from mlsig.providers.messages import Message
from mlsig.reasoning import Predict

class Terse(Chat):
    def messages(self, inputs):
        return (Message("user", f"in short: {inputs.text}"),)

class Twice(Predict):
    pass

class Half:
    def messages(self, inputs):
        return ()

class Silent:
    @staticmethod
    def run(layout, ask, inputs):
        return None

nothing = 3
"""
TEXT = """
provider p { protocol: openai  base_url: "http://h/v1"  model "m" {} }
signature S { input text: str  output mood: str }
space T {
  var provider: provider(p)
  var model: model(provider)
  var adapter: module(JSON, python("own_layouts:Terse")) = python("own_layouts:Terse")
  var reasoning: module(Predict, python("own_layouts:Twice"))
  var other: module(python("own_layouts:Half")) = python("own_layouts:Half")
  when adapter == "own_layouts:Terse" { var words: int(1..9) = 3 }
}
program P { signature: S  space: T }
"""


@pytest.fixture
def layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "own_layouts.py").write_text(LAYOUTS)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_built_in_modules_go_by_their_names() -> None:
    assert load("adapter", "JSON") is JSON
    assert load("reasoning", "Predict") is Predict
    assert load("way", "Predict") is Predict


@pytest.mark.parametrize(
    ("role", "name", "said"),
    [
        ("adapter", "Chta", "no adapter called `Chta`; did you mean `Chat`"),
        ("adapter", "own_layouts:Half", "`own_layouts:Half` has no `read`, as `mlsig.adapters.Layout` asks"),
        ("reasoning", "own_layouts:Half", "has no `run` and `lead`, as `mlsig.reasoning.Reasoning` asks"),
        ("reasoning", "own_layouts:Silent", "has no `lead`"),
        ("adapter", "own_layouts:nothing", "`own_layouts:nothing` is no class"),
        ("adapter", "own_layouts:Gone", "`own_layouts` has no `Gone`"),
        ("adapter", "not_there_at_all:Gone", "cannot be imported"),
        ("reasoning", "Zzz", "there are Predict"),
    ],
)
def test_what_is_wrong_with_a_class_is_said_when_it_is_first_used(
    role: str, name: str, said: str, layouts: Path
) -> None:
    with pytest.raises(ValidationError) as raised:
        load(role, name)
    assert said in str(raised.value)
    assert raised.value.issues[0].path == role


def test_a_program_runs_with_classes_of_the_users(layouts: Path) -> None:
    made = compile_source(Source(Path("case.mlsig"), "case", TEXT))
    assert made.text is not None, list(made.diagnostics)
    (layouts / "case.py").write_text(made.text)
    code = (
        "import case, own_layouts, sys\n"
        "assert case.P.prompt(text='a film')[0].content == 'in short: a film'\n"
        "config = case.T.default()\n"
        "assert config.words == 3\n"
        "assert case.T.module(config, 'adapter') is own_layouts.Terse\n"
        "assert case.T.module(config, 'other') is own_layouts.Half\n"
        "print([issue.message for issue in case.T.check({**config.to_dict(), 'adapter': 'os:system'})])"
    )
    env = {"PYTHONPATH": f"{ROOT / 'runtime'}:{layouts}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert 'must be "JSON" or "own_layouts:Terse"' in done.stdout


def test_a_reference_must_name_a_class() -> None:
    made = compile_source(
        Source(Path("case.mlsig"), "case", 'space T { var a: module(JSON, python("layouts")) }')
    )
    assert [found.code for found in made.diagnostics] == ["MLS0605"]
