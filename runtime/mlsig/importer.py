"""For development: `import mlsig.importer`, then `import qa` takes `qa.mlsig` as it is now.

    import mlsig.importer
    import qa                      # qa.mlsig, from a folder of sys.path

Nothing is written, and editors see no types: a build has `mlsig compile`. Importing this module loads the
compiler.
"""

from __future__ import annotations

from mlsig.compiler import compiler

compiler("developing.importing", "importing .mlsig files", "run `mlsig compile` beforehand").install()
