"""Where the modules of schemas live that `mlsig.create_schema` makes: `mlsig.created.passage_5f3a…`.

Their text is the compiler's, which has inspected it, and no file. Python's own import system loads it, by a
loader that has the text: so modules are in `sys.modules`, locked while they are imported, and tracebacks,
debuggers and `inspect.getsource` show their lines. Nobody else's text gets here: the name of a module is a
hash of what it was compiled from, and only `create_schema` and `mlsig space` add one.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Final

_texts: Final[dict[str, str]] = {}


def add(name: str, text: str) -> str:
    """Let `import` find generated text under a name in here; return the whole name."""
    whole = f"{__name__}.{name}"
    _texts.setdefault(whole, text)
    return whole


class Loader(SourceLoader):
    """Loads a module whose text is held here."""

    def get_filename(self, fullname: str) -> str:
        """Return what tracebacks call the text; no such file exists."""
        return f"mlsig:{fullname}.py"

    def get_data(self, path: str) -> bytes:
        """Return the text that tracebacks call so."""
        return _texts[path.removeprefix("mlsig:").removesuffix(".py")].encode()


class Finder(MetaPathFinder):
    """Finds the modules in here, and says of others where they come from."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  (import asks so)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        """Return how to import a module in here.

        Raises:
            ModuleNotFoundError: The schema was created in another process, such as the one that pickled it.
        """
        if not fullname.startswith(f"{__name__}."):
            return None
        if fullname in _texts:
            return spec_from_loader(fullname, Loader())
        raise ModuleNotFoundError(
            f"{fullname} is a schema that mlsig.create_schema made in another process: "
            "call it here with the same text before you read what was pickled",
            name=fullname,
        )


sys.meta_path.append(Finder())
