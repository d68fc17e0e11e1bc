"""The generated class of a space, made in memory.

    Tuning = made(space, served)        Tuning.sample(rng), Tuning.check(values), …

The text is the one that `mlsig compile` would write, inspected as that is; no file is written.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mlsig import created

from mlsig_compiler import model
from mlsig_compiler.emit import emit
from mlsig_compiler.files.manifest import source_hash
from mlsig_compiler.plan.module import plan

if TYPE_CHECKING:
    from mlsig.spaces import Space


def made(space: model.Space, served: Mapping[str, model.Provider]) -> type[Space]:
    """Return the class of a space.

    Args:
        space: The space, which is right.
        served: The providers that it can choose, by name.
    """
    name = space.name.rpartition(".")[2]  # that of a signature is Answer.Variables
    called = space if space.name == name else replace(space, name=name)  # the same space is not studied again
    module = model.Module(name="space", declarations=(called,))
    text = emit(plan(module, source_hash(space.name), (), dict(served)))
    whole = created.add(f"space_{source_hash(text)}", text)
    found: type[Space] = getattr(importlib.import_module(whole), name)
    return found
