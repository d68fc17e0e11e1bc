"""Try random texts for as long as is asked: make fuzz MLSIG_FUZZ_SECONDS=600."""

from __future__ import annotations

import argparse
import os
import sys
import time

from fuzz.survival import case, problem, smallest


def main() -> int:
    """Run, and show the smallest text of each problem that is found."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    seconds = float(os.environ.get("MLSIG_FUZZ_SECONDS", "60"))
    parser.add_argument("--seconds", type=float, default=seconds, help="how long; 60 when nothing is said")
    parser.add_argument("--seed", type=int, help="the one case to try")
    options = parser.parse_args()
    if options.seed is not None:
        return 1 if shown(options.seed) else 0
    # texts that `make test` does not try
    seed = time.time_ns() // 1_000_000
    first, problems = seed, set[str]()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        said = problem(case(seed))
        place = said.partition(": ")[0]
        if said and place not in problems:
            problems.add(place)
            shown(seed)
        seed += 1
    sys.stdout.write(f"{seed - first:,} texts, {len(problems)} problems\n")
    return 1 if problems else 0


def shown(seed: int) -> bool:
    """Show what is wrong with a case, and say whether anything is."""
    said = problem(case(seed))
    if said:
        sys.stdout.write(f"seed {seed}: {said}\n{smallest(case(seed))!r}\n\n")
        sys.stdout.flush()
    return bool(said)


if __name__ == "__main__":
    raise SystemExit(main())
