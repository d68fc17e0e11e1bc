"""What a run chose, as a `.mlsig` file beside the one that it was chosen for.

    overlay(original, program, candidate)  ->  Overlay(text, notes)

The file imports what it can, extends the program's space with the chosen defaults, says the signature anew
with the chosen words, rules and examples, and declares a program of the same name. It is text for people:
they read it, change it, and commit it.
"""

from __future__ import annotations

from mlsig_compiler.exporting.original import CannotExportError
from mlsig_compiler.exporting.overlay import Overlay, overlay

__all__ = ["CannotExportError", "Overlay", "overlay"]
