"""The documentation as a site: `make site` writes build/site, which needs no network and no server."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "runtime"), str(ROOT / "compiler")]

project = "mlsig"
author = "the authors of mlsig"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["*.schema.json"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4  # links like language.md#pipeline

default_role = "code"  # docstrings write code in single backticks

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
add_module_names = False
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "mlsig"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False


# Names that only type checkers import, in annotations that are shown.
ONLY_FOR_CHECKERS = {
    "mlsig.readings": ("mlsig.parsing.repairs", "Repair"),
    "mlsig.resources.declared": ("mlsig.resources.resource", "Resource"),
}


def setup(app: Sphinx) -> dict[str, Any]:
    """Colour what Pygments does not know by itself."""
    for language in ("baml", "csv", "jsonl"):
        app.add_lexer(language, TextLexer)
    # by name, since the lexer is registered only where mlsig has been installed since it has one
    app.add_lexer("mlsig", import_module("mlsig_compiler.highlighting.lexer").MlsigLexer)
    for module, (home, name) in ONLY_FOR_CHECKERS.items():
        setattr(import_module(module), name, getattr(import_module(home), name))
    return {"parallel_read_safe": True}
