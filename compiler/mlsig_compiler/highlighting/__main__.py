"""Print the TextMate grammar."""

import sys

from mlsig_compiler.highlighting.textmate import text

sys.stdout.write(text())
