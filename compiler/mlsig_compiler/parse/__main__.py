"""Write the parse tables of the grammar: python -m mlsig_compiler.parse."""

from __future__ import annotations

import sys
from pathlib import Path

from mlsig_compiler.parse import tables
from mlsig_compiler.resources import folder

if __name__ == "__main__":
    target = Path(str(folder("grammar"))) / tables.FILE
    tables.write(target)
    sys.stdout.write(f"{target}\n")
