"""The workflow that the page on tools shows: its commands run in a project as `mlsig init` writes it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs.test_documents import ROOT, blocks
from mlsig_compiler.cli import FINDINGS, OK, main


@pytest.fixture
def steps() -> list[dict[str, Any]]:
    (text,) = [
        block.text
        for block in blocks(ROOT / "docs" / "tools.md")
        if block.language == "yaml" and "jobs:" in block.text
    ]
    return yaml.safe_load(text)["jobs"]["mlsig"]["steps"]


def test_its_commands_pass_and_upload_what_code_scanning_can_place(
    steps: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", ".", "--provider", "local"]) == OK
    commands = [each["run"] for each in steps if each.get("run", "").startswith("mlsig ")]
    (sent,) = [each["with"]["sarif_file"] for each in steps if "upload-sarif" in each.get("uses", "")]
    (linted,) = [each for each in commands if each.endswith(f" > {sent}")]
    for command in commands:
        assert main(shlex.split(command.partition(" > ")[0])[1:]) == OK, command
    source = Path("schemas/triage.mlsig")
    source.write_text(f"type Idle = str\n\n{source.read_text(encoding='utf-8')}", encoding="utf-8")
    capsys.readouterr()
    assert main(shlex.split(linted.partition(" > ")[0])[1:]) == FINDINGS
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (found,) = run["results"]
    (place,) = found["locations"]
    assert found["ruleId"] == "MLS0702"
    assert place["physicalLocation"]["artifactLocation"]["uri"] == source.as_posix()
