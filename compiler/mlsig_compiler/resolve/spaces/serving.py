"""Who serves: the providers that the variables of a file can choose, by the names of their declarations.

from std.providers import openai as oa     ->   {"openai": …}

Those of the spaces that a file includes are known too, though the file does not import them itself; its own
come before them, and before imported ones.
"""

from __future__ import annotations

from mlsig_compiler import model
from mlsig_compiler.resolve.scope import Scope


def read_all(scope: Scope) -> None:
    """Fill `scope.served`; the providers of the file have been read."""
    waiting = [
        found.module
        for found in scope.imported.values()
        if isinstance(found.declaration, model.Space | model.Fragment)
    ]
    seen: set[str] = set()
    for module in waiting:  # grows as it goes
        exports = scope.library.get(module)
        if module in seen or exports is None:
            continue
        seen.add(module)
        for node in exports.declarations.values():
            if isinstance(node, model.Provider):
                scope.served.setdefault(node.name, node)
        for source, name in exports.imports.values():
            home = scope.library.get(source)
            meant = home.declarations.get(name) if home else None
            if isinstance(meant, model.Provider):
                scope.served.setdefault(meant.name, meant)
            elif isinstance(meant, model.Space | model.Fragment):
                waiting.append(source)
    for provider in scope.providers.values():  # the file's own come last, and win
        scope.served[provider.name] = provider
