"""swap_module: another module, provider or model, and the rest of the configuration as it was.

These are the large steps of a space: another way of reasoning, another layout of the prompt, another model.
A mutation hits them as seldom as any other variable; here every option that has not been tried beside the
rest is, the least tried first.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec

from mlsig.errors import ValidationError
from mlsig.evaluation.chance import weighted
from mlsig.programs.candidates import Candidate
from mlsig.simba.pool import Entry
from mlsig.simba.strategies import View
from mlsig.simba.strategies.vary_configuration import searched
from mlsig.spaces import Config, Space

KINDS: Final = ("module", "provider", "model")


class SwapModule:
    """Changes one module, provider or model."""

    name = "swap_module"
    share = 0.1

    async def propose(self, parent: Entry, candidate: Candidate, view: View, rng: Random) -> Candidate | None:
        """Return the candidate with another option of one such variable, or None when there is none."""
        del parent
        space, (config,) = searched(view.program, [candidate.config])
        kinds = {variable.name: variable.kind for variable in space.variables}
        tried: dict[tuple[str, Any], int] = {}
        for entry in view.pool.entries:
            for name, value in entry.candidate.config.to_dict().items():
                if kinds.get(name) in KINDS:
                    tried[name, value] = tried.get((name, value), 0) + len(entry.runs)
        values = config.to_dict()
        found: list[tuple[Candidate, float]] = []
        for name, kind in kinds.items():
            if kind not in KINDS or name not in values:
                continue
            for option in space.domain(name, values).neighbors(values[name]):
                made = swapped(space, values, name, option)
                other = None if made is None else msgspec.structs.replace(candidate, config=made)
                if other is not None and other.key() not in view.pool:
                    found.append((other, 1.0 / (1 + tried.get((name, option), 0))))
        if not found:
            return None
        return weighted([other for other, _ in found], [weight for _, weight in found], rng)


def swapped(space: type[Space], values: dict[str, Any], name: str, option: Any) -> Config | None:
    """Return a configuration with one other value, and defaults where others do not fit; None if illegal."""
    changed = {**values, name: option}
    while True:
        try:
            found: Config = space.complete(changed)
        except ValidationError as error:
            # What a constraint reads is not named; then all others start from their defaults.
            named = {issue.path for issue in error.issues} & changed.keys() - {name}
            wrong = named or changed.keys() - {name}
            if not wrong:
                return None
            changed = {key: value for key, value in changed.items() if key not in wrong}
        else:
            return found
