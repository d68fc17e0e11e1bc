"""For development: `import mlsig.importer`, then `import qa` takes `qa.mlsig` as it is now.

    import mlsig.importer
    import qa                      # qa.mlsig, from a folder of sys.path

Nothing is written, and editors see no types: a build has `mlsig compile`. Importing this module loads the
compiler.
"""

from __future__ import annotations

import importlib

from mlsig.errors import MlsigError

try:
    _importing = importlib.import_module("mlsig_compiler.developing.importing")
except ModuleNotFoundError as error:
    raise MlsigError(
        f"importing .mlsig files needs the compiler of mlsig, and {error.name} is not installed: "
        "pip install mlsig, or run `mlsig compile` beforehand"
    ) from error
_importing.install()
