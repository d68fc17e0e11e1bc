"""The plugin for pytest: what it collects, and what it says of what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """\
enum Mood { calm, cross }

signature Triage {
  input  message: str
  output mood: Mood
  output priority: int(1..5)
  example { message: "Late!", mood: cross, priority: 4 }
  example { message: "Thanks.", mood: calm }
}

provider desk {
  protocol: openai
  base_url: "http://127.0.0.1:9/v1"
  model "small" { context_window: 4_096 }
}

space Tuning {
  var provider: provider(desk) = desk
  var model: model(provider)
}

program Sort {
  signature: Triage
  space: Tuning
  metric right = python("plugin_scoring:right")
}
"""


def run(folder: Path, *options: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-v", *options],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV"))}
        | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "triage.mlsig").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.mlsig]\nsrc = ["schemas"]\n\n[tool.pytest.ini_options]\nmlsig = true\n', encoding="utf-8"
    )
    scoring = "def right(example, output):\n    return 1.0 * (example.expected.mood == output.mood)\n"
    (tmp_path / "plugin_scoring.py").write_text(scoring, encoding="utf-8")
    return tmp_path


def test_a_file_and_its_examples_are_tests(folder: Path) -> None:
    code, said = run(folder)
    assert code == 0, said
    assert "triage.mlsig::compiles PASSED" in said
    assert "triage.mlsig::Sort::example[0] PASSED" in said
    assert "3 passed" in said


def test_a_metric_that_breaks_and_a_file_that_is_wrong_fail(folder: Path) -> None:
    (folder / "plugin_scoring.py").write_text("def right(example, output):\n    return output.mod\n")
    (folder / "schemas" / "wrong.mlsig").write_text("schema Note {\n  text: string\n}\n", encoding="utf-8")
    code, said = run(folder)
    assert code == 1, said
    assert "metric right of Sort: AttributeError" in said
    assert "error[MLS0301]: unknown type `string`" in said
    assert "2 failed, 2 passed" in said


def test_files_are_left_alone_unless_asked_for(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.mlsig]\nsrc = ["schemas"]\n', encoding="utf-8")
    assert run(folder)[0] == pytest.ExitCode.NO_TESTS_COLLECTED
    code, said = run(folder, "--mlsig", "-q")
    assert code == 0, said
