"""Benchmarks: each runs its rivals in the same turn and prints ratios, never absolute times."""
