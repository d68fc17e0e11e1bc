"""Modules that earlier compilers wrote, as they wrote them, on today's runtime.

`frozen/gencode_N` has sources, and what the last compiler of that number made of them, unchanged.
What they do is compared with what today's compiler makes of the same sources.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlsig import Program, Record, Space
from mlsig.errors import GencodeError
from mlsig.gencode import GENCODE, OLDEST, require
from mlsig_compiler.pipeline import compile_source
from mlsig_compiler.source import Source

FROZEN = Path(__file__).with_name("frozen")
FILES = sorted(FROZEN.glob("gencode_*/*.py"))
NOTHING: dict[str, Any] = {}


def loaded(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[ModuleType, ModuleType]]:
    """A module as it was made then, and as it is made now."""
    file: Path = request.param
    source = file.with_suffix(".mlsig")
    text = compile_source(Source(source, file.stem, source.read_text(encoding="utf-8"))).text
    assert text is not None
    (tmp_path / file.name).write_text(text, encoding="utf-8")
    names = [f"frozen_{file.stem}", f"thawed_{file.stem}"]
    yield loaded(names[0], file), loaded(names[1], tmp_path / file.name)
    for name in names:
        del sys.modules[name]


def test_every_number_that_the_runtime_takes_is_kept_here() -> None:
    kept = {int(folder.name.removeprefix("gencode_")) for folder in FROZEN.iterdir() if folder.is_dir()}
    assert kept >= set(range(OLDEST, GENCODE))
    for file in FILES:
        head = file.read_text(encoding="utf-8").splitlines()[1]
        assert head.startswith(f"# mlsig: {file.parent.name.replace('_', '=')} ")


def test_what_was_compiled_then_does_what_is_compiled_now(both: tuple[ModuleType, ModuleType]) -> None:
    then, now = both
    assert set(then.__all__) <= set(now.__all__)
    compared = 0
    for name in then.__all__:
        old, new = getattr(then, name), getattr(now, name)
        if isinstance(old, Program):
            assert old.signature.instructions == new.signature.instructions
            assert old.candidate.to_dict() == new.candidate.to_dict()
            compared += 1
        elif isinstance(old, type) and issubclass(old, Record):
            same_record(old, new)
            compared += 1
        elif isinstance(old, type) and issubclass(old, Space):
            same_space(old, new)
            compared += 1
        elif hasattr(old, "Input") and hasattr(old, "Output"):
            same_record(old.Input, new.Input)
            same_record(old.Output, new.Output)
            compared += 1
    assert compared


def same_record(old: Any, new: Any) -> None:
    assert old.json_schema() == new.json_schema()
    assert [str(issue) for issue in old.check(NOTHING)] == [str(issue) for issue in new.check(NOTHING)]
    wrong = dict.fromkeys(old.__struct_fields__, object)
    assert len(old.check(wrong)) == len(new.check(wrong))


def same_space(old: Any, new: Any) -> None:
    assert old.cardinality() == new.cardinality()
    drawn = old.sample_batch(20, random.Random(3))
    assert [each.to_dict() for each in drawn] == [
        each.to_dict() for each in new.sample_batch(20, random.Random(3))
    ]
    for config in drawn:
        assert old.decode(old.encode(config)) == config
        assert new.check(config.to_dict()) == []


def test_what_is_too_new_or_too_old_says_what_to_do() -> None:
    with pytest.raises(GencodeError, match="upgrade mlsig"):
        require(GENCODE + 1, "qa.mlsig")
    with pytest.raises(GencodeError, match="run `mlsig compile`"):
        require(OLDEST - 1, "qa.mlsig")
