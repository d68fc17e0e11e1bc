"""What a run chose, applied to the program that it was made for.

review = mlsig.load(Review, "runs.db")          # the same program, run the way that was found best
review = mlsig.load(Review, "Review-1a2b3c4d")  # as that run of mlsig-runs.db found
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

from mlsig.errors import StoreError
from mlsig.programs.candidates import Candidate
from mlsig.programs.program import Program

RUNS: Final = "mlsig-runs.db"
"""Where `mlsig optimize` keeps runs when nothing is said."""

ProgramT = TypeVar("ProgramT", bound=Program)


def load(program: ProgramT, store: str | Path, run: str | None = None) -> ProgramT:
    """Return a copy of the program with the configuration, rules and demonstrations that a run chose.

    Args:
        program: The program that was optimised, as the generated module has it.
        store: What `mlsig optimize --store` wrote, a file or a database; nothing in it is changed. The name
            of a run is taken for one of `mlsig-runs.db`, where runs are kept when nothing is said.
        run: Which run, or how its name begins; the last completed one of this program when none is named.

    Raises:
        StoreError: There is no such file, or no completed run of this program in it.
        ValidationError: What was chosen does not fit the program as it is declared now.
    """
    from mlsig.store import Store  # noqa: PLC0415  (loads SQLAlchemy)
    from mlsig.store.address import must_be_there, shown  # noqa: PLC0415

    if run is None and isinstance(store, str) and not set(store) & set("./:\\") and not Path(store).is_file():
        store, run = RUNS, store
    must_be_there(store)
    with Store(store) as opened:
        found = [one for one in opened.runs() if one.program == program.name and one.outcome is not None]
    if run is not None:
        found = [one for one in found if one.id == run] or [one for one in found if one.id.startswith(run)]
    if run is not None and len(found) > 1:
        raise StoreError(f"{shown(store)} has {len(found)} runs that begin with {run}")
    if not found:
        asked = f"no completed run {run}" if run else "no completed run"
        raise StoreError(f"{shown(store)} has {asked} of the program {program.name}")
    outcome: Any = found[-1].outcome
    return program.with_candidate(Candidate.from_dict(program, outcome["outcome"]["body"]))
