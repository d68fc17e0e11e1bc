"""What a run chose, applied to the program that it was made for.

review = mlsig.load(Review, "runs.db")      # the same program, run the way that was found best
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from mlsig.errors import StoreError
from mlsig.programs.candidates import Candidate
from mlsig.programs.program import Program

ProgramT = TypeVar("ProgramT", bound=Program)


def load(program: ProgramT, store: str | Path, run: str | None = None) -> ProgramT:
    """Return a copy of the program with the configuration, rules and demonstrations that a run chose.

    Args:
        program: The program that was optimised, as the generated module has it.
        store: What `mlsig optimize --store` wrote, a file or a database; nothing in it is changed.
        run: Which run; the last completed one of this program when none is named.

    Raises:
        StoreError: There is no such file, or no completed run of this program in it.
        ValidationError: What was chosen does not fit the program as it is declared now.
    """
    from mlsig.store import Store  # noqa: PLC0415  (loads SQLAlchemy)
    from mlsig.store.address import must_be_there, shown  # noqa: PLC0415

    must_be_there(store)
    with Store(store) as opened:
        found = [one for one in opened.runs() if one.program == program.name and one.outcome is not None]
    if run is not None:
        found = [one for one in found if one.id == run]
    if not found:
        asked = f"no completed run {run}" if run else "no completed run"
        raise StoreError(f"{shown(store)} has {asked} of the program {program.name}")
    outcome: Any = found[-1].outcome
    return program.with_candidate(Candidate.from_dict(program, outcome["outcome"]["body"]))
