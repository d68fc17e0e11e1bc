"""`python -m mlsig_compiler` is the `mlsig` command."""

from mlsig_compiler.cli import main

raise SystemExit(main())
