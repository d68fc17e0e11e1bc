"""`python -m mlsig_compiler.codes > docs/errors.md`: the page of all codes."""

from __future__ import annotations

import sys

from mlsig_compiler.codes.document import document

sys.stdout.write(document())
