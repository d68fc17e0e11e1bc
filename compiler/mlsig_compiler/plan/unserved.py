"""What pipelines say that nobody could run.

A step that calls a signature needs somebody who serves models: the file sees a provider, or the signature's
own `tune provider` names one. A program has that from its space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlsig_compiler import model
from mlsig_compiler.plan.foreign import Missing


def unwritten(
    pipeline: model.Pipeline, module: model.Module, modules: Mapping[str, model.Module | None]
) -> Iterator[Missing]:
    """Yield what stands in the way of a pipeline's code.

    Args:
        pipeline: The pipeline.
        module: Its module.
        modules: The models of all modules of the run.
    """
    imported = {found.local: (found.module, found.name) for found in module.imports}
    own = {node.name: node for node in module.declarations}
    for step in pipeline.steps:
        if step.callee is None:
            continue
        home, name = imported.get(step.callee, (module.name, step.callee))
        found = modules.get(home) if step.callee in imported else module
        node = own.get(name) if found is module else _declared(found, name)
        if isinstance(node, model.Signature) and found is not None:
            space = found.variables.get(name)
            if space is None or not {"provider", "model"} <= set(space.declared):
                yield Missing(f"a step that calls `{step.callee}`, which no provider serves here,", step.span)


def _declared(module: model.Module | None, name: str) -> model.Declaration | None:
    declarations = module.declarations if module else ()
    return next((node for node in declarations if node.name == name), None)
