"""What all components of the tree have in common."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
from mlsig import orchestrator
from mlsig.orchestrator import Intensity, Supervisor, components

DOCS = Path(__file__).resolve().parents[2] / "docs"
KINDS = [
    kind
    for name in components.__all__
    if hasattr(kind := getattr(components, name), "child") and inspect.isclass(kind)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_each_is_made_by_keyword_and_started_again_as_it_was(kind: Any) -> None:
    options = inspect.signature(kind).parameters.values()
    assert all(each.kind is each.KEYWORD_ONLY and each.default is not each.empty for each in options)
    component = kind()
    child = component.child()
    assert component.child("other").id == "other"
    async with Supervisor([child], intensity=Intensity(5, 60.0), name="top") as top:
        before = component.stats()
        [victim] = [task for task in asyncio.all_tasks() if task.get_name() == f"top/{child.id}"]
        victim.cancel()  # as a bug would
        await asyncio.wait([victim])
        while top.status().children[0].restarts != 1 or top.status().children[0].state != "running":
            await asyncio.sleep(0)
        assert component.stats() == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_has_a_page_that_the_overview_links_to(kind: Any) -> None:
    overview = (DOCS / "orchestrator.md").read_text(encoding="utf-8")
    [line] = [line for line in overview.splitlines() if line.startswith(f"- [`{kind.__name__}`](")]
    page = line.partition("(")[2].partition(")")[0]
    assert f"{kind.__name__}(" in (DOCS / page).read_text(encoding="utf-8")


def test_names_load_on_first_use() -> None:
    assert {name for name in dir(components) if not name.startswith("_")} >= set(components.__all__)
    assert len(KINDS) >= 8
    assert {name for name in dir(orchestrator) if not name.startswith("_")} >= set(orchestrator.__all__)
    assert all(getattr(orchestrator, name) for name in orchestrator.__all__)
    for module in (components, orchestrator):
        with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
            _ = module.Nothing
