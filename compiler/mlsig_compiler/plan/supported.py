"""What the language has and generated code does not have yet.

    report(module, diagnostics)

`mlsig check` understands every construct; `mlsig compile` refuses those that no template writes, where they
are written, so that nothing is left out silently.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from mlsig_compiler import model
from mlsig_compiler.diagnostics import Diagnostics
from mlsig_compiler.plan.foreign import Missing, foreign
from mlsig_compiler.plan.resource_spelling import returnable
from mlsig_compiler.plan.unserved import unwritten
from mlsig_compiler.resolve import Library

UNDERSTOOD: Final = "`mlsig check` understands it already"


def report(
    module: model.Module,
    diagnostics: Diagnostics,
    library: Library,
    modules: Mapping[str, model.Module | None],
) -> None:
    """Report what a module has that cannot be generated yet.

    Args:
        module: The module.
        diagnostics: Where it is reported.
        library: The modules that it reaches.
        modules: The models of these.
    """
    for missing in foreign(module, library):
        message = f"code that uses {missing.what} of another file cannot be generated yet"
        diagnostics.report("MLS0190", missing.span, message, help=UNDERSTOOD)
    for node in module.declarations:
        for missing in _declaration(node, module, modules):
            message = f"code for {missing.what} cannot be generated yet"
            diagnostics.report("MLS0190", missing.span, message, help=UNDERSTOOD)


def report_unwritten(
    module: model.Module, homes: Iterable[str], written: Container[str], diagnostics: Diagnostics
) -> None:
    """Report modules that the generated one imports from, and that nobody writes beside it."""
    for home in homes:
        if home not in written:
            direct = [imported.span for imported in module.imports if imported.module == home]
            place = (direct or [imported.span for imported in module.imports])[0]
            message = f"the module `{home}` is imported from, and is not compiled to the same folder"
            diagnostics.report(
                "MLS0912", place, message, help=f"compile `{home}` too: name its file or folder"
            )


def _declaration(
    node: model.Declaration, module: model.Module, modules: Mapping[str, model.Module | None]
) -> Iterator[Missing]:
    match node:
        case model.Pipeline():
            yield from unwritten(node, module, modules)
        case model.Resource():
            for action in node.actions:
                if not returnable(action.returns):
                    yield Missing("an action that returns resources inside of something else", action.span)
        case _:
            return
